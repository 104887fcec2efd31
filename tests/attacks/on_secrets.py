"""Attacks on secrets: environments, memory, files. What they look for is a canary, ``canary:`` and 32 hex digits."""

from __future__ import annotations

from tests.attacks.attack import attack

SEEK = """
import re
CANARY = re.compile(rb'canary:[0-9a-f]{32}')

def seek(data):
    found = CANARY.search(data if isinstance(data, (bytes, bytearray)) else repr(data).encode('utf-8', 'replace'))
    return 'BREACH ' + found[0].decode() if found else 'held: %d bytes without it' % len(data)

def look(path):
    try:
        with open(path, 'rb') as file:
            return seek(file.read(1_000_000))
    except OSError as error:
        return 'held: %s' % error
"""

ENVIRON = """
address = ctypes.POINTER(ctypes.c_char_p).in_dll(LIBC, 'environ')
texts, at = [], 0
while address and address[at] is not None:
    texts.append(address[at])
    at += 1
texts += [repr(dict(os.environ)).encode()]
secrets = [t for t in texts if re.search(rb'TOKEN|SECRET|API_KEY|PASSW', t)]
return worst([*map(seek, texts), 'BREACH %r' % secrets if secrets else 'held'])
"""

MEMORY = """
import socket
mine, other = socket.socketpair()
mine.setblocking(False)

def page(address):
    if LIBC.send(mine.fileno(), ctypes.c_void_p(address), 4096, 0x40) != 4096:
        return b''  # EFAULT: the kernel says what is mapped, without a crash
    return other.recv(4096)

LIBC.send.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
around = {id(object()) & ~4095, id(f) & ~4095, id(sys) & ~4095, ctypes.addressof(ctypes.c_int()) & ~4095}
tail = b''
for start in around:
    for address in range(start - 16 * 2 ** 20, start + 16 * 2 ** 20, 4096):
        data = page(address)
        if CANARY.search(tail[-64:] + data):
            return seek(tail[-64:] + data)
        tail = data
"""

COLLECTED = """
import gc, linecache
seen = [repr(thing)[:100_000] for thing in gc.get_objects() if isinstance(thing, (dict, list, tuple))]
frame = sys._getframe()
while frame is not None:
    seen += [repr(frame.f_locals), repr(frame.f_globals)[:1_000_000], repr(frame.f_code.co_consts)]
    frame = frame.f_back
for thread in sys._current_frames().values():
    seen.append(repr(thread.f_locals))
seen.append(repr(linecache.cache))
for module in list(sys.modules.values()):
    seen.append(repr(getattr(module, '__dict__', {}))[:200_000])
return worst(map(seek, seen))
"""

PTRACE = """
def seized(pid):
    result = call('ptrace', 0x4206, pid, 0, 0)  # PTRACE_SEIZE leaves the victim running
    return 'BREACH seized %d' % pid if result == 0 else 'held: %d' % result
return worst(map(seized, [@victim@, @supervisor@, os.getppid(), 1]))
"""

READV = """
class Vec(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('size', ctypes.c_size_t)]
mine = ctypes.create_string_buffer(64)
here, there = Vec(ctypes.addressof(mine), 64), Vec(@victim_address@, 64)
result = call('process_vm_readv', @victim@, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
return 'held: %d' % result if result < 0 else seek(mine.raw)
"""

PROC_MEM = """
def memory(pid, address):
    with open('/proc/%d/mem' % pid, 'rb', 0) as file:
        file.seek(address)
        return 'BREACH read %d bytes of %d %s' % (len(file.read(64)), pid, seek(b''))
def mapped(pid):
    with open('/proc/%s/maps' % pid) as file:
        return memory(pid, int(file.readline().partition('-')[0], 16))
return tried(lambda: memory(@victim@, @victim_address@), lambda: mapped(@supervisor@), lambda: mapped(os.getppid()))
"""

SUPERVISOR = """
def opened(name):
    with open('/proc/%d/%s' % (@supervisor@, name), 'rb', 0) as file:
        return 'BREACH opened %s, %d bytes' % (name, len(file.read(1000)))
def listed(name):
    return 'BREACH listed %s: %r' % (name, os.listdir('/proc/%d/%s' % (@supervisor@, name))[:3])
names = ['environ', 'maps', 'auxv', 'stack', 'syscall', 'mem', 'pagemap', 'io', 'cmdline']
return tried(*[lambda n=n: opened(n) for n in names], *[lambda n=n: listed(n) for n in ['fd', 'cwd', 'root', 'ns']])
"""

TRICKS = """
target = @secret_file@.lstrip('/')
ways = ['/proc/self/root/', '/proc/self/cwd/../../../../../../../../', '/proc/thread-self/root/', '/proc/1/root/',
        '/dev/fd/../../', '/proc/self/task/%d/root/' % os.getpid(), '/dev/../', '/usr/../', '../' * 20, './/..//' * 20,
        os.path.dirname(os.__file__) + '/..' * 20 + '/', '/proc/%d/root/' % @victim@, '/proc/%d/root/' % os.getppid()]
pid = '/proc/self/../%d/environ' % @victim@
def by_path_descriptor():  # a descriptor that names the file, opened again by its number
    return look('/proc/self/fd/%d' % os.open(@secret_file@, os.O_PATH))
return worst([look(way + target) for way in ways] + [look(pid), look('/proc/self/environ'), tried(by_path_descriptor)])
"""

DESCRIPTORS = """
import stat
texts = []
for fd in range(1024):
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        continue
    if stat.S_ISDIR(mode):
        for up in ('.', '..', '../../..', '../../../../../..'):
            try:
                inner = os.open(up + '/' + @secret_file@.rpartition('/')[2], os.O_RDONLY, dir_fd=fd)
                texts.append('BREACH %d leads to %r' % (fd, os.read(inner, 100)))
            except OSError as error:
                texts.append('held: %s' % error)
    try:
        os.set_blocking(fd, False)
        texts.append(seek(os.pread(fd, 100_000, 0) if stat.S_ISREG(mode) else os.read(fd, 100_000)))
    except OSError as error:
        texts.append('held: %s' % error)
return worst(texts)
"""

HOME = """
import pwd
try:
    home = pwd.getpwuid(os.getuid()).pw_dir
except KeyError:
    home = @real_home@
homes = {home, @real_home@, '/root', '/home'}
names = ['.ssh/id_rsa', '.ssh/id_ed25519', '.ssh/authorized_keys', '.netrc', '.git-credentials', '.gitconfig',
         '.bashrc', '.profile', '.bash_history', '.config/gh/hosts.yml', '.docker/config.json',
         '.aws/credentials', '.npmrc']
def opened(path):
    with open(path, 'rb') as file:
        return 'BREACH read %s, %d bytes' % (path, len(file.read(10)))
return tried(*[lambda p=home + '/' + name: opened(p) for home in homes for name in names])
"""

LISTED = """
def listed(folder):
    names = [name for name in os.listdir(folder) if name.startswith(@mark@) or name in ('.bashrc', '.ssh')]
    return 'BREACH %s holds %r' % (folder, names) if names else 'held: nothing of interest in ' + folder
folders = [@real_home@, @decoy_home@, @secret_file@.rpartition('/')[0], @temp@, @workspace@, @workspace@ + '/..']
return tried(*[lambda f=f: listed(f) for f in folders])
"""

HANDLES = """
handle = ctypes.create_string_buffer(struct.pack('Ii', 128, 0) + bytes(128))
mount = ctypes.c_int()
named = call('name_to_handle_at', -100, @secret_file@.encode(), handle, ctypes.byref(mount), 0)
how = ctypes.create_string_buffer(struct.pack('QQQ', os.O_RDONLY, 0, 0))
by_two = call('openat2', -100, @secret_file@.encode(), how, 24)
by_handle = call('open_by_handle_at', os.open('/', os.O_RDONLY), handle, 0) if named == 0 else -1
opened = [fd for fd in (by_two, by_handle) if fd >= 0]
return worst([seek(os.read(fd, 100)) for fd in opened] + ['held: %d %d %d' % (named, by_two, by_handle)])
"""

KERNEL_FILES = """
def opened(path, flags):
    os.close(os.open(path, flags))
    return 'BREACH opened ' + path
reads = ['/proc/kcore', '/proc/kmsg', '/dev/mem', '/dev/kmsg', '/proc/kallsyms', '/dev/vda', '/dev/sda', '/dev/nvme0n1',
         '/var/run/docker.sock', '/proc/keys', '/sys/kernel/debug', '/proc/1/environ', '/proc/mounts', '/dev/tty']
writes = ['/proc/sysrq-trigger', '/proc/sys/kernel/core_pattern', '/proc/self/oom_score_adj', '/proc/self/uid_map',
          '/proc/self/mem', '/proc/self/coredump_filter', '/sys/fs/cgroup/cgroup.procs', '/sys/kernel/uevent_helper']
return tried(*[lambda p=p: opened(p, os.O_RDONLY) for p in reads],
             *[lambda p=p: opened(p, os.O_WRONLY) for p in writes])
"""

LINKED = """
def linked(make, name):
    make(@secret_file@, name)
    return look(name)
places = ['.', '/tmp', os.environ.get('HOME', '/'), os.path.dirname(os.__file__)]
return tried(*[lambda m=m, p=p: linked(m, p + '/' + @mark@ + m.__name__) for p in places
               for m in (os.symlink, os.link)])
"""

WORKSPACE = """
import m
base = os.path.dirname(os.path.abspath(m.__file__))
names = ['.git/config', '.env', '.git/HEAD', 'untracked.txt']
roots = [@workspace@, base, base + '/..', '.', '..', *sys.path, @root@ + '/../workspace']
return worst(look(root + '/' + name) for root in roots for name in names)
"""

ATTACKS = (
    attack("own-environ", "fresh process", ENVIRON, before=SEEK),
    attack(
        "environ-of-every-process",
        "bubblewrap",
        "return worst(look('/proc/%s/environ' % pid) for pid in [*range(1, 40000), @victim@, @supervisor@])",
        before=SEEK,
        bites=True,
    ),
    attack("proc-self-tricks", "bubblewrap", TRICKS, before=SEEK, bites=True),
    attack("ptrace-seize", "seccomp", PTRACE, bites=True),
    attack("process-vm-readv", "seccomp", READV, before=SEEK, bites=True),
    attack("proc-pid-mem", "bubblewrap", PROC_MEM, before=SEEK, bites=True),
    attack("proc-of-the-supervisor", "non-dumpable supervisor", SUPERVISOR, bites=True),
    attack("gc-and-frame-walk", "fresh process", COLLECTED, before=SEEK),
    attack("raw-memory-walk", "fresh process", MEMORY, before=SEEK, seconds=4.0),
    attack("descriptor-walk", "fresh process", DESCRIPTORS, before=SEEK),
    attack("file-in-a-temp-folder", "landlock", "return look(@secret_file@)", before=SEEK, bites=True),
    attack("file-in-a-home", "landlock", "return look(@home_secret@)", before=SEEK, bites=True),
    attack("files-of-the-real-home", "landlock", HOME),
    attack("listing-folders", "landlock", LISTED, bites=True),
    attack("workspace-git-config", "landlock", WORKSPACE, before=SEEK, bites=True),
    attack(
        "etc-shadow",
        "landlock",
        "return tried(*[lambda p=p: 'BREACH ' + open(p).readline() for p in ('/etc/shadow', '/etc/gshadow', "
        "'/etc/sudoers', '/etc/ssh/ssh_host_ed25519_key', '/etc/shadow-')])",
    ),
    attack("open-by-handle", "seccomp", HANDLES, before=SEEK, bites=True),
    attack("link-to-the-secret", "seccomp", LINKED, before=SEEK, proof="no new file", bites=True),
    attack("kernel-files", "bubblewrap", KERNEL_FILES, bites=True),
)
