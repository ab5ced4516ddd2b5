# SPDX-License-Identifier: BSD-2-Clause
"""The port where copies come back to the MTA: past every later filter, not past ours, and not copied anew."""

import os
import pwd
import subprocess

from cases_mail import accepted
from cases_smtp import SMTP_SEND
from east import ARCHIVE, DOMAIN, STRANGER
from smtp import Client, message

ALICE, BOB = "alice@north.example", "bob@south.example"


def resubmit(mta, sender, recipient, octets, **options):
    return subprocess.run([SMTP_SEND, mta.resubmit, "60000", f"<{sender}>", "BODY=8BITMIME", f"<{recipient}>", ""],
                          input=octets, capture_output=True, check=False, **options)


def sent(done):
    assert done.returncode == 0 and done.stdout.startswith(b"sent 250 "), done


def case_copies_pass_every_later_filter_and_not_ours(world):
    world.filters.start()
    before = len(world.south.record("message"))
    sent(resubmit(world.south.mta, ALICE, BOB, message(ALICE, BOB, "by resubmit", b"a copy\r\n")))
    got = world.south.mta.wait_for(BOB, b"Subject: by resubmit")
    assert b"DKIM-Signature:" in got and b"d=north.example" in got and b"multipart/signed" not in got, got
    assert len(world.south.record("message")) == before


def case_copies_go_the_way_of_aliases(world):
    sent(resubmit(world.east.mta, ALICE, f"outside@{DOMAIN}", message(ALICE, f"outside@{DOMAIN}", "to the alias", b"copy\r\n")))
    world.east.sink.wait_for(STRANGER, b"Subject: to the alias")


def case_copies_are_not_copied_to_everybody_else(world):
    east = world.east
    east.mta.second.bcc = ARCHIVE
    east.mta.reconfigure()
    try:
        for name, send in (("copied", lambda o: bare(east.mta, o)),
                           ("not copied", lambda o: sent(resubmit(east.mta, ALICE, f"outside@{DOMAIN}", o)))):
            send(message(ALICE, f"outside@{DOMAIN}", f"it is {name} here", b"text\r\n"))
            east.sink.wait_for(STRANGER, f"Subject: it is {name} here".encode())
        east.sink.wait_for(ARCHIVE, b"Subject: it is copied here")
    finally:
        east.mta.second.bcc = None
        east.mta.reconfigure()
    assert not [x for x in east.sink.letters if ARCHIVE in x.recipients and b"Subject: it is not copied here" in x.octets]


def bare(mta, octets):
    with Client(mta.port("bare")) as client:
        accepted(client.transact(ALICE, [f"outside@{DOMAIN}"], octets))


def case_copies_may_be_larger_than_what_was_taken(world):
    for mta in (world.north.mta, world.south.mta):
        with Client(mta.port("bare")) as client:
            limit = int(client.esmtp_features.get("size") or 0)
        taken = mta.resubmit_size()
        assert taken >= 2 * limit if limit else not taken, (limit, taken)


def case_nobody_else_reaches_the_port_of_copies(world):
    nobody = pwd.getpwnam("nobody")
    octets = message(ALICE, BOB, "by somebody", b"text\r\n")
    done = resubmit(world.north.mta, ALICE, BOB, octets, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    assert b"sent" not in done.stdout, done
    group = os.stat(f"{world.north.mta.folder}/queue/public").st_gid
    sent(resubmit(world.north.mta, ALICE, BOB, octets, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[group]))
