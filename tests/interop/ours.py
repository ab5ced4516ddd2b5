# SPDX-License-Identifier: BSD-2-Clause
"""Our side: a gateway for north.example as its postmaster makes it, and `postseal process` for every mail."""

import os
import re
import shutil
import sys

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../programs")
from gateway_site import Failed, Site, check  # noqa: E402, F401

import correspondents  # noqa: E402
from entities import TEXT  # noqa: E402

DOMAIN = "north.example"
KEYLESS = "keyless"
GENERATED = ("rsa", "p256", "p384", "ed25519")
FIELDS = ("From: {sender}\r\nTo: {recipient}\r\nSubject: figures\r\nDate: Sun, 22 Nov 2026 21:00:00 +0000\r\n"
          "Message-ID: <1@{domain}>\r\n")
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"


def address(kind):
    return f"{kind}@{DOMAIN}"


def letter(sender, recipient, entity):
    """A mail whose structural fields and body are `entity`."""
    text = FIELDS.format(sender=sender, recipient=recipient, domain=sender.partition("@")[2]).encode()
    has_version = entity.partition(b"\r\n\r\n")[0].lower().count(b"mime-version:")
    return text + (b"" if has_version else b"MIME-Version: 1.0\r\n") + entity


class Ours:
    def __init__(self, build, folder, people):
        self.site = Site(build, folder, DOMAIN)
        self.people = people
        self.rules = ""
        self.site.init()
        self.site.ca()
        shutil.copy(people.root, self.site.path("etc/anchors/west.pem"))
        for kind in GENERATED:
            self._generate(kind)
        for kind in correspondents.IMPORTED:
            self._import(kind)
        self._generate("rsa", "found")  # whose certificate peers have from our mail alone
        self._give_the_domain_a_key()
        for kind in correspondents.KINDS:
            self.site.said("cert", "import", people.chain(kind))
        with open(self.site.path("anchors.pem"), "wb") as f:  # what peers have to trust
            f.write(self.site.read("root.pem"))
            with open(people.root, "rb") as root:
                f.write(root.read())

    def _give_the_domain_a_key(self):
        """It signs for KEYLESS, who has none."""
        identity = self.site.said("identity", "add", f"@{DOMAIN}")
        self.site.said("ca", "issue", self.site.said("key", "generate", identity, "--type", "rsa", "--purpose", "sign"))
        self.site.said("login", "add", KEYLESS, address(KEYLESS))

    def _generate(self, kind, name=None):
        name = name or kind
        identity = self.site.said("identity", "add", address(name))
        purpose = ["--purpose", "sign"] if kind == "ed25519" else []
        key = self.site.said("key", "generate", identity, "--type", kind, *purpose)
        self.site.said("ca", "issue", key)
        self._finish(name, key)

    def _import(self, kind):
        self.site.write("password", correspondents.PASSWORD + "\n", 0o400)
        key = self.site.said("key", "import", self.people.pkcs12(f"our-{kind}"), "--password-file", self.site.path("password"))
        self._finish(kind, key.split()[-1])

    def _finish(self, name, key):
        self.site.said("key", "certificate", key, "--out", self.site.path(f"{name}.pem"))
        self.site.said("login", "add", name, address(name))

    @property
    def anchors(self):
        return self.site.path("anchors.pem")

    @property
    def root(self):
        return self.site.path("root.pem")

    def certificate(self, kind):
        """The certificate with its chain."""
        return self.site.path(f"{kind}.pem")

    # ---- mail --------------------------------------------------------------------------------

    def send(self, kind, recipients, profile, sign=False, encrypt=False, form="clear", text=TEXT):
        """What leaves for correspondents under such rules, on the wire."""
        # A display of hidden fields would stand in the text that is compared.
        rules = (f'domain "{correspondents.DOMAIN}" {{ profile = "{profile}" signature-form = "{form}" legacy-display = no '
                 f'sign = "{"required" if sign else "off"}" encrypt = "{"required" if encrypt else "off"}" }}\n'
                 f'address "{address(KEYLESS)}" {{ domain-signing-authority = yes }}\n')
        if rules != self.rules:
            self.site.configure(rules)
            self.rules = rules
        mail = letter(address(kind), ", ".join(recipients), PLAIN + text.encode())
        return self.site.process(address(kind), recipients, mail, "--login", kind).stdout

    def receive(self, kind, sender, entity):
        """([(result, smime-identifier) of each signature], what is delivered) of a peer's entity for KIND@north.example."""
        delivered = self.site.process(sender, [address(kind)], letter(sender, address(kind), entity)).stdout
        field = re.match(rb"Authentication-Results:((?:[^\r\n]|\r\n[ \t])*)", delivered)
        check(field, "no result field in what is delivered:", delivered.decode("utf-8", "replace"))
        results = []
        for result in field[1].decode().split(";")[1:]:
            signer = re.search(r"body\.smime-identifier=(\S+)", result)
            results.append((re.search(r"smime=(\w+)", result)[1], signer[1] if signer else ""))
        return results, delivered
