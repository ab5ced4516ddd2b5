# SPDX-License-Identifier: BSD-2-Clause
"""A private Postfix on loopback, from the unpacked package: own configuration, queue, ports from the kernel.

postdrop of the unpacked tree is not set-gid (the loader would then ignore LD_LIBRARY_PATH), so sendmail(1) works
for root alone; that is who runs these tests.
"""

import os
import re
import shutil
import socket
import subprocess

from mta import Mta, wait_for_port

# Users that every Debian has and nothing here uses otherwise: Postfix wants a user and a group of its own.
MAIL_OWNER = "news"
SETGID_GROUP = "uucp"


class Postfix(Mta):
    group = MAIL_OWNER
    processes_a_message = 1

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.environment = {**os.environ, "LD_LIBRARY_PATH": f"{self.root}/usr/lib/postfix",
                            "MAIL_CONFIG": self.etc, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    # ---- configuration ------------------------------------------------------

    def configure(self, routes=(), logins=()):
        uid = shutil._get_uid(MAIL_OWNER)
        gid = shutil._get_gid(MAIL_OWNER)
        self._folders("etc", "etc/sasl", "queue", "data", "mail")
        for name in ("data", "mail"):
            self._own(name, MAIL_OWNER, MAIL_OWNER)
        self._write("etc/transport", "".join(f"{d} smtp:[127.0.0.1]:{p}\n" for d, p in dict(routes).items()))
        self._write("etc/main.cf", self._main_cf(uid, gid))
        self._write("etc/master.cf", self._master_cf())
        for name in ("post-install", "postfix-files", "dynamicmaps.cf"):
            for source in (f"{self.root}/etc/postfix/{name}", f"{self.root}/usr/share/postfix/{name}"):
                if os.path.exists(source):
                    shutil.copy(source, f"{self.etc}/{name}")
        if logins:
            self._write_logins("etc/sasl", "smtpd.conf", logins)
            self._own("etc/sasl/sasldb2", MAIL_OWNER, MAIL_OWNER)

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
            "smtpd_tls_security_level": "none", "cyrus_sasl_config_path": f"{self.etc}/sasl",
            "smtpd_reject_unlisted_recipient": "no",
            "minimal_backoff_time": "300s", "bounce_queue_lifetime": "1h", "maximal_queue_lifetime": "1h",
        }
        lines["non_smtpd_milters"] = self.local_milter
        lines["scan_destination_recipient_limit"] = "1"
        if self.second:
            lines.update(self._second_main_cf())
        self._write("etc/mailboxes", "".join(f"{a} {a.partition('@')[2]}/{a.partition('@')[0]}/\n" for a in self.mailboxes))
        return "".join(f"{k} = {v}\n" for k, v in lines.items())

    def _second_main_cf(self):
        second = self.second
        self._write_forwards()
        self._write("etc/virtual", "".join(f"{a} {to}\n" for a, to in second.aliases.items()))
        return {"default_transport": f"egress:[127.0.0.1]:{second.port}", "egress_destination_recipient_limit": "1",
                "virtual_alias_maps": f"texthash:{self.etc}/virtual", "mydestination": second.domain,
                "forward_path": f"{self.folder}/forward/${{user}}", "always_bcc": second.bcc or ""}

    def _second_master_cf(self):
        options = [f"smtpd_milters={self.second.milter}", "milter_macro_daemon_name=egress",
                   f"content_filter=smtp:[127.0.0.1]:{self.second.target}",
                   "receive_override_options=no_address_mappings", "smtpd_recipient_restrictions=permit_mynetworks, reject",
                   "smtpd_relay_restrictions=permit_mynetworks, reject", f"myhostname=egress.{self.hostname}"]
        return ("egress unix - - n - - smtp\nlocal unix - n n - - local\n"
                f"127.0.0.1:{self.second.port} inet n - n - - smtpd\n"
                + "".join(f"  -o {{{o.replace('=', ' = ', 1)}}}\n" for o in options))

    @property
    def resubmit(self):
        return f"unix:{self.folder}/queue/public/resubmit"

    def _resubmit_master_cf(self):
        """As INSTALL has it."""
        size = "message_size_limit=314572800"
        milters = ", ".join(f"inet:127.0.0.1:{m}" for m in self.later)
        options = {"resubmit unix n - n - - smtpd": [
                       "syslog_name=postfix/resubmit", "milter_macro_daemon_name=resubmit", f"smtpd_milters={milters}",
                       "cleanup_service_name=resubmit-cleanup", size, "mynetworks=127.0.0.1/32",
                       "smtpd_client_restrictions=permit_mynetworks, reject", "smtpd_helo_restrictions=",
                       "smtpd_sender_restrictions=", "smtpd_relay_restrictions=permit_mynetworks, reject",
                       "smtpd_recipient_restrictions=permit_mynetworks, reject", "smtpd_data_restrictions=",
                       "smtpd_end_of_data_restrictions=", "smtpd_sasl_auth_enable=no", "smtpd_recipient_limit=2000",
                       "smtpd_discard_ehlo_keywords=", "smtpd_discard_ehlo_keyword_address_maps="],
                   "resubmit-cleanup unix n - n - 0 cleanup": [
                       "always_bcc=", "sender_bcc_maps=", "recipient_bcc_maps=", size]}
        return "".join(f"{service}\n" + "".join(f"  -o {{{o.replace('=', ' = ', 1)}}}\n" for o in settings)
                       for service, settings in options.items())

    def _content_filter(self, service):
        """As INSTALL has it: the service before the queue, and the one behind."""
        if service.behind:
            return [f"content_filter=scan:[127.0.0.1]:{service.behind.port}", "receive_override_options=no_address_mappings"]
        if all(s.behind is not service for s in self.services):
            return []
        return [f"myhostname=behind.{self.hostname}", "content_filter=",
                "receive_override_options=no_unknown_recipient_checks, no_header_body_checks",
                "mynetworks=127.0.0.1/32", "smtpd_client_restrictions=permit_mynetworks, reject",
                "smtpd_relay_restrictions=permit_mynetworks, reject",
                "smtpd_recipient_restrictions=permit_mynetworks, reject"]

    def _master_cf(self):
        lines = [self._resubmit_master_cf(), *([self._second_master_cf()] if self.second else ())]
        for s in self.services:
            milters = ", ".join(f"inet:127.0.0.1:{m}" if isinstance(m, int) else m for m in s.milters)
            options = [f"smtpd_milters={milters}", f"milter_macro_daemon_name={s.name}"]
            if s.auth:
                options += ["smtpd_sasl_auth_enable=yes", "smtpd_sasl_type=cyrus", "smtpd_sasl_path=smtpd",
                            "smtpd_sasl_security_options=noanonymous",
                            "smtpd_recipient_restrictions=permit_sasl_authenticated, reject",
                            "smtpd_relay_restrictions=permit_sasl_authenticated, reject"]
            options += self._content_filter(s)
            lines.append(f"127.0.0.1:{s.port} inet n - n - - smtpd\n"
                         + "".join(f"  -o {{{o.replace('=', ' = ', 1)}}}\n" for o in options))
        for line in ("pickup unix n - n 1 1 pickup", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
                     "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce",
                     "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce", "verify unix - - n - 1 verify",
                     "flush unix n - n 1000? 0 flush", "proxymap unix - - n - - proxymap",
                     "smtp unix - - n - - smtp", "scan unix - - n - - smtp", "relay unix - - n - - smtp", "showq unix n - n - - showq",
                     "error unix - - n - - error", "retry unix - - n - - error", "discard unix - - n - - discard",
                     "virtual unix - n n - - virtual", "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache",
                     "postlog unix-dgram n - n - 1 postlogd"):
            lines.append(line + "\n")
        return "".join(lines)

    # ---- running ------------------------------------------------------------

    def command(self, *words, **options):
        return subprocess.run([f"{self.root}/usr/sbin/{words[0]}", *words[1:]], env=self.environment, check=False,
                              capture_output=True, **options)

    def start(self):
        done = self.command("postfix", "-c", self.etc, "start")
        if done.returncode != 0:
            raise RuntimeError(f"postfix did not start: {done.stderr.decode()}{self.log()[-2000:]}")
        for port in (*(s.port for s in self.services), *([self.second.port] if self.second else ())):
            wait_for_port(port)

    def reconfigure(self):
        """What `second` says now."""
        lines = [line for line in open(f"{self.etc}/main.cf", encoding="utf-8") if not line.startswith("always_bcc")]
        self._write("etc/main.cf", "".join(lines) + f"always_bcc = {self.second.bcc or ''}\n")
        self.command("postfix", "-c", self.etc, "reload")

    def stop(self):
        self.command("postfix", "-c", self.etc, "stop")

    # ---- mail ---------------------------------------------------------------

    def resubmit_size(self):
        """The largest message that it takes, as it says."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.resubmit.partition(":")[2])
            s.sendall(b"EHLO here\r\nQUIT\r\n")
            said = b"".join(iter(lambda: s.recv(4096), b""))
        return int(re.search(rb"SIZE (\d+)", said).group(1))

    def submit(self, sender, recipients, octets):
        return self.command("sendmail", "-C", self.etc, "-i", "-f", sender, *recipients, input=octets)

    def _queued(self, queue):
        return self.command("postqueue", "-c", self.etc, "-j").stdout.count(b'"queue_name": "%s"' % queue)

    def deferred(self):
        return self._queued(b"deferred")

    def held(self):
        return self._queued(b"hold")

    def flush(self):
        self.command("postqueue", "-c", self.etc, "-f")
