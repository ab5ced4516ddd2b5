# SPDX-License-Identifier: BSD-2-Clause
"""The command line: setting up, listing, checking; what it says when something is wrong, and its exit codes."""

import json
import os
import re
import subprocess
import time

from gateway_site import PASSPHRASE, USER, check, run

EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_CANTCREAT, EX_IOERR, EX_TEMPFAIL, EX_NOPERM, EX_CONFIG = 64, 65, 66, 73, 74, 75, 77, 78
CASES = []


def case(function):
    CASES.append(function)
    return function


def commands():
    """(noun, verb) of each row of commands.def."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(f"{here}/../../cli/commands.def", encoding="utf-8") as f:
        return re.findall(r'^COMMAND\("(\w+)",\s*"(\w*)"', f.read(), re.M)


# ---- usage --------------------------------------------------------------------------

@case
def every_command_explains_itself(world):
    program = f"{world.build}/postseal"
    check(len(commands()) > 25, "the table of commands is not found")
    everything = run([program, "--help"])
    check(everything.returncode == 0, everything.err)
    for noun, verb in commands():
        words = [noun] + ([verb] if verb else [])
        done = run([program, *words, "--help"])
        check(done.returncode == 0 and f"postseal {' '.join(words)}" in done.out, words, done.out, done.err)
        check(f"postseal {' '.join(words)}" in everything.out, words, "is not in --help")
    check(re.match(r"postseal \d+\.\d+", run([program, "--version"]).out), "no version")


@case
def wrong_usage_says_what_is_right(world):
    program = f"{world.build}/postseal"
    for words, says in (([], "usage:"), (["nonsense"], "no such command: nonsense"), (["key", "nonsense"], "postseal key generate"),
                        (["key", "generate"], "too few words"), (["key", "list", "--nonsense"], "--nonsense"),
                        (["key", "generate", "x", "--bits"], "--bits needs a value"),
                        (["key", "generate", "x", "--bits", "many"], "takes a number"),
                        (["check", "--settings=1"], "takes no value"), (["explain", "--to", "a@b.example"], "--from"),
                        (["process", "--from", "a@b.example", "--to", "c@d.example", "--json", "-"], "--out"),
                        (["init", "--domain", "x.example", "--folder", "relative"], "absolute")):
        done = run([program, "-c", "/nonexistent/postseal.conf", *words])
        check(done.returncode == EX_USAGE and says in done.err, words, done.returncode, done.err)


# ---- init -----------------------------------------------------------------------------

@case
def init_leaves_a_working_gateway(world):
    site = world.site()
    said = site.init()
    check("postseal ca init" in said and "postseal identity add" in said, said)
    found = site.json("check")
    check(not [f for f in found if f["state"] == "error"], found)
    for name, mode in (("state/master.key", 0o400), ("state/store.db", 0o600), ("record/record", 0o640), ("state", 0o700)):
        check(os.stat(site.path(name)).st_mode & 0o7777 == mode, name, oct(os.stat(site.path(name)).st_mode))
    check([line["event"] for line in site.record()] == ["init"], site.record())
    for listener in ("in", "out", "local"):
        done = run([f"{site.build}/postseal-milter", "-t", "-c", site.configuration, "-i", listener])
        check(done.returncode == 0, done.err)


@case
def init_leaves_an_existing_store_alone(world):
    site = world.site()
    site.init()
    before, key = site.store_digest(), site.read("state/master.key")
    site.expect(EX_CANTCREAT, "init", "--domain", site.domain, says=["store.db exists", "postseal check"])
    check(site.store_digest() == before and site.read("state/master.key") == key, "it was changed")
    site.expect(EX_CANTCREAT, "init", "--domain", "other.example", says=["local-domains"])
    site.expect(EX_USAGE, "init", "--domain", site.domain, "--folder", "/tmp/elsewhere", says=["--folder"])


@case
def init_leaves_nothing_behind_when_it_fails(world):
    site = world.site()
    site.write("plain-file", "")
    os.makedirs(site.path("etc"))
    user = f'user = "{USER}"\n' if os.geteuid() == 0 else ""
    text = (f'local-domains = {{ "north.example" }}\n{user}store = "{site.folder}/new/deep/store.db"\n'
            f'master-key = "{site.folder}/new/key/master.key"\nspool-folder = "{site.folder}/new/spool"\n'
            'listener "in" { socket = "unix:/run/x.sock" role = "inbound" }\n')
    for last, code in ((f'record = "{site.folder}/plain-file/record"\n', EX_CONFIG),
                       (f'record = "{site.folder}/foreign/record"\n', None)):
        os.makedirs(site.path("foreign"), exist_ok=True)
        site.write("foreign/record", "this is no record\n", 0o640)
        site.write("etc/postseal.conf", text + last)
        done = site.command("init")
        check(done.returncode != 0 and (code is None or done.returncode == code), done.returncode, done.err)
        check(not os.path.exists(site.path("new")), "left behind:", done.err, os.popen(f"find {site.folder}").read())
        check(site.read("foreign/record") == b"this is no record\n", "a foreign file was changed")


@case
def init_needs_a_user_that_exists(world):
    if os.geteuid() != 0:
        return
    site = world.site()
    site.expect(EX_CONFIG, "init", "--domain", site.domain, "--folder", site.folder, "--user", "no-such-user",
                says=["no-such-user", "adduser --system --group"])
    check(os.listdir(site.folder) == [], os.listdir(site.folder))
    site.expect(EX_CONFIG, "init", "--domain", site.domain, "--folder", site.folder, "--user", "root", says=["is root"])


@case
def init_by_root_gives_everything_to_the_user(world):
    if os.geteuid() != 0:
        return
    import pwd
    site = world.site()
    site.init()
    site.ca()
    uid = pwd.getpwnam(USER).pw_uid
    for folder, _, files in os.walk(site.folder):
        for name in [folder] + [os.path.join(folder, f) for f in files]:
            if any(part in name[len(site.folder):] for part in ("/state", "/record", "/run")):
                check(os.stat(name).st_uid == uid, name, "belongs to", os.stat(name).st_uid)
    # a folder with somebody's files in it is not taken
    other = world.site()
    os.makedirs(other.path("record"))
    other.write("record/precious", "")
    done = other.expect(EX_NOPERM, "init", "--domain", other.domain, "--folder", other.folder, "--user", USER, says=["not empty"])
    check(not os.path.exists(other.path("state")), done.err)


@case
def init_takes_a_master_key_that_is_there(world):
    site = world.site()
    os.makedirs(site.path("state"))
    if os.geteuid() == 0:
        import pwd
        os.chown(site.path("state"), pwd.getpwnam(USER).pw_uid, pwd.getpwnam(USER).pw_gid)
    key = "00112233445566778899aabbccddeeff" * 2
    site.write("state/master.key", key + "\n", 0o400)
    site.init()
    check(site.read("state/master.key").decode() == key + "\n", "the master key was replaced")
    site.ca()


# ---- identities, keys, certificates ------------------------------------------------------

@case
def identities_are_added_changed_and_removed(world):
    site = world.site()
    site.init()
    identity = site.said("identity", "add", "carol@north.example", "c.arol@north.example", "--name", "Carol")
    check(re.fullmatch(r"[0-9a-f]{32}", identity), identity)
    site.expect(EX_CANTCREAT, "identity", "add", "Carol@NORTH.example")
    site.said("identity", "address", identity, "add", "co@north.example")
    site.said("identity", "address", "co@north.example", "remove", "carol@north.example")
    listed = site.json("identity", "list")
    check(listed[0]["addresses"] == ["c.arol@north.example", "co@north.example"], listed)
    site.expect(EX_NOINPUT, "identity", "remove", "carol@north.example", says=["carol@north.example"])
    site.said("identity", "remove", identity)
    check(site.json("identity", "list") == [], "still there")
    domain = site.said("identity", "add", "@north.example")
    check(site.json("identity", "list")[0]["identity"] == domain, "no domain identity")
    site.expect(EX_DATAERR, "identity", "add", "no address")


@case
def the_root_key_is_never_lost(world):
    site = world.site()
    site.init()
    site.write("passphrase", PASSPHRASE + "\n", 0o400)
    site.write("taken", "precious")
    words = ["ca", "init", "--name", "CA", "--passphrase-file", site.path("passphrase"), "--root-key"]
    site.expect(EX_CANTCREAT, *words, site.path("taken"), says=["taken"])
    site.expect(EX_IOERR, *words, site.path("no/such/folder/key"), says=["no/such/folder"])
    site.expect(EX_NOINPUT, "ca", "export", says=["no built-in CA"])
    check(site.read("taken") == b"precious", "a file was replaced")
    site.said(*words, site.path("root.key"))
    check(os.stat(site.path("root.key")).st_mode & 0o7777 == 0o400, "its mode")
    done = run(["openssl", "pkey", "-in", site.path("root.key"), "-passin", f"file:{site.path('passphrase')}", "-noout", "-text_pub"])
    check(done.returncode == 0 and "384 bit" in done.out, done.err)


@case
def keys_are_generated_requested_and_bound(world):
    site = world.site()
    site.init()
    site.said("identity", "add", "carol@north.example")
    for kind, name in (("p256", "id-ecPublicKey"), ("p384", "id-ecPublicKey"), ("rsa", "rsaEncryption"), ("ed25519", "ED25519")):
        key = site.said("key", "generate", "carol@north.example", "--type", kind)
        check(re.fullmatch(r"[0-9a-f]{32}", key), "it prints more than the id:", key)
        request = site.said("key", "request", key)
        text = run(["openssl", "req", "-noout", "-text", "-verify"], stdin=request.encode()).out
        check(name in text and "carol@north.example" in text, text)
        listed = {row["key"]: row for row in site.json("key", "list")}[key]
        check(listed["state"] == "pending" and listed["until"] is None, listed)
        if kind == "ed25519":
            check(listed["purpose"] == "sign", listed)
        last = key
    site.expect(EX_DATAERR, "key", "generate", "carol@north.example", "--type", "ed25519", "--purpose", "both")
    site.expect(EX_USAGE, "key", "generate", "carol@north.example", "--type", "dsa", says=["rsa, p256, p384 or ed25519"])
    site.expect(EX_NOINPUT, "key", "certificate", last, says=["no certificate yet"])
    site.expect(EX_NOINPUT, "key", "request", "0" * 32)


def outside_certificate(site, name, address, days=30, extra=()):
    """A key pair and a self-signed certificate made by OpenSSL: NAME.key, NAME.crt."""
    done = run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", site.path(f"{name}.key"),
                "-out", site.path(f"{name}.crt"), "-days", str(days), "-subj", f"/CN={name}",
                "-addext", f"subjectAltName=email:{address}", "-addext", "keyUsage=critical,digitalSignature,keyEncipherment",
                "-addext", "extendedKeyUsage=emailProtection", "-addext", "basicConstraints=critical,CA:FALSE", *extra])
    check(done.returncode == 0, done.err)
    os.chmod(site.path(f"{name}.key"), 0o600)


@case
def a_certificate_from_elsewhere_is_bound_to_its_key(world):
    site = world.site()
    site.init()
    site.ca()
    site.said("identity", "add", "carol@north.example")
    key, other = [site.said("key", "generate", "carol@north.example", "--type", "p256") for _ in range(2)]
    site.write("request.pem", site.said("key", "request", key))
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", site.path("ca.key"), "-out", site.path("ca.crt"),
         "-subj", "/CN=Elsewhere", "-days", "30"])
    site.write("ext", "subjectAltName=email:carol@north.example\nkeyUsage=digitalSignature,keyAgreement\nextendedKeyUsage=emailProtection\n")
    done = run(["openssl", "x509", "-req", "-in", site.path("request.pem"), "-CA", site.path("ca.crt"), "-CAkey", site.path("ca.key"),
                "-CAcreateserial", "-days", "20", "-extfile", site.path("ext"), "-out", site.path("leaf.crt")])
    check(done.returncode == 0, done.err)
    # the CA first: the leaf is found by its key, whatever its place
    site.write("chain.pem", site.read("ca.crt") + site.read("leaf.crt"))
    site.expect(EX_DATAERR, "key", "bind", other, site.path("chain.pem"), says=["belongs to key"])
    site.said("key", "bind", key, site.path("chain.pem"))
    listed = {row["key"]: row for row in site.json("key", "list", "carol@north.example")}
    check(listed[key]["state"] == "active" and listed[other]["state"] == "pending", listed)
    check(site.said("key", "certificate", key).count("BEGIN CERTIFICATE") == 2, "the chain is not given out")


@case
def keys_are_imported_from_pem_and_pkcs12(world):
    site = world.site()
    site.init()
    outside_certificate(site, "dora", "dora@north.example")
    outside_certificate(site, "emil", "emil@north.example")
    site.write("dora.pem", site.read("dora.key") + site.read("dora.crt"), 0o644)
    done = site.expect(0, "key", "import", site.path("dora.pem"), says=["others may read this file"])
    check(re.fullmatch(r"[0-9a-f]{32}", done.out.strip()), done.out)
    site.expect(EX_CANTCREAT, "key", "import", site.path("dora.pem"), says=["stored already"])
    site.write("password", "geheim\n", 0o400)
    site.write("wrong", "falsch\n", 0o400)
    run(["openssl", "pkcs12", "-export", "-inkey", site.path("emil.key"), "-in", site.path("emil.crt"), "-out", site.path("emil.p12"),
         "-passout", f"file:{site.path('password')}"])
    os.chmod(site.path("emil.p12"), 0o600)
    site.expect(EX_NOPERM, "key", "import", site.path("emil.p12"), "--password-file", site.path("wrong"), says=["emil.p12"])
    site.write("open-password", "geheim\n", 0o644)
    site.expect(EX_NOPERM, "key", "import", site.path("emil.p12"), "--password-file", site.path("open-password"), says=["chmod 0600"])
    key = site.said("key", "import", site.path("emil.p12"), "--password-file", site.path("password"))
    listed = {row["key"]: row for row in site.json("key", "list")}[key]
    check(listed["state"] == "active" and listed["addresses"] == ["emil@north.example"], listed)
    run(["openssl", "pkcs8", "-topk8", "-in", site.path("dora.key"), "-out", site.path("dora.enc"), "-passout", "pass:geheim"])
    site.write("dora.enc", site.read("dora.enc") + site.read("dora.crt"), 0o600)
    # without a terminal there is nobody to ask
    site.expect(EX_USAGE, "key", "import", site.path("dora.enc"))
    other = world.site()
    other.init()
    other.said("key", "import", site.path("dora.enc"), "--password-file", site.path("password"))
    site.expect(EX_DATAERR, "key", "import", site.path("dora.crt"), "--password-file", site.path("password"), says=["dora.crt"])


@case
def an_address_in_the_subject_names_an_identity_where_the_setting_says_so(world):
    site = world.site()
    site.init()
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
         "/CN=Gus/emailAddress=gus@north.example", "-addext", "basicConstraints=critical,CA:FALSE",
         "-keyout", site.path("gus.key"), "-out", site.path("gus.crt")])
    site.write("gus.pem", site.read("gus.key") + site.read("gus.crt"), 0o600)
    site.said("identity", "add", "gus@north.example")
    site.said("identity", "add", "hugo@north.example")
    site.expect(EX_DATAERR, "key", "import", site.path("gus.pem"), "--identity", "gus@north.example", says=["subject-dn-address"])
    site.configure('address "gus@north.example" { subject-dn-address = yes }\n')
    site.expect(EX_DATAERR, "key", "import", site.path("gus.pem"), "--identity", "hugo@north.example", says=["bears no address"])
    key = site.said("key", "import", site.path("gus.pem"), "--identity", "gus@north.example")
    listed = {row["key"]: row for row in site.json("key", "list")}[key]
    check(listed["state"] == "active" and listed["addresses"] == ["gus@north.example"], listed)


@case
def key_states_go_one_way(world):
    site = world.site()
    site.init()
    site.ca()
    _, key = site.enrol("carol")
    site.expect(EX_USAGE, "key", "state", key, "nonsense", says=["nonsense"])
    site.said("key", "state", key, "retired", "--reason", "a new one is there")
    check(site.record("key-state")[-1]["reason"] == "a new one is there", "the reason is not on the record")
    site.said("key", "state", key, "revoked")
    done = site.command("key", "state", key, "active")
    check(done.returncode != 0, "a revoked key came back")


# ---- correspondents' certificates --------------------------------------------------------

@case
def certificates_are_imported_listed_and_removed(world):
    north, south = world.north_and_south()
    site = world.site("third.example")
    site.init()
    bob = south.path("bob.pem")
    site.expect(EX_DATAERR, "cert", "import", bob, "--for", "someone@else.example")
    site.said("cert", "import", bob)
    rows = site.json("cert", "list")
    check([(r["owner"], r["usable"], r["reason"]) for r in rows] == [("bob@south.example", False, "no-anchor")], rows)
    site.trust(south)
    rows = site.json("cert", "list", "Bob@South.example")
    check(rows[0]["usable"] and rows[0]["level"] == "verified", rows)
    site.said("cert", "import", bob, "--for", "@south.example", "--level", "pinned")
    rows = {r["owner"]: r for r in site.json("cert", "list", "bob@south.example")}
    check(set(rows) == {"bob@south.example", "@south.example"}, rows)
    fingerprint = rows["bob@south.example"]["fingerprint"].upper()
    colons = ":".join(fingerprint[i:i + 2] for i in range(0, 64, 2))
    site.said("cert", "remove", "bob@south.example", colons)
    site.expect(EX_NOINPUT, "cert", "remove", "bob@south.example", colons)
    check(len(site.json("cert", "list")) == 1, "not removed")
    site.expect(EX_USAGE, "cert", "import", bob, "--level", "harvested", says=["pinned or verified"])
    site.expect(EX_IOERR, "cert", "import", site.path("missing.pem"), says=["missing.pem"])
    site.write("nonsense.pem", "nonsense")
    site.expect(EX_DATAERR, "cert", "import", site.path("nonsense.pem"), says=["nonsense.pem"])


@case
def a_certificate_is_shown_with_its_judgement(world):
    north, south = world.north_and_south()
    shown = north.said("cert", "show", south.path("bob.pem"))
    check("bob@south.example" in shown and "trusted" in shown and "CN=south.example CA Root" in shown, shown)
    rows = north.json("cert", "show", south.path("bob.pem"))
    check(len(rows) == 2 and rows[1]["kind"] == "CA", rows)
    outside_certificate(north, "evil", "evil@x.example", extra=("-subj", "/CN=a\x1b[2Jb"))
    check("\x1b" not in north.command("cert", "show", north.path("evil.crt")).out, "a subject reaches the terminal raw")


@case
def a_revoked_certificate_is_not_used(world):
    site, other = world.site(), world.site("south.example")
    for s in (site, other):
        s.init()
        s.ca()
    _, key = other.enrol("bob")
    site.trust(other, "bob")
    check(site.json("cert", "list")[0]["usable"], "not usable to begin with")
    text = run(["openssl", "x509", "-noout", "-serial", "-in", other.path("bob.pem")]).out
    serial = text.strip().split("=")[1].lower()
    other.expect(EX_USAGE, "ca", "revoke", serial, "--crl-reason", "7")
    other.said("ca", "revoke", serial, "--crl-reason", "1")
    other.said("ca", "crl", "--out", other.path("crl.pem"))
    site.write("etc/crls/south.pem", other.read("crl.pem"))
    row = site.json("cert", "list")[0]
    check(not row["usable"] and row["reason"] == "revoked", row)
    check("revoked" in run(["openssl", "crl", "-noout", "-text"], stdin=other.read("crl.pem")).out.lower(), "no CRL")


# ---- check, status -----------------------------------------------------------------------------

@case
def check_names_what_is_wrong_with_its_remedy(world):
    site = world.site()
    site.init()
    for path, mode, remedy in (("state/master.key", 0o644, "chmod 0400"), ("state/store.db", 0o644, "chmod 0600"),
                               ("state", 0o777, "chmod 0700"), ("record/record", 0o666, "chmod 0640")):
        before = os.stat(site.path(path)).st_mode & 0o7777
        os.chmod(site.path(path), mode)
        site.expect(EX_CONFIG, "check", says=["error", remedy])
        os.chmod(site.path(path), before)
    site.expect(0, "check")
    site.write("etc/anchors/broken.pem", "this is no certificate\n")
    site.expect(EX_CONFIG, "check", says=["broken.pem"])
    os.unlink(site.path("etc/anchors/broken.pem"))
    os.chmod(site.path("run"), 0o777)
    site.expect(EX_CONFIG, "check", says=["everybody may write", "install -d -m 0750"])
    os.chmod(site.path("run"), 0o770)
    site.expect(0, "check", says=["warning", "Sendmail takes no socket from there", "install -d -m 0750"])
    os.chmod(site.path("run"), 0o750)
    settings = site.said("check", "--settings")
    check("local-domains" in settings and "postseal.conf:" in settings and "factory default" in settings, settings)


@case
def check_misses_who_writes_tickets_or_who_reads_them(world):
    site = world.site()
    site.init()
    text = site.read("etc/postseal.conf").decode()
    witness = f'listener "front" {{ socket = "unix:{site.path("run/front.sock")}" role = "witness" }}\n'
    behind = f'listener "behind" {{ socket = "unix:{site.path("run/behind.sock")}" role = "ROLE" behind-queue = yes }}\n'
    out, into = behind.replace("ROLE", "submission"), behind.replace("ROLE", "inbound")
    unread, unwritten = "tickets that no listener here reads", "no witness here"
    for more, warning in ((witness, unread), (out, unwritten), (witness + into, unread), (into, None),
                          (witness + out, None), ("", None)):
        site.write("etc/postseal.conf", text + more)
        found = [f for f in site.json("check") if f["subject"] == "tickets"]
        check([f["state"] for f in found] == ([] if warning is None else ["warning"]), more, found)
        check(warning is None or (warning in found[0]["text"] and found[0]["remedy"]), more, found)


@case
def check_and_audit_find_a_changed_record(world):
    site = world.site()
    site.init()
    site.ca()
    record = site.read("record/record")
    line = [i for i, text in enumerate(record.split(b"\n"), 1) if b'"event":"ca-init"' in text][0]
    site.expect(0, "audit", "verify", says=["whole"])
    site.write("record/record", record.replace(b'"name":"north.example CA"', b'"name":"other.example CA"'), 0o640)
    site.expect(EX_TEMPFAIL, "audit", "verify", says=[f"record:{line}"])
    site.expect(EX_CONFIG, "check", says=[f"record:{line}", "evidence"])
    site.write("record/record", record[:-20], 0o640)
    site.expect(0, "check", says=["torn"])
    site.write("record/record", record, 0o640)
    listed = site.expect(0, "audit", "list", "--event", "ca-init").out
    check("ca-init" in listed and "actor=" in listed, listed)
    lines = site.expect(0, "audit", "list", "--json", "--since", "2000").out.splitlines()
    check([json.loads(line)["event"] for line in lines][0] == "init", lines)
    check(site.expect(0, "audit", "list", "--since", "2999").out == "", "the future is not empty")


@case
def status_tells_a_monitor(world):
    site = world.site()
    site.init()
    site.expect(2, "status", says=["no daemon answers"])
    for listener in ("in", "out", "local"):
        site.start(listener)
    site.expect(1, "status", says=["no signature and no certificate is trusted"])
    site.ca()
    site.enrol("carol")
    site.expect(0, "status", says=["1 of addresses", "2 active", "answers on"])
    rows = site.json("status")
    check({r["subject"] for r in rows} >= {"listener", "identities", "keys", "certificates", "partners", "ca", "anchors", "record"}, rows)
    site.said("key", "state", site.json("key", "list", "carol@north.example")[0]["key"], "retired")
    key = site.said("key", "generate", "carol@north.example", "--type", "p256")
    site.said("ca", "issue", key, "--days", "20")
    site.expect(1, "status", says=["within 30 days 1, 14 days 0", "carol@north.example"])
    site.said("identity", "add", "dora@north.example")
    soon = site.said("key", "generate", "dora@north.example", "--type", "p256")
    site.said("ca", "issue", soon, "--days", "1")
    site.expect(2, "status", says=["1 day 1", "dora@north.example"])
    site.write("record/record", site.read("record/record") + b"{torn", 0o640)
    site.expect(2, "status", says=["torn"])
    site.write("etc/postseal.conf", "nonsense = 1\n")
    site.expect(2, "status", says=["postseal.conf:1"])


# ---- errors ---------------------------------------------------------------------------------------

@case
def configuration_errors_name_file_line_and_remedy(world):
    site = world.site()
    os.makedirs(site.path("etc"))
    site.expect(EX_CONFIG, "check", says=["postseal.conf"])
    site.expect(EX_CONFIG, "key", "list", says=["postseal.conf"])
    for text, says in (('local-domains = { "a.example" }\nsing = "off"\n', ["postseal.conf:2", "sing"]),
                       ('local-domains = { "a.example" }\ndefaults {\n\tsign = "sometimes"\n}\n', ["postseal.conf:3", "sometimes", "available"]),
                       ('local-domains = { "a.example" }\nlookup-timeout = 9h\n', ["postseal.conf:2", "lookup-timeout"]),
                       ('local-domains = { "a.example" }\n/* unclosed\n', ["postseal.conf:2"]),
                       ('local-domains = { "a.example" }\nlog-level = "info"\nlog-level = "debug"\n', ["postseal.conf:3"])):
        site.write("etc/postseal.conf", text)
        site.expect(EX_CONFIG, "key", "list", says=says)


@case
def a_wrong_master_key_leaves_the_store_untouched(world):
    site = world.site()
    site.init()
    site.ca()
    _, key = site.enrol("carol")
    right, before = site.read("state/master.key"), site.store_digest()
    site.write("state/master.key", "f" * 64 + "\n", 0o400)
    for words in (("key", "generate", "carol@north.example"), ("identity", "add", "dora@north.example"), ("ca", "issue", key),
                  ("explain", "--from", "carol@north.example", "--to", "x@y.example")):
        site.expect(EX_TEMPFAIL, *words, says=["master"])
    site.expect(EX_CONFIG, "check", says=["restore the master key"])
    daemon = site.start("out", serves=False)
    check(daemon.wait() != 0, "the daemon started with a wrong master key")
    check("master" in daemon.log() and not os.path.exists(daemon.socket), daemon.log())
    check(site.store_digest() == before, "the store was changed")
    site.write("state/master.key", "too short\n", 0o400)
    site.expect(EX_CONFIG, "identity", "add", "dora@north.example", says=["master.key", "hexadecimal"])
    site.write("state/master.key", right, 0o644)
    site.expect(EX_NOPERM, "identity", "add", "dora@north.example", says=["chmod"])
    site.write("state/master.key", right, 0o400)
    site.said("identity", "add", "dora@north.example")


@case
def a_damaged_store_is_refused_untouched(world):
    site = world.site()
    site.init()
    good = site.read("state/store.db")
    for damaged in (b"", b"this is no database" * 100, good[:1000]):
        site.write("state/store.db", damaged, 0o600)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(site.path("state/store.db") + suffix):
                os.unlink(site.path("state/store.db") + suffix)
        done = site.command("identity", "list")
        check(done.returncode == EX_IOERR and "store.db" in done.err, done.returncode, done.err)
        site.expect(EX_CONFIG, "check", says=["store.db"])
        check(site.read("state/store.db") == damaged, "it was changed")


@case
def a_full_output_is_an_error(world):
    site = world.site()
    site.init()
    with open("/dev/full", "wb") as full:
        done = subprocess.run([f"{site.build}/postseal", "-c", site.configuration, "check", "--settings"], stdout=full,
                              stderr=subprocess.PIPE, check=False)
    check(done.returncode == EX_IOERR and b"standard output" in done.stderr, done.returncode, done.stderr)


@case
def the_record_names_the_person_behind_sudo(world):
    import pwd
    site = world.site()
    site.init()
    site.said("identity", "add", "carol@north.example", env={"SUDO_UID": "1"})
    actor = site.record("identity-add")[-1]["actor"]
    check(actor == pwd.getpwuid(1).pw_name, actor)
    if os.geteuid() == 0:
        return
    # who is neither root nor the daemon's user acts in his own name
    site.edit_configuration(f'user = "{pwd.getpwuid(os.getuid()).pw_name}"', 'user = "daemon"')
    site.said("identity", "add", "dora@north.example", env={"SUDO_UID": "1"})
    actor = site.record("identity-add")[-1]["actor"]
    check(actor == pwd.getpwuid(os.getuid()).pw_name, actor)


@case
def commands_at_the_same_time_do_not_disturb_each_other(world):
    site = world.site()
    site.init()
    running = [subprocess.Popen([f"{site.build}/postseal", "-c", site.configuration, "identity", "add", f"u{i}@north.example"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE) for i in range(8)]
    for process in running:
        _, err = process.communicate(timeout=60)
        check(process.returncode == 0, err)
    check(len(site.json("identity", "list")) == 8, "an identity is missing")
    site.expect(0, "audit", "verify", says=["9 lines"])
