"""What new code imports and reaches for, in words, for a reviewer's eyes: judged from the text alone."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cosplay_action.specs.names import Import, imports_of
from cosplay_action.specs.nodes import below
from cosplay_action.specs.shipped import tree_of
from cosplay_action.specs.shipped_lines import text_deeds
from cosplay_action.specs.shipped_makers import made, uses
from cosplay_action.specs.shipped_plain import plain_parts
from cosplay_action.specs.shipped_reach import (
    DEEP_MODULES,
    FAR_REACHING,
    HARMLESS_MODULES,
    RISKY_CALLS,
    Surroundings,
    attribute_reaches,
    by_name,
    handed_on,
    import_reaches,
    is_deep,
    rebinds,
    root_name,
    sets_elsewhere,
    surroundings,
)
from cosplay_action.specs.shipped_reads import outer_reads
from cosplay_action.specs.shipped_strings import prose, reaching

# Packages that compute. What they do to files, or run, has a name of its own in REACHING.
COMPUTING = frozenset({
    "attr", "attrs", "dateutil", "more_itertools", "networkx", "numpy", "pandas", "pydantic", "regex", "scipy",
    "sortedcontainers",
})  # fmt: skip
REACHING = re.compile(
    "read_.+|write_.+|to_(csv|excel|feather|gbq|hdf|html|json|latex|markdown|orc|parquet|pickle|sql|stata|xml)|load.*|"
    "save.*|fromfile|tofile|dump|memmap|open_memmap|fromregex|genfromtxt|DataSource|ctypeslib|f2py|distutils|"
    "ExcelFile|ExcelWriter|HDFStore|eval|query|lambdify|sympify|parse_expr|autowrap|FileHandler|basicConfig|ImportString|"
    "to_(string|clipboard)|parse_raw|parse_file|PyObject|create_model|make_class|datasets|view_pygraphviz|runstring"
)
_REACHING_PARTS = frozenset({"config", "handlers", "testing"})  # ``logging.config``
# What a program is there for: to read, to print and to end.
_JOB = frozenset({"exit", "input", "quit"})
_JOB_OF_SYS = frozenset({
    "argv", "byteorder", "exit", "float_info", "getrecursionlimit", "getsizeof", "intern", "maxsize",
    "set_int_max_str_digits", "setrecursionlimit", "stderr", "stdin", "stdout", "version_info",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelties:
    """What a file imports and reaches for more often than before, in words: ``risky`` is for a reviewer's eyes first.

    An import is risky unless its module is known to touch neither files, processes, the network nor the interpreter.
    """

    imports: tuple[str, ...] = ()
    risky: tuple[str, ...] = ()


def novelties(old: bytes | None, new: bytes, *, program: bool = False) -> Novelties:
    """What is new in a file, each once, in the order of the file. Raises one of shipped.UNREADABLE.

    Of a ``program`` it is no news that it reads its input, prints and ends.
    """
    found, before = Counter(_all_deeds(new, program=program)), Counter(_all_deeds(old or b"", program=program))
    found.subtract(before)
    more = [deed for deed, times in found.items() if times > 0]
    return Novelties(
        imports=tuple(text for text, risky in more if not risky), risky=tuple(text for text, risky in more if risky)
    )


def _all_deeds(data: bytes, *, program: bool) -> Iterator[tuple[str, bool]]:
    tree = tree_of(data)
    yield from _deeds(tree, program=program)
    yield from text_deeds(data)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    known = Counter(_deeds(ast.Module([*imports], []), program=program))
    for node in prose(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ">>>" in node.value:
            more = Counter(_example_deeds(node.value, imports))
            more.subtract(known)
            yield from ((f"{deed} in a doctest", risky) for (deed, risky), times in more.items() if times > 0)


def _example_deeds(text: str, imports: Sequence[ast.stmt]) -> Iterator[tuple[str, bool]]:
    """What the examples of a docstring do, which many a repository runs, with what their file imports."""
    from doctest import DocTestParser  # late: few files have examples

    try:
        sources = [one.source for one in DocTestParser().get_examples(text)]
        yield from _deeds(ast.Module([*imports, *tree_of("\n".join(sources).encode()).body], []), program=False)
    except (SyntaxError, ValueError):
        yield "holds what cannot be read", True


def _deeds(tree: ast.Module, *, program: bool) -> Iterator[tuple[str, bool]]:
    """Imports and risky deeds in words, and whether they are risky."""
    imported = [
        one for node in below(tree) if isinstance(node, ast.Import | ast.ImportFrom) for one in imports_of(node)
    ]
    around = surroundings(tree)
    deep = frozenset(one.bound for one in imported if _top(one.module) in DEEP_MODULES)
    computing = any(computes(one.module) for one in imported)
    outer, job = {id(node) for node in outer_reads(tree)}, _job(tree, imported) if program else frozenset()
    job |= plain_parts(tree, outer, around, REACHING if computing else None)
    for node in below(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imports(node, program=program)
        elif isinstance(node, ast.Name) and id(node) not in job:
            reached = id(node) in outer and node.id in RISKY_CALLS | deep
            if reached or by_name(node.id):
                yield f"uses {node.id}", True
        elif isinstance(node, ast.Attribute) and id(node) not in job:
            yield from _attribute(node, around, computing=computing)
    yield from ((f"hands on {name}", True) for name in handed_on(tree, outer, around) if name not in deep)
    yield from ((deed, True) for deed in (*reaching(tree, around), *made(tree, outer, around)))
    unknown = [one for one in imported if one.bound not in deep and _watched(one.module)]
    yield from ((f"uses {path}", True) for path in uses(tree, unknown, outer))
    if not program:
        yield from ((f"gives {name} another meaning", True) for name in rebinds(tree))


def _attribute(node: ast.Attribute, around: Surroundings, *, computing: bool) -> Iterator[tuple[str, bool]]:
    part = node.attr in _REACHING_PARTS and root_name(node) in around.imported
    if attribute_reaches(node, around) or (computing and (part or REACHING.fullmatch(node.attr))):
        yield f"reaches for {node.attr}", True
    if sets_elsewhere(node, around):
        yield f"sets {ast.unparse(node)[:60]}", True


def _job(tree: ast.Module, imported: Sequence[Import]) -> frozenset[int]:
    """The names (by identity) with which a program reads its input, prints and ends."""
    system = {one.bound for one in imported if (one.module, one.name) == ("sys", "")}
    above = [one for node in tree.body for one in imports_of(node)]
    parts = {one.bound for one in above if one.module == "sys" and one.name in _JOB_OF_SYS}
    parts -= {name for name in parts if name in RISKY_CALLS or by_name(name) or is_deep(name)}
    parts -= {one.bound for one in imported if one.module != "sys" or one.name not in _JOB_OF_SYS}
    found = {id(node) for node in below(tree) if isinstance(node, ast.Name) and node.id in _JOB | parts}
    for node in below(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in system and node.attr in _JOB_OF_SYS:
                found |= {id(node.value), id(node)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and _opens_input(node):
            found.add(id(node.func))
    return frozenset(found)


def _opens_input(node: ast.Call) -> bool:
    """``open(0)``, perhaps with a mode or an encoding: the file that a program reads."""
    first = node.args[0] if node.args else None
    plain = {"mode", "encoding", "buffering", "newline", "errors"}
    return (
        isinstance(node.func, ast.Name) and node.func.id == "open" and isinstance(first, ast.Constant)
        and type(first.value) is int and first.value == 0 and all(one.arg in plain for one in node.keywords)
    )  # fmt: skip


def _top(module: str) -> str:
    return module.partition(".")[0]


def computes(module: str) -> bool:
    """Whether a module is one whose parts that reach further have names in REACHING."""
    return _top(module) in COMPUTING | {"logging", "sympy"}


def _imports(node: ast.Import | ast.ImportFrom, *, program: bool) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        own = program and module == "sys"
        risky = [one.name for one in node.names if _risky_name(module, one.name, own=own)]
        yield f"imports {module}", not (own or _harmless(module))
        yield from ((f"imports {name} from {module}", True) for name in risky)
    else:
        for one in node.names:
            yield f"imports {one.name}", not (_harmless(one.name) or (program and one.name == "sys"))


def _risky_name(module: str, name: str, *, own: bool) -> bool:
    if own:
        return name not in _JOB_OF_SYS
    computing = computes(module) and (REACHING.fullmatch(name) is not None or name in _REACHING_PARTS)
    return name == "*" or import_reaches(module, name) or computing


def _watched(module: str) -> bool:
    """Whether new uses of a module that was imported already are told: Python's own, and packages known to reach far.

    Any other may be a module of the repository, which nobody would read a warning about.
    """
    return not _harmless(module) and (_top(module) in sys.stdlib_module_names or _top(module) in FAR_REACHING)


def _harmless(module: str) -> bool:
    """Whether a module is known to compute; a part of it may reach further (``scipy.io``, ``logging.config``)."""
    top, *parts = module.split(".")
    if module == "json.tool" or top == "sympy":  # a script that reads files; texts are evaluated
        return False
    if computes(module):
        return not any(is_deep(part) or part in _REACHING_PARTS or REACHING.fullmatch(part) for part in parts)
    return top in HARMLESS_MODULES
