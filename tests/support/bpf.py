"""A reader of seccomp programs: it checks one as the kernel does (Documentation/networking/filter.rst), and runs it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

ALLOW, ERRNO, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LOAD, RETURN, JUMP, AND = 0x20, 0x06, 0x05, 0x54
CONDITIONS = {0x15: lambda a, k: a == k, 0x35: lambda a, k: a >= k, 0x25: lambda a, k: a > k, 0x45: lambda a, k: a & k}


@dataclass
class Filter:
    """A program, refused here where the kernel would refuse it; ``longest`` is the longest run so far, in steps."""

    data: bytes
    longest: int = 0
    steps: list[tuple[int, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert len(self.data) % 8 == 0
        self.steps = list(struct.iter_unpack("<HBBI", self.data))
        assert 0 < len(self.steps) <= 4096
        assert self.steps[-1][0] == RETURN
        for at, (code, true, false, constant) in enumerate(self.steps):
            assert code in {LOAD, RETURN, JUMP, AND, *CONDITIONS}, hex(code)
            skipped = [constant] if code == JUMP else [true, false] if code in CONDITIONS else [0]
            assert all(at + 1 + skip < len(self.steps) for skip in skipped) or code == RETURN
            assert code != LOAD or (constant % 4 == 0 and constant < 64)

    def verdict(self, audit: int, number: int, arguments: Sequence[int] = ()) -> int:
        """What the filter answers to a call; arguments not given are 0, negative ones are sign-extended."""
        six = [value & 0xFFFF_FFFF_FFFF_FFFF for value in (*arguments, *[0] * 6)][:6]
        data = struct.pack("<IIQ6Q", number, audit, 0, *six)
        at = value = ran = 0
        while True:
            code, true, false, constant = self.steps[at]
            at, ran = at + 1, ran + 1
            if code == LOAD:
                [value] = struct.unpack_from("<I", data, constant)
            elif code == AND:
                value &= constant
            elif code == JUMP:
                at += constant
            elif code == RETURN:
                self.longest = max(self.longest, ran)
                return constant
            else:
                at += true if CONDITIONS[code](value, constant) else false
