# SPDX-License-Identifier: BSD-2-Clause
"""explain and process: what they say, what they make, and that the one tells what the other does."""

import json
import os
import sqlite3

from cases_commands import EX_CONFIG, EX_DATAERR, EX_TEMPFAIL, EX_USAGE, outside_certificate
from gateway_site import check, run

CASES = []


def case(function):
    CASES.append(function)
    return function


MAIL = b"""From: Alice <alice@north.example>
To: bob@south.example
Subject: figures
Date: Sun, 22 Nov 2026 21:00:00 +0000
Message-ID: <1@north.example>
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

The figures are good: 4 711 \xe2\x82\xac.
"""
ALICE, BOB = "alice@north.example", "bob@south.example"


def explain(site, sender, recipients, text, *options):
    to = [w for r in recipients for w in ("--to", r)]
    done = site.expect(0, "explain", "--json", "--from", sender, *to, *options, *(["-"] if text else []), stdin=text or b"")
    return json.loads(done.out)


# ---- the way of a mail -------------------------------------------------------------------

@case
def a_mail_goes_signed_and_encrypted_and_comes_back_to_clear(world):
    north, south = world.north_and_south()
    sent = north.process(ALICE, [BOB], MAIL, "--login", "alice").stdout
    check(b"smime-type=enveloped-data" in sent and b"4 711" not in sent and b"\r" not in sent, sent)
    check(b"Subject: [...]\n" in sent and b"figures" not in sent and sent.count(b"Content-Type:") == 1, sent)
    done = south.process(ALICE, [BOB], sent)
    received = done.stdout
    check(b"smime=pass" in received and b"multipart/signed" in received and b"\nSubject: figures\n" in received, received)
    check("the sender becomes: alice@north.example RET=HDRS" in done.err, done.err)
    events = [north.record("process")[-1], south.record("process")[-1]]
    check(events[0]["actions"] == ["signed", "encrypted"] and "opened" in events[1]["actions"], events)
    for site in (north, south):
        site.expect(0, "audit", "verify", says=["whole"])
    # what was delivered verifies with another program, too
    south.write("received.eml", received)
    verified = run(["openssl", "cms", "-verify", "-in", south.path("received.eml"), "-CAfile", north.path("root.pem"),
                    "-purpose", "any"])
    check(verified.returncode == 0 and "4 711" in verified.out.replace("=20", " "), verified.err, verified.out)


@case
def a_domain_signs_for_an_author_without_a_key(world):
    north, south = world.north_and_south()
    identity = north.said("identity", "add", "@north.example")
    north.expect(EX_DATAERR, "ca", "issue", north.said("key", "generate", identity, "--type", "p256"), says=["RFC 3183"])
    north.said("ca", "issue", north.said("key", "generate", identity, "--type", "p256", "--purpose", "sign"))
    north.said("login", "add", "hugo", "hugo@north.example")
    hugos, mail = "hugo@north.example", MAIL.replace(b"alice@", b"hugo@")
    told = explain(north, hugos, [BOB], mail, "--login", "hugo")["signature"]
    check(told["reason"] == "domain-signing-off" and not told["made"], told)
    north.configure('address "hugo@north.example" { domain-signing-authority = yes }\n')
    told = explain(north, hugos, [BOB], mail, "--login", "hugo")["signature"]
    check(told["reason"] == "domain-signature" and told["made"], told)
    sent = north.process(hugos, [BOB], mail, "--login", "hugo").stdout
    received = south.process(hugos, [BOB], sent).stdout
    check(b'smime=policy reason="domain-signature"' in received, received)
    south.configure('domain "north.example" { accept-domain-signature = "same-domain" }\n')
    received = south.process(hugos, [BOB], sent).stdout
    check(b'smime=pass reason="domain-signature"' in received and b"policy.domain-signature=north.example" in received, received)
    south.write("received.eml", received)
    verified = run(["openssl", "cms", "-verify", "-in", south.path("received.eml"), "-CAfile", north.path("root.pem"), "-purpose", "any"])
    check(verified.returncode == 0, verified.err)


@case
def openssl_reads_what_process_wrote(world):
    north, _ = world.north_and_south()
    outside_certificate(north, "erin", "erin@west.example")
    north.said("cert", "import", north.path("erin.crt"), "--level", "pinned")
    sent = north.process(ALICE, ["erin@west.example"], MAIL.replace(b"bob@south", b"erin@west"), "--login", "alice").stdout
    north.write("to-erin.eml", sent)
    opened = run(["openssl", "cms", "-decrypt", "-in", north.path("to-erin.eml"), "-inkey", north.path("erin.key"),
                  "-recip", north.path("erin.crt"), "-out", north.path("opened.eml")])
    check(opened.returncode == 0, opened.err)
    verified = run(["openssl", "cms", "-verify", "-in", north.path("opened.eml"), "-CAfile", north.path("root.pem"),
                    "-purpose", "any", "-certsout", north.path("signer.pem")])
    check(verified.returncode == 0, verified.err)
    text = run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", north.path("signer.pem")]).out
    check("alice@north.example" in text, text)


@case
def each_key_type_signs_and_decrypts(world):
    for kind in ("rsa", "p384"):
        site, other = world.site("north.example", key_type=kind), world.site("south.example", key_type=kind)
        for s, user in ((site, "alice"), (other, "bob")):
            s.init()
            s.ca()
            s.enrol(user)
        site.trust(other, "bob")
        other.trust(site, "alice")
        for profile in ("compatible", "modern", "edi-energy"):
            site.configure(f'domain "south.example" {{ profile = "{profile}" encrypt = "required" sign = "required" }}\n')
            received = other.process(ALICE, [BOB], site.process(ALICE, [BOB], MAIL, "--login", "alice").stdout).stdout
            check(b"smime=pass" in received, kind, profile, received)


@case
def line_ends_and_mailbox_lines_are_the_file_s(world):
    north, south = world.north_and_south()
    sent = north.process(ALICE, [BOB], MAIL.replace(b"\n", b"\r\n"), "--login", "alice").stdout
    check(sent.count(b"\n") == sent.count(b"\r\n"), "a file with CRLF became one with LF")
    received = south.process(ALICE, [BOB], sent).stdout
    check(b"smime=pass" in received, received)
    plain = b"From: x@y.example\nTo: z@y.example\nX-Long: a\n b\n\tc\n\nbody\n\nFrom here\n"
    out = north.process("x@y.example", ["bob@north.example"], b"From x@y.example Sun Nov 22 21:00:00 2026\n" + plain).stdout
    check(out.endswith(plain.split(b"\n\n", 1)[1]) and b"X-Long: a\n b\n\tc\n" in out and not out.startswith(b"From x"), out)
    without_body = b"From: x@y.example\nTo: z@y.example\n"
    out = north.process("x@y.example", ["bob@north.example"], without_body).stdout
    check(out.endswith(without_body + b"\n"), out)


@case
def process_writes_a_file_and_a_report(world):
    north, _ = world.north_and_south()
    done = north.process(ALICE, [BOB], MAIL, "--login", "alice", "--json", "--out", north.path("out.eml"))
    check(json.loads(done.out)["verdict"] == "continue" and b"enveloped-data" in north.read("out.eml"), done.out)
    north.expect(EX_DATAERR if False else 74, "process", "--from", ALICE, "--to", BOB, north.path("missing.eml"), says=["missing.eml"])


@case
def a_refusal_gives_the_reply_and_no_message(world):
    north, _ = world.north_and_south()
    north.configure('domain "strict.example" { encrypt = "required" }\n'
                    'domain "later.example" { encrypt = "required" on-missing-certificate = "defer" }\n')
    try:
        done = north.process(ALICE, ["x@strict.example"], MAIL, "--login", "alice", code=EX_DATAERR)
        check(done.stdout == b"" and "550 5.7.5" in done.err and "x@strict.example" in done.err, done.err)
        done = north.process(ALICE, ["x@later.example"], MAIL, "--login", "alice", code=EX_TEMPFAIL)
        check(done.stdout == b"" and "451 4.7.5" in done.err, done.err)
        check(north.record("process")[-1]["verdict"] == "retry-later", north.record("process")[-1])
    finally:
        north.configure("")


# ---- a message that was delivered encrypted -------------------------------------------------

def stored(world):
    """South without Bob's key, which is in key.pem, and a mail to Bob as it stands in his mailbox."""
    north, south = world.site(), world.site("south.example")
    for site, user in ((north, "alice"), (south, "carol")):
        site.init()
        site.ca()
        site.enrol(user)
    outside_certificate(south, "bob", BOB)
    north.said("cert", "import", south.path("bob.crt"), "--for", BOB, "--level", "pinned")
    south.trust(north, "alice")
    sent = north.process(ALICE, [BOB], MAIL, "--login", "alice").stdout
    kept = south.process(ALICE, [BOB], sent).stdout
    check(b"enveloped-data" in kept and b"smime=none" in kept and b"4 711" not in kept, kept)
    south.write("kept.eml", b"From alice@north.example Sun Nov 22 21:00:00 2026\nReturn-Path: <alice@north.example>\n"
                b"Delivered-To: bob@south.example\n" + kept)
    return south


def import_bob(site):
    site.said("identity", "add", BOB)
    with open(site.path("bob.both"), "wb") as f:
        f.write(site.read("bob.key") + site.read("bob.crt"))
    site.said("key", "import", site.path("bob.both"), "--identity", BOB)


@case
def a_stored_message_opens_after_the_key_was_imported(world):
    south = stored(world)
    words = ["process", "--incoming", "--to", BOB, "--reason", "Bob's key came late", south.path("kept.eml")]
    done = south.expect(EX_DATAERR, *words, says=["not opened: no-key"])
    check(done.stdout == b"", done.stdout)
    line = south.record("decryption")[-1]
    check(line["outcome"] == "no-key" and "opened" not in line["actions"], line)
    import_bob(south)
    done = south.expect(0, *words)
    check(b"4 711" in done.stdout.replace(b"=20", b" ") and b"enveloped-data" not in done.stdout, done.stdout)
    check(done.stdout.count(b"Authentication-Results:") == 1 and b"smime=pass" in done.stdout, done.stdout)
    check(b"\nSubject: figures\n" in done.stdout and b"\r" not in done.stdout and not done.stdout.startswith(b"From a"), done.stdout)
    check(done.err == "", done.err)
    line = south.record("decryption")[-1]
    check("opened" in line["actions"] and line["reason"] == "Bob's key came late" and line["outcome"] == "incoming", line)
    check(line["actor"] == south.record("key-add")[-1]["actor"] and line["mail-from"] == ALICE, line)
    check([r["address"] for r in line["recipients"]] == [BOB] and line["message-id"] == "<1@north.example>", line)
    check(not [w for w in ("4 711", "figures") if w in json.dumps(line)], line)
    south.expect(0, "audit", "verify", says=["whole"])
    south.expect(0, "process", "--incoming", "--to", BOB, "--reason", "again", "--json", "--out", south.path("opened.eml"),
                 south.path("kept.eml"))
    south.said("identity", "add", "next@south.example")
    check(not south.record("undone"), "a decryption was taken for a change of the store")
    check(b"smime=pass" in south.read("opened.eml") and os.stat(south.path("opened.eml")).st_mode & 0o777 == 0o600, "mode")


@case
def a_stored_message_opens_for_nobody_else(world):
    south = stored(world)
    import_bob(south)
    reason = ["--reason", "asked to"]
    for recipients in (["carol@south.example"], [BOB, "carol@south.example"], ["x@south.example"], [BOB, "y@far.example"]):
        to = [w for r in recipients for w in ("--to", r)]
        done = south.expect(EX_DATAERR, "process", "--incoming", *to, *reason, south.path("kept.eml"), says=["not opened"])
        check(done.stdout == b"" and "4 711" not in done.err, done.stdout)
        line = south.record("decryption")[-1]
        check("opened" not in line["actions"] and [r["address"] for r in line["recipients"]] == recipients, line)
    south.write("plain.eml", MAIL)
    south.expect(EX_DATAERR, "process", "--incoming", "--to", BOB, *reason, south.path("plain.eml"), says=["nothing in it is encrypted"])
    south.configure(f'address "{BOB}" {{ decrypt = no }}\n')
    try:
        south.expect(EX_DATAERR, "process", "--incoming", "--to", BOB, *reason, south.path("kept.eml"), says=["decrypt-off"])
    finally:
        south.configure("")


@case
def a_stored_message_opens_only_for_a_reason_and_on_the_record(world):
    south = stored(world)
    import_bob(south)
    lines = len(south.record())
    incoming = ["process", "--incoming", "--to", BOB]
    south.expect(EX_USAGE, *incoming, south.path("kept.eml"), says=["--reason"])
    south.expect(EX_USAGE, *incoming, "--reason", "", south.path("kept.eml"), says=["--reason"])
    south.expect(EX_USAGE, "process", "--incoming", "--reason", "x", south.path("kept.eml"), says=["--to"])
    south.expect(EX_USAGE, *incoming, "--reason", "x", "--login", "bob", south.path("kept.eml"), says=["--login"])
    south.expect(EX_USAGE, "explain", "--incoming", "--from", ALICE, "--to", BOB, says=["--incoming"])
    check(len(south.record()) == lines, "something was recorded")
    os.rename(south.path("record/record"), south.path("record/kept"))
    os.mkdir(south.path("record/record"))
    try:
        done = south.command(*incoming, "--reason", "x", south.path("kept.eml"))
        check(done.returncode != 0 and done.stdout == b"", done.returncode, done.stdout)
    finally:
        os.rmdir(south.path("record/record"))
        os.rename(south.path("record/kept"), south.path("record/record"))
    # a listener that only observes is no obstacle, and a sender can be named
    south.configure('listener "watch" { socket = "unix:/run/none/watch.sock" role = "inbound" observe = yes }\n')
    try:
        south.expect(0, *incoming, "--reason", "x", "--listener", "watch", "--from", "who@ever.example", south.path("kept.eml"))
        check(south.record("decryption")[-1]["mail-from"] == "who@ever.example", south.record("decryption")[-1])
    finally:
        south.configure("")


# ---- explain -----------------------------------------------------------------------------------

@case
def explain_names_settings_certificates_and_reasons(world):
    north, south = world.north_and_south()
    north.configure('domain "south.example" {\n\tencrypt = "required"\n}\n')
    line = north.read("etc/postseal.conf").decode().split("\n").index('\tencrypt = "required"') + 1
    try:
        said = north.said("explain", "--from", ALICE, "--to", BOB, "--login", "alice")
        fingerprint = north.json("cert", "list", BOB)[0]["fingerprint"]
        for text in ("listener   out, role submission", "signature  made", f"{BOB}: encrypt", "set to \"required\"",
                     f"postseal.conf:{line}, domain", f"verified certificate {fingerprint[:16]}", "usable", "verdict    continue",
                     "header     baseline"):
            check(text in said, f"\"{text}\" is not in:", said)
        said = north.expect(0, "explain", "--from", ALICE, "--to", BOB, "--login", "alice", "-", stdin=MAIL).out
        check("hides Subject" in said, said)
        said = north.said("explain", "--from", ALICE, "--to", "x@south.example", "--login", "alice")
        check("refuse" in said and "no certificate is known" in said and "550 5.7.5" in said, said)
        said = north.said("explain", "--from", ALICE, "--to", "x@y.example", "--login", "albert")
        check("the login may not act for the author" in said and "5.7.1" in said, said)
        said = north.said("explain", "--from", "<>", "--to", "alice@north.example")
        check("role inbound" in said and "incoming" in said, said)
        north.expect(EX_USAGE, "explain", "--from", ALICE, "--to", BOB, "--listener", "nowhere", says=["nowhere"])
    finally:
        north.configure("")


@case
def explain_names_the_triggers_that_fired(world):
    north, _ = world.north_and_south()
    north.configure('trigger "secret" { subject-tag = "[secret]" encrypt = "required" }\n')
    tagged = MAIL.replace(b"Subject: ", b"Subject: [Secret] ")
    try:
        done = north.expect(0, "explain", "--from", ALICE, "--to", "x@y.example", "--login", "alice", "-", stdin=tagged)
        said = done.stdout.decode()
        check("trigger    secret" in said and "x@y.example: refuse" in said, said)
        done = north.expect(0, "explain", "--from", ALICE, "--to", "x@y.example", "--login", "alice", "-", stdin=MAIL)
        check("trigger" not in done.stdout.decode(), done.stdout)
    finally:
        north.configure("")


@case
def explain_opens_no_key_and_leaves_no_trace(world):
    site, other = world.site(), world.site("south.example")
    for s, user in ((site, "alice"), (other, "bob")):
        s.init()
        s.ca()
        s.enrol(user)
    site.trust(other, "bob")
    database = sqlite3.connect(site.path("state/store.db"))
    database.execute("UPDATE key SET sealed = zeroblob(200)")
    database.commit()
    database.close()
    lines, store = len(site.record()), site.store_digest()
    report = explain(site, ALICE, [BOB], MAIL, "--login", "alice")
    check(report["verdict"] == "continue" and report["actions"] == ["signed", "encrypted"], report)
    check(len(site.record()) == lines and site.store_digest() == store, "explaining left a trace")
    site.process(ALICE, [BOB], MAIL, "--login", "alice", code=EX_TEMPFAIL)
    check(site.record("process")[-1]["verdict"] == "retry-later", site.record()[-1])


LIST_MAIL = MAIL.replace(b"MIME-Version", b"List-Id: <x.example>\nMIME-Version")
TWO_AUTHORS = MAIL.replace(b"From: Alice <alice@north.example>", b"From: alice@north.example, albert@north.example")
FORGED = MAIL.replace(b"MIME-Version", b"X-Postseal-Notice: fine\nAuthentication-Results: smime.vm; smime=pass\nMIME-Version")
RULES = ('domain "off.example" { encrypt = "off" sign = "off" }\n'
         'domain "must.example" { encrypt = "required" sign = "required" }\n'
         'domain "later.example" { encrypt = "required" on-missing-certificate = "defer" }\n'
         'domain "opaque.example" { signature-form = "opaque" }\n'
         'address "albert@north.example" { sign = "off" }\n'
         'listener "watch" { socket = "unix:/run/none/watch.sock" role = "submission" observe = yes\n'
         '\tdaemon "world" { role = "inbound" } }\n')
# (sender, recipients, text, options)
PLANS = [
    (ALICE, [BOB], MAIL, ["--login", "alice"]),
    (ALICE, [BOB], MAIL, []),
    (ALICE, [BOB], MAIL, ["--login", "albert"]),
    (ALICE, [BOB], MAIL, ["--listener", "local"]),
    (ALICE, [BOB], MAIL, ["--listener", "in"]),
    (ALICE, [BOB], LIST_MAIL, ["--login", "alice"]),
    (ALICE, [BOB], TWO_AUTHORS, ["--login", "alice"]),
    (ALICE, [BOB], FORGED, ["--login", "alice"]),
    (ALICE, ["x@off.example"], MAIL, ["--login", "alice"]),
    (ALICE, ["x@must.example"], MAIL, ["--login", "alice"]),
    (ALICE, ["x@later.example"], MAIL, ["--login", "alice"]),
    (ALICE, ["x@opaque.example"], MAIL, ["--login", "alice"]),
    (ALICE, ["x@plain.example"], MAIL, ["--login", "alice"]),
    (ALICE, [BOB, "x@plain.example"], MAIL, ["--login", "alice"]),
    (ALICE, [BOB, "x@must.example"], MAIL, ["--login", "alice"]),
    (ALICE, [BOB, "albert@north.example"], MAIL, ["--login", "alice"]),
    (ALICE, ["albert@north.example"], MAIL, ["--login", "alice"]),
    ("albert@north.example", ["x@plain.example"], MAIL.replace(b"Alice <alice@", b"<albert@"), ["--login", "albert"]),
    ("<>", [BOB], MAIL, ["--login", "alice"]),
    ("x@y.example", ["alice@north.example"], MAIL, []),
    ("x@y.example", ["alice@north.example"], FORGED, []),
    ("x@y.example", ["alice@north.example", "x@plain.example"], MAIL, []),
    (ALICE, [BOB], MAIL, ["--login", "alice", "--listener", "watch"]),
    ("x@y.example", ["alice@north.example"], MAIL, ["--listener", "watch", "--daemon", "world"]),
    (ALICE, ["not an address"], MAIL, ["--login", "alice"]),
    (ALICE, [BOB], b"\x00\xff" * 100, ["--login", "alice"]),
]


def plan_of(report):
    """What both must agree on: everything but what only a look through every certificate adds."""
    for recipient in report["recipients"]:
        recipient.pop("candidates", None)
    return {k: v for k, v in report.items() if k not in ("instance",)}


@case
def explain_and_process_make_the_same_plan(world):
    north, _ = world.north_and_south()
    north.configure(RULES)
    verdicts = set()
    try:
        for sender, recipients, text, options in PLANS:
            explained = plan_of(explain(north, sender, recipients, text, *options))
            to = [w for r in recipients for w in ("--to", r)]
            done = north.command("process", "--json", "--out", north.path("plan.eml"), "--from", sender, *to, *options, "-", stdin=text)
            processed = plan_of(json.loads(done.out))
            check(explained == processed, sender, recipients, options, "\n", explained, "\n", processed)
            observed = "watch" in options
            check((done.returncode == 0) == (processed["verdict"] == "continue" or observed), done.returncode, processed)
            verdicts.add((processed["verdict"], tuple(processed["actions"])))
    finally:
        north.configure("")
    check(len(verdicts) >= 6, "the table says too little:", verdicts)


@case
def a_listener_that_observes_changes_nothing(world):
    north, _ = world.north_and_south()
    north.configure(RULES)
    try:
        done = north.process(ALICE, [BOB], FORGED, "--login", "alice", "--listener", "watch")
        check(done.stdout == FORGED, done.stdout)
        check("it only observes" in north.said("explain", "--from", ALICE, "--to", BOB, "--listener", "watch"), "not said")
    finally:
        north.configure("")


@case
def a_retired_key_decrypts_and_does_not_sign(world):
    site, other = world.site(), world.site("south.example")
    for s, user in ((site, "alice"), (other, "bob")):
        s.init()
        s.ca()
    _, key = site.enrol("alice")
    other.enrol("bob")
    other.trust(site, "alice")
    site.trust(other, "bob")
    sent = other.process(BOB, [ALICE], MAIL.replace(b"Alice <alice@north", b"Bob <bob@south").replace(b"To: bob@south", b"To: alice@north"),
                         "--login", "bob").stdout
    check(b"enveloped-data" in sent, sent)
    site.said("key", "state", key, "retired")
    check(b"smime=pass" in site.process(BOB, [ALICE], sent).stdout, "not opened")
    report = explain(site, ALICE, [BOB], MAIL, "--login", "alice")
    check(report["signature"]["made"] is False and report["signature"]["reason"] == "no-signer", report)


@case
def a_mail_of_many_megabytes_goes_through(world):
    north, south = world.north_and_south()
    text = MAIL + b"0123456789abcdef" * 4 * 1024 * 5 * 10
    text = MAIL + (b"x" * 70 + b"\n") * 60000
    sent = north.process(ALICE, [BOB], text, "--login", "alice").stdout
    received = south.process(ALICE, [BOB], sent).stdout
    check(b"smime=pass" in received and len(received) > len(text), len(received))
    north.edit_configuration("defaults {", "message-size-limit = 100k\ndefaults {")
    try:
        done = north.process(ALICE, [BOB], text, "--login", "alice", code=EX_DATAERR)
        check(done.stdout == b"", done.err)
    finally:
        north.configure("")
