"""What is to be mended in marked stubs and specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.linting import Checked, check, list_stubs
from tests.support.command import ROOT, repository

STUB = '# cosplay\ndef f(x: int) -> int:\n    """Return the next one."""\n'
BARE = "# cosplay\ndef f(x: int) -> int: ...\n"
SPEC = (ROOT / "examples/specs/join_words.md").read_text("utf-8")
NO_SPEC = "# Meeting notes\n\nWe met.\n"


def told(checked: Checked) -> list[tuple[str, int]]:
    return [(one.path, one.line) for one in checked.findings]


def test_whole_stubs_and_specs_leave_nothing_to_mend(tmp_path: Path) -> None:
    root = repository(tmp_path, {"m.py": STUB, "spec.md": SPEC})
    checked = check(root, ["m.py", "spec.md"])
    assert (checked.findings, checked.notes) == ([], [])


def test_all_findings_of_all_files_come_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    files = {"b.py": f"x = 1\n{BARE}", "a.py": "# cosplay\ndef f(x): ...\n# cosplay\n", "spec.md": NO_SPEC}
    checked = check(repository(tmp_path, files), ["spec.md", "b.py", "a.py"])
    assert told(checked)[:5] == [("a.py", 2), ("a.py", 2), ("a.py", 2), ("a.py", 3), ("b.py", 3)]
    assert {one.path for one in checked.findings[5:]} == {"spec.md"}
    assert checked.findings[4].what == "f: It has no docstring. Say in a sentence what it returns, and when it raises."


def test_stubs_without_a_marker_are_nobodys_business(tmp_path: Path) -> None:
    assert check(repository(tmp_path, {"m.py": "def f(x): ...\n"}), ["m.py"]).findings == []


def test_a_marker_that_was_left_at_an_implementation_is_noted_but_is_no_finding(tmp_path: Path) -> None:
    checked = check(repository(tmp_path, {"m.py": "# cosplay\ndef f(x):\n    return x\n"}), ["m.py"])
    assert checked.findings == []
    assert checked.notes == ["m.py:2: f: It is implemented already: take the marker away."]


def test_a_marked_stub_that_cannot_be_played_is_a_finding(tmp_path: Path) -> None:
    checked = check(repository(tmp_path, {"m.py": "if 1:\n    def f(): ...  # cosplay\n"}), ["m.py"])
    (found,) = checked.findings
    assert found.what.startswith("f: It is defined inside an if")


def test_what_was_deleted_a_link_and_what_is_neither_python_nor_markdown_is_left_out_and_noted(tmp_path: Path) -> None:
    root = repository(tmp_path, {"m.py": BARE, "notes.txt": "# cosplay\n"})
    (root / "link.py").symlink_to(root / "m.py")
    (root / "dangling.py").symlink_to(root / "none.py")
    checked = check(root, ["gone.py", "link.py", "dangling.py", "notes.txt"])
    assert checked.findings == []
    assert [note.partition(" ")[0] for note in checked.notes] == ["gone.py", "link.py", "dangling.py", "notes.txt"]


def test_a_folder_stands_for_its_python_files_and_for_the_specs_that_the_configuration_names(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[tool.cosplay]\nspecs = ["specs/*.md"]\n', "src/m.py": BARE,
             "specs/deep/one.md": NO_SPEC, "README.md": NO_SPEC, "out.py": BARE, ".gitignore": "out.py\n"}  # fmt: skip
    checked = check(repository(tmp_path, files), ["."])
    assert {one.path for one in checked.findings} == {"src/m.py", "specs/deep/one.md"}


# -- specs ------------------------------------------------------------------------------------------------------------


def test_a_markdown_file_that_is_named_is_a_spec_unless_a_hook_names_it(tmp_path: Path) -> None:
    root = repository(tmp_path, {"README.md": NO_SPEC})
    assert check(root, ["README.md"]).findings
    assert check(root, ["README.md"], hook=True) == Checked(root=root, projects=check(root, ["README.md"]).projects)


def test_a_hook_checks_the_markdown_that_the_nearest_configuration_names(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[tool.cosplay]\nspecs = ["*.spec.md"]\n', "one.spec.md": NO_SPEC, "one.md": NO_SPEC,
             "lib/pyproject.toml": '[tool.cosplay]\nspecs = ["docs/*"]\n', "lib/docs/two.md": NO_SPEC,
             "lib/three.spec.md": NO_SPEC}  # fmt: skip
    root = repository(tmp_path, files)
    checked = check(root, [path for path in files if path.endswith(".md")], hook=True)
    assert {one.path for one in checked.findings} == {"one.spec.md", "lib/docs/two.md"}


def test_each_flaw_of_a_spec_is_a_finding_with_its_own_line(tmp_path: Path) -> None:
    text = SPEC.replace("words.py::join_words", "words.txt::join_words").replace('-> `""`', '-> `"`')
    checked = check(repository(tmp_path, {"spec.md": text}), ["spec.md"])
    lines = text.split("\n")
    assert [lines[one.line - 1] for one in checked.findings] == [
        "examples/textkit/src/textkit/words.txt::join_words", '- `join_words([])` -> `"`'
    ]  # fmt: skip
    assert "names no .py file" in checked.findings[0].what


def test_of_many_flaws_of_a_spec_each_is_a_finding_of_its_own_and_none_is_a_count_of_others(tmp_path: Path) -> None:
    bad = "".join(f"- `join_words([{n}])` -> `[`\n" for n in range(40))
    text = SPEC.replace("### Examples\n", f"### Examples\n{bad}")
    found = check(repository(tmp_path, {"spec.md": text}), ["spec.md"]).findings
    assert len(found) > 20, "a message for people ends there"
    assert all(one.line and "is no Python expression" in one.what for one in found)


def test_a_spec_whose_file_cannot_be_written_is_a_finding(tmp_path: Path) -> None:
    root = repository(tmp_path, {"spec.md": SPEC, "elsewhere/words.py": ""})
    (root / "examples/textkit/src").mkdir(parents=True)
    (root / "examples/textkit/src/textkit").symlink_to(root / "elsewhere")
    (found,) = check(root, ["spec.md"]).findings
    assert "lies behind the link" in found.what
    assert (root / "spec.md").read_text().split("\n")[found.line - 1].endswith("words.py::join_words")


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [(b"one\ntwo \xff\n", 2, "no UTF-8"), (b"x" * (1024 * 1024 + 1), 0, "larger than")],
    ids=["no UTF-8", "too large"],
)
def test_a_spec_that_cannot_be_read_is_a_finding(tmp_path: Path, raw: bytes, line: int, what: str) -> None:
    (found,) = check(repository(tmp_path, {"spec.md": raw}), ["spec.md"]).findings
    assert (found.line, what in found.what) == (line, True)


# -- configuration ----------------------------------------------------------------------------------------------------


def test_all_errors_of_the_configuration_are_findings_on_their_lines(tmp_path: Path) -> None:
    table = '[tool.cosplay]\npreset = "huge"\nsandbox = "none"\nspecs = "specs/*.md"\nbudget-usd = 1.5\n'
    checked = check(repository(tmp_path, {"pyproject.toml": table, "m.py": STUB}), ["m.py"])
    assert told(checked) == [("pyproject.toml", 2), ("pyproject.toml", 3), ("pyproject.toml", 4)]
    assert [one.what.split(":")[0] for one in checked.findings] == [
        "[tool.cosplay] preset", "[tool.cosplay] sandbox", "[tool.cosplay] specs"
    ]  # fmt: skip


def test_a_configuration_that_is_no_toml_is_a_finding_and_keeps_stubs_from_being_played(tmp_path: Path) -> None:
    checked = check(repository(tmp_path, {"pyproject.toml": "[tool.cosplay\n", "m.py": STUB}), ["m.py"])
    assert told(checked) == [("m.py", 2), ("pyproject.toml", 0)]
    assert all("pyproject.toml cannot be read" in one.what for one in checked.findings)


def test_the_configuration_is_not_looked_at_for_files_without_stubs(tmp_path: Path) -> None:
    root = repository(tmp_path, {"pyproject.toml": "[tool.cosplay\n", "m.py": "x = 1\n"})
    assert check(root, ["m.py"]).findings == []


# -- stubs ------------------------------------------------------------------------------------------------------------


def test_the_list_of_stubs_says_of_each_what_is_to_be_mended(tmp_path: Path) -> None:
    root = repository(tmp_path, {"src/m.py": BARE + STUB.replace("f(", "g("), "n.py": STUB})
    listed = [(one.target, len(findings)) for one, findings in list_stubs(root / "src", ["."])]
    assert listed == [("src/m.py::f", 1), ("src/m.py::g", 0)]


def test_a_path_that_is_not_there_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.py does not exist"):
        list_stubs(repository(tmp_path, {"m.py": STUB}), ["none.py"])
