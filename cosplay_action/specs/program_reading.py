"""Pieces of a reply to a program, to the text of a stdin, to an expected stdout.

Everything here is untrusted text, and nothing of it is run. Inputs keep their inner whitespace exactly; an output is
compared without what stands at the ends of its lines, so it is read without it.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Collection, Iterator

from cosplay_action.method.ports import Unusable, Wanted
from cosplay_action.method.values import stdout_value
from cosplay_action.specs.nodes import Function
from cosplay_action.specs.salvage import parsed
from cosplay_action.specs.source import check_module, parse_module, plain

CODE = 65_536  # bytes of a program
TEXT = 8_192  # bytes of an input, and of an output
FEWEST = 2  # examples that show what all inputs look like
_FENCE = re.compile(r"^[ \t]*(```|~~~).*$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LABEL = re.compile(
    r"^[ \t#/*-]*(?:(?:new|test|sample|example|expected)[ \t]+)*"
    r"(?P<kind>inputs?|tests?|cases?|examples?|outputs?|answers?|results?|expected|explanations?|notes?)"
    r"(?:[ \t]+(?:input|case))?[ \t]*#?\d*[ \t]*\**:\**[ \t]*$",
    re.IGNORECASE,
)
_GIVEN = ("input", "test", "case", "example")  # how the labels of an input begin
_GLUED = re.compile(r"(?<=[^`\s])```\s*\Z")
_QUOTED = re.compile(r'("""|\'\'\')(.*?)\1', re.DOTALL)
_MARKED = re.compile(r"^(`+|\*\*)(?P<inner>[^`*]+)\1$|^(?P<bare>[^*`]*\w)(?:\*\*|`)$")
_NUMBER = re.compile(r"[+-]?\d+")
_RAISES = re.compile(r"^raises [A-Z]\w*$")
_DOES = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Import, ast.ImportFrom, ast.For, ast.While, ast.If, ast.With,
    ast.FunctionDef, ast.ClassDef,
)  # fmt: skip


def read_source(text: str) -> str | Unusable:
    """Normalise one code block to a whole program: nothing blank around it, one line end after it."""
    if _bytes(text) > CODE:
        return Unusable(why="the code is longer than 64 KB")
    if not text.strip():
        return Unusable(why="there is no code")
    try:
        return _source(plain(text))
    except (SyntaxError, ValueError) as error:
        return Unusable(why=f"the code does not compile: {_first_line(error)}")
    except (RecursionError, MemoryError):
        return Unusable(why="the code is nested too deeply")


def _source(text: str) -> str | Unusable:
    readings = (text, textwrap.dedent(text), _FENCE.sub("", text))
    found = next((reading for reading in readings if parsed(reading) is not None), text)
    source = found.strip() + "\n"
    check_module(source)
    idle = _idle(parse_module(source))
    return Unusable(why=idle) if idle else source


def _idle(tree: ast.Module) -> str:
    """Why a program certainly prints nothing; empty when it may print something."""
    if any(isinstance(node, ast.Call) for node in _run_at_once(tree)):
        return ""
    defines = any(isinstance(node, Function) for node in tree.body)
    return "it defines functions and calls none of them" if defines else "it calls nothing, so it prints nothing"


def _run_at_once(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes that are executed when the program starts: all but what stands inside of functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Function):
            waiting += node.decorator_list
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def split_stdin(text: str) -> tuple[str, ...]:
    """Cut one code block into inputs: at labels (``Input 2:``), or into the strings that were written as Python.

    A block without either is one input as it stands. What stands below ``Output:`` is dropped, never trusted.
    """
    text = plain(text[: 8 * TEXT])
    quoted = [found[2].removeprefix("\n") for found in _QUOTED.finditer(text)]
    pieces = quoted or list(_labelled(text.split("\n")))
    return tuple(dict.fromkeys(piece for piece in map(_unfenced, pieces) if piece.strip()))


def _unfenced(text: str) -> str:
    """The text without a closing fence that was written behind its last line."""
    return _GLUED.sub("", text)


def _labelled(lines: list[str]) -> Iterator[str]:
    """The pieces that are inputs by their labels, and what stands above the first label unless that announces one."""
    above: list[str] = []
    pieces, labels = [above], [""]
    for line in lines:
        if label := _LABEL.match(line):
            pieces.append([])
            labels.append(label["kind"].lower())
        else:
            pieces[-1].append(line)
    if not any(label.startswith(_GIVEN) for label in labels[1:2]):
        yield "\n".join(above)
    yield from ("\n".join(p).strip("\n") for p, label in zip(pieces, labels, strict=True) if label.startswith(_GIVEN))


def read_stdin(text: str) -> str | Unusable:
    """Normalise the text of one stdin: LF line ends, exactly one at the end, everything else as it stands."""
    given = plain(text).rstrip("\n")
    flaw = "there is no input" if not given.strip() else _flaw(given, "input")
    return Unusable(why=flaw) if flaw else given + "\n"


def read_stdout(text: str) -> Wanted | Unusable:
    """Read one expected output: its lines without trailing blanks, and without blank lines at the end."""
    shown = str(stdout_value(plain(text)).data)
    flaw = "there is no output" if not shown.strip() else _flaw(shown, "output")
    return Unusable(why=flaw) if flaw else Wanted(text=shown)


def read_vote(text: str) -> Wanted | Unusable:
    """Read the output that a reply expects: emphasis around an answer of one line is no part of it."""
    marked = _MARKED.match(text.strip())
    if marked:
        return read_stdout(marked["inner"] or marked["bare"])
    return Unusable(why="a program raises nothing") if _RAISES.match(text.strip()) else read_stdout(_unfenced(text))


def is_code(text: str) -> bool:
    """Whether a text is Python that does something, rather than data that happens to parse."""
    try:
        tree = parsed(text)
    except (RecursionError, MemoryError):
        return False
    calls = (isinstance(each, ast.Expr) and isinstance(each.value, ast.Call) for each in tree.body) if tree else ()
    return tree is not None and (any(calls) or any(isinstance(each, _DOES) for each in tree.body))


def shape_flaw(text: str, known: Collection[str], *, strict: bool) -> str:
    """How an input differs from all examples, where there are some: it holds words, or has more or fewer lines.

    Where two examples have the same number of lines by chance, others may have another; so it then counts only if
    ``strict``. (Of 1,839 valid inputs of APPS none differs from three examples, nor from two of one line.)
    """
    if len(known) < FEWEST:
        return ""
    if all(map(_holds_numbers, known)) and not _holds_numbers(text):
        return "it holds more than whole numbers, and no example does"
    counts = {one.count("\n") for one in known}
    firm = strict or len(known) > FEWEST or counts == {1}
    if firm and len(counts) == 1 and text.count("\n") not in counts:
        return "it has more or fewer lines than every example"
    return ""


def _holds_numbers(text: str) -> bool:
    return all(map(_NUMBER.fullmatch, text.split()))


def _flaw(text: str, what: str) -> str:
    if _bytes(text) > TEXT:
        return f"the {what} is longer than 8 KB"
    return f"the {what} holds control characters" if _CONTROL.search(text) else ""


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _first_line(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg} (line {error.lineno})" if error.lineno else str(error.msg)
    return (str(error) or type(error).__name__).splitlines()[0]
