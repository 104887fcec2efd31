"""What a finished run may change, judged from the texts alone: for whoever publishes it and trusts nothing in it.

The target's file may change in the target's body, and gain imports and helpers; nothing else of it. New imports and
risky deeds are allowed and named. Bytes are read as an interpreter would read them: an encoding's cookie counts. For
the tests that ship beside the target see ``shipped_tests``.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from cosplay_action.specs.issues.paths import protected
from cosplay_action.specs.names import Binding, bindings, imports_of
from cosplay_action.specs.nodes import Function, definitions, is_stub

# What reading a hostile text, or walking its tree, may raise.
UNREADABLE = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)
HARMLESS_MODULES = frozenset({
    "__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "cmath", "collections", "copy",
    "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "graphlib", "hashlib", "heapq",
    "html", "itertools", "json", "keyword", "math", "numbers", "operator", "random", "re", "statistics", "string",
    "struct", "textwrap", "typing", "unicodedata", "uuid", "zlib", "zoneinfo",
})  # fmt: skip
# What reaches files, processes, the network or the interpreter. Other modules hold these, too: ``random._os``.
DEEP_MODULES = frozenset({
    "builtins", "codecs", "ctypes", "fcntl", "ftplib", "gc", "http", "importlib", "io", "marshal", "mmap",
    "multiprocessing", "os", "pathlib", "pickle", "posix", "pty", "runpy", "shelve", "shutil", "smtplib", "socket",
    "ssl", "subprocess", "sys", "tempfile", "threading", "urllib", "webbrowser",
})  # fmt: skip
RISKY_CALLS = frozenset({
    "__import__", "breakpoint", "compile", "delattr", "eval", "exec", "exit", "getattr", "globals", "input", "locals",
    "open", "quit", "setattr", "vars",
})  # fmt: skip
_BY_NAME = frozenset({"attrgetter", "methodcaller", "get_type_hints"})  # what a text names is reached or evaluated
_HARMLESS = frozenset({
    "__all__", "__class__", "__doc__", "__file__", "__init__", "__len__", "__name__", "__qualname__", "__version__",
})  # fmt: skip


def path_flaw(path: str) -> str:
    """Why no run may write a file at a path of the repository; empty where it may."""
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or pure.as_posix() != path or len(path) > 400:
        return "it is no plain path inside of the repository"
    if any(ord(char) < 32 or ord(char) == 127 for char in path) or "\\" in path or ":" in path:
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
        stubs = [id(node) for node in definitions(before).get(qualname, ()) if is_stub(node)]
        return _changed(before.body, after.body, qualname.split("."), stubs) if qualname else ""
    except UNREADABLE as error:
        return f"it is no Python: {error}"


def _changed(
    before: Sequence[ast.stmt], after: Sequence[ast.stmt], names: Sequence[str], stubs: Sequence[int], *,
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
                if flaw := _same_place(statement, other, names, stubs):
                    return flaw
                break
            if flaw := _addition(other, names[0], taken, inside=inside):
                return flaw
        else:
            return f"line {statement.lineno} of the old text is not in the new one"
    return next((flaw for other in rest if (flaw := _addition(other, names[0], taken, inside=inside))), "")


def _named(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, Function | ast.ClassDef) and statement.name == name


def _same_place(old: ast.stmt, new: ast.stmt, names: Sequence[str], stubs: Sequence[int]) -> str:
    """The target before and after: a stub keeps its header, a class all but the method."""
    if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef) and len(names) > 1:
        if _head(old) != _head(new):
            return f"the head of class {old.name} changed"
        return _changed(old.body, new.body, names[1:], stubs, inside=True)
    if id(old) not in stubs:
        return f"{names[0]} changed, and is not the stub that was to be filled"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelties:
    """What a file imports and reaches for more often than before, in words: ``risky`` is for a reviewer's eyes first.

    An import is risky unless its module is known to touch neither files, processes, the network nor the interpreter.
    """

    imports: tuple[str, ...] = ()
    risky: tuple[str, ...] = ()


def novelties(old: bytes | None, new: bytes) -> Novelties:
    """What is new in a file, each once, in the order of the file. Raises one of UNREADABLE."""
    found = Counter(_deeds(tree_of(new)))
    found.subtract(Counter(_deeds(tree_of(old))))
    more = [deed for deed, times in found.items() if times > 0]
    return Novelties(
        imports=tuple(text for text, risky in more if not risky), risky=tuple(text for text, risky in more if risky)
    )


def _deeds(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Imports and risky deeds in words, and whether they are risky."""
    deep = frozenset(
        one.bound
        for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for one in imports_of(node)
        if one.module.partition(".")[0] in DEEP_MODULES
    )  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imports(node)
        elif isinstance(node, ast.Name) and (node.id in RISKY_CALLS | _BY_NAME | deep or is_innards(node.id)):
            yield f"uses {node.id}", True
        elif isinstance(node, ast.Attribute) and (node.attr in _BY_NAME or is_innards(node.attr) or is_deep(node.attr)):
            yield f"reaches for {node.attr}", True


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        known = module.partition(".")[0] in HARMLESS_MODULES
        risky = [one.name for one in node.names if one.name == "*" or is_deep(one.name) or one.name in _BY_NAME]
        yield f"imports {module}", not known
        yield from ((f"imports {name} from {module}", True) for name in risky)
    else:
        for one in node.names:
            yield f"imports {one.name}", one.name.partition(".")[0] not in HARMLESS_MODULES


def is_innards(name: str) -> bool:
    """A name of two underscores that leads into the interpreter."""
    return name.startswith("__") and name not in _HARMLESS


def is_deep(name: str) -> bool:
    """The name of a module that reaches deep, also as other modules hold it (``random._os``)."""
    return name.lstrip("_") in DEEP_MODULES
