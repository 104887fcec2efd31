"""What a finished run may change, judged from the texts alone: for whoever publishes it and trusts nothing in it.

The target's file may change in the target's body, and gain imports and helpers; nothing else of it, no comment either
(``shipped_lines``). New imports and risky deeds are allowed and named (``shipped_deeds``). Bytes are read as an
interpreter would read them: an encoding's cookie counts. For the tests that ship beside it see ``shipped_tests``.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cosplay_action.specs.issues.paths import protected
from cosplay_action.specs.names import Binding, bindings
from cosplay_action.specs.nodes import Function, definitions, is_stub
from cosplay_action.specs.pretty import is_visible
from cosplay_action.specs.shipped_lines import lines_flaw, unseen_outside

# What reading a hostile text, or walking its tree, may raise.
UNREADABLE = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)


def path_flaw(path: str) -> str:
    """Why no run may write a file at a path of the repository; empty where it may."""
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or pure.as_posix() != path or len(path) > 400:
        return "it is no plain path inside of the repository"
    if not is_visible(path) or any(char in path for char in "\n\\:"):
        return "it holds characters that no file of ours has"
    return "it is a file that other tools act on" if protected(path) else ""


def tree_of(data: bytes | None) -> ast.Module:
    """The tree of a file's bytes, empty for no file. Raises one of UNREADABLE."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(data or b"")


def target_flaw(old: bytes | None, new: bytes, qualname: str) -> str:
    """What else than the target a new text of its file changes; empty where nothing. ``qualname`` empty: a program."""
    try:
        before, after = tree_of(old), tree_of(new)
        if hidden := unseen_outside(old, new):
            return hidden
        if not qualname:
            return ""
        found = _Change(stubs=[id(node) for node in definitions(before).get(qualname, ()) if is_stub(node)])
        flaw = _changed(before.body, after.body, qualname.split("."), found)
        return flaw or lines_flaw(old or b"", new, found.added, found.filled)
    except UNREADABLE as error:
        return f"it is no Python: {error}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """``stubs``: what of the old text may be filled, by identity. What came in, and what was filled, gathers here."""

    stubs: Sequence[int]
    added: list[ast.stmt] = field(default_factory=list)
    filled: list[tuple[ast.stmt, ast.stmt]] = field(default_factory=list)


def _changed(
    before: Sequence[ast.stmt], after: Sequence[ast.stmt], names: Sequence[str], found: _Change, *,
    inside: bool = False,
) -> str:  # fmt: skip
    """Every statement of before is there in order, but for the stub; what came in addition is plain.

    ``inside``: these are the statements of the target's class.
    """
    rest, taken = iter(after), bindings(ast.Module([*before], []))
    for statement in before:
        for other in rest:
            if _text(other) == _text(statement):
                break
            if _named(statement, names[0]) and _named(other, names[0]):
                if flaw := _same_place(statement, other, names, found):
                    return flaw
                break
            if flaw := _addition(other, names[0], taken, inside=inside):
                return flaw
            found.added.append(other)
        else:
            return f"line {statement.lineno} of the old text is not in the new one"
    found.added.extend(more := list(rest))
    return next((flaw for other in more if (flaw := _addition(other, names[0], taken, inside=inside))), "")


def _named(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, Function | ast.ClassDef) and statement.name == name


def _same_place(old: ast.stmt, new: ast.stmt, names: Sequence[str], found: _Change) -> str:
    """The target before and after: a stub keeps its header, a class all but the method."""
    if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef) and len(names) > 1:
        if _head(old) != _head(new):
            return f"the head of class {old.name} changed"
        return _changed(old.body, new.body, names[1:], found, inside=True)
    if id(old) not in found.stubs:
        return f"{names[0]} changed, and is not the stub that was to be filled"
    found.filled.append((old, new))
    return "" if _head(old) == _head(new) else f"the signature or a decorator of {names[0]} changed"


def _head(node: ast.stmt) -> str:
    """A definition without its body."""
    bare = copy.copy(node)
    bare.body = []  # type: ignore[attr-defined]  # a function or a class
    return ast.dump(bare)


def _text(node: ast.stmt) -> str:
    return ast.dump(node)


def _addition(node: ast.stmt, name: str, taken: Mapping[str, tuple[Binding, ...]], *, inside: bool) -> str:
    """A helper, a constant or an import may come in addition, and so may the target where it was not there."""
    new = ast.Module([node], [])
    if inside:
        return "" if _named(node, name) and name not in taken else f"line {node.lineno} is new in the target's class"
    if not _is_plain(node):
        return f"line {node.lineno} is a new statement beside {name}"
    for bound, ways in bindings(new).items():
        known = {way.origin for way in taken.get(bound, ())} - {"def", "class", "value"}
        if bound in taken and not known.issuperset(way.origin for way in ways):
            return f"line {node.lineno} binds {bound} anew"
    return ""


def _is_plain(node: ast.stmt) -> bool:
    """A definition, an import of names, a docstring, or a constant's assignment to nothing but names."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return not any(isinstance(part, ast.Attribute | ast.Subscript) for each in targets for part in ast.walk(each))
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        return False
    return isinstance(node, Function | ast.ClassDef | ast.Import | ast.ImportFrom)
