# SPDX-License-Identifier: BSD-2-Clause
"""A scripted SMTP server on a real socket: it says what it is told, and keeps what it hears."""

import socket
import threading

HANG, DROP = object(), object()

FRIENDLY = {
    "greeting": b"220 server.example ESMTP\r\n",
    "EHLO": b"250-server.example\r\n250-PIPELINING\r\n250-SIZE 100000000\r\n250-DSN\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go ahead\r\n",
    "dot": b"250 2.0.0 queued\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


class Server:
    """One connection's worth.

    `replies` change what FRIENDLY says; a list has one for each time.  `within` is said after ten lines of a message.
    `commands` is what came, `message` what stood behind DATA without its dots, `ended` whether the last dot did.
    """

    def __init__(self, address, receive_buffer=None, octets=False, within=None, **replies):
        self.replies, self.octets, self.within = {**FRIENDLY, **replies}, octets, within
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.listening = socket.socket(family)
        if receive_buffer:
            self.listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.listening.bind(address)
        self.listening.listen()
        name = self.listening.getsockname()
        self.endpoint = f"unix:{name}" if family == socket.AF_UNIX else f"[{name[0]}]:{name[1]}"
        self.commands, self.message, self.ended = [], b"", False
        self.release = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def say(self, step):
        """False: no further word."""
        reply = self.replies[step]
        if isinstance(reply, list):
            reply = reply.pop(0)
        if reply is HANG:
            self.release.wait()
        if reply is HANG or reply is DROP:
            return False
        for piece in ([reply[i:i + 1] for i in range(len(reply))] if self.octets else [reply]):
            self.connection.sendall(piece)
        return True

    def line(self):
        while b"\n" not in self.waiting:
            came = self.connection.recv(65536)
            if not came:
                raise EOFError
            self.waiting += came
        line, _, self.waiting = self.waiting.partition(b"\n")
        return line + b"\n"

    def hear_out(self):
        """Until the client goes; whoever closes with octets unread takes his last reply back."""
        while True:
            self.line()

    def take_message(self):
        lines = []
        while (line := self.line()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
            if self.within is not None and len(lines) == 10:
                if self.say("within"):
                    self.hear_out()
                return False
        self.message, self.ended = b"".join(lines), True
        return self.say("dot")

    def talk(self):
        going = self.say("greeting")
        while going:
            line = self.line()
            self.commands.append(line.decode("utf-8", "replace").rstrip("\r\n"))
            verb = line[:4].decode().upper()
            going = self.say(verb) and verb != "QUIT"
            if going and verb == "DATA":
                going = self.take_message()

    def serve(self):
        self.waiting = b""
        self.connection, _ = self.listening.accept()
        try:
            self.replies["within"] = self.within
            self.talk()
        except (EOFError, ConnectionError):
            pass
        self.connection.close()

    def finish(self):
        self.release.set()
        self.thread.join(60)
        self.listening.close()
