"""Answers that lie about themselves: objects that equal everything, subclasses of builtins that show another value."""

from __future__ import annotations

from tests.attacks.attack import Attack, attack

LIES = """
class {name}({base}):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return hash(1337)
    def __repr__(self): return '1337'
    __str__ = __format__ = __repr__
    def __int__(self): return 1337
    __index__ = __trunc__ = __int__
    def __iter__(self): return iter([1337])
    def __len__(self): return 1
    def __getitem__(self, _): return 1337
    def items(self): return [(1337, 1337)]
    @property
    def __class__(self): return int
    def __reduce__(self): return (int, (1337,))
    def __reduce_ex__(self, _): return (int, (1337,))
    def __getattr__(self, _): return 1337
    def __bool__(self): return True
"""


def lying(name: str, base: str, honest: str, pretends: str = "1337") -> Attack:
    before = LIES.format(name="Liar", base=base)
    return attack(f"lying-{name}", "codec", f"return Liar({honest})", before=before, pretends=pretends, shows=honest)


ATTACKS = (
    lying("int", "int", "5"),
    lying("float", "float", "5.5"),
    lying("str", "str", "'five'", "'1337'"),
    lying("bytes", "bytes", "b'five'"),
    lying("list", "list", "[5]", "[1337]"),
    lying("tuple", "tuple", "(5,)", "(1337,)"),
    lying("dict", "dict", "{5: 5}", "{1337: 1337}"),
    lying("set", "set", "{5}", "{1337}"),
    attack("lying-object", "codec", "return Liar()", before=LIES.format(name="Liar", base="object"), pretends="1337"),
    attack(
        "lying-metaclass",
        "codec",
        "return Kind('int', (), {})()",
        before="class Kind(type):\n    __name__ = 'int'\n    def mro(cls): return [cls, object]\n"
        "    def __eq__(cls, other): return True\n    __hash__ = type.__hash__\n",
        pretends="0",
    ),
)
