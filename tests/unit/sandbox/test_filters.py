"""System call filters: what each kind allows and refuses, read by an interpreter and then by this machine's kernel."""

from __future__ import annotations

import json
import platform
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError
from cosplay_action.sandbox.filter_rules import REFUSED_WITH, RULES, Kind, Match
from cosplay_action.sandbox.filters import narrowing, program
from cosplay_action.sandbox.syscalls import processor
from tests.support.bpf import ALLOW, AUDIT, ERRNO, KILL_PROCESS, Filter

KINDS: tuple[Kind, ...] = ("child", "zygote", "check")
EPERM, ENOSYS = ERRNO | 1, ERRNO | 38
POINTER = 0x7FFF_1234_5678
HIGH = 0xDEAD_BEEF << 32  # what may lie above an ``int`` argument


def answer(arch: str, kind: Kind, name: str, *arguments: int) -> int:
    return Filter(program(arch, kind)).verdict(AUDIT[arch], processor(arch).numbers[name], arguments)


# -- the tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_name_only_calls_whose_numbers_are_known_and_every_known_call_is_named(kind: Kind) -> None:
    numbers = processor("x86_64").numbers  # it has them all
    named = {name for rules in RULES.values() for rule in rules for name in rule.calls.split()}
    refused = {name for names in REFUSED_WITH.values() for name in names}
    assert named | refused == set(numbers)
    assert set(processor("aarch64").numbers) <= set(numbers)


def test_a_wide_argument_is_compared_with_one_value() -> None:
    with pytest.raises(ValueError, match="one value"):
        Match(0, (1 << 32, 2), 0xFFFF_FFFF_FFFF_FFFF)


@pytest.mark.parametrize("machine", ["riscv64", "i686", "", "AMD64"])
def test_another_processor_is_an_error_that_names_those_there_are(machine: str) -> None:
    with pytest.raises(SandboxError, match="no system call filter") as caught:
        program(machine, "child")
    assert "x86_64, aarch64" in caught.value.cure


def test_arm64_is_aarch64() -> None:
    assert program("arm64", "child") == program("aarch64", "child")


# Headers of this machine, where it has them: numbers of both processors, as the kernel's own text defines them.
X86 = [Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm/unistd_64.h")]
GENERIC = [Path("/usr/include/asm-generic/unistd.h")]


@pytest.mark.parametrize(("arch", "headers"), [("x86_64", X86), ("aarch64", GENERIC)])
def test_numbers_are_those_of_the_kernels_headers(arch: str, headers: list[Path]) -> None:
    header = next((path for path in headers if path.exists()), None)
    if header is None:
        pytest.skip("no kernel headers here")
    text = header.read_text()
    defined = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    aliases = re.findall(r"#define __NR_(\w+)\s+__NR3264_(\w+)", text)
    defined |= {name: defined[other] for name, other in aliases if other in defined}
    known = processor(arch).numbers
    newest = max(number for name, number in defined.items() if name != "syscalls" and number < 1000)
    assert {name: n for name, n in known.items() if n <= newest} == {
        name: defined[name] for name in processor("x86_64").numbers if defined.get(name, newest + 1) <= newest
    }
    assert all(number == processor("x86_64").numbers[name] for name, number in known.items() if number > newest)


# -- what the filters answer ------------------------------------------------------------------------------------------

OPEN_FLAGS = [
    (0, True),
    (0o2000000, True),  # O_CLOEXEC
    (0o2000000 | 0o200000 | 0o4000, True),  # opendir on x86_64: O_DIRECTORY
    (0o2000000 | 0o40000 | 0o4000, True),  # and on aarch64
    (0o100000 | HIGH, True),  # O_LARGEFILE
    (1, False),
    (2, False),
    (3, False),
    (2 | HIGH, False),
    (0o100, False),  # O_CREAT
    (0o1000, False),  # O_TRUNC
    (0o2000, False),  # O_APPEND
    (0o20000, False),  # O_ASYNC
    (0o20200000 | 2, False),  # O_TMPFILE
    (0o20000000, False),
]


@pytest.mark.parametrize("kind", ["child", "zygote"])
@pytest.mark.parametrize(("flags", "allowed"), OPEN_FLAGS)
def test_files_are_opened_for_reading_only(kind: Kind, flags: int, allowed: bool) -> None:
    wanted = ALLOW if allowed else EPERM
    assert answer("x86_64", kind, "open", POINTER, flags) == wanted
    for arch in AUDIT:
        assert answer(arch, kind, "openat", -100, POINTER, flags, 0o666) == wanted


@pytest.mark.parametrize(
    ("flags", "allowed"),
    [(0, True), (0o1101, True), (0o2102, True), (0o100, True), (0o20200002, True), (3, False), (0o1000, False),
     (0o1100, False), (0o20002, False)],
)  # fmt: skip
def test_a_check_writes_but_does_not_truncate_what_it_may_only_read(flags: int, allowed: bool) -> None:
    assert answer("x86_64", "check", "open", POINTER, flags) == (ALLOW if allowed else EPERM)
    for arch in AUDIT:
        assert answer(arch, "check", "openat", -100, POINTER, flags) == (ALLOW if allowed else EPERM)


THREAD = 0x3D0F00  # glibc's flags
FORK = 0x1200011
CLONE_NEW = {"mount": 1 << 17, "cgroup": 1 << 25, "uts": 1 << 26, "ipc": 1 << 27, "user": 1 << 28, "pid": 1 << 29,
             "net": 1 << 30}  # fmt: skip
OTHER_FLAGS = {
    "ptrace": 1 << 13,
    "untraced": 1 << 23,
    "parent": 1 << 15,
    "pidfd": 1 << 12,
    "io": 1 << 31,
    "63": 1 << 63,
}


@pytest.mark.parametrize("arch", AUDIT)
@pytest.mark.parametrize("bit", [*CLONE_NEW.values(), *OTHER_FLAGS.values()])
def test_no_thread_and_no_fork_takes_a_new_namespace_or_another_surprise(arch: str, bit: int) -> None:
    for kind in KINDS:
        assert answer(arch, kind, "clone", THREAD | bit) == EPERM
        assert answer(arch, kind, "clone", FORK | bit) == EPERM


@pytest.mark.parametrize("arch", AUDIT)
def test_only_the_zygote_forks_and_all_start_threads(arch: str) -> None:
    for kind in KINDS:
        assert answer(arch, kind, "clone", THREAD) == ALLOW
        assert answer(arch, kind, "clone", FORK) == (ALLOW if kind == "zygote" else EPERM)
        assert answer(arch, kind, "clone", 17) == (ALLOW if kind == "zygote" else EPERM)  # musl's fork
        assert answer(arch, kind, "clone", THREAD & ~0x100) == EPERM  # not in the same memory
        assert answer(arch, kind, "clone", THREAD & ~0x10000) == EPERM  # not the same process
        assert answer(arch, kind, "clone", 9) == EPERM  # a fork whose end sends SIGKILL to its parent


FCNTL = {
    "child": {0, 1, 2, 3, 4, 1030},
    "zygote": {0, 1, 2, 3, 4, 1030, 1033, 1034},
    "check": {0, 1, 2, 3, 4, 5, 6, 7, 1030},
}


@pytest.mark.parametrize("arch", AUDIT)
@pytest.mark.parametrize("kind", KINDS)
def test_fcntl_has_no_way_to_send_signals_and_commands_are_read_as_ints(arch: str, kind: Kind) -> None:
    for command in [*range(40), *range(1020, 1045)]:
        wanted = ALLOW if command in FCNTL[kind] else EPERM
        assert answer(arch, kind, "fcntl", 3, command) == wanted
        assert answer(arch, kind, "fcntl", 3, command | HIGH) == wanted
    assert answer(arch, kind, "fcntl", 3, 4, 0o4000) == ALLOW  # O_NONBLOCK
    assert answer(arch, kind, "fcntl", 3, 4, 0o24000) == EPERM  # and O_ASYNC


@pytest.mark.parametrize("arch", AUDIT)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("ioctl", (1, 0x5401), True),
        ("ioctl", (1, 0x541B | HIGH), True),
        ("ioctl", (1, 0x5412), False),  # TIOCSTI types into a terminal
        ("ioctl", (1, 0x5452), False),  # FIOASYNC
        ("ioctl", (1, 0x8901), False),  # FIOSETOWN
        ("socketpair", (1, 1, 0), True),
        ("socketpair", (1 | HIGH, 0x80801 | HIGH, HIGH), True),
        ("socketpair", (1, 2, 0), False),
        ("socketpair", (1, 5, 0), False),
        ("socketpair", (2, 1, 0), False),
        ("socketpair", (16, 1, 0), False),
        ("socketpair", (1, 1, 1), False),
        ("sendto", (3, POINTER, 5, 0, 0, 0), True),
        ("sendto", (3, POINTER, 5, 0, POINTER, 16), False),
        ("sendto", (3, POINTER, 5, 0, 1 << 32, 16), False),
        ("prlimit64", (0, 7, 0, POINTER), True),
        ("prlimit64", (1, 7, 0, POINTER), False),
        ("prctl", (15, POINTER), True),
        ("prctl", (16 | HIGH, POINTER), True),
    ],
)
def test_arguments_that_all_kinds_judge_alike(
    arch: str, kind: Kind, name: str, arguments: tuple[int, ...], allowed: bool
) -> None:
    assert answer(arch, kind, name, *arguments) == (ALLOW if allowed else EPERM)


@pytest.mark.parametrize("arch", AUDIT)
def test_limits_and_prctl_are_the_zygotes_to_set(arch: str) -> None:
    for kind in KINDS:
        wanted = ALLOW if kind == "zygote" else EPERM
        assert answer(arch, kind, "prlimit64", 0, 7, POINTER, 0) == wanted
        assert answer(arch, kind, "prlimit64", 0, 7, 1 << 32, 0) == wanted
        assert answer(arch, kind, "prctl", 4, 1) == wanted  # PR_SET_DUMPABLE
        assert answer(arch, kind, "prctl", 0x59616D61, -1) == wanted  # PR_SET_PTRACER


@pytest.mark.parametrize("arch", AUDIT)
def test_only_the_zygote_ends_processes_and_never_all_of_them(arch: str) -> None:
    for pid in (4242, 0, -4242, 4242 | HIGH):
        assert answer(arch, "zygote", "kill", pid, 9) == ALLOW
    for pid in (-1, 0xFFFF_FFFF, 0xFFFF_FFFF | HIGH):
        assert answer(arch, "zygote", "kill", pid, 9) == EPERM
    assert answer(arch, "child", "kill", 0, 9) == answer(arch, "check", "kill", 0, 9) == EPERM


@pytest.mark.parametrize("arch", AUDIT)
@pytest.mark.parametrize("kind", KINDS)
def test_calls_with_flags_in_memory_are_refused_as_if_the_kernel_had_none(arch: str, kind: Kind) -> None:
    assert answer(arch, kind, "clone3", POINTER, 88) == answer(arch, kind, "openat2", -100, POINTER) == ENOSYS


@pytest.mark.parametrize("arch", AUDIT)
def test_changing_modes_is_pretended_in_a_check_and_refused_elsewhere(arch: str) -> None:
    assert answer(arch, "check", "fchmodat", -100, POINTER, 0) == answer(arch, "check", "fchmod", 3, 0) == ERRNO | 0
    assert answer(arch, "child", "fchmodat", -100, POINTER, 0) == answer(arch, "zygote", "fchmod", 3, 0) == EPERM


# By number, (x86_64, aarch64), so that a name added to the tables by mistake is seen.
NEVER = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept4": (288, 242),
    "sendmmsg": (307, 269), "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440), "kcmp": (312, 272), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180), "add_key": (248, 217), "keyctl": (250, 219),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_setup": (206, 0), "mount": (165, 40),
    "umount2": (166, 39), "fsopen": (430, 430), "open_tree": (428, 428), "move_mount": (429, 429),
    "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "chroot": (161, 51), "pivot_root": (155, 41),
    "setuid": (105, 146), "setgid": (106, 144), "setresuid": (117, 147), "setgroups": (116, 159),
    "personality": (135, 92), "mlock": (149, 228), "mlock2": (325, 284), "mlockall": (151, 230),
    "timer_create": (222, 107), "inotify_init1": (294, 26), "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119), "setpriority": (141, 140), "ioprio_set": (251, 30), "swapon": (167, 224),
    "reboot": (169, 142), "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104),
    "quotactl": (179, 60), "clock_settime": (227, 112), "adjtimex": (159, 171), "symlinkat": (266, 36),
    "linkat": (265, 37), "mknodat": (259, 33), "truncate": (76, 45), "fchown": (93, 55), "fchownat": (260, 54),
    "setxattr": (188, 5), "memfd_secret": (447, 447), "remap_file_pages": (216, 234), "modify_ldt": (154, None),
    "arch_prctl": (158, None), "creat": (85, None), "ioperm": (173, None), "splice": (275, 76), "tee": (276, 77),
    "vmsplice": (278, 75), "acct": (163, 89), "syslog": (103, 116), "vhangup": (153, 58), "get_mempolicy": (239, 236),
}  # fmt: skip
NOT_IN_A_CELL = {
    "fork": (57, None), "vfork": (58, None), "wait4": (61, 260), "kill": (62, 129), "tgkill": (234, 131),
    "sendmsg": (46, 211), "recvmsg": (47, 212), "setsockopt": (54, 208), "setsid": (112, 157), "setpgid": (109, 154),
    "setrlimit": (160, 164), "seccomp": (317, 277), "landlock_restrict_self": (446, 446), "capset": (126, 91),
}  # fmt: skip
NOT_WITHOUT_SCRATCH = {
    "mkdir": (83, None), "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None), "renameat2": (316, 276),
    "ftruncate": (77, 46), "utimensat": (280, 88), "fallocate": (285, 47), "flock": (73, 32),
}  # fmt: skip
REFUSALS: list[tuple[Kind, dict[str, tuple[int, int | None]]]] = [
    ("child", NEVER | NOT_IN_A_CELL | NOT_WITHOUT_SCRATCH | {"memfd_create": (319, 279), "umask": (95, 166)}),
    ("zygote", NEVER | NOT_WITHOUT_SCRATCH),
    ("check", NEVER | NOT_IN_A_CELL),
]


@pytest.mark.parametrize(("kind", "names"), REFUSALS)
@pytest.mark.parametrize("arch", AUDIT)
def test_dangers_are_refused_whatever_their_arguments(
    arch: str, kind: Kind, names: dict[str, tuple[int, int | None]]
) -> None:
    made = Filter(program(arch, kind))
    for name, numbers in names.items():
        number = numbers[list(AUDIT).index(arch)]
        for arguments in ((), (1, 1), (-1,) * 6):
            assert number is None or made.verdict(AUDIT[arch], number, arguments) == EPERM, name


VALUES = sorted({value for rules in RULES.values() for rule in rules for match in rule.when for value in match.values})
ARGUMENTS = [(0,) * 6, (-1,) * 6, *((value,) * 6 for value in VALUES), *((0, value, 0, 0, 0, 0) for value in VALUES),
             *((value | HIGH,) * 6 for value in VALUES), (0, 4, 0o20000), (1, 1, 0, POINTER, POINTER)]  # fmt: skip


@pytest.mark.parametrize("arch", AUDIT)
def test_on_top_of_its_zygotes_filter_the_narrowing_one_answers_as_a_childs(arch: str) -> None:
    zygote, child, over = Filter(program(arch, "zygote")), Filter(program(arch, "child")), Filter(narrowing(arch))
    names = {name for rules in RULES.values() for rule in rules if rule.when for name in rule.calls.split()}
    judged = {number for name, number in processor(arch).numbers.items() if name in names}  # by their arguments
    for number in [*range(601), 1 << 30, (1 << 32) - 1]:
        for arguments in ARGUMENTS if number in judged else ARGUMENTS[:2]:
            both = min(one.verdict(AUDIT[arch], number, arguments) for one in (zygote, over))  # the stricter one counts
            assert both == child.verdict(AUDIT[arch], number, arguments), (number, arguments)
    for audit in (0, 1, *set(AUDIT.values()) - {AUDIT[arch]}):
        assert over.verdict(audit, 0) == child.verdict(audit, 0) == KILL_PROCESS
    assert len(narrowing(arch)) < len(program(arch, "child")) / 4  # that is what it is for


@pytest.mark.parametrize("arch", AUDIT)
@pytest.mark.parametrize("kind", KINDS)
def test_the_commonest_calls_are_answered_in_a_dozen_instructions(arch: str, kind: Kind) -> None:
    made = Filter(program(arch, kind))
    for name in ("read", "write", "mmap", "munmap", "futex", "clock_gettime", "newfstatat", "close"):
        assert made.verdict(AUDIT[arch], processor(arch).numbers[name]) == ALLOW
    assert made.longest <= 14


# -- this machine's kernel --------------------------------------------------------------------------------------------

INSTALL = """
import ctypes, sys
code = bytes.fromhex(sys.argv[1])
class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0):
    sys.exit(99)
if libc.prctl(22, 2, ctypes.byref(Program(len(code) // 8, code)), 0, 0):
    sys.exit(99)
exec(sys.argv[2])
"""


def run(kind: Kind, code: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    filters = program(platform.machine(), kind).hex()
    argv = [sys.executable, "-I", "-c", INSTALL, filters, code]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def works() -> bool:
    if sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}:
        return False
    return run("zygote", "").returncode == 0


real = pytest.mark.skipif(not works(), reason="this machine takes no seccomp filters")

HONEST = {
    "threads": "import threading; t = threading.Thread(target=print, args=('ok',)); t.start(); t.join()",
    "a pool": "from concurrent.futures import ThreadPoolExecutor as P\nwith P(4) as p: list(p.map(str, range(9)))",
    "asyncio": "import asyncio\nasync def main():\n await asyncio.sleep(0.01)\n"
    " return await asyncio.to_thread(sorted, 'b')\nassert asyncio.run(main()) == ['b']",
    "imports": "import json, decimal, random, difflib, csv, xml.dom.minidom; random.SystemRandom().random()",
    "a database in memory": "import sqlite3; assert sqlite3.connect(':memory:').execute('select 1').fetchone() == (1,)",
    "reading": "import os; assert os.listdir('/') and open(os.__file__).read() and os.path.exists('/')",
    "walking": "import os, glob, shutil; assert next(os.walk('/')) and glob.glob('/*') and os.getcwd()",
    "time": "import time; time.sleep(0.01); time.time(), time.monotonic(), time.process_time(), time.localtime()",
    "a timer": "import signal, time; signal.signal(14, lambda *a: 0); signal.setitimer(0, 0.01); time.sleep(0.05)",
    "memory": "x = bytearray(10**8); del x; import mmap; mmap.mmap(-1, 8192).write(b'x')",
    "pipes": "import os; r, w = os.pipe(); os.write(w, b'x'); assert os.read(r, 1) == b'x'; os.set_blocking(r, False)",
    "a pair of sockets": "import socket; a, b = socket.socketpair(); a.sendall(b'x'); assert b.recv(1) == b'x'",
    "printing": "import os; print('ok', flush=True); os.isatty(1)",
    "tracebacks": "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError: traceback.format_exc()",
    "limits": "import resource; resource.getrlimit(7), resource.getrusage(0)",
}


@real
@pytest.mark.parametrize("name", HONEST)
@pytest.mark.parametrize("kind", KINDS)
def test_honest_python_works_under_every_filter(kind: Kind, name: str) -> None:
    done = run(kind, HONEST[name])
    assert (done.returncode, done.stderr) == (0, "")


DANGERS = {
    "fork": "os.fork()",
    "spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "exec": "os.execv('/bin/true', ['true'])",
    "socket": "socket.socket()",
    "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "netlink": "socket.socket(16, 3, 0)",
    "a datagram pair": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "an address": "socket.socketpair()[0].sendto(b'x', '/x')",
    "a message": "socket.socketpair()[0].sendmsg([b'x'])",
    "kill": "os.kill(os.getpid(), 0)",
    "kill all": "os.kill(-1, 0)",
    "a signal": "signal.raise_signal(15)",
    "write": "open('x', 'w')",
    "append": "open('x', 'a')",
    "update": "open(os.__file__, 'r+')",
    "temporary": "os.open('.', os.O_TMPFILE | os.O_RDWR)",
    "memfd": "os.memfd_create('x')",
    "owner": "fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())",
    "signal of a file": "fcntl.fcntl(0, 10, 9)",
    "notify": "fcntl.fcntl(os.open('/', 0), fcntl.F_NOTIFY, 1)",
    "async": "fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)",
    "async by ioctl": "fcntl.ioctl(0, 0x5452, b'\\x01\\0\\0\\0')",
    "limits": "call('prlimit', 0, 7, (64).to_bytes(8, 'little') * 2, None)",
    "limits of another": "call('prlimit', os.getppid(), 7, None, b'\\xff' * 16)",
    "remove": "os.unlink('x')",
    "link": "os.symlink('x', 'y')",
    "mode": "os.chmod('.', 0o777)",
    "nice": "os.nice(1)",
    "dumpable": "call('prctl', 4, 1, 0, 0, 0)",
    "namespaces": "call('unshare', 0x10000000)",
    "session": "os.setsid()",
}
ONLY_CHILD = {"fork", "kill", "a signal", "a message", "memfd", "limits", "dumpable", "session", "spawn"}
TRY = """
import fcntl, os, signal, socket
def call(name, *arguments):
    if getattr(libc, name)(*arguments):
        raise OSError(ctypes.get_errno(), name)
try:
    eval(sys.argv[3])
except OSError as error:
    print(error.errno)
"""


@real
@pytest.mark.parametrize("name", DANGERS)
@pytest.mark.parametrize("kind", ["child", "zygote"])
def test_dangers_are_not_permitted_by_this_kernel(kind: Kind, name: str, tmp_path: Path) -> None:
    if kind == "child" or name not in ONLY_CHILD:
        code = TRY.replace("sys.argv[3]", repr(DANGERS[name]))
        done = run(kind, code, tmp_path)
        assert (done.stdout, done.stderr) == ("1\n", "")


ON_TOP = """
more = bytes.fromhex(%r)
if libc.prctl(22, 2, ctypes.byref(Program(len(more) // 8, more)), 0, 0):
    sys.exit(99)
"""


@real
@pytest.mark.parametrize("name", DANGERS)
def test_dangers_are_not_permitted_by_this_kernel_to_a_cell(name: str, tmp_path: Path) -> None:
    code = ON_TOP % narrowing(platform.machine()).hex() + TRY.replace("sys.argv[3]", repr(DANGERS[name]))
    done = run("zygote", code, tmp_path)
    assert (done.stdout, done.stderr) == ("1\n", "")


@real
@pytest.mark.parametrize("name", HONEST)
def test_honest_python_works_in_a_cell(name: str) -> None:
    done = run("zygote", ON_TOP % narrowing(platform.machine()).hex() + HONEST[name])
    assert (done.returncode, done.stderr) == (0, "")


@real
def test_the_zygote_forks_waits_ends_and_confines(tmp_path: Path) -> None:
    code = """
import os, time, json
first = os.fork()
if first == 0:
    os._exit(7)
second = os.fork()
if second == 0:
    child = bytes.fromhex(%r)
    if libc.prctl(22, 2, ctypes.byref(Program(len(child) // 8, child)), 0, 0):
        os._exit(99)
    try:
        os.fork()
    except PermissionError:
        os._exit(8)
third = os.fork()
if third == 0:
    os.setsid()
    time.sleep(60)
    os._exit(0)
os.kill(third, 9)
ends = [os.waitpid(pid, 0)[1] for pid in (first, second, third)]
os.memfd_create('x')
print(json.dumps([os.waitstatus_to_exitcode(end) for end in ends]))
"""
    done = run("zygote", code % narrowing(platform.machine()).hex(), tmp_path)
    assert done.stderr == ""
    assert json.loads(done.stdout) == [7, 8, -9]


@real
@pytest.mark.parametrize("kind", KINDS)
def test_abort_still_ends_the_process(kind: Kind) -> None:
    code = "import os, resource; os.abort()"
    assert run(kind, code).returncode in {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGILL}


@real
def test_a_check_runs_pytest_with_files_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_files.py").write_text("""
import os, shutil, sqlite3

def test_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_text("text")
    shutil.copy2(tmp_path / "a" / "b", tmp_path / "c")
    shutil.copytree(tmp_path / "a", tmp_path / "d")
    os.replace(tmp_path / "c", tmp_path / "e")
    os.utime(tmp_path / "e", (1, 1))
    shutil.rmtree(tmp_path / "d")
    with sqlite3.connect(tmp_path / "f.db") as database:
        database.execute("create table t (x)")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "e", "f.db"]

def test_more(tmp_path_factory, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("x"))
    open("new", "w").close()
    print("out")
    assert capfd.readouterr().out == "out\\n"
""")
    options = ["-q", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "base"), "."]
    done = run("check", f"import pytest; sys.exit(pytest.main({options!r}))", tmp_path)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


@real
@pytest.mark.skipif(platform.machine() != "x86_64", reason="there is no other manner of call here")
@pytest.mark.parametrize("kind", KINDS)
def test_a_thirty_two_bit_call_ends_the_process(kind: Kind) -> None:
    code = """
import mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(b"\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3")  # mov eax, 20 (getpid); int 0x80; ret
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
    assert run(kind, code).returncode == -signal.SIGSYS
