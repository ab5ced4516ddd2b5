# SPDX-License-Identifier: BSD-2-Clause
"""MIME around bare CMS objects, for peers that know none, and what an object says about its algorithms."""

import base64
import email
import email.policy
import re
import subprocess

BOUNDARY = "=_peer_7f3a"
# Kept by a signature only if everybody is careful: 8-bit text, blanks at the end of a line, a dot, "From " at a line's begin.
TEXT = "Die Zahlen sind gut: 4 711 €. \r\n\r\nFrom here on,\r\n.\r\n all is well.\t\r\n"
ENTITY = (b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
          b"Die Zahlen sind gut: 4 711 =E2=82=AC.=20\r\n\r\n=46rom here on,\r\n=2E\r\n all is well.=09\r\n")

MANY = 6000  # of it make about a megabyte
LONG_TEXT = TEXT * MANY
LONG_ENTITY = ENTITY.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + ENTITY.partition(b"\r\n\r\n")[2] * MANY

OCTETS = bytes(range(256)) * 20
# What may stand in an envelope, where no transport looks (RFC 8551 3.1.3).
BINARY_ENTITY = (b"Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\n"
                 b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + TEXT.encode() +
                 b"\r\n--part\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n" + OCTETS +
                 b"\r\n--part--\r\n")


def octets_of(message):
    """The second part of a mail."""
    return email.message_from_bytes(message, policy=email.policy.default).get_payload(1).get_payload(decode=True)


def text_of(message):
    """The text of the first leaf: through multipart/signed, for what is delivered with its signature."""
    part = email.message_from_bytes(message, policy=email.policy.default)
    while part.is_multipart():
        part = part.get_payload(0)
    payload = part.get_payload(decode=True).decode(part.get_content_charset() or "ascii", "replace")
    return payload.replace("\r\n", "\n").replace("\n", "\r\n")


def header_and_body(entity):
    header, _, body = entity.partition(b"\r\n\r\n")
    return re.sub(rb"\r\n[ \t]+", b" ", header), body


def is_clear(entity):
    return re.search(rb"(?im)^content-type: *multipart/signed", header_and_body(entity)[0]) is not None


def take_apart(entity):
    """(signed octets, object) of a multipart/signed, octet by octet; (None, object) of application/pkcs7-mime."""
    header, body = header_and_body(entity)
    if not is_clear(entity):
        return None, base64.b64decode(body)
    boundary = re.search(rb'(?i)boundary="?([^";\r\n]+)', header)[1]
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    signature = parts[2].partition(b"\r\n\r\n")[2]
    return parts[1].partition(b"\r\n")[2], base64.b64decode(signature)


def put_together(content, signature, digest):
    micalg = digest.replace("sha", "sha-")
    return (f'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg={micalg};\r\n'
            f' boundary="{BOUNDARY}"\r\n\r\n--{BOUNDARY}\r\n').encode() + content + (
                f'\r\n--{BOUNDARY}\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
                f'Content-Transfer-Encoding: base64\r\n\r\n').encode() + lines(signature) + f"\r\n--{BOUNDARY}--\r\n".encode()


def wrap(kind, der):
    return (f'Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\r\n'
            'Content-Transfer-Encoding: base64\r\n\r\n').encode() + lines(der)


def lines(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


# ---- what an object says of itself ------------------------------------------------------------

def print_object(der):
    """OpenSSL's description; of a signature the SignerInfo alone: certificates have algorithms of their own."""
    text = subprocess.run(["openssl", "cms", "-cmsout", "-print", "-inform", "DER"], input=der, capture_output=True,
                          check=True).stdout.decode("utf-8", "replace")
    return text.partition("    signerInfos:")[2] or text


def names(text):
    return re.findall(r"(?:algorithm: |OBJECT +:)([^\s(]+)", text)


def algorithms(entity):
    """Names of the algorithms, those of parameters behind theirs, in the order of the object."""
    return names(print_object(take_apart(entity)[1]))


def signer_algorithms(entity):
    """(digest, [signature algorithm and what its parameters name]) of the one SignerInfo."""
    text = print_object(take_apart(entity)[1])
    digest = names(text.partition("digestAlgorithm:")[2])[0]
    return digest, names(re.search(r"signatureAlgorithm:(.*?)\n +signature:", text, re.S)[1])


def by_key_identifier(entity):
    return "subjectKeyIdentifier" in print_object(take_apart(entity)[1])


def is_indefinite(entity):
    """BER whose length is not told."""
    return take_apart(entity)[1][1] == 0x80


def on_the_wire(entity):
    """CRLF alone, as SMTP has it."""
    return entity.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
