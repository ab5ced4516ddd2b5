# SPDX-License-Identifier: BSD-2-Clause
"""An organisation whose gateway works behind its MTA's queue: a witness before it, and who signs, opens and judges behind."""

import os
import shutil

from mta import Second, Service
from organisation import Organisation
from sink import Sink

DOMAIN, HOST = "west.example", "users.west.example"
WANDA = f"wanda@{DOMAIN}"
STRANGER, PARTNER = "stranger@away.example", "rsa@peer.example"  # the partner has a certificate

RULES = """
listener "front"      {{ socket = "unix:{folder}/run/front.sock"      role = "witness"    socket-group = "{group}" }}
listener "behind-out" {{ socket = "unix:{folder}/run/behind-out.sock" role = "submission" socket-group = "{group}"
                        behind-queue = yes }}
listener "behind-in"  {{ socket = "unix:{folder}/run/behind-in.sock"  role = "inbound"    socket-group = "{group}"
                        behind-queue = yes }}
defaults {{ sign = "available" encrypt = "available" header-protection = "none" }}
domain "strict.example" {{ encrypt = "required" }}
"""


class West:
    """
    wanda@ has a key, a login and a mailbox.  All that leaves comes out at `sink`.  On Postfix both directions come back
    by a content filter; on Sendmail what leaves goes through a second Sendmail.
    """

    def __init__(self, mta, folder, peer):
        build = os.path.abspath(os.environ.get("BUILD", "build"))
        self.sink = Sink()
        self.organisation = o = Organisation(build, mta, folder, DOMAIN, ["wanda"])
        o.listeners = ("front", "behind-out", "behind-in")
        o.write_rules(RULES.format(folder=folder, group=o.mta.group))
        front, out, into = (f"unix:{folder}/run/{name}.sock" for name in o.listeners)
        routes = {}
        if mta == "postfix":
            behind = [Service("behind-out", out), Service("behind-in", into)]
            o.mta.services = [*behind, Service("front-out", front, auth=True, behind=behind[0]),
                              Service("front-in", front, behind=behind[1])]
            routes = {domain: self.sink.port for domain in ("away.example", "peer.example", "strict.example")}
            self.port_behind = behind[0].port
        else:
            o.mta.services = [Service("front-out", front, auth=True)]
            o.mta.second = Second(out, self.sink.port, HOST, {}, {})
            self.port_behind = o.mta.second.port
        o.set_up(routes)
        shutil.copy(peer.path("ca.pem"), f"{folder}/anchors/peer.pem")
        o.postseal("cert", "import", peer.path("rsa.pem"), "--for", PARTNER)
        o.start()

    @property
    def mta(self):
        return self.organisation.mta

    def tickets(self, identifier):
        """(role, ticket, login) of each pass of a message, in order."""
        return [(line["role"], line["ticket"], line.get("login")) for line in self.organisation.record("message")
                if line.get("message-id") == identifier]

    def stop(self):
        codes = self.organisation.stop()
        self.sink.close()
        return codes
