# SPDX-License-Identifier: BSD-2-Clause
"""The daemon is killed while it sends copies: everybody gets the mail, and twice at most where nobody could know."""

import os
import socket

from gateway_site import check
from mta import Mail, canary, shows
from smtp_server import Server
from world import ALICE, BOB, PLAIN, letter

CASES = []

# Where a copy is with the MTA and the ledger does not know it yet, or has forgotten it already and nobody was told.
NOBODY_KNOWS = ("COPY_SENT", "LEDGER_CLOSED", "MESSAGE_RECORDED", "MESSAGE_ANSWERING")
ROWS = ("COPIES_BEGUN", "COPY_SENT", "COPIES_SENT", "EDIT_SAID", "MESSAGE_EDITED", "RECORD_SYNCED", "LEDGER_CLOSED",
        "MESSAGE_RECORDED", "MESSAGE_ANSWERING")


def case(function):
    CASES.append(function)
    return function


class Sink(Server):
    """Takes one mail after the other."""

    def __init__(self, path):
        self.mails = []
        if os.path.exists(path):
            os.unlink(path)
        super().__init__(path)
        os.chmod(path, 0o777)  # the daemon is another user

    def serve(self):
        while True:
            self.commands, self.message, self.ended = [], b"", False
            try:
                super().serve()
            except OSError:  # no longer listening
                return
            if self.ended:
                self.mails.append(([c for c in self.commands if c.startswith("RCPT")], self.message))

    def finish(self):
        self.listening.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for a connection
        super().finish()


def split_mail():
    return Mail("split", "out", ALICE, [BOB, PLAIN], letter(ALICE, BOB),
                lambda t: b"enveloped-data" in t and not shows(t, canary(BOB)), "alice")


def deleted(outcome):
    return [data.rstrip(b"\0") for command, data in outcome.edits if command == "-"]


def check_copies(sink, row):
    for recipients, text in sink.mails:
        check(len(recipients) == 1 and PLAIN in recipients[0], row, recipients)
        check(shows(text, canary(BOB)), row, "a copy of something else:", text[:1000])
    most = 2 if row in NOBODY_KNOWS else 1
    check(1 <= len(sink.mails) <= most, row, "a copy arrived", len(sink.mails), "times")


@case
def a_daemon_killed_while_it_sends_copies_serves_everybody(world):
    north, _ = world.north_and_south()
    mail, path = split_mail(), f"{world.folder}/sink.sock"
    for row in ROWS:
        sink = Sink(path)
        north.edit_configuration('listener "out" {', f'listener "out" {{\n\tresubmit = "unix:{path}"')
        daemon = north.start("out")
        world.control.die_at(row)
        outcome = world.mta.attempt(daemon, mail)
        world.killed(row, daemon.process)
        check(outcome.word == "held", row, "was answered:", outcome.reply)
        world.control.clear()
        again = world.mta.attempt(north.start("out"), mail)
        check(again.word == "accepted" and mail.right(again.edited), row, again.reply, again.edited)
        check([PLAIN.encode() in path for path in deleted(again)] == [True], row, deleted(again))
        check_copies(sink, row)
        north.expect(0, "audit", "verify", says=["whole"])
        north.stop()
        north.restore()
        sink.finish()
