# SPDX-License-Identifier: BSD-2-Clause
"""What the MTAs have in common: services on ports from the kernel, Maildirs, waiting.

A subclass runs an unpacked MTA with a configuration of its own and has besides

    processes_a_message   how much slower it is by design, roughly
    group                 the group whose members reach the daemons' sockets
    configure(routes, logins)    `routes` maps domains to ports; `logins` maps SASL logins to passwords
    start(), stop()
    submit(sender, recipients, octets)   as sendmail(1) does; a CompletedProcess
    resubmit    where copies come back, past `later` milters and no other
    deferred(), flush()   how many messages wait for another attempt; make it now
    held()   how many messages a filter has put into quarantine
"""

import os
import shutil
import socket
import subprocess
import time


def free_port():
    """A port that the kernel says is free."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, seconds=30):
    """Until something accepts connections on the port, or the path of a socket; fails loudly."""
    family, address = (socket.AF_INET, ("127.0.0.1", port)) if isinstance(port, int) else (socket.AF_UNIX, port)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket(family) as s:
            s.settimeout(1)
            try:
                s.connect(address)
                return
            except OSError:
                time.sleep(0.02)
    raise RuntimeError(f"nothing listens on {port}")


class Service:
    """
    A port where mail comes in: its milters in their order, each a socket or a port; whether it wants a login; and the
    service to which the queue gives its mail next, on MTAs that have content filters.
    """

    def __init__(self, name, *milters, auth=False, behind=None):
        self.name, self.milters, self.auth, self.behind = name, milters, auth, behind
        self.port = free_port()


class Second:
    """
    What stands behind an MTA: everything that leaves passes `milter` on `port` and goes on to `target`.  `aliases` maps
    addresses of the domain to others, `users` local parts of `domain`, which are users of this host, to what their
    .forward says; `bcc` gets a copy of all mail, where the MTA can do that.
    """

    def __init__(self, milter, target, domain, aliases, users, bcc=None):
        self.milter, self.target, self.domain = milter, target, domain
        self.aliases, self.users, self.bcc = dict(aliases), dict(users), bcc
        self.port = free_port()


class Mta:
    """
    `mailboxes` are addresses delivered to Maildirs under FOLDER/mail; mail for others of their domains is accepted and
    bounces.  `local_milter` filters what sendmail(1) brings.
    """

    def __init__(self, root, folder, hostname, mailboxes, services, local_milter):
        self.root, self.folder, self.hostname = root, folder, hostname
        self.mailboxes, self.services, self.local_milter = list(mailboxes), list(services), local_milter
        self.etc, self.mail = f"{folder}/etc", f"{folder}/mail"
        self._read = {}
        self.second, self.later = None, []

    @property
    def domains(self):
        return sorted({a.partition("@")[2] for a in self.mailboxes})

    def port(self, service):
        return next(s.port for s in self.services if s.name == service)

    # ---- set-up -------------------------------------------------------------

    def _folders(self, *names):
        for name in names:
            os.makedirs(f"{self.folder}/{name}", exist_ok=True)
        os.chmod(self.folder, 0o755)

    def _write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as f:
            f.write(text)

    def _write_forwards(self):
        self._folders("forward")
        for user, to in self.second.users.items():
            self._write(f"forward/{user}", f"{to}\n")
            self._own(f"forward/{user}", user, None)

    def _own(self, name, user, group):
        shutil.chown(f"{self.folder}/{name}", user, group)

    def _write_logins(self, folder, name, logins):
        """A SASL configuration `name` in `folder`, with a database of the logins."""
        database = f"{self.folder}/{folder}/sasldb2"
        self._write(f"{folder}/{name}", f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {database}\n"
                                        "mech_list: PLAIN LOGIN\n")
        for login, password in dict(logins).items():
            user, _, realm = login.partition("@")
            subprocess.run(["saslpasswd2", "-p", "-c", "-f", database, "-u", realm or self.hostname, user],
                           input=password.encode(), check=True)

    def log(self):
        try:
            with open(f"{self.folder}/mail.log", encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    # ---- mail ---------------------------------------------------------------

    def delivered(self, address):
        """Every message in an address's Maildir, oldest first, as octets."""
        local, _, domain = address.partition("@")
        folder = f"{self.mail}/{domain}/{local}/new"
        try:
            paths = [f"{folder}/{name}" for name in os.listdir(folder)]
        except FileNotFoundError:
            return []
        for path in paths:
            if path not in self._read:
                with open(path, "rb") as f:
                    self._read[path] = (os.fstat(f.fileno()).st_mtime_ns, f.read())
        return [octets for _, octets in sorted(self._read[path] for path in paths)]

    def _wait(self, address, enough, what, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = enough(self.delivered(address))
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"{address} did not get {what}\n{self.log()[-3000:]}")

    def wait_delivered(self, address, count=1, seconds=60):
        return self._wait(address, lambda messages: messages if len(messages) >= count else None,
                          f"{count} messages", seconds)

    def wait_for(self, address, marker, seconds=60):
        """The delivered message that contains the octets `marker`."""
        return self._wait(address, lambda messages: next((m for m in messages if marker in m), None),
                          repr(marker), seconds)
