# SPDX-License-Identifier: BSD-2-Clause
"""The MTA hangs up: before each step, after each single edit, and at the answer."""

import os
import signal
import socket

from gateway_site import check
from milter_client import Client, split
from mta import Mta

CASES = []


def case(function):
    CASES.append(function)
    return function


def cut_and_try_again(world, daemon, mail, cut):
    outcome = world.mta.attempt(daemon, mail, cut)
    check(outcome.word == "held", mail.name, cut, "was answered:", outcome.reply)
    world.schedule(f"connection cut: {'after an edit' if cut[0] == 'edit' else 'before a step'}")
    world.arrives(daemon, mail)
    check(daemon.process.poll() is None, "it died of it:", daemon.log())


@case
def an_mta_that_hangs_up_anywhere_keeps_its_mail(world):
    world.north_and_south()
    for mail in world.mails:
        daemon = world.site_of(mail).start(mail.listener)
        edits = len(world.mta.attempt(daemon, mail).edits)
        check(edits >= (4 if mail.name in ("sign", "protect", "open") else 1), mail.name, edits)
        for cut in [("step", n) for n in range(Mta.STEPS + 1)] + [("edit", n) for n in range(edits + 1)]:
            cut_and_try_again(world, daemon, mail, cut)
        world.site_of(mail).expect(0, "audit", "verify", says=["whole"])
        world.no_clear_text_rests()
        world.stop()
        world.restore()


def hang_up_unheard(daemon, mail):
    """The whole message is with the daemon, which is asleep; when it wakes up nobody listens."""
    c = Client(daemon.socket).negotiate()
    c.connect()
    c.helo()
    c.mail(mail.sender, macros=Mta.macros(mail))
    for r in mail.recipients:
        c.rcpt(r)
    fields, body = split(mail.text)
    c.data(Mta.macros(mail, "QID"))
    os.kill(daemon.process.pid, signal.SIGSTOP)
    c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)  # room for all of it
    for name, value in fields:
        c.header(name, value)
    c.end_of_header(Mta.macros(mail, "QID"))
    c.body(body)
    c.macros("E", Mta.macros(mail, "QID"))
    c.send("E")
    c.socket.shutdown(socket.SHUT_RD)  # not closed: libmilter would not even look at what came before
    os.kill(daemon.process.pid, signal.SIGCONT)
    daemon.wait_for("QID: ")
    c.close()


@case
def what_is_done_when_the_mta_is_gone_is_not_called_handed_over(world):
    world.north_and_south()
    for mail in (world.untouched, *world.mails):
        site = world.site_of(mail)
        daemon = site.start(mail.listener)
        before = len(site.record("message"))
        hang_up_unheard(daemon, mail)
        world.schedule("connection cut: before the first edit")
        world.arrives(daemon, mail)
        check(daemon.stop() == 0, daemon.log())  # then all is on the record
        verdicts = sorted(line["verdict"] for line in site.record("message")[before:])
        check(verdicts == ["continue", "retry-later"], mail.name, verdicts)
        site.expect(0, "audit", "verify", says=["whole"])
        world.stop()
        world.restore()
