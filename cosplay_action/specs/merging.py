"""Two changes of one Python file as one, statement by statement: a change made on top of another one, without it.

A merge of lines would mistake one stub's last line for another's; statements have names. Where the two changes meet, or
what is left would lack a name that it needs, there is no such file.
"""

from __future__ import annotations

import ast
import difflib
import itertools
from collections.abc import Iterator, Sequence

from cosplay_action.specs.names import module_bindings, references
from cosplay_action.specs.nodes import definitions, dumped
from cosplay_action.specs.source import parse_anew

_Pieces = list[bytes]  # statements and the blank lines between them; joined they are the file
_Edit = tuple[int, int, _Pieces]


def merged(base: bytes, mine: bytes, theirs: bytes) -> bytes | None:
    """The file with both changes of ``base``, None where there is none that keeps ``mine`` working.

    All three are files that can be parsed; what cannot be cut into statements has no merge.
    """
    if base in (mine, theirs):
        return theirs if base == mine else mine
    try:
        pieces = [_cut(data) for data in (base, mine, theirs)]
        edits = sorted([*_edits(pieces[0], pieces[1]), *_edits(pieces[0], pieces[2])], key=lambda edit: edit[:2])
        if any(one[1] > other[0] or one[:2] == other[:2] for one, other in itertools.pairwise(edits)):
            return None
        found = b"".join(_edited(pieces[0], edits))
        return found if _stands(base, mine, theirs, found) else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def title_of(data: bytes) -> bytes:
    """A new module less its functions: its docstring, if it has one, and the blank lines below it."""
    tree = ast.parse(data)
    first = tree.body[0] if ast.get_docstring(tree) is not None else None
    lines = data.splitlines(keepends=True)
    return b"".join(lines[: first.end_lineno] if first else [])


def _cut(data: bytes) -> _Pieces:
    lines = data.split(b"\n")
    lines = [*(line + b"\n" for line in lines[:-1]), *([lines[-1]] if lines[-1] else [])]
    if b"\r" in data.replace(b"\r\n", b""):
        raise ValueError("a lone CR ends a line for Python alone")
    starts = {max(0, _above(lines, row - 1)) for row in _rows(ast.parse(data).body)}
    cuts = sorted({0, len(lines), *starts})
    return [part for one, other in itertools.pairwise(cuts) for part in _parts(lines[one:other])]


def _rows(body: Sequence[ast.stmt]) -> Iterator[int]:
    """The lines in which statements begin, those of classes among them."""
    for node in body:
        yield min((d.lineno for d in getattr(node, "decorator_list", ())), default=node.lineno)
        if isinstance(node, ast.ClassDef):
            yield from _rows(node.body)


def _above(lines: Sequence[bytes], index: int) -> int:
    """Where a statement begins with the comments that touch it."""
    while index > 0 and lines[index - 1].lstrip().startswith(b"#"):
        index -= 1
    return index


def _parts(lines: Sequence[bytes]) -> Iterator[bytes]:
    """A statement, and the blank lines below it."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    yield from (part for part in (b"".join(lines[:end]), b"".join(lines[end:])) if part)


def _edits(old: _Pieces, new: _Pieces) -> list[_Edit]:
    codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(a1, a2, new[b1:b2]) for tag, a1, a2, b1, b2 in codes if tag != "equal"]


def _edited(old: _Pieces, edits: Sequence[_Edit]) -> Iterator[bytes]:
    at = 0
    for first, end, pieces in edits:
        yield from old[at:first]
        yield from pieces
        at = end
    yield from old[at:]


def _stands(base: bytes, mine: bytes, theirs: bytes, found: bytes) -> bool:
    """Whether what mine changed is in the file found, everything else is theirs, and no name is missing."""
    trees = [_functions(data) for data in (base, mine, theirs, found)]
    changed = {name for name in {*trees[0], *trees[1]} if trees[0].get(name) != trees[1].get(name)}
    wanted = {**trees[2], **{name: trees[1][name] for name in changed if name in trees[1]}}
    gone = changed - trees[1].keys()
    if trees[3] != {name: text for name, text in wanted.items() if name not in gone}:
        return False
    return not _missing(mine, found, {name.rpartition(".")[2] for name in trees[1].keys() - trees[3].keys()})


def _functions(data: bytes) -> dict[str, str]:
    """Every function and method of a file with what its definitions say."""
    return {name: "\n".join(map(dumped, nodes)) for name, nodes in definitions(ast.parse(data)).items()}


def _missing(mine: bytes, found: bytes, lost: set[str]) -> bool:
    """Whether the file found uses a name that only mine has; ``lost`` are functions that are mine's alone."""
    text, other = (data.decode("utf-8", "replace") for data in (found, mine))
    names = references(text) & module_bindings(other).keys() - module_bindings(text).keys()
    used = {node.attr for node in ast.walk(parse_anew(text)) if isinstance(node, ast.Attribute)}
    return bool(names or used & lost)
