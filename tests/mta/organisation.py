# SPDX-License-Identifier: BSD-2-Clause
"""An organisation as a postmaster sets it up: an MTA, three Postseal daemons, users with keys, made by the command line."""

import grp
import json
import os
import pwd
import subprocess
import time

from mta import Service
from postfix import Postfix
from sendmail import Sendmail

# The daemons' user: one that every Debian has.
DAEMON_USER = "proxy"

MTAS = {"postfix": Postfix, "sendmail": Sendmail}
LISTENERS = ("in", "out", "local")

CONFIGURATION = """\
local-domains = {{ "{domain}", ".{domain}" }}
gateway-id    = "{gateway_id}"
authserv-id   = "{authserv_id}"
store         = "{folder}/state/store.db"
master-key    = "{folder}/state/master.key"
record        = "{folder}/record/record"
spool-folder  = "{folder}/state/spool"
user          = "{user}"
trust-anchors = {{ "{folder}/anchors" }}
crls          = {{ "{folder}/crls" }}

listener "in"    {{ socket = "unix:{folder}/run/in.sock"    role = "inbound"    socket-group = "{group}"
                   daemon "staff" {{ role = "submission" }} }}
listener "out"   {{ socket = "unix:{folder}/run/out.sock"   role = "submission" socket-group = "{group}" }}
listener "local" {{ socket = "unix:{folder}/run/local.sock" role = "local"      socket-group = "{group}" }}

{rules}
"""


class Daemon:
    """One postseal-milter."""

    def __init__(self, build, configuration, listener, socket, wrapper=()):
        self.listener, self.socket = listener, socket
        self.stderr = open(f"{os.path.dirname(configuration)}/{listener}.log", "ab")
        self.begin = self.stderr.seek(0, os.SEEK_END)
        self.process = subprocess.Popen([*wrapper, f"{build}/postseal-milter", "-v", "-c", configuration, "-i", listener],
                                        stdin=subprocess.DEVNULL, stdout=self.stderr, stderr=self.stderr)
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if "serves on" in self.log()[self.begin:]:
                return
            time.sleep(0.02)
        raise RuntimeError(f"daemon {self.listener} does not serve: {open(self.stderr.name, encoding='utf-8').read()}")

    def log(self):
        return open(self.stderr.name, encoding="utf-8", errors="replace").read()

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """At once, as a crash would."""
        self.process.kill()
        self.process.wait()
        self.stderr.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(60)
        self.stderr.close()
        return code


class Organisation:
    """
    `users` are local parts; each gets an identity, a key, a certificate of the built-in CA and a login.  `chains` are
    further ports: (name, listener, milters before it, milters behind it).
    """

    def __init__(self, build, mta, folder, domain, users, rules="", key_type="rsa", chains=()):
        self.build, self.folder, self.domain, self.users = build, folder, domain, list(users)
        self.key_type = key_type
        self.configuration = f"{folder}/postseal.conf"
        self.daemons, self.listeners = {}, LISTENERS
        for name in ("", "anchors", "crls", "run", "state", "record"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        os.chmod(folder, 0o755)
        sockets = {n: f"unix:{folder}/run/{n}.sock" for n in LISTENERS}
        services = [Service("in", sockets["in"]), Service("out", sockets["out"], auth=True),
                    Service("staff", sockets["in"], auth=True),  # the same socket in another role
                    Service("bare")]  # no filter: what tests put into a mailbox as it is
        services += [Service(name, *before, sockets[listener], *behind, auth=listener == "out")
                     for name, listener, before, behind in chains]
        self.mta = MTAS[mta](f"{build}/mta/{mta}", f"{folder}/{mta}", f"mx.{domain}", [f"{u}@{domain}" for u in users],
                             services, sockets["local"])
        self.write_rules(rules)

    def write_rules(self, rules, authserv_id=None):
        with open(self.configuration, "w", encoding="utf-8") as f:
            f.write(CONFIGURATION.format(folder=self.folder, domain=self.domain, gateway_id=f"mx.{self.domain}",
                                         authserv_id=authserv_id or f"smime.{self.domain}", user=DAEMON_USER,
                                         group=self.mta.group, rules=rules))

    # ---- the command line -------------------------------------------------------

    def postseal(self, *words, check=True, stdin=None):
        done = subprocess.run([f"{self.build}/postseal", "-c", self.configuration, *words], input=stdin,
                              capture_output=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"postseal {' '.join(words)}: {done.returncode}: {done.stderr.decode()}")
        return done

    def said(self, *words):
        return self.postseal(*words).stdout.decode().strip()

    def record(self, event=None):
        """The record's lines as objects."""
        with open(f"{self.folder}/record/record", encoding="ascii") as f:
            lines = [json.loads(line) for line in f]
        return [line for line in lines if event in (None, line["event"])]

    # ---- set-up --------------------------------------------------------------------

    def set_up(self, routes):
        with open(f"{self.folder}/passphrase", "w", encoding="ascii") as f:
            f.write("correct horse battery staple\n")
        os.chmod(f"{self.folder}/passphrase", 0o400)
        self.postseal("init", "--domain", self.domain)
        self.postseal("ca", "init", "--name", f"{self.domain} CA", "--root-key", f"{self.folder}/root.key",
                      "--passphrase-file", f"{self.folder}/passphrase", "--domain", self.domain)
        self.postseal("ca", "export", "--out", f"{self.folder}/root.pem")
        for user in self.users:
            self.enrol(user)
        self.mta.configure(routes=routes, logins={f"{u}@{self.domain}": "secret" for u in self.users})

    def enrol(self, user):
        address = f"{user}@{self.domain}"
        identity = self.said("identity", "add", address)
        key = self.said("key", "generate", identity, "--type", self.key_type)
        self.postseal("ca", "issue", key)
        self.postseal("key", "certificate", key, "--out", f"{self.folder}/{user}.pem")
        self.postseal("login", "add", address, address)

    def trust(self, other):
        """Trust another organisation's CA, and import its users' certificates."""
        with open(f"{other.folder}/root.pem", "rb") as source, open(f"{self.folder}/anchors/{other.domain}.pem", "wb") as to:
            to.write(source.read())
        for user in other.users:
            self.postseal("cert", "import", f"{other.folder}/{user}.pem", "--for", f"{user}@{other.domain}")

    def start(self, wrapper=()):
        user = pwd.getpwnam(DAEMON_USER)
        os.chown(f"{self.folder}/run", user.pw_uid, grp.getgrnam(self.mta.group).gr_gid)
        os.chmod(f"{self.folder}/run", 0o750)
        for listener in self.listeners:
            self.start_daemon(listener, wrapper)
        self.mta.start()

    def start_daemon(self, listener, wrapper=()):
        self.daemons[listener] = Daemon(self.build, self.configuration, listener, f"{self.folder}/run/{listener}.sock", wrapper)

    def stop(self):
        self.mta.stop()
        return [d.stop() for d in self.daemons.values()]
