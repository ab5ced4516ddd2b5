# SPDX-License-Identifier: BSD-2-Clause
"""The MTA's side of the milter protocol, step by step, and the edits applied as Postfix applies them."""

import socket
import struct

# Commands of the MTA, and replies and edits of the filter (mfdef.h).
ACTIONS_V2 = 0x0f    # add header, change body, add and delete recipients
ACTIONS_V6 = 0x1ff   # and change header, quarantine, change sender, add with parameters, macro lists
NO_CONNECT, NO_HELO, NO_MAIL, NO_RCPT, NO_BODY, NO_HDRS, NO_EOH = (1 << i for i in range(7))
NR_HDR, NO_UNKNOWN, NO_DATA, SKIP, RCPT_REJ = 0x80, 0x100, 0x200, 0x400, 0x800
NR_CONN, NR_HELO, NR_MAIL, NR_RCPT, NR_DATA, NR_UNKN, NR_EOH, NR_BODY, LEADSPC = (1 << i for i in range(12, 21))
STEPS_V2 = 0x7f
STEPS_V6 = 0x1fffff
STEPS_NO_NR = STEPS_V6 & ~(NR_HDR | NR_CONN | NR_HELO | NR_MAIL | NR_RCPT | NR_DATA | NR_UNKN | NR_EOH | NR_BODY)
STEPS_NO_LEADSPC = STEPS_V6 & ~LEADSPC

CHUNK = 65535


class Closed(Exception):
    """The filter closed the connection."""


class Reply:
    """continue, tempfail, reject, accept, discard; `text` for replies with a code of their own."""

    WORDS = {"c": "continue", "t": "tempfail", "r": "reject", "a": "accept", "d": "discard", "y": "code"}

    def __init__(self, command, data):
        self.word = self.WORDS[command]
        self.text = data.rstrip(b"\0").decode("utf-8", "replace") if command == "y" else ""
        if command == "y":
            self.word = {"4": "tempfail", "5": "reject"}[self.text[0]]

    def __repr__(self):
        return f"{self.word} {self.text}".strip()


class Client:
    """One connection.  Each step returns the filter's Reply, or None where none was negotiated."""

    def __init__(self, path, timeout=60):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Blocking: with a timeout set, a full queue of the listener is EAGAIN at once instead of a short wait.
        self.socket.connect(path)
        self.socket.settimeout(timeout)
        self.steps = self.actions = 0
        self.macro_lists = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # ---- packets -------------------------------------------------------------------

    def send(self, command, data=b""):
        self.socket.sendall(struct.pack(">I", len(data) + 1) + command.encode() + data)

    def _exactly(self, n):
        got = b""
        while len(got) < n:
            piece = self.socket.recv(n - len(got))
            if not piece:
                raise Closed
            got += piece
        return got

    def receive(self):
        size = struct.unpack(">I", self._exactly(4))[0]
        packet = self._exactly(size)
        return chr(packet[0]), packet[1:]

    def _reply(self, no_reply):
        if self.steps & no_reply:
            return None
        return Reply(*self.receive())

    STAGES = {"C": 0, "H": 1, "M": 2, "R": 3, "T": 4, "E": 5, "N": 6}

    def macros(self, command, values):
        """Of what was asked for, all that is known; the MTA's own name always is.  Without lists all that is given."""
        values = dict(values or {})
        if self.STAGES[command] in self.macro_lists:
            values["j"] = "mx.example"
            values = {k: v for k, v in values.items() if k in self.macro_lists[self.STAGES[command]]}
        data = b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in values.items())
        self.send("D", command.encode() + data)

    # ---- steps ------------------------------------------------------------------------

    def negotiate(self, version=6, actions=ACTIONS_V6, steps=STEPS_V6):
        self.send("O", struct.pack(">III", version, actions, steps))
        command, data = self.receive()
        assert command == "O", command
        self.version, self.actions, self.steps = struct.unpack(">III", data[:12])
        rest = data[12:]
        while rest:
            stage, = struct.unpack(">I", rest[:4])
            names, rest = rest[4:].split(b"\0", 1)
            self.macro_lists[stage] = names.decode().split()
        assert self.steps & ~steps == 0, "a step that was not offered"
        assert self.actions & ~actions == 0, "an action that was not offered"
        return self

    def connect(self, name="client.example", address="192.0.2.1", macros=None):
        self.macros("C", macros)
        family = b"6" if ":" in address else b"4"
        self.send("C", name.encode() + b"\0" + family + struct.pack(">H", 4711) + address.encode() + b"\0")
        return self._reply(NR_CONN)

    def helo(self, name="client.example"):
        if self.steps & NO_HELO:
            return None
        self.send("H", name.encode() + b"\0")
        return self._reply(NR_HELO)

    def mail(self, sender, *parameters, macros=None):
        self.macros("M", macros)
        self.send("M", b"".join(a.encode() + b"\0" for a in (sender, *parameters)))
        return self._reply(NR_MAIL)

    def rcpt(self, recipient, *parameters, macros=None):
        self.macros("R", macros)
        self.send("R", b"".join(a.encode() + b"\0" for a in (recipient, *parameters)))
        return self._reply(NR_RCPT)

    def data(self, macros=None):
        self.macros("T", macros)
        if self.steps & NO_DATA:
            return None
        self.send("T")
        return self._reply(NR_DATA)

    def header(self, name, value):
        """`value` with its leading space; without LEADSPC the MTA eats one."""
        if not self.steps & LEADSPC and value.startswith(b" "):
            value = value[1:]
        self.send("L", name + b"\0" + value + b"\0")
        return self._reply(NR_HDR)

    def end_of_header(self, macros=None):
        self.macros("N", macros)
        self.send("N")
        return self._reply(NR_EOH)

    def body(self, data):
        replies = []
        for at in range(0, len(data), CHUNK):
            self.send("B", data[at:at + CHUNK])
            replies.append(self._reply(NR_BODY))
        return replies

    def end_of_message(self, macros=None):
        """The final reply and the edits before it."""
        self.macros("E", macros)
        self.send("E")
        edits = []
        while True:
            command, data = self.receive()
            if command in Reply.WORDS:
                return Reply(command, data), edits
            edits.append((command, data))

    def abort(self):
        self.send("A")

    def quit(self):
        self.send("Q")
        self.close()

    # ---- a whole message ---------------------------------------------------------------

    def message(self, sender, recipients, text, login=None, queue_id="QID", rcpt_expected="continue"):
        """(final reply, text as edited, envelope changes); `text` with LF or CRLF line ends."""
        fields, body = split(text)
        macros = {"{auth_authen}": login} if login else None
        assert self.mail(sender, macros=macros).word == "continue"
        for r in recipients:
            reply = self.rcpt(r)
            assert reply.word == rcpt_expected, reply
        self.data({"i": queue_id})
        for name, value in fields:
            self.header(name, value)
        self.end_of_header()
        self.body(body)
        reply, edits = self.end_of_message({"i": queue_id})
        edited, envelope = apply(fields, body, edits, bool(self.steps & LEADSPC))
        return reply, edited, envelope


# ---- messages and edits ------------------------------------------------------------------

def split(text):
    """[(name, value with leading space and LF folds)], body with CRLF."""
    header, _, body = text.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields = []
    for line in header.split(b"\n"):
        if line[:1] in b" \t" and fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + b"\n" + line)
        elif line:
            name, _, value = line.partition(b":")
            fields.append((name, value))
    return fields, body.replace(b"\n", b"\r\n")


def _find(fields, name, nth):
    for i, (n, _) in enumerate(fields):
        if n.lower() == name.lower():
            nth -= 1
            if nth <= 0:
                return i
    return None


def _change(fields, data, space):
    nth, = struct.unpack(">I", data[:4])
    name, value = data[4:].split(b"\0")[:2]
    at = _find(fields, name, nth)
    if value == b"":
        if at is not None:
            del fields[at]
    elif at is None:
        fields.append((name, space + value))
    else:
        fields[at] = (name, space + value)


def apply(fields, body, edits, leading_space):
    """The edited message with LF line ends, and {"sender": …, "deleted": […]}; fails where Postfix would."""
    fields, new_body, envelope = list(fields), None, {"sender": None, "deleted": []}
    space = b"" if leading_space else b" "
    commands = "".join(command for command, _ in edits)
    assert "b" not in commands or "b" * commands.count("b") in commands, "body replacements mixed with other edits"
    for command, data in edits:
        if command in "hmi":
            assert b"\r" not in data, "a CR in a header value"
        if command == "h":
            name, value = data.split(b"\0")[:2]
            fields.append((name, space + value))
        elif command == "i":
            at, = struct.unpack(">I", data[:4])
            name, value = data[4:].split(b"\0")[:2]
            fields.insert(at, (name, space + value))
        elif command == "m":
            _change(fields, data, space)
        elif command == "b":
            assert len(data) <= CHUNK
            new_body = (new_body or b"") + data
        elif command == "e":
            envelope["sender"] = data.split(b"\0")[:-1]
        elif command == "-":
            envelope["deleted"].append(data.rstrip(b"\0"))
        else:
            assert command == "p", f"unknown edit {command}"
    text = b"".join(name + b":" + value + b"\n" for name, value in fields)
    return text + b"\n" + (body if new_body is None else new_body).replace(b"\r\n", b"\n"), envelope
