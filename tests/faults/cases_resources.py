# SPDX-License-Identifier: BSD-2-Clause
"""What a daemon lives on is taken away while it serves: descriptors, memory, disk, permissions, locks, a whole store."""

import fcntl
import grp
import os
import pwd
import resource
import shutil
import sqlite3
import subprocess
import threading

from gateway_site import USER, check
from mta import Mail
from world import ALICE, BOB, LIBRARIES, canary, letter, picks

CASES = []


def case(function):
    CASES.append(function)
    return function


def while_taken(world, daemon, mail, kind, connected=None):
    """A try while something is missing: right or held, never refused or in clear; the daemon lives, or a library ended it."""
    outcome = world.mta.attempt(daemon, mail, connected=connected)
    world.schedule(kind)
    check(outcome.word != "refused", mail.name, "is refused for want of", kind, outcome.reply)
    if outcome.word == "accepted":
        check(mail.right(outcome.edited) or (mail.fallback and mail.fallback(outcome.edited)), mail.name, outcome.edited[:2000])
    return outcome


def given_back(world, daemon, mail):
    world.arrives(daemon, mail)
    world.site_of(mail).expect(0, "audit", "verify", says=["whole"])
    world.stop()
    world.restore()


def limit(daemon, what, soft):
    """Of a process that runs; as its own user, who may do that without any privilege."""
    user = {"user": USER, "group": grp.getgrgid(pwd.getpwnam(USER).pw_gid).gr_name, "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(["prlimit", "--pid", str(daemon.process.pid), f"--{what}={soft}:"], check=True, **user)


@case
def without_descriptors_mail_waits(world):
    world.north_and_south()
    for mail in world.mails:
        daemon = world.site_of(mail).start(mail.listener)
        world.arrives(daemon, mail)
        words = set()
        for descriptors in range(8, 32, 2):  # from too few to enough
            with daemon.client() as c:  # libmilter sleeps where it cannot accept
                limit(daemon, "nofile", descriptors)
                words.add(while_taken(world, daemon, mail, "no descriptors left", c).word)
            limit(daemon, "nofile", 512)
        check(words == {"held", "accepted"}, mail.name, words)
        given_back(world, daemon, mail)


@case
def without_memory_mail_waits(world):
    world.north_and_south()
    big = Mail("big", "out", ALICE, [BOB], letter(ALICE, BOB) + b"0123456789abcde\n" * 200000, lambda t: b"enveloped-data" in t, "alice",
               canary(BOB))
    for mail in (world.mails[1], world.mails[2], big):
        site = world.site_of(mail)
        daemon = site.start(mail.listener)
        world.arrives(daemon, mail)
        for pages in picks(16, 5):
            with open(f"/proc/{daemon.process.pid}/statm", encoding="ascii") as f:
                size = int(f.read().split()[0]) * resource.getpagesize()
            limit(daemon, "as", size + (pages - 1) * 16 * 1024)
            while_taken(world, daemon, mail, "memory limit")
            if daemon.process.poll() is not None:
                world.died_of_it("allocation", daemon.process.poll(), LIBRARIES)
                daemon = site.start(mail.listener)
            limit(daemon, "as", "unlimited")
        given_back(world, daemon, mail)


@case
def on_a_full_disk_mail_waits(world):
    """The file size limit acts as a full disk does; where root may mount, a real one, too."""
    world.north_and_south()
    for mail in world.mails:
        site = world.site_of(mail)
        daemon = site.start(mail.listener)
        size = os.path.getsize(site.path("record/record"))
        for room in (0, 1, 100, 500):
            limit(daemon, "fsize", size + room)
            outcome = while_taken(world, daemon, mail, "file size limit")
            check(outcome.word == "held", mail.name, "went without a record")
        limit(daemon, "fsize", "unlimited")
        given_back(world, daemon, mail)


def mount(where, size):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", where], capture_output=True, check=False).returncode == 0


@case
def on_a_disk_that_is_really_full_mail_and_commands_wait(world):
    north, _ = world.north_and_south()
    for folder in ("record", "state"):
        place, saved = north.path(folder), north.path(folder) + ".kept"
        subprocess.run(["cp", "-a", place, saved], check=True)
        if os.geteuid() != 0 or not mount(place, "1m"):
            shutil.rmtree(saved)
            print("        (no file system may be mounted here)")
            return
        try:
            subprocess.run(["cp", "-a", saved + "/.", place], check=True)
            daemon = north.start("out")
            with open(f"{place}/filler", "wb", buffering=0) as f:
                try:
                    while f.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
            for mail in world.mails[:2]:
                for _ in range(6):  # what is left of the last page holds a line or two
                    outcome = while_taken(world, daemon, mail, "disk full")
                check(outcome.word == "held", folder, mail.name, "went without room")
            for n in range(8):
                done = north.command("login", "add", f"full{n}", "full@north.example", "--reason", "z" * 2000)
                world.schedule("disk full, in a command")
            check(done.returncode > 0 and done.err, folder, "a change found room:", done.out)
            os.unlink(f"{place}/filler")
            north.said("login", "add", "room", "again@north.example")
            world.arrives(daemon, world.mails[0])
            claimed = {line["login"] for line in north.claims("login-add")}
            there = {row["login"] for row in north.json("login", "list")}
            check(claimed == there, folder, "record and store differ:", claimed ^ there)
            north.expect(0, "audit", "verify", says=["whole"])
        finally:
            north.stop()
            subprocess.run(["umount", place], check=True)
        world.restore()


@case
def without_permission_mail_waits(world):
    """Folders and files are closed under way; of a daemon that is not root."""
    north, _ = world.north_and_south()
    mail = world.mails[1]
    for name in ("state/spool", "state", "state/store.db", "state/store.db-shm", "record", "record/record"):
        daemon = north.start("out")
        if os.path.exists(north.path(name)):
            mode = os.stat(north.path(name)).st_mode
            os.chmod(north.path(name), 0)
            while_taken(world, daemon, mail, "permission lost")
            os.chmod(north.path(name), mode & 0o7777)
        given_back(world, daemon, mail)


@case
def what_is_moved_away_makes_mail_wait(world):
    north, _ = world.north_and_south()
    mail = world.mails[1]
    for name in ("state/spool", "record/record"):
        daemon = north.start("out")
        os.rename(north.path(name), north.path(name) + ".away")
        outcome = while_taken(world, daemon, mail, "moved away")
        check(outcome.word == "held", name, "is gone and mail goes")
        os.rename(north.path(name) + ".away", north.path(name))
        given_back(world, daemon, mail)


# ---- held by others -------------------------------------------------------------------------------


@case
def while_the_record_is_locked_nothing_is_answered(world):
    world.north_and_south()
    for mail in world.mails:
        site = world.site_of(mail)
        daemon = site.start(mail.listener)
        before, outcomes = site.lines()[-1]["seq"], []
        with open(site.path("record/record"), "rb") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            thread = threading.Thread(target=lambda: outcomes.append(world.mta.attempt(daemon, mail)))
            thread.start()
            thread.join(0.2)
            check(not outcomes and site.lines()[-1]["seq"] == before, "it did not wait for the lock")
            fcntl.flock(f, fcntl.LOCK_UN)
        thread.join(60)
        world.schedule("record locked")
        check(outcomes and outcomes[0].word == "accepted" and mail.right(outcomes[0].edited), mail.name, outcomes)
        given_back(world, daemon, mail)


@case
def while_the_store_is_locked_mail_goes_and_changes_wait(world):
    north, _ = world.north_and_south()
    for how in ("IMMEDIATE", "EXCLUSIVE"):
        daemon = north.start("out")
        other = sqlite3.connect(north.path("state/store.db"), isolation_level=None)
        other.execute(f"BEGIN {how}")
        outcome = while_taken(world, daemon, world.mails[1], "store locked")
        check(outcome.word == "accepted", how, outcome.reply)
        done = north.command("login", "add", "waits", "waits@north.example")
        world.schedule("store locked, in a command")
        check(done.returncode == 74 and "try again" in done.err, done.returncode, done.err)
        other.execute("ROLLBACK")
        other.close()
        north.said("login", "add", "waits", "waits@north.example")
        check(len(north.claims("login-add")) == len(north.json("login", "list")), north.claims("login-add"))
        given_back(world, daemon, world.mails[1])


# ---- damaged ---------------------------------------------------------------------------------------


@case
def a_damaged_store_lets_no_mail_pass_in_clear(world):
    north, _ = world.north_and_south()
    mail = world.mails[1]
    path = north.path("state/store.db")
    pages = os.path.getsize(path) // 4096
    for page in picks(pages, 6):
        daemon = north.start("out")
        with open(path, "r+b") as f:
            f.seek((page - 1) * 4096)
            f.write(os.urandom(4096))
        outcome = world.mta.attempt(daemon, mail)  # looks for clear text by itself
        world.schedule("store damaged")
        check(outcome.word != "accepted" or mail.right(outcome.edited), page, outcome.edited)
        check(daemon.process.poll() is None, "it died of it:", daemon.log())
        world.stop()
        world.restore()
    given_back(world, north.start("out"), mail)


@case
def a_record_that_somebody_wrote_into_stops_mail(world):
    north, _ = world.north_and_south()
    mail = world.mails[0]
    for damage in (lambda f: f.seek(0, 2) and f.write(b"not a line\n"), lambda f: f.truncate(f.seek(0, 2) - 100),
                   lambda f: f.seek(-40, 2) and f.write(b"x")):
        daemon = north.start("out")
        with open(north.path("record/record"), "r+b") as f:
            damage(f)
        outcomes = [world.mta.attempt(daemon, mail).word for _ in range(2)]
        world.schedule("record damaged")
        done = north.command("audit", "verify")
        check(outcomes == ["held", "held"] or done.returncode != 0 or len(north.record("torn-line")) == 1, outcomes, done.out)
        world.stop()
        world.restore()
    given_back(world, north.start("out"), mail)
