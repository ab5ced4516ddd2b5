# SPDX-License-Identifier: BSD-2-Clause
"""What every peer offers, in the terms of MIME entities on the wire (CRLF)."""

import os
import subprocess


class Refused(Exception):
    """What the peer said, or did instead, when it would not do what it was asked."""


class Peer:
    """A correspondent's software.  `people` have its keys; `ours` has certificates and the root that it trusts.

    Methods raise Refused where the software says no, and take kinds of keys of correspondents.KINDS:
      sign(entity, signature, form)       a signed entity by `signature` of table.SIGNATURES; form clear or opaque
      verify(message)                     the content of a mail of ours (with its From), signature, chain and trust held
      encrypt(entity, kind, encryption)   to our KIND's certificate, as an entity
      decrypt(entity, kind)               what was encrypted to its KIND
    """

    name = ""
    # (pattern over the row's title, why it cannot, pattern over what it then says)
    CANNOT = ()

    def __init__(self, folder, people, ours):
        self.folder, self.people, self.ours = folder, people, ours
        os.makedirs(folder, mode=0o700)

    def version(self):
        raise NotImplementedError

    def stop(self):
        """Leave nothing running."""

    # ---- particulars: what is asked for, or the nearest thing; the caller looks at what came -------

    def verify_as_installed(self, message):
        """verify() without what the software had to be told for our sake."""
        return self.verify(message)

    def sign_by_key_identifier(self, entity, signature):
        return self.sign(entity, signature, "clear")

    def encrypt_by_key_identifier(self, entity, kind, encryption):
        return self.encrypt(entity, kind, encryption)

    def sign_streamed(self, entity, signature):
        """Opaque, in BER of indefinite lengths."""
        return self.sign(entity, signature, "opaque")

    def encrypt_streamed(self, entity, kind, encryption):
        return self.encrypt(entity, kind, encryption)

    def encrypt_to_several(self, entity, kinds, encryption):
        """To its own RSA certificate and to ours of KINDS, in this order."""
        raise NotImplementedError

    def encrypt_with(self, entity, kind, encryption, part):
        """With an optional part of the object: authAttrs or ukm."""
        return self.encrypt(entity, kind, encryption)

    def compress(self, entity):
        """CompressedData (RFC 3274), as an entity."""
        raise Refused("cannot compress")

    def encrypt_to_author(self, entity, mail, encryption):
        """To the certificate that a signed mail of ours brought along, and nothing else."""
        raise NotImplementedError

    def export(self, kind):
        """The path of a PKCS#12 file with a key of its own, under correspondents.PASSWORD."""
        raise NotImplementedError

    # ---- for the peers themselves ---------------------------------------------------------------

    def path(self, name):
        return f"{self.folder}/{name}"

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def run(self, *words, data=b"", env=None):
        """Standard output; Refused with standard error if it fails."""
        done = subprocess.run(words, input=data, capture_output=True, check=False, timeout=60, env={**os.environ, **(env or {})})
        if done.returncode != 0:
            raise Refused(f"{done.stderr.decode('utf-8', 'replace').strip()} (exit {done.returncode})")
        return done.stdout
