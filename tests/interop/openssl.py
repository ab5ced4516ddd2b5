# SPDX-License-Identifier: BSD-2-Clause
"""OpenSSL's `cms` command."""

from entities import on_the_wire
from peer import Peer

CIPHERS = {"des-ede3-cbc": "des3"}
PADDINGS = {"v15": [], "oaep-sha1": ["rsa_padding_mode:oaep"]}


def key_options(*words):
    return [w for word in words for w in ("-keyopt", word)]


def transport_options(transport):
    kind, _, digest = transport.partition("-")
    if kind == "ecdh":
        return key_options(f"ecdh_kdf_md:{digest}")
    if kind == "oaep" and digest != "sha1":
        return key_options("rsa_padding_mode:oaep", f"rsa_oaep_md:{digest}")
    return key_options(*PADDINGS[transport])


class OpenSSL(Peer):
    name = "OpenSSL"
    CANNOT = (
        (r"Ed25519", "Ed25519 came to CMS with 3.5", r"invalid digest"),
        (r"compressed", "Debian builds it without zlib", r"unsupported compression algorithm"),
        (r"authenticated attributes|user keying", "the cms command has no option for it", r"wrote no"),
    )

    def version(self):
        return self.run("openssl", "version").decode().split()[1]

    def sign(self, entity, signature, form, *options):
        if signature.padding == "pss":  # for a key that is for PSS alone, too: 3.0 names rsaEncryption otherwise
            options += (*key_options("rsa_padding_mode:pss", f"rsa_pss_saltlen:{signature.salt or 'max'}"),)
        mixed = self.run("openssl", "cms", "-sign", "-signer", self.people.certificate(signature.key), "-inkey",
                        self.people.key(signature.key), *options, "-certfile", self.people.certificate("issuing"),
                        "-md", signature.digest, "-binary", "-crlfeol", *(["-nodetach"] if form == "opaque" else []), data=entity)
        return on_the_wire(mixed)

    def verify(self, message, *options):
        # Not -binary, with which 3.0 loses a CR.
        return self.run("openssl", "cms", "-verify", "-CAfile", self.ours.anchors, "-purpose", "smimesign", *options,
                        data=message)

    def encrypt(self, entity, kind, encryption, *options):
        return self._encrypt(entity, self.ours.certificate(kind), encryption, *options)

    def _encrypt(self, entity, certificate, encryption, *options):
        mixed = self.run("openssl", "cms", "-encrypt", f"-{CIPHERS.get(encryption.cipher, encryption.cipher)}", "-binary",
                         "-crlfeol", *options, "-recip", certificate,
                         *transport_options(encryption.transport), data=entity)
        return on_the_wire(mixed)

    def decrypt(self, entity, kind):
        return self.run("openssl", "cms", "-decrypt", "-recip", self.people.certificate(kind), "-inkey",
                        self.people.key(kind), "-binary", data=entity)

    def compress(self, entity):
        return on_the_wire(self.run("openssl", "cms", "-compress", "-binary", "-crlfeol", data=entity))

    # ---- particulars -----------------------------------------------------------------------------

    def sign_by_key_identifier(self, entity, signature):
        return self.sign(entity, signature, "clear", "-keyid")

    def encrypt_by_key_identifier(self, entity, kind, encryption):
        return self.encrypt(entity, kind, encryption, "-keyid")

    def sign_streamed(self, entity, signature):
        return self.sign(entity, signature, "opaque", "-stream")

    def encrypt_streamed(self, entity, kind, encryption):
        return self.encrypt(entity, kind, encryption, "-stream")

    def encrypt_to_author(self, entity, mail, encryption):
        self.verify(mail, "-signer", self.path("author.pem"))
        return self._encrypt(entity, self.path("author.pem"), encryption)

    def encrypt_to_several(self, entity, kinds, encryption):
        others = [w for kind in kinds[:-1] for w in ("-recip", self.ours.certificate(kind))]
        return self._encrypt(entity, self.ours.certificate(kinds[-1]), encryption, "-recip", self.people.certificate("rsa"), *others)

    def export(self, kind):
        return self.people.pkcs12(kind)
