"""Literal arguments against type hints: only a certain mismatch counts, whatever cannot be judged passes."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cosplay_action.specs.calls import bound_arguments
from cosplay_action.specs.nodes import annotation_of, decorator_names, last_name
from cosplay_action.specs.target import Target

_NUMBERS = frozenset({"int", "bool"})
_SEQUENCES = frozenset({"list", "tuple", "str", "bytes", "range"})
_ITERABLES = _SEQUENCES | {"set", "frozenset", "dict", "bytearray", "generator"}
_ACCEPTS: dict[str, frozenset[str]] = {
    "int": _NUMBERS, "float": _NUMBERS | {"float"}, "complex": _NUMBERS | {"float", "complex"},
    "str": frozenset({"str"}), "bool": frozenset({"bool"}), "bytes": frozenset({"bytes"}),
    "bytearray": frozenset({"bytearray"}),
    "list": frozenset({"list"}), "List": frozenset({"list"}), "MutableSequence": frozenset({"list", "bytearray"}),
    "tuple": frozenset({"tuple"}), "Tuple": frozenset({"tuple"}),
    "set": frozenset({"set"}), "Set": frozenset({"set", "frozenset"}), "AbstractSet": frozenset({"set", "frozenset"}),
    "MutableSet": frozenset({"set"}), "frozenset": frozenset({"frozenset"}), "FrozenSet": frozenset({"frozenset"}),
    "dict": frozenset({"dict"}), "Dict": frozenset({"dict"}), "Mapping": frozenset({"dict"}),
    "MutableMapping": frozenset({"dict"}), "Sequence": _SEQUENCES, "Collection": _ITERABLES - {"generator"},
    "Container": _ITERABLES - {"generator"}, "Iterable": _ITERABLES, "Callable": frozenset({"lambda"}),
}  # fmt: skip
_LITERALS: dict[type[ast.expr], str] = {
    ast.List: "list", ast.Tuple: "tuple", ast.Set: "set", ast.Dict: "dict", ast.ListComp: "list", ast.SetComp: "set",
    ast.DictComp: "dict", ast.GeneratorExp: "generator", ast.Lambda: "lambda", ast.Compare: "bool",
}  # fmt: skip
_PLAIN_DECORATORS = frozenset({  # the call returns what the function does
    "abstractmethod", "abstractproperty", "cache", "cached_property", "classmethod", "final", "lru_cache", "override",
    "property", "staticmethod",
})  # fmt: skip
_MAKERS = frozenset({"set", "frozenset", "dict", "list", "tuple", "float", "int", "str", "bytes", "bytearray", "range"})


def hint_flaw(call: ast.Call, target: Target) -> str:
    """Which argument cannot be what the stub's annotation says (empty: none). Raises TypeError like ``bind``."""
    args = target.node.args
    stars = {a.arg for a in (args.vararg,) if a}
    hints = {a.arg: a.annotation for a in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg) if a}
    for name, value in bound_arguments(call, target).items():
        values = list(value) if isinstance(value, tuple) else [value]
        if any(mismatch(one, hints.get(name)) for one in values):
            hint = ast.unparse(hints[name] or ast.Constant(None))
            return f"the argument {'*' if name in stars else ''}{name} is not {hint}"
    return ""


def return_flaw(node: ast.expr, target: Target) -> str:
    """Why an expression cannot be what the stub's annotation says it returns (empty: it can, or nobody knows).

    Nothing is known of a stub that returns None, whose effects are shown, nor behind a decorator that may return
    something else.
    """
    hint = target.node.returns
    if hint is None or target.returns_none or not _PLAIN_DECORATORS.issuperset(decorator_names(target.node)):
        return ""
    return f"it does not fit the return type {ast.unparse(hint)}" if mismatch(node, hint) else ""


def mismatch(node: ast.expr, hint: ast.expr | None) -> bool:
    """True when the value of an expression certainly does not match an annotation."""
    hint = annotation_of(hint)
    kind = literal_kind(node)
    if hint is None or not kind:
        return False
    if isinstance(hint, ast.Constant) and hint.value is None:
        return kind != "none"
    if isinstance(hint, ast.BinOp) and isinstance(hint.op, ast.BitOr):
        return mismatch(node, hint.left) and mismatch(node, hint.right)
    return _named(node, kind, last_name(hint), arguments_of(hint))


def literal_kind(node: ast.expr) -> str:
    """The type of a literal (or of a comprehension, or a call of a builtin type); empty when it cannot be told."""
    if isinstance(node, ast.Constant):
        return "none" if node.value is None else "" if node.value is ... else type(node.value).__name__
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = literal_kind(node.operand)
        return inner if inner in {"int", "float", "complex"} else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MAKERS:
        return node.func.id
    return _LITERALS.get(type(node), "")


def _named(node: ast.expr, kind: str, name: str, given: Sequence[ast.expr]) -> bool:
    if name in {"Optional", "Union"}:
        return (name == "Union" or kind != "none") and bool(given) and all(mismatch(node, one) for one in given)
    if name == "Annotated":
        return bool(given) and mismatch(node, given[0])
    if name == "Literal":
        return isinstance(node, ast.Constant) and not any(ast.dump(node) == ast.dump(one) for one in given)
    accepted = _ACCEPTS.get(name)
    if accepted is None:
        return False
    return kind not in accepted or (bool(given) and _inside(node, name, given))


def _inside(node: ast.expr, name: str, given: Sequence[ast.expr]) -> bool:
    """True when an element of a container literal certainly does not match."""
    if isinstance(node, ast.Dict):
        hints = given if len(given) == 2 else (given[0], None)
        pairs = zip(node.keys, node.values, strict=True)
        return any(key and (mismatch(key, hints[0]) or mismatch(value, hints[1])) for key, value in pairs)
    if not isinstance(node, ast.List | ast.Tuple | ast.Set) or any(isinstance(e, ast.Starred) for e in node.elts):
        return False
    if name in {"tuple", "Tuple"} and not _repeats(given):
        return len(node.elts) != len(given) or any(mismatch(e, h) for e, h in zip(node.elts, given, strict=True))
    return any(mismatch(element, given[0]) for element in node.elts)


def _repeats(given: Sequence[ast.expr]) -> bool:
    return len(given) == 2 and isinstance(given[1], ast.Constant) and given[1].value is ...


def arguments_of(hint: ast.expr) -> list[ast.expr]:
    """The parts between the brackets of an annotation: ``str`` and ``int`` of ``dict[str, int]``."""
    if not isinstance(hint, ast.Subscript):
        return []
    return list(hint.slice.elts) if isinstance(hint.slice, ast.Tuple) else [hint.slice]
