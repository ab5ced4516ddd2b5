# SPDX-License-Identifier: BSD-2-Clause
"""Our SMTP client and real MTAs: what it sends arrives octet by octet, and they do what its parameters say."""

import os
import re
import subprocess
import time

from cases_mail import body_of, parsed

SMTP_SEND = os.path.join(os.path.abspath(os.environ.get("BUILD", "build")), "tests/programs/smtp-send")

# What dot-stuffing, folding and conversions like to spoil; a line of 900 octets is the longest that Sendmail leaves alone.
BODY = (b".\r\n..\r\n...\r\n.leading dot\r\n\r\n\r\nFrom here\r\n>From there\r\ntrailing blanks  \r\n\t\r\n"
        b"=20 =\r\n" + bytes(range(0x80, 0x100)) + b"\r\n" + "größer €".encode() + b"\r\n" + b"x" * 900 + b"\r\n." + b"y" * 900
        + b"\r\n" + b"line\r\n" * 20000 + b"end\r\n.\r\n")


def send(mta, sender, parameters, recipients, octets):
    """The lines for the recipients."""
    done = subprocess.run([SMTP_SEND, f"[127.0.0.1]:{mta.port('bare')}", "60000", sender, parameters,
                           *(word for pair in recipients for word in pair)], input=octets, capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def sides(world):
    """(MTA, somebody who sends, somebody who receives, somebody who is not there)"""
    return ((world.north.mta, "anna@north.example", "alice@north.example", "ghost@north.example"),
            (world.south.mta, "berta@south.example", "bob@south.example", "ghost@south.example"))


def mail(sender, to, subject, body):
    return (f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
            f"Message-ID: <{subject.replace(' ', '.')}.{to}>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n").encode() + body


def case_our_client_brings_every_octet(world):
    for mta, sender, recipient, _ in sides(world):
        lines = send(mta, f"<{sender}>", "BODY=8BITMIME", [(f"<{recipient}>", "")], mail(sender, recipient, "our client", BODY))
        assert len(lines) == 1 and lines[0].startswith("sent 250 2.0.0 "), lines
        got = mta.wait_for(recipient, b"Subject: our client\n")
        assert body_of(got) == BODY.replace(b"\r\n", b"\n"), len(body_of(got))


def reports(mta, sender, envelope):
    """The delivery reports on an envelope, and what they say of recipients."""
    found = [m for m in mta.delivered(sender) if f"Original-Envelope-Id: {envelope}\n".encode() in m]
    said = [part.get_payload() for m in found for part in parsed(m).walk() if part.get_content_type() == "message/delivery-status"]
    return found, {r["Original-Recipient"] or r["Final-Recipient"]: r["Action"].split()[0]
                   for fields in said for r in fields if r["Action"]}


def case_our_client_passes_what_dsn_wants(world):
    for mta, sender, recipient, ghost in sides(world):
        for returned in ("HDRS", "FULL"):
            envelope, canary = f"{returned}+4711", b"the body of 4711"
            lines = send(mta, f"<{sender}>", f"RET={returned} ENVID={returned}+2B4711",
                         [(f"<{recipient}>", "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;first+2Bname@elsewhere.example"),
                          (f"<{ghost}>", "NOTIFY=FAILURE ORCPT=rfc822;second@elsewhere.example"),
                          (f"<silent-{ghost}>", "NOTIFY=NEVER")], mail(sender, recipient, f"dsn {returned}", canary + b"\r\n"))
            assert [line.split()[0] for line in lines] == ["sent"] * 3, lines
            for marker in (b"first+name@elsewhere.example", b"second@elsewhere.example"):
                wait_for_report(mta, sender, envelope, marker)
            found, actions = reports(mta, sender, envelope)
            assert set(actions) == {"rfc822;first+name@elsewhere.example", "rfc822;second@elsewhere.example"}, actions
            assert actions["rfc822;second@elsewhere.example"] == "failed", actions
            assert any(canary in m for m in found) == (returned == "FULL"), found


def wait_for_report(mta, sender, envelope, marker):
    """Postfix writes one for each kind of outcome, Sendmail one for all."""
    deadline = time.monotonic() + 60
    while not any(marker in m for m in reports(mta, sender, envelope)[0]):
        assert time.monotonic() < deadline, (marker, mta.log()[-3000:])
        time.sleep(0.02)


def case_our_client_tells_each_outcome(world):
    for mta, sender, recipient, _ in sides(world):
        lines = send(mta, f"<{sender}>", "", [(f"<{recipient}>", ""), ('<"">', "")],
                     mail(sender, recipient, "outcomes", b"x\r\n"))
        assert lines[0].startswith("sent 250 2.0.0 ") and re.match(r"refused 5\d\d 5\.1\.3 ", lines[1]), lines
        mta.wait_for(recipient, b"Subject: outcomes\n")
