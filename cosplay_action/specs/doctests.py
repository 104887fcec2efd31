"""The examples of a docstring: doctests, and lines like ``f([1, 2]) => 3``.

Examples are ground truth, so nothing is guessed: one that cannot be converted is reported with the reason, never
dropped in silence.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cosplay_action.method.ports import Unusable, Wanted
from cosplay_action.specs.calls import reaches
from cosplay_action.specs.expected import literal, read_expected
from cosplay_action.specs.inputs import read_input
from cosplay_action.specs.names import imports_of
from cosplay_action.specs.nodes import Function
from cosplay_action.specs.salvage import parsed
from cosplay_action.specs.target import Target

_ARROW = re.compile(r"\s*(?:==|=>|->|➞|→|⇒|\bshould return\b|\breturns\b|\braises\b)\s*")
_HEADING = re.compile(r"^\s*(?:#+\s*)?(?:for\s+)?(?:examples?|usage|doctests?|e\.g\.)\s*:{0,2}\s*$", re.IGNORECASE)
_UNDERLINE = re.compile(r"^\s*[-=~]{3,}\s*$")
_LEADIN = re.compile(
    r"(?:[-*•]\s*|\b(?:for example|for instance|e\.g\.|eg|example|assert)[,:]?\s*|`+\s*)+$", re.IGNORECASE
)


_OPEN = re.compile(r"(?P<call>.*?)\s*(?:==|=>|->|➞|→|⇒)")
_CHECKS = "it checks a property of the result instead of the result"
_SKIPPED = "it is marked to be skipped"
_PRINTS = "it compares printed output"
_ABBREVIATED = "its output is abbreviated or printed"
FITTING = frozenset({_CHECKS, _SKIPPED, _PRINTS, _ABBREVIATED})  # no test, and nothing is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleText:
    """One example: an input as ``read_input`` gives it, what it should give, its line in the docstring (1-based)."""

    input: str
    wanted: Wanted
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconverted:
    """An example that cannot be a test, as it stands in the docstring, and why."""

    text: str
    why: str
    line: int


def read_examples(target: Target) -> tuple[tuple[ExampleText, ...], tuple[Unconverted, ...]]:
    """The examples of the target's docstring, unique by input, and those that cannot be converted."""
    found: dict[str, ExampleText] = {}
    left: list[Unconverted] = []
    for one in _readable(target):
        if isinstance(one, Unconverted):
            left.append(one)
        elif one.input not in found:
            found[one.input] = one
        elif found[one.input].wanted != one.wanted:
            left.append(Unconverted(text=one.input, why="it contradicts an earlier example", line=one.line))
    return tuple(found.values()), tuple(left)


def _readable(target: Target) -> Iterator[ExampleText | Unconverted]:
    """What doctests and prose say; numbers of thousands of digits and deep nesting are no examples, and no crash."""
    for read in (_doctests, _prose):
        try:
            yield from list(read(target))
        except (ValueError, RecursionError, MemoryError) as error:
            why = f"it is too large or nested too deeply to be read ({type(error).__name__})"
            yield Unconverted(text="an example", why=why, line=1)


def examples_of(target: Target) -> tuple[tuple[ExampleText, ...], tuple[Unconverted, ...]]:
    """``read_examples`` with the lines of the file."""
    found, left = read_examples(target)
    placed = tuple(replace(one, line=in_file(target.node, one.line)) for one in found)
    return placed, tuple(replace(one, line=in_file(target.node, one.line)) for one in left)


def in_file(node: Function, line: int) -> int:
    """The line of the file on which a line of a function's docstring stands, both from 1."""
    text, first = ast.get_docstring(node, clean=False) or "", node.body[0]
    above = text[: len(text) - len(text.lstrip())].count("\n")
    return min(first.lineno + above + line - 1, first.end_lineno or first.lineno)


def strip_examples(docstring: str, name: str) -> str:
    """The docstring without its doctests and example lines of the function ``name``; every other sentence stays."""
    kept: list[str] = []
    inside = False
    for line in docstring.split("\n"):
        inside = line.lstrip().startswith(">>>") or (inside and bool(line.strip()))
        if not inside:
            segment = _segment(line, name)
            kept.append(_LEADIN.sub("", line[: line.index(segment)]).rstrip() if segment else line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_without_headings(kept))).strip("\n")


def _without_headings(lines: list[str]) -> Iterator[str]:
    """The lines without headings of examples that have nothing left below them."""
    for number, line in enumerate(lines):
        rule = _UNDERLINE.match(line) and number and _HEADING.match(lines[number - 1])
        if not _HEADING.match(line) and not rule:
            yield line


def _doctests(target: Target) -> Iterator[ExampleText | Unconverted]:
    try:
        found = doctest.DocTestParser().get_examples(target.docstring)
    except ValueError as error:
        yield Unconverted(text=">>>", why=f"its doctests cannot be read: {str(error).splitlines()[0]}", line=1)
        return
    setup: list[str] = []
    for example in found:
        source, line = example.source.strip(), example.lineno + 1
        if not example.want and not example.exc_msg:
            setup += _as_setup(source, target)
            continue
        read = _doctest(example, setup, target)
        yield Unconverted(text=source, why=read, line=line) if isinstance(read, str) else read
        if any(re.search(rf"\b{name}\b", source) for name in _names("\n".join(setup))):
            setup.append(source)  # what it did to its variables is seen by the examples after it


def _as_setup(source: str, target: Target) -> list[str]:
    """A line without output, unless it is an import of something the module has anyway."""
    tree = parsed(source)
    own = tree is not None and all(imports_of(statement) for statement in tree.body)
    return [] if own and target.name in source else [source]


def _names(setup: str) -> set[str]:
    tree = parsed(setup)
    nodes = ast.walk(tree) if tree else ()
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _relevant(setup: list[str], shown: ast.expr) -> list[str]:
    """The lines that share variables with an expression, directly or through each other; mere looks are left out."""
    variables, kept = _names("\n".join(setup)), list[str]()
    needed = {n.id for n in ast.walk(shown) if isinstance(n, ast.Name)} & variables
    for line in reversed(setup):
        nodes = list(ast.walk(parsed(line) or ast.Module(body=[], type_ignores=[])))
        names = {n.id for n in nodes if isinstance(n, ast.Name)} & variables
        look = _single(line) is not None and not any(isinstance(n, ast.Call) for n in nodes)
        if not look and (needed & names or not nodes[1:]):
            needed |= names
            kept.insert(0, line)
    return kept


def _doctest(example: doctest.Example, setup: list[str], target: Target) -> ExampleText | str:
    """The example, or why it cannot be converted."""
    expression = _single(example.source)
    if example.options.get(doctest.SKIP):
        return _SKIPPED
    if expression is None:
        return "it is no single expression"
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name) and expression.func.id == "print":
        return _PRINTS
    wanted = _wanted_text(example)
    if wanted is None:
        return _ABBREVIATED
    shown, wanted = _compared(expression, wanted, target)
    return _example(setup, shown, wanted, target, example.lineno + 1)


def _wanted_text(example: doctest.Example) -> str | None:
    """What a doctest expects as text for ``read_expected``; None where it is not the repr of a value."""
    if example.exc_msg:
        return "raises " + example.exc_msg.strip().split(":")[0].split("\n")[0]
    if "..." in example.want or "<BLANKLINE>" in example.want:
        return None
    node = _single(example.want)
    return None if node is None else ast.unparse(node)


def _compared(expression: ast.expr, wanted: str, target: Target) -> tuple[ast.expr, str]:
    """``f(x) == y`` that gives True is ``f(x)`` that gives y."""
    if isinstance(expression, ast.Compare) and wanted == "True" and len(expression.ops) == 1:
        left, right = expression.left, expression.comparators[0]
        if isinstance(expression.ops[0], ast.Eq | ast.Is) and reaches(left, target) and not reaches(right, target):
            return left, ast.unparse(right)
    return expression, wanted


def _example(setup: list[str], shown: ast.expr, wanted: str, target: Target, line: int) -> ExampleText | str:
    source = read_input("\n".join([*_relevant(setup, shown), ast.unparse(shown)]), target)
    if isinstance(source, Unusable):
        return source.why
    last = ast.parse(source).body[-1]
    inner = shown.value if isinstance(shown, ast.Await) else shown
    if not isinstance(last, ast.Expr) or ast.dump(last.value) != ast.dump(inner):
        return _CHECKS
    expected = read_expected(wanted, target)
    if isinstance(expected, Unusable):
        return expected.why
    return ExampleText(input=source, wanted=expected, line=line)


def _prose(target: Target) -> Iterator[ExampleText | Unconverted]:
    """Examples outside of doctests, one a line."""
    inside = False
    for number, line in enumerate(target.docstring.split("\n"), start=1):
        inside = line.lstrip().startswith(">>>") or (inside and bool(line.strip()))
        segment = "" if inside else _segment(line, target.name)
        if segment:
            yield _line_example(segment, target, number)
        elif not inside and (broken := _broken(line, target.name)):
            yield Unconverted(text=broken, why="its call is no Python", line=number)


def _line_example(segment: str, target: Target, line: int) -> ExampleText | Unconverted:
    left, arrow, right = _cut(segment)
    call, value = _single(left), _single(right)
    read: ExampleText | str = "what it gives is no literal"
    if call is not None and arrow == "raises":
        read = _example([], call, f"raises {right}", target, line)
    elif call is not None and value is not None and literal(value):
        read = _example([], call, ast.unparse(value), target, line)
    return Unconverted(text=segment, why=read, line=line) if isinstance(read, str) else read


def _segment(line: str, name: str) -> str:
    """The part of a line that is an example: a call of ``name`` with literal arguments, an arrow, a value."""
    for start in re.finditer(rf"(?:\b[A-Za-z_][\w.]*\.)?\b{re.escape(name)}\s*\(", line):
        segment = line[start.start() :]
        call = _single(_cut(segment)[0])
        if isinstance(call, ast.Call) and all(literal(a) for a in (*call.args, *(k.value for k in call.keywords))):
            return segment
    return ""


def _broken(line: str, name: str) -> str:
    """A line that would begin with an example, were the bracket of its call not missing; empty for any other."""
    text = line.strip().lstrip("-*•` ")
    found = _OPEN.match(text) if re.match(rf"{re.escape(name)}\s*\(", text) else None
    call = _single(f"{found['call']})") if found and _single(found["call"]) is None else None
    given = (*call.args, *(k.value for k in call.keywords)) if isinstance(call, ast.Call) else ()
    return text if given and all(map(literal, given)) else ""


def _cut(segment: str) -> tuple[str, str, str]:
    """Call, arrow and value of an example line; at the first arrow before which a whole call stands."""
    for arrow in _ARROW.finditer(segment):
        left = segment[: arrow.start()].rstrip("` ")
        if _single(left) is not None:
            right = segment[arrow.end() :].strip().strip("`").strip()
            return left, arrow.group().strip(), right if right.endswith("..") else right.rstrip(".,;`")
    return "", "", ""


def _single(text: str) -> ast.expr | None:
    tree = parsed(text.strip())
    statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    return statement.value if isinstance(statement, ast.Expr) else None
