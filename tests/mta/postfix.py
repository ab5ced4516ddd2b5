# SPDX-License-Identifier: BSD-2-Clause
"""A private Postfix on loopback, from the unpacked package: own configuration, queue, ports from the kernel.

postdrop of the unpacked tree is not set-gid (the loader would then ignore LD_LIBRARY_PATH), so sendmail(1) works
for root alone; that is who runs these tests.
"""

import os
import shutil
import socket
import subprocess
import time

# Users that every Debian has and nothing here uses otherwise: Postfix wants a user and a group of its own.
MAIL_OWNER = "news"
SETGID_GROUP = "uucp"


def free_port():
    """A port that the kernel says is free."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, seconds=30):
    """Until something accepts connections; fails loudly."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}")


class Service:
    """One smtpd: a port, its milter, whether it wants a login, further -o options."""

    def __init__(self, name, milter=None, auth=False, options=()):
        self.name, self.milter, self.auth, self.options = name, milter, auth, list(options)
        self.port = free_port()


class Postfix:
    """`mailboxes` are addresses delivered to Maildirs under FOLDER/mail; `routes` maps domains to ports."""

    def __init__(self, root, folder, hostname, mailboxes, services, local_milter=None, settings=()):
        self.root, self.folder, self.hostname = root, folder, hostname
        self.mailboxes, self.services = list(mailboxes), list(services)
        self.domains = sorted({a.partition("@")[2] for a in self.mailboxes})
        self.etc, self.mail = f"{folder}/etc", f"{folder}/mail"
        self.local_milter, self.settings = local_milter, dict(settings)
        self.environment = {**os.environ, "LD_LIBRARY_PATH": f"{root}/usr/lib/postfix",
                            "MAIL_CONFIG": self.etc, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def port(self, service):
        return next(s.port for s in self.services if s.name == service)

    # ---- configuration ------------------------------------------------------

    def configure(self, routes=(), logins=()):
        uid = shutil._get_uid(MAIL_OWNER)
        gid = shutil._get_gid(MAIL_OWNER)
        for name in ("etc", "etc/sasl", "queue", "data", "mail"):
            os.makedirs(f"{self.folder}/{name}", exist_ok=True)
        os.chmod(self.folder, 0o755)
        os.chown(f"{self.folder}/data", uid, gid)
        os.chown(self.mail, uid, gid)
        self._write("etc/transport", "".join(f"{d} smtp:[127.0.0.1]:{p}\n" for d, p in dict(routes).items()))
        self._write("etc/main.cf", self._main_cf(uid, gid))
        self._write("etc/master.cf", self._master_cf())
        for name in ("post-install", "postfix-files", "dynamicmaps.cf"):
            for source in (f"{self.root}/etc/postfix/{name}", f"{self.root}/usr/share/postfix/{name}"):
                if os.path.exists(source):
                    shutil.copy(source, f"{self.etc}/{name}")
        if logins:
            self._logins(dict(logins))

    def _main_cf(self, uid, gid):
        root = self.root
        lines = {
            "compatibility_level": "3.6", "command_directory": f"{root}/usr/sbin",
            "daemon_directory": f"{root}/usr/lib/postfix/sbin", "shlib_directory": f"{root}/usr/lib/postfix",
            "meta_directory": self.etc, "queue_directory": f"{self.folder}/queue",
            "data_directory": f"{self.folder}/data", "sendmail_path": f"{root}/usr/sbin/sendmail",
            "mailq_path": f"{root}/usr/bin/mailq", "newaliases_path": f"{root}/usr/bin/newaliases",
            "mail_owner": MAIL_OWNER, "setgid_group": SETGID_GROUP, "default_privs": "nobody",
            "maillog_file": f"{self.folder}/mail.log", "maillog_file_prefixes": self.folder,
            "import_environment": f"MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH={root}/usr/lib/postfix",
            "export_environment": f"TZ MAIL_CONFIG LANG LD_LIBRARY_PATH={root}/usr/lib/postfix",
            "myhostname": self.hostname, "myorigin": self.domains[0] if self.domains else self.hostname,
            "mydestination": "", "local_recipient_maps": "", "alias_maps": "", "alias_database": "",
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8",
            "virtual_mailbox_domains": " ".join(self.domains), "virtual_mailbox_base": self.mail,
            "virtual_mailbox_maps": f"texthash:{self.etc}/mailboxes",
            "virtual_uid_maps": f"static:{uid}", "virtual_gid_maps": f"static:{gid}",
            "virtual_minimum_uid": "1", "transport_maps": f"texthash:{self.etc}/transport",
            "milter_default_action": "tempfail", "milter_protocol": "6",
            "message_size_limit": "157286400", "virtual_mailbox_limit": "0", "mailbox_size_limit": "0",
            "smtpd_peername_lookup": "no", "smtp_dns_support_level": "disabled", "disable_dns_lookups": "yes",
            "smtpd_recipient_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject",
            "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject",
            "smtpd_client_connection_rate_limit": "0", "smtpd_client_connection_count_limit": "0",
            "smtpd_tls_security_level": "none",
            "minimal_backoff_time": "300s", "bounce_queue_lifetime": "1h", "maximal_queue_lifetime": "1h",
        }
        if self.local_milter:
            lines["non_smtpd_milters"] = self.local_milter
        lines.update(self.settings)
        self._write("etc/mailboxes", "".join(f"{a} {a.partition('@')[2]}/{a.partition('@')[0]}/\n" for a in self.mailboxes))
        return "".join(f"{k} = {v}\n" for k, v in lines.items())

    def _master_cf(self):
        lines = []
        for s in self.services:
            options = [f"smtpd_milters={s.milter or ''}", f"milter_macro_daemon_name={s.name}", *s.options]
            if s.auth:
                options += ["smtpd_sasl_auth_enable=yes", "smtpd_sasl_type=cyrus", "smtpd_sasl_path=smtpd",
                            "smtpd_sasl_security_options=noanonymous"]
            lines.append(f"127.0.0.1:{s.port} inet n - n - - smtpd\n"
                         + "".join(f"  -o {{{o.replace('=', ' = ', 1)}}}\n" for o in options))
        for line in ("pickup unix n - n 1 1 pickup", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
                     "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce",
                     "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce", "verify unix - - n - 1 verify",
                     "flush unix n - n 1000? 0 flush", "proxymap unix - - n - - proxymap",
                     "smtp unix - - n - - smtp", "relay unix - - n - - smtp", "showq unix n - n - - showq",
                     "error unix - - n - - error", "retry unix - - n - - error", "discard unix - - n - - discard",
                     "virtual unix - n n - - virtual", "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache",
                     "postlog unix-dgram n - n - 1 postlogd"):
            lines.append(line + "\n")
        return "".join(lines)

    def _logins(self, logins):
        # Debian's Postfix looks for the SASL library's configuration in $config_directory/sasl.
        database = f"{self.etc}/sasl/sasldb2"
        self._write("etc/sasl/smtpd.conf", f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {database}\n"
                                       "mech_list: PLAIN LOGIN\n")
        for login, password in logins.items():
            user, _, realm = login.partition("@")
            subprocess.run(["saslpasswd2", "-p", "-c", "-f", database, "-u", realm or self.hostname, user],
                           input=password.encode(), check=True)
        os.chown(database, shutil._get_uid(MAIL_OWNER), shutil._get_gid(MAIL_OWNER))

    def _write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as f:
            f.write(text)

    # ---- running ------------------------------------------------------------

    def command(self, *words, **options):
        return subprocess.run([f"{self.root}/usr/sbin/{words[0]}", *words[1:]], env=self.environment, check=False,
                              capture_output=True, **options)

    def start(self):
        done = self.command("postfix", "-c", self.etc, "start")
        if done.returncode != 0:
            raise RuntimeError(f"postfix did not start: {done.stderr.decode()}{self.log()[-2000:]}")
        for s in self.services:
            wait_for_port(s.port)

    def stop(self):
        self.command("postfix", "-c", self.etc, "stop")

    def reload(self):
        self.command("postfix", "-c", self.etc, "reload")

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
            names = sorted(os.listdir(folder), key=lambda n: os.stat(f"{folder}/{n}").st_mtime_ns)
        except FileNotFoundError:
            return []
        messages = []
        for name in names:
            with open(f"{folder}/{name}", "rb") as f:
                messages.append(f.read())
        return messages

    def wait_delivered(self, address, count=1, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            messages = self.delivered(address)
            if len(messages) >= count:
                return messages
            time.sleep(0.02)
        raise AssertionError(f"{address} got {len(self.delivered(address))} of {count} messages\n{self.log()[-3000:]}")

    def wait_for(self, address, marker, seconds=60):
        """The delivered message that contains the octets `marker`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in self.delivered(address):
                if marker in message:
                    return message
            time.sleep(0.02)
        raise AssertionError(f"{address} did not get {marker!r}\n{self.log()[-3000:]}")

    def queue(self):
        return self.command("postqueue", "-c", self.etc, "-p").stdout.decode()
