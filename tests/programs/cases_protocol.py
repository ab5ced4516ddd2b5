# SPDX-License-Identifier: BSD-2-Clause
"""The daemon on the wire: every way in which an MTA may talk, stop talking, or talk nonsense."""

import os
import socket
import struct
import threading

import milter_client
from cases_mail import ALICE, BOB, FORGED, MAIL
from gateway_site import check, run
from milter_client import Client, Closed

CASES = []
ALBERT = "albert@north.example"


def case(function):
    CASES.append(function)
    return function


def protected(north, daemon, **options):
    reply, edited, _ = daemon.send(ALICE, [BOB], MAIL, "alice", **options)
    check(reply.word == "continue" and b"enveloped-data" in edited and b"4 711" not in edited, reply, edited)
    return edited


# ---- the good way -----------------------------------------------------------------------------

@case
def a_mail_goes_through_two_daemons(world):
    north, south = world.north_and_south()
    out, come_in = north.start("out"), south.start("in")
    sent = protected(north, out)
    reply, received, envelope = come_in.send(ALICE, [BOB], sent)
    check(reply.word == "continue" and b"smime=pass" in received and b"multipart/signed" in received, reply, received)
    check(envelope["sender"] is not None and b"RET=HDRS" in b" ".join(envelope["sender"]), envelope)
    line = north.record("message")[-1]
    check(line["queue-id"] == "QID" and line["login"] == "alice" and line["client"] == "192.0.2.1", line)
    check("QID: " in out.log() and "signed, encrypted" in out.log(), out.log())


@case
def the_bytes_are_the_same_however_it_is_negotiated(world):
    north, south = world.north_and_south()
    out, come_in = north.start("out"), south.start("in")
    odd = (b"From:alice@north.example\nTo:  bob@south.example\nSubject:\tfolded\n\ttwice\n  over\nX-Empty:\n"
           b"Content-Type:text/plain\n\nbody\n")
    for options in ({}, {"steps": milter_client.STEPS_NO_NR}, {"steps": milter_client.STEPS_NO_LEADSPC},
                    {"steps": milter_client.STEPS_V2}):
        with out.client(**options) as c:
            check(bool(c.steps & milter_client.LEADSPC) == bool(options.get("steps", ~0) & milter_client.LEADSPC), hex(c.steps))
            reply, sent, _ = c.message(ALICE, [BOB], odd, "alice")
        check(reply.word == "continue" and b"enveloped-data" in sent, options, reply, sent)
        kept = sent.split(b"Content-Type:")[0]
        if c.steps & milter_client.LEADSPC:
            hidden = odd.split(b"Content-Type:")[0].replace(b"\tfolded\n\ttwice\n  over", b" [...]")
            check(kept == hidden, options, kept)
        reply, received, _ = come_in.send(ALICE, [BOB], sent, **options)
        check(reply.word == "continue" and b"smime=pass" in received, options, reply, received)


@case
def it_asks_for_the_macros_it_needs(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    with Client(daemon.socket).negotiate() as c:
        lists = c.macro_lists
        check("{daemon_name}" in lists[0] and "{auth_authen}" in lists[2] and "i" in lists[2], lists)
        check("j" in lists[2], "without one that is always known a login outlives its message", lists)
        check(lists[5] == lists[6], "end of header and end of message are swapped by some: they must be alike", lists)
        for bit in (milter_client.NR_HDR, milter_client.NR_BODY, milter_client.NR_EOH, milter_client.LEADSPC):
            check(c.steps & bit, "not negotiated:", hex(bit))
        check(not c.steps & (milter_client.NR_MAIL | milter_client.NR_RCPT), "its answers would not be heard")
    with Client(daemon.socket).negotiate(actions=0xff) as c:
        check(c.macro_lists == {} and not c.actions & 0x100, "macro lists that were not offered")


@case
def protocol_version_2_is_spoken(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    actions = milter_client.ACTIONS_V2 | 0x10
    with Client(daemon.socket).negotiate(2, actions, milter_client.STEPS_V2) as c:
        check(c.version == 2 and c.steps & ~milter_client.STEPS_V2 == 0, c.version, hex(c.steps))
        check(c.connect().word == "continue", "connect")
        c.helo()
        reply, edited, _ = c.message(ALICE, [BOB], MAIL, "alice")
        check(reply.word == "continue" and b"enveloped-data" in edited, reply)


@case
def an_mta_that_permits_no_edits_gets_no_mail_through(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    for actions in (0, 0x01, 0x11, 0x0f):  # without changing headers, or the body
        with Client(daemon.socket).negotiate(6, actions, milter_client.STEPS_V6) as c:
            check(c.connect().word == "tempfail" and c.mail(ALICE).word == "tempfail", actions)
    check("does not let us change" in daemon.log(), daemon.log())


# ---- several messages ----------------------------------------------------------------------------

@case
def messages_of_one_connection_do_not_mix(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    albert = MAIL.replace(b"Alice <alice@", b"Albert <albert@")
    with daemon.client() as c:
        for _ in range(3):
            for sender, text, login, word in ((ALICE, MAIL, "alice", "continue"), (ALBERT, albert, "albert", "continue"),
                                              (ALICE, MAIL, "albert", "reject"), (ALBERT, albert, "alice", "reject")):
                reply, edited, _ = c.message(sender, [BOB], text, login)
                check(reply.word == word, sender, login, reply)
                check((b"enveloped-data" in edited) == (word == "continue"), edited)
                if word == "reject":
                    check(reply.text.startswith("550 5.7.1"), reply)
                    c.abort()
        c.quit()
    actions = [line["actions"] for line in north.record("message")[-12:]]
    check(actions == [["signed", "encrypted"], ["signed", "encrypted"], [], []] * 3, actions)


@case
def a_login_does_not_outlive_its_message(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    for between in ("nothing", "abort"):
        with daemon.client() as c:
            check(c.message(ALICE, ["x@plain.example"], MAIL, "alice")[0].word == "continue", "with login")
            if between == "abort":
                c.abort()
            reply, edited, _ = c.message(ALICE, ["x@plain.example"], MAIL)
            check(reply.word == "reject" and b"multipart/signed" not in edited, between, reply)


@case
def every_signer_is_the_author_with_many_connections(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    wrong = []

    def send(author, sender):
        text = MAIL.replace(b"Alice <alice@", b"<" + author.encode() + b"@")
        with daemon.client() as c:
            for _ in range(25):
                reply, edited, _ = c.message(sender, ["x@plain.example"], text, author)
                if reply.word != "continue" or b"multipart/signed" not in edited:
                    wrong.append((author, reply))
                wrong.extend([(author, "twice")] if edited.count(b"Content-Type: multipart/signed") != 1 else [])
                signatures.append((author, edited))

    signatures = []
    threads = [threading.Thread(target=send, args=pair) for pair in (("alice", ALICE), ("albert", ALBERT)) * 4]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(not wrong, wrong[:3])
    check(len(signatures) == 200, len(signatures))
    for author, edited in signatures[::10]:
        path = north.write("signed.eml", edited)
        run(["openssl", "cms", "-verify", "-in", path, "-CAfile", north.path("root.pem"), "-purpose", "any", "-certsout",
             north.path("signer.pem"), "-out", "/dev/null"])
        names = run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", north.path("signer.pem")]).out
        check(f"{author}@north.example" in names, author, names)


# ---- aborts and cuts -----------------------------------------------------------------------------

def steps(c):
    """The steps of a message, one after the other."""
    yield lambda: c.mail(ALICE, macros={"{auth_authen}": "alice"})
    yield lambda: c.rcpt(BOB)
    yield lambda: c.rcpt("carol@south.example")
    yield lambda: c.data({"i": "QID"})
    yield lambda: c.header(b"From", b" " + ALICE.encode())
    yield lambda: c.header(b"To", b" " + BOB.encode())
    yield lambda: c.end_of_header()
    yield lambda: c.body(b"half a body\r\n")
    yield lambda: c.body(b"and more\r\n" * 20000)


STEPS = 9


@case
def a_message_may_be_aborted_at_every_step(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    before = len(north.record("message"))
    with daemon.client() as c:
        for n in range(STEPS + 1):
            for _, step in zip(range(n), steps(c)):
                step()
            c.abort()
            if n % 3 == 0:
                c.abort()  # Postfix does it twice at times
            reply, edited, _ = c.message(ALICE, [BOB], MAIL, "alice")
            check(reply.word == "continue" and b"enveloped-data" in edited, n, reply)
    check(len(north.record("message")) == before + STEPS + 1, "an aborted message is on the record, or a sent one is not")


@case
def a_connection_may_be_cut_at_every_step(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    for n in range(STEPS + 1):
        c = daemon.client()
        for _, step in zip(range(n), steps(c)):
            step()
        c.close()
        protected(north, daemon)
    c = daemon.client()
    c.mail(ALICE, macros={"{auth_authen}": "alice"})
    c.rcpt(BOB)
    c.send("E")
    c.close()  # nobody waits for the answer
    for cut in (b"", b"\0", b"\0\0\0\x0d", b"\0\0\0\x0dO\0\0", b"\0\0\0\x05Bxx"):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(daemon.socket)
            s.sendall(cut)
    protected(north, daemon)
    check(daemon.stop() == 0, daemon.log())


@case
def a_monitor_may_connect_and_leave(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    for _ in range(200):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(daemon.socket)
    for _ in range(50):
        Client(daemon.socket).negotiate().close()
    for _ in range(50):
        Client(daemon.socket).negotiate().quit()
    protected(north, daemon)
    check(daemon.stop() == 0, daemon.log())


@case
def nonsense_on_the_wire_harms_nobody_else(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    good = daemon.client()
    for junk in (b"GET / HTTP/1.0\r\n\r\n", b"\xff" * 100, b"\0\0\0\0" * 50, b"\0\0\0\x01Z", b"\0\0\0\x01O", b"\0\0\0\x02DX",
                 struct.pack(">I", 0x7fffffff) + b"B", b"\0\0\0\x03M\0\0", b"\0\0\0\x04Lab\0"):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(daemon.socket)
            s.sendall(junk)
        c = daemon.client()  # the same in the middle of a message
        try:
            c.mail(ALICE, macros={"{auth_authen}": "alice"})
            c.socket.sendall(junk)
        except OSError:
            pass
        c.close()
    reply, edited, _ = good.message(ALICE, [BOB], MAIL, "alice")
    check(reply.word == "continue" and b"enveloped-data" in edited, reply)
    check(daemon.stop() == 0, daemon.log())


@case
def steps_out_of_order_let_nothing_through(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    for words in (["body", "eom"], ["header", "eoh", "eom"], ["rcpt", "eom"], ["mail", "eom"], ["mail", "header", "eoh", "body", "eom"],
                  ["mail", "rcpt", "abort", "body", "eom"], ["mail", "rcpt", "eom"]):
        c = Client(daemon.socket).negotiate()
        c.connect()
        c.steps |= 0x1ff000 | milter_client.NR_HDR  # replies are looked at below
        do = {"mail": lambda: c.mail(ALICE, macros={"{auth_authen}": "alice"}), "rcpt": lambda: c.rcpt(BOB), "abort": c.abort,
              "header": lambda: c.header(b"From", b" " + ALICE.encode()), "eoh": c.end_of_header, "body": lambda: c.body(b"x\r\n"),
              "eom": lambda: c.send("E")}
        got = []
        try:
            for word in words:
                do[word]()
            c.socket.shutdown(socket.SHUT_WR)
            while True:
                got.append(c.receive())
        except (Closed, OSError):
            pass
        c.close()
        edits = [command for command, _ in got if command in "hmib"]
        final = got[-1][0] if got else None
        complete = words == ["mail", "rcpt", "eom"]
        check(complete or not edits, words, got)
        check(complete or final != "a", words, got)
    protected(north, daemon)


@case
def a_connection_that_is_used_again_without_negotiation_is_deferred(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    with daemon.client() as c:
        check(c.message(ALICE, [BOB], MAIL, "alice")[0].word == "continue", "first")
        c.send("K")  # quit, a new connection follows
        c.connect()
        reply = c.mail(ALICE, macros={"{auth_authen}": "alice"})
        check(reply.word == "tempfail", reply)
    protected(north, daemon)


# ---- facts of the session ---------------------------------------------------------------------------

@case
def the_role_follows_the_name_of_the_service(world):
    north, _ = world.north_and_south()
    north.edit_configuration('role = "submission"', 'role = "submission"\n\tdaemon "world" { role = "inbound" }')
    daemon = north.start("out")
    try:
        for name, role in (("world", "inbound"), ("other", "submission"), (None, "submission")):
            daemon.send("x@y.example", [ALICE], MAIL, macros={"{daemon_name}": name} if name else None)
            check(north.record("message")[-1]["role"] == role, name, north.record("message")[-1])
    finally:
        north.configure("")


@case
def a_bad_recipient_is_refused_where_there_is_a_dialogue(world):
    north, _ = world.north_and_south()
    out, local = north.start("out"), north.start("local")
    bad = "<a@b@c>"
    with out.client() as c:
        c.mail(ALICE, macros={"{auth_authen}": "alice"})
        reply = c.rcpt(bad)
        check(reply.word == "reject" and reply.text.startswith("553 5.1.3"), reply)
        check(north.record("refusal")[-1]["recipient"] == bad, north.record()[-1])
        check(c.rcpt(BOB).word == "continue", "the next recipient")
        c.header(b"From", b" " + ALICE.encode())
        c.end_of_header()
        c.body(b"hello\r\n")
        check(c.end_of_message()[0].word == "continue", "the others are not served")
    with local.client(address="127.0.0.1") as c:  # as Postfix says for sendmail(1)
        c.mail(ALICE)
        check(c.rcpt(bad).word == "continue", "mail of sendmail(1) would stay in the queue")
        c.end_of_header()
        check(c.end_of_message()[0].word == "reject", "it was let through")


@case
def forged_marks_are_removed_by_every_listener(world):
    north, _ = world.north_and_south()
    for listener, sender, recipient in (("in", "x@y.example", ALICE), ("out", ALICE, ALBERT), ("local", ALICE, ALBERT)):
        daemon = north.start(listener)
        for options in ({}, {"steps": milter_client.STEPS_V2}):
            reply, edited, _ = daemon.send(sender, [recipient], FORGED.replace(b"smime.vm", b"smime." + authserv(north)),
                                           "alice" if listener == "out" else None, **options)
            check(reply.word == "continue" and b"X-Postseal-Notice" not in edited and b"smime=pass" not in edited, listener, reply, edited)


def authserv(site):
    """The host's part of the authserv-id that the settings name."""
    for line in site.said("check", "--settings").splitlines():
        if "authserv-id" in line and "smime." in line:
            return line.split("smime.")[1].split()[0].strip('"').encode()
    return os.uname().nodename.encode()


@case
def a_message_past_the_limit_is_refused(world):
    north, _ = world.north_and_south()
    north.edit_configuration("defaults {", "message-size-limit = 100k\ndefaults {")
    daemon = north.start("out")
    try:
        with daemon.client() as c:
            reply, edited, _ = c.message(ALICE, [BOB], MAIL + b"x" * 70 * 3000, "alice")
            check(reply.word == "reject" and reply.text.startswith("552 5.3.4"), reply)
            check(c.message(ALICE, [BOB], MAIL, "alice")[0].word == "continue", "the next one")
    finally:
        north.configure("")


@case
def megabytes_go_in_packets(world):
    north, south = world.north_and_south()
    out, come_in = north.start("out"), south.start("in")
    text = MAIL + (b"x" * 70 + b"\n") * 45000
    reply, sent, _ = out.send(ALICE, [BOB], text, "alice")
    check(reply.word == "continue" and len(sent) > len(text), reply)
    reply, received, _ = come_in.send(ALICE, [BOB], sent)
    check(reply.word == "continue" and b"smime=pass" in received and received.count(b"x" * 70) == 45000, reply)


@case
def an_empty_message_is_no_riddle(world):
    north, _ = world.north_and_south()
    daemon = north.start("out")
    for text in (b"\n", b"From: alice@north.example\n\n", b"From: alice@north.example\n"):
        with daemon.client() as c:
            reply, _, _ = c.message(ALICE, [BOB], text, "alice")
            check(reply.word in ("continue", "reject"), text, reply)


@case
def an_observing_daemon_edits_nothing(world):
    north, _ = world.north_and_south()
    north.edit_configuration('role = "submission"', 'role = "submission"\n\tobserve = yes')
    daemon = north.start("out")
    try:
        reply, edited, _ = daemon.send(ALICE, [BOB], FORGED, "alice")
        check(reply.word == "continue" and edited == FORGED, reply, edited)
        line = north.record("message")[-1]
        check(line["observe"] is True and line["actions"], line)
    finally:
        north.configure("")


@case
def hosts_act_for_authors_by_their_rows(world):
    site = world.site()
    site.init()
    site.ca()
    site.enrol("alice", login=False)
    site.said("login", "add", "host:192.0.2.0/24", "*@north.example")
    daemon = site.start("out")
    for address, signed in (("192.0.2.77", True), ("192.0.3.77", False), ("2001:db8::1", False)):
        reply, edited, _ = daemon.send(ALICE, ["x@plain.example"], MAIL, address=address)
        check((reply.word == "continue" and b"multipart/signed" in edited) == signed, address, reply)
