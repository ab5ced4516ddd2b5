# SPDX-License-Identifier: BSD-2-Clause
"""Commands that change something are killed at every place they reach, and every operation of theirs fails in turn: all or nothing, and the record knows."""

import errno
import os

from control import FROM_THEN_ON, ONCE
from gateway_site import PASSPHRASE, USER, check, run
from world import LIBRARIES, LONG, picks

CASES = []
EX_CANTCREAT = 73


def case(function):
    CASES.append(function)
    return function


class Command:
    """`state(site)` is what it changes, as the listings show it: before it, after it, and nothing between."""

    def __init__(self, name, words, event, state, prepare=(), lines=1):
        self.name, self.words, self.event, self.state, self.prepare, self.lines = name, words, event, state, prepare, lines


def listed(*words):
    return lambda site: site.json(*words)


def key_of(user):
    return lambda site: [row["key"] for row in site.json("key", "list", f"{user}@north.example")][0]


def certificates(site):
    return [row for row in site.json("key", "list", "carol@north.example")]


def root_works(site, path):
    """The root's private key is there, whole, and belongs to the published root."""
    site.said("ca", "export", "--out", site.path("root.pem"))
    site.write("passphrase", PASSPHRASE + "\n", 0o400)
    public = run(["openssl", "pkey", "-in", path, "-passin", f"file:{site.path('passphrase')}", "-pubout"])
    root = run(["openssl", "x509", "-in", site.path("root.pem"), "-noout", "-pubkey"])
    check(public.returncode == 0 and public.out == root.out, "the root's key is not that of the root:", public.err)


def ca_init(site):
    return ["ca", "init", "--name", "CA", "--root-key", site.path("root.key"), "--passphrase-file", site.path("passphrase")]


CAROL = ("identity", "add", "carol@north.example")
KEY = ("key", "generate", "carol@north.example", "--type", "p256")
COMMANDS = (
    Command("identity add", lambda s: CAROL, "identity-add", listed("identity", "list")),
    Command("key generate", lambda s: KEY, "key-add", listed("key", "list"), (CAROL,)),
    Command("login add", lambda s: ("login", "add", "carol", "carol@north.example"), "login-add", listed("login", "list")),
    Command("ca issue", lambda s: ("ca", "issue", key_of("carol")(s)), "ca-issue", certificates, (CAROL, KEY)),
    Command("ca init", ca_init, "ca-init", lambda s: s.command("ca", "export").out),
    Command("cert import", lambda s: ("cert", "import", s.path("bob.pem"), "--for", "bob@south.example"), "cert-add", listed("cert", "list")),
)


def site_for(world, command):
    """A gateway in the state before the command, saved."""
    north, south = world.north_and_south()
    site = world.site()
    site.init()
    site.write("passphrase", PASSPHRASE + "\n", 0o400)
    if command.name != "ca init":
        site.ca()
        site.write("bob.pem", south.read("bob.pem"))
        site.write("etc/anchors/south.pem", south.read("root.pem"))
    for words in command.prepare:
        site.said(*words)
    site.save()
    return site


def without_ids(state):
    """How it looks, without what differs from time to time; rows of one second have no order."""
    if isinstance(state, str):
        return bool(state)
    kept = ("addresses", "login", "state", "purpose", "name", "owner")
    return sorted(({k: v for k, v in row.items() if isinstance(v, bool) or k in kept} for row in state), key=repr)


def check_whole(site, command, before, after):
    """After a crash or a fault: done or not, in the store as on the record; and what was not done can be done now."""
    now = without_ids(command.state(site))
    check(now in (before, after), command.name, "left something half done:", now)
    done = now == after
    second = site.command(*(w if w != site.path("root.key") or not os.path.exists(w) or done else site.path("second.key")
                            for w in command.words(site)))
    if done:  # another change settles what is ahead on the record
        site.said(*(("identity", "add", "settles@north.example") if command.event == "login-add" else
                    ("login", "add", "settles", "the.record@north.example")))
    else:
        check(second.returncode == 0, command.name, "does not succeed at the second try:", second.returncode, second.err)
    site.expect(0, "audit", "verify", says=["whole"])
    claims = len(site.claims(command.event))
    wanted = site.claims_before + command.lines + (command.lines if done and second.returncode == 0 else 0)
    check(claims == wanted, command.name, f"the record claims {claims} where {wanted} happened:", site.lines()[-5:])
    if command.name == "ca init":
        root_works(site, site.path("second.key") if os.path.exists(site.path("second.key")) else site.path("root.key"))
    found = [f for f in site.json("check") if f["state"] == "error"]
    check(not found, command.name, "leaves errors:", found)


def dry_run(world, site, command):
    """(state before, state after, places reached, operations counted)"""
    before = without_ids(command.state(site))
    site.claims_before = len(site.claims(command.event))
    words = command.words(site)
    world.control.clear()
    site.expect(0, *words, faults=True)
    reached, counts = world.control.reached(), world.control.counts()
    after = without_ids(command.state(site))
    check(before != after, command.name, "does nothing")
    site.restore()
    return before, after, reached, counts


@case
def a_command_killed_anywhere_is_done_or_not_done(world):
    for command in COMMANDS:
        site = site_for(world, command)
        before, after, reached, _ = dry_run(world, site, command)
        for row, count in reached.items():
            for nth in picks(count, 2):
                words = command.words(site)
                world.control.die_at(row, nth)
                world.killed(row, site.command(*words))
                world.control.clear()
                check_whole(site, command, before, after)
                site.restore()


# ---- init: from nothing ----------------------------------------------------------------------------


def init_words(site):
    return ["init", "--domain", site.domain, "--folder", site.folder, *(["--user", USER] if os.geteuid() == 0 else [])]


def check_gateway(site):
    """Whatever came before: init succeeds or says that it is done, and then all is well."""
    done = site.command(*init_words(site))
    check(done.returncode == 0 or (done.returncode == EX_CANTCREAT and "set up already" in done.err), "init:", done.returncode, done.err)
    site.said("login", "add", "settles", "the.record@north.example")
    found = [f for f in site.json("check") if f["state"] == "error"]
    check(not found, "init leaves errors:", found)
    check(len(site.claims("init")) == 1, site.lines())
    site.expect(0, "audit", "verify", says=["whole"])
    daemon = site.start("in")  # as the daemon's user: everything that it needs is its own
    check(daemon.stop() == 0, daemon.log())


def empty(site):
    run(["find", site.folder, "-mindepth", "1", "-delete"])


@case
def an_init_killed_anywhere_is_finished_by_the_next_one(world):
    world.north_and_south()
    site = world.site()
    world.control.clear()
    site.expect(0, *init_words(site))
    for row, count in world.control.reached().items():
        for nth in picks(count, 3):
            empty(site)
            world.control.die_at(row, nth)
            world.killed(row, site.command(*init_words(site)))
            world.control.clear()
            check_gateway(site)


# ---- every operation fails in turn --------------------------------------------------------------------

ERRORS = {"allocation": (errno.ENOMEM,), "open": (errno.EMFILE, errno.EACCES), "read": (errno.EIO,), "write": (errno.ENOSPC, errno.EIO),
          "fsync": (errno.EIO,), "name": (errno.ENOSPC,), "truncate": (errno.EIO,), "lock": (errno.EAGAIN,), "map": (errno.ENOMEM,)}


def schedules(counts, few, few_allocations):
    for kind, errors in ERRORS.items():
        for error in errors:
            for nth in picks(counts[kind], few_allocations if kind == "allocation" else few):
                yield kind, nth, error, ONCE
        if kind not in ("allocation", "lock"):
            for nth in picks(counts[kind], 3):
                yield kind, nth, errors[0], FROM_THEN_ON


@case
def a_command_of_which_any_operation_fails_is_done_or_not_done(world):
    for command in COMMANDS if LONG else COMMANDS[3:5]:  # the ones that do most
        site = site_for(world, command)
        before, after, _, counts = dry_run(world, site, command)
        for kind, nth, error, manner in schedules(counts, 2, 4):
            words = command.words(site)
            world.control.fail(kind, nth, error, manner)
            done = site.command(*words, faults=True)
            world.control.clear()
            world.died_of_it(kind, done.returncode, LIBRARIES, command.name, nth)
            check(done.returncode <= 0 or done.err, command.name, kind, nth, "it fails without a word")
            world.schedule(f"{kind} ({errno.errorcode[error]}), in a command")
            check_whole(site, command, before, after)
            site.restore()


@case
def an_init_of_which_any_operation_fails_is_finished_by_the_next_one(world):
    world.north_and_south()
    site = world.site()
    world.control.clear()
    site.expect(0, *init_words(site), faults=True)
    for kind, nth, error, manner in schedules(world.control.counts(), 3, 8):
        empty(site)
        world.control.fail(kind, nth, error, manner)
        done = site.command(*init_words(site), faults=True)
        world.control.clear()
        world.died_of_it(kind, done.returncode, LIBRARIES, "init", nth)
        world.schedule(f"{kind} ({errno.errorcode[error]}), in a command")
        check_gateway(site)
