# SPDX-License-Identifier: BSD-2-Clause
"""A gateway as its postmaster makes it: by the command line alone, below one folder, without root or an MTA."""

import hashlib
import json
import os
import signal
import subprocess
import time

from milter_client import Client

PASSPHRASE = "correct horse battery staple"
USER = "nobody"  # whom the daemon becomes when the tests are run by root

# Everything that any program wrote, for the search for secrets at the end.
transcript = []


class Failed(Exception):
    """What a case found wrong."""


def check(condition, *what):
    if not condition:
        raise Failed(" ".join(str(w) for w in what))


def run(words, stdin=b"", env=None, cwd=None, timeout=120):
    done = subprocess.run(words, input=stdin, capture_output=True, check=False, timeout=timeout, cwd=cwd,
                          env={**os.environ, **(env or {})})
    transcript.append(done.stdout + done.stderr)
    done.out, done.err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    return done


class Site:
    def __init__(self, build, folder, domain, key_type="p256"):
        self.build, self.folder, self.domain, self.key_type = build, folder, domain, key_type
        self.configuration = f"{folder}/etc/postseal.conf"
        self.daemons = []
        os.makedirs(folder)
        os.chmod(folder, 0o755)

    # ---- the command line --------------------------------------------------------

    def command(self, *words, **options):
        return run([f"{self.build}/postseal", "-c", self.configuration, *words], **options)

    def expect(self, code, *words, says=(), **options):
        """A command that ends with `code` and says each of `says` on standard error (on output for 0)."""
        done = self.command(*words, **options)
        check(done.returncode == code, "postseal", *words, "ended with", done.returncode, "not", code, done.err, done.out)
        for text in says:
            check(text in done.err + done.out, "postseal", *words, f"does not say \"{text}\":", done.err, done.out)
        return done

    def said(self, *words, **options):
        return self.expect(0, *words, **options).out.strip()

    def json(self, *words, code=0):
        return json.loads(self.expect(code, *words, "--json").out)

    # ---- files ---------------------------------------------------------------------

    def path(self, name):
        return f"{self.folder}/{name}"

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        if os.path.exists(path):
            os.chmod(path, 0o600)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def configure(self, rules):
        """The configuration that `init` wrote with rules of its own behind."""
        if not hasattr(self, "first"):
            self.first = self.read("etc/postseal.conf")
        self.write("etc/postseal.conf", self.first + rules.encode())

    def edit_configuration(self, old, new):
        text = self.read("etc/postseal.conf").decode()
        check(old in text, f"no \"{old}\" in the configuration")
        self.write("etc/postseal.conf", text.replace(old, new))

    def store_digest(self):
        """What stands in the store's files; reading does not change it."""
        digest = hashlib.sha256()
        for suffix in ("", "-wal"):
            path = self.path("state/store.db") + suffix
            if os.path.exists(path):
                with open(path, "rb") as f:
                    digest.update(f.read())
        return digest.hexdigest()

    def record(self, event=None):
        with open(self.path("record/record"), encoding="ascii") as f:
            return [line for line in map(json.loads, f) if event in (None, line["event"])]

    # ---- set-up -----------------------------------------------------------------------

    def init(self):
        words = ["init", "--domain", self.domain, "--folder", self.folder]
        return self.said(*words, *(["--user", USER] if os.geteuid() == 0 else []))

    def ca(self):
        self.write("passphrase", PASSPHRASE + "\n", 0o400)
        self.said("ca", "init", "--name", f"{self.domain} CA", "--root-key", self.path("root.key"),
                  "--passphrase-file", self.path("passphrase"))
        self.said("ca", "export", "--out", self.path("root.pem"))

    def enrol(self, user, login=True):
        """(identity, key) of user@domain; the certificate with its chain is USER.pem."""
        address = f"{user}@{self.domain}"
        identity = self.said("identity", "add", address)
        key = self.said("key", "generate", address, "--type", self.key_type)
        self.said("ca", "issue", key)
        self.said("key", "certificate", key, "--out", self.path(f"{user}.pem"))
        if login:
            self.said("login", "add", user, address)
        return identity, key

    def trust(self, other, *users):
        self.write(f"etc/anchors/{other.domain}.pem", other.read("root.pem"))
        for user in users:
            self.said("cert", "import", other.path(f"{user}.pem"), "--for", f"{user}@{other.domain}")

    # ---- mail --------------------------------------------------------------------------

    def process(self, sender, recipients, text, *options, code=0):
        to = [w for r in recipients for w in ("--to", r)]
        return self.expect(code, "process", "--from", sender, *to, *options, "-", stdin=text)

    # ---- daemons -------------------------------------------------------------------------

    def start(self, listener, **options):
        daemon = Daemon(self, listener, **options)
        self.daemons.append(daemon)
        return daemon

    def stop(self):
        for daemon in self.daemons:
            daemon.kill()
        self.daemons = []


class Daemon:
    def __init__(self, site, listener, serves=True, preexec=None, words=("-v",), env=None):
        self.site, self.listener = site, listener
        self.socket = site.path(f"run/{listener}.sock")
        self.log_path = site.path(f"{listener}.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([f"{site.build}/postseal-milter", *words, "-c", site.configuration, "-i", listener],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=preexec,
                                            env={**os.environ, **(env or {})})
        if serves:
            self.wait_for("serves on")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_for(self, text, count=1):
        deadline = time.monotonic() + 60
        while self.log().count(text) < count:
            check(self.process.poll() is None, f"the daemon ended with {self.process.poll()}:", self.log())
            check(time.monotonic() < deadline, f"the daemon never said \"{text}\":", self.log())
            time.sleep(0.01)

    def ends_or_says(self, text, count=1):
        """Whichever comes first."""
        deadline = time.monotonic() + 60
        while self.process.poll() is None and self.log().count(text) < count:
            check(time.monotonic() < deadline, f"the daemon neither ended nor said \"{text}\":", self.log())
            time.sleep(0.01)

    def client(self, connect=True, address="192.0.2.1", macros=None, **options):
        """A connection, negotiated and introduced."""
        c = Client(self.socket).negotiate(**options)
        if connect:
            c.connect(address=address, macros=macros)
            c.helo()
        return c

    def send(self, sender, recipients, text, login=None, **options):
        """One message on a connection of its own."""
        with self.client(**options) as c:
            answer = c.message(sender, recipients, text, login)
            c.quit()
            return answer

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self, says="reloaded"):
        count = self.log().count(says)
        self.signal(signal.SIGHUP)
        self.wait_for(says, count + 1)

    def wait(self):
        code = self.process.wait(60)
        transcript.append(self.log().encode())
        return code

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        transcript.append(self.log().encode())
