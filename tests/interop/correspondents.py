# SPDX-License-Identifier: BSD-2-Clause
"""The people whom the peers stand for: a root, an issuing CA below it, and a user for each kind of key, made by OpenSSL.

Every peer uses the same keys, KIND@west.example.  Two more have addresses of ours, for kinds of keys that
`postseal key generate` does not make and `postseal key import` takes.
"""

import os
import subprocess

DOMAIN = "west.example"
PASSWORD = "secret"
KINDS = {  # kind: (arguments of openssl genpkey, key usage)
    "rsa": (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "digitalSignature, keyEncipherment"),
    "pss": (["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"], "digitalSignature"),
    "p256": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "digitalSignature, keyAgreement"),
    "p384": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "digitalSignature, keyAgreement"),
    "p521": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], "digitalSignature, keyAgreement"),
    "ed25519": (["-algorithm", "ED25519"], "digitalSignature"),
}
IMPORTED = ("pss", "p521")  # with addresses of ours, too

CA_EXTENSIONS = """\
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""
EXTENSIONS = """\
basicConstraints = CA:FALSE
keyUsage = critical, {usage}
extendedKeyUsage = emailProtection
subjectAltName = email:{address}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def openssl(*words, data=None):
    done = subprocess.run(["openssl", *words], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr.decode()}")
    return done.stdout


class Correspondents:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        self._certify("root", "West Root", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], CA_EXTENSIONS, None)
        self._certify("issuing", "West CA", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], CA_EXTENSIONS, "root")
        for kind in KINDS:
            self._user(kind, kind, self.address(kind))
        for kind in IMPORTED:
            self._user(f"our-{kind}", kind, f"{kind}@north.example")

    def path(self, name):
        return f"{self.folder}/{name}"

    def key(self, kind):
        return self.path(f"{kind}.key")

    def certificate(self, kind):
        return self.path(f"{kind}.pem")

    def chain(self, kind):
        """The certificate and the CA above it, as PEM."""
        return self.path(f"{kind}.chain")

    def pkcs12(self, kind):
        """Key, certificate and the CA above it, under PASSWORD."""
        return self.path(f"{kind}.p12")

    @property
    def root(self):
        return self.path("root.pem")

    @staticmethod
    def address(kind):
        return f"{kind}@{DOMAIN}"

    def _certify(self, name, subject, key_arguments, extensions, issuer):
        with open(self.path("extensions"), "w", encoding="ascii") as f:
            f.write(extensions)
        openssl("genpkey", *key_arguments, "-out", self.key(name))
        request = openssl("req", "-new", "-key", self.key(name), "-subj", f"/O=West/CN={subject}")
        signer = ["-CA", self.certificate(issuer), "-CAkey", self.key(issuer)] if issuer else ["-signkey", self.key(name)]
        openssl("x509", "-req", *signer, "-days", "30", "-extfile", self.path("extensions"), "-out", self.certificate(name),
                data=request)

    def _user(self, name, kind, address):
        arguments, usage = KINDS[kind]
        self._certify(name, address, arguments, EXTENSIONS.format(usage=usage, address=address), "issuing")
        openssl("pkcs12", "-export", "-inkey", self.key(name), "-in", self.certificate(name), "-certfile",
                self.certificate("issuing"), "-name", name, "-passout", f"pass:{PASSWORD}", "-out", self.pkcs12(name))
        with open(self.chain(name), "wb") as chain:
            for part in (name, "issuing"):
                with open(self.certificate(part), "rb") as f:
                    chain.write(f.read())
