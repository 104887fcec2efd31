"""A spec that can be read in two ways: the run asks, its author answers with one line, and the run chooses."""

from __future__ import annotations

import re
from pathlib import Path

from cosplay_action.testing.loopback import Handler, Request, chatting
from tests.support.command import Done, cli, endpoint, here, report, repository
from tests.support.stub_script import ROLES, said

TARGET = "lists.py::middle"
STUB = '''\
def middle(values: list[int]) -> int:
    """Return the middle one of the values.

    Raises ValueError for an empty list.
    """
    raise NotImplementedError
'''
LOWER, UPPER = (
    f"def middle(values):\n    if not values:\n        raise ValueError(values)\n    return values[{index}]"
    for index in ("(len(values) - 1) // 2", "len(values) // 2")
)
ODD = [f"middle([{n}, {n + 1}, {n + 4}])" for n in range(3, 11)]
EVEN = ["middle([1, 2])", "middle([3, 5, 7, 9])"]
NUMBERS = ("--candidates", "4", "--tests", "4", "--rounds", "0", "--probes", "8", "--vote-attempts", "1",
           "--concurrency", "1")  # fmt: skip


def model() -> Handler:
    """Half of the candidates, and half of the votes, take the lower middle, the others the upper one."""
    turns: list[str] = []

    def write(request: Request, k: int) -> str:
        prompt = said(request)
        if "Write the complete implementation" in prompt:
            turns.append(prompt)
            return f"```python\n{(UPPER, LOWER)[len(turns) % 2]}\n```"
        if "What does a correct implementation give" in prompt:
            given = re.findall(r"middle\(\[(.*?)\]\)\n```", prompt)[-1].split(", ")
            lower = k % 2 == 0 or "-> 1" in prompt
            return f"Answer: {given[(len(given) - 1) // 2 if lower else len(given) // 2]}"
        if "test input" in prompt:
            first = len(turns) and len(prompt) % len(ODD)
            return "```python\n" + "\n".join([*ODD[first:], *EVEN, *ODD[:first]]) + "\n```"
        return "1. Sort nothing.\n2. Mind lists of even length.\n3. Mind an empty list.\n4. Count from both ends."

    return chatting(write)


def answered(stub: str, line: str) -> str:
    """The stub with the line in its docstring, as it stands."""
    return stub.replace("an empty list.\n", f"an empty list.\n\n    {line}\n", 1)


PROGRAM = """### Target
middle.py

### Behaviour
Write a program. It reads one line of whole numbers and prints the middle one of them.

### Examples

Input:
```
1 2 4
```
Output:
```
2
```
"""
PRINTS = [
    f"values = sorted(map(int, input().split()))\nprint(values[{index}])"
    for index in ("(len(values) - 1) // 2", "len(values) // 2")
]


def programmer() -> Handler:
    """The same two readings as programs."""
    turns: list[str] = []

    def write(request: Request, k: int) -> str:
        prompt = said(request)
        role = next(role for mark, role in ROLES if mark in prompt)
        if role == "code":
            turns.append(prompt)
            return f"```python\n{PRINTS[len(turns) % 2]}\n```"
        if role == "inputs":
            lines = [f"{n} {n + 1} {n + 4}" for n in range(3, 9)]
            first = len(prompt) % len(lines)
            return "\n".join(f"```\n{line}\n```" for line in [*lines[first:], "1 2", "3 5 7 9", *lines[:first]])
        if role == "list":
            return "1. Sort nothing.\n2. Mind lines of even length.\n3. Mind one number.\n4. Count from both ends."
        given = prompt.rpartition("give for this input?")[2].split("```")[1].split()
        return f"Answer:\n```\n{given[(len(given) - k % 2) // 2]}\n```"

    return chatting(write)


async def asked(repo: Path, out: Path, target: str = TARGET, handler: Handler | None = None) -> Done:
    async with endpoint(handler or model()) as served:
        return await cli(target, *served.flags, *NUMBERS, "--out", out, cwd=repo)


async def test_a_spec_with_two_readings_becomes_a_question_and_its_answer_a_choice(tmp_path: Path) -> None:
    repo, out = repository(tmp_path / "repository", {"lists.py": STUB}), tmp_path / "out"
    done = await asked(repo, out)
    found = report(out)
    assert (done.code, found["status"], found["confidence"]) == (1, "no-consensus", None), done.err
    assert [one["size"] for one in found["clusters"]] == [2, 2]
    assert not (out / "patch.diff").exists()

    question = found["questions"][0]
    assert question["input"] == "middle([1, 2])"
    assert [(side["answer"], side["candidates"]) for side in question["sides"]] == [("1", 2), ("2", 2)]
    assert question["line"] == "Return the middle one of the values."
    lines = [side["example"] for side in question["sides"]]
    assert lines == ["middle([1, 2]) -> 1", "middle([1, 2]) -> 2"]
    for page in (done.out, *((out / name).read_text("utf-8") for name in ("summary.md", "pr-body.md"))):
        assert "A question to the author of the spec" in page
        assert "2 of 4 candidates" in page
        assert question["line"] in " ".join(page.split())
        assert all(line in page for line in lines), "each can be copied from there"

    (repo / "lists.py").write_text(answered(STUB, lines[0]), "utf-8")
    async with endpoint(model()) as served:
        words = (TARGET, *served.flags, *NUMBERS, "--out", out, "--fresh")
        assert await here(*words, cwd=repo) == 0
    settled = report(out)
    assert (settled["status"], settled["questions"]) == ("chosen", [])
    assert "(len(values) - 1) // 2" in settled["chosen"]["source"]
    assert [one["test"]["input"] for one in settled["kept"] if one["test"]["origin"] == "example"] == ["middle([1, 2])"]
    assert "pytest.param([1, 2], 1, " in (out / "test_lists_middle.py").read_text("utf-8")
    assert "(len(values) - 1) // 2" in (out / "patch.diff").read_text("utf-8")


async def test_the_answer_to_a_programs_question_can_be_pasted_into_its_spec(tmp_path: Path) -> None:
    repo, out = repository(tmp_path / "repository", {"middle.md": PROGRAM}), tmp_path / "out"
    done = await asked(repo, out, "middle.md", programmer())
    found = report(out)
    assert (done.code, found["status"]) == (1, "no-consensus"), done.err

    question = found["questions"][0]
    assert question["input"] == "1 2\n"
    assert sorted((side["answer"], side["candidates"]) for side in question["sides"]) == [("1", 2), ("2", 2)]
    lines = sorted(side["example"] for side in question["sides"])
    assert lines[0] == "Input:\n```\n1 2\n```\nOutput:\n```\n1\n```"
    for page in (done.out, *((out / name).read_text("utf-8") for name in ("summary.md", "pr-body.md"))):
        assert "add the one that is meant to the Examples of the spec" in " ".join(page.split())
        assert all(f"\n{line}\n" in page for line in lines), "each can be copied from there"

    (repo / "middle.md").write_text(f"{PROGRAM}\n{lines[1]}\n", "utf-8")
    async with endpoint(programmer()) as served:
        words = ("middle.md", *served.flags, *NUMBERS, "--out", out, "--fresh")
        assert await here(*words, cwd=repo) == 0
    settled = report(out)
    assert (settled["status"], settled["questions"]) == ("chosen", [])
    assert settled["chosen"]["source"].strip() == PRINTS[1]
    examples = [one["test"] for one in settled["kept"] if one["test"]["origin"] == "example"]
    assert [(one["input"], one["expected"]) for one in examples] == [("1 2 4\n", "2"), ("1 2\n", "2")]


async def test_the_same_question_is_asked_again_from_the_journal_alone(tmp_path: Path) -> None:
    repo, out = repository(tmp_path / "repository", {"lists.py": STUB}), tmp_path / "out"
    assert (await asked(repo, out)).code == 1
    assert await here(TARGET, "--replay", out / "journal.jsonl", "--out", tmp_path / "again", cwd=repo) == 1
    assert report(tmp_path / "again")["questions"] == report(out)["questions"] != []
