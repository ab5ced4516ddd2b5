# SPDX-License-Identifier: BSD-2-Clause
"""End to end through real MTAs, with OpenSSL's command line as a peer: one table of cases, each on every pair of MTAs.

    run.py [--pair PAIR] [NAME ...]     only that pair, only those cases
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import World  # noqa: E402
import cases_behind  # noqa: E402
import cases_check  # noqa: E402
import cases_copies  # noqa: E402
import cases_matrix  # noqa: E402
import cases_edits  # noqa: E402
import cases_filters  # noqa: E402
import cases_leaving  # noqa: E402
import cases_mail  # noqa: E402
import cases_peer  # noqa: E402
import cases_resubmit  # noqa: E402
import cases_running  # noqa: E402
import cases_signers  # noqa: E402
import cases_smtp  # noqa: E402

# name: (the MTA of the organisation in the north, of that in the south, the cases; none: all)
PAIRS = {
    "postfix": ("postfix", "postfix", ()),
    "sendmail": ("sendmail", "sendmail", ()),
    "mixed": ("postfix", "sendmail", (
        "mail_is_signed_and_encrypted_on_the_wire_and_clear_with_pass_when_delivered",
        "the_subject_is_hidden_on_the_wire_and_restored_when_delivered",
        "the_reply_goes_back_the_same_way",
        "eight_bit_text_arrives_unchanged",
        "dkim_and_dmarc_see_the_ciphertext_the_others_the_text_and_every_result_arrives",
        "every_accepted_message_is_on_the_record_once",
    )),
}

# (pair, case): why that MTA cannot do it.  Said in the output, never silent.
CANNOT = {
    ("postfix", "a_copy_passes_twice_and_is_protected_once"):
        "the daemons' user is not in the group that reaches Postfix's socket for copies",
    ("sendmail", "nobody_else_reaches_the_port_of_copies"): "Sendmail listens on a port, which users of the host reach",
    ("sendmail", "copies_are_not_copied_to_everybody_else"): "Sendmail has no map that copies mail to somebody",
    ("sendmail", "opened_mail_does_not_leave_by_a_copy_of_all_mail"): "Sendmail has no map that copies mail to somebody",
    ("sendmail", "what_comes_in_is_opened_behind_the_queue"): "Sendmail has no content filter",
    ("sendmail", "what_comes_in_and_must_not_lead_on_waits_and_does_not_bounce"): "Sendmail has no content filter",
    ("postfix", "a_socket_that_others_could_replace_is_not_used"): "Postfix does not look at the folder of a socket",
}


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def say(self, pair, word, name, rest=""):
        print(f"{pair:9}{word:8}{name.replace('_', ' ')}{rest}", flush=True)

    def run(self, pair, name, function, *arguments):
        began = time.monotonic()
        try:
            function(*arguments)
            self.passed += 1
            self.say(pair, "ok", name, f" ({time.monotonic() - began:.1f} s)")
        except Exception:  # every case counts, whatever it raises
            self.failed += 1
            self.say(pair, "FAILED", name, f"\n{traceback.format_exc()}")


def cases(pair, wanted):
    """(name, function) of the table, in its order."""
    _, _, some = PAIRS[pair]
    table = {name[5:]: function for module in (cases_mail, cases_edits, cases_peer, cases_running, cases_signers,
                                                   cases_smtp, cases_filters, cases_leaving, cases_resubmit, cases_copies,
                                                   cases_matrix, cases_check, cases_behind)
             for name, function in vars(module).items() if name.startswith("case_")}
    return [(name, f) for name, f in table.items() if (not some or name in some) and (not wanted or name in wanted)]


def daemons_end_in_order(world):
    codes = world.stop()
    assert not any(codes), f"exit codes {codes}"


def records_are_whole(world):
    for organisation in world.organisations:
        organisation.postseal("audit", "verify")


def run_pair(pair, table, tally):
    north, south, _ = PAIRS[pair]
    folder = tempfile.mkdtemp(prefix=f"postseal-{pair}-")
    os.chmod(folder, 0o755)
    world, failed = World(folder, north, south), tally.failed
    try:
        world.start()
        for name, function in table:
            if (pair, name) in CANNOT:
                tally.say(pair, "cannot", name, f": {CANNOT[pair, name]}")
            else:
                tally.run(pair, name, function, world)
    finally:
        tally.run(pair, "daemons_end_in_order", daemons_end_in_order, world)
    tally.run(pair, "records_are_whole", records_are_whole, world)
    if tally.failed > failed or os.environ.get("KEEP"):
        print(f"left for a look: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description="End to end through real MTAs.")
    parser.add_argument("--pair", choices=PAIRS, action="append")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - {name for pair in PAIRS for name, _ in cases(pair, ())}
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)}")
    tally = Tally()
    for pair in arguments.pair or PAIRS:
        if table := cases(pair, arguments.names):
            run_pair(pair, table, tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
