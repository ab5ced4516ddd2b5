# SPDX-License-Identifier: BSD-2-Clause
"""Rows beside the algorithms: how certificates are named and found, lengths, changed octets, several recipients, files."""

import correspondents
from cells import Row, is_encrypted_with, nothing, opened, own_entity, same_text, vouched_for
from entities import (BINARY_ENTITY, ENTITY, LONG_ENTITY, LONG_TEXT, OCTETS, by_key_identifier, is_indefinite, octets_of,
                      take_apart)
from gateway_site import Site
from ours import KEYLESS, address, check
from peer import Refused
from table import READ, SIGNATURES, find

RSA, CBC, OAEP = find(SIGNATURES, "RSA v1.5 SHA-256"), find(READ, "RSA v1.5, AES-128-CBC"), find(READ, "RSA OAEP SHA-256, AES-256-CBC")
AGREED = find(READ, "ECDH P-256, AES-128-CBC")


def signed_mail(ours, kind="rsa"):
    return ours.send(kind, [ours.people.address("rsa")], "compatible", sign=True)


def verifies_as_installed(peer, _, sent):
    same_text(peer.verify_as_installed(sent), peer.name)


DOMAIN_SIGNATURE = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x09\x02"  # id-sti-domainSig


def domain_signed_mail(form):
    def prepare(ours):
        sent = ours.send(KEYLESS, [ours.people.address("rsa")], "compatible", sign=True, form=form)
        check(DOMAIN_SIGNATURE in take_apart(sent)[1], "no signature type")
        return sent

    return prepare


def verifies_for_the_domain(peer, _, sent):
    """Who compares From with the certificate, as Bouncy Castle's validator does, objects to that alone."""
    try:
        got = peer.verify(sent)
    except Refused as e:
        check("emailFromCertMismatch" in str(e), e)
        got = peer.verify(sent.replace(b"From: " + address(KEYLESS).encode(), b"From: " + address("domain-signing-authority").encode(), 1))
    same_text(got, peer.name)


def sees_a_changed_octet(peer, _, sent):
    check(sent.count(b"4 711") == 1, "no figure to change")
    peer.verify(sent)
    try:
        peer.verify(sent.replace(b"4 711", b"9 711"))
    except Refused:
        return
    check(False, peer.name, "verifies what was changed")


def changed_octet_of_the_peer(peer, ours, _):
    sent = peer.sign(ENTITY, RSA, "clear")
    results, _ = ours.receive("rsa", peer.people.address("rsa"), sent.replace(b"4 711", b"9 711"))
    check([r for r, _ in results] == ["fail"], "we say", results)


def author_is_somebody_else(peer, ours, _):
    results, _ = ours.receive("rsa", peer.people.address("p256"), peer.sign(ENTITY, RSA, "clear"))
    check(len(results) == 1 and results[0][0] == "policy", "we say", results)


def streamed_signature(peer, ours, _):
    entity = peer.sign_streamed(ENTITY, RSA)
    if not is_indefinite(entity):
        raise Refused("wrote DER")
    vouched_for(ours, peer, entity, "rsa")


def streamed_encryption(peer, ours, _):
    entity = peer.encrypt_streamed(ENTITY, "rsa", CBC)
    if not is_indefinite(entity):
        raise Refused("wrote DER")
    opened(ours, peer, entity, "rsa")


def signer_by_key_identifier(peer, ours, _):
    entity = peer.sign_by_key_identifier(ENTITY, RSA)
    if not by_key_identifier(entity):
        raise Refused("wrote issuer and serial number")
    vouched_for(ours, peer, entity, "rsa")


def recipient_by_key_identifier(encryption):
    def attempt(peer, ours, _):
        entity = peer.encrypt_by_key_identifier(ENTITY, encryption.key, encryption)
        is_encrypted_with(entity, encryption)
        if not by_key_identifier(entity):
            raise Refused("wrote issuer and serial number")
        opened(ours, peer, entity, encryption.key)

    return attempt


def encrypts_to_the_author(peer, ours, mail):
    """The certificate that our signature brought along is enough; a newer NSS takes its cipher from there, too."""
    opened(ours, peer, peer.encrypt_to_author(ENTITY, mail, CBC), "found")


def for_several(ours):
    recipients = [ours.people.address(kind) for kind in ("p384", "rsa", "p256")]
    return own_entity(ours.send("rsa", recipients, "compatible", encrypt=True))


def each_of_several_opens(peer, _, sent):
    for kind in ("rsa", "p256", "p384"):
        same_text(peer.decrypt(sent, kind), peer.name)


def several_of_the_peer(peer, ours, _):
    """Its own certificate first, as programs do that want to read what they sent."""
    entity = peer.encrypt_to_several(ENTITY, ["rsa", "found"], CBC)
    for kind in ("rsa", "found"):
        opened(ours, peer, entity, kind)


def a_megabyte_of_ours(profile):
    def prepare(ours):
        return own_entity(ours.send("rsa", [ours.people.address("rsa")], profile, encrypt=True, text=LONG_TEXT))

    return prepare


def a_megabyte_of_ours_opens(peer, _, sent):
    same_text(peer.decrypt(sent, "rsa"), peer.name, LONG_TEXT)


def a_megabyte_of_the_peer(peer, ours, _):
    opened(ours, peer, peer.encrypt_streamed(LONG_ENTITY, "rsa", CBC), "rsa", LONG_TEXT)


def binary_inside(peer, ours, _):
    delivered = opened(ours, peer, peer.encrypt(BINARY_ENTITY, "rsa", CBC), "rsa")
    check(octets_of(delivered) == OCTETS, "the second part is another")


def unix_lines_inside(peer, ours, _):
    opened(ours, peer, peer.encrypt(ENTITY.replace(b"\r\n", b"\n"), "rsa", CBC), "rsa")


# Optional parts that enter the mathematics, and octets in them (OpenSSL 3.0 does not print an object with the first):
# the OID of signingTime, which Bouncy Castle is told to put there, and BouncyCastle.java's material.
PARTS = {"authAttrs": b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05", "ukm": b"user keying material"}


def compressed(peer, ours, _):
    opened(ours, peer, peer.compress(ENTITY), "rsa")
    opened(ours, peer, peer.compress(LONG_ENTITY), "rsa", LONG_TEXT)


def compressed_and_encrypted(peer, ours, _):
    opened(ours, peer, peer.encrypt(peer.compress(ENTITY), "rsa", CBC), "rsa")


def signed_and_compressed(peer, ours, _):
    same_text(vouched_for(ours, peer, peer.compress(peer.sign(ENTITY, RSA, "clear")), "rsa"), "our recipient")


def with_part(encryption, part):
    def attempt(peer, ours, _):
        entity = peer.encrypt_with(ENTITY, encryption.key, encryption, part)
        if PARTS[part] not in take_apart(entity)[1]:
            raise Refused(f"wrote no {part}")
        opened(ours, peer, entity, encryption.key)

    return attempt


def import_key(site, path):
    return site.command("key", "import", path, "--password-file", site.path("password"))


def converted(site, path):
    """By the command that `key import` names where it refuses RC2-40."""
    word = f"pass:{correspondents.PASSWORD}"
    try:
        correspondents.openssl("pkcs12", "-legacy", "-in", path, "-nodes", "-out", site.path("all.pem"), "-passin", word)
    except RuntimeError as e:
        raise Refused(e) from e
    return site.write("new.p12", correspondents.openssl("pkcs12", "-export", "-in", site.path("all.pem"), "-passout", word), 0o600)


def key_moves_to_us(kind):
    def attempt(peer, ours, _):
        site = Site(ours.site.build, peer.path(f"import-{kind}"), correspondents.DOMAIN)
        site.init()
        site.write("password", correspondents.PASSWORD + "\n", 0o400)
        path = peer.export(kind)
        done = import_key(site, path)
        if "convert it: openssl pkcs12 -legacy" in done.err:
            done = import_key(site, converted(site, path))
        check(done.returncode == 0, done.err)
        check(peer.people.address(kind) in site.said("key", "list"), "the key is not listed")

    return attempt


def row(name, attempt, prepare=nothing):
    return Row("particulars", name, attempt, prepare)


def rows():
    yield row("our CA's chain, name constraints in it, as the peer is installed", verifies_as_installed, signed_mail)
    for form in ("clear", "opaque"):
        yield row(f"the domain signs for an author without a key (RFC 3183), {form}", verifies_for_the_domain, domain_signed_mail(form))
    yield row("one octet of ours changed: the peer sees it", sees_a_changed_octet, signed_mail)
    yield row("one octet of the peer's changed: fail", changed_octet_of_the_peer)
    yield row("another author than the peer's certificate says: policy", author_is_somebody_else)
    yield row("indefinite lengths (BER), signed", streamed_signature)
    yield row("indefinite lengths (BER), encrypted", streamed_encryption)
    yield row("the signer is named by key identifier", signer_by_key_identifier)
    for encryption in (CBC, OAEP, AGREED):
        yield row(f"the recipient is named by key identifier: {encryption.name}", recipient_by_key_identifier(encryption))
    yield row("the peer answers our signed mail, with nothing but its certificates", encrypts_to_the_author,
              lambda ours: signed_mail(ours, "found"))
    yield row("we encrypt to RSA, P-256 and P-384 keys together: all open", each_of_several_opens, for_several)
    yield row("the peer encrypts to its own and two of our RSA keys: both open", several_of_the_peer)
    yield row("a megabyte of ours: RSA v1.5, AES-256-CBC", a_megabyte_of_ours_opens, a_megabyte_of_ours("compatible"))
    yield row("a megabyte of ours: RSA OAEP SHA-256, AES-256-GCM", a_megabyte_of_ours_opens, a_megabyte_of_ours("modern"))
    yield row("a megabyte of the peer's, in segments", a_megabyte_of_the_peer)
    yield row("8-bit text and binary octets in the peer's envelope", binary_inside)
    yield row("Unix line ends in the peer's envelope", unix_lines_inside)
    yield row("authenticated attributes: RSA OAEP SHA-256, AES-256-GCM",
              with_part(find(READ, "RSA OAEP SHA-256, AES-256-GCM"), "authAttrs"))
    yield row(f"user keying material: {AGREED.name}", with_part(AGREED, "ukm"))
    yield row("compressed by the peer", compressed)
    yield row("compressed by the peer, then encrypted", compressed_and_encrypted)
    yield row("signed by the peer, then compressed", signed_and_compressed)
    for kind in ("rsa", "p256"):
        yield row(f"the peer's PKCS#12 file, RC2-40 converted as we say: {kind}", key_moves_to_us(kind))
