"""Example calls and results made from type hints alone, for prompts: they show the form, never an example's answer."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from cosplay_action.specs.hints import arguments_of
from cosplay_action.specs.names import Import
from cosplay_action.specs.nodes import Function, annotation_of, decorator_names, last_name
from cosplay_action.specs.target import Target
from cosplay_action.specs.world import definition, imported_definition, module_imports

_PLAIN = {
    "int": "3", "float": "2.5", "complex": "1j", "bool": "True", "str": "'abc'", "bytes": "b'abc'", "None": "None",
    "bytearray": "bytearray(b'abc')", "Callable": "lambda x: x", "Decimal": "Decimal('2.5')",
    "date": "date(2024, 1, 2)", "Fraction": "Fraction(1, 3)", "datetime": "datetime(2024, 1, 2)",
    "timedelta": "timedelta(days=1)",
    "Path": "Path('a/b')", "range": "range(3)", "Hashable": "'a'", "object": "3", "Any": "3",
}  # fmt: skip
_LISTS = frozenset({"list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "Iterator", "Generator",
                    "AsyncIterator", "AsyncGenerator", "AsyncIterable", "Reversible"})  # fmt: skip
_SETS = frozenset({"set", "Set", "AbstractSet", "MutableSet"})
_DICTS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict", "Counter"})
_DEPTH = 4


def input_example(target: Target) -> str:
    """One input in one line: a call, or, where the target returns None, a call and a look at its effect."""
    if not target.returns_none:
        return call_example(target)
    holder, args = target.holder, [*target.node.args.posonlyargs, *target.node.args.args]
    if target.kind == "method" and holder is not None and target.name != "__init__":
        seen = next((f"; s.{name}" for name in _attributes(holder)), "")
        given = _given(target.node, target, skip_first=True)
        return f"s = {_instance(target)}; s.{target.name}({given}){seen}"
    call, first = call_example(target), value_example(args[0].annotation, target) if args else ""
    if target.kind == "function" and first[:1] in {"[", "{"}:
        return f"x = {first}; {call.replace(first, 'x', 1)}; x"
    return call


def _attributes(holder: ast.ClassDef) -> list[str]:
    """The attributes of instances: what ``__init__`` assigns, then the class's fields; public ones first."""
    fields: list[str] = []
    for init in (n for n in holder.body if isinstance(n, Function) and n.name == "__init__"):
        stored = (n for n in ast.walk(init) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
        fields += [n.attr for n in stored if isinstance(n.value, ast.Name) and n.value.id == "self"]
    fields += [n.target.id for n in holder.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
    return sorted(dict.fromkeys(fields), key=lambda name: name.startswith("_"))


def call_example(target: Target) -> str:
    """One call of the target, as short as its signature allows."""
    if target.kind == "property":
        return f"{_instance(target)}.{target.name}"
    given = f"({_given(target.node, target, skip_first=target.kind in {'method', 'classmethod'})})"
    if not target.class_name:
        return target.name + given
    if target.name == "__init__":
        return target.class_name + given
    return f"{_instance(target) if target.kind == 'method' else target.class_name}.{target.name}{given}"


def result_example(target: Target) -> str:
    """One value as the return annotation has it, where a constructor makes it; empty for what literals write.

    Small models give an example's value back as their answer, so one is shown only where the form needs it.
    """
    shown = value_example(target.node.returns, target) if target.node.returns and not target.returns_none else ""
    try:
        ast.literal_eval(shown or "0")
    except ValueError:
        return shown
    return ""


def value_example(hint: ast.expr | None, target: Target, depth: int = 0) -> str:
    """The text of a small value that matches an annotation, ``...`` for one that cannot be made from it."""
    hint = annotation_of(hint)
    if isinstance(hint, ast.BinOp):
        return value_example(hint.left, target, depth)
    if hint is None or depth > _DEPTH:
        return "3"
    if isinstance(hint, ast.Constant):
        return repr(hint.value)
    name, given = last_name(hint), arguments_of(hint)
    if name in _PLAIN:
        return _PLAIN[name]
    return _container(name, given, lambda one: value_example(one, target, depth + 1)) or _made(name, target, depth)


def _container(name: str, given: Sequence[ast.expr], make: Callable[[ast.expr | None], str]) -> str:
    first = given[0] if given else None
    if name in {"Optional", "Union", "Annotated", "Final", "Awaitable"}:
        return make(first)
    if name == "Literal" and first is not None:
        return ast.unparse(first)
    if name in _LISTS:
        return f"[{make(first)}]"
    if name in _SETS | {"frozenset", "FrozenSet"}:
        return f"{{{make(first)}}}" if name in _SETS else f"frozenset({{{make(first)}}})"
    if name in _DICTS:
        return f"{{{make(first) if given else repr('a')}: {make(given[1] if len(given) > 1 else None)}}}"
    return _tuple(given, make) if name in {"tuple", "Tuple"} else ""


def _tuple(given: Sequence[ast.expr], make: Callable[[ast.expr | None], str]) -> str:
    parts = [make(one) for one in given if not (isinstance(one, ast.Constant) and one.value is ...)] or ["3"]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _made(name: str, target: Target, depth: int) -> str:
    """An instance of a class of the repository; ``...`` when nothing is known of it."""
    one = module_imports(target.source.tree).get(name, Import(""))
    found = definition(target.source, name) or (imported_definition(target, one) or (None, None))[1]
    if not isinstance(found, ast.ClassDef):
        return "..."
    return _built(name, found, target, depth)


def _built(name: str, node: ast.ClassDef, target: Target, depth: int = 0) -> str:
    init = next((n for n in node.body if isinstance(n, Function) and n.name == "__init__"), None)
    if any(last_name(base) in {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"} for base in node.bases):
        members = [n.targets[0] for n in node.body if isinstance(n, ast.Assign)]
        return f"{name}.{ast.unparse(members[0])}" if members else "..."
    if init is not None:
        return f"{name}({_given(init, target, skip_first=True, depth=depth + 1)})"
    if "dataclass" not in decorator_names(node) and not any(last_name(b) == "NamedTuple" for b in node.bases):
        return f"{name}()" if not node.bases else "..."
    fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and n.value is None]
    hints = [n.annotation for n in fields if last_name(n.annotation) != "ClassVar"]
    return f"{name}({', '.join(value_example(hint, target, depth + 1) for hint in hints)})"


def _instance(target: Target) -> str:
    holder = target.holder
    return _built(target.class_name, holder, target) if holder is not None else target.class_name


def _given(node: Function, target: Target, *, skip_first: bool, depth: int = 0) -> str:
    """The required arguments of a call."""
    args = node.args
    plain = [*args.posonlyargs, *args.args]
    needed = plain[int(skip_first) : len(plain) - len(args.defaults)]
    named = [a for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is None]
    shown = [value_example(a.annotation, target, depth) for a in needed]
    shown += [f"{a.arg}={value_example(a.annotation, target, depth)}" for a in named]
    if not shown and args.vararg:
        shown = [value_example(args.vararg.annotation, target, depth)]
    return ", ".join(shown)
