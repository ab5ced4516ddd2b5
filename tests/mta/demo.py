# SPDX-License-Identifier: BSD-2-Clause
"""Two organisations, two gateways, real Postfix between them, on loopback: one mail goes through, shown at each station."""

import os
import shutil
import smtplib
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from organisation import Organisation  # noqa: E402
from wire import Wire  # noqa: E402

MAIL = """\
From: Alice Adams <alice@north.example>
To: Bob Brown <bob@south.example>
Subject: Quarterly figures
Date: {date}
Message-ID: <figures@north.example>
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

Bob,

the figures are good: 4 711 000 \u20ac.

Alice
"""


def title(text):
    print(f"\n\033[1m=== {text} ===\033[0m" if sys.stdout.isatty() else f"\n=== {text} ===")


def show(octets, lines=40):
    text = octets.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    for line in text[:lines]:
        print("    " + line)
    if len(text) > lines:
        print(f"    ... {len(text) - lines} more lines")


def main():
    build = os.path.abspath(os.environ.get("BUILD", "build"))
    folder = tempfile.mkdtemp(prefix="postseal-demo-")
    os.chmod(folder, 0o755)
    north = Organisation(build, "postfix", f"{folder}/north", "north.example", ["alice"],
                         rules='domain "south.example" { encrypt = "required" }')
    south = Organisation(build, "postfix", f"{folder}/south", "south.example", ["bob"])
    try:
        print("Setting up two organisations: keys, certificates, Postfix, daemons ...")
        wire = Wire(south.mta.port("in"))
        north.set_up({"south.example": wire.port})
        south.set_up({"north.example": north.mta.port("in")})
        north.trust(south)
        south.trust(north)
        for o in (north, south):
            o.start()
        mail = MAIL.format(date=time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())).encode()
        title("as Alice wrote it")
        show(mail)
        with smtplib.SMTP("127.0.0.1", north.mta.port("out")) as s:
            s.login("alice@north.example", "secret")
            s.sendmail("alice@north.example", ["bob@south.example"], mail.replace(b"\n", b"\r\n"))
        delivered = south.mta.wait_delivered("bob@south.example")[0]
        title("as it crossed the wire (signed, then encrypted)")
        show(wire.messages()[0], 30)
        title("as Bob got it")
        show(delivered)
        for o in (north, south):
            title(f"the record of {o.domain}")
            for line in o.record("message"):
                print("    " + str({k: v for k, v in line.items() if k not in ("v", "salt", "prev", "h")}))
            print(o.said("audit", "verify"))
        if b"smime=pass" not in delivered or "4 711 000".encode() not in delivered:
            print("the mail did not arrive as it should", file=sys.stderr)
            return 1
        return 0
    finally:
        for o in (north, south):
            o.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
