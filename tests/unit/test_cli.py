"""The command line as a function: arguments in, exit code, stdout and stderr out; nothing is asked of any model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from cosplay_action import __version__, cli
from cosplay_action.settings import flag, option_fields
from tests.support.command import environment, repository, tree
from tests.support.evidence import land
from tests.support.stub_script import CLAMP

NOWHERE = ("--model", "m", "--base-url", "http://127.0.0.1:9/v1")  # port 9 discards, or refuses: nobody answers


class Said(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """``cosplay-action WORDS`` in a repository with the stub clamp.py::clamp."""
    repository(tmp_path, {"clamp.py": CLAMP})
    monkeypatch.chdir(tmp_path)
    for option in option_fields():
        monkeypatch.delenv(f"COSPLAY_{option.name.upper()}", raising=False)

    def called(*words: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        code = ended.value.code
        assert isinstance(code, int)
        return Said(code, *capsys.readouterr())

    return called


def test_help_and_version_end_with_0(call: Call) -> None:
    assert call("--help").code == call("run", "--help").code == call("-h").code == 0
    assert call("--version").out == f"cosplay-action, version {__version__}\n"


def test_the_help_of_run_names_every_setting_and_every_exit_code(call: Call) -> None:
    text = " ".join(call("run", "--help").out.split())
    assert [flag(one.name) for one in option_fields() if f"{flag(one.name)} " not in text] == []
    for words in ("0 chosen", "1 no confident choice", "2 usage", "3 internal error", "4 an outside service", "130 "):
        assert words in text


def test_no_command_an_unknown_one_and_an_unknown_flag_end_with_2(call: Call) -> None:
    for words in ([], ["fly"], ["run"], ["run", "clamp.py::clamp", "--wings"]):
        said = call(*words)
        assert (said.code, said.out) == (2, ""), words
        assert said.err


WRONG_TARGETS = {
    "a syntax error": ("broken.py", b"def f(:\n", "broken.py::f", "broken.py"),
    "a missing file": ("m.py", b"", "none.py::f", "none.py"),
    "a missing function": ("m.py", b"def f(): ...\n", "m.py::g", "has no function g"),
    "no stub": ("m.py", b"def f():\n    return 1\n", "m.py::f", "is no stub"),
    "an unreadable encoding": ("m.py", b"# -*- coding: klingon -*-\ndef f(): ...\n", "m.py::f", "m.py"),
    "bytes that are no text": ("m.py", b"def f(): ...  # \xff\n", "m.py::f", "m.py"),
    "null bytes": ("m.py", b"def f(): ...\0\n", "m.py::f", "null bytes"),
    "no stub marked": ("m.py", b"def f(): ...\n", "m.py", "has no marked stub"),
    "another repository": ("m.py", b"def f(): ...\n", "../x/m.py::f", "m.py"),
}


@pytest.mark.parametrize("case", WRONG_TARGETS.values(), ids=WRONG_TARGETS)
def test_a_target_that_cannot_be_played_is_one_sentence_and_nothing_is_written(
    call: Call, tmp_path: Path, case: tuple[str, bytes, str, str]
) -> None:
    name, data, target, told = case
    (tmp_path / name).write_bytes(data)
    before = tree(tmp_path)
    said = call("run", target, *NOWHERE)
    assert (said.code, said.out) == (2, "")
    (line,) = [line for line in said.err.splitlines() if line.startswith("Error: ")]
    assert told in line
    assert "Traceback" not in said.err
    assert tree(tmp_path) == before


def test_all_errors_of_a_configuration_come_in_one_message(call: Call, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.cosplay]\nseeds = 1\nbase-url = "http://evil.example/v1"\n')
    said = call("run", "clamp.py::clamp", "--preset", "huge", "--temperature", "hot", "--select", "luck", *NOWHERE)
    assert (said.code, said.out) == (2, "")
    for told in ("5 errors", "'huge' is none of", "'hot' is not a number", "'luck' is none of", "seeds: unknown",
                 "base-url: may not be set by a repository"):  # fmt: skip
        assert told in said.err


@pytest.mark.parametrize("key", ["base-url", "api-key-env", "sandbox", "format-command"])
def test_a_repository_may_not_say_where_the_model_is_or_how_candidates_are_confined(
    call: Call, tmp_path: Path, key: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.cosplay]\n{key} = "auto"\n')
    said = call("run", "clamp.py::clamp", *NOWHERE)
    assert said.code == 2
    assert f"{key}: may not be set by a repository" in said.err


def test_a_pyproject_that_is_no_toml_is_a_sentence(call: Call, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cosplay\n")
    said = call("run", "clamp.py::clamp", *NOWHERE)
    assert said.code == 2
    assert "pyproject.toml cannot be read" in said.err


def test_a_key_that_is_not_set_is_said_before_anything_is_asked(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    said = call("run", "clamp.py::clamp", "--model", "m", "--api-key-env", "NO_SUCH_KEY")
    assert said.code == 2
    assert "NO_SUCH_KEY is not set" in said.err


def test_an_unknown_sandbox_ends_with_2(call: Call) -> None:
    said = call("run", "clamp.py::clamp", *NOWHERE, "--sandbox", "cardboard")
    assert said.code == 2
    assert "cardboard" in said.err


def test_without_any_model_the_three_ways_to_get_one_are_named(tmp_path: Path) -> None:
    """The embedded model counts as not installed where its module cannot be imported."""
    repository(tmp_path, {"clamp.py": CLAMP})
    code = "import sys; sys.modules['xllamacpp'] = None; from cosplay_action.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "run", "clamp.py::clamp"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    for way in ("no model is configured", "cosplay-action[local]", "--base-url URL", "OPENAI_API_KEY"):
        assert way in done.stderr
    assert set(tree(tmp_path)) == {"clamp.py"}


HEAD = (
    b'{"t":"run","version":1,"run":%s,"settings":%s,"tool":"0","created":"","python":"",'
    b'"sandbox":"","sandbox_note":""}\n'
)
BAD_JOURNALS = {
    "missing": None,
    "empty": b"",
    "no JSON": b"hello\n",
    "not a run": b'{"t":"reply"}\n',
    "of another version": b'{"t":"run","version":0}\n',
    "without its run": b'{"t":"run","version":1}\n',
    "with a run that is none": HEAD % (b"[]", b"{}"),
    "with settings that are none": HEAD % (b'{"model":"m","model_digest":""}', b"3"),
}


@pytest.mark.parametrize("data", BAD_JOURNALS.values(), ids=BAD_JOURNALS)
def test_a_journal_that_is_none_cannot_be_replayed_and_that_is_a_sentence(
    call: Call, tmp_path: Path, data: bytes | None
) -> None:
    if data is not None:
        (tmp_path / "journal.jsonl").write_bytes(data)
    before = tree(tmp_path)
    said = call("run", "clamp.py::clamp", "--replay", "journal.jsonl")
    assert (said.code, said.out) == (2, "")
    assert "Name a journal.jsonl of a run." in said.err
    assert tree(tmp_path) == before


def test_fresh_and_replay_contradict_each_other_and_the_journal_stays(call: Call, tmp_path: Path) -> None:
    journal = tmp_path / "out" / "journal.jsonl"
    journal.parent.mkdir()
    journal.write_text("paid for\n")
    said = call("run", "clamp.py::clamp", "--replay", str(journal), "--out", "out", "--fresh")
    assert said.code == 2
    assert "--fresh" in said.err
    assert journal.read_text() == "paid for\n"


def test_a_replay_does_not_replace_the_journal_of_another_run(call: Call, tmp_path: Path) -> None:
    own, other = tmp_path / "out" / "journal.jsonl", tmp_path / "other.jsonl"
    own.parent.mkdir()
    own.write_text("paid for\n")
    other.write_bytes(HEAD % (b'{"model":"m","model_digest":""}', b"{}"))
    said = call("run", "clamp.py::clamp", "--replay", "other.jsonl", "--out", "out")
    assert said.code == 2
    assert "Use another --out." in said.err
    assert own.read_text() == "paid for\n"


def test_an_out_that_is_a_file_is_a_sentence(call: Call, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    said = call("run", "clamp.py::clamp", *NOWHERE, "--out", "taken")
    assert said.code == 2
    assert "taken" in said.err
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_fault_of_ours_ends_with_3_and_says_where(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    @cli.cli.command("stumble")
    def stumble() -> None:
        raise ZeroDivisionError("a fault of ours")

    try:
        said = call("stumble")
    finally:
        del cli.cli.commands["stumble"]
    assert (said.code, said.out) == (3, "")
    assert "ZeroDivisionError: a fault of ours" in said.err
    assert "report" in said.err


def test_ctrl_c_ends_with_130(call: Call) -> None:
    @cli.cli.command("wait")
    def wait() -> None:
        raise KeyboardInterrupt

    try:
        said = call("wait")
    finally:
        del cli.cli.commands["wait"]
    assert (said.code, said.out) == (130, "")
    assert "run the same command again" in said.err


def test_what_a_replay_is_told_at_the_same_time_must_fit_its_journal(call: Call, tmp_path: Path) -> None:
    header = {"t": "run", "version": 1, "run": {"model": "m", "model_digest": ""}, "settings": {"seed": 1}, "tool": "0",
              "created": "", "python": "", "sandbox": "s", "sandbox_note": ""}  # fmt: skip
    (tmp_path / "journal.jsonl").write_text(json.dumps(header) + "\n")
    said = call("run", "clamp.py::clamp", "--replay", "journal.jsonl", "--seed", "2")
    assert said.code == 2
    assert "this directory holds another run" in said.err


# -- stubs, check, verify ---------------------------------------------------------------------------------------------

MARKED = "# cosplay\ndef later(x) -> int: ...\n"


def test_marked_stubs_are_listed_on_stdout_and_that_there_are_none_is_said_on_stderr(
    call: Call, tmp_path: Path
) -> None:
    said = call("stubs")
    assert (said.code, said.out) == (0, "")
    assert "No stub is marked" in said.err
    (tmp_path / "later.py").write_text(MARKED)
    said = call("stubs", "later.py")
    assert (said.code, said.err) == (0, "")
    head, row, *more = said.out.splitlines()
    assert head.split() == ["STUB", "LINE", "SIGNATURE"]
    assert row.split(maxsplit=2) == ["later.py::later", "2", "def later(x) -> int"]
    assert [line.strip().partition(".")[0] for line in more] == ["The parameter `x` has no type", "It has no docstring"]


def test_marked_stubs_are_listed_as_json(call: Call, tmp_path: Path) -> None:
    (tmp_path / "later.py").write_text(MARKED)
    (found,) = json.loads(call("stubs", "--json").out)
    assert (found["target"], found["state"], len(found["findings"])) == ("later.py::later", "marked", 2)


def test_check_ends_with_0_1_or_2_and_prints_nothing_but_findings_on_stdout(call: Call, tmp_path: Path) -> None:
    (tmp_path / "later.py").write_text(MARKED)
    (tmp_path / "README.md").write_text("Read me.\n")
    assert call("check", "clamp.py", "gone.py") == (0, "", "gone.py is not there: left out.\n")
    assert call("check", "--hook", "README.md").code == 0
    assert call("check", "README.md").code == 1
    said = call("check", "later.py")
    assert (said.code, said.err) == (1, "")
    assert [line.partition(" ")[0] for line in said.out.splitlines()] == ["later.py:2:", "later.py:2:"]
    assert call("check").code == call("check", "../elsewhere.py").code == 2


def test_findings_name_files_as_they_are_seen_from_the_current_folder(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "later.py").write_text(MARKED)
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert call("check", "../later.py").out.startswith("../later.py:2: later: ")


def test_a_file_name_that_would_move_the_cursor_is_printed_harmlessly(call: Call, tmp_path: Path) -> None:
    name = "a\x1b[2Jb.py"
    (tmp_path / name).write_text(MARKED)
    for said in (call("check", name), call("stubs", name)):
        assert "a\\x1b[2Jb.py" in said.out
        assert "\x1b" not in said.out


def test_verify_with_nothing_to_verify_ends_with_0_and_says_so(call: Call) -> None:
    said = call("verify")
    assert (said.code, said.out) == (0, "")
    assert "Nothing to verify" in said.err
    assert call("verify", "--json").out == "[]\n"


def test_verify_ends_with_1_for_evidence_without_its_target_and_with_2_without_an_interpreter(
    call: Call, tmp_path: Path
) -> None:
    land(tmp_path)
    assert call("verify").code == 2
    (tmp_path / "m.py").unlink()
    said = call("verify", "clamp.py")
    assert said.code == 1
    assert said.out.splitlines()[1].split(maxsplit=2) == ["tests/test_m.py", "m.py::twice", "not run"]
    assert "m.py is gone" in said.out
