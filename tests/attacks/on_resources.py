"""Attacks that take memory, descriptors and disk, or change files."""

from __future__ import annotations

from tests.attacks.attack import attack

HOG = """
hoard = []
while len(hoard) < 200:
    hoard.append(bytearray(b'x') * (10 * 2 ** 20))
return 'BREACH 2 GB in use'
"""

MAPPED = """
import mmap
def mapped(flags, size):
    room = mmap.mmap(-1, size, flags=flags)
    for at in range(0, 2 ** 29, 4096):
        room[at] = 1
    return 'BREACH %d bytes mapped' % size
shared, private, spare = mmap.MAP_SHARED | 0x20, mmap.MAP_PRIVATE | 0x20, 0x4000
return tried(*[lambda f=f, s=s: mapped(f, s) for f in (shared, private | spare) for s in (2 ** 33, 2 ** 30)])
"""

MEMFD = """
def made(name, *args):
    fd = call(name, *args)
    if fd < 0:
        return 'held: %s %d' % (name, fd)
    os.ftruncate(fd, 8 * 2 ** 30)
    return 'BREACH %s of 8 GB' % name
return tried(lambda: made('memfd_create', b'x', 0), lambda: made('memfd_secret', 0))
"""

SHARED = """
from multiprocessing import shared_memory
def named():
    return 'BREACH %r' % shared_memory.SharedMemory(@mark@ + 'shm', create=True, size=2 ** 20)
def opened():
    with open('/dev/shm/' + @mark@ + 'file', 'wb') as file:
        return 'BREACH %d bytes' % file.write(bytes(2 ** 20))
return tried(named, opened)
"""

FLOOD = """
try:
    for _ in range(3000):
        os.write(@fd@, b'x' * 65536)
except OSError:
    pass
"""

LOCKED = """
import mmap
room = mmap.mmap(-1, 100 * 2 ** 20)
return got('mlock', ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(room))), 100 * 2 ** 20)
"""

OPENED = """
count = 0
try:
    while count < 600:  # many systems allow 1024
        os.open(os.__file__, os.O_RDONLY)
        count += 1
except OSError as error:
    return 'held at %d: %s' % (count, error.strerror)
return 'BREACH %d open files' % count
"""

# What lies in a pipe or socket is the kernel's memory, which RLIMIT_AS does not count
BUFFERS = """
import fcntl, socket
total, keep, pair = 0, [], True
try:
    while total < 2 ** 29:
        if pair:
            ends = socket.socketpair()
            keep += ends
            for number in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                ends[0].setsockopt(socket.SOL_SOCKET, number, 2 ** 30)
            ends[0].setblocking(False)
            fd = ends[0].fileno()
        else:
            _, fd = os.pipe2(os.O_NONBLOCK)
            fcntl.fcntl(fd, 1031, 2 ** 20)
        pair = not pair
        try:
            while True:
                total += os.write(fd, b'x' * 65536)
        except BlockingIOError:
            pass
except OSError as error:
    return 'held at %d: %s' % (total, error)
return 'BREACH %d bytes in buffers' % total
"""

WRITTEN = """
import m
from pathlib import Path
module = os.path.dirname(os.path.abspath(m.__file__))
spots = [@temp@, @real_home@, @decoy_home@, @root@, @workspace@, @package@, @stdlib@, module, '/tmp', '/var/tmp',
         '/run', '/dev/shm', '/dev', '/dev/mqueue', '/', '.', '/proc', '/usr/lib',
         os.environ.get('HOME', '/'), os.environ.get('TMPDIR', '/'), '/etc', '/opt', '/sys/fs/cgroup', sys.prefix,
         sys.path[-1]]
def file(spot):
    with open(spot + '/' + @mark@ + 'file', 'w') as made:
        made.write('x')
    return 'BREACH a file in ' + spot
def more(spot):
    os.mkdir(spot + '/' + @mark@ + 'folder')
    return 'BREACH a folder in ' + spot
def symbolic(spot):
    os.symlink('/etc/passwd', spot + '/' + @mark@ + 'link')
    return 'BREACH a link in ' + spot
def node(spot):
    os.mkfifo(spot + '/' + @mark@ + 'fifo')
    return 'BREACH a fifo in ' + spot
def nameless(spot):
    os.write(os.open(spot, os.O_TMPFILE | os.O_RDWR), b'x')
    return 'BREACH a nameless file in ' + spot
ways = (file, more, symbolic, node, nameless)
return tried(*[lambda s=s, way=way: way(s) for s in spots for way in ways])
"""

APPENDED = """
import m
files = [@secret_file@, @root@ + '/m.py', m.__file__, @package@ + '/worker.py', @stdlib@ + '/os.py',
         '/etc/passwd', '/etc/hosts']
def appended(path):
    with open(path, 'ab') as file:
        file.write(b'\\n# owned')
    return 'BREACH wrote ' + path
def cut(path):
    os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))
    return 'BREACH cut ' + path
return tried(*[lambda p=p, way=way: way(p) for p in files[:1] + files for way in (appended, cut)])
"""

# Landlock knows nothing of these: modes, owners, times, attributes
CHANGED = """
secret, folder = @secret_file@, @secret_file@.rpartition('/')[0]
path = secret.encode()
times = ctypes.create_string_buffer(32)
texts = [got('fchmodat', -100, path, 0o777), got('fchmodat2', -100, path, 0o777, 0),
         got('fchownat', -100, path, -1, -1, 0), got('utimensat', -100, path, times, 0),
         got('setxattr', path, b'user.x', b'y', 1, 0), got('truncate', path, 0),
         got('linkat', -100, path, -100, path + @mark@.encode(), 0), got('symlinkat', path, -100, path + b'2'),
         got('renameat2', -100, path, -100, path + b'3', 0), got('mkdirat', -100, path + b'4', 0o700),
         got('mknodat', -100, path + b'5', 0o100600, 0), got('unlinkat', -100, path, 0)]
for fd in range(32):
    texts += [got('ftruncate', fd, 0)] if fd > 2 else []
return worst(texts)
"""

DEV = """
made = 0
try:
    while made < 50:
        with open('/dev/' + @mark@ + str(made), 'wb') as file:
            file.write(bytes(2 ** 20))
        made += 1
except OSError as error:
    return 'BREACH %d MB in /dev' % made if made else 'held: %s' % error
return 'BREACH 50 MB in /dev'
"""

SPARSE = """
def sparse(spot):
    with open(spot + '/' + @mark@ + 'sparse', 'wb') as file:
        file.truncate(2 ** 40)
    return 'BREACH a sparse file in ' + spot
return tried(*[lambda s=s: sparse(s) for s in (@temp@, '.', '/dev/shm', '/tmp')])
"""

TERMINAL = """
import fcntl, termios
def typed(fd):
    for letter in b'\\n':
        fcntl.ioctl(fd, termios.TIOCSTI, bytes([letter]))
    return 'BREACH typed into %d' % fd
def opened(path):
    return typed(os.open(path, os.O_RDWR))
return tried(*[lambda fd=fd: typed(fd) for fd in range(10)],
             *[lambda p=p: opened(p) for p in ('/dev/tty', '/dev/ptmx')])
"""

TIMERS = """
count, identity = 0, ctypes.c_int()
while count < 200_000 and call('timer_create', 1, 0, ctypes.byref(identity)) == 0:
    count += 1
return 'BREACH %d timers' % count if count > 100_000 else 'held at %d' % count
"""

PYC = """
import importlib.util, py_compile, m
def compiled(path):
    return 'BREACH %r' % py_compile.compile(path, doraise=True)
return tried(*[lambda p=p: compiled(p) for p in (@root@ + '/m.py', m.__file__, @stdlib@ + '/os.py')])
"""

TEMPFILE = """
import tempfile
def made():
    with tempfile.NamedTemporaryFile(prefix=@mark@, delete=False) as file:
        return 'BREACH ' + file.name
def folder():
    return 'BREACH ' + tempfile.mkdtemp(prefix=@mark@)
return tried(made, folder)
"""

OUT = "out_of_memory raised"
UNCHANGED = "the watched folders are unchanged"
ALIVE = "the supervisor has not grown, the next cell runs"
ATTACKS = (
    attack("twenty-gigabytes", "rlimits", "return 'BREACH %d' % len(bytes(20 * 2 ** 30))", statuses=OUT, bites=True),
    attack("memory-hog", "rlimits", HOG, statuses=OUT, seconds=4.0),
    attack("mapped-memory", "rlimits", MAPPED, bites=True, seconds=4.0),
    attack("memfd", "seccomp", MEMFD, bites=True),
    attack("shared-memory", "landlock", SHARED, proof=UNCHANGED, bites=True),
    attack("stdout-flood", "watchdog", FLOOD.replace("@fd@", "1"), proof=ALIVE),
    attack("stderr-flood", "watchdog", FLOOD.replace("@fd@", "2"), proof=ALIVE),
    attack("stdin-flood", "watchdog", FLOOD.replace("@fd@", "0"), proof=ALIVE),
    attack("locked-memory", "seccomp", LOCKED),
    attack("open-files", "rlimits", OPENED, bites=True),
    attack("kernel-buffers", "rlimits", BUFFERS, bites=False, seconds=4.0),
    attack("files-everywhere", "landlock", WRITTEN, proof=UNCHANGED, bites=True),
    attack("harness-and-module-files", "landlock", APPENDED, proof=UNCHANGED, bites=True),
    attack("metadata-of-files", "seccomp", CHANGED, proof=UNCHANGED, bites=True),
    attack("full-dev", "seccomp", DEV, proof=UNCHANGED),
    attack("sparse-file", "rlimits", SPARSE, proof=UNCHANGED),
    attack("terminal-input", "seccomp", TERMINAL),
    attack("timers-without-end", "seccomp", TIMERS),
    attack("bytecode-files", "landlock", PYC, proof=UNCHANGED, bites=True),
    attack("tempfile-module", "landlock", TEMPFILE, proof=UNCHANGED, bites=True),
)
