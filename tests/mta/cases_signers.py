# SPDX-License-Identifier: BSD-2-Clause
"""Four authors mixed over sixteen connections: every signature verifies, every signer is the author."""

import concurrent.futures
import os
import re
import threading

from cases_mail import ALICE, BOB, accepted, results, submit
from smtp import Client, message

AUTHORS = ("alice", "anna", "adam", "ada")
COUNT = int(os.environ.get("SIGNERS", "2000"))  # through an MTA that starts no process for each
CONNECTIONS = 16


def case_every_signer_is_the_author(world):
    total = COUNT // world.north.mta.processes_a_message // CONNECTIONS
    errors = []

    def work(connection):
        try:
            clients = {a: Client(world.north.mta.port("out"), f"{a}@north.example") for a in AUTHORS}
            for i in range(total):
                author = AUTHORS[(connection + i) % len(AUTHORS)]
                address = f"{author}@north.example"
                accepted(clients[author].transact(address, ["plain@peer.example"], message(
                    address, "plain@peer.example", f"signer {author} {connection}.{i}", f"I am {author}\r\n".encode())))
            for client in clients.values():
                client.quit()
        except Exception as error:  # shown below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors[:3]
    mine = signed_messages(world, total * CONNECTIONS)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = [w for w in pool.map(lambda item: judge(world, *item), enumerate(mine)) if w]
    assert not wrong, wrong[:5]


def case_the_domain_signs_for_an_author_without_a_key(world):
    """Alice's login may act for Hugo, who has no key; her own mail keeps her signature."""
    hugo, north = "hugo@north.example", world.north
    identity = north.said("identity", "add", "@north.example")
    north.said("ca", "issue", north.said("key", "generate", identity, "--type", "p256", "--purpose", "sign"))
    north.said("login", "add", ALICE, hugo)
    for sender in (hugo, ALICE):
        accepted(submit(world, message(sender, BOB, f"domain signs {sender}", b"hello\r\n"), sender=sender))
    agent = "domain-signing-authority@north.example"
    for sender, want in ((hugo, f'reason="domain-signature" body.smime-identifier={agent} policy.domain-signature=north.example'),
                         (ALICE, f"body.smime-identifier={ALICE}")):
        got = world.south.mta.wait_for(BOB, f"Subject: domain signs {sender}".encode())
        assert results(got) == [f'smime.south.example; smime=pass {want} body.smime-part="1/2"'], results(got)


def signed_messages(world, count):
    import time
    deadline = time.monotonic() + 120 + count / 20
    while True:
        mine = [m for m in world.south.mta.delivered("plain@peer.example") if b"\nSubject: signer " in m]
        if len(mine) >= count:
            assert len(mine) == count, (len(mine), count)
            return mine
        assert time.monotonic() < deadline, (len(mine), count, world.south.mta.log()[-2000:])
        time.sleep(0.2)


def judge(world, number, octets):
    author = re.search(rb"\nSubject: signer (\w+)", octets).group(1).decode()
    signer = f"{world.folder}/signer-{threading.get_ident()}.pem"
    content = world.peer.verify(octets, f"{world.north.folder}/root.pem", signer)
    with open(signer, "rb") as f, open(f"{world.north.folder}/{author}.pem", "rb") as own:
        if f.read().strip() not in own.read():
            return f"message {number} of {author} is signed by somebody else"
    if f"I am {author}".encode() not in content:
        return f"message {number} of {author} has another text"
    return None
