"""A spec in Markdown becomes an implementation: the command line, a model on a loopback port, real cells."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.method.job import digest
from cosplay_action.testing.loopback import Handler, Request, chatting
from tests.support.command import SMALL, cli, endpoint, environment, git, report, repository, tree
from tests.support.sandboxes import trouble
from tests.support.stub_script import ROLES, StubScript, clamp_script, said, seed_of, serving

FUNCTION = """### Target

bounds.py

### Signature

```python
def clamp(number: int, low: int, high: int = 10) -> int
```

### Behaviour

Return `number`, or the bound that it lies beyond.

Raises ValueError when `low` is above `high`.

### Examples

```
clamp(2, 3) -> 3
clamp(12, 3) -> 10
```
"""
PROGRAM = """### Target

adder.py

### Behaviour

Write a program. The first line of the input holds a whole number, the second another one. Print their sum.

### Examples

Input:
```
1
2
```
Output:
```
3
```
"""
ADDS = ("print(int(input()) + int(input()))", "import sys\nprint(sum(map(int, sys.stdin.read().split())))")


def adder(request: Request, k: int) -> str:
    """What a model says about the program that adds, every role right."""
    prompt = said(request)
    role = next(role for mark, role in ROLES if mark in prompt)
    draw = random.Random(digest(str(seed_of(request) + k), role))
    if role == "list":
        return "\n".join(f"{n}. Mind the number {draw.randrange(1000)}." for n in range(1, 5))
    if role == "code":
        return f"```python\n{draw.choice(ADDS)}\n```"
    if role == "inputs":
        return "\n".join(f"```\n{draw.randrange(-99, 99)}\n{draw.randrange(99)}\n```" for _ in range(6))
    given = prompt.rpartition("give for this input?")[2].split("```")[1]
    return f"I add them.\nAnswer:\n```\n{sum(map(int, given.split()))}\n```"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    files = {"spec.md": FUNCTION, "program.md": PROGRAM, "README.md": "Nothing.\n"}
    return repository(tmp_path / "repository", files)


async def played(repo: Path, out: Path, spec: str, handler: Handler, *words: str) -> dict:
    async with endpoint(handler) as model:
        done = await cli(spec, *model.flags, *SMALL, "--out", out, *words, cwd=repo)
    assert done.code == 0, done.err
    return report(out)


def pytest_says(repo: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=repo, capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[-1]


async def test_a_function_that_is_not_there_yet_is_made_with_its_tests(repo: Path, tmp_path: Path) -> None:
    before, out = tree(repo), tmp_path / "out"
    found = await played(repo, out, "spec.md", serving(clamp_script()))
    assert (found["target"], found["status"]) == ("bounds.py::clamp", "chosen")
    assert {one["test"]["origin"] for one in found["kept"]} >= {"example"}
    assert tree(repo) == before
    git(repo, "apply", "--index", out / "patch.diff")
    assert "def clamp(number: int, low: int, high: int = 10) -> int:" in (repo / "bounds.py").read_text()
    assert " passed" in pytest_says(repo)
    assert "failed" not in pytest_says(repo)


async def test_its_run_replays_from_the_journal_by_the_command_the_report_names(repo: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    found = await played(repo, out, "spec.md", serving(clamp_script()))
    assert found["facts"]["replay"] == "cosplay-action run spec.md --replay journal.jsonl"
    done = await cli("spec.md", "--replay", out / "journal.jsonl", "--out", again, cwd=repo)
    assert done.code == 0, done.err
    assert tree(again) == tree(out)


async def test_a_program_is_made_with_its_data_and_a_runner(repo: Path, tmp_path: Path) -> None:
    before, out = tree(repo), tmp_path / "out"
    found = await played(repo, out, "program.md", chatting(adder))
    assert (found["target"], found["status"]) == ("adder.py", "chosen")
    assert found["landing"]["check"].endswith("passed") or found["landing"]["notes"]
    assert tree(repo) == before
    assert {"test_adder.py", "data/01.in", "data/01.out", "report.html"} <= set(tree(out))
    git(repo, "apply", "--index", out / "patch.diff")
    command = [sys.executable, "adder.py"]
    done = subprocess.run(command, cwd=repo, input="20\n22\n", capture_output=True, text=True, check=True)
    assert done.stdout == "42\n"
    assert " passed" in pytest_says(repo)
    assert "failed" not in pytest_says(repo)


async def test_a_program_replays_to_the_same_bytes(repo: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    await played(repo, out, "program.md", chatting(adder))
    done = await cli("program.md", "--replay", out / "journal.jsonl", "--out", again, cwd=repo)
    assert done.code == 0, done.err
    assert tree(again) == tree(out)


@pytest.mark.skipif(bool(trouble("B")), reason="needs level B")
async def test_where_no_process_may_start_a_programs_tests_ship_and_the_report_says_so(
    repo: Path, tmp_path: Path
) -> None:
    found = await played(repo, tmp_path / "out", "program.md", chatting(adder), "--sandbox", "landlock")
    assert found["landing"]["check"] == ""
    assert any("it starts processes" in note for note in found["landing"]["notes"])
    assert found["landing"]["test_path"]


async def test_apply_writes_what_the_spec_asked_for(repo: Path, tmp_path: Path) -> None:
    await played(repo, tmp_path / "out", "spec.md", serving(clamp_script()), "--apply")
    assert (repo / "bounds.py").exists()
    assert " passed" in pytest_says(repo)


async def test_a_spec_with_several_faults_costs_nothing_and_lists_them(repo: Path, tmp_path: Path) -> None:
    (repo / "spec.md").write_text(FUNCTION.replace("bounds.py", "../bounds.py").replace("clamp(2, 3)", "clamps(2, 3)"))
    async with endpoint(serving(clamp_script())) as model:
        done = await cli("spec.md", *model.flags, "--out", tmp_path / "out", cwd=repo)
        assert (done.code, model.calls) == (2, [])
    assert "../bounds.py" in done.err
    assert "clamps" in done.err
    assert not (tmp_path / "out").exists()


def two_specs(repo: Path) -> StubScript:
    """Two specs of one new file of a new package; the script of the second."""
    (repo / "pkg").mkdir()
    (repo / "pkg" / "__init__.py").write_text("")
    for name, function in (("one.md", "clamp"), ("two.md", "clamp2")):
        (repo / name).write_text(FUNCTION.replace("bounds.py", "pkg/deep/bounds.py").replace("clamp(", f"{function}("))
    git(repo, "add", "--all")
    script = clamp_script()
    return StubScript(
        truth={text.replace("clamp", "clamp2"): value for text, value in script.truth.items()},
        right=tuple(text.replace("clamp", "clamp2") for text in script.right),
    )


async def test_two_specs_may_be_about_one_new_file_of_a_new_package(repo: Path, tmp_path: Path) -> None:
    both = serving(("`clamp2`", two_specs(repo)), ("`clamp`", clamp_script()))
    async with endpoint(both) as model:
        done = await cli("one.md", "two.md", *model.flags, *SMALL, "--out", tmp_path / "out", cwd=repo)
    assert done.code == 0, done.err
    for patch in (tmp_path / "out").glob("*/patch.diff"):
        git(repo, "apply", "--check", patch)
        assert ("def clamp(" in patch.read_text()) != ("def clamp2(" in patch.read_text())
    git(repo, "apply", "--index", tmp_path / "out" / "combined.diff")
    text = (repo / "pkg/deep/bounds.py").read_text()
    assert "def clamp(" in text
    assert "def clamp2(" in text
    assert (repo / "pkg/deep/__init__.py").exists()
    assert "failed" not in pytest_says(repo)


async def test_of_two_specs_of_one_new_file_the_one_without_consensus_leaves_nothing(
    repo: Path, tmp_path: Path
) -> None:
    second, wrong = (
        two_specs(repo),
        StubScript(truth=dict.fromkeys(clamp_script().truth, "-1"), right=clamp_script().right),
    )
    (repo / "one.md").write_text((repo / "one.md").read_text().partition("### Examples")[0])
    before = tree(repo)
    async with endpoint(serving(("`clamp2`", second), ("`clamp`", wrong))) as model:
        done = await cli("one.md", "two.md", *model.flags, *SMALL, "--apply", "--out", tmp_path / "out", cwd=repo)
    assert done.code == 1, done.err
    (alone,) = (tmp_path / "out").glob("*/patch.diff")
    assert alone.read_bytes() == (tmp_path / "out" / "combined.diff").read_bytes()
    assert "def clamp(" not in (repo / "pkg/deep/bounds.py").read_text()
    changed = {name for name, data in tree(repo).items() if data != before.get(name)}
    assert {name for name in changed if "test" not in name} == {"pkg/deep/bounds.py", "pkg/deep/__init__.py"}
    assert " passed" in pytest_says(repo)
    assert "failed" not in pytest_says(repo)


async def test_a_spec_that_landed_is_told_to_have_landed_and_costs_nothing(repo: Path, tmp_path: Path) -> None:
    found = await played(repo, tmp_path / "out", "spec.md", serving(clamp_script()), "--apply")
    async with endpoint(serving(clamp_script())) as model:
        done = await cli("spec.md", *model.flags, "--out", tmp_path / "again", cwd=repo)
        assert (done.code, model.calls) == (2, [])
    assert f"this very spec landed, with its tests in {found['landing']['test_path']}" in done.err


async def test_a_program_that_landed_is_verified(repo: Path, tmp_path: Path) -> None:
    await played(repo, tmp_path / "out", "program.md", chatting(adder), "--apply")
    git(repo, "add", "--all")
    verify = [sys.executable, "-m", "cosplay_action", "verify", "--python", sys.executable]

    def verified() -> subprocess.CompletedProcess[str]:
        return subprocess.run(verify, cwd=repo, env=environment(), capture_output=True, text=True, check=False)

    assert verified().returncode == 0, verified().stdout
    if not trouble("A"):
        (repo / "adder.py").write_text("print(0)\n")
        assert verified().returncode == 1
    (repo / "adder.py").unlink()
    assert "adder.py is gone" in verified().stdout
