# SPDX-License-Identifier: BSD-2-Clause
"""Beside other filters, in the order that INSTALL asks for."""

import contextlib
import signal

from cases_mail import ALICE, BOB, accepted, body_of, crossed, parsed
from cases_running import wait
from filters import SPAM, VIRUS
from smtp import Client, message

THEIR_ID = "mx.south.example"


def submit(world, octets):
    """By a user of the north, where the order is AV, Postseal, OpenDKIM."""
    world.filters.start()
    with Client(world.north.mta.port("filtered-out"), ALICE) as client:
        return client.transact(ALICE, [BOB], octets)


@contextlib.contextmanager
def front_door(world, service):
    """Mail from the north comes to this port of the south."""
    usual, world.wire.to = world.wire.to, world.south.mta.port(service)
    try:
        yield
    finally:
        world.wire.to = usual


def delivered(world, subject, octets, service="filtered-in"):
    with front_door(world, service):
        accepted(submit(world, octets))
        return world.south.mta.wait_for(BOB, f"Subject: {subject}".encode())


def results(octets, authserv_id):
    """The results under that id, without what explains them."""
    fields = [" ".join(v.split()) for v in parsed(octets).get_all("Authentication-Results", [])]
    found = [part.split()[0] for f in fields if f.partition(";")[0] == authserv_id for part in f.split("; ")[1:]]
    return sorted(r for r in found if r.partition("=")[0] in ("dkim", "dmarc", "smime"))


def held(mta, count):
    wait(lambda: mta.held() > count)


def case_dkim_and_dmarc_see_the_ciphertext_the_others_the_text_and_every_result_arrives(world):
    octets = message(ALICE, BOB, "in order", b"nothing but good\r\n")
    got = delivered(world, "in order", octets)
    assert b"nothing but good" in body_of(got), got
    [sent] = crossed(world, got)
    assert parsed(sent)["DKIM-Signature"] and b"pkcs7-mime" in sent and b"nothing but good" not in sent
    assert results(got, THEIR_ID) == ["dkim=pass", "dmarc=pass"], got
    assert results(got, "smime.south.example") == ["smime=pass"], got
    assert parsed(got)["X-Virus-Status"] == "Clean" and parsed(got)["X-Spam"] is None, got


def case_in_the_other_order_dkim_fails_and_a_virus_arrives(world):
    got = delivered(world, "out of order", message(ALICE, BOB, "out of order", b"text\r\n"), "reversed-in")
    assert "dkim=fail" in results(got, THEIR_ID) and results(got, "smime.south.example") == ["smime=pass"], got
    world.filters.start()
    with front_door(world, "reversed-in"), Client(world.north.mta.port("out"), ALICE) as client:
        accepted(client.transact(ALICE, [BOB], message(ALICE, BOB, "virus out of order", VIRUS + b"\r\n")))
        got = world.south.mta.wait_for(BOB, b"Subject: virus out of order")
    assert VIRUS in got and parsed(got)["X-Virus-Status"] == "Clean", got


def case_a_virus_in_ciphertext_is_held(world):
    world.filters.start()
    before = world.south.mta.held()
    with front_door(world, "filtered-in"), Client(world.north.mta.port("out"), ALICE) as client:
        accepted(client.transact(ALICE, [BOB], message(ALICE, BOB, "held virus", VIRUS + b"\r\n")))
        held(world.south.mta, before)
    assert not any(b"held virus" in m for m in world.south.mta.delivered(BOB))
    assert VIRUS not in world.wire.everything()


def case_spam_in_ciphertext_is_marked(world):
    got = delivered(world, "spam", message(ALICE, BOB, "spam", SPAM + b"\r\n"))
    assert parsed(got)["X-Spam"] == "Yes" and results(got, "smime.south.example") == ["smime=pass"], got
    assert SPAM not in world.wire.everything()


def case_a_virus_that_a_user_sends_is_held_before_it_is_encrypted(world):
    world.filters.start()
    before = world.north.mta.held()
    accepted(submit(world, message(ALICE, BOB, "virus from within", VIRUS + b"\r\n")))
    held(world.north.mta, before)
    assert not any(b"virus from within" in m for m in world.south.mta.delivered(BOB))


def case_a_dkim_signature_of_ours_that_breaks_is_replaced_and_a_foreign_one_arrives(world):
    old = b"".join(b"DKIM-Signature: v=1; a=rsa-sha256; d=%s; s=old; h=From; bh=AAAA; b=AAAA\r\n" % domain
                   for domain in (b"north.example", b"list.example"))
    got = delivered(world, "signed before", message(ALICE, BOB, "signed before", b"text\r\n", old))
    signatures = parsed(got).get_all("DKIM-Signature")
    domains = sorted(tag.strip() for s in signatures for tag in s.split(";") if tag.strip().startswith("d="))
    assert domains == ["d=list.example", "d=north.example"] and not any("s=old" in s for s in signatures if "north" in s), got
    assert "dkim=pass" in results(got, THEIR_ID), got
    [line] = [r for r in world.north.record("message") if r.get("message-id") == parsed(got)["Message-ID"].strip()]
    assert "dkim-signatures-removed" in line["actions"], line


@contextlib.contextmanager
def authserv_id(world, name, rules):
    """The south's gateway under another authserv-id."""
    daemon = world.south.daemons["in"]

    def reload(*what):
        count = len(world.south.record("reload"))
        world.south.write_rules(*what)
        daemon.signal(signal.SIGHUP)
        wait(lambda: len(world.south.record("reload")) > count)
        assert world.south.record("reload")[-1]["result"] == "loaded"

    reload(rules, name)
    try:
        yield
    finally:
        reload("")


def case_an_authserv_id_that_is_shared_carries_the_results_of_all(world):
    with authserv_id(world, THEIR_ID, "authserv-id-shared = yes"):
        got = delivered(world, "one id", message(ALICE, BOB, "one id", b"text\r\n"))
    assert results(got, THEIR_ID) == ["dkim=pass", "dmarc=pass", "smime=pass"], got


def case_an_authserv_id_that_is_not_shared_is_ours_alone(world):
    with authserv_id(world, THEIR_ID, ""):
        got = delivered(world, "our id", message(ALICE, BOB, "our id", b"text\r\n"))
    assert results(got, THEIR_ID) == ["smime=pass"], got
