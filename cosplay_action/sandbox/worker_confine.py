"""Inside a worker: the walls that a process puts around itself, by the kernel's own calls.

Standard library only, Python 3.9 to 3.14, Linux. Landlock: docs.kernel.org/userspace-api/landlock.html; seccomp:
docs.kernel.org/userspace-api/seccomp_filter.html. Each wall is inherited by every child and can never be taken down.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2
SET_DUMPABLE = 4
CAPGET, CAPSET = {"x86_64": 125, "aarch64": 90}, {"x86_64": 126, "aarch64": 91}
KEEPCAPS = 8
READS = (1 << 2, 1 << 1)  # CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE: either lets root's files be read
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
VERSION, BENEATH = 1, 1
READ_FILE, READ_DIR, EXECUTE, TRUNCATE, REFER, IOCTL_DEV = 1 << 2, 1 << 3, 1 << 0, 1 << 14, 1 << 13, 1 << 15
ALL_FILES = (1 << 13) - 1  # what ABI 1 knows
TCP, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals
PAGE = resource.getpagesize()

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # Python 3.14 wants the layout of packed structures said
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _call(number: int, *args: object) -> int:
    result = int(_LIBC.syscall(ctypes.c_long(number), *args))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def prctl(option: int, value: object = 0, more: object = 0) -> None:
    if _LIBC.prctl(option, ctypes.c_ulong(value) if isinstance(value, int) else value, more, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def no_new_privs() -> None:
    """No program that is started from here on gains rights by being setuid."""
    prctl(NO_NEW_PRIVS, 1)


def drop_capabilities(keep: int = 0) -> None:
    """Give up what root may do beyond its files but ``keep`` (a mask); a user without capabilities loses nothing."""
    number = CAPSET.get(os.uname().machine)
    if number is not None:
        _call(number, _this(), (ctypes.c_uint32 * 6)(keep, keep))


def _this() -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process


def become(user: int) -> bool:
    """Root goes on as an ordinary user, for whom a limit on processes holds, who may still read what root could.

    Returns False, with nothing changed, where that cannot be: in a user namespace that has no such user.
    """
    held = (ctypes.c_uint32 * 6)()
    try:
        _call(CAPGET[os.uname().machine], _this(), held)
        keep = next(mask for mask in READS if held[1] & mask)
        prctl(KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    except (OSError, KeyError, StopIteration):
        return False
    drop_capabilities(keep)
    return True


def landlock_abi() -> int:
    """The version of Landlock the kernel offers, 0 for none."""
    try:
        return _call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION))
    except OSError:
        return 0


def landlock(reads: Sequence[str], writes: Sequence[str] = ()) -> int:
    """Only ``reads`` can be read and only ``writes`` changed from here on: files, or folders with all below.

    Also no TCP port (ABI 4), and no signal or abstract socket beyond this process's descendants (ABI 6). Returns the
    ABI, 0 where the kernel has no Landlock: then nothing happened.
    """
    abi = landlock_abi()
    if not abi:
        return 0
    newer = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV))
    files = ALL_FILES | sum(bit for since, bit in newer if abi >= since)
    rules = _Ruleset(files, TCP if abi >= 4 else 0, SCOPES if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = _call(CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path in reads:
            _allow(ruleset, path, READ_FILE | READ_DIR)
        for path in writes:
            _allow(ruleset, path, files & ~EXECUTE)
        _call(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return abi


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        kept = access if os.path.isdir(path) else access & (READ_FILE | TRUNCATE | (1 << 1))  # (1 << 1): WRITE_FILE
        rule = _Beneath(kept, place)
        _call(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(place)


class Filter:
    """A seccomp program, made once so that putting it on costs one system call: ``step`` is what to call, with what.

    It returns 0 when from there on this process makes the system calls that the program allows, which needs
    ``no_new_privs``.
    """

    def __init__(self, instructions: bytes) -> None:
        self._buffer = ctypes.create_string_buffer(instructions, len(instructions))
        self._program = _Program(len(instructions) // 8, ctypes.addressof(self._buffer))
        mode = ctypes.c_ulong.from_param(FILTER)  # converted once, not in each cell
        self.step = (_LIBC.prctl, (SET_SECCOMP, mode, ctypes.byref(self._program), 0, 0))

    def put_on(self) -> None:
        act, given = self.step
        if act(*given) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def seccomp(instructions: bytes) -> None:
    Filter(instructions).put_on()


def undumpable() -> None:
    """No process of this user may read this one's memory or attach to it (prctl(2), PR_SET_DUMPABLE)."""
    prctl(SET_DUMPABLE, 0)


def lowered(which: int, most: int) -> int:
    """What a resource limit comes to that is to be lowered: one that is lower already stays."""
    highest = resource.getrlimit(which)[1]
    return most if highest == resource.RLIM_INFINITY else min(most, highest)


NAMED = {resource.RLIMIT_AS: "ulimit -v", resource.RLIMIT_CPU: "ulimit -t", resource.RLIMIT_NOFILE: "ulimit -n"}


def started_with() -> dict[int, int]:
    """The limits of this process, asked before a module of the repository may have set its own."""
    return {which: resource.getrlimit(which)[1] for which in NAMED}


def lacking(bounds: dict[int, int], given: dict[int, int]) -> str:
    """Which of the limits that a process was started with are below these, "" if none is."""
    lower = [which for which in NAMED if given[which] != resource.RLIM_INFINITY and given[which] < bounds[which]]
    return "; ".join(f"{NAMED[which]} is below what a cell may use ({bounds[which]})" for which in lower)


def bound(which: int, most: int, *, hard: bool = True) -> None:
    """Lower a resource limit, for good if ``hard``; a lower one that is there already stays."""
    most = lowered(which, most)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some
        resource.setrlimit(which, (most, most if hard else resource.getrlimit(which)[1]))


@contextlib.contextmanager
def bounded(which: int, most: int) -> Iterator[None]:
    """Hold a soft limit while the block runs."""
    before = resource.getrlimit(which)
    bound(which, most, hard=False)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, before)


def address_space() -> int:
    """Bytes of address space this process has, told by which limit stops it from taking one more page.

    ``/proc/self/statm`` says the same, but a jailed process has no ``/proc``. 0 where limits on it are not kept.
    """
    low, high = 0, lowered(resource.RLIMIT_AS, 1 << 47)
    with bounded(resource.RLIMIT_AS, resource.RLIM_INFINITY):
        if _takes_a_page(0):
            return 0
        while high - low > PAGE:
            middle = (low + high) // 2 // PAGE * PAGE
            low, high = (low, middle) if _takes_a_page(middle) else (middle, high)
    return low


def _takes_a_page(limit: int) -> bool:
    """Whether one more page can be had under the limit."""
    highest = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (limit, highest))
    page = _LIBC.mmap(None, ctypes.c_size_t(PAGE), 0, 0x22, -1, ctypes.c_long(0))  # MAP_PRIVATE | MAP_ANONYMOUS
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY if highest < 0 else highest, highest))
    if page in {None, -1, ctypes.c_void_p(-1).value}:
        return False
    _LIBC.munmap(ctypes.c_void_p(page), ctypes.c_size_t(PAGE))
    return True


_LIBC.mmap.restype = ctypes.c_void_p
