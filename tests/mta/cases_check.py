# SPDX-License-Identifier: BSD-2-Clause
"""`postseal check` reads what the MTAs of these tests really run with."""

import json
import os


def findings(organisation):
    """What it says of the MTA, but for that all is well."""
    etc = organisation.mta.etc
    option = ["--sendmail", f"{etc}/sendmail.cf"] if os.path.exists(f"{etc}/sendmail.cf") else ["--postfix", etc]
    done = organisation.postseal("check", "--json", *option, check=False)
    rows = json.loads(done.stdout)
    return [row for row in rows if row["state"] != "ok" and row["text"].startswith(etc)]


def said(rows, *words):
    return [row for row in rows if all(word in row["text"] for word in words)]


def case_check_warns_of_the_port_without_a_filter_and_of_nothing_else(world):
    for organisation in (world.north, world.south):
        rows = findings(organisation)
        port = str(organisation.mta.port("bare"))
        bare = said(rows, port, "without")
        assert len(bare) == 1 and bare[0]["state"] == "warning" and bare[0]["remedy"], rows
        others = [row for row in rows if row not in bare and "resubmit" not in row["text"]]
        assert others == said(others, ".forward"), rows


def case_check_sees_the_second_pass_and_what_leads_past_it(world):
    east = world.east.organisation
    rows = findings(east)
    assert not said(rows, "outside") and not said(rows, "does not reach") and not said(rows, "second pass"), rows
    with open(east.configuration, encoding="utf-8") as f:
        whole = f.read()
    try:
        with open(east.configuration, "w", encoding="utf-8") as f:
            f.write(whole.replace('role = "egress"', 'role = "local"'))
        rows = findings(east)
        assert said(rows, ".forward") and (said(rows, "leads outside") or said(rows, "may lead outside", "virtusertable")), rows
        assert all(row["remedy"] for row in rows), rows
    finally:
        with open(east.configuration, "w", encoding="utf-8") as f:
            f.write(whole)
