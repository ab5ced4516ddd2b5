# SPDX-License-Identifier: BSD-2-Clause
"""Rows of the table: each an operation with an algorithm, tried with every peer."""

from dataclasses import dataclass
from typing import Callable

from entities import ENTITY, TEXT, algorithms, header_and_body, is_clear, signer_algorithms, text_of
from ours import address, check, letter
from peer import Refused
from table import NESTED_READ, NESTED_WRITTEN, NEVER_WRITTEN, READ, SIGNATURES, WRITTEN, find

FORMS = ("clear", "opaque")
WE_SIGN, PEER_SIGNS = "we sign, the peer verifies", "the peer signs, we vouch for it"
WE_ENCRYPT, PEER_ENCRYPTS = "we encrypt, the peer opens", "the peer encrypts, we open"
WE_NEST, PEER_NESTS = "we sign and encrypt, the peer opens and verifies", "the peer signs and encrypts, we open and vouch for it"
PEER_WRAPS = "the peer signs what it encrypted: we open it, and vouch for what was signed inside"


def nothing(_):
    return None


@dataclass(frozen=True)
class Row:
    """prepare(ours) makes once what all peers get; attempt(peer, ours, prepared) ends with Failed, or Refused by the peer."""
    group: str
    name: str
    attempt: Callable = nothing
    prepare: Callable = nothing
    never: str = ""  # why there is nothing to try

    @property
    def title(self):
        return f"{self.group}: {self.name}"


# ---- steps ---------------------------------------------------------------------------------------------

def same_text(message, who, text=TEXT):
    got = text_of(message)
    check(got == text, who, "reads another text:", repr(got[:400]))


def is_signed_with(entity, signature):
    """Refused unless it was made with the algorithm that was asked for."""
    digest, (name, *parameters) = signer_algorithms(entity)
    if name not in signature.names or digest != signature.digest or (signature.padding == "pss" and "mgf1" not in parameters):
        raise Refused(f"wrote {name} {digest} with parameters {parameters}")


def is_encrypted_with(entity, encryption):
    named = algorithms(entity)
    if not set(encryption.names) <= set(named) or (encryption.transport == "oaep-sha1" and "sha256" in named):
        raise Refused(f"wrote {' '.join(named)}")


def vouched_for(ours, peer, entity, kind, recipient="rsa", results_wanted=("pass",)):
    """What we deliver of it; with such results for signatures by the peer's KIND, the outermost first."""
    sender = peer.people.address(kind)
    results, delivered = ours.receive(recipient, sender, entity)
    wanted = [(result, sender) for result in results_wanted]
    check(results == wanted, "we say", results, "not", wanted, "of what came:", delivered.decode("utf-8", "replace"))
    return delivered


def own_entity(mail):
    """A mail of ours without the fields of the letter: what was protected, or the protection."""
    header, _, body = mail.partition(b"\r\n\r\n")
    fields = header.replace(b"\r\n ", b"\0 ").replace(b"\r\n\t", b"\0\t").split(b"\r\n")
    return b"\r\n".join(f for f in fields if f.lower().startswith(b"content-")).replace(b"\0", b"\r\n") + b"\r\n\r\n" + body


# ---- signatures ----------------------------------------------------------------------------------------

def we_sign(signature, form):
    def prepare(ours):
        sent = ours.send(signature.key, [ours.people.address("rsa")], signature.profile, sign=True, form=form)
        check(is_clear(own_entity(sent)) == (form == "clear"), "not", form, sent)
        is_signed_with(own_entity(sent), signature)
        return sent

    def attempt(peer, _, sent):
        same_text(peer.verify(sent), peer.name)

    return Row(WE_SIGN, f"{signature.name}, {form}", attempt, prepare)


def peer_signs(signature, form):
    def attempt(peer, ours, _):
        entity = peer.sign(ENTITY, signature, form)
        check(is_clear(entity) == (form == "clear"), "the peer did not sign", form)
        is_signed_with(entity, signature)
        delivered = vouched_for(ours, peer, entity, signature.key)
        check(delivered.endswith(header_and_body(entity)[1]), "a signature was not delivered as it came")

    return Row(PEER_SIGNS, f"{signature.name}, {form}", attempt)


def signatures():
    for signature in SIGNATURES:
        if signature.never:
            yield Row(WE_SIGN, signature.name, never=signature.never)
        else:
            yield from (we_sign(signature, form) for form in FORMS)
    for signature in SIGNATURES:
        yield from (peer_signs(signature, form) for form in FORMS)


# ---- encryption ----------------------------------------------------------------------------------------

def we_encrypt(encryption):
    def prepare(ours):
        sent = ours.send("rsa", [ours.people.address(encryption.key)], encryption.profile, encrypt=True)
        is_encrypted_with(own_entity(sent), encryption)
        return own_entity(sent)

    def attempt(peer, _, sent):
        same_text(peer.decrypt(sent, encryption.key), peer.name)

    return Row(WE_ENCRYPT, encryption.name, attempt, prepare)


def opened(ours, peer, entity, kind, text=TEXT):
    """What we deliver of it: the text, and no word of a signature."""
    results, delivered = ours.receive(kind, peer.people.address("rsa"), entity)
    check(results == [("none", "")], "we say", results)
    same_text(delivered, "our recipient", text)
    return delivered


def peer_encrypts(encryption):
    def attempt(peer, ours, _):
        entity = peer.encrypt(ENTITY, encryption.key, encryption)
        is_encrypted_with(entity, encryption)
        opened(ours, peer, entity, encryption.key)

    return Row(PEER_ENCRYPTS, encryption.name, attempt)


def encryptions():
    yield from (we_encrypt(encryption) for encryption in WRITTEN)
    yield from (Row(WE_ENCRYPT, name, never=reason) for name, reason in NEVER_WRITTEN)
    yield from (peer_encrypts(encryption) for encryption in READ)


# ---- both ------------------------------------------------------------------------------------------------

def we_nest(signature, form, encryption):
    def prepare(ours):
        sent = ours.send(signature.key, [ours.people.address(encryption.key)], encryption.profile, True, True, form)
        is_encrypted_with(own_entity(sent), encryption)
        return own_entity(sent)

    def attempt(peer, ours, sent):
        inner = peer.decrypt(sent, encryption.key)
        check(is_clear(inner) == (form == "clear"), "what is inside is not", form, inner)
        is_signed_with(own_entity(inner), signature)
        same_text(peer.verify(letter(address(signature.key), peer.people.address(encryption.key), inner)), peer.name)

    return Row(WE_NEST, f"{signature.name}, {form}, in {encryption.name}", attempt, prepare)


def peer_nests(signature, form, encryption):
    def attempt(peer, ours, _):
        inner = peer.sign(ENTITY, signature, form)
        is_signed_with(inner, signature)
        entity = peer.encrypt(inner, encryption.key, encryption)
        is_encrypted_with(entity, encryption)
        same_text(vouched_for(ours, peer, entity, signature.key, encryption.key), "our recipient")

    return Row(PEER_NESTS, f"{signature.name}, {form}, in {encryption.name}", attempt)


def peer_wraps(triple):
    """Encrypted, and signed outside, by whom may not know what is inside; or a signature inside, too (RFC 2634 1.1)."""
    signature, encryption = find(SIGNATURES, "RSA v1.5 SHA-256"), find(READ, "RSA v1.5, AES-128-CBC")

    def attempt(peer, ours, _):
        inner = peer.sign(ENTITY, signature, "clear") if triple else ENTITY
        entity = peer.sign(peer.encrypt(inner, "rsa", encryption), signature, "clear")
        wanted = ("policy", "pass") if triple else ("policy",)
        same_text(vouched_for(ours, peer, entity, "rsa", results_wanted=wanted), "our recipient")

    return Row(PEER_WRAPS, f"{'signed inside, too' if triple else 'once'}: {signature.name}, {encryption.name}", attempt)


def nested():
    yield from (we_nest(*row) for row in NESTED_WRITTEN)
    yield from (peer_nests(*row) for row in NESTED_READ)
    yield from (peer_wraps(triple) for triple in (False, True))


def rows():
    return [*signatures(), *encryptions(), *nested()]
