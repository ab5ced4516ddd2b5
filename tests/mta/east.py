# SPDX-License-Identifier: BSD-2-Clause
"""An organisation whose mail can lead outside again, and the second pass that it has for that."""

import os
import shutil

from mta import Second
from organisation import LISTENERS, Organisation
from sink import Sink

DOMAIN, HOST = "east.example", "users.east.example"
STRANGER, PARTNER = "stranger@away.example", "rsa@peer.example"  # the partner has a certificate
ARCHIVE = "archive@away.example"
FORWARDER = "games"  # a user that every Debian has

RULES = """
listener "egress" {{ socket = "unix:{folder}/run/egress.sock" role = "egress" socket-group = "{group}" }}
defaults {{ sign = "available" encrypt = "available" }}
"""


class East:
    """
    outside@ is an alias to somebody outside, partner@ to one with a certificate, games@ a user with a .forward, gone@
    nobody any more, erna@ a mailbox.  All that leaves comes out at `sink`.
    """

    def __init__(self, mta, folder, peer):
        build = os.path.abspath(os.environ.get("BUILD", "build"))
        self.sink = Sink()
        self.organisation = o = Organisation(build, mta, folder, DOMAIN, ["erna", "outside", "partner", FORWARDER, "gone"])
        o.listeners = (*LISTENERS, "egress")
        o.write_rules(RULES.format(folder=folder, group=o.mta.group))
        if o.mta.resubmit.startswith("["):
            self._add_resubmit()
        o.mta.mailboxes = [f"erna@{DOMAIN}"]
        o.mta.second = Second(f"unix:{folder}/run/egress.sock", self.sink.port, HOST,
                              {f"outside@{DOMAIN}": STRANGER, f"partner@{DOMAIN}": PARTNER,
                               f"{FORWARDER}@{DOMAIN}": f"{FORWARDER}@{HOST}"}, {FORWARDER: STRANGER})
        o.set_up({})
        shutil.copy(peer.path("ca.pem"), f"{folder}/anchors/peer.pem")
        o.postseal("cert", "import", peer.path("rsa.pem"), "--for", PARTNER)
        o.start()

    def _add_resubmit(self):
        with open(self.organisation.configuration, encoding="utf-8") as f:
            text = f.read()
        role = 'role = "submission" socket-group'
        assert text.count(role) == 1
        with open(self.organisation.configuration, "w", encoding="utf-8") as f:
            f.write(text.replace(role, f'resubmit = "{self.mta.resubmit}" {role}'))

    @property
    def mta(self):
        return self.organisation.mta

    def certificate(self, user):
        return f"{self.organisation.folder}/{user}.pem"

    def stop(self):
        codes = self.organisation.stop()
        self.sink.close()
        return codes
