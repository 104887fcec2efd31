"""Put a candidate into its module: only the stub's body changes, imports and helpers are added, every other byte stays.

Nothing is taken on trust: the result is compiled, and compared with the original (see ``faithful``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from cosplay_action.method.ports import Unusable
from cosplay_action.specs.bodies import Edit, body_edit, insertion
from cosplay_action.specs.faithful import faithful
from cosplay_action.specs.names import module_bindings, references
from cosplay_action.specs.nodes import Function, overloads_above
from cosplay_action.specs.parts import Parts, group_constants, imported, statement_lines, take_apart
from cosplay_action.specs.source import line_end, line_starts, plain
from cosplay_action.specs.target import Target

_COOKIE = re.compile(r"^[ \t\f]*#(!|.*coding[:=])")
_COMMENT = re.compile(r"^[ \t\f]*#")


def splice(target: Target, candidate: str) -> str | Unusable:
    """The text of the target's module with a canonical candidate source (see ``reply``) in place.

    Unusable when a helper or an import collides with a name of the module, or when anything else would change.
    """
    try:
        parts = take_apart(candidate)
        clash = collision(target, parts)
        if parts.function.name != target.name:
            return Unusable(why=f"it is {parts.function.name}, not {target.name}")
        if clash:
            return Unusable(why=clash)
        edits = [_helpers(target, parts), _imports(target, parts), body_edit(target, parts)]
        edits = [edit for edit in edits if edit.text or edit.start < edit.end]
        text = _apply(target, edits)
        target.source.encode(text)
        kept = faithful(target, parts, text, edits)
        return text if kept else Unusable(why="it would change more than the stub's body")
    except UnicodeEncodeError as error:
        return Unusable(why=f"{error.object[error.start]!r} cannot be written in {target.source.encoding}")
    except (SyntaxError, ValueError) as error:
        return Unusable(why=f"the module would not compile: {error}")
    except (RecursionError, MemoryError):
        return Unusable(why="the code is nested too deeply")


def collision(target: Target, parts: Parts) -> str:
    """Why the candidate's imports and helpers clash with the module's names (empty when they do not)."""
    known, used = module_bindings(target.source.text), references(target.source.text)
    for one in imported(parts.imports):
        taken = [way for way in known.get(one.bound, ()) if way.origin != one.origin]
        if taken or (one.bound not in known and one.bound in used):
            return f"the import of {one.bound} collides with a name that the module already uses"
    for helper in parts.helpers:
        for name in module_bindings(ast.unparse(helper)):
            if name in known or name in used:
                return f"the helper {name} collides with a name that the module already uses"
    return ""


def _apply(target: Target, edits: Sequence[Edit]) -> str:
    """Apply edits from the end to the start; of two at one place, the later one in ``edits`` comes to stand first."""
    text = target.source.text
    for edit in sorted(edits, key=lambda e: e.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _helpers(target: Target, parts: Parts) -> Edit:
    place = _above_target(target)
    texts = ["\n".join(statement_lines(parts.text, node, "", target.source.unit)) for node in parts.helpers]
    if not texts:
        return Edit(start=place, end=place, text="")
    beside = parts.imports and _import_place(target) == (place, False)
    above = "" if beside else _blank_lines(target.source.text[:place])
    lines = above + "\n\n\n".join(group_constants(texts)) + "\n\n\n"
    return Edit(start=place, end=place, text=target.source.native(lines))


def _above_target(target: Target) -> int:
    """Directly above the target with its overloads, or its outermost class; what touches it stays attached."""
    text, starts = target.source.text, line_starts(target.source.text)
    line, first = _first_line(overloads_above(target.source.tree.body, target.top)), _header_lines(text) + 1
    while line > first and _COMMENT.match(text[starts[line - 2] : starts[line - 1]]):
        line -= 1
    return starts[line - 1]


def _blank_lines(above: str) -> str:
    """What is missing to two blank lines below a text."""
    ending = len(plain(above)) - len(plain(above).rstrip("\n"))
    return "\n" * max(0, 3 - ending) if above.strip() else ""


def _imports(target: Target, parts: Parts) -> Edit:
    place, follows = _import_place(target)
    lines = "\n".join(ast.unparse(node) for node in parts.imports)
    if not lines:
        return Edit(start=place, end=place, text="")
    if follows:
        return insertion(target, place, target.source.native(lines))
    above = plain(target.source.text[:place])
    lead = "\n" if above.strip() and not above.endswith("\n\n") else ""
    blank = "\n\n\n" if place == _above_target(target) else "\n\n"
    return Edit(start=place, end=place, text=target.source.native(lead + lines + blank))


def _first_line(node: Function | ast.ClassDef) -> int:
    return min((d.lineno for d in node.decorator_list), default=node.lineno)


def _import_place(target: Target) -> tuple[int, bool]:
    """Where new imports go: (index, True) at the end of a line that they follow, (index, False) at a line's start."""
    text, tree = target.source.text, target.source.tree
    above = [n for n in tree.body if n.lineno < _first_line(target.top)]
    last = max((i for i, n in enumerate(above) if isinstance(n, ast.Import | ast.ImportFrom)), default=-1)
    if last < 0:
        return _without_imports(target, above)
    return _end_of_line(text, above, last), True


def _without_imports(target: Target, above: Sequence[ast.stmt]) -> tuple[int, bool]:
    text = target.source.text
    if ast.get_docstring(target.source.tree, clean=False) is None:
        return line_starts(text)[_header_lines(text)], False
    place = _end_of_line(text, above, 0)
    starts = [s for s in line_starts(text) if s > place]
    blank = [s for s in starts if not text[s : line_end(text, s)].strip()]
    # below the docstring and one blank line, where there is one
    follows = starts[1] if len(starts) > 1 and starts[0] in blank else starts[0]
    return follows, False


def _end_of_line(text: str, body: Sequence[ast.stmt], index: int) -> int:
    """The end of the line on which a statement ends, past whatever else follows on it after a semicolon."""
    while index + 1 < len(body) and body[index + 1].lineno == body[index].end_lineno:
        index += 1
    last = body[index]
    end = line_starts(text)[(last.end_lineno or last.lineno) - 1]
    return line_end(text, end)


def _header_lines(text: str) -> int:
    """How many lines at the top belong to the file: shebang, encoding cookie, a comment closed by a blank line."""
    lines = plain(text).split("\n")
    block = 0
    while block < len(lines) and _COMMENT.match(lines[block]):
        block += 1
    if block and block < len(lines) and not lines[block].strip():
        return block + 1
    return sum(1 for line in lines[:2] if _COOKIE.match(line))
