# SPDX-License-Identifier: BSD-2-Clause
"""A private Sendmail on loopback, from the unpacked packages: own configuration, queue, ports from the kernel, host name.

`sendmail.mc` and `submit.mc` are Debian's but for the paths: what is tested is what its users have.
"""

import contextlib
import glob
import os
import re
import signal
import subprocess

from mta import Mta, free_port, wait_for_port
from smtp import Client
from surroundings import Surroundings

HERE = os.path.dirname(os.path.abspath(__file__))
MAILBOX_OWNER = "mail"  # Debian's Sendmail delivers as this user

SENDMAIL_MC = """\
divert(0)dnl
define(`_USE_ETC_MAIL_')dnl
define(`MAIL_SETTINGS_DIR', `{etc}/')dnl
include(`{cf}/m4/cf.m4')dnl
include(`{cf}/debian/autoconf.m4')dnl
OSTYPE(`debian')dnl
define(`confTRUSTED_USER', `root')dnl
DOMAIN(`debian-mta')dnl
undefine(`ALIAS_FILE')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
define(`confDEAD_LETTER_DROP', `{folder}/data/dead.letter')dnl
define(`STATUS_FILE', `{folder}/data/statistics')dnl
define(`confPID_FILE', `{folder}/data/sendmail.pid')dnl
define(`confCONTROL_SOCKET_NAME', `')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
dnl # The machine may be busy, has no name server, and no client that answers ident.
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confTO_IDENT', `0')dnl
define(`confSERVICE_SWITCH_FILE', `{etc}/service.switch')dnl
{front}dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`mailertable', `hash {etc}/mailertable')dnl
define(`confAUTH_MECHANISMS', `LOGIN PLAIN')dnl
TRUST_AUTH_MECH(`LOGIN PLAIN')dnl
dnl # Otherwise Sendmail reads multiparts as it sends them, and writes their delimiters and header fields anew.
define(`confMAX_MIME_HEADER_LENGTH', `0/0')dnl
dnl # One daemon a role, each with its filter.
{filters}dnl
FEATURE(`no_default_msa')dnl
{daemons}dnl
MAILER_DEFINITIONS
MAILER(`local')dnl
MAILER(`smtp')dnl
Mdeliver, P={here}/deliver, F=DFMhu9, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP/HdrFromSMTP, U={owner}:{owner},
	T=DNS/RFC822/X-Unix, A=deliver {folder}/mail $u $i
{mailers}
LOCAL_CONFIG
ESASL_CONF_PATH={etc}/sasl
"""

# A command that opens the socket is given 30 seconds, the end of the message five minutes.
FILTER = "MAIL_FILTER(`filter-{name}', `S={socket}, F=T, T=C:30s;S:30s;R:30s;E:5m')dnl\n"
DAEMON = "DAEMON_OPTIONS(`Family=inet, Name={name}, Addr=127.0.0.1, Port={port}, Listen=128{filter}{modifiers}')dnl\n"

# As Debian's esmtp, to a port.
TO_PORT = ("Mto{port}, P=[IPC], F=mDFMuXa, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\\r\\n, L=990,\n"
           "\tT=DNS/RFC822/SMTP, A=TCP $h {port}\n")

# The daemon in front, where there is a second one.
FRONT = """\
define(`SMART_HOST', `to{port}:[127.0.0.1]')dnl
define(`ALIAS_FILE', `{etc}/aliases')dnl
define(`confFORWARD_PATH', `{folder}/forward/$u')dnl
FEATURE(`virtusertable', `hash {etc}/virtusertable')dnl
VIRTUSER_DOMAIN(`{domains}')dnl
LOCAL_DOMAIN(`{domain}')dnl
"""

# As TO_PORT, one recipient at a time.
TO_SECOND = TO_PORT.replace("F=mDFMuXa", "F=DFMuXa")

SECOND_MC = """\
divert(0)dnl
define(`_USE_ETC_MAIL_')dnl
define(`MAIL_SETTINGS_DIR', `{etc}/')dnl
include(`{cf}/m4/cf.m4')dnl
include(`{cf}/debian/autoconf.m4')dnl
OSTYPE(`debian')dnl
define(`confTRUSTED_USER', `root')dnl
DOMAIN(`debian-mta')dnl
undefine(`ALIAS_FILE')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
define(`confDEAD_LETTER_DROP', `{folder}/data/dead.letter')dnl
define(`STATUS_FILE', `{folder}/data/statistics-egress')dnl
define(`confPID_FILE', `{folder}/data/egress.pid')dnl
define(`confCONTROL_SOCKET_NAME', `')dnl
define(`QUEUE_DIR', `{folder}/queue-egress')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confTO_IDENT', `0')dnl
define(`confSERVICE_SWITCH_FILE', `{etc}/service.switch')dnl
define(`confDOMAIN_NAME', `egress.{hostname}')dnl
define(`confMAX_MIME_HEADER_LENGTH', `0/0')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
define(`SMART_HOST', `to{target}:[127.0.0.1]')dnl
{filters}dnl
FEATURE(`no_default_msa')dnl
{daemons}dnl
MAILER_DEFINITIONS
MAILER(`local')dnl
MAILER(`smtp')dnl
{mailers}
"""

SUBMIT_MC = """\
divert(0)dnl
define(`_USE_ETC_MAIL_')dnl
define(`MAIL_SETTINGS_DIR', `{etc}/')dnl
include(`{cf}/m4/cf.m4')dnl
include(`{cf}/debian/autoconf.m4')dnl
OSTYPE(`debian')dnl
define(`confRUN_AS_USER', `{owner}')dnl
define(`MSP_QUEUE_DIR', `{folder}/queue-client')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
define(`confDEAD_LETTER_DROP', `{folder}/data/dead.letter')dnl
define(`STATUS_FILE', `{folder}/data/statistics-client')dnl
define(`confTO_IDENT', `0')dnl
define(`confSERVICE_SWITCH_FILE', `{etc}/service.switch')dnl
FEATURE(`nocanonify')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {port}')dnl
FEATURE(`msp', `[127.0.0.1]')dnl
"""


class Sendmail(Mta):
    group = MAILBOX_OWNER
    processes_a_message = 4  # a session and a delivery, on either side

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.libexec = f"{self.root}/usr/libexec/sendmail"
        self.local_port, self.resubmit_port = free_port(), free_port()
        self.aside = None
        self.processes = []

    # ---- configuration ------------------------------------------------------

    @property
    def resubmit(self):
        return f"[127.0.0.1]:{self.resubmit_port}"

    def configure(self, routes=(), logins=()):
        self._folders("etc", "etc/sasl", "queue", "queue-client", "data", "mail")
        self.aside = Surroundings(self.folder, self.hostname)
        self._write("etc/service.switch", "hosts files\naliases files\n")
        for name in ("queue", "etc/sasl"):
            os.chmod(f"{self.folder}/{name}", 0o700)
        os.chmod(f"{self.folder}/queue-client", 0o770)
        for name in ("queue-client", "mail"):
            self._own(name, MAILBOX_OWNER, MAILBOX_OWNER)
        for address in self.mailboxes:
            self._maildir(address)
        mailers = "".join(TO_PORT.format(port=p) for p in sorted(set(dict(routes).values())))
        front = ""
        if self.second:
            front = FRONT.format(port=self.second.port, etc=self.etc, folder=self.folder, domains=" ".join(self.domains),
                                 domain=self.second.domain)
            mailers += TO_SECOND.format(port=self.second.port)
        self._compile("sendmail", SENDMAIL_MC, filters=self._filters(), daemons=self._daemons(), mailers=mailers, front=front)
        if self.second:
            self._configure_second()
        self._compile("submit", SUBMIT_MC, port=self.local_port)
        self._mailertable(dict(routes))
        if logins:
            self._write_logins("etc/sasl", "Sendmail.conf", logins)

    def _maildir(self, address):
        local, _, domain = address.partition("@")
        for name in (f"mail/{domain}", f"mail/{domain}/{local}", *(f"mail/{domain}/{local}/{n}" for n in ("tmp", "new"))):
            self._folders(name)
            self._own(name, MAILBOX_OWNER, MAILBOX_OWNER)

    def _map(self, name, lines):
        subprocess.run([f"{self.libexec}/makemap", "-C", f"{self.etc}/sendmail.cf", "hash", f"{self.etc}/{name}"],
                       input="".join(lines).encode(), check=True, stderr=subprocess.DEVNULL)  # it warns of /tmp

    def _mailertable(self, routes):
        lines = [f"{domain} deliver:{domain}\n" for domain in self.domains]
        self._map("mailertable", lines + [f"{domain} to{port}:[127.0.0.1]\n" for domain, port in routes.items()])

    def _configure_second(self):
        second = self.second
        self._folders("queue-egress")
        os.chmod(f"{self.folder}/queue-egress", 0o700)
        self._compile("egress", SECOND_MC, hostname=self.hostname, target=second.target,
                      filters=FILTER.format(name="egress", socket=second.milter),
                      daemons=DAEMON.format(name="egress", port=second.port, modifiers="",
                                            filter=", InputMailFilters=filter-egress"),
                      mailers=TO_PORT.format(port=second.target))
        self._map("virtusertable", [f"{a} {to}\n" for a, to in second.aliases.items()])
        self._write_forwards()
        self._write("etc/aliases", "postmaster: root\nmailer-daemon: postmaster\n")
        subprocess.run(self._command("-C", f"{self.etc}/sendmail.cf", "-bi"), check=True, capture_output=True)

    def _filters(self):
        """Of each service those that are its own; several services may have the same."""
        filters = [(f"later-{n}", f"inet:{m}@127.0.0.1") for n, m in enumerate(self.later)]
        filters += [(name, socket) for s in self.services for name, socket in self._filters_of(s)]
        return "".join(FILTER.format(name=name, socket=socket) for name, socket in [*filters, ("local", self.local_milter)])

    @staticmethod
    def _filters_of(service):
        return [(f"{service.name}-{n}", f"inet:{m}@127.0.0.1" if isinstance(m, int) else m)
                for n, m in enumerate(service.milters, 1)]

    def _daemons(self):
        daemons = []
        for s in self.services:
            names = ";".join(f"filter-{name}" for name, _ in self._filters_of(s))
            daemons.append(DAEMON.format(name=s.name, port=s.port, modifiers=", M=a" if s.auth else "",
                                         filter=f", InputMailFilters={names}" if names else ""))
        later = ";".join(f"filter-later-{n}" for n in range(len(self.later)))
        daemons.append(DAEMON.format(name="resubmit", port=self.resubmit_port, modifiers="",
                                     filter=f", InputMailFilters={later}" if later else ""))
        return "".join(daemons) + DAEMON.format(name="local", port=self.local_port, modifiers="",
                                                filter=", InputMailFilters=filter-local")

    def _compile(self, name, template, **values):
        cf = f"{self.root}/usr/share/sendmail/cf"
        self._write(f"etc/{name}.mc", template.format(cf=cf, etc=self.etc, folder=self.folder, here=HERE, owner=MAILBOX_OWNER,
                                                      **values))
        done = subprocess.run(["m4", f"-D_CF_DIR_={cf}/", f"{self.etc}/{name}.mc"], check=True, capture_output=True)
        self._write(f"etc/{name}.cf", done.stdout.decode())

    # ---- running ------------------------------------------------------------

    def _command(self, *words):
        return self.aside.command(f"{self.libexec}/sendmail", *words)

    def start(self):
        self.aside.keep_log(f"{self.folder}/mail.log")
        for name in ("sendmail", "egress") if self.second else ("sendmail",):
            self.processes.append(subprocess.Popen(self._command("-C", f"{self.etc}/{name}.cf", "-bD"), stdin=subprocess.DEVNULL))
        for port in (self.local_port, self.resubmit_port, *(s.port for s in self.services), *([self.second.port] if self.second else ())):
            wait_for_port(port)

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait(30)
        for pid in self._at_work():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _at_work(self):
        """Processes that still serve or deliver: each is a session of its own, and stands in our queue."""
        for path in glob.glob("/proc/[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if os.readlink(path) in (f"{self.folder}/queue", f"{self.folder}/queue-egress"):
                    yield int(path.split("/")[2])

    # ---- mail ---------------------------------------------------------------

    def resubmit_size(self):
        """The largest message that it takes, as it says; 0: no limit."""
        with Client(self.resubmit_port) as client:
            return int(client.esmtp_features.get("size") or 0)

    def submit(self, sender, recipients, octets):
        return subprocess.run(self._command("-C", f"{self.etc}/submit.cf", "-i", "-f", sender, *recipients), input=octets,
                              capture_output=True, check=False)

    def deferred(self):
        """Of a control file, N is the number of attempts."""
        count = 0
        for path in glob.glob(f"{self.folder}/queue/qf*"):
            with contextlib.suppress(FileNotFoundError), open(path, "rb") as f:
                count += bool(re.search(rb"^N[1-9]", f.read(), re.M))
        return count

    def held(self):
        return len(glob.glob(f"{self.folder}/queue/hf*"))

    def flush(self):
        subprocess.run(self._command("-C", f"{self.etc}/sendmail.cf", "-q"), check=False, capture_output=True)
