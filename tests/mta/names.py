# SPDX-License-Identifier: BSD-2-Clause
"""A name server for TXT records (RFC 1035) on an address of the loopback: for filters that cannot do without."""

import random
import socket
import struct
import threading

TXT, IN = 16, 1
AUTHORITATIVE, NO_SUCH_NAME = 0x8580, 3


def question(query):
    """(name, where the question ends, type)."""
    labels, at = [], 12
    while size := query[at]:
        labels.append(query[at + 1:at + 1 + size].decode("ascii", "replace").lower())
        at += 1 + size
    return ".".join(labels), at + 5, struct.unpack("!H", query[at + 1:at + 3])[0]


def answer(query, texts):
    name, end, kind = question(query)
    found = [texts[name]] if name in texts and kind == TXT else []
    code = 0 if name in texts else NO_SUCH_NAME
    reply = query[:2] + struct.pack("!5H", AUTHORITATIVE | code, 1, len(found), 0, 0) + query[12:end]
    for text in found:
        data = text.encode()
        parts = b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255))
        reply += struct.pack("!HHHIH", 0xC00C, TXT, IN, 60, len(parts)) + parts
    return reply


class NameServer:
    """`texts` maps names to texts; every other name does not exist."""

    def __init__(self, texts):
        self.texts = dict(texts)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = self._bind()
        threading.Thread(target=self._serve, daemon=True).start()

    def _bind(self):
        """A resolver asks port 53 and no other: one of sixteen million addresses has it free."""
        while True:
            address = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.{random.randrange(1, 255)}"
            try:
                self.socket.bind((address, 53))
                return address
            except OSError:
                continue

    def _serve(self):
        while True:
            try:
                query, client = self.socket.recvfrom(4096)
                self.socket.sendto(answer(query, self.texts), client)
            except (IndexError, struct.error):
                continue
            except OSError:
                return

    def close(self):
        self.socket.close()
