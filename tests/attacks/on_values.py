"""Answers that are monsters: what reads, compares and shows them must neither fall over nor run anything of theirs."""

from __future__ import annotations

from tests.attacks.attack import attack, program

REPR_BOMB = """
class Bomb:
    def __repr__(self):
        return 'x' * 10 ** 9
    __str__ = __repr__
    def __format__(self, _):
        return 'x' * 10 ** 9
"""

LAUGHS = """
laughs = ['ha']
for _ in range(64):
    laughs = [laughs] * 10
return laughs
"""

NEST = """
nest = []
for _ in range(@deep@):
    nest = [nest]
return nest
"""

NEST_DICT = """
nest = {}
for _ in range(10_000):
    nest = {1: nest}
return nest
"""

CYCLE = """
ring = []
ring += [ring, {1: ring}, (ring,)]
return ring
"""

PICKLED = """
class Reduced:
    def __init__(self):
        self.value = 5
    def __reduce__(self):
        return os.system, ('echo owned > %s/%sreduced' % (@temp@, @mark@),)
    def __reduce_ex__(self, _):
        return self.__reduce__()
    def __getstate__(self):
        return {'value': 1337}
    def __setstate__(self, state):
        os._exit(0)
    def __deepcopy__(self, _):
        os._exit(0)
"""

PICKLE_BYTES = """
import pickle
class Reduced:
    def __reduce__(self):
        return os.system, ('echo owned > %s/%sreduced' % (@temp@, @mark@),)
return pickle.dumps(Reduced())
"""

ODD_DICT = """
class Key:
    def __hash__(self): return 1
    def __eq__(self, other): return self is other
    __slots__ = ()
return {Key(): 1, Key(): 2, float('nan'): 3, float('nan'): 4, -0.0: 5, (): 6, frozenset({float('nan')}): 7}
"""

COLLIDING = """
step = sys.hash_info.modulus
return {i * step for i in range(1500)}
"""

DESCRIPTOR = """
class Sly:
    def __init__(self):
        self.__dict__['a'] = 5
    @property
    def __dict__(self):
        os._exit(0)
    def __getattribute__(self, name):
        os._exit(0)
    def __dir__(self):
        os._exit(0)
    def __iter__(self):
        os._exit(0)
"""

SLY = """
import dataclasses, enum, decimal, datetime, fractions, collections
class Zone(datetime.tzinfo):
    def utcoffset(self, _): return datetime.timedelta(hours=23, minutes=59, microseconds=1)
    def tzname(self, _): return '1337' * 10 ** 5
    def dst(self, _): raise SystemExit
class Member(enum.Enum):
    ONE = 'x' * 50_000
    def __str__(self): os._exit(0)
class Number(decimal.Decimal):
    def __str__(self): return '1337'
class Ratio(fractions.Fraction):
    @property
    def numerator(self): return 1337
return [Member.ONE, Number('sNaN'), Number('1e999999'), Ratio(1, 3), datetime.datetime(1, 1, 1, tzinfo=Zone()),
        collections.OrderedDict(a=1), collections.Counter('aab'), decimal.Decimal('-0'), decimal.Decimal('NaN12345'),
        range(10 ** 100), complex('nan'), memoryview(b'x'), slice(1), Ellipsis, NotImplemented, type, object()]
"""

BIG_TEXT_KINDS = """
import decimal, fractions
return [decimal.Decimal('1e-999999999'), decimal.Decimal('9' * 19_000), fractions.Fraction(10 ** 9000 + 1, 7 ** 9000),
        decimal.Decimal('1e999999999'), range(-10 ** 5000, 10 ** 5000, 10 ** 4999)]
"""

NAMED = """
class Meta(type):
    @property
    def __name__(cls): return ['no', 'text']
    @property
    def __module__(cls): os._exit(0)
    def __getattribute__(cls, name):
        if name in ('__mro__', '__bases__', '__dict__'):
            raise KeyboardInterrupt
        return type.__getattribute__(cls, name)
class Lie(Exception, metaclass=Meta):
    def __str__(self): return 5
    def __repr__(self): raise self
    @property
    def __class__(self): return ValueError
    @property
    def args(self): os._exit(0)
raise Lie('x')
"""

STR_RAISES = """
class Worse(Exception):
    def __str__(self):
        raise Worse
    __repr__ = __str__
raise Worse
"""

STR_SLEEPS = """
import time
class Slow(Exception):
    def __str__(self):
        time.sleep(600)
raise Slow
"""

STR_LIES = """
class Text(str):
    def encode(self, *_): return b'["returned", [1337], [], ""]'
    def __getitem__(self, _): return self
    def __len__(self): return 0
class Odd(Exception):
    def __str__(self): return Text('x' * 10 ** 6)
raise Odd
"""

EXCEPTION_RING = """
one, two = ValueError('one'), KeyError('two')
one.__cause__, two.__cause__, one.__context__ = two, one, two
one.__notes__ = [1337] * 10 ** 5
one.args = (one, two, 'x' * 10 ** 6)
raise one
"""

MRO = """
kind = Exception
for number in range(900):
    kind = type('E%d' % number, (kind,), {})
raise kind(1)
"""

GROUP = """
group = ValueError(1)
for _ in range(2000):
    group = ExceptionGroup('x', [group]) if sys.version_info >= (3, 11) else ValueError(group)
raise group
"""

NAME_BYTES = "raise type('\\n::error::x' * 10, (Exception,), {})('\\ud800\\x00\\x1b[2J::set-output::')"
SURROGATES = "return ['\\ud800', '\\udfff\\ud800', {'\\ud800': '\\udcff'}, '\\x00', '\\x1b]0;x\\x07']"
WORKFLOW = "return '::add-mask::x\\n::stop-commands::y\\r\\n::set-env name=A::b\\u2028\\u202e'"
BIG = "return [10 ** 25_000, -(1 << 200_000), 10 ** 4300, {10 ** 5000: 1}]"
ARRAY_BOMB = "return [[{}] * 300, [[]] * 300, (((),) * 300,), {i: {} for i in range(300)}]"

SEEN = "render, equal, key and repr of the observation do not raise"
RUNS_NOTHING = "no file appears: nothing of it ran in the supervisor"
ANY = "returned too_much_output"
ATTACKS = (
    attack("repr-bomb", "codec", "return Bomb()", before=REPR_BOMB, proof=SEEN, statuses=ANY),
    attack("repr-bomb-in-an-exception", "codec", "raise ValueError(Bomb())", before=REPR_BOMB, proof=SEEN,
           statuses="raised out_of_memory"),
    attack("billion-laughs", "codec", LAUGHS, proof=SEEN, statuses="too_much_output"),
    attack("nest-of-99", "codec", NEST.replace("@deep@", "98"), proof=SEEN, statuses=ANY),
    attack("nest-of-100000", "codec", NEST.replace("@deep@", "100000"), proof=SEEN, statuses="too_much_output"),
    attack("nest-of-dicts", "codec", NEST_DICT, proof=SEEN, statuses="too_much_output"),
    attack("cycle", "codec", CYCLE, proof=SEEN, statuses="returned", pretends="[]"),
    attack("million-digits", "codec", "return 10 ** 10 ** 6", proof=SEEN, statuses="too_much_output"),
    attack("ints-beyond-4300-digits", "codec", BIG, proof=SEEN, statuses=ANY),
    attack("huge-text", "codec", "return 'x' * 10 ** 8", proof=SEEN, statuses="too_much_output"),
    attack("json-bomb-in-text", "codec", "return ['[' * 20_000, '{\"a\":' * 2500, '\\\\' * 10_000]", proof=SEEN,
           statuses=ANY),
    attack("wide-and-empty", "codec", ARRAY_BOMB, proof=SEEN, statuses=ANY),
    attack("million-nones", "codec", "return [None] * 10 ** 6", proof=SEEN, statuses="too_much_output"),
    attack("lone-surrogates", "codec", SURROGATES, proof=SEEN, statuses="returned"),
    attack("workflow-commands", "codec", WORKFLOW, proof=SEEN, statuses="returned"),
    attack("bad-utf8", "codec", "return [bytes(range(128, 256)), b'\\xff\\xfe' * 99]", proof=SEEN, statuses="returned"),
    attack("nan", "codec", "return [float('nan'), -float('nan'), float('inf'), -0.0]", proof=SEEN, statuses="returned",
           pretends="[0.0, 0.0, 0.0, 0.0]"),
    attack("minus-zero", "codec", "return -0.0", proof=SEEN, statuses="returned", shows="0.0"),
    attack("set-that-holds-nan", "codec", "return {float('nan'), 1.0, 'a'}", proof=SEEN, statuses="returned"),
    attack("order-of-sets-and-dicts", "codec", "return [{*'fedcba'}, {'b': 1, 'a': 2}]", proof=SEEN,
           shows="[{'a', 'b', 'c', 'd', 'e', 'f'}, {'a': 2, 'b': 1}]", statuses="returned"),
    attack("dict-of-odd-keys", "codec", ODD_DICT, proof=SEEN, statuses="returned"),
    attack("colliding-hashes", "codec", COLLIDING, proof=SEEN, statuses=ANY),
    attack("object-that-exits-when-read", "codec", "return object.__new__(Sly)", before=DESCRIPTOR, proof=SEEN,
           statuses="returned exited"),
    attack("odd-scalars", "codec", SLY, proof=SEEN, statuses="returned too_much_output raised exited"),
    attack("long-scalars", "codec", BIG_TEXT_KINDS, proof=SEEN, statuses=ANY),
    attack("reduce-runs-code", "codec", "return Reduced()", before=PICKLED, proof=RUNS_NOTHING, statuses="returned"),
    attack("reduce-in-an-exception", "codec", "raise ValueError(Reduced())", before=PICKLED, proof=RUNS_NOTHING,
           statuses="raised"),
    attack("bytes-of-a-pickle", "codec", PICKLE_BYTES, proof=RUNS_NOTHING, statuses="returned"),
    attack("exception-with-lies-for-names", "codec", NAMED, proof=SEEN, statuses="raised exited"),
    attack("exception-whose-text-raises", "codec", STR_RAISES, proof=SEEN, statuses="raised"),
    attack("exception-whose-text-sleeps", "watchdog", STR_SLEEPS, proof=SEEN, statuses="timed_out", seconds=0.1),
    attack("exception-whose-text-lies", "codec", STR_LIES, proof=SEEN, statuses="raised exited"),
    attack("exception-of-a-million-letters", "codec", "raise type('a' * 10 ** 6, (Exception,), {})", proof=SEEN,
           statuses="raised"),
    attack("exception-ring", "codec", EXCEPTION_RING, proof=SEEN, statuses="raised exited"),
    attack("exception-of-900-ancestors", "codec", MRO, proof=SEEN, statuses="raised"),
    attack("exception-groups-without-end", "codec", GROUP, proof=SEEN, statuses="raised exited"),
    attack("exception-named-in-bad-letters", "codec", NAME_BYTES, proof=SEEN, statuses="raised"),
    attack("base-exceptions", "codec", "raise [KeyboardInterrupt, GeneratorExit, StopIteration][len(x) % 3]",
           proof=SEEN, statuses="raised exited"),
    program("word-error-is-a-value", "codec", "print('error: Traceback (most recent call last)')",
            proof="it is a value, unlike in the paper's release", statuses="returned",
            shows="'error: Traceback (most recent call last)'"),
    program("output-of-70-kilobytes-is-no-timeout", "watchdog", "print('x' * 70_000)",
            proof="it returns, unlike in the paper's release", statuses="returned", seconds=0.5),
    program("program-floods-stderr", "watchdog", "while True: os.write(2, b'x' * 65536)",
            proof="the supervisor has not grown", statuses="timed_out", seconds=0.1),
    program("program-floods", "watchdog", "while True: print('x' * 10 ** 6)", proof="the supervisor has not grown",
            statuses="too_much_output"),
    program("program-in-bad-utf8", "codec", "sys.stdout.buffer.write(bytes(range(256)) * 9)", proof=SEEN,
            statuses="returned"),
)  # fmt: skip
