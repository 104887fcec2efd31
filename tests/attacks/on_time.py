"""Attacks on the clock: work without end, signals refused, stacks without bottom, and what goes on after the answer."""

from __future__ import annotations

from tests.attacks.attack import attack, program

BLOCKED = """
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGXCPU, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
    signal.signal(number, signal.SIG_IGN)
"""

STORM = """
import signal
signal.signal(signal.SIGALRM, lambda *_: None)
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
while True:
    pass
"""

REGEX = """
import re
re.match('(a+)+$', 'a' * 100 + 'b')
"""

RECURSION = """
sys.setrecursionlimit(10 ** 9)
class Deep:
    def __repr__(self):
        return repr(self)
repr(Deep())
"""

DEEP_CALLS = """
sys.setrecursionlimit(10 ** 9)
def down(n):
    return sorted([n, n + 1], key=down)
down(0)
"""

DEEP_FREE = """
nest = None
for _ in range(10 ** 6):
    nest = (nest,)
del nest
return 'fine'
"""

DEEP_PARSE = """
return eval('(' * 10 ** 5 + ')' * 10 ** 5) or eval('-' * 10 ** 6 + '1')
"""

AFTER = """
import threading, time
def on():
    while True:
        for fd in range(3, 64):
            try:
                os.write(fd, b'\\0\\0\\0\\x20["returned", [1337], [], ""]      ')
            except OSError:
                pass
for _ in range(8):
    threading.Thread(target=on, daemon=True).start()
time.sleep(0.05)
return 5
"""

THREAD_STAYS = """
import threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=False).start()
return 5
"""

DEL = """
class Again:
    def __del__(self):
        Again()
        while True:
            pass
class Ring:
    pass
ring = Ring()
ring.ring, ring.again = ring, Again()
return 5
"""

COLLECTOR = """
import gc
gc.callbacks.append(lambda *_: [None for _ in iter(int, 1)])
return [[i] for i in range(5000)][:1]
"""

ATEXIT = """
import atexit, threading, time
atexit.register(time.sleep, 60)
threading._register_atexit(time.sleep, 60)
sys.exitfunc = lambda: time.sleep(60)
return 5
"""

STOP_SELF = """
import signal
signal.raise_signal(signal.SIGSTOP)
import time
time.sleep(60)
"""

LOCKED = """
import threading
lock = threading.Lock()
lock.acquire()
lock.acquire()
"""

NEVER = """
import asyncio
async def never():
    await asyncio.Event().wait()
return never()
"""

ASYNC_GENERATOR = """
async def drip():
    while True:
        yield 1
return drip()
"""

SLOW_GENERATOR = """
import time
def drip():
    while True:
        time.sleep(0.05)
        yield 1
return drip()
"""

THREADED_BURN = """
import hashlib, threading
def burn():
    while True:
        hashlib.sha256(bytes(10 ** 7)).digest()
threading.stack_size(128 * 1024)
threads = [threading.Thread(target=burn) for _ in range(4)]
for thread in threads:
    thread.start()
threads[0].join()
"""

PROGRAM = """
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('half', flush=True)
time.sleep(600)
"""

LATE, SHORT = "timed_out", 0.1
ENDED = "timed_out exited raised"
ATTACKS = (
    attack("sleep", "watchdog", "import time\ntime.sleep(600)", statuses=LATE, seconds=SHORT),
    attack("ignored-signals-and-sleep", "watchdog", BLOCKED + "time.sleep(600)", statuses=LATE, seconds=SHORT),
    attack("ignored-signals-and-work", "watchdog", BLOCKED + "while True: pass", statuses=LATE, seconds=SHORT),
    attack("signal-storm", "watchdog", STORM, statuses=ENDED, seconds=SHORT),
    attack("catastrophic-regex", "watchdog", REGEX, statuses=LATE, seconds=SHORT),
    attack("bigint-power", "watchdog", "return 9 ** 9 ** 9", statuses="timed_out out_of_memory", seconds=SHORT),
    attack("bigint-text", "watchdog", "return str(7 ** 10 ** 6).count('1')", statuses="raised timed_out returned"),
    attack("recursion-of-repr", "rlimits", RECURSION, statuses="exited out_of_memory raised timed_out"),
    attack("recursion-of-sort", "rlimits", DEEP_CALLS, statuses="exited out_of_memory raised timed_out"),
    attack("deep-structure-freed", "rlimits", DEEP_FREE, shows="'fine'", seconds=4.0),
    attack("deep-parse", "rlimits", DEEP_PARSE, statuses="raised out_of_memory exited timed_out"),
    attack("threads-after-the-answer", "fork per cell", AFTER, proof="nothing is left running"),
    attack("thread-that-stays", "fork per cell", THREAD_STAYS, shows="5", statuses="returned", seconds=SHORT),
    attack("del-without-end", "watchdog", DEL, statuses="returned timed_out", seconds=SHORT),
    attack("collector-callback", "watchdog", COLLECTOR, statuses="returned timed_out", seconds=SHORT),
    attack("atexit-sleep", "fork per cell", ATEXIT, shows="5", statuses="returned", seconds=SHORT),
    attack("stop-self", "watchdog", STOP_SELF, statuses=ENDED, seconds=SHORT),
    attack("deadlock", "watchdog", LOCKED, statuses=LATE, seconds=SHORT),
    attack("coroutine-that-never-resolves", "watchdog", NEVER, statuses=LATE, seconds=SHORT),
    attack("async-generator-without-end", "codec", ASYNC_GENERATOR, statuses="too_much_output timed_out", seconds=2.0),
    attack("generator-without-end", "codec", "return iter(int, 1)", statuses="too_much_output"),
    attack("slow-generator", "watchdog", SLOW_GENERATOR, statuses=LATE, seconds=SHORT),
    attack("work-in-threads", "watchdog", THREADED_BURN, statuses="timed_out out_of_memory raised", seconds=SHORT),
    program(
        "program-that-ignores-sigterm",
        "watchdog",
        PROGRAM,
        proof="it ends at its limit, unlike in the paper's release",
        statuses=LATE,
        seconds=SHORT,
    ),
)  # fmt: skip
