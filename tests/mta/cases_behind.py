# SPDX-License-Identifier: BSD-2-Clause
"""Behind the queue: what MTAs do to a message between the passes leaves a ticket valid, and nothing else proves anybody."""

from cases_mail import accepted, parsed, refused, results
from cases_running import wait
from peer import on_the_wire
from smtp import Client, message
from west import DOMAIN, PARTNER, STRANGER, WANDA

FIGURES = b"the figures are 4711"

# Each a header that an MTA writes anew, or adds to, in its own way.
HONEST = {
    "plain": f"From: {WANDA}\r\n",
    "phrase": f"From: Wanda W. West <{WANDA}>\r\n",
    "quoted": f'From: "West, Wanda" <{WANDA}>\r\n',
    "comment": f"From: {WANDA} (Wanda  West)\r\n",
    "folded": f"From: Wanda\r\n\t<{WANDA}>\r\n",
    "encoded": f"From: =?utf-8?q?W=C3=A4nda?= <{WANDA}>\r\n",
    "reply": f"From: {WANDA}\r\nReply-To: Office <office@{DOMAIN}>,\r\n  wanda@{DOMAIN}\r\n",
}


def letter(kind, number, fields, body=FIGURES + b"\r\n\xc3\xa4 8bit  \r\n.dot\r\n\r\n"):
    return (f"{HONEST[kind]}To: {STRANGER}\r\nSubject: {kind} {number}, and a long line of words that some\r\n would fold"
            f" again at another place than this\r\n{fields}MIME-Version: 1.0\r\nContent-Type: text/plain;\r\n"
            "\tcharset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n").encode() + body


def submit(world, recipients, octets):
    with Client(world.west.mta.port("front-out"), WANDA) as client:
        accepted(client.transact(WANDA, recipients, octets))


def names(identifier):
    return f"Message-ID: {identifier}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n"


def nothing_of_ours(octets):
    assert b"x-postseal" not in octets.lower(), octets


def case_mail_of_a_login_is_signed_behind_the_queue(world):
    for number, kind in enumerate(HONEST):
        identifier = f"<{kind}@{DOMAIN}>"
        submit(world, [STRANGER], letter(kind, number, names(identifier)))
        got = world.west.sink.wait_for(STRANGER, f"Subject: {kind} {number}".encode())
        passes = world.west.tickets(identifier)
        assert passes == [("witness", "issued", WANDA), ("submission", "valid", WANDA)], (kind, passes, got.octets)
        assert b"multipart/signed" in got.octets, got.octets
        nothing_of_ours(got.octets)


def case_a_ticket_bears_what_the_mta_adds_to_a_message_without_date_and_name(world):
    submit(world, [STRANGER], letter("plain", 90, ""))
    got = world.west.sink.wait_for(STRANGER, b"Subject: plain 90")
    assert b"multipart/signed" in got.octets, got.octets
    assert parsed(got.octets)["Message-ID"] and parsed(got.octets)["Date"], got.octets
    nothing_of_ours(got.octets)


def case_each_recipient_has_a_pass_of_its_own_behind_the_queue(world):
    identifier = f"<two@{DOMAIN}>"
    submit(world, [STRANGER, PARTNER], letter("phrase", 91, names(identifier)))
    clear = world.west.sink.wait_for(STRANGER, identifier.encode())
    sealed = world.west.sink.wait_for(PARTNER, identifier.encode())
    assert b"multipart/signed" in clear.octets and FIGURES in clear.octets, clear.octets
    assert FIGURES not in sealed.octets and FIGURES in world.peer.decrypt(sealed.octets, "rsa"), sealed.octets
    assert clear.recipients == [STRANGER] and sealed.recipients == [PARTNER]
    assert sorted(world.west.tickets(identifier)) == [("submission", "valid", WANDA)] * 2 + [("witness", "issued", WANDA)]


def case_nobody_is_signed_for_who_comes_in_behind_the_queue(world):
    identifier = f"<local@{DOMAIN}>"
    forged = b"X-Postseal-Ticket: v=1; x=1999999999; f=-; login=" + WANDA.encode().hex().encode() + b"; h=" + b"0" * 64 + b"\r\n"
    with Client(world.west.port_behind) as client:
        refused(client.transact(WANDA, [STRANGER], letter("plain", 92, names(identifier))), 550)
        refused(client.transact(WANDA, [STRANGER], forged + letter("plain", 92, names(identifier))), 550)
    assert world.west.tickets(identifier) == [("submission", "missing", None), ("submission", "unfit", None)]


def encrypted(world, identifier):
    outer = f"From: stranger@away.example\r\nTo: {WANDA}\r\nSubject: for wanda\r\n{names(identifier)}".encode()
    inner = b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + FIGURES + b"\r\n"
    return outer + on_the_wire(world.peer.encrypt(inner, f"{world.west.organisation.folder}/wanda.pem", "aes-256-gcm"))


def case_what_comes_in_is_opened_behind_the_queue(world):
    identifier = "<in@away.example>"
    with Client(world.west.mta.port("front-in")) as client:
        accepted(client.transact(STRANGER, [WANDA], b"X-Postseal-Ticket: forged\r\n" + encrypted(world, identifier)))
    got = world.west.mta.wait_for(WANDA, identifier.encode())
    assert FIGURES in got and len(results(got)) == 1 and b"X-Postseal-Ticket" not in got, got
    assert world.west.tickets(identifier) == [("witness", "not-issued", None), ("inbound", "missing", None)]


def case_what_comes_in_and_must_not_lead_on_waits_and_does_not_bounce(world):
    west, identifier = world.west, f"<onward@{DOMAIN}>"
    with Client(west.mta.port("front-in")) as client:
        accepted(client.transact(STRANGER, ["x@strict.example"], message(STRANGER, "x@strict.example", "onward").replace(
            b"Message-ID: ", f"Message-ID: {identifier}\r\nX-Was: ".encode(), 1)))
    wait(lambda: west.mta.deferred() == 1)
    waited = [line for line in west.organisation.record("message")
              if line.get("message-id") == identifier and line["role"] == "inbound"]
    assert waited and {line["verdict"] for line in waited} == {"retry-later"}, waited
    assert not [x for x in west.sink.letters if x.sender == "" or "x@strict.example" in x.recipients]
