# SPDX-License-Identifier: BSD-2-Clause
"""The wire between two MTAs: passes every octet on and keeps a copy of what the client sent."""

import socket
import sys
import threading


class Wire:
    """Listens on a port of its own and forwards to `port`."""

    def __init__(self, port):
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sessions = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            sent = bytearray()
            self.sessions.append(sent)
            threading.Thread(target=self._forward, args=(client, sent), daemon=True).start()

    def _forward(self, client, sent):
        try:
            server = socket.create_connection(("127.0.0.1", self.to))
        except OSError as error:
            print(f"wire: port {self.to}: {error}", file=sys.stderr)  # while it is down; the sender tries again
            client.close()
            return
        threading.Thread(target=self._pump, args=(server, client, None), daemon=True).start()
        self._pump(client, server, sent)

    @staticmethod
    def _pump(source, to, copy):
        try:
            while octets := source.recv(65536):
                if copy is not None:
                    copy += octets
                to.sendall(octets)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def everything(self):
        """All that clients sent, as one run of octets: to look for what must not be there."""
        return b"".join(bytes(s) for s in self.sessions)

    def messages(self):
        """The messages that crossed, in order, dots unstuffed."""
        found = []
        for session in self.sessions:
            octets, end = bytes(session), 0
            while (begin := octets.find(b"\r\nDATA\r\n", end)) >= 0 and (end := octets.find(b"\r\n.\r\n", begin)) >= 0:
                found.append(octets[begin + 8:end].replace(b"\r\n..", b"\r\n.") + b"\r\n")
        return found

    def close(self):
        self.listener.close()
