"""The docstring of a spec's stub: its sentences, its constraints, and examples that are safe to run.

A docstring lands in the repository, where tools act on some of its lines: doctest runs whatever follows ``>>>``, Sphinx
obeys ``.. directive::``. Sentences of other people hold neither when they leave here; the only doctests are those that
passed the allow-list of tests.
"""

from __future__ import annotations

import ast
import doctest
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cosplay_action.specs.allowed import refusal
from cosplay_action.specs.doctests import ExampleText, read_examples
from cosplay_action.specs.expected import literal
from cosplay_action.specs.issues.code import expression, source, tree_of
from cosplay_action.specs.names import imports_of
from cosplay_action.specs.nodes import definitions
from cosplay_action.specs.pretty import WIDTH, flat
from cosplay_action.specs.target import Target

SHOWN = 12  # doctests in one docstring; the others are tests all the same
LONGEST_LINE = 500  # characters of code, a table or one word
_PROMPT = re.compile(r"^(\s*)>>>", re.MULTILINE)
_DIRECTIVE = re.compile(r"^(\s*)\.\.(?=\s|$)", re.MULTILINE)
_AS_IT_IS = re.compile(r"^\s*(?:```|~~~|\|)|>>>|\)\s*(?:->|=>|→|⇒|➞|==)")
_LEAD = re.compile(r"\s*(?:(?:[-*+•]|\d{1,3}[.)])\s+)?")
_SILENT = frozenset({"add", "append", "clear", "discard", "extend", "insert", "remove", "reverse", "sort", "update"})
_DETAIL = "  # doctest: +IGNORE_EXCEPTION_DETAIL"


def inert(text: str) -> str:
    """Sentences in which no tool finds anything to do."""
    return _DIRECTIVE.sub(r"\1...", _PROMPT.sub(r"\1> >>", text))


def compose(parts: Sequence[str], indent: int) -> str:
    """Paragraphs as one docstring's text, its lines no longer than fits behind ``indent`` columns."""
    texts = (inert(_filled(part, WIDTH - indent)) for part in parts if part.strip())
    return inspect.cleandoc("\n\n".join(texts))


def constraints(text: str) -> str:
    """The constraints with their name above, or before them."""
    lead = _LEAD.match(text)
    plain = "\n" not in text and not (lead and lead[0])
    return f"Constraints: {text}" if text and plain else f"Constraints:\n\n{text}" if text else ""


def with_doctests(document: str, doctests: Sequence[str]) -> str:
    """A docstring's text with doctests at its end; one that prepares something stands for itself."""
    blocks = [document] if document else []
    for single, run in itertools.groupby(doctests, key=lambda text: text.count(">>> ") == 1):
        texts = list(run)
        blocks += ["\n".join(texts)] if single else texts
    return "\n\n".join(blocks)


def _filled(text: str, width: int) -> str:
    """Paragraphs with a line that is too long filled anew; code, tables and examples stay as they are."""
    filled, fenced = list[str](), False
    for paragraph in _paragraphs(text):
        fence = paragraph[0].lstrip().startswith(("```", "~~~"))
        fenced ^= fence
        if fenced or fence or max(map(len, paragraph)) <= width or _AS_IT_IS.search(paragraph[0]):
            filled += paragraph
        else:
            filled += _broken(paragraph, width)
    return "\n".join(filled)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """Lines that belong together: sentences, one item of a list, or one line that stays as it is."""
    open_one = list[str]()
    for line in text.split("\n"):
        lead = _LEAD.match(line)
        alone = not line.strip() or _AS_IT_IS.search(line)
        if open_one and (alone or (lead and lead[0].strip())):
            yield open_one
            open_one = []
        open_one.append(line)
        if alone:
            yield open_one
            open_one = []
    if open_one:
        yield open_one


def _broken(paragraph: Sequence[str], width: int) -> list[str]:
    lead = _LEAD.match(paragraph[0])
    first, deeper = (lead[0], " " * len(lead[0])) if lead else ("", "")
    words = " ".join(line.strip() for line in paragraph)[len(first.lstrip()) :]
    return textwrap.wrap(
        words, width, initial_indent=first, subsequent_indent=deeper, break_long_words=False, break_on_hyphens=False
    )


def quoted(document: str, base: str) -> list[str]:
    """A docstring as lines of source at ``base``; read back it is the same text."""
    escaped = document.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if "\n" not in escaped and len(base) + len(escaped) + 6 <= WIDTH:
        escaped = f'{escaped[:-1]}\\"' if escaped.endswith('"') else escaped
        return [f'{base}"""{escaped}"""']
    first, *rest = f'"""{escaped}'.split("\n")
    return [f"{base}{first}", *(f"{base}{line}".rstrip() for line in rest), f'{base}"""']


def session_doctest(text: str, target: Target) -> str:
    """A session as it was written, less its imports of the target's module; empty when not all of it may run."""
    parts, kept = doctest.DocTestParser().get_examples(text), list[str]()
    for part in parts:
        tree = tree_of(part.source)
        if tree is None:
            return ""
        if not all(imports_of(statement) for statement in tree.body):
            lines = part.source.rstrip("\n").split("\n")
            kept += [f">>> {lines[0]}", *(f"... {line}" for line in lines[1:]), *part.want.rstrip("\n").split("\n")]
            kept = kept if part.want else kept[:-1]
    statements = [n for part in parts for n in _statements(part.source) if not imports_of(n)]
    return "" if refusal(statements, target) else "\n".join(kept)


def _statements(text: str) -> list[ast.stmt]:
    tree = tree_of(text)
    return tree.body if tree is not None else []


def as_doctest(example: ExampleText, target: Target) -> str:
    """The example as doctest lines that read back as itself, empty when there are none.

    Calling a coroutine function or a generator shows an object: such an example stays a test alone.
    """
    if target.is_async or target.is_generator:
        return ""
    for form in _forms(example, target):
        found, left = read_examples(replace(target, docstring=form))
        if not left and [(one.input, one.wanted) for one in found] == [(example.input, example.wanted)]:
            return form
    return ""


def _forms(example: ExampleText, target: Target) -> Iterator[str]:
    """Ways to write an example, the plainest first: the value's repr, a comparison, the value as it was written."""
    *setup, last = ast.parse(example.input).body
    if not all(_is_silent(statement, target) for statement in setup):
        return
    above, shown = "".join(f">>> {flat(statement)}\n" for statement in setup), flat(last)
    wanted = example.wanted
    if wanted.raises:
        yield f"{above}>>> {shown}{_DETAIL}\nTraceback (most recent call last):\n    ...\n{wanted.raises}"
        return
    value = expression(wanted.text)
    if value is not None and _prints_as_itself(value):
        yield f"{above}>>> {shown}\n{ast.literal_eval(value)!r}"
    if wanted.text in {"None", "True", "False"}:
        yield f"{above}>>> {shown} is {wanted.text}\nTrue"
    if value is not None:
        yield f"{above}>>> {shown} == {flat(value)}\nTrue"
    yield f"{above}>>> {shown}\n{wanted.text}"


def _is_silent(statement: ast.stmt, target: Target) -> bool:
    """True for a statement that an interpreter answers with nothing: an assignment, a call that returns None."""
    if not isinstance(statement, ast.Expr):
        return True
    call = statement.value.func if isinstance(statement.value, ast.Call) else None
    name = call.attr if isinstance(call, ast.Attribute) else ""
    known = [n for found, nodes in definitions(target.source.tree).items() for n in nodes if found.endswith(f".{name}")]
    if known:
        return all(isinstance(n.returns, ast.Constant) and n.returns.value is None for n in known)
    return name in _SILENT


def _prints_as_itself(value: ast.expr) -> bool:
    """True for a literal whose repr is the same on every run, and which an interpreter shows at all."""
    if not literal(value) or any(isinstance(node, ast.Set) for node in ast.walk(value)):
        return False
    shown = ast.literal_eval(value)
    text = source(value)
    return shown is not None and "..." not in text and "<BLANKLINE>" not in text and "\n" not in repr(shown)
