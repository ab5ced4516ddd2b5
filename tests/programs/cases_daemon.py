# SPDX-License-Identifier: BSD-2-Clause
"""The daemon's life: start, refusals to start, signals, privileges, stop."""

import os
import resource
import signal
import socket
import stat
import time

from cases_commands import EX_CONFIG, EX_TEMPFAIL
from cases_mail import ALICE, BOB, MAIL
from gateway_site import USER, check, run
from milter_client import Client

CASES = []


def case(function):
    CASES.append(function)
    return function


def milter(site, *words):
    return run([f"{site.build}/postseal-milter", *words])


# ---- starting ----------------------------------------------------------------------------

@case
def the_daemon_tests_itself(world):
    site = world.site()
    site.init()
    done = milter(site, "-t", "-c", site.configuration, "-i", "in")
    check(done.returncode == 0 and "all is well" in done.out, done.err)
    check(not os.path.exists(site.path("run/in.sock")), "-t opened a socket")
    done = milter(site, "-t", "-c", site.configuration)
    check(done.returncode == EX_CONFIG and "-i" in done.err, done.err)
    done = milter(site, "-t", "-c", site.configuration, "-i", "nowhere")
    check(done.returncode == EX_CONFIG and "nowhere" in done.err, done.err)
    check(milter(site, "-x").returncode == 64 and milter(site, "word").returncode == 64, "wrong usage passes")
    check(milter(site, "-h").returncode == 0 and milter(site, "-V").out.startswith("postseal-milter "), "-h, -V")


@case
def a_bad_configuration_ends_with_78_and_the_line(world):
    site = world.site()
    site.init()
    text = site.read("etc/postseal.conf").decode()
    site.write("etc/postseal.conf", text + "nonsense = 1\n")
    line = text.count("\n") + 1
    for words in (("-t",), ("-v",), ()):  # also where the log goes to syslog
        done = milter(site, *words, "-c", site.configuration, "-i", "in")
        check(done.returncode == EX_CONFIG and f"postseal.conf:{line}" in done.err and "nonsense" in done.err, done.returncode, done.err)


@case
def a_daemon_that_lacks_something_does_not_start(world):
    site = world.site()
    site.init()
    for name, says in (("state/store.db", "store.db"), ("state/master.key", "master.key"), ("etc/anchors", "anchors")):
        os.rename(site.path(name), site.path("aside"))
        daemon = site.start("in", serves=False)
        check(daemon.wait() in (EX_CONFIG, EX_TEMPFAIL) and says in daemon.log(), daemon.log())
        check(not os.path.exists(daemon.socket), "it left its socket")
        os.rename(site.path("aside"), site.path(name))
    site.write("record/record", site.read("record/record") + b"this is no record\n", 0o640)
    daemon = site.start("in", serves=False)
    check(daemon.wait() != 0 and "record" in daemon.log(), daemon.log())


@case
def the_socket_is_for_its_group_alone(world):
    site = world.site()
    site.init()
    daemon = site.start("in")
    mode = os.stat(daemon.socket).st_mode
    check(stat.S_ISSOCK(mode) and mode & 0o777 == 0o660, oct(mode))
    check(daemon.stop() == 0 and not os.path.exists(daemon.socket), "the socket stays")
    os.chmod(site.path("run"), 0o777)
    daemon = site.start("in", serves=False)
    check(daemon.wait() == EX_CONFIG and "0750" in daemon.log(), daemon.log())
    os.chmod(site.path("run"), 0o750)


@case
def a_stale_socket_is_replaced_and_a_file_is_not(world):
    site = world.site()
    site.init()
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(site.path("run/in.sock"))
    daemon = site.start("in")
    check(daemon.stop() == 0, daemon.log())
    site.write("run/in.sock", "precious")
    daemon = site.start("in", serves=False)
    check(daemon.wait() == EX_CONFIG and "no socket" in daemon.log(), daemon.log())
    check(site.read("run/in.sock") == b"precious", "a file was deleted")


@case
def a_second_instance_is_refused(world):
    site = world.site()
    site.init()
    first = site.start("in")
    second = site.start("in", serves=False)
    log = open(second.log_path, encoding="utf-8")  # both write the same file name; the second's came last
    check(second.wait() == EX_TEMPFAIL, second.process.returncode)
    check("listener \"in\"" in log.read(), "it does not say which listener")
    log.close()
    with Client(first.socket).negotiate() as c:
        check(c.connect() is None or c.connect().word == "continue", "the first one lost its socket")
    other = site.start("out")
    check(other.stop() == 0, "another listener is refused, too")
    first.signal(signal.SIGKILL)
    first.process.wait()
    third = site.start("in")
    check(third.stop() == 0, third.log())


@case
def the_process_gives_nothing_away(world):
    site = world.site()
    site.init()
    daemon = site.start("in")
    pid = daemon.process.pid
    status = open(f"/proc/{pid}/status", encoding="ascii").read()
    check("NoNewPrivs:\t1" in status, status)
    limits = open(f"/proc/{pid}/limits", encoding="ascii").read()
    core = [line.split() for line in limits.splitlines() if line.startswith("Max core file size")][0]
    check(core[4:6] == ["0", "0"], core)
    # a process that may not be dumped belongs to root in /proc, whoever it is (PR_SET_DUMPABLE in prctl(2))
    check(os.stat(f"/proc/{pid}/environ").st_uid == 0, "it can be dumped")
    if os.geteuid() == 0:
        import pwd
        user = pwd.getpwnam(USER)
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        check(fields["Uid"].split() == [str(user.pw_uid)] * 4 and fields["Gid"].split() == [str(user.pw_gid)] * 4, fields["Uid"])
        check(fields["Groups"].split() in ([], [str(user.pw_gid)]), "groups:", fields["Groups"])
        check(fields["CapEff"].strip("0\n") == "" and fields["CapPrm"].strip("0\n") == "", "capabilities")


@case
def an_inet_socket_needs_a_word(world):
    site = world.site()
    site.init()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    old = f'socket = "unix:{site.folder}/run/in.sock"'
    site.edit_configuration(old, f'socket = "inet:{port}@127.0.0.1"')
    done = milter(site, "-t", "-c", site.configuration, "-i", "in")
    check(done.returncode == EX_CONFIG and "allow-inet" in done.err, done.err)
    site.edit_configuration('role = "inbound"', 'role = "inbound"\n\tallow-inet = yes')
    daemon = site.start("in")
    with socket.create_connection(("127.0.0.1", port)):
        pass
    check(daemon.stop() == 0, daemon.log())


# ---- SIGHUP ----------------------------------------------------------------------------------

@case
def a_storm_of_hangups_does_not_end_it(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    for _ in range(3000):
        daemon.signal(signal.SIGHUP)
    daemon.wait_for("reloaded")
    reply, edited, _ = daemon.send(ALICE, [BOB], MAIL, login="alice")
    check(reply.word == "continue" and b"enveloped-data" in edited, reply)
    for _ in range(3000):
        daemon.signal(signal.SIGHUP)
    check(daemon.stop() == 0, "SIGTERM drowned in the storm:", daemon.log()[-500:])


@case
def a_reload_and_a_stop_at_once_end_it_in_order(world):
    site = world.site()
    site.init()
    for n in range(25):
        daemon = site.start("in")
        for _ in range(n):
            daemon.signal(signal.SIGHUP)
        check(daemon.stop() == 0, n, daemon.log())
    check(len(site.record("stop")) == 25, "a stop is not on the record")


@case
def a_reload_takes_new_rules_and_a_bad_file_keeps_the_old(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    try:
        check(daemon.send(ALICE, ["x@plain.example"], MAIL, "alice")[0].word == "continue", "not sent")
        north.configure('domain "plain.example" { encrypt = "required" }\n')
        daemon.reload()
        reply = daemon.send(ALICE, ["x@plain.example"], MAIL, "alice")[0]
        check(reply.word == "reject" and reply.text.startswith("550 5.7.5"), reply)
        north.configure("nonsense = 1\n")
        line = north.read("etc/postseal.conf").count(b"\n")
        daemon.reload("reload failed")
        check(f"postseal.conf:{line}" in daemon.log() and "nonsense" in daemon.log(), daemon.log())
        refused = north.record("reload")[-1]
        check(refused["result"] == "refused" and f"postseal.conf:{line}" in refused["detail"], refused)
        check(daemon.send(ALICE, ["x@plain.example"], MAIL, "alice")[0].word == "reject", "the old rules are gone")
        north.configure('listener "more" { socket = "unix:/run/none/x.sock" role = "local" }\n')
        north.edit_configuration('listener "out"', 'listener "gone"')
        daemon.reload("reload failed")
        check("is gone" in daemon.log(), daemon.log())
    finally:
        north.configure("")
    daemon.reload()
    check(daemon.send(ALICE, ["x@plain.example"], MAIL, "alice")[0].word == "continue", "not sent after all")
    check(daemon.stop() == 0, daemon.log())


@case
def a_message_ends_by_the_rules_it_began_with(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    try:
        with daemon.client() as c:
            c.mail(ALICE, macros={"{auth_authen}": "alice"})
            c.rcpt("x@plain.example")
            north.configure('domain "plain.example" { encrypt = "required" }\n')
            daemon.reload()
            c.header(b"From", b" " + ALICE.encode())
            c.end_of_header()
            c.body(b"hello\r\n")
            check(c.end_of_message()[0].word == "continue", "the new rules reached an old message")
            check(c.message(ALICE, ["x@plain.example"], MAIL, "alice")[0].word == "reject", "the next one has the old rules")
    finally:
        north.configure("")


@case
def a_reload_tells_what_needs_a_restart(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    try:
        north.edit_configuration(f"{north.folder}/run/out.sock", f"{north.folder}/run/elsewhere.sock")
        daemon.reload()
        check("`socket` changed" in daemon.log(), daemon.log())
        check(daemon.send(ALICE, [BOB], MAIL, "alice")[0].word == "continue", "it does not serve any more")
    finally:
        north.configure("")


# ---- stopping ----------------------------------------------------------------------------------

@case
def it_drains_when_told_to_stop(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    open_one, idle = daemon.client(), daemon.client()
    open_one.mail(ALICE, macros={"{auth_authen}": "alice"})
    open_one.rcpt(BOB)
    daemon.signal(signal.SIGTERM)
    deadline = time.monotonic() + 60
    while True:  # until the signal has been taken
        with daemon.client() as late:
            reply = late.mail(ALICE, macros={"{auth_authen}": "alice"})
        if reply.word != "continue":
            break
        check(time.monotonic() < deadline, "it does not stop")
    check(reply.word == "tempfail" and reply.text.startswith("451 4.3.2"), reply)
    reply = idle.mail(ALICE)
    check(reply.word == "tempfail", reply)
    check(daemon.process.poll() is None, "it did not wait")
    open_one.header(b"From", b" " + ALICE.encode())
    open_one.end_of_header()
    open_one.body(b"hello\r\n")
    reply, edits = open_one.end_of_message()
    check(reply.word == "continue" and edits, reply)
    check(daemon.wait() == 0 and not os.path.exists(daemon.socket), daemon.log())
    check(north.record("stop")[-1]["reason"] == "signal" and north.record("start"), north.record()[-1])
    north.expect(0, "audit", "verify", says=["whole"])


@case
def it_stops_with_many_connections_open(world):
    north, _ = world.north_and_south()
    for _ in range(5):
        daemon = north.start("out")
        clients = [daemon.client() for _ in range(30)]
        check(daemon.stop() == 0, daemon.process.returncode, daemon.log())
        for c in clients:
            c.close()


@case
def it_starts_and_stops_again_and_again(world):
    site = world.site()
    site.init()
    for _ in range(10):
        daemon = site.start("in")
        check(daemon.stop() == 0, daemon.log())
    check(len(site.record("start")) == len(site.record("stop")) == 10, "not on the record")
    site.expect(0, "audit", "verify")


# ---- when something breaks -----------------------------------------------------------------------

@case
def mail_is_deferred_while_the_record_cannot_be_written(world):
    north, _ = world.north_and_south()
    size = len(north.read("record/record"))

    def small_files():
        # the start line fits, a message does not: what a full disk does
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(size + 1000, 200000), resource.RLIM_INFINITY))

    if size + 1000 < 200000:
        # the store's files must stay under the limit, so the record is made to stand just before it
        north_record = north.read("record/record")
        copy = world.site()
        copy.init()
        for _ in range(60):
            copy.said("login", "add", "x" * 200, "y@north.example", "--reason", "z" * 3000)
            copy.said("login", "remove", "x" * 200, "y@north.example", "--reason", "z" * 3000)
            if len(copy.read("record/record")) > 196000:
                break
        check(len(north_record) > 0, "no record")
        size = len(copy.read("record/record"))
        daemon = copy.start("out", preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size + 700, resource.RLIM_INFINITY)))
        reply = None
        for _ in range(5):
            reply = daemon.send("x@north.example", ["y@plain.example"], MAIL.replace(b"alice@", b"x@"))[0]
            if reply.word == "tempfail":
                break
        check(reply.word == "tempfail" and reply.text.startswith("451 4.3.0"), reply)
        check(daemon.process.poll() is None, "it died of it")
        daemon.stop()
        copy.expect(0, "audit", "verify")


@case
def mail_is_deferred_while_the_store_is_gone(world):
    site = world.site()
    site.init()
    site.ca()
    site.enrol("alice")
    daemon = site.start("out")
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(site.path("state/store.db") + suffix):
            site.write(f"state/store.db{suffix}", b"x" * 8192, 0o600)
    reply, edited, _ = daemon.send(ALICE, ["x@plain.example"], MAIL, "alice")
    check(reply.word == "tempfail" and edited.endswith(MAIL.split(b"\n\n", 1)[1]), reply)
    check(daemon.process.poll() is None, "it died of it")




@case
def changes_by_command_are_seen_at_once(world):
    site = world.site()
    site.init()
    site.ca()
    daemon = site.start("out")
    text = MAIL.replace(b"alice@", b"carol@")

    def send():
        reply, edited, _ = daemon.send("carol@north.example", ["x@plain.example"], text, "carol")
        return reply.word, b"multipart/signed" in edited

    check(send() == ("reject", False), "a login that nobody knows")
    site.said("login", "add", "carol", "carol@north.example")
    check(send() == ("continue", False), "no key yet")
    _, key = site.enrol("carol", login=False)
    check(send() == ("continue", True), "the new key is not used")
    site.said("key", "state", key, "retired")
    check(send() == ("continue", False), "a retired key signs")
    site.said("login", "remove", "carol", "carol@north.example")
    check(send() == ("reject", False), "a removed login counts")
