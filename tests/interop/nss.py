# SPDX-License-Identifier: BSD-2-Clause
"""NSS's cmsutil with a database of its own; CMS alone, so MIME is put around it here."""

from correspondents import KINDS, PASSWORD
from entities import put_together, take_apart, wrap
from ours import address
from peer import Peer, Refused


class NSS(Peer):
    name = "NSS"
    CANNOT = (
        (r"compressed", "has no compression", r"cannot compress"),
        (r"(^we |of ours).*GCM", "no AES-GCM in its CMS", r"UNRECOGNIZED_OID"),
        (r"^we .*OAEP", "cmsutil 3.110 opens OAEP, older ones do not", r"UNSUPPORTED_KEYALG"),
        (r"OAEP", "cmsutil writes RSA v1.5 to RSA keys", r"wrote rsaEncryption"),
        (r"ECDH", "cmsutil 3.110 has ECDH, older ones do not", r"INVALID_ALGORITHM|BAD_DER"),
        (r"^we sign.*RSA-PSS key", "does not verify what a key signed that is for PSS alone", r"BadSignature"),
        (r"^we sign.*Ed25519", "verifies no Ed25519", r"ProcessingError|SEC_ERROR_INVALID_KEY"),
        (r"^the peer signs.*Ed25519", "takes no Ed25519 key", r"UNABLE_TO_IMPORT_KEY"),
        (r"^the peer signs.*RSA-PSS key", "writes RSASSA-PSS without its parameters, against RFC 4056",
         r"wrote rsassaPss sha256 with parameters \[\]"),
        (r"^the peer signs.*RSA-PSS", "verifies RSA-PSS and has no option to sign so", r"wrote rsaEncryption"),
        (r"^the peer .*encrypt", "cmsutil has no option for cipher and KDF: it takes AES-CBC", r"wrote .*aes-(128|256)-cbc$"),
        (r"keys together", "before 3.110 opens nothing that has a recipient with an EC key beside the one with RSA", r"BAD_DER"),
        (r"authenticated attributes|user keying", "has no option for it", r"wrote no"),
        (r"key identifier", "names signers and recipients by issuer and serial number", r"wrote issuer and serial number"),
    )

    def __init__(self, folder, people, ours):
        super().__init__(folder, people, ours)
        self.database = ["-d", f"sql:{folder}"]
        self.certutil("-N", "--empty-password")
        self.certutil("-A", "-n", "west root", "-t", ",C,", "-i", people.root)
        self.certutil("-A", "-n", "north root", "-t", ",C,", "-i", ours.root)
        self.refused_keys = {}
        for kind in KINDS:
            try:
                self.run("pk12util", *self.database, "-i", people.pkcs12(kind), "-W", PASSWORD)
            except Refused as e:
                self.refused_keys[kind] = e

    def certutil(self, verb, *words):
        return self.run("certutil", verb, *self.database, *words)

    def cmsutil(self, verb, *words, data=b""):
        return self.run("cmsutil", verb, *self.database, *words, data=data)

    def version(self):
        words = self.run("dpkg-query", "-W", "-f", "${Version}", "libnss3-tools").decode()
        return words.partition(":")[2].partition("-")[0]

    # ---- signatures ----------------------------------------------------------------------------

    def sign(self, entity, signature, form):
        if signature.key in self.refused_keys:
            raise self.refused_keys[signature.key]
        der = self.cmsutil("-S", "-N", signature.key, "-G", "-P", "-Y", signature.key, "-H", signature.digest.upper(),
                           *(["-T"] if form == "clear" else []), data=entity)
        return wrap("signed-data", der) if form == "opaque" else put_together(entity, der, signature.digest)

    def verify(self, message):
        content, der = take_apart(message)
        detached = [] if content is None else ["-c", self.write("content", content)]
        return self.cmsutil("-D", *detached, "-i", self.write("signed", der))

    # ---- encryption ----------------------------------------------------------------------------

    def encrypt(self, entity, kind, encryption):
        self._import(kind)
        return self._encrypt(entity, [address(kind)])

    def _import(self, kind):
        self.certutil("-A", "-n", f"north {kind}", "-t", ",,", "-i", self.ours.certificate(kind))

    def _encrypt(self, entity, addresses):
        """With the cipher that NSS thinks all recipients capable of."""
        return wrap("enveloped-data", self.cmsutil("-E", "-r", ",".join(addresses), data=entity))

    def decrypt(self, entity, kind):
        return self.cmsutil("-D", "-i", self.write("encrypted", take_apart(entity)[1]))

    # ---- particulars -----------------------------------------------------------------------------

    def encrypt_to_author(self, entity, mail, encryption):
        content, der = take_apart(mail)
        self.cmsutil("-D", "-k", "-c", self.write("content", content), "-i", self.write("signed", der))
        return self._encrypt(entity, [address("found")])

    def encrypt_to_several(self, entity, kinds, encryption):
        for kind in kinds:
            self._import(kind)
        return self._encrypt(entity, [self.people.address("rsa"), *map(address, kinds)])

    def export(self, kind):
        self.run("pk12util", *self.database, "-o", self.path(f"{kind}.p12"), "-n", kind, "-W", PASSWORD)
        return self.path(f"{kind}.p12")
