# SPDX-License-Identifier: BSD-2-Clause
"""CompressedData (RFC 3274) put together by hand: Debian's OpenSSL has no zlib."""

import base64
import zlib


def der(tag, *parts):
    content = b"".join(parts)
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


def oid(text):
    return der(6, bytes.fromhex(text))


def compressed(entity):
    """An entity, with LF line ends, that holds this one."""
    packed = der(0xA0, der(4, zlib.compress(entity)))
    data = der(0x30, der(2, b"\0"), der(0x30, oid("2a864886f70d0109100308")), der(0x30, oid("2a864886f70d010701"), packed))
    whole = der(0x30, oid("2a864886f70d0109100109"), der(0xA0, data))
    return (b"Content-Type: application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z\n"
            b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(whole))
