"""How a run ends when it does not choose: no consensus, an endpoint that fails, budgets, another run's journal."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from cosplay_action.testing.loopback import Answer, Request
from tests.support.command import SMALL, TINY, artefacts, cli, endpoint, git, here, report, repository, tree
from tests.support.stub_script import CLAMP, StubScript, clamp_script, clamp_truth, seed_of, serving

TARGET = "clamp.py::clamp"
GOOD = serving(clamp_script())
TIE = StubScript(
    truth=clamp_truth(), vote_rate=0.0, rate=0.5,
    right=("def clamp(number, low, high=10):\n    return (number, 1)",),
    wrong=("def clamp(number, low, high=10):\n    return (number, 2)",),
)  # fmt: skip


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repository", {"clamp.py": CLAMP})


def failing(status: int, code: str, after: int = 0) -> object:
    """A handler that serves the good script for ``after`` calls, then fails."""
    served = []

    def handle(request: Request) -> Answer:
        if len(served) < after:
            served.append(request)
            found = GOOD(request)
            assert isinstance(found, Answer)
            return found
        error = {"message": f"said the server: {code}", "type": code, "code": code, "param": None}
        return Answer(status=status, body={"error": error})

    return handle


async def test_candidates_that_pass_nothing_are_no_consensus_with_a_report_and_without_a_patch(
    repo: Path, tmp_path: Path
) -> None:
    before, out = tree(repo), tmp_path / "out"
    async with endpoint(serving(TIE)) as model:
        done = await cli(TARGET, *model.flags, *TINY, "--out", out, "--apply", cwd=repo)
    found = report(out)
    assert (done.code, found["status"], found["chosen"]) == (1, "no-consensus", None), done.err
    assert found["reason"] == "no candidate passes any valid test"
    assert set(tree(out)) == {"journal.jsonl", "pr-body.md", "report.html", "report.json", "summary.md"}
    assert tree(repo) == before
    assert found["reason"] in " ".join(done.out.split())


async def test_clusters_of_equal_size_choose_nothing_and_ask_the_author_of_the_spec(repo: Path, tmp_path: Path) -> None:
    """Two ways to read the statement, two candidates each, and no test that tells them apart."""
    script = StubScript(
        truth={f"clamp({n}, 0)": str(n) for n in range(4)} | {f"clamp({n}, 0)": "20" for n in range(20, 40)},
        right=("def clamp(number, low, high=10):\n    return number if number < 20 else 20",),
        wrong=("def clamp(number, low, high=10):\n    return number if number < 20 else 20 + number % 2",), rate=0.5,
    )  # fmt: skip
    serve, turn = serving(script), []

    def handle(request: Request) -> object:
        if b"Write the complete implementation" not in request.body:
            return serve(request)
        turn.append(seed_of(request))
        pool = script.right if len(turn) % 2 else script.wrong
        return Answer(body={"choices": [{"index": 0, "message": {"content": f"```\n{pool[0]}\n```"}}]})

    numbers = ("--candidates", "2", "--tests", "2", "--rounds", "0", "--probes", "6", "--concurrency", "1")
    async with endpoint(handle) as model:  # type: ignore[arg-type]
        done = await cli(TARGET, *model.flags, *numbers, "--out", tmp_path / "out", cwd=repo)
    found = report(tmp_path / "out")
    assert (done.code, found["status"]) == (1, "no-consensus"), done.err
    assert [one["size"] for one in found["clusters"]] == [1, 1]
    assert "equal in size" in found["reason"]
    assert not (tmp_path / "out" / "patch.diff").exists()
    assert "A question to the author of the spec" in done.out


async def test_an_endpoint_that_nobody_listens_on_ends_with_4_at_once(repo: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = await cli(TARGET, "--model", "m", "--base-url", f"http://127.0.0.1:{port}/v1", "--out", tmp_path / "out",
                     cwd=repo)  # fmt: skip
    assert (done.code, done.out) == (4, "")
    assert "No answer from" in done.err
    assert "Check --base-url" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [(401, "invalid_api_key", "refused the key"), (429, "insufficient_quota", "quota is used up"),
     (404, "model_not_found", "No model 'm' here")],
)  # fmt: skip
async def test_what_only_an_operator_can_mend_ends_with_4_and_the_cure(
    repo: Path, tmp_path: Path, status: int, code: str, told: str
) -> None:
    async with endpoint(failing(status, code)) as model:  # type: ignore[arg-type]
        done = await cli(TARGET, *model.flags, "--out", tmp_path / "out", cwd=repo)
    assert (done.code, done.out) == (4, "")
    assert told in done.err
    assert "Traceback" not in done.err


async def test_a_quota_that_ends_halfway_keeps_what_was_paid_and_the_run_goes_on_when_there_is_more(
    repo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    async with endpoint(failing(429, "insufficient_quota", after=7)) as model:  # type: ignore[arg-type]
        first = await cli(TARGET, *model.flags, *TINY, "--concurrency", "1", "--out", out, cwd=repo)
    assert first.code == 4
    assert set(tree(out)) == {"journal.jsonl"}
    async with endpoint(GOOD) as model:
        assert await here(TARGET, *model.flags, *TINY, "--out", out, cwd=repo) == 0
        asked = len(model.calls)
    assert asked == sum(one["replies"] for one in report(out)["costs"]["stages"]) - 7


async def test_what_was_lost_when_a_run_ended_counts_in_the_budget_of_the_next(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with endpoint(lambda request: Answer(body=b'{"choices": [')) as model:
        first = await cli(TARGET, *model.flags, *TINY, "--concurrency", "1", "--out", out, cwd=repo)
    assert first.code == 4
    records = [json.loads(line) for line in (out / "journal.jsonl").read_bytes().splitlines()]
    (lost,) = [one["value"] for one in records if one["t"] == "fact" and one["name"] == "lost"]
    assert min(lost) > 0
    async with endpoint(GOOD) as model:
        await cli(TARGET, *model.flags, *TINY, "--budget-tokens", str(sum(lost)), "--out", out, cwd=repo)
        assert model.calls == []
        assert await here(TARGET, *model.flags, *TINY, "--out", out, cwd=repo) == 0
        assert await here(TARGET, *model.flags, *TINY, "--out", tmp_path / "quiet", cwd=repo) == 0
    costs = [
        [(one["stage"], one["replies"], one["input_tokens"], one["output_tokens"]) for one in found["costs"]["stages"]]
        for found in (report(out), report(tmp_path / "quiet"))
    ]
    assert costs[0] == costs[1], "evidence is of replies"
    assert await here(TARGET, "--replay", out / "journal.jsonl", "--out", tmp_path / "again", cwd=repo) == 0
    assert artefacts(tmp_path / "again") == artefacts(out)


async def test_a_directory_with_another_runs_journal_is_refused_and_kept(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with endpoint(GOOD) as model:
        assert await here(TARGET, *model.flags, *TINY, "--out", out, cwd=repo) == 0
        before, asked = tree(out), len(model.calls)
        done = await cli(TARGET, *model.flags, *TINY, "--seed", "1", "--out", out, cwd=repo)
        assert len(model.calls) == asked
    assert (done.code, done.out) == (2, "")
    assert "this directory holds another run (seed differ)" in done.err
    assert tree(out) == before


# -- budgets ----------------------------------------------------------------------------------------------------------


async def test_a_budget_of_calls_is_never_exceeded_and_what_is_best_by_then_is_chosen(
    repo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    async with endpoint(serving(clamp_script(vote_rate=0.3))) as model:
        words = (*SMALL, "--rounds", "5", "--budget-calls", "60", "--out", out)
        code = await here(TARGET, *model.flags, *words, cwd=repo)
        paid = sum(n if isinstance(n := one.field("n"), int) else 1 for one in model.calls)
        found, asked = report(out), len(model.calls)
        assert found["status"] == "budget-exceeded"
        assert 60 * 0.85 - 4 <= paid <= 60
        again = await here(TARGET, *model.flags, *words, cwd=repo)
        assert len(model.calls) == asked, "a spent budget is spent: the same command again asks nothing"
    assert code == again == (0 if found["chosen"] else 1)
    assert report(out) == found
    assert (out / "patch.diff").exists() == (found["chosen"] is not None)


async def test_a_budget_of_tokens_is_overspent_by_the_last_call_at_most(repo: Path, tmp_path: Path) -> None:
    async with endpoint(GOOD) as model:  # each call costs 10 tokens and 2 for each of its choices
        words = (*SMALL, "--budget-tokens", "200", "--out", tmp_path / "out")
        await here(TARGET, *model.flags, *words, cwd=repo)
    found = report(tmp_path / "out")
    total = found["costs"]["total"]
    assert found["status"] == "budget-exceeded"
    assert 170 <= total["input_tokens"] + total["output_tokens"] <= 200 + 18


async def test_a_larger_budget_takes_up_the_run_where_the_smaller_one_ended_it(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with endpoint(GOOD) as model:
        await here(TARGET, *model.flags, *TINY, "--budget-calls", "9", "--out", out, cwd=repo)
        assert report(out)["status"] == "budget-exceeded"
        code = await here(TARGET, *model.flags, *TINY, "--out", out, cwd=repo)
        assert len(model.questions()) == len(set(model.questions())), "nothing is paid twice"
        assert (code, report(out)["status"]) == (0, "chosen")
        assert await here(TARGET, *model.flags, *TINY, "--out", tmp_path / "whole", cwd=repo) == 0
    same = [{n: d for n, d in artefacts(o).items() if n.endswith((".diff", ".py"))} for o in (out, tmp_path / "whole")]
    assert same[0] == same[1] != {}


async def test_a_repository_may_lower_a_budget_and_not_raise_one(repo: Path, tmp_path: Path) -> None:
    (repo / "pyproject.toml").write_text("[tool.cosplay]\nbudget-calls = 8\n")
    git(repo, "add", "--all")
    async with endpoint(GOOD) as model:
        words = (*TINY, "--budget-calls", "500", "--out", tmp_path / "out")
        await here(TARGET, *model.flags, *words, cwd=repo)
        assert report(tmp_path / "out")["status"] == "budget-exceeded"
        assert len(model.calls) <= 8
