"""What a test expects, as assertions: the equality of a cell, said the way a careful person says it.

``pytest.approx`` stands at the leaves (and around flat lists of numbers). Its own relative tolerance, 1e-6, is the
cell's; the absolute one, 1e-9, is only written where it decides: below 1e-3.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cosplay_action.method.values import Value, render
from cosplay_action.specs.nodes import decorator_names, last_name
from cosplay_action.specs.pretty import compared, flat, laid_out
from cosplay_action.specs.testscope import Scope, Unrenderable

INDENT = "    "
_NUMBERS = frozenset({"int", "float"})
_PLAIN_TYPES = frozenset({"date", "time", "datetime", "timedelta"})


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes assertions in one scope. ``local`` names are variables of the test."""

    scope: Scope
    local: frozenset[str] = frozenset()

    def expression(self, text: str) -> ast.expr:
        """Parse an expression of our own and prefix its names."""
        tree = ast.parse(text, mode="eval")
        self.scope.rewritten(tree, self.local)
        return tree.body

    def check(self, subject: str, value: Value, fresh: str = "result") -> list[str]:
        """Statements (indented as a test's body) that ``subject``, an expression, gives ``value``.

        ``fresh`` is a free variable name, used where one subject needs several assertions.
        """
        if value.kind == "object" and self.shape(value) != "equal":
            return self._attributes(subject, value, fresh)
        if value.kind in {"none", "bool"}:
            return [INDENT + compared(_parsed(subject), "is", ast.Constant(value.data), INDENT)]
        if value.kind == "enum" and "|" not in str(value.data):
            return [INDENT + compared(_parsed(subject), "is", self.expression(_member(value)), INDENT)]
        if _is_nan(value):
            call = f"{subject}.is_nan()" if value.kind == "decimal" else f"math.isnan({subject})"
            return [f"{INDENT}assert {laid_out(_parsed(call), INDENT, before=7)}"]
        read = {"iterator": f"list({subject})", "array": f"{subject}.tolist()"}.get(value.kind, subject)
        shown = self.array(value) if value.kind == "array" else self.text(value, top=True)
        return [INDENT + compared(_parsed(read), "==", self.expression(shown), INDENT)]

    def _attributes(self, subject: str, value: Value, fresh: str) -> list[str]:
        """A plain instance: its class and its attributes, for it has no equality of its own."""
        lines = []
        if not subject.isidentifier():
            lines.append(f"{INDENT}{fresh} = {laid_out(_parsed(subject), INDENT, before=len(fresh) + 3)}")
            subject = fresh
            lines.append(f"{INDENT}assert isinstance({subject}, {flat(self.expression(value.name))})")
        pairs = _pairs(value)
        if self.shape(value) == "slots" or (len(pairs) <= 4 and all(not name.startswith("_") for name, _ in pairs)):
            return lines + [line for name, inner in pairs for line in self.check(f"{subject}.{name}", inner)]
        shown = "{" + ", ".join(f"{name!r}: {self.text(inner)}" for name, inner in pairs) + "}"
        return [*lines, INDENT + compared(_parsed(f"vars({subject})"), "==", self.expression(shown), INDENT)]

    def text(self, value: Value, *, top: bool = False) -> str:
        """An expression that equals the value as a cell compares it."""
        if value.kind == "iterator" and top:
            return self._sequence(Value("list", items=value.items))
        if value.kind in {"float", "complex"}:
            return _number(value)
        if value.kind in {"list", "tuple", "deque"}:
            return self._sequence(value)
        return self._dict(value) if value.kind == "dict" else self._other(value)

    def _other(self, value: Value) -> str:
        match value.kind:
            case "object" if self.shape(value) == "equal":
                return f"{value.name}({', '.join(f'{n}={self.text(v)}' for n, v in _pairs(value))})"
            case "enum":
                return _member(value)
            case "iterator" | "array" | "object" | "opaque":
                raise Unrenderable(f"it expects {_noun(value)} inside another value")
        return self._exact(value)

    def _exact(self, value: Value) -> str:
        if _is_nan(value) or any(_is_nan(item) for item in value.items):
            raise Unrenderable("it expects a NaN where nothing equals NaN")
        if any(item.kind in {"object", "enum", "iterator"} for item in value.items):
            inner = ", ".join(sorted(self.text(item) for item in value.items))
            return f"{{{inner}}}" if value.kind == "set" else f"{value.kind}([{inner}])"
        shown = render(value)
        if value.kind in _PLAIN_TYPES and self.scope.own_datetime():
            return shown.replace("datetime.date", "dt.date").replace("datetime.time", "dt.time")
        return shown

    def _sequence(self, value: Value) -> str:
        left, right = {"list": "[]", "tuple": "()", "deque": ("deque([", "])")}[value.kind]
        if value.kind != "deque" and _numeric(value.items):
            return _around(value.items, render(value))
        comma = "," if value.kind == "tuple" and len(value.items) == 1 else ""
        return left + ", ".join(self.text(item) for item in value.items) + comma + right

    def _dict(self, value: Value) -> str:
        pairs = list(zip(value.items[::2], value.items[1::2], strict=True))
        if _numeric(value.items[1::2]) and all(k.kind in {"str", "int"} for k, _ in pairs):
            return _around(value.items[1::2], render(value))
        return "{" + ", ".join(f"{self._key(k)}: {self.text(v)}" for k, v in pairs) + "}"

    def _key(self, value: Value) -> str:
        """A dictionary's key is found by its hash: no approximation."""
        if value.kind == "float":
            return self._exact(value)
        return render(value) if value.kind == "tuple" else self.text(value)

    def array(self, value: Value) -> str:
        """A numpy array as the nested lists that its ``tolist()`` gives."""
        parts = [self.text(item) for item in value.items]
        shape = [int(size) for size in str(value.data).split(",") if size]
        if 0 in shape:
            raise Unrenderable("it expects an empty array")
        for size in reversed(shape):
            parts = [f"[{', '.join(parts[at : at + size])}]" for at in range(0, len(parts), size)]
        return parts[0]

    def shape(self, value: Value) -> Literal["equal", "plain", "slots"]:
        """How instances of the value's class compare. A class of another module is taken to have an equality."""
        names = [name for name, _ in _pairs(value)]
        if names == ["args"]:
            return "plain"
        node = self._class(value.name)
        if node is None:
            return "plain" if any(name.startswith("_") for name in names) else "equal"
        return _class_shape(node, names)

    def _class(self, qualname: str) -> ast.ClassDef | None:
        body: Sequence[ast.stmt] = self.scope.target.source.tree.body
        found: ast.ClassDef | None = None
        for part in qualname.split("."):
            found = next((n for n in body if isinstance(n, ast.ClassDef) and n.name == part), None)
            if found is None:
                return None
            body = found.body
        return found


def _class_shape(node: ast.ClassDef, names: list[str]) -> Literal["equal", "plain", "slots"]:
    if "dataclass" in decorator_names(node) or any(last_name(base) == "NamedTuple" for base in node.bases):
        hidden = {
            item.target.id for item in node.body
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            and isinstance(item.value, ast.Call) and "init=False" in flat(item.value)
        }  # fmt: skip
        eq = not any(isinstance(d, ast.Call) and "eq=False" in flat(d) for d in node.decorator_list)
        return "equal" if eq and not hidden.intersection(names) else "plain"
    assigned = {t.id for n in node.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    return "slots" if "__slots__" in assigned else "plain"


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _pairs(value: Value) -> list[tuple[str, Value]]:
    return [(str(n.data), v) for n, v in zip(value.items[::2], value.items[1::2], strict=True)]


def _is_nan(value: Value) -> bool:
    if value.kind == "decimal":
        return "nan" in str(value.data).lower()
    return value.kind == "float" and isinstance(value.data, float) and math.isnan(value.data)


def _numeric(items: Sequence[Value]) -> bool:
    """True for two or more finite numbers, one of them a float: one approximation around them all reads best."""
    finite = all(i.kind in _NUMBERS and isinstance(i.data, int | float) and math.isfinite(i.data) for i in items)
    return len(items) > 1 and finite and any(i.kind == "float" for i in items)


def _around(items: Sequence[Value], shown: str) -> str:
    small = any(isinstance(i.data, int | float) and abs(i.data) < 1e-3 for i in items)
    return f"pytest.approx({shown}{', abs=1e-9' if small else ''})"


def _number(value: Value) -> str:
    number = value.data
    if isinstance(number, float) and math.isnan(number):
        return "pytest.approx(math.nan, nan_ok=True)"
    if isinstance(number, float) and math.isinf(number):
        return "math.inf" if number > 0 else "-math.inf"
    small = isinstance(number, float | complex) and abs(number) < 1e-3
    return f"pytest.approx({render(value)}{', abs=1e-9' if small else ''})"


def _member(value: Value) -> str:
    """``Color.RED``; members of a flag are joined; a value without a name is looked up by value."""
    parts = str(value.data).split("|")
    if all(part.isidentifier() for part in parts):
        return " | ".join(f"{value.name}.{part}" for part in parts)
    return f"{value.name}({value.data!s})"


def _noun(value: Value) -> str:
    names = {"iterator": "an iterator", "array": "an array", "opaque": f"an object of {value.name}"}
    return names.get(value.kind, f"an instance of {value.name}, which has no equality of its own,")
