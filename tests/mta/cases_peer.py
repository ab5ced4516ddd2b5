# SPDX-License-Identifier: BSD-2-Clause
"""OpenSSL's command line as the correspondent, both ways, for every algorithm that it has."""

import os
import sys

from cases_mail import ALICE, BOB, accepted, body_of, results, submit
from peer import KEYS
from smtp import Client, message

sys.path.append(f"{os.path.dirname(os.path.abspath(__file__))}/../programs")
from compressed import compressed  # noqa: E402

ENTITY = b"Content-Type: text/plain; charset=us-ascii\r\n\r\nsecret of the peer\r\n"
SIGNATURES = {  # name: (key, options)
    "RSA v1.5": ("rsa", []),
    "RSA-PSS": ("rsa", ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"]),
    "ECDSA P-256": ("p256", []),
    "ECDSA P-384": ("p384", []),
    "named by key identifier": ("rsa", ["-keyid"]),
}
CIPHERS = ("aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm")
TRANSPORTS = {  # name: (north's or south's recipient, options)
    "RSA v1.5": ("alice", []),
    "OAEP SHA-1": ("alice", ["-keyopt", "rsa_padding_mode:oaep"]),
    "OAEP SHA-256": ("alice", ["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"]),
    "ECDH P-256": ("bob", []),
    "ECDH P-256 SHA-256 KDF": ("bob", ["-keyopt", "ecdh_kdf_md:sha256"]),
}


def send_in(world, organisation, recipient, sender, subject, entity):
    """A message from outside whose structural fields and body are `entity`."""
    outer = (f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
             f"Message-ID: <{abs(hash(subject))}@peer.example>\r\n").encode()
    entity = entity.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    with Client(organisation.mta.port("in")) as client:
        accepted(client.transact(sender, [recipient], outer + entity))
    return organisation.mta.wait_for(recipient, f"Subject: {subject}\n".encode())


def case_what_openssl_signs_is_verified(world):
    for name, (key, options) in SIGNATURES.items():
        for form in ([], ["-nodetach"]):
            subject = f"peer signs {name} {'opaque' if form else 'clear'}"
            got = send_in(world, world.south, BOB, world.peer.address(key), subject, world.peer.sign(ENTITY, key, *options, *form))
            part = "1" if form else "2"
            assert results(got) == [f"smime.south.example; smime=pass body.smime-identifier={world.peer.address(key)} "
                                    f"body.smime-part={part}"], (name, form, results(got))


def case_what_openssl_encrypts_is_opened(world):
    for cipher in CIPHERS:
        for name, (user, options) in TRANSPORTS.items():
            organisation = world.north if user == "alice" else world.south
            recipient = f"{user}@{organisation.domain}"
            stream = ["-stream"] if cipher.endswith("128-cbc") else []  # indefinite lengths, BER
            options = ["-keyid", *options] if cipher.endswith("192-cbc") else options
            sealed = world.peer.encrypt(world.peer.sign(ENTITY, "rsa"), f"{organisation.folder}/{user}.pem", cipher,
                                        *stream) if not options else _encrypt(world, organisation, user, cipher, options, stream)
            got = send_in(world, organisation, recipient, world.peer.address("rsa"), f"peer seals {cipher} {name}", sealed)
            assert b"secret of the peer" in body_of(got), (cipher, name, got)
            assert "smime=pass" in results(got)[0], (cipher, name, results(got))


def case_a_valid_signature_is_stripped_where_its_recipient_says_so(world):
    to, by = "nobody@south.example", world.peer.address("rsa")
    for form in ([], ["-nodetach"]):
        signed = world.peer.sign(ENTITY, "rsa", *form)
        got = send_in(world, world.south, to, by, f"stripped {form}", signed)
        assert body_of(got) == b"secret of the peer\n" and "smime=pass" in results(got)[0], (form, got)
        got = send_in(world, world.south, BOB, by, f"kept {form}", signed)
        assert b"pkcs7" in got and "smime=pass" in results(got)[0], (form, got)
        got = send_in(world, world.south, to, world.peer.address("p256"), f"another's {form}", signed)
        assert b"pkcs7" in got and "smime=policy" in results(got)[0], (form, got)


def case_compressed_mail_is_unpacked(world):
    by = world.peer.address("rsa")
    got = send_in(world, world.south, BOB, by, "compressed", compressed(ENTITY))
    assert body_of(got) == b"secret of the peer\n" and "smime=none" in results(got)[0], got
    got = send_in(world, world.south, BOB, by, "signed and compressed", compressed(
        world.peer.sign(ENTITY, "rsa").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))
    assert b"multipart/signed" in got and "smime=pass" in results(got)[0], got
    sealed = world.peer.encrypt(compressed(ENTITY).replace(b"\n", b"\r\n"), f"{world.south.folder}/bob.pem", "aes-256-cbc")
    got = send_in(world, world.south, BOB, by, "compressed and sealed", sealed)
    assert body_of(got) == b"secret of the peer\n", got


def _encrypt(world, organisation, user, cipher, options, stream):
    """-keyopt belongs to the -recip before it."""
    keyid = [o for o in options if o == "-keyid"]
    return world.peer.openssl("cms", "-encrypt", f"-{cipher}", "-binary", "-crlfeol", *stream, *keyid, "-recip",
                              f"{organisation.folder}/{user}.pem", *[o for o in options if o != "-keyid"],
                              data=world.peer.sign(ENTITY, "rsa")).stdout


def case_openssl_opens_and_verifies_what_we_make(world):
    canary = b"sealed by north"
    for kind in KEYS:
        address = world.peer.address(kind)
        octets = message(ALICE, address, f"north seals for {kind}", canary + b"\r\n")
        accepted(submit(world, octets, [address]))
        got = world.south.mta.wait_for(address, octets.partition(b"\r\nMessage-ID: ")[2].partition(b"\r\n")[0])
        assert canary not in got and b"north seals for" not in got
        content = world.peer.verify(world.peer.decrypt(got, kind), f"{world.north.folder}/root.pem")
        assert canary in content and f"Subject: north seals for {kind}".encode() in content, kind


def case_unsigned_cbc_is_delivered_marked(world):
    got = send_in(world, world.north, ALICE, world.peer.address("rsa"), "cbc unsigned",
                  world.peer.encrypt(ENTITY, f"{world.north.folder}/alice.pem", "aes-256-cbc"))
    assert b"secret of the peer" in body_of(got) and "smime=none" in results(got)[0], got


def case_what_cannot_be_opened_is_delivered_as_it_came(world):
    sealed = world.peer.encrypt(ENTITY, world.peer.path("rsa.pem"), "aes-256-cbc")
    got = send_in(world, world.north, ALICE, world.peer.address("rsa"), "not for us", sealed)
    assert b"application/pkcs7-mime" in got.lower() or b"application/x-pkcs7-mime" in got.lower()
    assert b"secret of the peer" not in got


def case_a_signature_by_somebody_else_is_no_pass(world):
    got = send_in(world, world.south, BOB, "ceo@peer.example", "wrong author", world.peer.sign(ENTITY, "rsa"))
    assert "smime=policy" in results(got)[0] and "pass" not in results(got)[0], results(got)


def case_a_changed_byte_is_no_pass(world):
    signed = world.peer.sign(ENTITY, "rsa").replace(b"secret of the peer", b"secret of the pear")
    got = send_in(world, world.south, BOB, world.peer.address("rsa"), "changed byte", signed)
    assert "smime=fail" in results(got)[0], results(got)
