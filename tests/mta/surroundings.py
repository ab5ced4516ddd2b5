# SPDX-License-Identifier: BSD-2-Clause
"""What `aside` puts in the place of the host's: its name, its resolver, and the socket that syslog(3) writes to."""

import os
import socket
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
DEVICES = ("null", "zero", "random", "urandom")


class Surroundings:
    """In FOLDER/etc and FOLDER/dev; without a name server nothing is looked up."""

    def __init__(self, folder, hostname, nameserver=None):
        self.folder, self.hostname = folder, hostname
        for name in ("etc", "dev"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        self._write("etc/hosts", f"127.0.0.1 {hostname} localhost\n")
        self._write("etc/nsswitch.conf", f"passwd: files\ngroup: files\nhosts: files{' dns' if nameserver else ''}\n")
        self._write("etc/resolv.conf", f"nameserver {nameserver}\n" if nameserver else "")
        for device in DEVICES:
            self._write(f"dev/{device}", "")
        self.syslog = None

    def _write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as f:
            f.write(text)

    def command(self, *words):
        return [f"{HERE}/aside", self.folder, self.hostname, *words]

    def keep_log(self, path):
        """What is written to syslog(3) in there goes to `path` from now on."""
        self.syslog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.syslog.bind(f"{self.folder}/dev/log")
        os.chmod(f"{self.folder}/dev/log", 0o666)
        threading.Thread(target=self._copy, args=(path,), daemon=True).start()

    def _copy(self, path):
        with open(path, "wb", buffering=0) as f:
            while line := self.syslog.recv(65536):
                f.write(line.rstrip(b"\n\0") + b"\n")
