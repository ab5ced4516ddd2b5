# SPDX-License-Identifier: BSD-2-Clause
"""What a test and the programs under test share: at which place to die, which operation fails, what time it is."""

import mmap
import os
import re
import struct

PAGE = 4096
KINDS = ("allocation", "open", "read", "write", "fsync", "name", "truncate", "lock", "map")
ONCE, FROM_THEN_ON, TEAR = range(3)


def rows():
    """The ids of base/crashpoints.def, in its order."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(f"{here}/../../base/crashpoints.def", encoding="utf-8") as f:
        return re.findall(r"^CRASHPOINT\((\w+)", f.read(), re.M)


class Control:
    """The file that $POSTSEAL_FAULTS names: base/crashpoint.c has its first page, shim.c its second."""

    def __init__(self, path):
        self.path, self.rows = path, rows()
        with open(path, "wb") as f:
            f.write(b"\0" * 2 * PAGE)
        os.chmod(path, 0o666)  # the daemon is another user
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 2 * PAGE)

    def clear(self):
        """Nothing fails, nobody dies, nothing was counted, the clock is right."""
        self.map[:] = b"\0" * 2 * PAGE

    # ---- dying ------------------------------------------------------------------------

    def die_at(self, row, nth=1):
        self.clear()
        struct.pack_into("=II", self.map, 0, self.rows.index(row) + 1, nth)

    def reached(self):
        """{row: how often}"""
        counts = struct.unpack_from(f"={len(self.rows)}I", self.map, 8)
        return {row: n for row, n in zip(self.rows, counts) if n}

    # ---- failing ----------------------------------------------------------------------

    def fail(self, kind, nth, error, manner=ONCE):
        self.clear()
        struct.pack_into("=IIII", self.map, PAGE, KINDS.index(kind) + 1, nth, error, manner)

    def disarm(self):
        struct.pack_into("=I", self.map, PAGE, 0)

    def clock(self, seconds):
        struct.pack_into("=q", self.map, PAGE + 16, 1000 * seconds)

    def counts(self):
        """{kind: operations}"""
        return dict(zip(KINDS, struct.unpack_from(f"={len(KINDS)}I", self.map, PAGE + 24)))

    def failed(self):
        return struct.unpack_from("=I", self.map, PAGE + 24 + 4 * len(KINDS))[0]
