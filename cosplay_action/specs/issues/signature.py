"""The header that a spec gives its function: read as data, checked, and written the way a careful person would.

What stands in a signature runs when its module is imported, in the repository's own checks too: so it holds names,
literals and annotations, and calls nothing.
"""

from __future__ import annotations

import ast
import inspect
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cosplay_action.specs.issues.code import DEEPEST, source, tree_of
from cosplay_action.specs.issues.findings import Findings, shown
from cosplay_action.specs.issues.paths import mixes_alphabets
from cosplay_action.specs.nodes import Function, annotation_of, definitions, is_stub, last_name
from cosplay_action.specs.pretty import WIDTH, flat
from cosplay_action.specs.source import check_module

LONGEST = 4_000  # characters
SIGNATURE_CURE = 'Write a header such as `def join(words: list[str], *, sep: str = ", ") -> str`.'
_DECORATORS = frozenset({"classmethod", "property", "staticmethod"})
_ANNOTATION = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.Constant, ast.BinOp, ast.BitOr, ast.UnaryOp,
    ast.USub, ast.Starred, ast.Load,
)  # fmt: skip
_DEFAULT = (
    ast.Name, ast.Attribute, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Constant, ast.UnaryOp, ast.USub, ast.UAdd,
    ast.Load,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A function's header: ``text`` without its colon, ``imports`` the lines it needs, ``docstring`` what it said.

    ``class_name`` is the class it was written in (empty: none), ``document_line`` the docstring's first line,
    ``takes`` the names of its positional parameters.
    """

    name: str
    class_name: str
    text: str
    decorators: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    docstring: str = field(default="", repr=False)
    document_line: int = 0

    @property
    def qualname(self) -> str:
        return f"{self.class_name}.{self.name}" if self.class_name else self.name


def read_header(text: str, line: int, findings: Findings) -> Header | None:
    """The header that a text holds, with or without its colon and a body of ``...``; ``line`` is the text's first."""
    if len(text) > LONGEST:
        findings.flaw(line, f"The signature is longer than {LONGEST:,} characters.", SIGNATURE_CURE)
        return None
    tree = next((tree for tree in map(tree_of, _readings(text)) if tree is not None and definitions(tree)), None)
    if tree is None:
        findings.flaw(line, f"The signature {shown(text.strip())} is no Python function header.", SIGNATURE_CURE)
        return None
    return header_of(tree, line, findings)


def _readings(text: str) -> Iterator[str]:
    """Ways to read a header, the most literal first."""
    whole = text.strip("\n").rstrip()
    bare = whole.strip("`").strip().rstrip(":").rstrip()
    last = bare.rpartition("\n")[2]
    body = "\n    " + last[: len(last) - len(last.lstrip())] + "..."
    yield whole
    yield whole + body
    yield f"{bare}:{body}"
    yield f"def {bare}:{body}"


def header_of(tree: ast.Module, line: int, findings: Findings) -> Header | None:
    """The header of the one stub of a tree. ``line`` is the tree's first line in the spec."""
    known = definitions(tree)
    found = [(name, node) for name, nodes in known.items() for node in nodes]
    stubs = [one for one in found if is_stub(one[1])] or found
    if len(stubs) != 1:
        listed = " and ".join(f"{shown(name)} (line {line + node.lineno - 1})" for name, node in stubs[:4])
        findings.flaw(line, f"There are {len(stubs)} functions: {listed}.", "Ask for one function in one spec.")
        return None
    qualname, node = stubs[0]
    flaws = list(_flaws(tree, qualname, node))
    for what, cure in flaws:
        findings.flaw(line + node.lineno - 1, what, cure)
    if len(found) > 1:
        findings.note(f"What stands beside {shown(qualname)} in its block of code was left out.")
    return None if flaws else _header(tree, qualname, node, line)


def _header(tree: ast.Module, qualname: str, node: Function, line: int) -> Header:
    document = ast.get_docstring(node, clean=False) or ""
    above = document[: len(document) - len(document.lstrip())].count("\n")
    args = node.args
    return Header(
        name=node.name, class_name=qualname.rpartition(".")[0], text=render(node), imports=_imports(tree),
        decorators=tuple(last_name(decorator) for decorator in node.decorator_list),
        takes=tuple(a.arg for a in (*args.posonlyargs, *args.args, args.vararg) if a),
        docstring=inspect.cleandoc(document), document_line=line + node.body[0].lineno - 1 + above,
    )  # fmt: skip


def _imports(tree: ast.Module) -> tuple[str, ...]:
    nodes = (node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    return tuple(dict.fromkeys(source(node) for node in nodes if not _is_future(node)))


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _flaws(tree: ast.Module, qualname: str, node: Function) -> Iterator[tuple[str, str]]:
    """What is wrong with a header: (what, cure)."""
    if not is_stub(node):
        yield f"{shown(qualname)} has a body that already does something.", "Give it the body `...`."
    odd = next((part for part in qualname.split(".") if mixes_alphabets(part)), "")
    if odd:
        yield f"The name {shown(odd)} mixes letters that look alike.", "Write it in one alphabet."
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Name) or decorator.id not in _DECORATORS:
            cure = "Leave it out: only `@staticmethod`, `@classmethod` and `@property` can be asked for."
            yield f"The decorator {shown(source(decorator))} cannot be taken over.", cure
    for statement in tree.body:
        yield from _beside(statement)
    yield from _parameters(qualname, node)
    yield from _expressions(node)


def _beside(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """What may stand beside the function: imports by name, and a docstring."""
    if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names):
        yield f"{shown(source(statement))} imports everything.", "Import the names that the signature needs."
    known = isinstance(statement, Function | ast.ClassDef | ast.Import | ast.ImportFrom)
    if not known and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
        yield f"{shown(source(statement))} is no part of a signature.", "Keep imports and the function alone."


def _parameters(qualname: str, node: Function) -> Iterator[tuple[str, str]]:
    odd = next((a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg) and mixes_alphabets(a.arg)), "")
    if odd:
        yield f"The parameter {shown(odd)} mixes letters that look alike.", "Write it in one alphabet."
    try:
        check_module(f"{render(node)}: ...")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = error.msg if isinstance(error, SyntaxError) else "it is too deep"
        yield f"The signature of {shown(qualname)} is no Python: {said}.", SIGNATURE_CURE


def renamed(header: Header, qualname: str) -> Header:
    """The same header with the name that something else says it has."""
    class_name, _, name = qualname.rpartition(".")
    text = re.sub(rf"\bdef {re.escape(header.name)}\(", lambda _: f"def {name}(", header.text, count=1)
    return replace(header, name=name, class_name=class_name, text=text)


def role_flaws(qualname: str, header: Header) -> Iterator[tuple[str, str]]:
    """Whether a header is that of the function or method that ``qualname`` says: (what, cure)."""
    first = header.takes[:1]
    if "." in qualname:
        if "staticmethod" not in header.decorators and not first:
            yield f"The method {shown(qualname)} takes no `self`.", "Write `self` as its first parameter."
    elif header.name.startswith("__") and header.name.endswith("__"):
        yield f"{shown(qualname)} in a module means something to Python.", "Choose another name."
    elif header.decorators:
        cure = "Write the Target as path/file.py::Class.method."
        yield f"{shown(qualname)} has a method's decorator but no class.", cure
    elif first == ("self",):
        yield f"{shown(qualname)} takes `self` but has no class.", "Write the Target as path/file.py::Class.method."


def _expressions(node: Function) -> Iterator[tuple[str, str]]:
    """Annotations and defaults that do more than name things."""
    args = [a for a in ast.walk(node.args) if isinstance(a, ast.arg)]
    for hint in (*(a.annotation for a in args), node.returns):
        if hint is not None and not _is_annotation(hint):
            yield f"The annotation {shown(source(hint))} does more than name a type.", "Name types only."
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None and not _is_made_of(default, _DEFAULT):
            cure = "Write a literal, a name, or `None`."
            yield f"The default {shown(source(default))} is no literal and no name.", cure
    if getattr(node, "type_params", None):
        yield "Type parameters in brackets cannot be read by every Python.", "Use a TypeVar of the module."


def _is_annotation(hint: ast.expr, depth: int = 0) -> bool:
    """Names, their subscripts and unions; a string is read as the annotation that it stands for."""
    if depth > DEEPEST or not _is_made_of(hint, _ANNOTATION):
        return False
    return all(_is_safe_text(text, depth) for text in _texts(hint))


def _is_safe_text(text: ast.Constant, depth: int) -> bool:
    if tree_of(f"({str(text.value).strip()})") is None:
        return False
    inner = annotation_of(text)
    return inner is not None and _is_annotation(inner, depth + 1)


def _texts(hint: ast.AST) -> Iterator[ast.Constant]:
    """The strings of an annotation that stand for annotations: those of a ``Literal`` are values."""
    if isinstance(hint, ast.Subscript) and last_name(hint) == "Literal":
        return
    if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
        yield hint
    for child in ast.iter_child_nodes(hint):
        yield from _texts(child)


def _is_made_of(node: ast.expr, kinds: tuple[type[ast.AST], ...]) -> bool:
    inner = list(ast.walk(node))
    dunder = any(isinstance(n, ast.Attribute) and n.attr.startswith("__") for n in inner)
    dunder = dunder or any(isinstance(n, ast.Name) and n.id.startswith("__") for n in inner)
    unions = all(isinstance(n.op, ast.BitOr) for n in inner if isinstance(n, ast.BinOp))
    return not dunder and unions and all(isinstance(n, kinds) for n in inner)


def render(node: Function) -> str:
    """A header without its colon: on one line where it fits, else one parameter a line."""
    decorators = [f"@{source(decorator)}" for decorator in node.decorator_list]
    start = f"{'async ' if isinstance(node, ast.AsyncFunctionDef) else ''}def {node.name}("
    end = f") -> {flat(node.returns)}" if node.returns else ")"
    parameters = list(_rendered(node.args))
    line = start + ", ".join(parameters) + end
    if len(line) >= WIDTH and parameters:
        line = "\n".join([start, *(f"    {one}," for one in parameters), end])
    return "\n".join([*decorators, line])


def _rendered(args: ast.arguments) -> Iterator[str]:
    plain = [*args.posonlyargs, *args.args]
    defaults: Sequence[ast.expr | None] = [*[None] * (len(plain) - len(args.defaults)), *args.defaults]
    for number, (one, default) in enumerate(zip(plain, defaults, strict=True), start=1):
        yield _parameter(one, default)
        if number == len(args.posonlyargs):
            yield "/"
    if args.vararg:
        yield f"*{_parameter(args.vararg, None)}"
    elif args.kwonlyargs:
        yield "*"
    for one, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield _parameter(one, default)
    if args.kwarg:
        yield f"**{_parameter(args.kwarg, None)}"


def _parameter(one: ast.arg, default: ast.expr | None) -> str:
    hint = f": {flat(one.annotation)}" if one.annotation else ""
    if default is None:
        return f"{one.arg}{hint}"
    return f"{one.arg}{hint} = {flat(default)}" if hint else f"{one.arg}={flat(default)}"


def is_name(text: str) -> bool:
    """True for a dotted name that a definition can have."""
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split("."))
