# SPDX-License-Identifier: BSD-2-Clause
"""OpenSSL's command line as a correspondent: its own CA, users with keys of every kind, and the `cms` verbs."""

import os
import subprocess

# name: (openssl genpkey arguments, may sign, may be encrypted to)
KEYS = {
    "rsa": (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], True, True),
    "p256": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], True, True),
    "p384": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], True, True),
}

EXTENSIONS = """\
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, {encryption}
extendedKeyUsage = emailProtection
subjectAltName = email:{address}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def on_the_wire(delivered):
    """A Maildir has LF line ends, a signature covers CRLF."""
    return delivered.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class Peer:
    """Users KIND@domain, one for each kind of key."""

    def __init__(self, folder, domain):
        self.folder, self.domain = folder, domain
        os.makedirs(folder, exist_ok=True)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                     "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"), "-subj", "/CN=Peer CA",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        for kind in KEYS:
            self._user(kind)

    def path(self, name):
        return f"{self.folder}/{name}"

    def address(self, kind):
        return f"{kind}@{self.domain}"

    def openssl(self, *words, data=None, check=True):
        done = subprocess.run(["openssl", *words], input=data, capture_output=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr.decode()}")
        return done

    def _user(self, kind):
        arguments, _, _ = KEYS[kind]
        with open(self.path(f"{kind}.ext"), "w", encoding="ascii") as f:
            f.write(EXTENSIONS.format(address=self.address(kind),
                                      encryption="keyEncipherment" if kind == "rsa" else "keyAgreement"))
        self.openssl("genpkey", *arguments, "-out", self.path(f"{kind}.key"))
        self.openssl("req", "-new", "-key", self.path(f"{kind}.key"), "-subj", f"/CN={kind}", "-out", self.path("r.csr"))
        self.openssl("x509", "-req", "-in", self.path("r.csr"), "-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"),
                     "-days", "30", "-extfile", self.path(f"{kind}.ext"), "-out", self.path(f"{kind}.pem"))

    # ---- making ------------------------------------------------------------------

    def sign(self, entity, kind, *options):
        """A signed entity (headers and body, CRLF), as `openssl cms -sign` writes it."""
        return self.openssl("cms", "-sign", "-signer", self.path(f"{kind}.pem"), "-inkey", self.path(f"{kind}.key"),
                            "-md", "sha256", "-binary", "-crlfeol", *options, data=entity).stdout

    def encrypt(self, entity, certificate, cipher, *options):
        return self.openssl("cms", "-encrypt", f"-{cipher}", "-binary", "-crlfeol", "-recip", certificate, *options,
                            data=entity).stdout

    # ---- reading -----------------------------------------------------------------

    def decrypt(self, message, kind):
        return self.openssl("cms", "-decrypt", "-recip", self.path(f"{kind}.pem"), "-inkey", self.path(f"{kind}.key"),
                            "-binary", data=on_the_wire(message)).stdout

    def verify(self, message, ca, signer_out=None):
        """The signed content; raises if the signature does not hold.  Without -binary, which makes 3.0 lose a CR."""
        options = ["-signer", signer_out] if signer_out else []
        return self.openssl("cms", "-verify", "-CAfile", ca, "-purpose", "smimesign", *options,
                            data=on_the_wire(message)).stdout
