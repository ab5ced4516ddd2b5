# SPDX-License-Identifier: BSD-2-Clause
"""The world outside: an SMTP server that takes everything and keeps it."""

import socketserver
import threading
import time


class Letter:
    def __init__(self, sender, recipients, octets):
        self.sender, self.recipients, self.octets = sender, recipients, octets


class Dialogue(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 outside.example ESMTP")
        sender, recipients = "", []
        while line := self.rfile.readline().decode("latin-1").rstrip("\r\n"):
            verb = line[:4].upper()
            if verb == "EHLO":
                self.say("250-outside.example\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
            elif verb == "MAIL":
                sender, recipients = self.path_of(line), []
                self.say("250 2.1.0 ok")
            elif verb == "RCPT":
                recipients.append(self.path_of(line))
                self.say("250 2.1.5 ok")
            elif verb == "DATA":
                self.say("354 go on")
                self.server.letters.append(Letter(sender, recipients, self.text()))
                self.say("250 2.0.0 ok")
            elif verb == "QUIT":
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("250 2.0.0 ok")

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    @staticmethod
    def path_of(line):
        return line.partition("<")[2].partition(">")[0]

    def text(self):
        octets = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            octets += line[1:] if line.startswith(b".") else line
        return octets


class Sink:
    """Listens on a port of its own."""

    def __init__(self):
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dialogue)
        self.server.daemon_threads = True
        self.server.letters = []
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def letters(self):
        return list(self.server.letters)

    def everything(self):
        return b"".join(letter.octets for letter in self.letters)

    def wait_for(self, recipient, marker=b"", seconds=60):
        """The first letter to `recipient` with the octets `marker`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for letter in self.letters:
                if recipient in letter.recipients and marker in letter.octets:
                    return letter
            time.sleep(0.02)
        raise AssertionError(f"nothing with {marker!r} came out to {recipient}: "
                             f"{[(x.sender, x.recipients, x.octets[-600:]) for x in self.letters]}")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
