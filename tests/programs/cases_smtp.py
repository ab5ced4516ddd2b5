# SPDX-License-Identifier: BSD-2-Clause
"""Sending by SMTP through real sockets, TCP and unix, to a scripted server."""

import os
import random
import socket

from gateway_site import check, run
from smtp_server import DROP, FRIENDLY, HANG, Server

CASES = []
HELLO = b"From: a@one.example\r\nSubject: x\r\n\r\nhello\r\n"
LIMIT = "30000"


def case(function):
    CASES.append(function)
    return function


def addresses(world):
    """Wherever a server may stand."""
    world.made += 1
    yield ("127.0.0.1", 0)
    yield f"{world.folder}/smtp{world.made}.sock"
    if socket.has_ipv6:
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
            yield ("::1", 0)
        except OSError:
            pass


def send(world, endpoint, message=HELLO, to=("<b@two.example>", ""), parameters="", limit=LIMIT, env=None):
    """The lines for the recipients; whatever the server did, the program ended by itself."""
    done = run([f"{world.build}/tests/programs/smtp-send", endpoint, limit, "<a@one.example>", parameters, *to],
               stdin=message, env=env)
    check(done.returncode == 0, "smtp-send ended with", done.returncode, done.err)
    return done.out.splitlines()


def hostile_message(size, seed):
    """Lines of any length and content that SMTP can carry."""
    chance, lines, total = random.Random(seed), [], 0
    while total < size:
        line = chance.randbytes(chance.choice((0, 1, 2, 70, 998, 5000, 70000))).translate(None, b"\r\n")
        lines.append(chance.choice((b"", b".", b"..", b"From ")) + line + b"\r\n")
        total += len(lines[-1])
    return b"".join(lines)


@case
def a_message_arrives_whole_over_every_kind_of_socket(world):
    message = hostile_message(5_000_000, "every octet")
    for address in addresses(world):
        for options in ({}, {"receive_buffer": 4096}, {"octets": True}):
            if isinstance(address, str) and os.path.exists(address):
                os.unlink(address)
            server = Server(address, **options)
            lines = send(world, server.endpoint, message)
            server.finish()
            check(lines == ["sent 250 2.0.0 queued"], address, options, lines)
            check(server.message == message, address, options, len(server.message), len(message))
            check(server.commands == ["EHLO gate.example", f"MAIL FROM:<a@one.example> SIZE={len(message)} BODY=8BITMIME",
                                      "RCPT TO:<b@two.example>", "DATA", "QUIT"], server.commands)


@case
def parameters_and_fates_pass_through_a_real_socket(world):
    server = Server(("127.0.0.1", 0), RCPT=[b"250 2.1.5 ok\r\n", b"550-5.1.1 no\r\n550 5.1.1 such user\r\n"])
    lines = send(world, server.endpoint, to=("<b@two.example>", "NOTIFY=NEVER ORCPT=rfc822;x@y", "<c@two.example>", ""),
                 parameters="RET=HDRS ENVID=e+2B1 MT-PRIORITY=3 SMTPUTF8")
    server.finish()
    check(lines == ["sent 250 2.0.0 queued", "refused 550 5.1.1 no 5.1.1 such user"], lines)
    check(server.commands[1:4] == [f"MAIL FROM:<a@one.example> SIZE={len(HELLO)} SMTPUTF8 RET=HDRS ENVID=e+2B1",
                                   "RCPT TO:<b@two.example> NOTIFY=NEVER ORCPT=rfc822;x@y", "RCPT TO:<c@two.example>"],
          server.commands)


@case
def a_server_that_falls_silent_is_left_at_the_deadline(world):
    for step in FRIENDLY:
        server = Server(("127.0.0.1", 0), **{step: HANG})
        lines = send(world, server.endpoint, limit=LIMIT if step == "QUIT" else "300")
        server.finish()
        # So near to the deadline no dot goes out: its answer would have minutes.
        want = {"dot": "retry 451 4.4.2 message: too little time is left for the final dot",
                "QUIT": "sent 250 2.0.0 queued"}.get(step, f"retry 451 4.4.2 {step}: the server took too long")
        check(lines == [want], step, lines)


@case
def a_server_that_goes_away_is_told_apart_by_the_dot(world):
    for step in FRIENDLY:
        server = Server(("127.0.0.1", 0), **{step: DROP})
        lines = send(world, server.endpoint)
        server.finish()
        want = {"dot": "unknown 451 4.4.2 final dot: ", "QUIT": "sent 250 2.0.0 queued"}.get(step, f"retry 451 4.4.2 {step}: ")
        check(len(lines) == 1 and lines[0].startswith(want), step, lines)


@case
def a_connection_cut_within_the_message_ends_neither_program_nor_message(world):
    # Much more than the system keeps: the client is writing when the server goes, and must not die of SIGPIPE.
    message = hostile_message(20_000_000, "cut")
    for address in addresses(world):
        server = Server(address, within=DROP)
        lines = send(world, server.endpoint, message)
        server.finish()
        check(len(lines) == 1 and lines[0].startswith("retry 451 4.4.2 message: "), address, lines)
        check(not server.ended, "half a message was ended")


@case
def a_refusal_within_the_message_is_heard(world):
    server = Server(("127.0.0.1", 0), within=b"552 5.3.4 enough\r\n")
    message = b"line\r\n" * 10
    lines = send(world, server.endpoint, message + HELLO)
    server.finish()
    # Either it is there before the dot, or it is the answer to it.
    check(lines == ["refused 552 5.3.4 enough"], lines)


@case
def nobody_listening_is_to_be_tried_again(world):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = "[127.0.0.1]:%d" % free.getsockname()[1]
        lines = send(world, endpoint)
    check(lines == ["retry 451 4.4.1 no connection to 127.0.0.1: connect: Connection refused"], lines)
    lines = send(world, f"unix:{world.folder}/nobody.sock")
    check(lines == [f"retry 451 4.4.1 no connection to {world.folder}/nobody.sock: connect: No such file or directory"], lines)


@case
def a_full_queue_is_waited_for_and_not_without_end(world):
    path = f"{world.folder}/full.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(path)
            lines = send(world, f"unix:{path}", limit="200")
            check(lines == [f"retry 451 4.4.1 no connection to {path}: the server takes no further connection"], lines)


@case
def the_environment_leads_nowhere_else(world):
    aliases = f"{world.folder}/aliases"
    with open(aliases, "w") as out:
        out.write("localhost elsewhere.example\n")
    server = Server(("127.0.0.1", 0))
    port = server.endpoint.rpartition(":")[2]
    lines = send(world, f"localhost:{port}", env={"HOSTALIASES": aliases, "LOCALDOMAIN": "elsewhere.example",
                                                  "RES_OPTIONS": "ndots:9", "http_proxy": "http://127.0.0.1:1/",
                                                  "all_proxy": "socks5://127.0.0.1:1/", "SMTP_PROXY": "127.0.0.1:1"})
    server.finish()
    check(lines == ["sent 250 2.0.0 queued"] and server.message == HELLO, lines)


@case
def what_cannot_be_carried_is_refused_and_the_server_gets_no_dot(world):
    for message in (HELLO + b"a\nb\r\n", HELLO + b"a\rb\r\n", HELLO + b"\r\n.\n", HELLO + b"\r"):
        server = Server(("127.0.0.1", 0))
        done = run([f"{world.build}/tests/programs/smtp-send", server.endpoint, LIMIT, "", "", "b@two.example", ""], stdin=message)
        server.finish()
        check(done.returncode == 1 and "mime-syntax" in done.err, message, done.out, done.err)
        check(not server.ended, "half a message was ended", message)
