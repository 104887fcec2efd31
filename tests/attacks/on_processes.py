"""Attacks that make processes, or signal other ones: the test's own victim, the worker, the supervisor."""

from __future__ import annotations

from tests.attacks.attack import attack

QUIET = 23  # SIGURG: ignored by whoever has no handler for it, so that a breach is seen and nobody is hurt

FORK = """
pid = os.fork()
if pid == 0:
    import time
    time.sleep(60)
    os._exit(0)
return 'BREACH forked %d' % pid
"""

# With CLONE_VFORK but a memory of its own, so that the child may come back from the call
CLONE = """
def cloned(flags):
    pid = call('clone', flags | 17, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return 'BREACH cloned with %x' % flags if pid > 0 else 'held: %d' % pid
return worst(map(cloned, [0, 0x4000, 0x10000000, 0x20000000, 0x40000000, 0x02000000, 0x00020000, 0x80, 0x8000]))
"""

CLONE3 = """
words = struct.pack('8Q', 0, 0, 0, 0, 17, 0, 0, 0)
pid = call('clone3', ctypes.create_string_buffer(words), 64)
if pid == 0:
    os._exit(0)
return 'BREACH cloned' if pid > 0 else 'held: %d' % pid
"""

VFORK = """
pid = call('vfork')
if pid == 0:
    os._exit(0)
return 'BREACH vforked' if pid > 0 else 'held: %d' % pid
"""

SPAWN = """
import subprocess
def spawned():
    return 'BREACH spawned %d' % os.posix_spawn('/bin/true', ['true', @mark@], {})
def run():
    return 'BREACH ran %d' % subprocess.Popen(['/bin/sleep', '60'], start_new_session=True).pid
def shell():
    return 'BREACH shell' if os.system('exit 3') == 3 << 8 else 'held'
def piped():
    return 'BREACH ' + os.popen('echo piped').read() if os.popen('echo piped').read() else 'held'
return tried(run, spawned, shell, piped)
"""

DAEMON = """
import time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.environ['MARK'] = @mark@
        for fd in range(256):
            try:
                os.close(fd)
            except OSError:
                pass
        time.sleep(60)
    os._exit(0)
return 'BREACH a daemon'
"""

POOL = """
import multiprocessing
def made():
    worker = multiprocessing.get_context('fork').Process(target=print)
    worker.start()
    return 'BREACH a process %d' % worker.pid
def concurrent():
    from concurrent.futures import ProcessPoolExecutor
    return 'BREACH %r' % ProcessPoolExecutor(1).submit(os.getpid).result(1)
return tried(made, concurrent)
"""

EXEC = """
import stat
def stays(path, argv):
    os.execv(path, argv)
def by_descriptor():
    os.execve(os.open('/bin/sh', os.O_RDONLY), ['sh', '-c', 'sleep 60'], {})
return tried(lambda: stays('/bin/sh', ['sh', '-c', 'exit 77']), by_descriptor,
             lambda: stays('/lib64/ld-linux-x86-64.so.2', ['ld', '/bin/sh', '-c', 'exit 77']))
"""

SETUID = """
def stays(path):
    os.execv(path, [path, '-n', 'true'])
return tried(*[lambda p=p: stays(p) for p in ('/usr/bin/sudo', '/bin/su', '/usr/bin/su', '/usr/bin/passwd',
               '/bin/mount', '/usr/bin/mount', '/usr/bin/newuidmap', '/usr/bin/pkexec', '/bin/ping')])
"""

THREADS = """
import _thread
_thread.stack_size(64 * 1024)
lock = _thread.allocate_lock()
lock.acquire()
try:
    for count in range(1000):
        _thread.start_new_thread(lock.acquire, ())
except (RuntimeError, MemoryError):
    return 'held at %d threads' % count
return 'started them all'
"""

# Machine code that makes threads which only sleep: they share one stack, so that RLIMIT_AS does not count them
BARE_THREADS = """
import mmap
if ARM:
    return 'held: written for x86_64'
code = bytes.fromhex('53' '89fb' 'b838000000' 'bf000f0500' '31f6' '31d2' '4531d2' '4531c0' '0f05' '85c0' '740a' '7804'
                     'ffcb' '75e0' '89d8' '5b' 'c3' 'b823000000' '488d3d06000000' '31f6' '0f05' 'ebee')
room = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
room.write(code + struct.pack('qq', 1000, 0))
sys.kept = room  # threads that have not run yet come back to it after f has ended
make = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(room)))
left = make(1000)
return 'BREACH 1000 threads' if left == 0 else 'held at %d threads' % (1000 - left)
"""

# The main thread ends alone: its process is a zombie that runs on, and must be seen to
LEADER = """
import threading, time
def on():
    while True:
        pass
threading.Thread(target=on).start()
call('exit', 0)
"""

KILL_ALL = """
ways = {'kill': lambda pid: call('kill', pid, @quiet@), 'tkill': lambda pid: call('tkill', pid, @quiet@),
        'tgkill': lambda pid: call('tgkill', pid, pid, @quiet@)}
info = ctypes.create_string_buffer(struct.pack('iii', @quiet@, 0, -1) + bytes(116))
ways['sigqueue'] = lambda pid: call('rt_sigqueueinfo', pid, @quiet@, info)
ways['tgsigqueue'] = lambda pid: call('rt_tgsigqueueinfo', pid, pid, @quiet@, info)
me = {os.getpid(), 0}
others = [@victim@, @supervisor@, os.getppid(), -1, 1, -os.getpgid(os.getppid()), *range(2, 300)]
return worst('BREACH %s reaches %d' % (name, pid) if way(pid) == 0 else 'held'
             for name, way in ways.items() for pid in others if pid not in me)
"""

STOP_PARENT = """
import signal
def parents(pid):
    try:
        with open('/proc/%d/stat' % pid) as file:
            above = int(file.read().rpartition(')')[2].split()[1])
    except OSError:
        return [pid]
    return [pid, above] if @supervisor@ != above > 1 else [pid]
def stopped(pid, number):
    os.kill(pid, number)
    return 'BREACH sent %d to %d' % (number, pid)
return tried(*[lambda p=p, n=n: stopped(p, n) for p in parents(os.getppid()) for n in (signal.SIGSTOP, signal.SIGTERM)])
"""

KILL_PARENT = """
import time
os.kill(os.getppid(), 9)
time.sleep(60)
"""

GONE = "nothing is left running"
ATTACKS = (
    attack("fork", "seccomp", FORK, proof=GONE, bites=True),
    attack("clone-of-every-kind", "seccomp", CLONE, proof=GONE, bites=True),
    attack("clone3", "seccomp", CLONE3, proof=GONE, bites=True),
    attack("vfork", "seccomp", VFORK, proof=GONE),
    attack("spawn-popen-system", "seccomp", SPAWN, proof=GONE, bites=True),
    attack("daemon", "seccomp", DAEMON, proof=GONE, bites=True),
    attack("multiprocessing", "seccomp", POOL, proof=GONE, bites=True),
    attack("exec", "seccomp", EXEC, proof="no exit code 77", statuses="returned raised"),
    attack("exec-of-setuid", "seccomp", SETUID, statuses="returned raised"),
    attack("thousand-threads", "rlimits", THREADS, proof=GONE, statuses="returned"),
    attack("threads-without-memory", "rlimits", BARE_THREADS, proof=GONE, bites=True),
    attack("main-thread-ends", "watchdog", LEADER, proof=GONE, statuses="timed_out exited", seconds=0.1),
    attack("signal-everybody", "seccomp", KILL_ALL.replace("@quiet@", str(QUIET)), bites=True),
    attack("stop-the-parent", "seccomp", STOP_PARENT, proof="the next cell runs"),
    attack("kill-the-parent", "seccomp", KILL_PARENT, proof="the next cell runs", statuses="raised"),
)
