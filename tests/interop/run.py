#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every algorithm both ways between `postseal process` and other S/MIME software, as one table.

    BUILD=build tests/interop/run.py [WORD ...]    only rows with one of these words; KEEP=1 leaves the files

Needs no root and no network.  A cell is

    ok      done, and what came out at the other end is what went in
    [n]     the peer cannot: it was tried, and said or did what note n expects; where a newer one can, the cell is ok
    FAILED  anything else
"""

import concurrent.futures
import os
import re
import shutil
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ours import Failed, Ours  # noqa: E402  (also puts tests/programs on the path)
import cells  # noqa: E402
import particulars  # noqa: E402
from bouncycastle import BouncyCastle  # noqa: E402
from correspondents import Correspondents  # noqa: E402
from gpgsm import Gpgsm  # noqa: E402
from nss import NSS  # noqa: E402
from openssl import OpenSSL  # noqa: E402
from peer import Refused  # noqa: E402

PEERS = (OpenSSL, Gpgsm, NSS, BouncyCastle)
NAME_WIDTH, CELL_WIDTH = 78, 15


class Table:
    """Prints rows as they are done; the notes and what failed come behind."""

    def __init__(self, peers):
        self.peers = peers
        self.notes, self.failures, self.counts = [], [], {"ok": 0, "cannot": 0, "failed": 0}
        self.group = None

    def head(self):
        self.line("", [p.name for p in self.peers])
        self.line("", [p.version() for p in self.peers])

    @staticmethod
    def line(name, words):
        print(f"{name:{NAME_WIDTH}}" + "".join(f"{w:{CELL_WIDTH}}" for w in words).rstrip(), flush=True)

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
        return f"[{self.notes.index(text) + 1}]"

    def word(self, row, peer, error):
        """What stands in the cell, counted."""
        if error is None:
            self.counts["ok"] += 1
            return "ok"
        for title, reason, says in peer.CANNOT if isinstance(error, Refused) else ():
            if re.search(title, row.title) and re.search(says, str(error)):
                self.counts["cannot"] += 1
                return self.note(f"{peer.name}: {reason}")
        self.counts["failed"] += 1
        known = isinstance(error, (Failed, Refused))
        text = str(error) if known else "".join(traceback.format_exception(error))
        self.failures.append(f"{peer.name}, {row.title}\n    {type(error).__name__}: " + text.strip().replace("\n", "\n    "))
        return "FAILED"

    def row(self, row, errors):
        if row.group != self.group:
            self.group = row.group
            print(row.group, flush=True)
        if row.never:
            self.line(f"    {row.name}", [f"we never write it: {row.never}"])
            return
        self.line(f"    {row.name}", [self.word(row, *cell) for cell in zip(self.peers, errors)])

    def end(self):
        print()
        for i, text in enumerate(self.notes, 1):
            print(f"{f'[{i}]':5}{text}")
        for text in self.failures:
            print(f"\nFAILED  {text}")
        print(f"\n{self.counts['cannot']} cells that a peer cannot fill were seen to fail as the notes say")
        print(f"{self.counts['ok'] + self.counts['cannot']} passed, {self.counts['failed']} failed")


def attempt(row, peer, ours, prepared):
    try:
        row.attempt(peer, ours, prepared)
        return None
    except Exception as e:  # whatever goes wrong is told in its cell
        return e


def fill(table, ours, row, pool):
    if row.never:
        table.row(row, [])
        return
    try:
        prepared = row.prepare(ours)
    except Exception as e:  # ours alone: no peer can
        table.row(row, [e] * len(table.peers))
        return
    table.row(row, list(pool.map(lambda peer: attempt(row, peer, ours, prepared), table.peers)))


def run(folder, peers, words):
    people = Correspondents(f"{folder}/west")
    ours = Ours(os.path.abspath(os.environ.get("BUILD", "build")), f"{folder}/north", people)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for peer in PEERS:
            try:
                peers.append(peer(f"{folder}/{peer.__name__.lower()}", people, ours))
            except FileNotFoundError as e:
                sys.exit(f"{peer.name}: {e.filename} is not there; interop_packages in contrib/bootstrap lists what is needed")
        table = Table(peers)
        table.head()
        for row in [*cells.rows(), *particulars.rows()]:
            if not words or any(w in row.title for w in words):
                fill(table, ours, row, pool)
    table.end()
    return table.counts


def main():
    folder, peers = tempfile.mkdtemp(prefix="postseal-interop-"), []
    os.chmod(folder, 0o755)
    try:
        counts = run(folder, peers, sys.argv[1:])
    finally:
        for peer in peers:
            peer.stop()
        if os.environ.get("KEEP"):
            print(f"left for a look: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if counts["ok"] and not counts["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
