# SPDX-License-Identifier: BSD-2-Clause
"""What operators do: reload, stop, break the configuration, read the record."""

import os
import signal
import smtplib
import threading
import time

from cases_mail import ALICE, BOB, accepted, refused, results, submit
from smtp import Client, message


def case_reloads_under_load_lose_no_connection(world):
    daemon, answers = world.north.daemons["out"], []

    def work(n):
        with Client(world.north.mta.port("out"), ALICE) as client:
            for i in range(10):
                answers.append(client.transact(ALICE, [BOB], message(ALICE, BOB, f"load {n}.{i} end", b"load\r\n")))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        daemon.signal(signal.SIGHUP)
        threads[0].join(0.01)
    for thread in threads:
        thread.join()
    assert [a for a in answers if a[0] != 250] == [] and len(answers) == 40, answers
    assert daemon.process.poll() is None
    for n in range(4):
        for i in range(10):
            world.south.mta.wait_for(BOB, f"Subject: load {n}.{i} end".encode())


def case_a_bad_file_keeps_the_old_rules_and_says_why(world):
    daemon = world.north.daemons["out"]
    with open(world.north.configuration, encoding="utf-8") as f:
        good = f.read()
    with open(world.north.configuration, "a", encoding="utf-8") as f:
        f.write('defaults { sign = "sometimes" }\n')
    before = len(world.north.record("reload"))
    try:
        daemon.signal(signal.SIGHUP)
        wait(lambda: len(world.north.record("reload")) > before)
        assert world.north.record("reload")[-1]["result"] == "refused"
        accepted(submit(world, message(ALICE, BOB, "old rules", b"still\r\n")))
    finally:
        with open(world.north.configuration, "w", encoding="utf-8") as f:
            f.write(good)
        daemon.signal(signal.SIGHUP)
        wait(lambda: world.north.record("reload")[-1]["result"] == "loaded")


def case_a_reload_changes_the_rules(world):
    with open(world.north.configuration, encoding="utf-8") as f:
        good = f.read()
    daemon, count = world.north.daemons["out"], len(world.north.record("reload"))
    try:
        with open(world.north.configuration, "a", encoding="utf-8") as f:
            f.write('address "plain@peer.example" { encrypt = "required" }\n')
        daemon.signal(signal.SIGHUP)
        wait(lambda: len(world.north.record("reload")) > count)
        refused(submit(world, message(ALICE, "plain@peer.example", "now required"), ["plain@peer.example"]), 550)
    finally:
        with open(world.north.configuration, "w", encoding="utf-8") as f:
            f.write(good)
        daemon.signal(signal.SIGHUP)
        wait(lambda: len(world.north.record("reload")) > count + 1)


def case_while_the_daemon_is_down_mail_waits_and_nothing_leaves(world):
    world.north.daemons["out"].stop()
    try:
        answer = submit_raw(world, message(ALICE, BOB, "while down", b"secret canary five\r\n"))
        assert answer[0] // 100 == 4, answer
        assert b"secret canary five" not in world.wire.everything()
    finally:
        world.north.start_daemon("out")
    accepted(submit(world, message(ALICE, BOB, "up again", b"here\r\n")))
    got = world.south.mta.wait_for(BOB, b"Subject: up again")
    assert "smime=pass" in results(got)[0]


def case_a_socket_that_others_could_replace_is_not_used(world):
    folder = f"{world.north.folder}/run"
    os.chmod(folder, 0o770)
    try:
        answer = submit_raw(world, message(ALICE, BOB, "unsafe socket", b"secret canary eight\r\n"))
    finally:
        os.chmod(folder, 0o750)
    assert answer[0] // 100 == 4 and b"secret canary eight" not in world.wire.everything(), answer


def case_while_the_front_door_is_down_the_other_side_keeps_the_mail(world):
    world.south.daemons["in"].stop()
    try:
        accepted(submit(world, message(ALICE, BOB, "kept in the queue", b"patience\r\n")))
        wait(lambda: world.north.mta.deferred() == 1)
        assert not [m for m in world.south.mta.delivered(BOB) if b"Subject: kept in the queue" in m]
    finally:
        world.south.start_daemon("in")
    world.north.mta.flush()
    got = world.south.mta.wait_for(BOB, b"Subject: kept in the queue")
    assert b"patience" in got and "smime=pass" in results(got)[0]


def case_a_daemon_killed_under_load_leaks_and_loses_nothing(world):
    answers, some = {}, threading.Event()

    def work(n):
        for i in range(8):
            subject = f"killed {n}.{i} end"
            try:
                answers[subject] = submit(world, message(ALICE, BOB, subject, b"secret canary six\r\n"))[0]
            except (smtplib.SMTPException, OSError):
                answers[subject] = 421  # the session was refused
            if len(answers) > 5:
                some.set()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    some.wait()
    world.north.daemons["out"].kill()
    for thread in threads:
        thread.join()
    world.north.start_daemon("out")
    assert {code // 100 for code in answers.values()} == {2, 4}, answers
    for subject, code in answers.items():
        if code == 250:
            world.north.mta.flush()  # a session that was kept open over the restart of south's daemon is refused once
            assert "smime=pass" in results(world.south.mta.wait_for(BOB, f"Subject: {subject}".encode()))[0]
    assert b"secret canary six" not in world.wire.everything()


def case_every_accepted_message_is_on_the_record_once(world):
    accepted(submit(world, message(ALICE, BOB, "on the record", b"noted\r\n")))
    got = world.south.mta.wait_for(BOB, b"Subject: on the record")
    message_id = [line for line in got.split(b"\n") if line.lower().startswith(b"message-id:")][0].split(b":", 1)[1].strip().decode()
    for organisation, directions in ((world.north, 1), (world.south, 1)):
        lines = [line for line in organisation.record("message") if line.get("message-id", "").strip() == message_id]
        assert len(lines) == directions, (organisation.domain, lines)
        assert lines[0]["queue-id"], lines
    for organisation in (world.north, world.south):
        organisation.postseal("audit", "verify")


def submit_raw(world, octets):
    """With the milter away Postfix refuses the session, AUTH included: whatever it says first is the answer."""
    try:
        return submit(world, octets)
    except smtplib.SMTPResponseException as error:
        return error.smtp_code, str(error.smtp_error)


def wait(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
