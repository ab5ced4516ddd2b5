# SPDX-License-Identifier: BSD-2-Clause
"""What users and strangers do."""

import email
import email.policy
import os

from smtp import Client, message

ALICE, BOB = "alice@north.example", "bob@south.example"


def submit(world, octets, recipients=(BOB,), sender=ALICE, login=ALICE):
    with Client(world.north.mta.port("out"), login) as client:
        return client.transact(sender, list(recipients), octets)


def parsed(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def body_of(octets):
    return octets.partition(b"\n\n")[2]


def results(octets):
    """Our Authentication-Results fields, unfolded."""
    return [" ".join(v.split()) for v in parsed(octets).get_all("Authentication-Results", []) if v.strip().startswith("smime.")]


def crossed(world, delivered):
    """What crossed the wire of a mail that was delivered: its Subject is hidden there, its Message-ID is not."""
    identifier = parsed(delivered)["Message-ID"].strip().encode()
    return [m for m in world.wire.messages() if identifier in m]


def signed_part(octets):
    """The part that a clear signature covers."""
    mail = parsed(octets)
    assert mail.get_content_type() == "multipart/signed", mail.get_content_type()
    return mail.get_payload(0)


def accepted(answer):
    assert answer[0] == 250, answer


def refused(answer, code, *words):
    assert answer[0] == code, answer
    for word in words:
        assert word in answer[1], (word, answer)


# ---- the round trip ------------------------------------------------------------------


def case_mail_is_signed_and_encrypted_on_the_wire_and_clear_with_pass_when_delivered(world):
    canary = b"the figures are 4711"
    accepted(submit(world, message(ALICE, BOB, "round trip", canary + b"\r\n")))
    got = world.south.mta.wait_for(BOB, b"Subject: round trip")
    assert canary in body_of(got), got
    assert results(got) == [f'smime.south.example; smime=pass body.smime-identifier={ALICE} body.smime-part="1/2"'], results(got)
    sent = crossed(world, got)
    assert len(sent) == 1 and b"application/pkcs7-mime" in sent[0] and canary not in sent[0]


def case_the_subject_is_hidden_on_the_wire_and_restored_when_delivered(world):
    octets = message(ALICE, BOB, "Angebot 4711", b"in the body\r\n", b"Keywords: takeover\r\nReply-To: anna@north.example\r\n")
    accepted(submit(world, octets))
    got = world.south.mta.wait_for(BOB, b"Subject: Angebot 4711")
    assert "smime=pass" in results(got)[0], results(got)
    assert parsed(got)["Keywords"] == "takeover" and parsed(got)["Reply-To"] == "anna@north.example", got
    [sent] = crossed(world, got)
    assert parsed(sent)["Subject"] == "[...]" and parsed(sent)["Keywords"] is None, sent
    assert b"4711" not in sent and b"takeover" not in sent and b"HP-Outer" not in got.partition(b"\n\n")[0]
    # an address that was added on the way leads no answer astray
    with Client(world.south.mta.port("in")) as client:
        accepted(client.transact("eve@evil.example", [BOB], b"Cc: eve@evil.example\r\n" + sent.replace(b"Reply-To: anna@north", b"Reply-To: eve@evil")))
    got = world.south.mta.wait_for(BOB, b"X-Postseal-Outer: Cc: eve@evil.example")
    assert parsed(got)["Reply-To"] == "anna@north.example" and parsed(got)["Cc"] is None, got


def case_the_reply_goes_back_the_same_way(world):
    with Client(world.south.mta.port("out"), BOB) as client:
        accepted(client.transact(BOB, [ALICE], message(BOB, ALICE, "reply with P-256", b"thanks\r\n")))
    got = world.north.mta.wait_for(ALICE, b"Subject: reply with P-256")
    assert b"thanks" in body_of(got) and "smime=pass" in results(got)[0], got


def case_eight_bit_text_arrives_unchanged(world):
    text = "Grüße, 4 711 € – naïve\r\nFrom the start\r\ntrailing \r\n.\r\n"
    fields = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n'
    accepted(submit(world, message(ALICE, BOB, "eight bit", text.encode(), fields)))
    got = signed_part(world.south.mta.wait_for(BOB, b"Subject: eight bit"))
    assert got.get_payload(decode=True).decode().replace("\r\n", "\n") == text.replace("\r\n", "\n"), got.as_string()


def case_fifty_megabytes_go_through(world):
    attachment = os.urandom(36 * 1024 * 1024)
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = ALICE, BOB, "fifty megabytes"
    mail.set_content("large")
    mail.add_attachment(attachment, maintype="application", subtype="octet-stream", filename="large.bin")
    accepted(submit(world, mail.as_bytes()))
    got = world.south.mta.wait_for(BOB, b"Subject: fifty megabytes", 180)
    assert signed_part(got).get_payload(1).get_payload(decode=True) == attachment
    assert "smime=pass" in results(got)[0]


def case_several_messages_of_a_connection_do_not_mix(world):
    with Client(world.north.mta.port("out"), ALICE) as client:
        for i in range(5):
            accepted(client.transact(ALICE, [BOB], message(ALICE, BOB, f"several {i} end", f"number {i}\r\n".encode())))
            client.mail(ALICE)
            client.rset()
    for i in range(5):
        got = world.south.mta.wait_for(BOB, f"Subject: several {i} end".encode())
        assert f"number {i}".encode() in body_of(got) and "smime=pass" in results(got)[0]


def case_a_connection_cut_anywhere_leaves_nothing_behind(world):
    octets = message(ALICE, BOB, "cut off", b"never\r\n" * 2000)
    for stage in range(4):
        client = Client(world.north.mta.port("out"), ALICE)
        for step in (lambda: client.mail(ALICE), lambda: client.rcpt(BOB),
                     lambda: (client.docmd("DATA"), client.sock.sendall(octets[:5000])))[:stage]:
            step()
        client.close()
    accepted(submit(world, message(ALICE, BOB, "after the cuts", b"still here\r\n")))
    world.south.mta.wait_for(BOB, b"Subject: after the cuts")
    assert b"cut off" not in world.wire.everything()


# ---- who may what ----------------------------------------------------------------------


def case_a_login_may_not_write_as_somebody_else(world):
    refused(submit(world, message("anna@north.example", BOB, "mismatch"), login=ALICE), 550, "5.7.1")


def case_a_local_author_without_a_login_is_refused_at_the_front_door(world):
    with Client(world.north.mta.port("in")) as client:
        refused(client.transact(ALICE, [BOB], message(ALICE, BOB, "no login")), 550, "5.7.1")


def case_two_from_fields_are_refused(world):
    octets = message(ALICE, BOB, "two authors", fields=b"From: anna@north.example\r\n")
    answer = submit(world, octets)
    assert answer[0] == 550, answer


def case_sendmail_is_encrypted_by_the_rules_but_never_signed(world):
    octets = message(ALICE, BOB, "from sendmail", b"cron says hello\r\n").replace(b"\r\n", b"\n")
    done = world.north.mta.submit(ALICE, [BOB], octets)
    assert done.returncode == 0, done
    got = world.south.mta.wait_for(BOB, b"Subject: from sendmail")
    assert b"cron says hello" in got and "smime=none" in results(got)[0], got
    [sent] = crossed(world, got)
    assert b"cron says hello" not in sent and b"pkcs7-mime" in sent


def case_a_service_that_the_listener_names_has_a_role_of_its_own(world):
    with Client(world.north.mta.port("staff"), ALICE) as client:
        accepted(client.transact(ALICE, [BOB], message(ALICE, BOB, "by the staff", b"here\r\n")))
    got = world.south.mta.wait_for(BOB, b"Subject: by the staff")
    assert "smime=pass" in results(got)[0], results(got)


# ---- nothing leaks, nothing is lost -----------------------------------------------------


def case_a_missing_certificate_is_refused_by_name_and_nothing_leaves(world):
    answer = submit(world, message(ALICE, "x@strict.example", "must not leave", b"secret canary one\r\n"), ["x@strict.example"])
    refused(answer, 550, "5.7.5", "x@strict.example")
    assert b"secret canary one" not in world.peer_wire.everything()


def case_a_missing_certificate_is_deferred_where_the_rules_say_so(world):
    answer = submit(world, message(ALICE, "x@later.example", "must wait", b"secret canary two\r\n"), ["x@later.example"])
    refused(answer, 451, "4.7.5")
    assert b"secret canary two" not in world.peer_wire.everything()


def case_recipients_that_need_different_bytes_are_refused_with_the_reason(world):
    answer = submit(world, message(ALICE, f"{BOB}, plain@peer.example", "two kinds", b"secret canary three\r\n"),
                    [BOB, "plain@peer.example"])
    refused(answer, 550, "5.7.5")
    assert b"secret canary three" not in world.peer_wire.everything() + world.wire.everything()


def case_a_blind_recipient_of_an_encrypted_mail_is_refused(world):
    answer = submit(world, message(ALICE, BOB, "blind", b"secret canary four\r\n"), [BOB, "berta@south.example"])
    refused(answer, 550, "5.7.5")
    assert b"secret canary four" not in world.wire.everything() and b"berta" not in world.wire.everything().partition(b"blind")[2]


def case_the_bounce_of_an_opened_mail_does_not_repeat_its_text(world):
    address = "gone@south.example"
    accepted(submit(world, message(ALICE, address, "to nobody any more", b"secret canary seven\r\n"), [address]))
    got = world.north.mta.wait_for(ALICE, b"Subject: to nobody any more")
    assert b"multipart/report" in got and address.encode() in got and b"secret canary seven" not in got, got


def case_mail_to_two_of_a_domain_is_one_encrypted_body(world):
    accepted(submit(world, message(ALICE, f"{BOB}, berta@south.example", "to both", b"for two\r\n"),
                    [BOB, "berta@south.example"]))
    for address in (BOB, "berta@south.example"):
        got = world.south.mta.wait_for(address, b"Subject: to both")
        assert b"for two" in got and "smime=pass" in results(got)[0], got


def case_a_recipient_without_a_certificate_gets_signed_mail(world):
    accepted(submit(world, message(ALICE, "plain@peer.example", "only signed", b"readable\r\n"), ["plain@peer.example"]))
    got = world.south.mta.wait_for("plain@peer.example", b"Subject: only signed")
    assert b"multipart/signed" in got and b"readable" in got
    content = world.peer.verify(got, f"{world.north.folder}/root.pem")
    assert b"readable" in content


def case_a_tag_in_the_subject_requires_encryption_and_does_not_leave(world):
    refused(submit(world, message(ALICE, "plain@peer.example", "[Secret] tagged", b"secret canary five\r\n"), ["plain@peer.example"]),
            550, "5.7.5", "plain@peer.example")
    accepted(submit(world, message(ALICE, BOB, "[SECRET] tag removed", b"tagged\r\n", b"X-Secret: yes\r\n")))
    got = world.south.mta.wait_for(BOB, b"Subject: tag removed")
    assert b"tagged" in body_of(got) and parsed(got)["X-Secret"] is None, got
    everything = world.wire.everything() + world.peer_wire.everything()
    assert b"secret canary five" not in everything and b"[SECRET]" not in everything and b"X-Secret" not in everything


# ---- what strangers write ----------------------------------------------------------------


def case_forged_marks_are_removed_and_unsigned_mail_says_none(world):
    forged = (b"Authentication-Results: smime.south.example; smime=pass body.smime-identifier=ceo@south.example\r\n"
              b"Authentication-Results: (x)SMIME.South.Example (y) ;\r\n smime=pass\r\n"
              b"Authentication-Results: other.example; dkim=pass\r\n")
    with Client(world.south.mta.port("in")) as client:
        accepted(client.transact("eve@evil.example", [BOB], message("eve@evil.example", BOB, "forged", fields=forged)))
    got = world.south.mta.wait_for(BOB, b"Subject: forged")
    assert results(got) == ["smime.south.example; smime=none"], results(got)
    assert got.lower().count(b"smime=") == 1 and b"dkim=pass" in got


def case_ciphertext_for_bob_sent_to_berta_stays_closed(world):
    sent = crossed(world, world.south.mta.wait_for(BOB, b"Subject: round trip"))[0]
    replay = sent.replace(b"Subject: [...]", b"Subject: replayed")
    for recipients in (["berta@south.example"], [BOB, "berta@south.example"]):
        with Client(world.south.mta.port("in")) as client:
            accepted(client.transact("eve@evil.example", recipients, replay))
    got = world.south.mta.wait_delivered("berta@south.example", 1)
    replayed = [m for m in world.south.mta.delivered("berta@south.example") if b"Subject: replayed" in m]
    world.south.mta.wait_for("berta@south.example", b"Subject: replayed")
    assert got and all(b"the figures are 4711" not in m for m in replayed)
