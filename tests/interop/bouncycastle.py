# SPDX-License-Identifier: BSD-2-Clause
"""Bouncy Castle: its S/MIME for signatures, with its validator of chain and author; its CMS for encryption."""

import os
import subprocess

from entities import take_apart, wrap
from peer import Peer, Refused

HERE = os.path.dirname(os.path.abspath(__file__))
CLASS_PATH = ":".join(f"/usr/share/java/{name}.jar" for name in (
    "bcprov", "bcutil", "bcpkix", "bcmail", "javax.mail", "javax.activation"))


def algorithm(signature):
    """As Java names it."""
    if signature.key == "ed25519":
        return "Ed25519"
    digest = signature.digest.upper()
    if signature.padding == "pss":
        return f"{digest}withRSAandMGF1"
    return f"{digest}with{'RSA' if signature.padding else 'ECDSA'}"


class BouncyCastle(Peer):
    name = "Bouncy Castle"
    CANNOT = (
        (r"^we .*ECDH.*GCM", "opens AuthEnvelopedData by key agreement from 1.79 on", r"no class JceKeyAgreeAuthEnvelopedRecipient"),
    )

    def __init__(self, folder, people, ours):
        super().__init__(folder, people, ours)
        self.run("javac", "-d", folder, "-cp", CLASS_PATH, f"{HERE}/BouncyCastle.java")
        # One machine for all jobs: it takes longer to start than most of them to do.
        self.log = open(self.path("log"), "wb")
        self.machine = subprocess.Popen(["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{folder}:{CLASS_PATH}",
                                         "BouncyCastle"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.began = self._answer()

    def _answer(self):
        word, _, rest = self.machine.stdout.readline().decode("utf-8", "replace").rstrip("\n").partition("\t")
        if word != "ok":
            raise Refused(rest or f"the Java machine ended: {self.read('log').decode('utf-8', 'replace')}")
        return rest

    def job(self, *words):
        self.machine.stdin.write("\t".join(words).encode() + b"\n")
        self.machine.stdin.flush()
        self._answer()

    def version(self):
        return self.began

    def stop(self):
        self.machine.stdin.close()
        self.machine.wait(60)
        self.machine.stdout.close()
        self.log.close()

    # ---- signatures ----------------------------------------------------------------------------

    def sign(self, entity, signature, form, name="issuer"):
        self.job("sign", self.write("entity", entity), self.path("out"), self.people.pkcs12(signature.key),
                 algorithm(signature), form, name)
        return self.read("out")

    def verify(self, message):
        self.job("verify", self.write("message", message), self.path("out"), self.ours.anchors)
        return self.read("out")

    # ---- encryption ----------------------------------------------------------------------------

    def encrypt(self, entity, kind, encryption, option="none"):
        return self._encrypt(entity, [self.ours.certificate(kind)], encryption, option)

    def _encrypt(self, entity, certificates, encryption, option="none"):
        self.job("encrypt", self.write("entity", entity), self.path("out"), ",".join(certificates), encryption.transport,
                 encryption.cipher, option)
        return wrap("authEnveloped-data" if encryption.cipher.endswith("gcm") else "enveloped-data", self.read("out"))

    def decrypt(self, entity, kind):
        self.job("decrypt", self.write("object", take_apart(entity)[1]), self.path("out"), self.people.pkcs12(kind))
        return self.read("out")

    # ---- particulars -----------------------------------------------------------------------------

    def sign_by_key_identifier(self, entity, signature):
        return self.sign(entity, signature, "clear", "keyid")

    def encrypt_by_key_identifier(self, entity, kind, encryption):
        return self.encrypt(entity, kind, encryption, "keyid")

    def encrypt_to_author(self, entity, mail, encryption):
        self.job("verify", self.write("message", mail), self.path("out"), self.ours.anchors, self.path("author.der"))
        return self._encrypt(entity, [self.path("author.der")], encryption)

    def encrypt_to_several(self, entity, kinds, encryption):
        return self._encrypt(entity, [self.people.certificate("rsa"), *map(self.ours.certificate, kinds)], encryption)

    def compress(self, entity):
        self.job("compress", self.write("entity", entity), self.path("out"))
        return wrap("compressed-data", self.read("out"))

    def encrypt_with(self, entity, kind, encryption, part):
        return self.encrypt(entity, kind, encryption, part)

    def export(self, kind):
        """By Java's own key store, as keytool does."""
        self.job("export", self.people.pkcs12(kind), self.path(f"{kind}.p12"))
        return self.path(f"{kind}.p12")
