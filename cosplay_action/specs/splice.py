"""Put a candidate into its module: only the stub's body changes, imports and helpers are added, every other byte stays.

Nothing is taken on trust: the result is compiled, and its syntax tree compared with the original's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cosplay_action.method.ports import Unusable
from cosplay_action.specs.names import module_bindings, references
from cosplay_action.specs.nodes import Function, definitions
from cosplay_action.specs.parts import Parts, body_lines, group_constants, imported, statement_lines, take_apart
from cosplay_action.specs.source import check_module, line_end, line_starts, offset_in, parse_anew, plain
from cosplay_action.specs.target import Target

_COOKIE = re.compile(r"^[ \t\f]*#(!|.*coding[:=])")
_COMMENT = re.compile(r"^[ \t\f]*#")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """``text`` (with LF line ends) takes the place of ``source.text[start:end]``."""

    start: int
    end: int
    text: str


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
        edits = (_helpers(target, parts), _imports(target, parts), _body(target, parts))
        text = _apply(target, edits)
        target.source.encode(text)
        return text if _faithful(target, parts, text) else Unusable(why="it would change more than the stub's body")
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


def _apply(target: Target, edits: Sequence[_Edit]) -> str:
    """Apply edits from the end to the start; of two at one place, the later one in ``edits`` comes to stand first."""
    text = target.source.text
    for edit in sorted(edits, key=lambda e: e.start, reverse=True):
        text = text[: edit.start] + edit.text.replace("\n", target.source.newline) + text[edit.end :]
    return text


def _body(target: Target, parts: Parts) -> _Edit:
    """The stub's statements give way; comment lines above them, and the docstring, stay."""
    text, node = target.source.text, target.node
    documented = len(_undocumented(node)) < len(node.body)
    doc_end = target.source.offset(node.body[0].end_lineno or 0, node.body[0].end_col_offset or 0)
    kept_end = doc_end if documented else target.header_end
    rest = _undocumented(node)
    base, unit = _indentation(target)
    lines = "\n".join(body_lines(parts.text, parts.function, base, unit))
    if not rest:
        return _after_docstring(target, doc_end, base, lines)
    start, end = line_starts(text)[rest[0].lineno - 1], line_end(text, target.end)
    if start >= kept_end:
        return _Edit(start=start, end=end, text=lines)
    if documented and not _on_own_line(text, node.body[0]):
        return _after_docstring(target, doc_end, base, lines)
    comment = text[target.end : end].lstrip(" \t\f;")
    return _Edit(start=kept_end, end=end, text=f"{'  ' + comment if comment else ''}\n{lines}")


def _after_docstring(target: Target, doc_end: int, base: str, lines: str) -> _Edit:
    text, docstring = target.source.text, target.node.body[0]
    if _on_own_line(text, docstring):
        place = line_end(text, doc_end)
        return _Edit(start=place, end=place, text="\n" + lines)
    written = text[target.source.offset(docstring.lineno, docstring.col_offset) : doc_end]
    end = line_end(text, target.end)
    comment = text[target.end : end].lstrip(" \t\f;")
    tail = f"  {comment}" if comment else ""
    return _Edit(start=target.header_end, end=end, text=f"{tail}\n{base}{plain(written)}\n{lines}")


def _on_own_line(text: str, statement: ast.stmt) -> bool:
    start = line_starts(text)[statement.lineno - 1]
    return not text[start : offset_in(text, statement.lineno, statement.col_offset)].strip(" \t\f")


def _indentation(target: Target) -> tuple[str, str]:
    """The indentation of the body, and one step of it: as the stub has it, else as the file has it."""
    first, unit = target.node.body[0], target.source.unit
    if not _on_own_line(target.source.text, first):
        return target.indent + unit, unit
    start = line_starts(target.source.text)[first.lineno - 1]
    base = target.source.text[start : target.source.offset(first.lineno, first.col_offset)]
    step = base.removeprefix(target.indent)
    return base, step if step and base.startswith(target.indent) else unit


def _helpers(target: Target, parts: Parts) -> _Edit:
    place = _above_target(target)
    texts = ["\n".join(statement_lines(parts.text, node, "", target.source.unit)) for node in parts.helpers]
    if not texts:
        return _Edit(start=place, end=place, text="")
    above = "" if parts.imports and _import_place(target)[0] == place else _blank_lines(target.source.text[:place])
    return _Edit(start=place, end=place, text=above + "\n\n\n".join(group_constants(texts)) + "\n\n\n")


def _above_target(target: Target) -> int:
    """Directly above the target, or its outermost class: decorators and comments that touch it stay attached."""
    text, starts = target.source.text, line_starts(target.source.text)
    line, first = _first_line(target.top), _header_lines(text) + 1
    while line > first and _COMMENT.match(text[starts[line - 2] : starts[line - 1]]):
        line -= 1
    return starts[line - 1]


def _blank_lines(above: str) -> str:
    """What is missing to two blank lines below a text."""
    ending = len(plain(above)) - len(plain(above).rstrip("\n"))
    return "\n" * max(0, 3 - ending) if above.strip() else ""


def _imports(target: Target, parts: Parts) -> _Edit:
    place, follows = _import_place(target)
    lines = "\n".join(ast.unparse(node) for node in parts.imports)
    if not lines:
        return _Edit(start=place, end=place, text="")
    if follows:
        return _Edit(start=place, end=place, text="\n" + lines)
    above = plain(target.source.text[:place])
    lead = "\n" if above.strip() and not above.endswith("\n\n") else ""
    blank = "\n\n\n" if place == _above_target(target) else "\n\n"
    return _Edit(start=place, end=place, text=lead + lines + blank)


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


def _faithful(target: Target, parts: Parts, text: str) -> bool:
    """True when the new module is the old one with the body exchanged and the parts added, and it compiles."""
    check_module(text)
    old, new = parse_anew(target.source.text), parse_anew(text)
    body = _empty(new, target)
    if _dumps(body) != _dumps(_undocumented(parts.function)):
        return False
    _empty(old, target)
    added = _dumps((*parts.imports, *parts.helpers))
    kept = iter(_dumps(old.body))
    wanted = next(kept, None)
    for dump in _dumps(new.body):
        if dump == wanted:
            wanted = next(kept, None)
        elif dump in added:
            added.remove(dump)
        else:
            return False
    return wanted is None and not added


def _empty(tree: ast.Module, target: Target) -> list[ast.stmt]:
    """Take the target's body (its docstring stays) out of a tree, and return it."""
    node = definitions(tree)[target.qualname][0]
    body = _undocumented(node)
    node.body = node.body[: len(node.body) - len(body)]
    return body


def _undocumented(node: Function) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def _dumps(nodes: Sequence[ast.stmt]) -> list[str]:
    return [ast.dump(node) for node in nodes]
