# SPDX-License-Identifier: BSD-2-Clause
"""GnuPG's gpgsm with a home and an agent of its own; CMS alone, so MIME is put around it here."""

import re

from correspondents import KINDS, PASSWORD, openssl
from entities import put_together, take_apart, wrap
from ours import address
from peer import Peer, Refused

CONFIGURATION = "disable-crl-checks\ndisable-dirmngr\nbatch\nyes\nno-tty\n"
NAME_CONSTRAINTS = "ignore-cert-extension 2.5.29.30\n"
CIPHERS = {"aes-128-cbc": "AES", "aes-192-cbc": "AES192", "aes-256-cbc": "AES256", "des-ede3-cbc": "3DES"}
CURVES = {"p256": b"NIST P-256", "p384": b"NIST P-384", "p521": b"NIST P-521"}


# ---- private keys as the agent keeps them (GnuPG's agent/keyformat.txt): canonical S-expressions -----

def atom(data):
    return b"%d:%s" % (len(data), data)


def pairs(**values):
    return b"".join(b"(" + atom(name.encode()) + atom(value) + b")" for name, value in values.items())


def unsigned(number):
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def rsa_pairs(key):
    """From the text, which is the same for keys that are for PSS alone."""
    dump = openssl("pkey", "-in", key, "-noout", "-text").decode()
    n, d, p, q = (int(re.sub(r"[\s:]", "", re.search(rf"^{name}:([\s0-9a-f:]+)$", dump, re.M)[1]), 16)
                  for name in ("modulus", "privateExponent", "prime1", "prime2"))
    e = int(re.search(r"^publicExponent: (\d+)", dump, re.M)[1])
    p, q = min(p, q), max(p, q)
    return pairs(n=unsigned(n), e=unsigned(e), d=unsigned(d), p=unsigned(p), q=unsigned(q), u=unsigned(pow(p, -1, q)))


def ec_pairs(kind, key):
    dump = openssl("asn1parse", "-inform", "DER", data=openssl("pkey", "-in", key, "-traditional", "-outform", "DER")).decode()
    d = bytes.fromhex(re.search(r"OCTET STRING +\[HEX DUMP\]:([0-9A-F]+)", dump)[1])
    point = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-(2 * len(d) + 1):]
    return pairs(curve=CURVES[kind], q=point, d=d)


def ed25519_pairs(key):
    public = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-32:]
    return pairs(curve=b"Ed25519", flags=b"eddsa", q=b"\x40" + public, d=openssl("pkey", "-in", key, "-outform", "DER")[-32:])


def key_file(kind, key):
    if kind in ("rsa", "pss"):
        algorithm, values = b"rsa", rsa_pairs(key)
    else:
        algorithm, values = b"ecc", ed25519_pairs(key) if kind == "ed25519" else ec_pairs(kind, key)
    return b"(" + atom(b"private-key") + b"(" + atom(algorithm) + values + b"))"


class Gpgsm(Peer):
    name = "gpgsm"
    CANNOT = (
        (r"compressed", "has no compression", r"cannot compress"),
        (r"(^we |of ours).*GCM", "does not get at the nonce of AES-GCM (RFC 5084)", r"error getting IV"),
        (r"^the peer .*GCM", "writes no AES-GCM", r"wrote .*aes-\d+-cbc$"),
        (r"^we .*OAEP", "knows no OAEP", r"error getting encrypted session key"),
        (r"OAEP", "knows no OAEP", r"wrote rsaEncryption"),
        (r"^we sign.*(P-521|Ed25519)", "verifies no Ed25519, and P-521 from 2.4 on", r"Internal error"),
        (r"^the peer signs.*Ed25519", "signs with no Ed25519 key", r"Invalid OID string"),
        (r"^the peer signs.*RSA-PSS", "verifies RSA-PSS and has no option to sign so", r"wrote rsaEncryption"),
        (r"ECDH", "has ECDH from 2.3 on", r"Wrong key usage|decrypting session key failed"),
        (r"SHA-1 KDF", "takes the digest of the KDF from the curve", r"wrote .*sha256kdf"),
        (r"key identifier", "names signers and recipients by issuer and serial number", r"wrote issuer and serial number"),
        (r"authenticated attributes|user keying", "has no option for it", r"wrote no"),
        (r"name constraints", "knows no name constraints, which are critical: ignore-cert-extension 2.5.29.30 in gpgsm.conf helps",
         r"critical certificate extension 2\.5\.29\.30 is not supported"),
        (r"PKCS#12 .*p256", "2.2 has PKCS#12 for RSA keys only", r"error converting key parameters"),
        (r"PKCS#12 .*p256", "2.4 writes EC keys into PKCS#12 that OpenSSL does not read", r"ossl_ec_key_from_pkcs8"),
    )

    def __init__(self, folder, people, ours):
        super().__init__(folder, people, ours)
        self.home = {"GNUPGHOME": folder}
        self.write("gpgsm.conf", (CONFIGURATION + NAME_CONSTRAINTS).encode())
        self.write("as-installed.conf", CONFIGURATION.encode())
        self.run("mkdir", "-m", "700", self.path("private-keys-v1.d"))
        roots = [people.root, ours.root]
        self.write("trustlist.txt", b"".join(self._fingerprint(root) + b" S relax\n" for root in roots))
        self.gpgsm("--import", *roots, people.certificate("issuing"))
        for kind in KINDS:
            self._add_key(kind)

    @staticmethod
    def _fingerprint(certificate):
        return openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha1").strip().partition(b"=")[2]

    def _add_key(self, kind):
        """Not by PKCS#12: 2.2 reads only that of RSA keys, and ends with a segmentation fault at EC ones."""
        self.gpgsm("--import", self.people.certificate(kind))
        try:
            listing = self.gpgsm("--with-colons", "--list-keys", self.people.address(kind)).decode()
        except Refused as refused:
            if "keygrip" not in str(refused):
                raise
            return  # some keys, once in many runs, it cannot name: what it cannot do with them, the cells show
        grip = re.search(r"^grp:+([0-9A-F]{40})", listing, re.M)
        if grip:
            self.write(f"private-keys-v1.d/{grip[1]}.key", key_file(kind, self.people.key(kind)))

    def gpgsm(self, *words, data=b"", options="gpgsm.conf"):
        return self.run("gpgsm", "--options", self.path(options), *words, data=data, env=self.home)

    def version(self):
        return self.run("gpgsm", "--version").decode().split()[2]

    def stop(self):
        self.run("gpgconf", "--kill", "all", env=self.home)

    # ---- signatures ----------------------------------------------------------------------------

    def sign(self, entity, signature, form):
        options = ["--local-user", self.people.address(signature.key), "--digest-algo", signature.digest.upper()]
        if form == "opaque":
            return wrap("signed-data", self.gpgsm(*options, "--sign", data=entity))
        der = self.gpgsm(*options, "--detach-sign", data=entity)
        return put_together(entity, der, signature.digest)

    def verify(self, message, options="gpgsm.conf"):
        content, der = take_apart(message)
        if content is None:
            self.gpgsm("--output", self.path("content"), "--verify", self.write("signed", der), options=options)
            return self.read("content")
        self.gpgsm("--verify", self.write("signature", der), self.write("content", content), options=options)
        return content

    def verify_as_installed(self, message):
        return self.verify(message, "as-installed.conf")

    # ---- encryption ----------------------------------------------------------------------------

    def encrypt(self, entity, kind, encryption):
        self.gpgsm("--import", self.ours.certificate(kind))
        return self._encrypt(entity, [address(kind)], encryption)

    def _encrypt(self, entity, addresses, encryption):
        cipher = ["--cipher-algo", CIPHERS[encryption.cipher]] if encryption.cipher in CIPHERS else []
        recipients = [word for a in addresses for word in ("--recipient", a)]
        return wrap("enveloped-data", self.gpgsm(*cipher, *recipients, "--encrypt", data=entity))

    def decrypt(self, entity, kind):
        return self.gpgsm("--decrypt", data=take_apart(entity)[1])

    # ---- particulars -----------------------------------------------------------------------------

    def encrypt_to_author(self, entity, mail, encryption):
        self.verify(mail)
        return self._encrypt(entity, [address("found")], encryption)

    def encrypt_to_several(self, entity, kinds, encryption):
        self.gpgsm("--import", *(self.ours.certificate(kind) for kind in kinds))
        return self._encrypt(entity, [self.people.address("rsa"), *map(address, kinds)], encryption)

    def export(self, kind):
        der = self.gpgsm("--pinentry-mode", "loopback", "--passphrase-fd", "0", "--export-secret-key-p12",
                         self.people.address(kind), data=PASSWORD.encode())
        self.write(f"{kind}.p12", der)
        return self.path(f"{kind}.p12")
