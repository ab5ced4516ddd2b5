# SPDX-License-Identifier: BSD-2-Clause
"""Other people's filters, from unpacked packages: OpenDKIM, OpenDMARC, ClamAV and rspamd, each as a milter on a port.

None of them needs the network: DKIM keys come from a file, DMARC policies from a name server of ours, the only virus
is ours, and spam is what has rspamd's own test line in it.
"""

import base64
import os
import subprocess

from mta import free_port, wait_for_port
from names import NameServer
from surroundings import Surroundings

SELECTOR = "test"
VIRUS = b"a text that has the virus POSTSEAL-TEST-VIRUS in it"
# The variant of GTUBE that asks rspamd for a mark, not for a refusal.
SPAM = b"YJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"

OPENDKIM = """\
Background no
Syslog yes
Socket inet:{port}@127.0.0.1
"""

OPENDKIM_SIGN = OPENDKIM + """\
Mode s
Domain {domain}
Selector """ + SELECTOR + """
KeyFile {folder}/dkim.key
RequireSafeKeys no
"""

OPENDKIM_VERIFY = OPENDKIM + """\
Mode v
AuthservID {authserv_id}
AlwaysAddARHeader yes
TestPublicKeys {folder}/dkim.public
"""

# It looks away from local clients, unless it is told which ones.
OPENDMARC = """\
Background no
Syslog yes
Socket inet:{port}@127.0.0.1
AuthservID {authserv_id}
TrustedAuthservIDs {authserv_id}
IgnoreHosts {folder}/nobody
"""

CLAMD = """\
Foreground yes
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
LogFile {folder}/clamd.log
"""

CLAMAV_MILTER = """\
Foreground yes
MilterSocket inet:{port}@127.0.0.1
ClamdSocket unix:{folder}/clamd.sock
OnInfected Quarantine
OnFail Defer
AddHeader Replace
LogFile {folder}/clamav-milter.log
"""

RSPAMD = """\
options {{
    filters = ""; enable_test_patterns = yes; url_tld = "{folder}/tld"; tempdir = "{folder}"; hs_cache_dir = "{folder}";
    cores_dir = "{folder}"; control_socket = "{folder}/rspamd.sock mode=0600"; dns {{ nameserver = ["127.0.0.1:9"]; }}
}}
logging {{ type = "file"; filename = "{folder}/rspamd.log"; }}
actions {{ reject = 15; add_header = 6; }}
worker "rspamd_proxy" {{
    bind_socket = "127.0.0.1:{port}"; milter = yes; count = 1;
    upstream "local" {{ default = yes; self_scan = yes; }}
}}
"""

CONFIGURATIONS = {"sign": OPENDKIM_SIGN, "verify": OPENDKIM_VERIFY, "dmarc": OPENDMARC, "clamd": CLAMD, "virus": CLAMAV_MILTER,
                  "spam": RSPAMD}


class Filters:
    """
    `sign` signs for `domain`, `verify` and `dmarc` write results under `authserv_id`, `virus` and `spam` look at the
    text: the ports to write into an MTA's configuration.  Nothing runs before start().
    """

    def __init__(self, root, folder, domain, authserv_id):
        self.root, self.folder, self.domain, self.authserv_id = root, folder, domain, authserv_id
        self.sign, self.verify, self.dmarc, self.virus, self.spam = (free_port() for _ in range(5))
        self.processes, self.names = [], None

    # ---- set-up -------------------------------------------------------------------

    def _write(self, name, text, mode=0o644):
        path = f"{self.folder}/{name}"
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def _make_keys(self):
        key = f"{self.folder}/dkim.key"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        os.chmod(key, 0o600)
        public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True)
        self._write("dkim.public", f"{SELECTOR}._domainkey.{self.domain} v=DKIM1; k=rsa; "
                                   f"p={base64.b64encode(public.stdout).decode()}\n")

    def _configure(self):
        for name in ("", "signatures"):
            os.makedirs(f"{self.folder}/{name}", exist_ok=True)
        self._make_keys()
        self._write("nobody", "192.0.2.1\n")
        self._write("tld", "example\n")
        self._write("signatures/test.ndb", f"Postseal.Test:0:*:{VIRUS.hex()}\n")
        for name, text in CONFIGURATIONS.items():
            self._write(f"{name}.conf", text.format(folder=self.folder, domain=self.domain, authserv_id=self.authserv_id,
                                                    port=getattr(self, name, 0)))

    # ---- running ------------------------------------------------------------------

    def start(self):
        """Once; what is running stays."""
        if self.processes:
            return
        if not os.path.isdir(self.root):
            raise RuntimeError(f"{self.root} is missing: contrib/bootstrap packages unpacks the filters")
        self._configure()
        self.names = NameServer({f"_dmarc.{self.domain}": "v=DMARC1; p=reject"})
        aside = Surroundings(self.folder, self.authserv_id, self.names.address)
        aside.keep_log(f"{self.folder}/syslog")
        for name in ("sign", "verify"):
            self._run(aside.command(f"{self.root}/usr/sbin/opendkim", "-f", "-x", f"{self.folder}/{name}.conf"))
        self._run(aside.command(f"{self.root}/usr/sbin/opendmarc", "-f", "-c", f"{self.folder}/dmarc.conf"))
        self._run([f"{self.root}/usr/sbin/clamd", "-c", f"{self.folder}/clamd.conf"])
        wait_for_port(f"{self.folder}/clamd.sock")  # its milter gives up where there is none
        self._run([f"{self.root}/usr/sbin/clamav-milter", "-c", f"{self.folder}/virus.conf"])
        self._run([f"{self.root}/usr/bin/rspamd", "-f", "-i", "-c", f"{self.folder}/spam.conf", *self._rspamd_folders()],
                  LD_LIBRARY_PATH=f"{self.root}/usr/lib/rspamd")
        for port in (self.sign, self.verify, self.dmarc, self.virus, self.spam):
            wait_for_port(port)

    def _rspamd_folders(self):
        share = f"{self.root}/usr/share/rspamd"
        folders = {"SHAREDIR": share, "LUALIBDIR": f"{share}/lualib", "PLUGINSDIR": f"{share}/plugins",
                   "RULESDIR": f"{share}/rules", "RUNDIR": self.folder, "DBDIR": self.folder, "CONFDIR": self.folder}
        return [f"--var={name}={folder}" for name, folder in folders.items()]

    def _run(self, command, **environment):
        with open(f"{self.folder}/output", "ab") as output:
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                                   env={**os.environ, **environment}))

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)
        if self.names:
            self.names.close()
