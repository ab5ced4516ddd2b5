# SPDX-License-Identifier: BSD-2-Clause
"""What MTAs make of the edits: which fields are changed, deleted and added, where they stand, what stays as it was.

Indexes of header fields, the space after the colon and the place of a new field are counted differently by each MTA.
"""

import email
import glob
import os
import re

from cases_mail import ALICE, BOB, accepted, parsed, results, submit
from smtp import Client, message

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTILE = f"{HERE}/../data/mime/hostile"
PLAIN = "plain@peer.example"

# Fields with every kind of white space that an MTA might take for its own to arrange.
ODD_FIELDS = (
    b"X-Folded: one\r\n two\r\n\tthree\r\n    four\r\n"
    b"X-Tab:\tafter a tab\r\n"
    b"X-Close:nothing before it\r\n"
    b"X-Two:  two spaces\r\n"
    b"X-Long: " + b"word " * 150 + b"end\r\n"
    b"X-Trailing: blanks  \r\n"
    b"X-Twice: 1\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=list.example;\r\n\ts=one; h=from:to;\r\n\tb=aGVsbG8=\r\n"
    b"X-Twice: 2\r\n"
    b"X-Raw: Gr\xc3\xbc\xc3\x9fe\r\n"
    b"X-Empty:\r\n"
    b"X-Blank: \r\n"
    b"x-lower: case\r\n")


def fields_of(octets):
    """[(name, raw value with its folds)] of the header, LF line ends."""
    header = octets.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return re.findall(rb"^([^\s:]+)(:.*(?:\n[ \t].*)*)", header, re.M)


def named(fields, *names):
    return [f for f in fields if f[0].lower() in [n.lower() for n in names]]


def without_trace(fields):
    """What came with the message, but for what tells one from another."""
    return [f for f in fields if f[0].lower() not in (b"received", b"return-path", b"delivered-to", b"x-original-to",
                                                      b"authentication-results", b"subject", b"message-id")]


def structural(field):
    return field[0].lower().startswith(b"content-") or field[0].lower() == b"mime-version"


# ---- fields that are not ours ----------------------------------------------------------


def delivered_fields(world, mta, service, sender, recipient, subject, login=None):
    with Client(mta.port(service), login) as client:
        accepted(client.transact(sender, [recipient], message(sender, recipient, subject, b"text\r\n", ODD_FIELDS)))
    return fields_of(world.south.mta.wait_for(recipient, f"Subject: {subject}\n".encode()))


def case_fields_keep_order_folds_and_blanks_when_signed(world):
    unfiltered = delivered_fields(world, world.north.mta, "bare", ALICE, PLAIN, "odd fields unsigned")
    signed = delivered_fields(world, world.north.mta, "out", ALICE, PLAIN, "odd fields signed", ALICE)
    assert [f for f in without_trace(signed) if not structural(f)] == \
        [f for f in without_trace(unfiltered) if not structural(f)], (signed, unfiltered)
    assert len(signed) > 20 and (b"X-Two", b":  two spaces") in signed, signed


def case_fields_keep_order_folds_and_blanks_when_marked(world):
    unfiltered = delivered_fields(world, world.south.mta, "bare", "eve@evil.example", BOB, "odd fields unmarked")
    marked = delivered_fields(world, world.south.mta, "in", "eve@evil.example", BOB, "odd fields marked")
    assert without_trace(marked) == without_trace(unfiltered), (marked, unfiltered)
    assert named(marked, b"Authentication-Results") and not named(unfiltered, b"Authentication-Results"), marked


def case_the_result_stands_above_all_that_came_with_the_message(world):
    octets = message("eve@evil.example", BOB, "result on top", b"text\r\n",
                     b"Authentication-Results: other.example; spf=pass\r\n")
    with Client(world.south.mta.port("in")) as client:
        accepted(client.transact("eve@evil.example", [BOB], b"Received: from a by b; Sun, 22 Nov 2026 12:00:00 +0000\r\n"
                                 + octets))
    got = fields_of(world.south.mta.wait_for(BOB, b"Subject: result on top"))
    names = [name.lower() for name, _ in got]
    mine = names.index(b"authentication-results")
    assert b"smime=none" in got[mine][1], got
    above = [f for f in got[:mine] if f[0].lower() not in (b"return-path", b"delivered-to", b"x-original-to")]
    assert [f[0] for f in above] in ([], [b"Received"]) and b"from a by b" not in b"".join(v for _, v in above), got


# ---- fields of the entity ----------------------------------------------------------------

SURPLUS = (b"Content-Type: text/plain; charset=us-ascii\r\n"
           b"Content-Transfer-Encoding: 7bit\r\n"
           b"X-Between: 1\r\n"
           b"content-type: text/html\r\n"
           b"Content-Transfer-Encoding: base64\r\n"
           b"MIME-Version: 1.0\r\n"
           b"Content-Disposition: inline\r\n"
           b"Content-Language: de\r\n"
           b"Content-TYPE: text/rtf\r\n"
           b"Content-Language: en\r\n"
           b"Mime-Version: 1.0 (again)\r\n"
           b"Content-Disposition: attachment\r\n")


def case_nothing_of_the_old_entity_is_left_beside_the_new(world):
    for subject, fields in (("surplus many", SURPLUS),
                            ("surplus two", b"Content-Type: text/plain\r\nContent-Type: text/html\r\n"),
                            ("surplus three", b"Content-Type: text/plain\r\n" * 3)):
        octets = message(ALICE, PLAIN, subject, b"text\r\n", fields)
        accepted(submit(world, octets, [PLAIN]))
        got = world.south.mta.wait_for(PLAIN, f"Subject: {subject}\n".encode())
        left = [name.lower() for name, _ in fields_of(got) if name.lower().startswith((b"content-", b"mime-"))]
        assert sorted(left) == [b"content-type", b"mime-version"], (subject, fields_of(got))
        world.peer.verify(got, f"{world.north.folder}/root.pem")


# ---- forged marks --------------------------------------------------------------------------

OURS, OTHERS = b" smime.south.example; smime=pass", b" other.example; dkim=pass"


def case_marks_at_every_index_go_and_those_of_others_stay(world):
    for number, pattern in enumerate(("OO", "xOxOx", "OxxO", "OOOxO", "xxO", "x" * 5 + "O" * 5 + "x")):
        fields, kept = b"", []
        for i, kind in enumerate(pattern):
            value = (OURS if kind == "O" else OTHERS) + f" header.i={i}".encode()
            fields += b"Authentication-Results:" + value + b"\r\n" + (b"X-Between: %d\r\n" % i)
            kept += [value] if kind == "x" else []
        subject = f"marks {number} end"
        with Client(world.south.mta.port("in")) as client:
            accepted(client.transact("eve@evil.example", [BOB], message("eve@evil.example", BOB, subject, fields=fields)))
        got = fields_of(world.south.mta.wait_for(BOB, f"Subject: {subject}".encode()))
        values = [value[1:] for _, value in named(got, b"Authentication-Results")]
        assert values[1:] == kept and b"smime=none" in values[0], (pattern, values)
        assert len(named(got, b"X-Between")) == len(pattern), got


def case_marks_in_disguise_go_too(world):
    forged = (b"Authentication-Results : smime.south.example; smime=pass\r\n"
              b"Authentication-Results\t: smime.south.example; smime=pass\r\n"
              b"AUTHENTICATION-RESULTS:smime.south.example; smime=pass\r\n"
              b"authentication-results:\tsmime.south.example;\r\n\tsmime=pass\r\n"
              b"Authentication-Results:\r\n smime.south.example; smime=pass\r\n"
              b"Authentication-Results: \"smime.south.example\"; smime=pass\r\n"
              b"X-Postseal-Notice : nothing to see\r\n")
    with Client(world.south.mta.port("in")) as client:
        accepted(client.transact("eve@evil.example", [BOB], message("eve@evil.example", BOB, "in disguise", fields=forged)))
    got = world.south.mta.wait_for(BOB, b"Subject: in disguise")
    header = got.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    assert b"smime=pass" not in got and b"nothing to see" not in got and header.count(b"smime=none") == 1, got


# ---- hostile messages -----------------------------------------------------------------------

SEALED = "rsa@peer.example"  # a correspondent whose messages OpenSSL opens
UNSIGNED = ("25-long-ct",)                           # where the MTA hands over a line too long for a clear signature
AMBIGUOUS = ("06-no-boundary-in-body", "13-two-content-types")  # no single reading: nobody would open it


def content(part):
    """Line ends and a bare CR are the MTA's: Postfix makes it a blank."""
    octets = part.get_payload(decode=True) or b""
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b" ").rstrip(b"\n")


def leaves(octets):
    """(type, content) of every part that has no parts."""
    return [(part.get_content_type(), content(part)) for part in email.message_from_bytes(octets).walk()
            if not part.is_multipart()]


def hostile(name, recipient):
    with open(f"{HOSTILE}/{name}.eml", "rb") as f:
        octets = f.read()
    octets = octets.replace(b"alice@example.org", ALICE.encode(), 1).replace(b"rcpt@dest.example.net", recipient.encode(), 1)
    return re.sub(rb"(?im)^subject:", f"X-Case: {name}\\r\\n\\g<0>".encode(), octets, count=1)  # the Subject may be hidden


def without_our_layers(world, name, got, recipient):
    """What OpenSSL finds under the layers that we put around a message."""
    if recipient == SEALED:
        got = world.peer.decrypt(got, "rsa")
    if name in UNSIGNED and parsed(got).get_content_type() != "multipart/signed":
        return got
    return world.peer.verify(got, f"{world.north.folder}/root.pem")


def check_hostile(world, name, recipient, sent):
    got = world.south.mta.wait_for(recipient, f"X-Case: {name}\n".encode())
    if recipient == BOB:
        part = parsed(got)
        inner = part.get_payload(0).as_bytes() if "smime=pass" in results(got)[0] else got
    else:
        inner = without_our_layers(world, name, got, recipient)
    assert leaves(inner) == leaves(sent), (name, recipient, sent, got)


def case_hostile_messages_arrive_intact_or_are_refused_with_a_reason(world):
    names = sorted(os.path.basename(p)[:-4] for p in glob.glob(f"{HOSTILE}/*.eml"))
    assert len(names) == 32, names
    sent = []
    for name in names:
        for recipient in (PLAIN, SEALED, BOB):
            octets = hostile(name, recipient)
            code, text = submit(world, octets, [recipient])
            if name in AMBIGUOUS and recipient != PLAIN:
                assert code == 554 and text.startswith("5.6.0"), (name, recipient, code, text)
            elif code == 250:
                sent.append((name, recipient, octets))
            else:
                assert code >= 400 and len(text.split()) > 3, (name, code, text)
    assert len({name for name, _, _ in sent}) >= 30, [name for name, _, _ in sent]
    faults = []
    for name, recipient, octets in sent:
        try:
            check_hostile(world, name, recipient, octets)
        except (AssertionError, RuntimeError) as error:
            faults.append((name, recipient, str(error)[-1500:]))
    assert not faults, faults
