"""What the runner is told: nothing that strangers wrote becomes a command, nothing exceeds GitHub's limits."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from cosplay_action.github.outputs import CUT, OUTPUTS, SUMMARY_BYTES, Step, escape, escape_property


class Bench:
    """A step that writes to files and a log of ours."""

    def __init__(self, folder: Path) -> None:
        self.log = io.StringIO()
        self.output, self.summary = folder / "output", folder / "summary"
        environ = {"GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary)}
        numbers: Iterator[int] = iter(range(1000))
        self.step = Step(environ, self.log, lambda: f"token{next(numbers)}")

    @property
    def lines(self) -> list[str]:
        return self.log.getvalue().splitlines()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def commands(lines: list[str]) -> list[str]:
    """What the runner would take for commands: it obeys nothing between stop-commands and its token."""
    found, end = [], ""
    for line in lines:
        if end:
            end = "" if line.strip() == f"::{end}::" else end
        elif line.startswith("::stop-commands::"):
            end = line.removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::") or "##[" in line:
            found.append(line)
    assert not end, "commands were left off"
    return found


# -- outputs ----------------------------------------------------------------------------------------------------------


def test_an_output_of_many_lines_stands_between_delimiters(bench: Bench) -> None:
    bench.step.output("reason", "one\ntwo\nstatus=chosen")
    bench.step.output("pr-number", 7)
    bench.step.output("cost-usd", None)
    assert bench.output.read_text() == (
        "reason<<ghadelimiter_token0\none\ntwo\nstatus=chosen\nghadelimiter_token0\n"
        "pr-number<<ghadelimiter_token1\n7\nghadelimiter_token1\n"
        "cost-usd<<ghadelimiter_token2\n\nghadelimiter_token2\n"
    )


def test_a_value_that_holds_the_delimiter_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="holds its own delimiter"):
        bench.step.output("reason", "x\nghadelimiter_token0\nstatus=chosen")
    assert not bench.output.exists()


def test_delimiters_are_never_the_same(tmp_path: Path) -> None:
    step = Step({"GITHUB_OUTPUT": str(tmp_path / "output")}, io.StringIO())
    for _ in range(2):
        step.output("status", "chosen")
    first, _, end, second, _, _ = (tmp_path / "output").read_text().splitlines()
    assert first != second
    assert len(end) == len("ghadelimiter_") + 32


def test_an_output_that_action_yml_does_not_have_is_a_fault(bench: Bench) -> None:
    with pytest.raises(ValueError, match="no such output: colour"):
        bench.step.output("colour", "red")


def test_outside_github_outputs_and_summary_go_nowhere() -> None:
    step = Step({}, io.StringIO())
    step.output("status", "chosen")
    step.summary("# hello")


def test_what_cannot_be_utf_8_is_no_reason_to_fail(bench: Bench) -> None:
    bench.step.output("reason", "broken \udcff here")
    bench.step.say("broken \udcff here")
    assert "broken ? here" in bench.output.read_text("utf-8")
    assert bench.lines == ["broken ? here"]


# -- the summary ------------------------------------------------------------------------------------------------------


def test_summaries_follow_each_other(bench: Bench) -> None:
    bench.step.summary("# one")
    bench.step.summary("# two\n")
    assert bench.summary.read_text() == "# one\n# two\n"


@pytest.mark.parametrize("letter", ["x", "é", "𝄞"])
def test_a_summary_over_a_mebibyte_is_cut_and_says_so(bench: Bench, letter: str) -> None:
    bench.step.summary("# first")
    bench.step.summary("```\n" + (letter * 99 + "\n") * 12_000)
    text = bench.summary.read_bytes().decode("utf-8")
    assert SUMMARY_BYTES - 500 < len(text.encode()) <= SUMMARY_BYTES
    assert text.startswith("# first\n" + CUT), "at the end it would be inside the open block"
    assert text.endswith(letter * 99 + "\n")
    bench.step.summary("# more\n" * 100)
    assert bench.summary.stat().st_size <= SUMMARY_BYTES


# -- annotations ------------------------------------------------------------------------------------------------------


def test_messages_and_properties_are_escaped(bench: Bench) -> None:
    bench.step.warning("50%\r\n::error::x", file="a,b:c.py", line=3)
    assert bench.lines == ["::warning file=a%2Cb%3Ac.py,line=3::50%25%0D%0A::error::x"]
    assert escape("%0A") == "%250A"
    assert escape_property("a:b,c%\n") == "a%3Ab%2Cc%25%0A"


def test_ten_annotations_of_a_level_are_all_told(bench: Bench) -> None:
    with bench.step as step:
        for number in range(10):
            step.notice(f"fact {number}")
    assert commands(bench.lines) == [f"::notice::fact {number}" for number in range(10)]


def test_of_more_than_ten_the_rest_is_counted_in_one(bench: Bench) -> None:
    with bench.step as step:
        for number in range(25):
            step.warning(f"fact {number}")
        step.error("another level")
    told = commands(bench.lines)
    assert len([line for line in told if line.startswith("::warning")]) == 10
    assert "::warning::16 more of this kind stand in the log of this step." in told
    assert "::error::another level" in told
    assert all(any(f"fact {number}" in line for line in bench.lines) for number in range(25)), "nothing is lost"


def test_annotations_beyond_the_limit_are_told_when_a_step_fails_too(bench: Bench) -> None:
    def fail() -> None:
        with bench.step as step:
            for number in range(12):
                step.error(f"fact {number}")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert "3 more" in bench.lines[-1]


# -- the log ----------------------------------------------------------------------------------------------------------

HOSTILE = "::add-mask::a\n::set-output name=x::y\n##[error]z\n::token9::\n::stop-commands::guess\n::guess::\n::error::w"


def test_text_of_strangers_holds_no_command(bench: Bench) -> None:
    bench.step.untrusted(HOSTILE)
    assert commands(bench.lines) == []
    assert HOSTILE in bench.log.getvalue()
    bench.step.notice("after")
    assert commands(bench.lines) == ["::notice::after"]


def test_text_that_knows_the_token_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="its own delimiter"):
        bench.step.untrusted("x\n::token0::\n::error::y")
    assert bench.lines == []


@pytest.mark.parametrize("text", ["::error::x", "  ::error::x", "a ##[error]x", "one\n::error::x"])
def test_our_own_words_cannot_smuggle_a_command_either(bench: Bench, text: str) -> None:
    bench.step.say(text)
    assert commands(bench.lines) == []


def test_a_group_is_closed_also_when_its_content_fails(bench: Bench) -> None:
    def fail() -> None:
        with bench.step.group("round 1\n::error::x"):
            bench.step.say("inside")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert bench.lines == ["::group::round 1%0A::error::x", "inside", "::endgroup::"]


# -- masks ------------------------------------------------------------------------------------------------------------


def test_each_line_of_a_secret_is_masked(bench: Bench) -> None:
    bench.step.mask("-----BEGIN KEY-----\r\nabc%def\n\n-----END KEY-----\n")
    assert bench.lines == ["::add-mask::-----BEGIN KEY-----", "::add-mask::abc%25def", "::add-mask::-----END KEY-----"]


def test_a_blank_secret_masks_nothing(bench: Bench) -> None:
    bench.step.mask(" \n")
    assert bench.lines == []


def test_a_masked_secret_is_in_no_file_and_no_later_line(bench: Bench) -> None:
    bench.step.mask("canary-123")
    bench.step.output("reason", "the server said canary-123")
    bench.step.summary("# canary-123")
    bench.step.warning("canary-123", file="canary-123")
    bench.step.untrusted("canary-123")
    assert "canary-123" not in bench.output.read_text() + bench.summary.read_text() + "".join(bench.lines[1:])


def test_every_output_is_described() -> None:
    assert all(description.endswith(".") for description in OUTPUTS.values())
