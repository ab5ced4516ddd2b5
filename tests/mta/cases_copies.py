# SPDX-License-Identifier: BSD-2-Clause
"""One mail to people who need different bodies, through real MTAs: each gets one, and what is in it."""

import contextlib
import os
import signal

from cases_mail import accepted, parsed, submit
from cases_running import wait
from smtp import message
from world import RULES_NORTH

ALICE, BOB, BERTA, PLAIN = "alice@north.example", "bob@south.example", "berta@south.example", "plain@peer.example"


@contextlib.contextmanager
def copies(world, rules=RULES_NORTH):
    """The listener for users has a place for copies.  The daemon's user is not of the group that may reach it."""
    north, folder = world.north, f"{world.north.mta.folder}/queue/public"
    daemon, count = north.daemons["out"], len(north.record("reload"))
    mode = os.stat(folder).st_mode if os.path.isdir(folder) else None
    with open(north.configuration, encoding="utf-8") as f:
        good = f.read()
    try:
        if mode:
            os.chmod(folder, mode | 0o001)
        with open(north.configuration, "w", encoding="utf-8") as f:
            f.write(good.replace(RULES_NORTH, rules).replace('listener "out"   {', f'listener "out"   {{ resubmit = "{north.mta.resubmit}"'))
        daemon.signal(signal.SIGHUP)
        wait(lambda: len(north.record("reload")) > count)
        assert north.record("reload")[-1]["result"] == "loaded", north.record("reload")[-1]
        yield
    finally:
        if mode:
            os.chmod(folder, mode)
        with open(north.configuration, "w", encoding="utf-8") as f:
            f.write(good)
        daemon.signal(signal.SIGHUP)
        wait(lambda: len(north.record("reload")) > count + 1)


def case_each_recipient_of_one_mail_gets_the_body_that_it_needs(world):
    canary = b"the sums are 4711\r\n"
    with copies(world):
        accepted(submit(world, message(ALICE, BOB, "three bodies", canary), [BOB, BERTA, PLAIN]))
        got = {who: world.south.mta.wait_for(who, b"Subject: three bodies") for who in (BOB, BERTA, PLAIN)}
    fates = {r["address"]: r["fate"] for r in world.north.record("message")[-1]["recipients"]}
    assert fates == {BOB: "in-place", BERTA: "sent", PLAIN: "sent"}, fates
    for who, text in got.items():
        assert canary.strip() in text, (who, text)
        assert len([m for m in world.south.mta.delivered(who) if b"Subject: three bodies" in m]) == 1, who
    assert len({parsed(text)["Message-ID"].strip() for text in got.values()}) == 1
    crossed = [m for m in world.wire.messages() if parsed(got[BOB])["Message-ID"].strip().encode() in m]
    assert len(crossed) == 2 and not any(canary.strip() in m for m in crossed), len(crossed)
