# SPDX-License-Identifier: BSD-2-Clause
"""An MTA that keeps a mail until somebody answered for it, and a sink behind it that looks for clear text."""

import base64
import quopri
import re

from gateway_site import check
from milter_client import LEADSPC, Client, Closed, Reply, apply, split


def canary(recipient):
    """What stands in the mail for one recipient and in no other."""
    return f"canary of {recipient} = \u20ac 4711".encode()


def traces(secret):
    """The forms in which it may pass: as it is, and as base64 in its three alignments."""
    yield secret
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret)
        start = 4 * -(-before // 3)
        end = (before + len(secret)) // 3 * 4
        yield whole[start:end]


def shows(text, secret):
    """Does `text` show the secret, plain, in base64 or in quoted-printable?"""
    joined = re.sub(rb"[\r\n]", b"", text)
    return any(trace in text or trace in joined for trace in traces(secret)) or \
        secret in quopri.decodestring(text.replace(b"\r\n", b"\n"))


class Mail:
    def __init__(self, name, listener, sender, recipients, text, right, login=None, secret=None, fallback=None):
        self.name, self.listener, self.sender, self.recipients, self.text = name, listener, sender, recipients, text
        self.login, self.secret = login, secret
        self.right = right        # what the result must be
        self.fallback = fallback  # what it may be, too, when something failed inside


class Outcome:
    def __init__(self, word, reply, edits, edited):
        self.word = word  # accepted, refused; held: the MTA has the mail still
        self.reply, self.edits, self.edited = reply, edits, edited


class Mta:
    """One listener's MTA.  `cut`: ("step", n) hangs up before the n-th step, ("edit", n) after n edits, ("reply", 0) at the answer."""

    STEPS = 8  # of a mail with one recipient and one piece of body, before its end

    def __init__(self):
        self.arrived = {}

    def _steps(self, c, mail):
        fields, body = split(mail.text)
        yield lambda: c.connect() and None
        yield c.helo
        yield lambda: c.mail(mail.sender, macros=self.macros(mail))
        for r in mail.recipients:
            yield lambda r=r: c.rcpt(r)
        yield lambda: c.data(self.macros(mail, "QID")) and None
        yield lambda: [c.header(n, v) for n, v in fields] and None
        yield lambda: c.end_of_header(self.macros(mail, "QID")) and None
        yield lambda: c.body(body) and None

    @staticmethod
    def macros(mail, queue_id=None):
        """The login at every stage, as an MTA tells it that was asked to."""
        known = {"{auth_authen}": mail.login, "i": queue_id}
        return {name: value for name, value in known.items() if value}

    def end(self, c, mail, edits, cut):
        c.macros("E", self.macros(mail, "QID"))
        c.send("E")
        while True:
            if cut == ("edit", len(edits)):
                raise Closed
            command, data = c.receive()
            if command in Reply.WORDS:
                return Reply(command, data)
            if command != "p":
                edits.append((command, data))

    def attempt(self, daemon, mail, cut=None, connected=None):
        edits, reply, c = [], None, None
        try:
            c = connected or Client(daemon.socket).negotiate()
            for n, step in enumerate(self._steps(c, mail)):
                if connected and n < 2:  # and introduced
                    continue
                if cut == ("step", n):
                    raise Closed
                answer = step()
                if answer is not None and answer.word != "continue":
                    return Outcome("held" if answer.word == "tempfail" else "refused", answer, edits, None)
            if cut == ("step", self.STEPS):
                raise Closed
            reply = self.end(c, mail, edits, cut)
        except (Closed, OSError):
            reply = None
        finally:
            if c is not None:
                c.close()
            self._look(mail, edits)
        if reply is None or reply.word == "tempfail":
            return Outcome("held", reply, edits, None)
        if reply.word != "continue":
            return Outcome("refused", reply, edits, None)
        fields, body = split(mail.text)
        edited, _ = apply(fields, body, edits, bool(c.steps & LEADSPC))
        self.arrived[mail.name] = self.arrived.get(mail.name, 0) + 1
        if mail.secret:
            check(not shows(edited, mail.secret), "clear text passed:", edited[:2000])
        return Outcome("accepted", reply, edits, edited)

    @staticmethod
    def _look(mail, edits):
        """Not even in an edit that the MTA will drop."""
        if mail.secret:
            check(not shows(b"".join(data for command, data in edits if command == "b"), mail.secret), "an edit shows clear text")
            check(not any(shows(data, mail.secret) for _, data in edits), "an edit shows clear text")
