"""How far an expression of new code can reach, judged from names: modules hold the interpreter under many names.

``enum.bltns.eval`` imports nothing new, ``"{0.__globals__}".format(f)`` has no attribute in its tree. In doubt it is
named.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cosplay_action.specs.allowed import INNARDS
from cosplay_action.specs.names import Import, bindings, imports_of
from cosplay_action.specs.nodes import below

# Packages of the standard library that touch neither files, processes, the network nor the interpreter.
HARMLESS_MODULES = frozenset({
    "__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "cmath", "collections", "copy",
    "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "graphlib", "hashlib", "heapq",
    "html", "itertools", "json", "keyword", "logging", "math", "numbers", "operator", "random", "re", "statistics",
    "string", "struct", "textwrap", "time", "typing", "unicodedata", "uuid", "zlib", "zoneinfo",
})  # fmt: skip
# What reaches files, processes, the network or the interpreter. Other modules hold these, too: ``random._os``.
DEEP_MODULES = frozenset({
    "builtins", "codecs", "ctypes", "fcntl", "ftplib", "gc", "http", "importlib", "io", "marshal", "mmap",
    "multiprocessing", "os", "pathlib", "pickle", "posix", "pty", "runpy", "shelve", "shutil", "smtplib", "socket",
    "ssl", "subprocess", "sys", "tempfile", "threading", "urllib", "webbrowser",
})  # fmt: skip
FAR_REACHING = frozenset({
    "aiohttp", "boto3", "cloudpickle", "dill", "docker", "fabric", "httpx", "invoke", "joblib", "paramiko", "pexpect",
    "plumbum", "psutil", "psycopg", "psycopg2", "pymongo", "redis", "requests", "sh", "sqlalchemy", "urllib3", "yaml",
})  # fmt: skip
RISKY_CALLS = frozenset({
    "__import__", "breakpoint", "compile", "delattr", "eval", "exec", "exit", "getattr", "globals", "input", "locals",
    "open", "quit", "setattr", "vars",
})  # fmt: skip
# What a text names is reached or evaluated there, or another module is changed.
BY_NAME = frozenset({
    "ForwardRef", "_convert_", "attrgetter", "bltns", "evaluate_forward_ref", "get_field", "get_type_hints",
    "global_enum", "make_dataclass", "methodcaller", "singledispatch", "singledispatchmethod", "vformat",
})  # fmt: skip
# Frames and code objects: attributes of generators, coroutines and tracebacks.
INNER = INNARDS - {"format", "format_map"} | {"ag_await", "cr_await", "f_code", "f_trace", "gi_yieldfrom"}
CALLS_OF_OTHERS = RISKY_CALLS | {"get_value", "getnode"}  # also as attributes, where the file does not define them
_HARMLESS = frozenset({
    "__all__", "__cause__", "__class__", "__context__", "__doc__", "__file__", "__init__", "__len__", "__main__",
    "__name__", "__next__", "__qualname__", "__slots__", "__version__",
})  # fmt: skip
_PUBLIC = frozenset({"_asdict", "_fields", "_make", "_replace", "_name_", "_value_"})  # of named tuples and enums
_OWN_WORDS = frozenset({"gc", "http", "io", "socket", "ssl"})  # deep modules by whose names people call attributes
# What is no module out of another one, though a module has its name.
_NO_MODULES = frozenset({"array", "copy", "random", "readline", "string", "time"})
_COMMON = frozenset({"select", "signal", "trace"})  # ``numpy.select``, ``scipy.signal``
_PARTS = {
    "html": ("entities", "parser"), "json": ("decoder", "encoder", "scanner", "tool"), "collections": ("abc",),
    "numpy": ("char", "core", "fft", "lib", "linalg", "ma", "polynomial", "random", "rec", "strings"),
    "pandas": ("api", "arrays", "core", "errors", "offsets", "plotting", "tseries", "util"),
    "scipy": ("fft", "integrate", "interpolate", "linalg", "ndimage", "optimize", "signal", "sparse", "spatial",
              "special", "stats"),
    "networkx": ("algorithms", "classes", "convert", "drawing", "generators", "linalg", "utils"),
}  # fmt: skip
_SCRIPTS = frozenset({"main", "tool"})  # ``json.tool`` reads files


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a file's names stand for: it has ``modules`` whole, ``imported`` in any way, defines ``own`` attributes."""

    modules: frozenset[str]
    imported: frozenset[str]
    library: Mapping[str, frozenset[str]]  # the modules of the standard library among ``modules``, by their names here
    foreign: frozenset[str]  # what is imported from anywhere else
    patterns: frozenset[str]  # names of ``re``
    names: Mapping[str, str]  # what an imported name was called where it came from
    own: frozenset[str]
    texts: frozenset[str]  # names that are never anything but one string
    parts: frozenset[str]  # names of modules that are known to be parts of others
    literal: frozenset[str]  # the names of ``typing.Literal``
    formats: bool  # strings may be formatted elsewhere, by logging or a formatter
    dispatch: bool  # singledispatch is at hand: it evaluates annotations


def surroundings(tree: ast.Module) -> Surroundings:
    nodes = below(tree)
    found = [one for node in nodes if isinstance(node, ast.stmt) for one in imports_of(node)]
    whole = [one for one in found if not one.name]
    names = {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in nodes
        if isinstance(node, ast.Name | ast.Attribute)
    }
    return Surroundings(
        modules=frozenset(one.bound for one in whole), imported=frozenset(one.bound for one in found),
        library={
            one.bound: frozenset(_held(each) for each in whole if each.bound == one.bound)
            for one in whole
            if _top(one) in sys.stdlib_module_names
        },
        foreign=frozenset(one.bound for one in found if _top(one) not in sys.stdlib_module_names),
        patterns=frozenset(one.bound for one in whole if one.module in {"re", "regex"}),
        names={one.bound: one.name for one in found if one.name},
        own=frozenset(defined_attributes(nodes)), texts=_texts(nodes),
        parts=frozenset(one.bound for one in found if one.name in _PARTS.get(_top(one), ())),
        literal=_literal(found, nodes),
        formats="Formatter" in names or any(_top(one) in {"logging", "string"} for one in found),
        dispatch=bool({"singledispatch", "singledispatchmethod"} & (names | {one.name for one in found})),
    )  # fmt: skip


def _literal(found: Sequence[Import], nodes: Sequence[ast.AST]) -> frozenset[str]:
    """The names that mean ``typing.Literal`` and nothing else."""
    homes = {"typing", "typing_extensions"}
    taken = {one.bound for one in found if one.module not in homes or one.name not in {"", "Literal"}}
    taken |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    taken |= {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    names = {one.bound + ("" if one.name else ".Literal") for one in found if one.bound not in taken}
    return frozenset(names)


def _top(one: Import) -> str:
    return one.module.partition(".")[0]


def _held(one: Import) -> str:
    """The module that a name stands for: ``import a.b`` gives a."""
    return one.module if one.alias else _top(one)


def defined_attributes(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """The attributes that the file's classes define, or set on what they call self or cls."""
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from bindings(ast.Module(node.body, []))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and root_name(node) in {"self", "cls"}:
            yield node.attr


def _texts(nodes: Sequence[ast.AST]) -> frozenset[str]:
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
    return name in BY_NAME or is_innards(name)


def attribute_reaches(node: ast.Attribute, around: Surroundings) -> bool:
    """Whether an attribute reaches into the interpreter, a module's own imports, or what somebody keeps to himself."""
    name, root = node.attr, root_name(node.value)
    if by_name(name) or name in INNER or (name == "register" and around.dispatch):
        return True
    if is_deep(name):
        return not (name in _OWN_WORDS and name in around.own and root not in around.imported)
    direct = isinstance(node.value, ast.Name)
    if root in around.imported and _is_chain(node) and _takes_module(node, root, around):
        return True
    foreign = root in around.imported or root == "super"
    if name in CALLS_OF_OTHERS:
        return not (direct and name == "compile" and root in around.patterns) and (foreign or name not in around.own)
    return is_private(name) and (foreign or (name not in around.own and root not in {"self", "cls"}))


def _is_chain(node: ast.expr) -> bool:
    """A name with attributes and nothing else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _takes_module(node: ast.Attribute, root: str, around: Surroundings) -> bool:
    """Whether an attribute of something imported is a module that it holds for itself (``dataclasses.copy``)."""
    if isinstance(node.value, ast.Name) and root in around.library:
        return not all(_is_part(module, node.attr) for module in around.library[root])
    known = HARMLESS_MODULES | _NO_MODULES | _COMMON if root in around.foreign else _NO_MODULES | {"abc", "datetime"}
    return node.attr in sys.stdlib_module_names - known


def _is_part(module: str, name: str) -> bool:
    """Whether a name is a module's own, and not a module which it imports, or a script."""
    if name in _SCRIPTS:
        return False
    ours = name == module or (module, name) in {("datetime", "time"), ("collections", "abc")}
    return ours or name not in sys.stdlib_module_names


def sets_elsewhere(node: ast.Attribute, around: Surroundings) -> bool:
    """Whether something that was imported is changed, for all who use it."""
    return not isinstance(node.ctx, ast.Load) and root_name(node) in around.imported


def import_reaches(module: str, name: str) -> bool:
    """Whether a name that is imported from a module reaches so far."""
    library = module.partition(".")[0] in sys.stdlib_module_names
    call = name in CALLS_OF_OTHERS and (module, name) not in {("re", "compile"), ("regex", "compile")}
    taken = library and not _is_part(module, name)
    return by_name(name) or is_deep(name) or name in INNER or call or is_private(name) or taken


def is_private(name: str) -> bool:
    """A name of one underscore that its owner has not made public all the same."""
    return name.startswith("_") and not name.startswith("__") and name not in _PUBLIC and name.strip("_") != ""


def rebinds(tree: ast.Module) -> Iterator[str]:
    """Names of a module that mean something to Python, and so to the code around the target."""
    return (name for name in bindings(tree) if (hasattr(builtins, name) or is_innards(name)) and name not in _HARMLESS)


def handed_on(tree: ast.Module, outer: set[int], around: Surroundings) -> Iterator[str]:
    """Modules that are handed on as values: what is reached in them later cannot be seen."""
    held_whole = around.modules | around.parts
    held = {id(node.value) for node in below(tree) if isinstance(node, ast.Attribute)}
    for node in below(tree):
        if isinstance(node, ast.Name) and id(node) in outer and id(node) not in held and node.id in held_whole:
            yield node.id


def is_innards(name: str) -> bool:
    """A name of two underscores that leads into the interpreter."""
    return name.startswith("__") and name not in _HARMLESS and name.strip("_") != ""


def is_deep(name: str) -> bool:
    """The name of a module that reaches deep, also as other modules hold it (``random._os``)."""
    return name.lstrip("_") in DEEP_MODULES
