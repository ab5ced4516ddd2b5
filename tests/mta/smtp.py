# SPDX-License-Identifier: BSD-2-Clause
"""A plain SMTP client for tests: exact octets, replies as they came, connections that can be cut anywhere."""

import smtplib


def message(sender, to, subject="test", body=b"hello\r\n", fields=b"", author=None):
    """A small message with CRLF line ends; `fields` are further raw header lines."""
    return (f"From: {author or sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
            f"Message-ID: <{abs(hash((sender, to, subject, body)))}@test.example>\r\nMIME-Version: 1.0\r\n"
            ).encode() + fields + b"\r\n" + body


class Client(smtplib.SMTP):
    """Errors of single commands are returned, not raised."""

    def __init__(self, port, login=None):
        super().__init__("127.0.0.1", port, timeout=120)
        self.ehlo()
        if login:
            self.login(login, "secret")

    def transact(self, sender, recipients, octets):
        """(code, text) of the first refusal, or of the end of the message."""
        code, text = self.mail(sender, ["BODY=8BITMIME"])
        if code >= 400:
            self.rset()
            return code, text.decode()
        for recipient in recipients:
            code, text = self.rcpt(recipient)
            if code >= 400:
                self.rset()
                return code, text.decode()
        code, text = self.docmd("DATA")
        if code != 354:
            return code, text.decode()
        stuffed = octets.replace(b"\r\n.", b"\r\n..")
        self.sock.sendall((b"." if stuffed.startswith(b".") else b"") + stuffed
                          + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, text = self.getreply()
        return code, text.decode()
