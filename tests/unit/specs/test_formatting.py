"""The repository's formatter touches our lines only, and never their meaning."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.specs.formatting import Formatter, find_formatter, format_file, format_hunks

OLD = "x = {  'a':1 }\ndef f(a):\n    ...\n\ny = [ 1 ]\n"
NEW = "x = {  'a':1 }\ndef f(a):\n    b = {  'c':a }\n    return  [ b,a ]\n\ny = [ 1 ]\n"
RUFF = find_formatter(Path("/"), "f.py", f"{sys.executable} -m ruff format --isolated --stdin-filename {{}} -")


def script(code: str) -> Formatter:
    """A formatter that runs ``code`` with the text in ``t`` and prints what it leaves there."""
    whole = f"import sys\nt = sys.stdin.buffer.read().decode()\n{code}\nsys.stdout.buffer.write(t.encode())"
    return Formatter(name="mine", argv=(sys.executable, "-c", whole), found=False)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 99\n", "ruff"),
        ("pyproject.toml", "[tool.ruff.format]\n[tool.black]\n", "ruff"),
        ("pyproject.toml", "[tool.black]\n[tool.ruff]\n", "black"),
        ("pyproject.toml", "[tool.black]\n", "black"),
        ("pyproject.toml", "[project]\nname = 'ruff'\n", None),
        ("ruff.toml", "", "ruff"),
        (".ruff.toml", "", "ruff"),
        (".pre-commit-config.yaml", "repos:\n- hooks:\n    - id: ruff-format\n", "ruff"),
        (".pre-commit-config.yaml", "repos:\n- hooks:\n    - id: 'black' # ours\n", "black"),
        (".pre-commit-config.yaml", "repos:\n- hooks:\n    - id: ruff\n", None),
    ],
)
def test_the_configuration_names_the_formatter(tmp_path: Path, name: str, text: str, found: str | None) -> None:
    (tmp_path / name).write_text(text)
    formatter = find_formatter(tmp_path, "src/a.py")
    assert (formatter.name if formatter else None) == found


def test_the_nearest_configuration_decides(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/pyproject.toml").write_text("[tool.black]\n")
    assert find_formatter(tmp_path, "a/b.py") == Formatter(
        name="black", argv=("black", "--quiet", "--stdin-filename", "{}", "-")
    )


def test_none_switches_formatting_off_and_a_command_is_split_into_words(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("")
    assert find_formatter(tmp_path, "a.py", "none") is None
    assert find_formatter(tmp_path, "a.py", "my fmt 'a b' {}") == Formatter(
        name="my", argv=("my", "fmt", "a b", "{}"), found=False
    )
    with pytest.raises(UsageError, match="--format-command"):
        find_formatter(tmp_path, "a.py", "fmt 'open")


async def test_only_our_lines_are_formatted(tmp_path: Path) -> None:
    done = await format_hunks(tmp_path, "f.py", OLD, NEW, RUFF)
    assert done.text == NEW.replace("b = {  'c':a }", 'b = {"c": a}').replace("return  [ b,a ]", "return [b, a]")
    assert "were formatted" in done.note


async def test_carriage_returns_survive(tmp_path: Path) -> None:
    old, new = OLD.replace("\n", "\r\n"), NEW.replace("\n", "\r\n")
    done = await format_hunks(tmp_path, "f.py", old, new, RUFF)
    assert done.text.split("\r\n")[2:4] == ['    b = {"c": a}', "    return [b, a]"]
    assert done.text.count("\n") == done.text.count("\r\n") == new.count("\r\n")


async def test_without_a_formatter_nothing_happens(tmp_path: Path) -> None:
    done = await format_hunks(tmp_path, "f.py", OLD, NEW, None)
    assert (done.text, done.note) == (NEW, "")


async def test_a_change_of_meaning_is_not_taken_over(tmp_path: Path) -> None:
    done = await format_hunks(tmp_path, "f.py", OLD, NEW, script("t = t.replace('[ b,a ]', '[a, b]')"))
    assert done.text == NEW
    assert "their meaning" in done.note


async def test_a_harmless_change_is_taken_over_beside_a_harmful_one(tmp_path: Path) -> None:
    new = NEW.replace("    return", "    # a\n    c  =  1\n    # b\n    return")
    code = "t = t.replace('[ b,a ]', '[a, b]').replace('c  =  1', 'c = 1')"
    done = await format_hunks(tmp_path, "f.py", OLD, new, script(code))
    assert done.text == new.replace("c  =  1", "c = 1")


async def test_a_change_across_the_border_of_our_lines_is_left(tmp_path: Path) -> None:
    done = await format_hunks(tmp_path, "f.py", OLD, NEW, script("t = t.replace(']\\n\\ny', ']\\n\\n\\n\\ny')"))
    assert done.text == NEW


async def test_output_that_is_no_python_is_left(tmp_path: Path) -> None:
    assert (await format_hunks(tmp_path, "f.py", OLD, NEW, script("t = 'def ('"))).text == NEW
    assert (await format_file(tmp_path, "f.py", NEW, script("t = 'def ('"))).text == NEW


@pytest.mark.parametrize(
    ("formatter", "note"),
    [
        (Formatter(name="black", argv=("no-such-formatter-here",)), "named in the configuration but not installed"),
        (Formatter(name="x", argv=("no-such-formatter-here",), found=False), "given as --format-command but not"),
        (script("sys.exit('broken config')"), "failed on f.py: broken config. It was not formatted."),
        (script("t = ''"), "failed on f.py: exit code 0"),
    ],
)
async def test_a_formatter_that_does_not_work_is_a_note_and_no_error(
    tmp_path: Path, formatter: Formatter, note: str
) -> None:
    for done in (
        await format_hunks(tmp_path, "f.py", OLD, NEW, formatter),
        await format_file(tmp_path, "f.py", NEW, formatter),
    ):
        assert done.text == NEW
        assert note in done.note


async def test_a_formatter_sees_the_path_but_none_of_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    code = "import os\nt = '# ' + sys.argv[1] + str('OPENAI_API_KEY' in os.environ) + os.getcwd() + '\\n' + t"
    formatter = script(code)
    formatter = Formatter(name="mine", argv=(*formatter.argv, "{}"))
    done = await format_file(tmp_path, "src/f.py", "x = 1\n", formatter)
    assert done.text == f"# src/f.pyFalse{os.path.realpath(tmp_path)}\nx = 1\n"


async def test_a_new_file_is_formatted_whole(tmp_path: Path) -> None:
    done = await format_file(tmp_path, "f.py", "x = {  'a':1 }\n", RUFF)
    assert done.text == 'x = {"a": 1}\n'


async def test_a_large_file_of_another_style_keeps_its_lines(tmp_path: Path) -> None:
    filler = "".join(f"v{n} = [ {n} ]\n\n" for n in range(3000))
    done = await format_hunks(tmp_path, "f.py", filler + OLD, filler + NEW, RUFF)
    assert done.text.startswith(filler)
    assert done.text.endswith("return [b, a]\n\ny = [ 1 ]\n")
