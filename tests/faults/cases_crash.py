# SPDX-License-Identifier: BSD-2-Clause
"""The programs are killed at every row of crashpoints.def that a mail or a daemon's life reaches."""

import errno
import signal

from control import TEAR
from gateway_site import check
from mta import Mail
from world import ALICE, PLAIN, letter, picks

CASES = []

# From here on a message's line is written, or already durable: a crash leaves it, and no answer.
RECORDED = ("RECORD_WRITTEN", "RECORD_SYNCED", "MESSAGE_RECORDED", "MESSAGE_ANSWERING", "MESSAGE_REFUSED")


def case(function):
    CASES.append(function)
    return function


def check_record(site, before, row):
    """Verified, and not a word of what did not happen but the one line that was ahead, right before the restart."""
    site.expect(0, "audit", "verify", says=["whole"])
    lines = [line for line in site.lines() if line["seq"] > before]
    ahead = ["message"] if row in RECORDED else []
    check([line["event"] for line in lines] == ahead + ["start", "message"], row, "leaves on the record:", lines)
    check(all(line["verdict"] == "continue" for line in lines if line["event"] == "message"), lines)


def kill_at(world, mail, row, nth):
    site = world.site_of(mail)
    daemon = site.start(mail.listener)
    before = site.lines()[-1]["seq"]
    world.control.die_at(row, nth)
    outcome = world.mta.attempt(daemon, mail)
    world.killed(row, daemon.process)
    check(outcome.word == "held", mail.name, row, nth, "was answered:", outcome.reply)
    world.control.clear()
    world.arrives(site.start(mail.listener), mail)
    check_record(site, before, row)
    world.no_clear_text_rests()
    site.stop()
    site.restore()


def reached(world, mail):
    daemon = world.site_of(mail).start(mail.listener)
    world.control.clear()
    world.arrives(daemon, mail)
    rows = world.control.reached()
    world.stop()
    world.restore()
    return rows


@case
def a_daemon_killed_anywhere_within_a_message_loses_and_shows_nothing(world):
    world.north_and_south()
    for mail in world.mails:
        for row, count in reached(world, mail).items():
            for nth in picks(count, 40 if row == "EDIT_SAID" else 2):
                kill_at(world, mail, row, nth)


@case
def a_daemon_killed_at_a_refusal_refuses_again(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    bad = Mail("bad", "out", ALICE, ["<nobody@[no-address>"], letter(ALICE, PLAIN), None, "alice")
    check(world.mta.attempt(daemon, bad).word == "refused", "it is not refused")
    world.control.die_at("MESSAGE_REFUSED")
    check(world.mta.attempt(daemon, bad).word == "held", "it was answered")
    world.killed("MESSAGE_REFUSED", daemon.process)
    world.control.clear()
    daemon = north.start("out")
    check(world.mta.attempt(daemon, bad).word == "refused", "it is not refused again")
    check(len(north.record("refusal")) == 3, north.record("refusal"))
    north.expect(0, "audit", "verify", says=["whole"])


# ---- a daemon's life ---------------------------------------------------------------------


def life(world, row, order):
    """Started, told to do something, killed at it; then the next one serves."""
    north, mail = world.pair[0], world.mails[1]
    daemon = north.start("out", serves=order is not None)
    if order is None:
        pass
    else:
        world.control.die_at(row)
        daemon.signal(order)
    world.killed(row, daemon.process)
    world.control.clear()
    world.arrives(north.start("out"), mail)
    north.expect(0, "audit", "verify", says=["whole"])
    north.stop()
    north.restore()


@case
def a_daemon_killed_at_its_start_its_reload_or_its_end_leaves_the_next_one_well(world):
    north, _ = world.north_and_south()
    world.control.clear()
    daemon = north.start("out")
    starting = world.control.reached()
    for order, says in ((signal.SIGHUP, "reloaded"), (signal.SIGTERM, None)):
        world.control.clear()
        if says:
            daemon.reload(says)
        else:
            daemon.stop()
        rows = world.control.reached()
        check(any(row.startswith(("RELOAD_", "DAEMON_")) for row in rows), rows)
        north.restore()
        for row in rows:
            life(world, row, order)
        daemon = north.start("out")
    world.stop()
    north.restore()
    for row in starting:
        world.control.die_at(row)
        life(world, row, None)


@case
def a_line_torn_by_a_crash_is_cut_off_even_if_that_crashes_too(world):
    north, mail = world.north_and_south()[0], world.mails[0]
    for again in (False, True):
        daemon = north.start("out", faults=True)
        world.control.fail("write", 1, errno.EIO, TEAR)
        world.mta.attempt(daemon, Mail("small", "out", ALICE, [PLAIN], b"From: alice@north.example\n\nsmall\n", None, "alice"))
        world.killed("a torn line", daemon.process)
        world.control.clear()
        check(not north.read("record/record").endswith(b"\n"), "no torn line")
        if again:
            world.control.die_at("RECORD_CUT")
            world.killed("RECORD_CUT", north.start("out", serves=False).process)
            world.control.clear()
        world.arrives(north.start("out"), mail)
        check(len(north.record("torn-line")) == (0 if again else 1), north.record("torn-line"))
        north.expect(0, "audit", "verify", says=["whole"])
        north.stop()
        north.restore()
