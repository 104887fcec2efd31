"""How far an expression of new code can reach, judged from names: modules hold the interpreter under many names.

``enum.bltns.eval`` imports nothing new, ``"{0.__globals__}".format(f)`` has no attribute in its tree. In doubt it is
named.
"""

from __future__ import annotations

import ast
import builtins
import re
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from cosplay_action.specs.names import Import, bindings, imports_of
from cosplay_action.specs.nodes import Function

# Packages of the standard library that touch neither files, processes, the network nor the interpreter.
HARMLESS_MODULES = frozenset({
    "__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "cmath", "collections", "copy",
    "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "graphlib", "hashlib", "heapq",
    "html", "itertools", "json", "keyword", "logging", "math", "numbers", "operator", "random", "re", "statistics",
    "string", "struct", "textwrap", "typing", "unicodedata", "uuid", "zlib", "zoneinfo",
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
# What a text names is reached or evaluated there, or another module is changed.
_BY_NAME = frozenset({
    "ForwardRef", "_convert_", "attrgetter", "bltns", "evaluate_forward_ref", "get_field", "get_type_hints",
    "global_enum", "make_dataclass", "methodcaller", "singledispatch", "singledispatchmethod", "vformat",
})  # fmt: skip
_CALLS_OF_OTHERS = RISKY_CALLS | {"get_value", "getnode"}  # also as attributes, where the file does not define them
_HARMLESS = frozenset({
    "__all__", "__class__", "__doc__", "__file__", "__init__", "__len__", "__main__", "__name__", "__qualname__",
    "__slots__", "__version__",
})  # fmt: skip
_PUBLIC = frozenset({"_asdict", "_fields", "_make", "_replace", "_name_", "_value_"})  # of named tuples and enums
_MODULES = sys.stdlib_module_names - HARMLESS_MODULES - {"time"}  # ``datetime.time``
_DUNDER = re.compile(r"__[A-Za-z]\w*__")
_REACHING_FIELD = re.compile(r"\{[^{}]*[.\[]_")
_DOES = (ast.Call, ast.Lambda, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom, ast.ListComp, ast.SetComp,
         ast.DictComp, ast.GeneratorExp)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a file's names stand for: it has ``modules`` whole, ``imported`` in any way, defines ``own`` attributes."""

    modules: frozenset[str]
    imported: frozenset[str]
    library: frozenset[str]  # the modules of the standard library among ``modules``
    patterns: frozenset[str]  # names of ``re``
    own: frozenset[str]
    texts: frozenset[str]  # names that are never anything but one string
    dispatch: bool  # singledispatch is at hand: it evaluates annotations


def surroundings(tree: ast.Module) -> Surroundings:
    nodes = list(ast.walk(tree))
    found = [one for node in nodes if isinstance(node, ast.stmt) for one in imports_of(node)]
    whole = [one for one in found if not one.name]
    names = {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in nodes
        if isinstance(node, ast.Name | ast.Attribute)
    }
    return Surroundings(
        modules=frozenset(one.bound for one in whole), imported=frozenset(one.bound for one in found),
        library=frozenset(one.bound for one in whole if _top(one) in sys.stdlib_module_names),
        patterns=frozenset(one.bound for one in whole if one.module in {"re", "regex"}),
        own=frozenset(defined_attributes(nodes)), texts=_texts(nodes),
        dispatch=bool({"singledispatch", "singledispatchmethod"} & (names | {one.name for one in found})),
    )  # fmt: skip


def _top(one: Import) -> str:
    return one.module.partition(".")[0]


def defined_attributes(nodes: list[ast.AST]) -> Iterator[str]:
    """The attributes that the file's classes define, or set on what they call self or cls."""
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from bindings(ast.Module(node.body, []))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and root_name(node) in {"self", "cls"}:
            yield node.attr


def _texts(nodes: list[ast.AST]) -> frozenset[str]:
    plain = {
        id(target): target.id
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    stored = {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in plain
    }
    given = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return frozenset(plain.values()) - stored - given


def root_name(node: ast.expr) -> str:
    """The name at the head of an expression of attributes, items and calls; empty where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def by_name(name: str) -> bool:
    """A name that reaches further wherever it stands."""
    return name in _BY_NAME or is_innards(name)


def attribute_reaches(node: ast.Attribute, around: Surroundings) -> bool:
    """Whether an attribute reaches into the interpreter, a module's own imports, or what somebody keeps to himself."""
    name, root = node.attr, root_name(node.value)
    if by_name(name) or is_deep(name) or (name == "register" and around.dispatch):
        return True
    direct = isinstance(node.value, ast.Name)
    if direct and root in around.library and name in _MODULES | {"main"}:
        return True
    foreign = root in around.imported or root == "super"
    if name in _CALLS_OF_OTHERS:
        return not (direct and name == "compile" and root in around.patterns) and (foreign or name not in around.own)
    return is_private(name) and (foreign or (name not in around.own and root not in {"self", "cls"}))


def sets_elsewhere(node: ast.Attribute, around: Surroundings) -> bool:
    """Whether something that was imported is changed, for all who use it."""
    return not isinstance(node.ctx, ast.Load) and root_name(node) in around.imported


def import_reaches(module: str, name: str) -> bool:
    """Whether a name that is imported from a module reaches so far."""
    library = module.partition(".")[0] in sys.stdlib_module_names
    call = name in _CALLS_OF_OTHERS and (module, name) not in {("re", "compile"), ("regex", "compile")}
    return by_name(name) or is_deep(name) or call or is_private(name) or (library and name in _MODULES)


def is_private(name: str) -> bool:
    """A name of one underscore that its owner has not made public all the same."""
    return name.startswith("_") and not name.startswith("__") and name not in _PUBLIC and name.strip("_") != ""


def reaching(tree: ast.Module, around: Surroundings) -> Iterator[str]:
    """What reaches further without a name of its own in the tree, or changes what a name means elsewhere, in words."""
    told, bases = {id(one) for one in prose(tree)}, {id(one) for one in _bases(tree)}
    yield from (f"holds an annotation that runs: {one[:40]}" for one in _annotations(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield from (f"writes {one} in a string" for one in _written(node.value))
        elif isinstance(node, ast.Attribute) and node.attr in {"format", "format_map"}:
            if not (id(node.value) in bases or _formats_plainly(node, around)):
                yield f"formats {ast.unparse(node.value)[:40]}, which is put together elsewhere"
        elif isinstance(node, ast.keyword) and node.arg and is_innards(node.arg):
            yield f"passes {node.arg}"
        elif isinstance(node, ast.MatchClass):
            yield from (
                f"reaches for {one}"
                for one in node.kwd_attrs
                if is_private(one) or by_name(one) or is_deep(one) or one in _CALLS_OF_OTHERS
            )


def _formats_plainly(node: ast.Attribute, around: Surroundings) -> bool:
    """A name that is one string alone is formatted, or a method of the file's own is taken."""
    name = node.value.id if isinstance(node.value, ast.Name) else ""
    return name in around.texts or (name in {"self", "cls"} and node.attr in around.own)


def prose(tree: ast.Module) -> Iterator[ast.expr]:
    """What stands as a statement of its own: docstrings among it."""
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))


def _bases(tree: ast.Module) -> Iterator[ast.expr]:
    """The strings that are formatted as they stand."""
    return (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Constant)
    )


def _written(text: str) -> Iterator[str]:
    yield from (one for one in dict.fromkeys(_DUNDER.findall(text)) if is_innards(one))
    if one := _REACHING_FIELD.search(text):
        yield one[0][:40]
    try:
        fields = [name or "" for _, name, _, _ in string.Formatter().parse(text)]
    except ValueError:
        return
    parts = (part for field in fields for part in re.split(r"[.\[\]]", field)[1:])
    yield from (part for part in parts if is_deep(part) or part in _BY_NAME)


def _annotations(tree: ast.Module) -> Iterator[str]:
    """Texts of annotations that do something when they are evaluated, as singledispatch and others do."""
    for node in ast.walk(tree):
        annotated = node.annotation if isinstance(node, ast.arg | ast.AnnAssign) else None
        found = node.returns if isinstance(node, Function) else annotated
        if found is not None and _runs(found):
            yield ast.unparse(found)


def _runs(annotation: ast.expr) -> bool:
    for node in ast.walk(annotation):
        if isinstance(node, ast.JoinedStr):
            return True
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod | ast.Mult):
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _text_runs(node.value):
            return True
    return False


def _text_runs(text: str) -> bool:
    """Whether an annotation's text does more than name types."""
    try:
        tree = ast.parse(f"({text.strip()}\n,)", mode="eval")
    except (SyntaxError, ValueError):
        return "(" in text
    if any(isinstance(node, _DOES) for node in ast.walk(tree)):
        return True
    return any(
        isinstance(node, ast.Attribute) and (by_name(node.attr) or is_deep(node.attr)) for node in ast.walk(tree)
    ) or _runs(tree.body)


def rebinds(tree: ast.Module) -> Iterator[str]:
    """Names of a module that mean something to Python, and so to the code around the target."""
    return (name for name in bindings(tree) if (hasattr(builtins, name) or is_innards(name)) and name not in _HARMLESS)


def handed_on(tree: ast.Module, outer: set[int], around: Surroundings) -> Iterator[str]:
    """Modules that are handed on as values: what is reached in them later cannot be seen."""
    held = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and id(node) in outer and id(node) not in held and node.id in around.modules:
            yield node.id


def is_innards(name: str) -> bool:
    """A name of two underscores that leads into the interpreter."""
    return name.startswith("__") and name not in _HARMLESS and name.strip("_") != ""


def is_deep(name: str) -> bool:
    """The name of a module that reaches deep, also as other modules hold it (``random._os``)."""
    return name.lstrip("_") in DEEP_MODULES
