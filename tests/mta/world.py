# SPDX-License-Identifier: BSD-2-Clause
"""Where the cases happen: two organisations with gateways, each behind an MTA, and a correspondent without one."""

import os
import shutil

from east import East
from filters import Filters
from organisation import Organisation
from peer import KEYS, Peer
from west import West
from wire import Wire

RULES_NORTH = """
defaults { sign = "available" encrypt = "available" }
domain "south.example"  { encrypt = "required" on-missing-certificate = "refuse" legacy-display = no }
domain "peer.example"   { legacy-display = no }
domain "strict.example" { encrypt = "required" on-missing-certificate = "refuse" }
domain "later.example"  { encrypt = "required" on-missing-certificate = "defer" }
domain "modern.example" { profile = "modern" }
address "hugo@north.example" { domain-signing-authority = yes }
trigger "secret" { subject-tag = "[secret]" header = "X-Secret: yes" encrypt = "required" }
"""
# A user whose program knows no S/MIME, and who has no key.
RULES_SOUTH = """
address "nobody@south.example" { valid-signature = "strip" }
domain "north.example" { accept-domain-signature = "same-domain" }
"""


class World:
    """North and south behind the MTAs named; the peer's mailboxes stand at south's."""

    def __init__(self, folder, north, south):
        build = os.path.abspath(os.environ.get("BUILD", "build"))
        self.folder, self._east, self._west, self._mta = folder, None, None, south
        self.peer = Peer(f"{folder}/peer", "peer.example")
        self.filters = f = Filters(f"{build}/mta/filters", f"{folder}/filters", "north.example", "mx.south.example")
        self.north = Organisation(build, north, f"{folder}/north", "north.example",
                                  ["alice", "anna", "adam", "ada"], rules=RULES_NORTH,
                                  chains=[("filtered-out", "out", [f.virus], [f.sign])])
        self.south = Organisation(build, south, f"{folder}/south", "south.example", ["bob", "berta", "gone"], rules=RULES_SOUTH,
                                  key_type="p256",
                                  chains=[("filtered-in", "in", [f.verify, f.dmarc], [f.virus, f.spam]),
                                          ("reversed-in", "in", [f.virus, f.spam], [f.verify, f.dmarc])])
        self.south.mta.later = [f.sign]
        self.south.mta.mailboxes.remove("gone@south.example")  # an identity, but no mailbox any more
        self.south.mta.mailboxes += [f"{user}@peer.example" for user in ("rsa", "p256", "p384", "plain")]
        self.south.mta.mailboxes += ["nobody@south.example", "clerk@guild.example"]
        self.wire = Wire(self.south.mta.port("in"))
        self.peer_wire = Wire(self.south.mta.port("bare"))

    def start(self):
        self.north.set_up({"south.example": self.wire.port, "peer.example": self.peer_wire.port,
                           "strict.example": self.peer_wire.port, "later.example": self.peer_wire.port,
                           "guild.example": self.peer_wire.port})
        self.south.set_up({"north.example": self.north.mta.port("in")})
        self.north.trust(self.south)
        self.south.trust(self.north)
        for organisation in (self.north, self.south):
            shutil.copy(self.peer.path("ca.pem"), f"{organisation.folder}/anchors/peer.pem")
        for kind in KEYS:
            self.north.postseal("cert", "import", self.peer.path(f"{kind}.pem"), "--for", self.peer.address(kind))
        self.north.postseal("cert", "import", self.peer.path("p384.pem"), "--for", "@guild.example", "--level", "pinned")
        for organisation in (self.north, self.south):
            organisation.start()

    @property
    def east(self):
        """Made and started when a case first needs it."""
        if self._east is None:
            self._east = East(self._mta, f"{self.folder}/east", self.peer)
        return self._east

    @property
    def west(self):
        """Likewise."""
        if self._west is None:
            self._west = West(self._mta, f"{self.folder}/west", self.peer)
        return self._west

    @property
    def _late(self):
        return [x for x in (self._east, self._west) if x]

    @property
    def organisations(self):
        return [self.north, self.south, *(x.organisation for x in self._late)]

    def stop(self):
        codes = self.north.stop() + self.south.stop() + [code for x in self._late for code in x.stop()]
        self.filters.stop()
        self.wire.close()
        self.peer_wire.close()
        return codes
