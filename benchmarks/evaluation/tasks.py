"""Problem sets as a run may see them: statement and stub, nothing of the truth.

The sets are read from a path you give:

- HumanEval+: ``HumanEvalPlus-NoExtreme.jsonl.gz``, a release of evalplus/humanevalplus_release
- MBPP+: ``MbppPlus-NoExtreme.jsonl.gz``, a release of evalplus/mbppplus_release
- APPS, a selection of 150: ``data/apps_selected.json`` of SalesforceAIResearch/CodeTree, gzipped
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cosplay_action.errors import UsageError
from cosplay_action.specs.doctests import strip_examples

SETS = {"HumanEvalPlus": "humaneval", "MbppPlus": "mbpp", "apps": "apps"}  # how a file's name begins
MANY_ANSWERS = re.compile(
    r"\bany of (?:them|these)|\bprint any|\bany valid|\bmultiple|\bseveral|10\^\{?-", re.IGNORECASE
)
SHOWN_PROGRAM_EXAMPLES = 3
TWO_ROOTS = "HumanEval/32"  # asks for a zero of a polynomial: several answers are right, and none can be looked up


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One problem. ``text`` is a module whose last function is the stub, or the statement of a program.

    ``examples`` are a program's public runs (stdin, stdout); a function's stand in its docstring.
    """

    name: str
    kind: Literal["function", "program"]
    text: str
    entry: str = ""
    examples: tuple[tuple[str, str], ...] = ()


def set_of(path: Path) -> str:
    """The short name of a set, by its file's name. Raises UsageError for a file that is none of them."""
    for begins, name in SETS.items():
        if path.name.startswith(begins):
            return name
    raise UsageError(f"{path.name} is no set that is known", f"Give one of the files named in {__name__}.")


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The raw rows of a set, truth and all: for this module and ``truth`` alone."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        if path.name.startswith("apps"):
            yield from json.load(stream)
        else:
            yield from map(json.loads, stream)


def read_tasks(path: Path) -> list[Task]:
    """Every problem of the set that can be scored (docs/evaluation.md says which cannot), in the file's order."""
    read = READERS[set_of(path)]
    return [task for row in rows_of(path) if (task := read(row)) is not None]


def _humaneval(row: dict[str, Any]) -> Task | None:
    if row["task_id"] == TWO_ROOTS:
        return None
    stub = f"{row['prompt'].rstrip()}\n    ...\n"
    return Task(name=row["task_id"], kind="function", text=stub, entry=row["entry_point"])


def _mbpp(row: dict[str, Any]) -> Task | None:
    """A stub from the prompt's sentence and its one assert, which shows the number of arguments and their types.

    The solution's own parameter names are truth, so they are not used.
    """
    words = str(ast.literal_eval(row["prompt"].strip())).strip()
    sentence, _, claim = words.partition("\nassert ")
    arguments = _plain_arguments(f"assert {claim}", row["entry_point"])
    if not claim or arguments is None or "assert" in strip_examples(words, row["entry_point"]):
        return None
    names = ", ".join(f"{name}: {kind}" for name, kind in zip(string.ascii_lowercase, arguments, strict=False))
    document = f'    """{sentence.strip()}\n    assert {claim.strip()}\n    """'
    stub = f"def {row['entry_point']}({names}):\n{document}\n    ...\n"
    return Task(name=row["task_id"], kind="function", text=stub, entry=row["entry_point"])


def _plain_arguments(claim: str, entry: str) -> list[str] | None:
    """The types of the arguments of ``assert entry(...) == ...``; None for any other shape.

    Also None where an argument is something that JSON does not give back as it was: the hidden inputs are JSON.
    """
    try:
        (node,) = ast.parse(claim).body
        assert isinstance(node, ast.Assert)
        assert isinstance(node.test, ast.Compare)
        call = node.test.left
        assert isinstance(node.test.ops[0], ast.Eq)
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        values = [ast.literal_eval(argument) for argument in call.args]
    except (SyntaxError, ValueError, AssertionError):
        return None
    if call.func.id != entry or call.keywords or json.loads(json.dumps(values, default=str)) != values:
        return None
    return [_kind(value) for value in values] if all(map(_is_json, values)) else None


def _is_json(value: object) -> bool:
    """Whether a value has the same type after a way through JSON."""
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(one) for key, one in value.items())
    return value is None or isinstance(value, str | int | float | bool)


def _kind(value: object) -> str:
    if isinstance(value, list):
        kinds = {_kind(one) for one in value}
        return f"list[{kinds.pop()}]" if len(kinds) == 1 else "list"
    return "object" if value is None else type(value).__name__


def _program(row: dict[str, Any]) -> Task | None:
    if MANY_ANSWERS.search(row["description"]):
        return None
    shown = zip(row["public_tests"]["input"], row["public_tests"]["output"], strict=True)
    examples = tuple(shown)[:SHOWN_PROGRAM_EXAMPLES]
    name = f"{row['difficulty']}/{row['name']}"
    return Task(name=name, kind="program", text=row["description"], examples=examples)


READERS: dict[str, Callable[[dict[str, Any]], Task | None]] = {
    "humaneval": _humaneval, "mbpp": _mbpp, "apps": _program,
}  # fmt: skip
