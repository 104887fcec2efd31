"""Whether a file that ships beside a target is one of ours: pytest tests of it, or the runner of a program's tests.

A test calls the target and names that its module or the repository defines, and compares; it imports nothing that
reaches files, processes or the network, no module out of another one either, takes no fixture and holds no other
statement. The runner is the one that this tool writes, word for word.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from cosplay_action.specs.allowed import EXPRESSIONS, FILE_DEEDS, FORBIDDEN, INNARDS, LIBRARY
from cosplay_action.specs.names import imports_of
from cosplay_action.specs.nodes import Function
from cosplay_action.specs.pretty import is_visible, quoted
from cosplay_action.specs.program_files import RUNNER
from cosplay_action.specs.shipped import UNREADABLE, tree_of
from cosplay_action.specs.shipped_deeds import REACHING
from cosplay_action.specs.shipped_home import Home, home_of
from cosplay_action.specs.shipped_reach import by_name, is_deep, is_private, root_name

_MORE = {
    "asyncio": frozenset({"run"}), "math": frozenset({"isclose", "isnan", "pi"}),
    "pathlib": frozenset({"PosixPath", "WindowsPath"}),
}  # fmt: skip
_OFFERED: Mapping[str, frozenset[str]] = {
    **{name: LIBRARY.get(name, frozenset()) | _MORE.get(name, frozenset()) for name in (*LIBRARY, *_MORE)},
    "pytest": frozenset({"approx", "mark", "param", "raises"}),
}
_STATEMENTS = (ast.Assign, ast.AugAssign, ast.Expr, ast.Assert, ast.With, ast.AsyncFunctionDef, ast.Return)
_PARTS = (*_STATEMENTS, *EXPRESSIONS, ast.withitem)
_PLAIN_FILE_DEEDS = frozenset({
    "chmod", "hardlink_to", "lchmod", "link_to", "read_bytes", "read_text", "rmdir", "symlink_to", "unlink",
    "write_bytes", "write_text",
})  # fmt: skip
_HOOKS = frozenset({"setup_function", "setup_module", "teardown_function", "teardown_module"})  # pytest calls them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """What one test file may use; what it imports is judged by the text of the target's file."""

    home: Home
    own: frozenset[str]  # the parts of the target's name and path
    modules: Mapping[str, str]  # the names by which it has whole modules
    bound: frozenset[str]  # all names that it imports
    files: bool  # it has paths of files at hand


def kept_flaw(data: bytes, target: str, file: bytes) -> str:
    """Why a file is no test file of ours for a target (``path::qualname``); empty where it is.

    ``file``: the text of the target's file, whose names a test may take.
    """
    try:
        tree = tree_of(data)
        if not is_visible(data.decode("utf-8", "replace")):
            return "it holds characters that cannot be seen"
        return next(_flaws(tree, _judge(tree, target, home_of(tree_of(file), target.partition("::")[0]))), "")
    except UNREADABLE as error:
        return f"it is no Python: {error}"


def _judge(tree: ast.Module, target: str, home: Home) -> _Judge:
    path, _, qualname = target.partition("::")
    pure = PurePosixPath(path)
    found = [one for node in tree.body for one in imports_of(node)]
    return _Judge(
        home=home, own=frozenset({*pure.parent.parts, pure.stem, *qualname.split(".")}),
        modules={one.bound: one.module for one in found if not one.name}, bound=frozenset(one.bound for one in found),
        files=any(one.module == "pathlib" for one in found),
    )  # fmt: skip


def _flaws(tree: ast.Module, judge: _Judge) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from _import_flaws(statement, judge)
        elif isinstance(statement, Function) and statement.name.startswith("test_"):
            yield from _head_flaws(statement)
            yield from _deed_flaws(statement, judge)
        else:
            yield f"line {statement.lineno} is neither an import nor a test"


def _import_flaws(node: ast.Import | ast.ImportFrom, judge: _Judge) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and (node.level or node.names[0].name == "*"):
        yield f"line {node.lineno} imports by a relative path or by a star"
    for one in imports_of(node):
        offered = _OFFERED.get(one.module)
        known = offered is not None and (one.name in offered if one.name else True)
        if one.module == "pytest":
            known = not one.name and not one.alias
        if not known and not judge.home.gives(one):
            yield f"line {node.lineno} imports {one.module}{one.name and '.' + one.name}"
        if one.bound in _HOOKS or (one.bound.startswith("pytest") and one.module != "pytest"):
            yield f"line {node.lineno} binds {one.bound}, which pytest acts on"


def _head_flaws(test: ast.stmt) -> Iterator[str]:
    """A test takes the columns of its table and no fixture."""
    assert isinstance(test, Function)
    columns: set[str] = set()
    for decorator in test.decorator_list:
        names = _columns(decorator)
        if not names:
            yield f"line {decorator.lineno} is no table of cases"
        columns |= names
    taken = [node.arg for node in ast.walk(test.args) if isinstance(node, ast.arg)]
    if test.args.defaults or test.args.kw_defaults or not columns.issuperset(taken) or "request" in columns:
        yield f"line {test.lineno} takes something else than the columns of its table"


def _columns(decorator: ast.expr) -> set[str]:
    """The columns of ``@pytest.mark.parametrize(names, rows)``, none for any other decorator."""
    if not isinstance(decorator, ast.Call) or len(decorator.args) != 2 or decorator.keywords:
        return set()
    if ast.unparse(decorator.func) != "pytest.mark.parametrize":
        return set()
    names = decorator.args[0].elts if isinstance(decorator.args[0], ast.Tuple) else [decorator.args[0]]
    return {one.value for one in names if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _deed_flaws(test: ast.stmt, judge: _Judge) -> Iterator[str]:
    nodes = list(ast.walk(test))[1:]
    compared = {id(node) for each in nodes if isinstance(each, ast.Compare) for node in _looked_at(each)}
    for node in nodes:
        if not isinstance(node, _PARTS):
            yield f"line {getattr(node, 'lineno', test.lineno)} holds a {type(node).__name__.lower()}"
        elif isinstance(node, ast.AsyncFunctionDef) and (node.decorator_list or ast.unparse(node.args)):
            yield f"line {node.lineno} defines more than a coroutine to await"
        elif isinstance(node, ast.Name) and id(node) not in compared:
            if node.id in FORBIDDEN or node.id.startswith("__"):
                yield f"line {node.lineno} uses {node.id}"
        elif isinstance(node, ast.Attribute) and id(node) not in compared:
            yield from _attribute_flaws(node, judge)
        elif isinstance(node, ast.Attribute):
            yield from _attribute_flaws(node, judge, seen=True)


def _looked_at(node: ast.Compare) -> Iterator[ast.expr]:
    """``vars`` in ``vars(name) == {...}``, and ``name._part == ...``: they show attributes, and hand out nothing."""
    call = node.left
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "vars":
        yield call.func
    elif isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name):
        yield call


def _attribute_flaws(node: ast.Attribute, judge: _Judge, *, seen: bool = False) -> Iterator[str]:
    """``seen``: the attribute of a name is compared there and then, so it hands out nothing."""
    name, home = node.attr, judge.home
    module = judge.modules.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
    offered = _OFFERED.get(module)
    if offered is not None:
        if name not in offered:
            yield f"line {node.lineno} uses {module}.{name}"
    elif name in judge.own:
        return
    elif name.startswith("__") or by_name(name) or name in INNARDS or is_deep(name):
        yield f"line {node.lineno} reaches for {name}"
    elif name in (FILE_DEEDS if judge.files else _PLAIN_FILE_DEEDS):
        yield f"line {node.lineno} may touch files: {name}"
    elif name not in home.defined and not (seen and _root_of(node) not in judge.bound):
        if is_private(name) or name in FORBIDDEN or (home.computes and REACHING.fullmatch(name)):
            yield f"line {node.lineno} reaches for {name}"
        elif _root_of(node) in judge.bound and name in home.modules:
            yield f"line {node.lineno} takes the module {name} out of another"


def _root_of(node: ast.Attribute) -> str:
    return root_name(node.value)


_FIELDS = {"spec": "[0-9a-f]{64}", "implementation": "[0-9a-f]{64}", "seconds": r"[0-9.]+", "width": "[0-9]",
           "end": "[0-9]{1,4}", "up": "[0-9]{1,2}", "function": r"test_\w+"}  # fmt: skip


def runner_flaw(text: str, path: str) -> str:
    """Why a text is not the runner of the tests of the program at ``path``; empty where it is."""
    fields = {**_FIELDS, "path": re.escape(path), "quoted": re.escape(quoted(path))}
    parts = string.Formatter().parse(RUNNER)
    whole = "".join(re.escape(literal) + (fields[name] if name else "") for literal, name, _, _ in parts)
    return "" if re.fullmatch(whole, text) else "it is not the runner that this tool writes"
