"""Numbers of the system calls that the filters name, for the processors the sandbox knows.

Source: Linux, ``arch/x86/entry/syscalls/syscall_64.tbl`` (x86_64) and ``include/uapi/asm-generic/unistd.h`` (aarch64).
A number never changes once a kernel was released with it. ``-``: the processor's kernel never had that call.
"""

from __future__ import annotations

from dataclasses import dataclass

from cosplay_action.errors import SandboxError

_TABLE = """
name                    x86_64  aarch64
access                      21        -
alarm                       37        -
brk                         12      214
capget                     125       90
capset                     126       91
chdir                       80       49
chmod                       90        -
clock_getres               229      114
clock_gettime              228      113
clock_nanosleep            230      115
clone                       56      220
clone3                     435      435
close                        3       57
close_range                436      436
copy_file_range            326      285
dup                         32       23
dup2                        33        -
dup3                       292       24
epoll_create               213        -
epoll_create1              291       20
epoll_ctl                  233       21
epoll_pwait                281       22
epoll_pwait2               441      441
epoll_wait                 232        -
eventfd2                   290       19
exit                        60       93
exit_group                 231       94
faccessat                  269       48
faccessat2                 439      439
fadvise64                  221      223
fallocate                  285       47
fchdir                      81       50
fchmod                      91       52
fchmodat                   268       53
fchmodat2                  452      452
fcntl                       72       25
fdatasync                   75       83
flistxattr                 196       13
flock                       73       32
fork                        57        -
fstat                        5       80
fstatfs                    138       44
fsync                       74       82
ftruncate                   77       46
futex                      202       98
getcpu                     309      168
getcwd                      79       17
getdents64                 217       61
getegid                    108      177
geteuid                    107      175
getgid                     104      176
getgroups                  115      158
getitimer                   36      102
getpeername                 52      205
getpgid                    121      155
getpgrp                    111        -
getpid                      39      172
getppid                    110      173
getrandom                  318      278
getresgid                  120      150
getresuid                  118      148
getrlimit                   97      163
getrusage                   98      165
getsid                     124      156
getsockname                 51      204
getsockopt                  55      209
gettid                     186      178
gettimeofday                96      169
getuid                     102      174
ioctl                       16       29
kill                        62      129
landlock_add_rule          445      445
landlock_create_ruleset    444      444
landlock_restrict_self     446      446
listxattr                  194       11
llistxattr                 195       12
lseek                        8       62
lstat                        6        -
madvise                     28      233
membarrier                 324      283
memfd_create               319      279
mkdir                       83        -
mkdirat                    258       34
mmap                         9      222
mprotect                    10      226
mremap                      25      216
munmap                      11      215
nanosleep                   35      101
newfstatat                 262       79
open                         2        -
openat                     257       56
openat2                    437      437
pipe                        22        -
pipe2                      293       59
poll                         7        -
ppoll                      271       73
prctl                      157      167
pread64                     17       67
preadv                     295       69
prlimit64                  302      261
pselect6                   270       72
pwrite64                    18       68
pwritev                    296       70
read                         0       63
readahead                  187      213
readlink                    89        -
readlinkat                 267       78
readv                       19       65
recvfrom                    45      207
recvmsg                     47      212
rename                      82        -
renameat                   264       38
renameat2                  316      276
restart_syscall            219      128
rmdir                       84        -
rseq                       334      293
rt_sigaction                13      134
rt_sigpending              127      136
rt_sigprocmask              14      135
rt_sigreturn                15      139
rt_sigtimedwait            128      137
sched_get_priority_max     146      125
sched_get_priority_min     147      126
sched_getaffinity          204      123
sched_getparam             143      121
sched_getscheduler         145      120
sched_yield                 24      124
seccomp                    317      277
select                      23        -
sendfile                    40       71
sendmsg                     46      211
sendto                      44      206
set_robust_list            273       99
set_tid_address            218       96
setitimer                   38      103
setpgid                    109      154
setrlimit                  160      164
setsid                     112      157
setsockopt                  54      208
shutdown                    48      210
sigaltstack                131      132
socketpair                  53      199
stat                         4        -
statfs                     137       43
statx                      332      291
sysinfo                     99      179
tgkill                     234      131
time                       201        -
times                      100      153
umask                       95      166
uname                       63      160
unlink                      87        -
unlinkat                   263       35
utimensat                  280       88
vfork                       58        -
wait4                       61      260
waitid                     247       95
write                        1       64
writev                      20       66
"""


@dataclass(frozen=True, slots=True)
class Processor:
    """What seccomp tells of a processor: its ``AUDIT_ARCH_*`` value, and its number for each call it has."""

    audit: int
    numbers: dict[str, int]


def processor(machine: str) -> Processor:
    """The processor of a machine, named as ``platform.machine()`` names it.

    Raises SandboxError for one whose calls are not known here.
    """
    if machine not in _PROCESSORS:
        raise SandboxError(
            f"there is no system call filter for a {machine} processor",
            f"run on one of {', '.join(_PROCESSORS)}, or choose another sandbox with --sandbox",
        )
    return _PROCESSORS[machine]


def _column(index: int) -> dict[str, int]:
    rows = [line.split() for line in _TABLE.strip().splitlines()[1:]]
    return {row[0]: int(row[index]) for row in rows if row[index] != "-"}


# AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 (linux/audit.h): the ELF machine, 64 bit, little-endian.
_PROCESSORS = {
    "x86_64": Processor(0xC000_003E, _column(1)),
    "aarch64": Processor(0xC000_00B7, _column(2)),
}
_PROCESSORS["arm64"] = _PROCESSORS["aarch64"]  # what macOS and some containers call it
