# SPDX-License-Identifier: BSD-2-Clause
"""
One mail to recipients of every kind, under every pair of settings: which bodies there are, who gets which, and whom the
ciphertext of each names, as OpenSSL reads it.
"""

from cases_copies import copies
from cases_mail import parsed, submit
from smtp import message

ALICE = "alice@north.example"
CERTIFICATE, NONE, BLIND = "rsa@peer.example", "plain@peer.example", "p256@peer.example"
LOCAL, DOMAIN, MODERN = "ada@north.example", "clerk@guild.example", "p384@peer.example"
VISIBLE = (CERTIFICATE, NONE, LOCAL, DOMAIN, MODERN)
EVERYBODY = (*VISIBLE, BLIND)

RULES = """
defaults {{ sign = "available" encrypt = "{encrypt}" on-missing-certificate = "{missing}" legacy-display = no }}
address "p384@peer.example" {{ profile = "modern" }}
"""

# A body: who gets it, and whose certificates its ciphertext names; None: it is in clear.  The domain's certificate is
# that of p384.
ALL_CLEAR = [({CERTIFICATE, NONE, BLIND, LOCAL, DOMAIN}, None), ({MODERN}, None)]
ENCRYPTED = [({CERTIFICATE, DOMAIN}, {"rsa", "p384"}), ({BLIND}, {"p256"}), ({MODERN}, {"p384"})]
MIXED = ENCRYPTED + [({NONE, LOCAL}, None)]
WITHOUT = ENCRYPTED + [({LOCAL}, None)]

# encrypt, on-missing-certificate: the code of the answer, the bodies, who is left out.
TABLE = {
    ("off", "refuse"): (250, ALL_CLEAR, set()),
    ("off", "refuse-some"): (250, ALL_CLEAR, set()),
    ("off", "defer"): (250, ALL_CLEAR, set()),
    ("off", "clear"): (250, ALL_CLEAR, set()),
    ("available", "refuse"): (250, MIXED, set()),
    ("available", "refuse-some"): (250, MIXED, set()),
    ("available", "defer"): (250, MIXED, set()),
    ("available", "clear"): (250, MIXED, set()),
    ("required", "refuse"): (550, [], set()),
    ("required", "refuse-some"): (250, WITHOUT, {NONE}),
    ("required", "defer"): (451, [], set()),
    ("required", "clear"): (250, MIXED, set()),
}


def mta_of(world, address):
    return world.north.mta if address == LOCAL else world.south.mta


def serials(world):
    """Of the peer's certificates, as `cms -print` writes them."""
    said = {k: world.peer.openssl("x509", "-in", world.peer.path(f"{k}.pem"), "-noout", "-serial") for k in ("rsa", "p256", "p384")}
    return {int(done.stdout.decode().partition("=")[2], 16): k for k, done in said.items()}


def named(world, octets):
    """Whose certificates a ciphertext names; None where it is none."""
    if parsed(octets).get_content_type() != "application/pkcs7-mime":
        return None
    shown = world.peer.openssl("cms", "-cmsout", "-print", "-noout", "-inform", "SMIME", data=octets).stdout.decode()
    names, known = set(), serials(world)
    for line in shown.splitlines():
        if line.strip().startswith("serialNumber:"):
            names.add(known[int(line.split(":")[1].strip(), 0)])
    return names


def signature(octets):
    """What tells bodies apart that are in clear."""
    mail = parsed(octets)
    return mail.get_payload()[1].get_payload(decode=True) if mail.get_content_type() == "multipart/signed" else b""


def bodies(world, identifier, served):
    """What arrived, put into groups of the same octets: (who, whom the ciphertext names)."""
    groups = {}
    for address in served:
        got = [m for m in mta_of(world, address).delivered(address) if identifier in m]
        assert len(got) == 1, (address, len(got))
        names = named(world, got[0])
        key = got[0].replace(b"\r\n", b"\n").partition(b"\n\n")[2] if names is not None else signature(got[0])
        groups.setdefault(key, (set(), names))[0].add(address)
    return list(groups.values())


def as_said(groups):
    return sorted((sorted(who), sorted(names) if names is not None else None) for who, names in groups)


def try_one(world, encrypt, missing):
    code, expected, left_out = TABLE[encrypt, missing]
    subject = f"matrix {encrypt} {missing}"
    mail = message(ALICE, ", ".join(VISIBLE), subject, b"the plan\r\n")
    identifier = parsed(mail)["Message-ID"].strip().encode()
    answer = submit(world, mail, EVERYBODY)
    assert answer[0] == code, (subject, answer)
    if code != 250:
        assert NONE in answer[1], answer
        return identifier
    served = [a for a in EVERYBODY if a not in left_out]
    for address in served:
        mta_of(world, address).wait_for(address, identifier)
    assert as_said(bodies(world, identifier, served)) == as_said(expected), (subject, as_said(bodies(world, identifier, served)))
    if left_out:
        report = world.north.mta.wait_for(ALICE, identifier)
        assert parsed(report).get_content_type() == "multipart/report" and NONE.encode() in report, report
        assert b"the plan" not in report, report
    fates = {r["address"]: r["fate"] for r in world.north.record("message")[-1]["recipients"]}
    in_place = {a for a, fate in fates.items() if fate == "in-place"}
    assert in_place in [who for who, _ in expected], (subject, fates)
    assert {a for a, fate in fates.items() if fate == "sent"} == set(served) - in_place, (subject, fates)
    assert {a for a, fate in fates.items() if fate == "reported"} == left_out, (subject, fates)
    return identifier


def case_everybody_gets_the_body_that_the_settings_give(world):
    refused = []
    for (encrypt, missing), (code, _, _) in TABLE.items():
        with copies(world, RULES.format(encrypt=encrypt, missing=missing)):
            identifier = try_one(world, encrypt, missing)
        if code != 250:
            refused.append(identifier)
    for identifier in refused:  # all that came later has arrived by now
        for address in EVERYBODY:
            assert not [m for m in mta_of(world, address).delivered(address) if identifier in m], (address, identifier)
