"""Attacks on the answer: forged, lying, monstrous ones, and ones that would run code in who reads them."""

from __future__ import annotations

from tests.attacks.attack import attack

# Looks like a frame of each kind that a worker, its server or a cell may send; 4 bytes of length in either order
FORGED = """
import json
claims = [['returned', [1337], [], ''], [0, 0.0, ['returned', [1337], [], '']], [1, 0.0, ['returned', [1337], [], '']],
          ['seen', 1, 0.0, ['returned', [1337], [], '']], ['done'], ['ready'], ['hello', '3.11'], ['failed', 'x'],
          ['broken', ['raised', [], ['X'], '']], ['seen', 1, ['returned', [1337], [], '']], None, {}, [], 'x', [[[]]]]
frames = [json.dumps(claim).encode() for claim in claims]
for fd in range(256):
    for frame in frames * 2:
        for order in ('big', 'little'):
            try:
                os.set_blocking(fd, False)
                os.write(fd, len(frame).to_bytes(4, order) + frame)
            except OSError:
                break
"""

HUGE_HEADER = """
for header in (b'\\x7f\\xff\\xff\\xff', b'\\xff\\xff\\xff\\xff', b'\\0\\0\\0\\0', b'\\xff' * 8):
    for fd in range(256):
        try:
            os.set_blocking(fd, False)
            os.write(fd, header + b'garbage')
        except OSError:
            pass
import time
time.sleep(60)
"""

DRIP = """
import time
for fd in range(3, 64):
    try:
        os.write(fd, (1000).to_bytes(4, 'big'))
    except OSError:
        pass
while True:
    for fd in range(3, 64):
        try:
            os.write(fd, b' ')
        except OSError:
            pass
    time.sleep(0.05)
"""

FRAME_FLOOD = """
frame = b'\\0\\0\\0\\x1f["returned", [1337], [], ""]    '
while True:
    for fd in range(3, 64):
        try:
            os.write(fd, frame * 100)
        except OSError:
            pass
"""

CLOSED = """
os.closerange(0, 1024)
return 5
"""

SHUT = """
import socket
for fd in range(256):
    call('shutdown', fd, 2)
    try:
        os.dup2(os.open('/dev/null', os.O_RDWR), fd)
    except OSError:
        pass
return 5
"""

STOLEN = """
import select
taken = []
for fd in range(256):
    try:
        os.set_blocking(fd, False)
        while True:
            piece = os.read(fd, 65536)
            if not piece:
                break
            taken.append((fd, piece[:100]))
    except OSError:
        pass
return 5
"""

FLAGS = """
import fcntl
for fd in range(256):
    for command, value in [(4, os.O_NONBLOCK | os.O_APPEND), (1031, 4096), (6, struct.pack('hhqqi', 1, 0, 0, 0, 0)),
                           (1024, 1), (1026, 0x8000003f)]:
        try:
            fcntl.fcntl(fd, command, value)
        except OSError:
            pass
    try:
        os.lseek(fd, 0, 2)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pass
return 5
"""

# What ended the prototype: a write on the result channel, and the kernel kills the reader
SIGNALS_BY_FCNTL = """
import fcntl, signal
texts = []
targets = [os.getppid(), -os.getpgrp(), 1, @supervisor@, @victim@]
for fd in range(256):
    for target in targets:
        try:
            fcntl.fcntl(fd, 10, int(signal.SIGKILL))  # F_SETSIG
            fcntl.fcntl(fd, fcntl.F_SETOWN, target)
            fcntl.fcntl(fd, fcntl.F_SETFL, os.O_ASYNC)
            texts.append('BREACH signals from %d to %d' % (fd, target))
        except OSError as error:
            texts.append('held: %s' % error)
        try:
            fcntl.fcntl(fd, 15, struct.pack('ii', 1, target))  # F_SETOWN_EX
            texts.append('BREACH an owner of %d' % fd)
        except OSError as error:
            texts.append('held: %s' % error)
        try:
            fcntl.ioctl(fd, 0x8901, struct.pack('i', target))  # FIOSETOWN
            fcntl.ioctl(fd, 0x5452, struct.pack('i', 1))  # FIOASYNC
            texts.append('BREACH an owner of %d by ioctl' % fd)
        except OSError as error:
            texts.append('held: %s' % error)
return worst(texts)
"""

PATCHED = """
import builtins, json, struct, sys
class Yes(type):
    def __instancecheck__(cls, _): return True
    def __subclasscheck__(cls, _): return True
    def __call__(cls, *_): return 1337
def forged(*_, **__):
    return '["returned", [1337], [], ""]'
"""

PATCH = """
json.dumps = json.JSONEncoder.encode = forged
json.encoder.c_make_encoder = json.encoder.encode_basestring_ascii = None
os.write = lambda fd, data: len(data)
os._exit = lambda _: None
os.fork = os.waitpid = struct.pack = len
for name, module in list(sys.modules.items()):
    for attribute, thing in list(vars(module).items()):
        if 'cosplay' in name or attribute in ('Encoder', 'encode', 'send', 'show', 'run', 'HANDLERS'):
            try:
                setattr(module, attribute, forged)
            except Exception:
                pass
for name in ('len', 'isinstance', 'type', 'repr', 'open', 'compile', 'exec', 'eval', 'getattr', '__import__', 'id'):
    setattr(builtins, name, forged)
sys.modules.clear()
return 5
"""

FRAMES = """
frame = sys._getframe()
while frame is not None:
    for scope in (frame.f_globals, frame.f_locals):
        for name, thing in list(scope.items()):
            if name not in ('frame', 'scope', 'x') and not name.startswith('__'):
                try:
                    scope[name] = lambda *_, **__: 1337
                except Exception:
                    pass
    frame = frame.f_back
return 5
"""

TRACED = """
def twisted(frame, event, arg):
    try:
        frame.f_trace_lines = True
        for name in frame.f_locals:
            frame.f_locals[name] = 1337
        if event == 'return':
            frame.f_lineno = frame.f_code.co_firstlineno
    except Exception:
        pass
    return twisted
sys.settrace(twisted)
sys.setprofile(twisted)
frame = sys._getframe()
while frame is not None:
    frame.f_trace = twisted
    frame = frame.f_back
import threading
threading.settrace(twisted)
return 5
"""

HOOKED = """
sys.meta_path.insert(0, Finder())
sys.excepthook = sys.unraisablehook = sys.displayhook = lambda *_: os._exit(0)
sys.path_hooks[:] = sys.path[:] = []
sys.addaudithook(lambda *_: None)
import warnings, codecs
warnings.showwarning = lambda *_: os._exit(0)
sys.stdout = sys.stderr = sys.stdin = None
sys.setrecursionlimit(60)
return 5
"""

FINDER = """
class Finder:
    def find_spec(self, *_): os._exit(0)
"""

MEMORY_LIE = """
number = int('5')
ctypes.memmove(id(number) + 24, (1337).to_bytes(4, 'little'), 4)  # every 5 of this process is 1337 now
return 7
"""

NAMES = "returned raised too_much_output exited out_of_memory timed_out"
ATTACKS = (
    attack("exit-zero", "fork per cell", "os._exit(0)", statuses="exited"),
    attack("exit-by-name", "fork per cell", "sys.exit('error')", statuses="exited"),
    attack("segfault", "fork per cell", "ctypes.string_at(0)", statuses="exited"),
    attack("abort", "fork per cell", "os.abort()", statuses="exited"),
    attack("forged-frames", "fork per cell", FORGED, proof="the honest cell still gives 42"),
    attack("two-gigabyte-header", "watchdog", HUGE_HEADER, proof="the supervisor has not grown", seconds=0.1),
    attack("drip-fed-frame", "watchdog", DRIP, statuses="timed_out exited", seconds=0.1),
    attack("frame-flood", "fork per cell", FRAME_FLOOD, proof="the honest cell still gives 42"),
    attack("closed-descriptors", "fork per cell", CLOSED, statuses="exited returned"),
    attack("shut-and-replaced-descriptors", "fork per cell", SHUT, statuses="exited returned"),
    attack("stolen-messages", "fork per cell", STOLEN, proof="the next job is not lost", statuses="exited returned"),
    attack("flags-of-descriptors", "fork per cell", FLAGS, statuses="exited returned timed_out", seconds=0.1),
    attack("signals-by-fcntl", "seccomp", SIGNALS_BY_FCNTL, proof="the worker lives", bites=True),
    attack("patched-builtins", "fork per cell", PATCH, before=PATCHED, statuses=NAMES, seconds=0.1),
    attack("rewritten-frames", "fork per cell", FRAMES, statuses=NAMES, seconds=0.1),
    attack("settrace", "fork per cell", TRACED, statuses=NAMES, seconds=0.1),
    attack("import-and-exit-hooks", "fork per cell", HOOKED, before=FINDER, statuses=NAMES),
    attack("overwritten-small-ints", "fork per cell", MEMORY_LIE, statuses=NAMES),
)  # fmt: skip
