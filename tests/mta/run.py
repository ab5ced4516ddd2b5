# SPDX-License-Identifier: BSD-2-Clause
"""End to end through real Postfix, with OpenSSL's command line as a peer.  `run.py [NAME ...]` runs only those cases."""

import os
import shutil
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from organisation import Organisation  # noqa: E402
from peer import Peer  # noqa: E402
from wire import Wire  # noqa: E402
import cases_mail  # noqa: E402
import cases_peer  # noqa: E402
import cases_running  # noqa: E402
import cases_signers  # noqa: E402

RULES_NORTH = """
defaults { sign = "available" encrypt = "available" }
domain "south.example"  { encrypt = "required" on-missing-certificate = "refuse" }
domain "strict.example" { encrypt = "required" on-missing-certificate = "refuse" }
domain "later.example"  { encrypt = "required" on-missing-certificate = "defer" }
domain "modern.example" { profile = "modern" }
"""


class World:
    """Two organisations with gateways, and a peer without one whose mailboxes stand at south's Postfix."""

    def __init__(self, folder):
        build = os.path.abspath(os.environ.get("BUILD", "build"))
        root = f"{build}/mta/postfix"
        self.folder = folder
        self.peer = Peer(f"{folder}/peer", "peer.example")
        self.north = Organisation(build, root, f"{folder}/north", "north.example",
                                  ["alice", "anna", "adam", "ada"], rules=RULES_NORTH)
        self.south = Organisation(build, root, f"{folder}/south", "south.example", ["bob", "berta"], key_type="p256")
        self.south.postfix.mailboxes += [f"{user}@peer.example" for user in ("rsa", "p256", "p384", "plain")]
        self.south.postfix.mailboxes += ["nobody@south.example"]
        self.south.postfix.domains.append("peer.example")
        self.wire = Wire(self.south.postfix.port("in"))
        self.peer_wire = Wire(self.south.postfix.port("bare"))

    def start(self):
        self.north.set_up({"south.example": self.wire.port, "peer.example": self.peer_wire.port,
                           "strict.example": self.peer_wire.port, "later.example": self.peer_wire.port})
        self.south.set_up({"north.example": self.north.postfix.port("in")})
        self.north.trust(self.south)
        self.south.trust(self.north)
        for organisation in (self.north, self.south):
            shutil.copy(self.peer.path("ca.pem"), f"{organisation.folder}/anchors/peer.pem")
        for organisation in (self.north, self.south):
            organisation.start()

    def stop(self):
        codes = self.north.stop() + self.south.stop()
        self.wire.close()
        self.peer_wire.close()
        return codes


def collect():
    return [(name, function) for module in (cases_mail, cases_peer, cases_running, cases_signers)
            for name, function in vars(module).items() if name.startswith("case_")]


def main():
    wanted = sys.argv[1:]
    folder = tempfile.mkdtemp(prefix="postseal-mta-")
    os.chmod(folder, 0o755)
    world = World(folder)
    passed, failed = 0, []
    try:
        world.start()
        for name, function in collect():
            if wanted and name[5:] not in wanted:
                continue
            began = time.monotonic()
            try:
                function(world)
                passed += 1
                print(f"ok      {name[5:].replace('_', ' ')} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception:  # every case counts, whatever it raises
                failed.append(name)
                print(f"FAILED  {name[5:].replace('_', ' ')}\n{traceback.format_exc()}", flush=True)
    finally:
        codes = world.stop()
    if any(codes):
        failed.append("daemons end in order")
        print(f"FAILED  daemons end in order: exit codes {codes}")
    for organisation in (world.north, world.south):
        print(organisation.said("audit", "verify"))
    if failed or os.environ.get("KEEP"):
        print(f"left for a look: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
