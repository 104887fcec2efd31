"""What makes classes and wrappers out of values, and which parts of unknown modules a text uses, in words.

A class that is put together at run time carries what no text shows into those that write code from it, and
``functools.update_wrapper`` reads whatever attributes it is told to.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence

from cosplay_action.specs.names import Import
from cosplay_action.specs.nodes import Function, below, last_name
from cosplay_action.specs.shipped_reach import Surroundings, root_name

_WRAPPERS = {"wraps": (1, frozenset({"wrapped"})), "update_wrapper": (2, frozenset({"wrapper", "wrapped"}))}
_METACLASSES = frozenset({"ABCMeta", "EnumMeta", "EnumType"})
WORDS = frozenset({*_WRAPPERS, *_METACLASSES, "dataclass", "type"})
_ATTRS = frozenset({"attrs", "attributes", "define", "frozen", "mutable", "s"})  # decorators of attr and attrs
_CHECKS = frozenset({"isinstance", "issubclass"})


def made(tree: ast.Module, outer: set[int], around: Surroundings) -> Iterator[str]:
    """Uses of what makes classes and wrappers, but for the plain ones. ``outer``: names read from outside, by id."""
    plain = _plain_uses(tree, outer)
    for node in below(tree):
        if isinstance(node, ast.keyword) and node.arg == "these":
            yield "makes a class of these"
        if _is_type(node):
            yield "makes classes by type"
        if not isinstance(node, ast.Name | ast.Attribute) or id(node) in plain or not isinstance(node.ctx, ast.Load):
            continue
        name = last_name(node)
        if isinstance(node, ast.Name):
            name = around.names.get(name, name) if id(node) in outer else ""
        if name in _WRAPPERS:
            yield f"hands on {name}, or tells it what to copy"
        elif (name == "type" and isinstance(node, ast.Name)) or name in _METACLASSES:
            yield f"makes classes by {name}"
        elif name == "dataclass":
            yield "calls dataclass on a class made elsewhere"
        elif name in _ATTRS and root_name(node) in around.foreign:
            yield f"calls {name} on a class made elsewhere"


def _is_type(node: ast.AST) -> bool:
    """``type(type(x))`` and ``x.__class__.__class__``."""
    if isinstance(node, ast.Call) and last_name(node.func) == "type" and len(node.args) == 1:
        return _is_class(node.args[0])
    return isinstance(node, ast.Attribute) and node.attr == "__class__" and _is_class(node.value)


def _is_class(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return last_name(node.func) == "type"
    return isinstance(node, ast.Attribute) and node.attr == "__class__"


def _plain_uses(tree: ast.Module, outer: set[int]) -> set[int]:
    """The names, by identity, that stand where such a thing does nothing but what its place shows."""
    found: set[int] = set()
    for node in below(tree):
        if isinstance(node, Function | ast.ClassDef):
            found.update(id(part) for one in node.decorator_list for part in _decorator(one))
        if isinstance(node, ast.ClassDef):
            found.update(id(one.value) for one in node.keywords if one.arg == "metaclass")
        elif isinstance(node, ast.Call):
            found.update(map(id, _called(node, outer)))
        elif isinstance(node, ast.Compare):
            found.update(id(one) for one in node.comparators)
        found.update(id(part) for one in _annotated(node) for part in ast.walk(one))
    return found


def _decorator(node: ast.expr) -> Iterator[ast.expr]:
    """``@dataclass``, ``@dataclass(frozen=True)``, ``@wraps(f)``."""
    if not isinstance(node, ast.Call):
        if last_name(node) not in _WRAPPERS:  # ``@wraps`` alone gives what is told later what to copy
            yield node
    elif last_name(node.func) not in _WRAPPERS or _wraps_plainly(node):
        yield node.func


def _called(node: ast.Call, outer: set[int]) -> Iterator[ast.expr]:
    name = last_name(node.func)
    if name == "type" and _has_one(node):
        yield node.func
    elif name in _CHECKS and id(node.func) in outer and len(node.args) == 2:
        kinds = node.args[1]
        yield from kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    elif name == "update_wrapper" and _wraps_plainly(node):
        yield node.func
    elif isinstance(node.func, ast.Call) and _wraps_plainly(node.func) and _has_one(node):  # ``wraps(f)(g)``
        yield node.func.func


def _has_one(node: ast.Call) -> bool:
    return len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred)


def _wraps_plainly(node: ast.Call) -> bool:
    """Whether what is copied is what is copied anyway."""
    most, words = _WRAPPERS.get(last_name(node.func), (0, frozenset()))
    starred = any(isinstance(one, ast.Starred) for one in node.args)
    return len(node.args) <= most and not starred and all(one.arg in words for one in node.keywords)


def _annotated(node: ast.AST) -> Iterator[ast.expr]:
    annotation = node.annotation if isinstance(node, ast.arg | ast.AnnAssign) else None
    annotation = node.returns if isinstance(node, Function) else annotation
    if annotation is not None and not any(isinstance(one, ast.Call) for one in ast.walk(annotation)):
        yield annotation


def uses(tree: ast.Module, unknown: Sequence[Import], outer: set[int]) -> Iterator[str]:
    """The parts of unknown modules that are used, each once: ``asyncio.create_subprocess_shell``.

    ``unknown``: imports of modules that are not known to be harmless. ``outer``: names read from outside, by id.
    """
    whole = {one.bound for one in unknown if not one.name}
    named = {one.bound for one in unknown if one.name and one.module.partition(".")[0] in sys.stdlib_module_names}
    nodes, held = below(tree), set[int]()
    found: dict[str, None] = {}
    for node in nodes:  # from the outside in: the longest path comes first
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in held:
            root = _root(node)
            if root is None:
                continue
            held.update(id(part) for part in ast.walk(node))
            if id(root) in outer and root.id in (whole if isinstance(node, ast.Attribute) else set()) | named:
                found[ast.unparse(node)] = None
    yield from found


def _root(node: ast.expr) -> ast.Name | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) else None
