# SPDX-License-Identifier: BSD-2-Clause
"""Secrets: no way to pass one as an argument, and none in anything that any program wrote."""

import os
import re

from gateway_site import PASSPHRASE, check, transcript

CASES = []


def case(function):
    CASES.append(function)
    return function


@case
def no_option_takes_a_secret(world):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(f"{here}/../../cli/commands.def", encoding="utf-8") as f:
        options = set(re.findall(r"--([a-z-]+)", f.read()))
    check("passphrase-file" in options, options)
    bad = [o for o in options if re.search("pass|secret|pin|master", o) and not o.endswith("-file")]
    check(not bad, bad)


@case
def no_program_ever_wrote_a_secret(world):
    everything = b"\n".join(transcript)
    check(len(everything) > 1000, "nothing was said")
    check(PASSPHRASE.encode() not in everything, "a passphrase was written")
    check(b"geheim" not in everything, "a password was written")
    check(b"BEGIN PRIVATE KEY" not in everything and b"BEGIN ENCRYPTED PRIVATE KEY" not in everything, "a private key was written")
    for folder, _, files in os.walk(world.folder):
        if "master.key" in files:
            with open(os.path.join(folder, "master.key"), "rb") as f:
                key = f.read().strip()
            check(key not in everything, "a master key was written")


@case
def no_private_key_rests_in_the_clear(world):
    for folder, _, files in os.walk(world.folder):
        for name in files:
            if "/state" not in folder + "/" + name and "/record" not in folder:
                continue
            with open(os.path.join(folder, name), "rb") as f:
                text = f.read()
            # PrivateKeyInfo of RSA and of EC: version 0 and the algorithm's OID
            for mark in (b"PRIVATE KEY", bytes.fromhex("020100300d06092a864886f70d0101010500048"[:38]),
                         bytes.fromhex("020100301306072a8648ce3d020106082a8648ce3d030107046d")):
                check(mark not in text, name, "holds a private key")
