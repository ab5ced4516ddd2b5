# SPDX-License-Identifier: BSD-2-Clause
"""What depends on the OpenSSL that is there: each case holds us to what it can do, or to a clean refusal."""

import re

from cases_mail import ALICE, BOB, MAIL
from gateway_site import check, run

CASES = []
DATA = "tests/data/crypto/made-here"
ENVELOPE = b"From: Pat <pat@west.example>\r\nTo: bob@south.example\r\nSubject: new\r\nMessage-ID: <2@west.example>\r\n"


def case(function):
    CASES.append(function)
    return function


def has_3_5():
    """ML-DSA, ML-KEM, and Ed25519 in `openssl cms`, came with OpenSSL 3.5."""
    major, minor = re.match(r"OpenSSL (\d+)\.(\d+)", run(["openssl", "version"]).out).groups()
    return (int(major), int(minor)) >= (3, 5)


def openssl(*words, **options):
    done = run(["openssl", *words], **options)
    check(done.returncode == 0, "openssl", *words, done.err)
    return done.stdout


def on_the_wire(text):
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def south(world):
    site = world.site("south.example")
    site.init()
    site.ca()
    site.enrol("bob")
    return site


def signed_by_openssl(site, algorithm):
    """A mail of pat@west.example, whom the site pins, signed by `openssl cms`."""
    openssl("req", "-x509", "-newkey", algorithm, "-nodes", "-keyout", site.path("pat.key"), "-out", site.path("pat.crt"),
            "-days", "30", "-subj", "/CN=Pat", "-addext", "subjectAltName=email:pat@west.example",
            "-addext", "keyUsage=critical,digitalSignature", "-addext", "basicConstraints=critical,CA:FALSE")
    site.said("cert", "import", site.path("pat.crt"), "--level", "pinned")
    entity = openssl("cms", "-sign", "-md", "sha512", "-binary", "-crlfeol", "-signer", site.path("pat.crt"),
                     "-inkey", site.path("pat.key"), stdin=b"Content-Type: text/plain\r\n\r\nThe figures are good.\r\n")
    return ENVELOPE + on_the_wire(entity)


def layer_of(site):
    return site.record("process")[-1]["layers"][0]


@case
def ed25519_signatures_go_both_ways_with_openssl(world):
    north, there = world.site("north.example", key_type="ed25519"), south(world)
    north.init()
    north.ca()
    north.enrol("alice")
    there.trust(north)
    north.configure('domain "south.example" { sign = "required" encrypt = "off" }\n')
    sent = on_the_wire(north.process(ALICE, [BOB], MAIL, "--login", "alice").stdout)
    received = there.process(ALICE, [BOB], sent).stdout
    check(b"smime=pass" in received and layer_of(there)["scheme"] == "ed25519", received)
    if not has_3_5():
        return
    verified = openssl("cms", "-verify", "-CAfile", north.path("root.pem"), "-purpose", "any", stdin=sent)
    check(b"The figures are good" in verified, verified)
    changed = run(["openssl", "cms", "-verify", "-CAfile", north.path("root.pem"), "-purpose", "any"],
                  stdin=sent.replace(b"figures are good", b"figures are bad!"))
    check(changed.returncode != 0, "a changed text verified")
    mail = signed_by_openssl(there, "ed25519")
    received = there.process("pat@west.example", [BOB], mail).stdout
    check(b"smime=pass" in received and layer_of(there)["scheme"] == "ed25519", received)
    received = there.process("pat@west.example", [BOB], mail.replace(b"are good", b"are bad!")).stdout
    check(b"smime=fail" in received, received)


@case
def an_ml_dsa_signature_passes_or_is_refused_by_name(world):
    site = south(world)
    with open(f"{DATA}/mldsa.eml", "rb") as f:
        received = site.process("pat@west.example", [BOB], ENVELOPE + on_the_wire(f.read())).stdout
    layer = layer_of(site)
    check(b"smime=pass" not in received, received)  # the certificate bears no address
    if not has_3_5():
        check(b"smime=neutral" in received and b"unsupported" in received, received)
        check((layer["status"], layer["detail"]) == ("unsupported", "algorithm-not-available"), layer)
        return
    check(layer["status"] == "valid" and layer["scheme"] == "ml-dsa-65", layer)
    for kind in ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87"):
        mail = signed_by_openssl(site, kind)
        received = site.process("pat@west.example", [BOB], mail).stdout
        check(b"smime=pass" in received and layer_of(site)["scheme"] == kind.lower(), kind, received)
        received = site.process("pat@west.example", [BOB], mail.replace(b"are good", b"are bad!")).stdout
        check(b"smime=fail" in received, kind, received)
        site.said("cert", "remove", "pat@west.example", openssl_fingerprint(site))


def openssl_fingerprint(site):
    text = openssl("x509", "-noout", "-fingerprint", "-sha256", "-in", site.path("pat.crt")).decode()
    return text.strip().split("=")[1].replace(":", "").lower()


def certify(site, key, address):
    """Another certificate of the key that the mail was encrypted to, under the name that it gives, with an address in it."""
    serial = openssl("x509", "-noout", "-serial", "-in", f"{DATA}/mlkem.crt").decode().strip().split("=")[1]
    site.write("key.pub", openssl("pkey", "-in", key, "-pubout"))
    site.write("ext", f"subjectAltName=email:{address}\nkeyUsage=critical,keyEncipherment\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", site.path("ca.key"), "-out", site.path("ca.crt"),
            "-subj", "/CN=mlkemca", "-days", "30")
    openssl("x509", "-new", "-force_pubkey", site.path("key.pub"), "-subj", "/CN=kem", "-CA", site.path("ca.crt"),
            "-CAkey", site.path("ca.key"), "-set_serial", f"0x{serial}", "-days", "30", "-extfile", site.path("ext"),
            "-out", site.path("kem.crt"))


@case
def an_ml_kem_key_opens_mail_or_is_refused_by_name(world):
    site = world.site("south.example")
    site.init()
    key = f"{DATA}/mlkem.key"
    with open(key, "rb") as f, open(f"{DATA}/mlkem.crt", "rb") as g, open(f"{DATA}/mlkem.eml", "rb") as h:
        key_text, certificate, mail = f.read(), g.read(), ENVELOPE + on_the_wire(h.read())
    if not has_3_5():
        site.write("kem.pem", key_text + certificate, 0o600)
        site.expect(65, "key", "import", site.path("kem.pem"), says=["ml-kem-768", "OpenSSL 3.5"])
        received = site.process("pat@west.example", [BOB], mail).stdout
        check(b"pkcs7-mime" in received and layer_of(site)["closed"] == "algorithm-not-available", layer_of(site))
        return
    certify(site, key, BOB)
    site.write("kem.pem", key_text + site.read("kem.crt"), 0o600)
    imported = site.said("key", "import", site.path("kem.pem"))
    row = {r["key"]: r for r in site.json("key", "list")}[imported]
    check(row["purpose"] == "decrypt" and row["state"] == "active", row)
    received = site.process("pat@west.example", [BOB], mail).stdout
    check(b"Hello" in received and layer_of(site)["transport"] == "ml-kem", received)
    falsified = mail.replace(b"IK9De1735HM2S0lhCvmhKJA6", b"IK9De1735HM2S0lhCvmhKJA7")
    check(falsified != mail, "nothing was falsified")
    received = site.process("pat@west.example", [BOB], falsified).stdout
    check(b"pkcs7-mime" in received and layer_of(site)["closed"] == "unreadable", layer_of(site))
