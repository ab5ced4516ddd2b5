# SPDX-License-Identifier: BSD-2-Clause
"""Two organisations whose programs die and fail on demand, and what must hold whatever happens to them."""

import os
import shutil
import signal
import subprocess
import tempfile

from compressed import compressed
from control import Control
from gateway_site import Site, check
from mta import Mail, Mta, canary, shows

ALICE, BOB, PLAIN = "alice@north.example", "bob@south.example", "x@plain.example"
LONG = os.environ.get("LONG") == "1"
FILLER = b"".join(b"%06d the quick brown fox jumps over the lazy dog\n" % i for i in range(3500))  # several pieces, more than stays in memory


# GLib ends the process where there is no memory; libconfuse 3.3 falls over what it did not get.
GLIB = (signal.SIGABRT, signal.SIGTRAP)
LIBRARIES = (*GLIB, signal.SIGSEGV)


def picks(count, few=3):
    """Which of `count` occurrences: all in the long run, else some from the first to the last."""
    if LONG or count <= few:
        return range(1, count + 1)
    return sorted({1 + i * (count - 1) // (few - 1) for i in range(few)})


def letter(sender, recipient):
    """A mail whose only secret is the canary of its recipient: as text, in base64 and in quoted-printable."""
    import base64
    import quopri
    secret = canary(recipient)
    parts = [(b"8bit", b"text: " + secret + b"\n" + FILLER), (b"base64", base64.encodebytes(b"octets: " + secret + b" end")),
             (b"quoted-printable", quopri.encodestring(b"printable: " + secret + b"\n"))]
    body = b"".join(b"--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: %s\n\n%s\n" % p for p in parts)
    return (f"From: Alice <{sender}>\nTo: {recipient}\nSubject: figures\nDate: Sun, 22 Nov 2026 21:00:00 +0000\n"
            f"Message-ID: <1@{recipient}>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n").encode() + body + b"--b--\n"


class FaultSite(Site):
    def __init__(self, world, folder, domain):
        super().__init__(world.build, folder, domain)
        self.world = world

    def command(self, *words, faults=False, **options):
        return super().command(*words, env=self.world.env(self, faults), **options)

    def start(self, listener, faults=False, **options):
        return super().start(listener, env=self.world.env(self, faults), **options)

    # ---- as it was ------------------------------------------------------------------

    def save(self):
        shutil.rmtree(self.folder + ".saved", ignore_errors=True)
        subprocess.run(["cp", "-a", self.folder, self.folder + ".saved"], check=True)

    def restore(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        subprocess.run(["cp", "-a", self.folder + ".saved", self.folder], check=True)

    # ---- the record -----------------------------------------------------------------

    def lines(self):
        """Every whole line; a torn last one is none."""
        if not os.path.exists(self.path("record/record")):
            return []
        import json
        return [json.loads(line) for line in self.read("record/record").split(b"\n")[:-1]]

    def claims(self, event):
        """The lines of an event, without those that an "undone" takes back."""
        lines = self.lines()
        undone = [(line["first"], line["last"]) for line in lines if line["event"] == "undone"]
        return [line for line in lines if line["event"] == event and
                not any(first <= line["seq"] <= last for first, last in undone)]


class World:
    def __init__(self, build):
        self.build = build
        self.folder = tempfile.mkdtemp(prefix="postseal-faults-")
        os.chmod(self.folder, 0o755)
        self.control = Control(f"{self.folder}/control")
        self.sites, self.pair, self.made = [], None, 0
        self.mta = Mta()
        self.ended = 0  # by a library, for want of memory
        self.died, self.ran = {}, {}  # crash points killed at, schedules run by kind

    def env(self, site, faults):
        env = {"POSTSEAL_FAULTS": self.control.path, "POSTSEAL_FAULTS_UNDER": site.folder + "/"}
        return {**env, "LD_PRELOAD": f"{self.build}/tests/faults/shim.so"} if faults else env

    def site(self, domain="north.example"):
        self.made += 1
        site = FaultSite(self, f"{self.folder}/{self.made}", domain)
        self.sites.append(site)
        return site

    def north_and_south(self):
        if self.pair is None:
            north, south = self.site("north.example"), self.site("south.example")
            for site, user in ((north, "alice"), (south, "bob")):
                site.init()
                site.ca()
                site.enrol(user)
                site.edit_configuration('store        =', 'spool-memory = "64k"\nstore        =')
            north.trust(south, "bob")
            south.trust(north, "alice")
            north.configure('domain "south.example" {\n\tencrypt = "required"\n\tsign = "required"\n}\n')
            self.pair = (north, south)
            self._mails()
            north.save()
            south.save()
        return self.pair

    def _mails(self):
        """What each listener does, once in good health: the results are the mails of the other direction."""
        north, south = self.pair
        out, secret = north.start("out"), canary(BOB)
        sign = Mail("sign", "out", ALICE, [PLAIN], letter(ALICE, PLAIN), lambda t: b"multipart/signed" in t, "alice")
        protect = Mail("protect", "out", ALICE, [BOB], letter(ALICE, BOB), lambda t: b"enveloped-data" in t, "alice", secret)
        signed, sealed = self.mta.attempt(out, sign), self.mta.attempt(out, protect)
        check(signed.word == sealed.word == "accepted", signed.reply, sealed.reply)
        out.stop()
        opens = Mail("open", "in", ALICE, [BOB], sealed.edited, lambda t: b"smime=pass" in t and shows(t, secret),
                     fallback=lambda t: b"enveloped-data" in t and b"smime=pass" not in t)
        body = signed.edited.split(b"\n\n", 1)[1]
        verify = Mail("verify", "in", ALICE, [BOB], signed.edited, lambda t: b"smime=pass" in t and body in t,
                      fallback=lambda t: body in t)
        # compressed by a stranger (RFC 3274): the letter's own header fields stand outside
        fields, _, entity = letter(PLAIN, BOB).partition(b"MIME-Version: 1.0\n")
        entity = entity.replace(b"\n", b"\r\n")
        unpack = Mail("unpack", "in", PLAIN, [BOB], fields + b"MIME-Version: 1.0\n" + compressed(entity),
                      lambda t: FILLER in t and b"compressed-data" not in t and b"smime=none" in t)
        # a mail of which nothing is changed: the record alone tells that it went by
        self.untouched = Mail("untouched", "local", ALICE, [PLAIN], letter(ALICE, PLAIN), lambda t: FILLER in t)
        self.mails = (sign, protect, opens, verify, unpack)

    def site_of(self, mail):
        return self.pair[1] if mail.listener == "in" else self.pair[0]

    def restore(self):
        for site in self.pair or ():
            site.restore()

    # ---- what must hold ----------------------------------------------------------------

    def no_clear_text_rests(self):
        """Neither spool nor record nor log: not a trace of a secret in any file."""
        for site in self.pair:
            for folder, _, names in os.walk(site.folder):
                for name in names:
                    path = os.path.join(folder, name)
                    if os.path.isfile(path):
                        with open(path, "rb") as f:
                            check(not shows(f.read(), canary(BOB)), "clear text in", path)

    def arrives(self, daemon, mail):
        """The MTA's next try: exactly one result, and the right one."""
        before = self.mta.arrived.get(mail.name, 0)
        outcome = self.mta.attempt(daemon, mail)
        check(outcome.word == "accepted", mail.name, "is not taken at the second try:", outcome.reply, daemon.log()[-2000:])
        check(mail.right(outcome.edited), mail.name, "has a wrong result:", outcome.edited[:3000])
        check(self.mta.arrived[mail.name] == before + 1, mail.name, "arrived more than once")

    def killed(self, row, process):
        """A daemon or a finished command died by our hand, not by itself."""
        code = process.wait(60) if hasattr(process, "wait") else process.returncode
        check(code == -signal.SIGKILL, row, "did not end it:", code)
        self.died[row] = self.died.get(row, 0) + 1

    def died_of_it(self, kind, code, signals, *what):
        """Programs end themselves in order; only a library may do otherwise, for want of memory, in the ways that are known."""
        if code >= 0:
            return
        check(kind == "allocation" and -code in signals, kind, "ended it with signal", -code, *what)
        self.ended += 1

    def schedule(self, kind):
        self.ran[kind] = self.ran.get(kind, 0) + 1

    def stop(self):
        self.control.clear()
        for site in self.sites:
            site.stop()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
