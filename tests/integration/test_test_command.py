"""``--test-command`` end to end: real repositories, a real pytest in the real jail, a scripted model."""

from __future__ import annotations

import sys
from pathlib import Path

import jsonschema

from tests.support import jails
from tests.support.command import TINY, artefacts, cli, endpoint, report, repository, tree
from tests.support.schema_doc import load_schema
from tests.support.stub_script import CLAMP, StubScript, clamp_script, serving

LISTS = [["a"], ["b", "c"], ["d", "e", "f"], [], ["x", "y"], ["hi", "you"], ["a", "b", "c", "d"], ["q"], ["z", "z"]]
GLUE = StubScript(
    truth={f"glue({w})": repr(" ".join(w)) for w in LISTS}, right=('def glue(words):\n    return " ".join(words)',)
)
SHOUT = StubScript(
    truth={f"shout({w})": repr(" ".join(w) + "!") for w in LISTS},
    right=('def shout(words):\n    return glue(words) + "!"',),
)
TARGET = "clamp.py::clamp"
GOOD = serving(clamp_script())
COMMAND = ("--test-command", f"{sys.executable} -m pytest -q")
OTHER = "def test_other():\n    assert open('data.txt').read() == 'data'\n"
STUB = "import pytest\nfrom clamp import clamp\ndef test_stub():\n    with pytest.raises(NotImplementedError):\n"
STUB += "        clamp(1, 2)\n"
FILES = {"clamp.py": CLAMP, "data.txt": "data", "tests/test_other.py": OTHER}


async def test_a_choice_that_breaks_nothing_lands_and_the_evidence_says_so(tmp_path: Path) -> None:
    jails.needed()
    repo, out = repository(tmp_path / "repository", FILES), tmp_path / "out"
    before = tree(repo)
    async with endpoint(GOOD) as model:
        done = await cli(TARGET, *model.flags, *TINY, *COMMAND, "--out", out, cwd=repo)
    assert done.code == 0, done.err
    assert tree(repo) == before
    found = report(out)["landing"]["regression"]
    assert (found["state"], found["baseline"]) == ("passed", "1 passed")
    assert found["tried"][0]["said"].endswith(" passed")
    assert "The repository's own tests, as they are" in done.err
    assert "Everything that passed before in the repository's own tests still does." in (out / "summary.md").read_text()
    jsonschema.Draft202012Validator(load_schema()).validate(report(out))


async def test_where_every_candidate_breaks_a_test_nothing_is_chosen(tmp_path: Path) -> None:
    jails.needed()
    repo, out = repository(tmp_path / "repository", {**FILES, "tests/test_stub.py": STUB}), tmp_path / "out"
    async with endpoint(GOOD) as model:
        done = await cli(TARGET, *model.flags, *TINY, *COMMAND, "--out", out, cwd=repo)
    assert done.code == 1, done.err
    seen = report(out)
    assert seen["status"] == "no-consensus"
    assert "tests.test_stub::test_stub" in seen["reason"]
    assert seen["landing"]["regression"]["state"] == "regressed"
    assert not (out / "patch.diff").exists()


async def test_the_next_candidate_lands_where_the_first_breaks_a_test(tmp_path: Path) -> None:
    """Two ways to write it are right; the repository has a rule against one of them."""
    jails.needed()
    rule = "import inspect, clamp\ndef test_rule():\n    assert 'max(' not in inspect.getsource(clamp)\n"
    repo, out = repository(tmp_path / "repository", {**FILES, "tests/test_rule.py": rule}), tmp_path / "out"
    async with endpoint(GOOD) as model:
        done = await cli(TARGET, *model.flags, *TINY, "--candidates", "8", *COMMAND, "--out", out, cwd=repo)
    assert done.code == 0, done.err
    seen = report(out)
    tried = seen["landing"]["regression"]["tried"]
    assert seen["landing"]["regression"]["state"] == "passed"
    assert len(tried) > 1, "the one chosen first broke it"
    assert "max(" not in seen["chosen"]["source"]
    assert tried[-1]["slot"] == seen["choice"]["slot"]
    assert all(one["lost"] == ["tests.test_rule::test_rule"] for one in tried[:-1])


async def test_the_tests_of_several_targets_see_the_choices_before(tmp_path: Path) -> None:
    jails.needed()
    module = 'def {name}(words: list[str]) -> str:\n    """{doc}"""\n    raise NotImplementedError\n'
    files = {
        "glue.py": module.format(name="glue", doc="Join the words with single spaces."),
        "shout.py": "from glue import glue\n\n\n"
        + module.format(name="shout", doc="Join the words with ``glue`` and end with an exclamation mark."),
        "tests/test_glue.py": "import glue\ndef test_glue():\n    assert glue.glue(['a', 'b']) == 'a b'\n",
    }
    repo, out = repository(tmp_path / "repository", files), tmp_path / "out"
    script = serving(("the function `glue` in", GLUE), ("the function `shout` in", SHOUT))
    async with endpoint(script) as model:
        targets = ("glue.py::glue", "shout.py::shout")
        done = await cli(*targets, *model.flags, *TINY, *COMMAND, "--out", out, cwd=repo)
    assert done.code == 0, done.err
    homes = {path.name.partition("-")[0]: path for path in out.iterdir() if path.is_dir()}
    found = {name: report(path)["landing"]["regression"] for name, path in homes.items()}
    assert found["glue"]["state"] == "unknown", "its only test needs what it shall write"
    assert found["glue"]["note"] == "no test passed before any candidate was in place"
    assert found["shout"]["state"] == "passed"
    assert found["shout"]["baseline"].startswith("4 passed"), "the first target's kept tests and its own one"


async def test_a_replay_gives_the_same_bytes_and_runs_nothing(tmp_path: Path) -> None:
    jails.needed()
    repo, first, second = repository(tmp_path / "repository", FILES), tmp_path / "first", tmp_path / "second"
    async with endpoint(GOOD) as model:
        played = await cli(TARGET, *model.flags, *TINY, *COMMAND, "--out", first, cwd=repo)
    assert played.code == 0, played.err
    (repo / "tests" / "test_other.py").write_text("assert 0\n")
    done = await cli(TARGET, "--replay", first / "journal.jsonl", "--out", second, cwd=repo)
    assert done.code == 0, done.err
    assert artefacts(second) == artefacts(first)
    assert "The repository's own tests, as they are" not in done.err


async def test_a_repository_cannot_say_which_command_is_run(tmp_path: Path) -> None:
    config = '[tool.cosplay]\ntest-command = "true"\n'
    repo = repository(tmp_path / "repository", {**FILES, "pyproject.toml": config})
    async with endpoint(GOOD) as model:
        done = await cli(TARGET, *model.flags, *TINY, cwd=repo)
    assert done.code == 2
    assert "test-command: may not be set by a repository" in done.err
