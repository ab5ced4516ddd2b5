# SPDX-License-Identifier: BSD-2-Clause
"""Every operation that a daemon does for a mail fails in turn: the mail goes as it should, or the MTA keeps it."""

import errno
import signal
import subprocess

from cases_commands import schedules
from gateway_site import check
from world import GLIB, LIBRARIES, LONG

CASES = []


def case(function):
    CASES.append(function)
    return function


def check_answer(world, mail, outcome, lines):
    """What the MTA heard, what arrived, and what the record says are the same."""
    verdicts = [line["verdict"] for line in lines if line["event"] == "message"]
    check(outcome.word != "refused", mail.name, "is refused for a fault of ours:", outcome.reply)
    if outcome.word == "accepted":
        check(mail.right(outcome.edited) or (mail.fallback and mail.fallback(outcome.edited)), mail.name, "has a wrong result:",
              outcome.edited[:3000])
        check(verdicts == ["continue"], mail.name, "is not on the record as it went:", lines)
    elif outcome.reply is not None:
        check(verdicts in ([], ["retry-later"]), mail.name, "was deferred, and the record says", verdicts)


def run_schedule(world, daemon, mail, schedule):
    """One fault and one mail; the daemon that goes on, which is another one if this one died."""
    site, (kind, nth, error, manner) = world.site_of(mail), schedule
    before = site.lines()[-1]["seq"]
    world.control.fail(kind, nth, error, manner)
    outcome = world.mta.attempt(daemon, mail)
    world.control.disarm()
    world.schedule(f"{kind} ({errno.errorcode[error]}), in a mail")
    if outcome.reply is None:  # it hung up; did it die?  To the MTA that is a crash like any other
        try:
            world.died_of_it(kind, daemon.process.wait(0.5), GLIB, daemon.log()[-2000:])
        except subprocess.TimeoutExpired:
            pass
    check_answer(world, mail, outcome, [line for line in site.lines() if line["seq"] > before])
    world.control.clear()
    if daemon.process.poll() is not None:
        daemon = site.start(mail.listener, faults=True)
    return daemon


@case
def a_mail_for_which_any_operation_fails_goes_right_or_stays(world):
    world.north_and_south()
    for mail in world.mails:
        site = world.site_of(mail)
        daemon = site.start(mail.listener, faults=True)
        world.arrives(daemon, mail)
        world.control.clear()
        world.arrives(daemon, mail)
        counts = world.control.counts()
        check(counts["allocation"] > 200 and counts["write"] > 1, counts)
        for n, schedule in enumerate(schedules(counts, 8, 60)):
            daemon = run_schedule(world, daemon, mail, schedule)
            if LONG or n % 10 == 0:
                world.arrives(daemon, mail)
        world.arrives(daemon, mail)
        site.expect(0, "audit", "verify", says=["whole"])
        world.no_clear_text_rests()
        check(daemon.stop() == 0, daemon.log())
        world.restore()


# ---- a daemon that starts or takes a new configuration ------------------------------------------------


def goes_or_stays(world, daemon, mail, kind):
    """Where memory was wanting, a library may have kept something that is not right: then the mail waits for a restart."""
    if kind != "allocation":
        world.arrives(daemon, mail)
        return
    outcome = world.mta.attempt(daemon, mail)
    check(outcome.word == "held" or (outcome.word == "accepted" and mail.right(outcome.edited)), outcome.word, outcome.reply, daemon.log())


@case
def a_start_or_a_reload_of_which_any_operation_fails_does_no_harm(world):
    north, _ = world.north_and_south()
    mail = world.mails[1]
    world.control.clear()
    daemon = north.start("out", faults=True)
    starting = world.control.counts()
    world.control.clear()
    daemon.reload()
    reloading = world.control.counts()
    for schedule in schedules(reloading, 3, 10):
        world.control.fail(*schedule)
        done = daemon.log().count("reload")  # "reloaded" or "reload failed"
        daemon.signal(signal.SIGHUP)
        daemon.ends_or_says("reload", done + 1)
        world.control.clear()
        world.schedule(f"{schedule[0]} ({errno.errorcode[schedule[2]]}), at a reload")
        if daemon.process.poll() is not None:
            world.died_of_it(schedule[0], daemon.process.poll(), LIBRARIES, "reload", schedule)
            daemon = north.start("out", faults=True)
        goes_or_stays(world, daemon, mail, schedule[0])
    check(daemon.stop() == 0, daemon.log())
    for schedule in schedules(starting, 3, 10):
        world.control.fail(*schedule)
        daemon = north.start("out", faults=True, serves=False)
        daemon.ends_or_says("serves on")
        world.control.clear()
        world.schedule(f"{schedule[0]} ({errno.errorcode[schedule[2]]}), at a start")
        if daemon.process.poll() is None:
            goes_or_stays(world, daemon, mail, schedule[0])
            daemon.stop()
        else:
            world.died_of_it(schedule[0], daemon.process.poll(), LIBRARIES, "start", schedule)
    world.arrives(north.start("out"), mail)
    north.expect(0, "audit", "verify", says=["whole"])


# ---- time ------------------------------------------------------------------------------------------

DAY = 86400


@case
def a_clock_that_jumps_lets_nothing_pass_in_clear(world):
    """Certificates that are not valid yet or no more: the mail waits or is refused, never goes in clear."""
    north, south = world.north_and_south()
    for seconds in (-60, -2 * 3600, -DAY, -400 * DAY, -30 * 365 * DAY, 60, DAY, 400 * DAY, 3000 * DAY, 30 * 365 * DAY):
        for mail in world.mails:
            site = world.site_of(mail)
            daemon = site.start(mail.listener, faults=True)
            world.control.clear()
            world.control.clock(seconds)
            outcome = world.mta.attempt(daemon, mail)
            world.schedule("clock set back" if seconds < 0 else "clock set forward")
            if outcome.word == "accepted" and mail.secret:
                check(mail.right(outcome.edited), mail.name, seconds, outcome.edited[:2000])
            if abs(seconds) >= 30 * 365 * DAY and outcome.word == "accepted":
                check(b"smime=pass" not in outcome.edited.split(b"\n\n")[0], mail.name, seconds, "is vouched for")
            world.control.clear()
            world.arrives(daemon, mail)
            check(daemon.stop() == 0, daemon.log())
    for site in (north, south):
        site.expect(0, "audit", "verify", says=["whole"])
    world.control.clock(-400 * DAY)
    north.expect(0, "login", "add", "early", "early@north.example", faults=True)
    world.control.clear()
    north.expect(0, "audit", "verify", says=["whole"])
