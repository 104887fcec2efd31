"""The command line of the evaluation: pilot, play, tables, against a server on the loopback."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from cosplay_action.testing.loopback import LoopbackServer, Request, chatting
from tests.support.sandboxes import trouble
from tests.support.stub_script import StubScript, said, seed_of

ROOT = Path(__file__).parents[3]
NUMBERS = (0, 1, 2, 3, 5, 8, 13, 21)


def script(name: str) -> StubScript:
    return StubScript(
        truth={f"{name}({n})": str(2 * n) for n in NUMBERS},
        right=(f"def {name}(number: int) -> int:\n    return number * 2",),
        wrong=(f"def {name}(number: int) -> int:\n    return number + 2",),
        rate=0.6,
        vote_rate=0.9,
    )


def write(request: Request, k: int) -> str:
    prompt, seed = said(request), seed_of(request) + k
    name = "double" if "`double`" in prompt else "twofold"
    if "Write one test for the task" in prompt:
        number = NUMBERS[seed % len(NUMBERS)]
        return f"assert {name}({number}) == {2 * number}"
    return script(name).reply(prompt, seed)


async def command(*words: str, where: Path) -> str:
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.evaluation", *words, cwd=where,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await done.communicate()
    assert done.returncode == 0, errors.decode()
    return out.decode()


async def test_from_the_choice_of_problems_to_the_tables(data: Path, tmp_path: Path) -> None:
    if trouble("A") and trouble("B"):
        pytest.skip(trouble("B"))
    recorded = tmp_path / "recorded"
    async with LoopbackServer(chatting(write)) as server:
        common = (str(data), "--model", "m", "--base-url", server.base_url, "--recorded", str(recorded), "--most", "2")
        looked = await command("pilot", *common, where=tmp_path)
        verdicts = json.loads((recorded / "m" / "humaneval" / "pilot.json").read_text())
        taken = [name for name, right in verdicts.items() if 0 < sum(right) < len(right)]
        assert f"{len(taken)} problems: {', '.join(taken)}" in looked
        assert taken
        played = await command("play", *common, where=tmp_path)
        assert all(f"{name}: standard " in played for name in taken)
        calls = len(server.calls)
        assert await command("play", *common, where=tmp_path)
        assert len(server.calls) == calls
    page = tmp_path / "page.md"
    page.write_text("<!-- tables -->\n<!-- /tables -->\n")
    shown = await command(
        "tables", "--recorded", str(recorded), "--write", str(page), "--plot", str(tmp_path), where=tmp_path
    )
    assert f"{len(taken)} problems" in shown
    assert shown.strip() in page.read_text()
    assert "<circle" in (tmp_path / "m-humaneval.svg").read_text()
