# This file is no module: its text goes in front of every candidate, see attack.py.
# ruff: noqa: F401
import ctypes
import errno
import os
import struct
import sys

ARM = "aarch64" in sys.implementation._multiarch
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
NUMBERS = {}  # name: (x86_64, aarch64); -1 where the architecture has no such call
TABLE = """
acct 163 89, add_key 248 217, bind 49 200, bpf 321 280, capset 126 91, chroot 161 51, clone 56 220,
clone3 435 435, connect 42 203, delete_module 176 106, exit 60 93, execve 59 221, execveat 322 281, fallocate
285 47, fanotify_init 300 262, fchmodat 268 53, fchmodat2 452 452, fchownat 260 54, fork 57 -1,
fsopen 430 430, ftruncate 77 46, getpid 39 172, inotify_init1 294 26, io_uring_setup 425 425, iopl
172 -1, ioprio_set 251 30, kcmp 312 272, kexec_load 246 104, keyctl 250 219, kill 62 129, linkat 265
37, listen 50 201, memfd_create 319 279, memfd_secret 447 447, migrate_pages 256 238, mkdirat 258
34, mknodat 259 33, mlock 149 228, modify_ldt 154 -1, mount 165 40, mount_setattr 442 442,
move_mount 429 429, move_pages 279 239, mq_open 240 180, msgget 68 186, name_to_handle_at 303 264,
open_by_handle_at 304 265, open_tree 428 428, openat 257 56, openat2 437 437, perf_event_open 298
241, personality 135 92, pidfd_getfd 438 438, pidfd_open 434 434, pidfd_send_signal 424 424,
pivot_root 155 41, prctl 157 167, prlimit64 302 261, process_madvise 440 440, process_mrelease 448
448, process_vm_readv 310 270, process_vm_writev 311 271, ptrace 101 117, reboot 169 142, renameat2
316 276, request_key 249 218, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240, sched_setaffinity
203 122, sched_setattr 314 274, sched_setscheduler 144 119, seccomp 317 277, semget 64 190, sendmmsg
307 269, sendmsg 46 211, sendto 44 206, setdomainname 171 162, setgid 106 144, setgroups 116 159,
sethostname 170 161, setns 308 268, setpgid 109 154, setpriority 141 140, setresuid 117 147,
setrlimit 160 164, setsid 112 157, setuid 105 146, setxattr 188 5, shmget 29 194, shutdown 48 210,
socket 41 198, socketpair 53 199, splice 275 76, swapon 167 224, symlinkat 266 36, syslog 103 116,
tgkill 234 131, timer_create 222 107, tkill 200 130, truncate 76 45, umount2 166 39, unlinkat 263
35, unshare 272 97, userfaultfd 323 282, utimensat 280 88, vfork 58 -1, vmsplice 278 75, waitid 247
95
"""
for row in TABLE.split(","):
    name, *numbers = row.split()
    NUMBERS[name] = tuple(map(int, numbers))


def call(name, *args):
    """The result of a system call, or minus errno."""
    number = NUMBERS[name][ARM] if isinstance(name, str) else name
    if number < 0:
        return -errno.ENOSYS
    got = LIBC.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return -ctypes.get_errno() if got == -1 else got


def got(name, *args):
    """A text: BREACH if the system call succeeds, else the error's name."""
    result = call(name, *args)
    return f"BREACH {name} = {result}" if result >= 0 else f"held: {name}: {errno.errorcode.get(-result, -result)}"


def worst(texts):
    """The first breach of several texts, or what all that held said, shortened."""
    texts = list(map(str, texts))
    held = "; ".join(dict.fromkeys(texts))[:500]
    return next((text for text in texts if text.startswith("BREACH")), f"{len(texts)} held: {held}")


def tried(*functions):
    """What each gives or raises, the worst of them."""
    texts = []
    for function in functions:
        try:
            texts.append(function())
        except (OSError, ValueError, AttributeError) as error:
            texts.append(f"held: {error}")
    return worst(texts)
