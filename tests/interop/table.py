# SPDX-License-Identifier: BSD-2-Clause
"""The algorithms, what an object that uses them names, and which of our profiles writes them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Signature:
    name: str
    key: str            # the kind of key, see correspondents.KINDS
    padding: str        # v15, pss or "" for other keys
    digest: str
    salt: int           # of PSS: octets, 0 for the longest that fits
    profile: str        # of ours that signs so, or ""
    never: str          # why none does
    names: tuple        # one of them is the signatureAlgorithm


@dataclass(frozen=True)
class Encryption:
    name: str
    key: str
    transport: str      # v15, oaep-sha1, …, ecdh-sha1, …: as BouncyCastle.java names them, too
    cipher: str
    profile: str
    names: tuple        # the object names all of them


NOT_ASKED = "the digest follows the key's strength"
SIGNATURES = tuple(Signature(*row) for row in (
    ("RSA v1.5 SHA-256",              "rsa",     "v15", "sha256", 0,  "compatible", "",        ("rsaEncryption", "sha256WithRSAEncryption")),
    ("RSA v1.5 SHA-512",              "rsa",     "v15", "sha512", 0,  "",           NOT_ASKED, ("rsaEncryption", "sha512WithRSAEncryption")),
    ("RSA-PSS SHA-256",               "rsa",     "pss", "sha256", 32, "modern",     "",        ("rsassaPss",)),
    ("RSA-PSS SHA-256, longest salt", "rsa",     "pss", "sha256", 0,  "",           "the salt is as long as the digest (RFC 4056)", ("rsassaPss",)),
    ("RSA-PSS SHA-512",               "rsa",     "pss", "sha512", 64, "",           NOT_ASKED, ("rsassaPss",)),
    ("RSA-PSS by an RSA-PSS key",     "pss",     "pss", "sha256", 32, "compatible", "",        ("rsassaPss",)),
    ("ECDSA P-256 SHA-256",           "p256",    "",    "sha256", 0,  "compatible", "",        ("ecdsa-with-SHA256",)),
    ("ECDSA P-256 SHA-512",           "p256",    "",    "sha512", 0,  "",           NOT_ASKED, ("ecdsa-with-SHA512",)),
    ("ECDSA P-384 SHA-384",           "p384",    "",    "sha384", 0,  "compatible", "",        ("ecdsa-with-SHA384",)),
    ("ECDSA P-521 SHA-512",           "p521",    "",    "sha512", 0,  "compatible", "",        ("ecdsa-with-SHA512",)),
    ("Ed25519",                       "ed25519", "",    "sha512", 0,  "compatible", "",        ("ED25519",)),
))

TRANSPORTS = {  # name in the object, and what more it names
    "v15": ("rsaEncryption",),
    "oaep-sha1": ("rsaesOaep",),
    "oaep-sha256": ("rsaesOaep", "sha256"),
    "oaep-sha512": ("rsaesOaep", "sha512"),
    "ecdh-sha1": ("dhSinglePass-stdDH-sha1kdf-scheme",),
    "ecdh-sha256": ("dhSinglePass-stdDH-sha256kdf-scheme",),
    "ecdh-sha384": ("dhSinglePass-stdDH-sha384kdf-scheme",),
    "ecdh-sha512": ("dhSinglePass-stdDH-sha512kdf-scheme",),
}


def encryption(name, key, transport, cipher, profile=""):
    return Encryption(f"{name}, {cipher.upper()}", key, transport, cipher, profile, (*TRANSPORTS[transport], cipher))


WRITTEN = (
    encryption("RSA v1.5",         "rsa",  "v15",         "aes-256-cbc", "compatible"),
    encryption("RSA OAEP SHA-256", "rsa",  "oaep-sha256", "aes-256-gcm", "modern"),
    encryption("RSA OAEP SHA-256", "rsa",  "oaep-sha256", "aes-256-cbc", "edi-energy"),
    encryption("ECDH P-256",       "p256", "ecdh-sha256", "aes-256-cbc", "compatible"),
    encryption("ECDH P-256",       "p256", "ecdh-sha256", "aes-256-gcm", "modern"),
    encryption("ECDH P-384",       "p384", "ecdh-sha384", "aes-256-cbc", "compatible"),
    encryption("ECDH P-384",       "p384", "ecdh-sha384", "aes-256-gcm", "modern"),
    encryption("ECDH P-521",       "p521", "ecdh-sha512", "aes-256-gcm", "modern"),
)
NEVER_WRITTEN = (  # what no profile of ours makes, and why
    ("RSA v1.5, AES-256-GCM", "software that has GCM has OAEP"),
    ("RSA OAEP SHA-1", "a weak digest, read only"),
    ("ECDH with the SHA-1 KDF", "a weak digest, read only"),
    ("AES-128, AES-192", "read only"),
    ("DES-EDE3-CBC", "weak, read only"),
)
_READ_TRANSPORTS = (
    ("RSA v1.5", "rsa", "v15"), ("RSA OAEP SHA-1", "rsa", "oaep-sha1"), ("RSA OAEP SHA-256", "rsa", "oaep-sha256"),
    ("ECDH P-256", "p256", "ecdh-sha256"), ("ECDH P-256 (SHA-1 KDF)", "p256", "ecdh-sha1"), ("ECDH P-384", "p384", "ecdh-sha384"),
)
READ = tuple(encryption(name, key, transport, cipher) for name, key, transport in _READ_TRANSPORTS
             for cipher in ("aes-128-cbc", "aes-256-cbc", "aes-128-gcm", "aes-256-gcm")) + (
    encryption("RSA v1.5", "rsa", "v15", "aes-192-cbc"),
    encryption("RSA v1.5", "rsa", "v15", "des-ede3-cbc"),
    encryption("RSA OAEP SHA-512", "rsa", "oaep-sha512", "aes-256-cbc"),
    encryption("ECDH P-521", "p521", "ecdh-sha512", "aes-256-cbc"),
)


def find(rows, name):
    return next(row for row in rows if row.name == name)


def nested(rows, *names):
    return tuple((find(SIGNATURES, signature), form, find(rows, around)) for signature, form, around in names)


# (signature, its form, encryption around it), as we write them and as peers do
NESTED_WRITTEN = nested(
    WRITTEN,
    ("RSA v1.5 SHA-256",    "clear",  "RSA v1.5, AES-256-CBC"),
    ("RSA v1.5 SHA-256",    "opaque", "RSA v1.5, AES-256-CBC"),
    ("RSA-PSS SHA-256",     "clear",  "RSA OAEP SHA-256, AES-256-GCM"),
    ("RSA-PSS SHA-256",     "clear",  "RSA OAEP SHA-256, AES-256-CBC"),
    ("ECDSA P-256 SHA-256", "clear",  "ECDH P-256, AES-256-CBC"),
    ("ECDSA P-384 SHA-384", "opaque", "ECDH P-384, AES-256-GCM"),
    ("Ed25519",             "clear",  "ECDH P-256, AES-256-CBC"))
NESTED_READ = nested(
    READ,
    ("RSA v1.5 SHA-256",    "clear",  "RSA v1.5, AES-128-CBC"),
    ("RSA v1.5 SHA-256",    "opaque", "RSA v1.5, AES-128-CBC"),
    ("RSA-PSS SHA-256",     "clear",  "RSA OAEP SHA-256, AES-256-GCM"),
    ("RSA-PSS SHA-256",     "clear",  "RSA OAEP SHA-256, AES-256-CBC"),
    ("ECDSA P-256 SHA-256", "clear",  "ECDH P-256, AES-256-CBC"),
    ("ECDSA P-384 SHA-384", "opaque", "ECDH P-384, AES-256-GCM"),
    ("Ed25519",             "clear",  "ECDH P-256, AES-256-CBC"))
