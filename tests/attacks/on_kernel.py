"""Attacks by system calls on limits, other processes, namespaces and the kernel itself."""

from __future__ import annotations

from tests.attacks.attack import attack
from tests.attacks.on_processes import QUIET

RAISED = """
import resource
def raised(which, value):
    resource.setrlimit(which, (value, value))
    return 'BREACH limit %d raised' % which
def more(which):
    return resource.getrlimit(which)[1] + 1 if resource.getrlimit(which)[1] != -1 else -1
kinds = [resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE]
free = [kind for kind in kinds if resource.getrlimit(kind)[1] == -1]
texts = ['BREACH no limit on %r' % free if free else 'held']
return worst([*texts, tried(*[lambda k=k, v=v: raised(k, v) for k in kinds for v in (more(k), -1)])])
"""

PRLIMIT = """
low = ctypes.create_string_buffer(struct.pack('QQ', 0, 0))  # of core files: nobody misses them
return worst('BREACH limits of %d' % pid if call('prlimit64', pid, 4, low, 0) == 0 else 'held'
             for pid in (@victim@, @supervisor@, os.getppid()))
"""

SLOWER = """
attributes = ctypes.create_string_buffer(struct.pack('IIQiIQQQ', 48, 0, 0, 19, 0, 0, 0, 0))
mask, parameter = ctypes.create_string_buffer(b'\\1' + bytes(127)), ctypes.create_string_buffer(4)
pids = (@victim@, @supervisor@, os.getppid())
return worst('BREACH %s of %d' % (name, pid) if result == 0 else 'held' for pid in pids for name, result in [
    ('priority', call('setpriority', 0, pid, 5)), ('policy', call('sched_setscheduler', pid, 3, parameter)),
    ('attributes', call('sched_setattr', pid, attributes, 0)), ('io', call('ioprio_set', 1, pid, 3 << 13)),
    ('processors', call('sched_setaffinity', pid, 128, mask))])
"""

NAMESPACES = """
flags = [0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x08000000, 0x04000000, 0x02000000, 0x80, 0x10020000]
return worst([*('BREACH unshared %x' % flag if call('unshare', flag) == 0 else 'held' for flag in flags)])
"""

JOINED = """
def joined(path):
    fd = os.open(path, os.O_RDONLY)
    return 'BREACH joined ' + path if call('setns', fd, 0) == 0 else 'held'
pid = call('pidfd_open', @victim@, 0)
by_pid = 'BREACH joined' if pid >= 0 and call('setns', pid, 0x10000000) == 0 else 'held'
kinds = ('user', 'net', 'mnt', 'pid', 'ipc', 'uts')
return worst([by_pid, tried(*[lambda k=k, p=p: joined('/proc/%s/ns/%s' % (p, k)) for k in kinds for p in ('self', 1)])])
"""

MOUNTS = """
spots = [b'/tmp', b'/', b'/mnt', b'/proc']
texts = [got('mount', b'tmpfs', spot, b'tmpfs', 0, 0) for spot in spots]
texts += [got('mount', b'/', spot, 0, 4096 | 32, 0) for spot in spots]  # remount, bind
texts += [got('chroot', spot) for spot in spots] + [got('pivot_root', b'/tmp', b'/tmp')]
texts += [got('umount2', spot, 2) for spot in spots] + [got('fsopen', b'tmpfs', 0)]
texts += [got('open_tree', -100, b'/', 1), got('mount_setattr', -100, b'/', 0, ctypes.create_string_buffer(32), 32)]
return worst(texts)
"""

PIDFD = """
texts = []
for pid in (@victim@, @supervisor@, os.getppid(), 1):
    handle = call('pidfd_open', pid, 0)
    if handle < 0:
        texts.append('held: %d' % handle)
        continue
    texts += ['BREACH descriptor %d of %d' % (fd, pid) for fd in range(8) if call('pidfd_getfd', handle, fd, 0) >= 0]
    if call('pidfd_send_signal', handle, @quiet@, 0, 0) == 0:
        texts.append('BREACH a signal to %d' % pid)
return worst(texts)
"""

WRITEV = """
class Vec(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('size', ctypes.c_size_t)]
mine = ctypes.create_string_buffer(b'overwritten')
here, there = Vec(ctypes.addressof(mine), 4), Vec(@victim_address@ + 50, 4)
return worst([got('process_vm_writev', @victim@, ctypes.byref(here), 1, ctypes.byref(there), 1, 0),
              got('kcmp', @victim@, os.getpid(), 2, 0, 0), got('move_pages', @victim@, 0, 0, 0, 0, 0)])
"""

TRACE_ME = """
import signal
if call('ptrace', 0, 0, 0, 0) == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
    return 'BREACH the parent traces us'
"""

# What the kernel answers when it is allowed: these fail anyway, later
PRIVILEGED = """
late = {'reboot': (22,), 'swapon': (2, 14), 'acct': (2,), 'init': (), 'sethostname': (22,), 'setdomainname': (22,),
        'delete_module': (2, 11), 'kexec_load': (22,), 'capset': ()}
header = ctypes.create_string_buffer(struct.pack('Ii', 0x20080522, 0))
every = ctypes.create_string_buffer(struct.pack('6I', *[0xffffffff] * 6))
calls = [('reboot', 0, 0, 0, 0), ('swapon', b'/nonexistent', 0), ('acct', b'/nonexistent'), ('iopl', 3),
         ('sethostname', b'x', -1), ('setdomainname', b'x', -1), ('delete_module', b'nonexistent', 0),
         ('kexec_load', 0, 0, 0, 0xff), ('capset', header, every), ('syslog', 10, 0, 0), ('fanotify_init', 0, 0),
         ('setgroups', 0, 0)]
results = [(name, call(name, *args)) for name, *args in calls]
return worst('BREACH %s: %d' % (name, result) if result >= 0 or -result in late.get(name, ()) else 'held'
             for name, result in results)
"""

OBJECTS = """
attributes = ctypes.create_string_buffer(struct.pack('IIQ', 1, 64, 0) + bytes(112))
texts = [got('add_key', b'user', @mark@.encode(), b'x', 1, -3), got('keyctl', 0, -3, 1), got('keyctl', 1, 0),
         got('request_key', b'user', b'x', 0, -3), got('msgget', 0, 0o1600), got('semget', 0, 1, 0o1600),
         got('shmget', 0, 4096, 0o1600), got('mq_open', @mark@.encode(), 0o102, 0o600, 0), got('inotify_init1', 0),
         got('perf_event_open', attributes, 0, -1, -1, 0), got('bpf', 0, attributes, 128),
         got('userfaultfd', 1), got('personality', 0x0400000), got('modify_ldt', 0, attributes, 16)]
return worst(texts)
"""

SELF = """
texts = [got('prctl', 1, 0, 0, 0, 0), got('prctl', 36, 1, 0, 0, 0), got('prctl', 0x59616d61, -1, 0, 0, 0),
         got('setsid'), got('setpgid', 0, 0), got('prctl', 35, 1, 0, 0, 0)]
return worst(texts)
"""

TIMER = """
event = ctypes.create_string_buffer(struct.pack('QiiQ', 0, 9, 4, @victim@) + bytes(40))
identity = ctypes.c_int()
aimed = call('timer_create', 1, event, ctypes.byref(identity))
return 'BREACH a timer aimed at another' if aimed == 0 else 'held: %d' % aimed
"""

OTHER_DOORS = """
import mmap
if ARM:
    return 'held: written for x86_64'
# socket(AF_INET, SOCK_STREAM) by the 32-bit door: a number that is another call's in the table of 64 bits
code = bytes.fromhex('53' 'b867010000' 'bb02000000' 'b901000000' '31d2' 'cd80' '5b' 'c3')
room = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
room.write(code)
result = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(room)))()
return 'BREACH a socket by int 0x80: %d' % result if 0 <= result < 1024 else 'held: %d' % result
"""

X32 = "return worst(got(0x40000000 | number, 2, 1, 0) for number in (41, 57, 39, 520)) if not ARM else 'held'"

FILTER = """
allow = struct.pack('HBBI', 6, 0, 0, 0x7fff0000)
buffer = ctypes.create_string_buffer(allow)
listener = ctypes.create_string_buffer(struct.pack('HxxxxxxQ', 1, ctypes.addressof(buffer)))
return worst([got('seccomp', 1, 8, listener), got('fork') if call('seccomp', 1, 0, listener) == 0 else 'held'])
"""

ATTACKS = (
    attack("raise-rlimits", "rlimits", RAISED, bites=True),
    attack("prlimit-of-others", "seccomp", PRLIMIT, bites=True),
    attack("slow-down-others", "seccomp", SLOWER, bites=True),
    attack("unshare", "seccomp", NAMESPACES, bites=True),
    attack("setns", "seccomp", JOINED),
    attack("mount-chroot-pivot", "seccomp", MOUNTS),
    attack("pidfd", "seccomp", PIDFD.replace("@quiet@", str(QUIET)), bites=True),
    attack("process-vm-writev", "seccomp", WRITEV, bites=True),
    attack("ptrace-me", "seccomp", TRACE_ME, proof="the next cell runs"),
    attack("privileged-calls", "seccomp", PRIVILEGED),
    attack("kernel-objects", "seccomp", OBJECTS, bites=True),
    attack("cleared-death-signal", "seccomp", SELF, bites=True),
    attack("timer-aimed-at-another", "seccomp", TIMER),
    attack("calls-of-32-bits", "seccomp", OTHER_DOORS),
    attack("calls-of-x32", "seccomp", X32),
    attack("looser-filter-on-top", "seccomp", FILTER),
)
