"""What a confined process may ask of the kernel: tables to read, one line of reason for each group of calls.

What no table names is refused with EPERM. A call in several rules of one kind is allowed if any of them allows it.
Numbers are those of Linux on x86_64 and aarch64, where the flags tested here are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["zygote", "child", "check"]

INT = 0xFFFF_FFFF  # the kernel reads an ``int`` argument's low half alone; the high half may hold anything
LONG = 0xFFFF_FFFF_FFFF_FFFF  # pointers and ``unsigned long``


@dataclass(frozen=True, slots=True)
class Match:
    """Argument number ``arg`` (from 0), under the mask, is one of the values; with ``unlike``, is none of them."""

    arg: int
    values: tuple[int, ...]
    mask: int = INT
    unlike: bool = False

    def __post_init__(self) -> None:
        # A filter sees halves: of several wide values it would accept the low half of one beside the high of another.
        if self.mask > INT and (len(self.values) > 1 or self.unlike):
            raise ValueError("a 64-bit argument is compared with one value")


@dataclass(frozen=True, slots=True)
class Rule:
    """Calls that are allowed for one reason when every match holds: always, where there is none."""

    why: str
    calls: str
    when: tuple[Match, ...] = ()


# open: read-only. O_TMPFILE shares O_DIRECTORY's bit, which an honest opendir sets, so its own bit alone is tested.
_ACCMODE, _CREAT, _TRUNC, _APPEND, _ASYNC, _TMPFILE = 0o3, 0o100, 0o1000, 0o2000, 0o20000, 0o20000000
_WRITING = _ACCMODE | _CREAT | _TRUNC | _APPEND | _ASYNC | _TMPFILE

# clone: exactly the flags with which the C libraries start a thread and fork, so no CLONE_NEW*, CLONE_PTRACE,
# CLONE_UNTRACED, CLONE_PARENT, CLONE_PIDFD, and no signal to the parent but SIGCHLD.
_VM, _FS, _FILES, _SIGHAND, _THREAD, _SYSVSEM = 0x100, 0x200, 0x400, 0x800, 0x1_0000, 0x4_0000
_SETTLS, _PARENT_SETTID, _CHILD_CLEARTID, _DETACHED = 0x8_0000, 0x10_0000, 0x20_0000, 0x40_0000
_CHILD_SETTID, _VFORK, _SIGCHLD = 0x100_0000, 0x4000, 17
_OF_A_THREAD = _FS | _FILES | _SIGHAND | _SYSVSEM | _SETTLS | _PARENT_SETTID | _CHILD_CLEARTID | _DETACHED
_OF_A_FORK = _VM | _VFORK | _PARENT_SETTID | _CHILD_SETTID | _CHILD_CLEARTID

# fcntl: never F_SETOWN, F_SETSIG or O_ASYNC, with which a file tells a process of one's choice by a signal.
_DUPFD, _GETFD, _SETFD, _GETFL, _SETFL, _GETLK, _SETLK, _SETLKW, _DUPFD_CLOEXEC = 0, 1, 2, 3, 4, 5, 6, 7, 1030
_ADD_SEALS, _GET_SEALS = 1033, 1034

_TERMINALS = (0x5401, 0x802C_542A, 0x5413)  # TCGETS, TCGETS2, TIOCGWINSZ: is it a terminal, and how wide
_DESCRIPTORS = (0x5421, 0x5450, 0x5451, 0x541B)  # FIONBIO, FIONCLEX, FIOCLEX, FIONREAD
_UNIX, _STREAM, _NONBLOCK_CLOEXEC = 1, 1, 0x8_0800
_SET_NAME, _GET_NAME = 15, 16

_CHILD = (
    Rule("use what is already open", "read write readv writev pread64 pwrite64 preadv pwritev lseek"),
    Rule("close and copy descriptors", "close close_range dup dup2 dup3"),
    Rule("look at files", "fstat newfstatat stat lstat statx access faccessat faccessat2 readlink readlinkat"),
    Rule("list a folder, know the current one", "getdents64 getcwd"),
    Rule("open for reading", "open", (Match(1, (0,), _WRITING),)),
    Rule("open for reading", "openat", (Match(2, (0,), _WRITING),)),
    Rule("pipes and events within the process", "pipe pipe2 eventfd2"),
    Rule("wait for descriptors", "poll ppoll select pselect6"),
    Rule(
        "wait for descriptors",
        "epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2",
    ),
    Rule("flags of descriptors", "fcntl", (Match(1, (_DUPFD, _DUPFD_CLOEXEC, _GETFD, _SETFD, _GETFL)),)),
    Rule("O_NONBLOCK and the like, no signals", "fcntl", (Match(1, (_SETFL,)), Match(2, (0,), _ASYNC))),
    Rule("isatty, and flags of descriptors", "ioctl", (Match(1, (*_TERMINALS, *_DESCRIPTORS)),)),
    Rule("own memory, bounded by RLIMIT_AS", "mmap munmap mprotect mremap madvise brk"),
    Rule("own signal handlers", "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait sigaltstack"),
    Rule("go on after a signal", "restart_syscall"),
    Rule("own timers", "setitimer getitimer alarm"),
    Rule("threads", "clone", (Match(0, (_VM | _THREAD,), LONG & ~_OF_A_THREAD),)),
    Rule("threads", "futex set_robust_list rseq set_tid_address membarrier sched_yield"),
    Rule("their names", "prctl", (Match(0, (_SET_NAME, _GET_NAME)),)),
    Rule("end", "exit exit_group"),
    Rule("who am I", "getpid gettid getppid getpgrp getpgid getsid"),
    Rule("who am I", "getuid geteuid getgid getegid getgroups getresuid getresgid"),
    Rule("what machine is this", "uname sysinfo getcpu"),
    Rule("time and sleep", "clock_gettime clock_getres gettimeofday time times clock_nanosleep nanosleep"),
    Rule("what is used", "getrusage getrlimit"),
    Rule("own limits, to read", "prlimit64", (Match(0, (0,)), Match(2, (0,), LONG))),
    Rule("random bytes", "getrandom"),
    Rule("how threads are scheduled, to read", "sched_getaffinity sched_getparam sched_getscheduler"),
    Rule("how threads are scheduled, to read", "sched_get_priority_max sched_get_priority_min"),
    Rule(
        "asyncio's wake-up pair: the only socket there is",
        "socketpair",
        (Match(0, (_UNIX,)), Match(1, (_STREAM,), INT & ~_NONBLOCK_CLOEXEC), Match(2, (0,))),
    ),
    Rule("send to the other end, to no address", "sendto", (Match(4, (0,), LONG),)),
    Rule("receive, and ask what it is", "recvfrom shutdown getsockopt getsockname getpeername"),
)

_ZYGOTE = (
    Rule("fork servers and children", "clone", (Match(0, (_SIGCHLD,), LONG & ~_OF_A_FORK),)),
    Rule("fork servers and children", "fork vfork"),
    Rule("learn how they ended, end them and their groups", "wait4 waitid tgkill"),
    Rule("but not everybody", "kill", (Match(0, (0xFFFF_FFFF,), unlike=True),)),
    Rule("put them in sessions of their own", "setsid setpgid"),
    Rule("die with the parent, no new privileges, fewer capabilities", "prctl capget capset"),
    Rule("confine them further", "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self"),
    Rule("limits", "setrlimit umask"),
    Rule("own limits", "prlimit64", (Match(0, (0,)),)),
    Rule("files that exist in memory only, sealed", "memfd_create"),
    Rule("files that exist in memory only, sealed", "fcntl", (Match(1, (_ADD_SEALS, _GET_SEALS)),)),
    Rule("the channel to the supervisor", "sendmsg recvmsg setsockopt"),
    Rule("the current folder", "chdir fchdir"),
)

# Landlock fences where these reach. It does not fence truncate by path before kernel 6.2, nor O_RDONLY | O_TRUNC,
# nor ever chmod: the first two are refused here, and chmod is in PRETENDED.
_CHECK = (
    Rule("open to write, create", "open", (Match(1, (1, 2), _ACCMODE | _ASYNC),)),
    Rule("open to write, create", "openat", (Match(2, (1, 2), _ACCMODE | _ASYNC),)),
    Rule("create, as touch does", "open", (Match(1, (0,), _ACCMODE | _ASYNC | _TRUNC),)),
    Rule("create, as touch does", "openat", (Match(2, (0,), _ACCMODE | _ASYNC | _TRUNC),)),
    Rule("folders", "mkdir mkdirat rmdir chdir fchdir umask"),
    Rule("remove and rename", "unlink unlinkat rename renameat renameat2"),
    Rule("sizes and contents of open files", "ftruncate fallocate copy_file_range sendfile readahead fadvise64"),
    Rule("write through to the disk", "fsync fdatasync"),
    Rule("times of files", "utimensat"),
    Rule("locks, for databases", "flock"),
    Rule("locks, for databases", "fcntl", (Match(1, (_GETLK, _SETLK, _SETLKW)),)),
    Rule("room on the disk", "statfs fstatfs"),
    Rule("files that exist in memory only", "memfd_create"),
)

RULES: dict[Kind, tuple[Rule, ...]] = {
    "child": _CHILD,
    "zygote": (*_CHILD, *_ZYGOTE),
    "check": (*_CHILD, *_CHECK),
}

# Refused, but as older kernels and plainer file systems refuse: callers then go another way. (Linux's numbers, since
# ``errno`` has those of the machine that runs this.)
_ENOSYS, _EOPNOTSUPP, _SUCCESS = 38, 95, 0
_ELSEWHERE = {
    "clone3": _ENOSYS,  # its flags lie in memory, where no filter sees them; the C library falls back to clone
    "openat2": _ENOSYS,  # likewise
    "fchmodat2": _ENOSYS,
    "listxattr": _EOPNOTSUPP,  # shutil.copy2 goes on without extended attributes
    "llistxattr": _EOPNOTSUPP,
    "flistxattr": _EOPNOTSUPP,
}
# Not done, but said to be done: shutil.copy goes on, and no file outside the fence changes its mode.
_PRETENDED = {"chmod": _SUCCESS, "fchmod": _SUCCESS, "fchmodat": _SUCCESS, "fchmodat2": _SUCCESS}

REFUSED_WITH: dict[Kind, dict[str, int]] = {
    "child": _ELSEWHERE,
    "zygote": _ELSEWHERE,
    "check": _ELSEWHERE | _PRETENDED,
}
