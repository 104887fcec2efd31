"""The system calls that a whole program in a jail is refused: ways out that no test suite needs.

bubblewrap is the wall. This takes away what reaches past namespaces, or what past holes of the kernel needed: new
namespaces and mounts, keyrings, BPF, io_uring, and sockets beside those of the jail's own network (a virtual
machine's AF_VSOCK belongs to no network namespace). Numbers: Linux, ``syscall_64.tbl`` and ``asm-generic/unistd.h``.
"""

from __future__ import annotations

import struct
from functools import cache

_REFUSED = {  # x86_64, aarch64
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "open_by_handle_at": (304, 265), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
}  # fmt: skip
_PROCESSORS = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7), "arm64": (1, 0xC00000B7)}  # column, AUDIT_ARCH
_CLONE, _CLONE3, _SOCKET = (56, 220), (435, 435), (41, 198)
_NAMESPACES = 0x7E020000  # CLONE_NEWNS, -CGROUP, -UTS, -IPC, -USER, -PID, -NET
_FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
_X32 = 0x40000000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97

# Instructions (linux/bpf_common.h) and answers (linux/seccomp.h); where struct seccomp_data keeps what is asked for.
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ERRNO, _ALLOW = 0x00050000, 0x7FFF0000
_NUMBER, _PROCESSOR, _FIRST = 0, 4, 16

_Step = tuple[int, int, int, int]  # code, steps to skip if true, if false, constant


@cache
def program(machine: str) -> bytes:
    """The filter for a machine (as ``platform.machine()`` names it) as an array of ``struct sock_filter``.

    Empty for a processor whose numbers are not known: the jail's walls do not depend on it.
    """
    if machine not in _PROCESSORS:
        return b""
    column, audit = _PROCESSORS[machine]
    steps: list[_Step] = [
        *((_LOAD, 0, 0, _PROCESSOR), (_IF_EQUAL, 1, 0, audit), _refuse(_EPERM), (_LOAD, 0, 0, _NUMBER)),
        *((_IF_AT_LEAST, 0, 1, _X32), _refuse(_ENOSYS)),
        *((_IF_EQUAL, 0, 1, _CLONE3[column]), _refuse(_ENOSYS)),  # its flags lie in memory; libc falls back to clone
    ]
    for numbers in _REFUSED.values():
        steps += [(_IF_EQUAL, 0, 1, numbers[column]), _refuse(_EPERM)]
    steps += [(_IF_EQUAL, 0, 4, _CLONE[column]), (_LOAD, 0, 0, _FIRST), (_IF_ANY, 0, 1, _NAMESPACES), _refuse(_EPERM)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_IF_EQUAL, 0, len(_FAMILIES) + 2, _SOCKET[column]), (_LOAD, 0, 0, _FIRST)]
    steps += [(_IF_EQUAL, len(_FAMILIES) - at, 0, family) for at, family in enumerate(_FAMILIES)]
    steps += [_refuse(_EAFNOSUPPORT), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("<HBBI", code, yes, no, value) for code, yes, no, value in steps)


def _refuse(error: int) -> _Step:
    return (_RETURN, 0, 0, _ERRNO | error)
