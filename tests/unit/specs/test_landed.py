"""Evidence that has landed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.method.job import digest
from cosplay_action.specs.landed import emptied, find_function, landed, statement_of
from cosplay_action.specs.nodes import definitions
from cosplay_action.specs.source import read_source
from cosplay_action.specs.stub import read_stub
from tests.support.kept import kept, rendered
from tests.support.stubs import flat

STUB = 'def twice(x: int) -> int:\n    """Return 2 * x."""\n    ...\n'


def write(root: Path, path: str, text: str | bytes) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())


def statement(root: Path, text: str, name: str) -> str:
    write(root, "m.py", text)
    source, node = find_function(root, f"m.py::{name}")
    return statement_of(source, f"m.py::{name}", node)


def test_a_kept_test_file_is_evidence_by_its_head_and_no_other_file_is(tmp_path: Path) -> None:
    write(tmp_path, "m.py", STUB)
    text = rendered(tmp_path, "m.py::twice", kept("twice(1)", 2)).text
    files = {"tests/test_it.py": text, "tests/test_other.py": "def test(): ...\n", "tests/bytes.py": b"\xff\0",
             "tests/late.py": f"import os\n{text}", "notes.md": text}  # fmt: skip
    for path, content in files.items():
        write(tmp_path, path, content)
    (tmp_path / "tests/link.py").symlink_to(tmp_path / "tests/test_it.py")
    found = landed(tmp_path, [*files, "tests/link.py", "tests/gone.py", "tests"])
    assert [(one.test, one.header.target, one.path) for one in found] == [("tests/test_it.py", "m.py::twice", "m.py")]


def test_the_tests_of_a_run_that_was_not_applied_have_not_landed(tmp_path: Path) -> None:
    write(tmp_path, "m.py", STUB)
    write(tmp_path, "out/test_it.py", rendered(tmp_path, "m.py::twice", kept("twice(1)", 2)).text)
    assert len(landed(tmp_path, ["out/test_it.py"])) == 1
    write(tmp_path, "out/journal.jsonl", "")
    assert landed(tmp_path, ["out/test_it.py"]) == []


BODIES = {
    "a body": "def f(x: int) -> int:\n    y = x\n    return y\n",
    "on the header's line": "def f(x: int) -> int: return x; \n",
    "a docstring": 'def f(x: int) -> int:\n    """It.\n\n    >>> f(1)\n    1\n    """\n    # why\n    return x\n',
    "a docstring on the header's line": 'def f(x: int) -> int: "Return it."; return x\n',
    "a decorated function first": "def f(x: int) -> int:\n    @ cache\n    def g(): ...\n    return x\n",
    "a decorated class first": "def f(x: int) -> int:\n    @cache\n    class G: ...\n    return x\n",
    "a long header": "@cache\ndef f(\n    x: int,  # it\n) -> int:\n    return x\n",
    "letters of many bytes": 'def f(x: int) -> int:\n    """\N{SNOWMAN}"""; return "\N{SNOWMAN}" and x\n',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_an_implementation_says_what_its_stub_said(tmp_path: Path, body: str, newline: str) -> None:
    text = f"x = 1\n{body}y = 2\n".replace("\n", newline)
    said = statement(tmp_path, text, "f")
    source = read_source(tmp_path, "m.py")
    write(tmp_path, "m.py", source.encode(emptied(source, definitions(source.tree)["f"][0])))
    assert said == read_stub(tmp_path, "m.py::f", flat).statement
    assert said.endswith("...")


def test_a_method_says_so_inside_of_its_class(tmp_path: Path) -> None:
    text = "class A:\n    class B:\n        def f(self) -> int:\n            return 1\n"
    assert statement(tmp_path, text, "A.B.f").startswith("class A:\n    class B:\n        def f(self) -> int:")


def test_another_body_or_another_layout_around_it_changes_nothing_that_is_said(tmp_path: Path) -> None:
    one = statement(tmp_path, 'def f(x: int) -> int:\n    """Return it."""\n    return x\n', "f")
    other = statement(tmp_path, 'import os\n\n\ndef f(x: int) -> int:\n    "Return it."\n    return os and x\n', "f")
    assert digest(one) == digest(other)


OTHERS = {
    "a type": 'def f(x: str) -> int:\n    """Return it."""\n    return x\n',
    "a word": 'def f(x: int) -> int:\n    """Return."""\n    return x\n',
    "no docstring": "def f(x: int) -> int:\n    return x\n",
    "a decorator": '@cache\ndef f(x: int) -> int:\n    """Return it."""\n    return x\n',
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_another_signature_or_docstring_is_another_statement(tmp_path: Path, text: str) -> None:
    before = statement(tmp_path, 'def f(x: int) -> int:\n    """Return it."""\n    return x\n', "f")
    assert statement(tmp_path, text, "f") != before


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("gone.py::f", "gone.py is gone"),
        ("m.py::g", "no function g"),
        ("m.py::twice", "2 functions twice"),
        ("broken.py::f", "syntax error"),
        ("../m.py::f", "outside of the repository"),
        ("/etc/passwd::f", "outside of the repository"),
        ("link.py::f", "outside of the repository"),
    ],
)
def test_a_target_that_is_not_there_any_more_is_an_error_that_says_so(tmp_path: Path, target: str, why: str) -> None:
    root = tmp_path / "repository"
    write(root, "m.py", "def twice(): ...\ndef twice(): ...\n")
    write(root, "broken.py", "def f(:\n")
    write(tmp_path, "m.py", "def f(): ...\n")
    (root / "link.py").symlink_to(tmp_path / "m.py")
    with pytest.raises(SpecError, match=why):
        find_function(root, target)
