# SPDX-License-Identifier: BSD-2-Clause
"""Where an MTA leads mail out again behind the filter: what was opened here leaves encrypted or not at all."""

from cases_mail import accepted, parsed, results
from cases_running import wait
from east import ARCHIVE, DOMAIN, FORWARDER, PARTNER, STRANGER
from peer import on_the_wire
from smtp import Client, message

SENDER = "sender@away.example"
ERNA = f"erna@{DOMAIN}"


def secret(number):
    return f"secret canary {number} of what was opened".encode()


def receive(world, user, number):
    """Encrypted mail with a hidden Subject, from outside to a user."""
    east, identifier = world.east, f"<leaving{number}@away.example>"
    outer = (f"From: {SENDER}\r\nTo: {user}@{DOMAIN}\r\nSubject: [...]\r\nMessage-ID: {identifier}\r\n"
             "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n").encode()
    inner = (f"From: {SENDER}\r\nTo: {user}@{DOMAIN}\r\nSubject: takeover {number}\r\nMessage-ID: {identifier}\r\n"
             "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nHP-Outer: Subject: [...]\r\n"
             'Content-Type: text/plain; charset="us-ascii"; hp="cipher"\r\n\r\n').encode() + secret(number) + b"\r\n"
    entity = on_the_wire(world.peer.encrypt(inner, east.certificate(user), "aes-256-gcm"))
    with Client(east.mta.port("in")) as client:
        accepted(client.transact(SENDER, [f"{user}@{DOMAIN}"], outer + entity.replace(b"MIME-Version: 1.0\r\n", b"", 1)))
    return identifier.encode()


def nothing_leaked(world, number):
    out = world.east.sink.everything()
    assert secret(number) not in out and f"takeover {number}".encode() not in out, out[-3000:]
    assert b"X-Postseal" not in out, out[out.find(b"X-Postseal") - 500:][:1000]


def bounced(world, identifier):
    """The bounce that tells the sender, and what it repeats of the mail."""
    letter = world.east.sink.wait_for(SENDER, identifier)
    assert letter.sender == "" and b"multipart/report" in letter.octets, letter.octets
    return letter.octets


def kept_in(world):
    """Who did not get opened mail, by the record."""
    return [line["recipients"][0]["address"] for line in world.east.organisation.record("message")
            if line["role"] == "egress" and line["reason"] == "opened-stays"]


def case_opened_mail_does_not_leave_by_an_alias(world):
    identifier = receive(world, "outside", 1)
    bounce = bounced(world, identifier)
    nothing_leaked(world, 1)
    assert b"Subject: [...]" in bounce and b"5.7.1" in bounce, bounce
    assert not [x for x in world.east.sink.letters if STRANGER in x.recipients and identifier in x.octets]


def case_opened_mail_leaves_encrypted_where_there_is_a_certificate(world):
    identifier = receive(world, "partner", 2)
    letter = world.east.sink.wait_for(PARTNER, identifier)
    nothing_leaked(world, 2)
    assert secret(2) in world.peer.decrypt(letter.octets, "rsa"), letter.octets
    assert parsed(letter.octets)["Subject"] == "[...]" and letter.recipients == [PARTNER]


def case_opened_mail_does_not_leave_by_a_forward(world):
    identifier = receive(world, FORWARDER, 3)
    bounced(world, identifier)
    nothing_leaked(world, 3)
    assert not [x for x in world.east.sink.letters if STRANGER in x.recipients and identifier in x.octets]


def case_undeliverable_opened_mail_tells_nothing(world):
    identifier = receive(world, "gone", 4)
    bounce = bounced(world, identifier)
    nothing_leaked(world, 4)
    assert b"Subject: [...]" in bounce, bounce


def case_opened_mail_does_not_leave_by_a_copy_of_all_mail(world):
    east = world.east
    east.mta.second.bcc = ARCHIVE
    east.mta.reconfigure()
    try:
        receive(world, "erna", 5)
        east.mta.wait_for(ERNA, secret(5))
        wait(lambda: ARCHIVE in kept_in(world))  # nobody hears of it: Postfix sends no bounces of such copies
    finally:
        east.mta.second.bcc = None
        east.mta.reconfigure()
    nothing_leaked(world, 5)


def case_opened_mail_stays_readable_inside_and_is_marked(world):
    receive(world, "erna", 6)
    got = world.east.mta.wait_for(ERNA, secret(6))
    assert b"Subject: takeover 6" in got and b"X-Postseal-Opened: v=1;" in got and "smime=none" in results(got)[0], got


def case_clear_mail_is_forwarded_as_it_came(world):
    for user in ("outside", FORWARDER):
        octets = message(SENDER, f"{user}@{DOMAIN}", f"clear to {user}", b"no secret\r\n")
        with Client(world.east.mta.port("in")) as client:
            accepted(client.transact(SENDER, [f"{user}@{DOMAIN}"], octets))
        letter = world.east.sink.wait_for(STRANGER, f"Subject: clear to {user}".encode())
        assert letter.octets.endswith(b"\r\n\r\nno secret\r\n") and b"X-Postseal" not in letter.octets, letter.octets


def case_what_our_users_send_passes_twice_and_is_protected_once(world):
    with Client(world.east.mta.port("out"), ERNA) as client:
        for to, subject in ((STRANGER, "signed once"), (PARTNER, "sealed once")):
            accepted(client.transact(ERNA, [to], message(ERNA, to, subject, subject.encode() + b" text\r\n")))
    letter = world.east.sink.wait_for(STRANGER, b"Subject: signed once")
    assert b"X-Postseal" not in letter.octets, letter.octets
    assert b"signed once text" in world.peer.verify(letter.octets, f"{world.east.organisation.folder}/root.pem")
    assert letter.octets.count(b"multipart/signed") == 1, letter.octets
    letter = world.east.sink.wait_for(PARTNER, b"From: " + ERNA.encode())
    content = world.peer.verify(world.peer.decrypt(letter.octets, "rsa"), f"{world.east.organisation.folder}/root.pem")
    assert b"sealed once text" in content and b"enveloped" not in content, content
    reasons = [x["recipients"][0]["reason"] for x in world.east.organisation.record("message") if x["role"] == "egress"]
    assert reasons.count("passed") >= 2, reasons


def case_a_copy_passes_twice_and_is_protected_once(world):
    octets = message(ERNA, f"{STRANGER}, {PARTNER}", "in two copies", b"text of copies\r\n")
    with Client(world.east.mta.port("out"), ERNA) as client:
        accepted(client.transact(ERNA, [STRANGER, PARTNER], octets))
    identifier = parsed(octets)["Message-ID"].encode()
    clear = world.east.sink.wait_for(STRANGER, identifier)
    assert b"text of copies" in world.peer.verify(clear.octets, f"{world.east.organisation.folder}/root.pem")
    sealed = world.east.sink.wait_for(PARTNER, identifier)
    assert b"text of copies" not in sealed.octets and b"text of copies" in world.peer.decrypt(sealed.octets, "rsa")
    assert b"X-Postseal" not in clear.octets + sealed.octets and clear.recipients == [STRANGER], clear.octets
