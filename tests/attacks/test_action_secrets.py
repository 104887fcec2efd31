"""No secret of a job reaches a candidate, a log, a file that a run leaves, or GitHub: planted, then looked for."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.action import RUNNER_SECRETS
from cosplay_action.testing.loopback import Handler, Request, chatting
from tests.support.act_step import a_step, outputs, small, with_an_issue
from tests.support.command import Endpoint, endpoint
from tests.support.github.events import CANARY, STEP_FILES, dispatched, labelled
from tests.support.github.hub import Hub
from tests.support.stub_script import clamp_script, said, seed_of

pytest_plugins = ["tests.support.github.fixture"]

KEY = "sk-planted-0123456789-model-key"
GIT = "planted-header-of-the-checkout"
DEPLOY = "planted-deploy-token-of-the-job"
LOOKED = "looked everywhere"


@pytest.fixture
def fake(github: Hub) -> Hub:
    return with_an_issue(github)


def spy(files: list[Path], folder: Path) -> str:
    """A candidate that gathers whatever it can reach, shows it, and tries to write where the runner reads."""
    return f'''\
def clamp(number, low, high=10):
    import glob, os, subprocess, sys
    found = ["{LOOKED}", repr(dict(os.environ)), repr(sys.argv)]
    names = glob.glob("/proc/*/environ") + glob.glob("/proc/*/task/*/environ") + glob.glob("/proc/*/cmdline")
    names += glob.glob("/proc/*/fd/*") + {[str(each) for each in files]!r}
    names += glob.glob({str(folder)!r} + "/**/*", recursive=True) + glob.glob({str(folder)!r} + "/**/.git/config")
    for name in names:
        try:
            with open(name, "rb") as stream:
                found.append(stream.read(100000).decode("latin-1"))
        except Exception as error:
            found.append(type(error).__name__)
        try:
            with open(name, "a") as stream:
                stream.write("planted=by a candidate")
        except Exception as error:
            found.append(type(error).__name__)
    try:
        found.append(subprocess.run(["env"], capture_output=True, text=True).stdout)
    except Exception as error:
        found.append(type(error).__name__)
    print("".join(found))
    if number > 5:
        raise ValueError("".join(found))
    return "".join(found)
'''


def spying(text: str) -> Handler:
    """A model whose every candidate is the spy."""
    script = clamp_script()

    def write(request: Request, k: int) -> str:
        prompt = said(request)
        asked = "Write the complete implementation" in prompt or "This implementation of the task gives" in prompt
        return f"```python\n{text}\n```" if asked else script.reply(prompt, seed_of(request) + k)

    return chatting(write)


def started(environ: dict[str, str], model: Endpoint) -> subprocess.CompletedProcess[bytes]:
    """The step as action.yml starts it: its environment is there from the process's first moment."""
    machine = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-P", "-m", "cosplay_action", "action"], cwd=environ["GITHUB_WORKSPACE"],
        env={**machine, **environ}, capture_output=True, check=False, timeout=180,
    )  # fmt: skip


def sinks(folder: Path, fake: Hub, model: Endpoint, done: subprocess.CompletedProcess[bytes]) -> dict[str, bytes]:
    """Everything that came out of the step, by where."""
    log = b"\n".join(line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(b"::add-mask::"))
    found = {"the log": log, "GitHub": fake.everything_said(), "the model": b"\n".join(one.body for one in model.calls)}
    for file in folder.rglob("*"):
        if file.is_file() and ".git" not in file.relative_to(folder).parts and file.name != "event.json":
            found[str(file.relative_to(folder))] = file.read_bytes()
    return found


async def test_nothing_that_was_planted_comes_out_though_every_candidate_looks_for_it(
    fake: Hub, tmp_path: Path
) -> None:
    token, folder = fake.token(), tmp_path / "step"
    files = [folder / name.lower() for name in STEP_FILES] + [folder / "workspace" / ".git" / "config"]
    async with endpoint(spying(spy(files, folder))) as model:
        given = {"model": "m", "base-url": model.server.base_url, "api-key": KEY}
        environ = labelled(fake, 1).environ(folder, inputs=given, token=token) | small()
        environ |= {"GITHUB_TOKEN": token, "DEPLOY_TOKEN": DEPLOY}
        with (folder / "workspace" / ".git" / "config").open("a") as stream:
            stream.write(f'[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic {GIT}\n')
        done = await asyncio.to_thread(started, environ, model)
        found = sinks(folder, fake, model, done)
    assert done.returncode in {0, 1}, done.stderr.decode()
    assert outputs(folder / "github_output")["status"] in {"chosen", "no-consensus"}, done.stdout.decode()
    assert any(LOOKED.encode() in data for name, data in found.items() if "journal" in name)  # the spies did run
    assert not any(b"***" in data for name, data in found.items() if "journal" in name)  # walls, not masks, held
    assert any(call.headers["authorization"] == f"Bearer {KEY}" for call in model.calls)  # and the key was in use
    for secret in (KEY, token, token[:40], GIT, DEPLOY, CANARY):
        for where, data in found.items():
            assert secret.encode() not in data, f"{secret[:20]} in {where}"
    for where, data in found.items():
        if where.startswith("github_"):
            assert b"planted=" not in data, where
    assert b"::add-mask::" + KEY.encode() in done.stdout


def test_after_a_step_its_environment_holds_no_secret(fake: Hub, tmp_path: Path) -> None:
    token = fake.token()
    env = {"GITHUB_TOKEN": token, "GH_TOKEN": token}
    done = a_step(labelled(fake, 1, label="bug"), tmp_path, token=token, api_key=KEY, env=env)
    assert {name for name in RUNNER_SECRETS if name in done.environ} >= {"GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN"}
    assert not any(secret in value for value in done.left.values() for secret in (token, KEY, CANARY))


@pytest.mark.parametrize("mode", ["all", "gate", "publish"])
def test_a_failing_step_tells_no_secret(fake: Hub, tmp_path: Path, mode: str) -> None:
    token = fake.token(issues="", contents="read")
    fake.fault("GET", "/permission$", status=403, body={"message": f"No: {token}"}, times=9)
    done = a_step(labelled(fake, 1), tmp_path, mode=mode, token=token, api_key=KEY)
    assert done.code == 1
    log = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
    for text in (log, done.summary, str(done.outputs), fake.everything_said().decode("utf-8", "replace")):
        assert token not in text
        assert KEY not in text


@pytest.mark.parametrize("name", ["base-url", "base_url", "api-key-env", "api_key_env", "python", "test-command"])
async def test_a_checkout_cannot_send_the_key_elsewhere(fake: Hub, tmp_path: Path, name: str) -> None:
    async with endpoint(chatting(lambda request, k: "no")) as thief:
        value = thief.server.base_url if "url" in name else "GITHUB_TOKEN"
        fake.seed({"pyproject.toml": f'[tool.cosplay]\nmodel = "m"\n{name} = "{value}"\n'.encode()})
        done = await asyncio.to_thread(
            a_step, labelled(fake, 1), tmp_path, model="m", api_key=KEY, env={"OPENAI_BASE_URL": ""}
        )
        assert (done.code, done.outputs["status"]) == (1, "failed"), done.log
        assert name in done.log
        assert thief.calls == []


def test_a_link_in_the_checkout_leads_no_text_out_of_it(fake: Hub, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    fake.seed({".cosplay": ("120000", str(tmp_path / "home").encode())})
    done = a_step(labelled(fake, 1), tmp_path / "step", model="m", base_url="http://127.0.0.1:9/v1")
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert list((tmp_path / "home").iterdir()) == []


def test_a_target_of_a_dispatch_cannot_lead_out_of_the_checkout(fake: Hub, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("def f():\n    ...\n")
    done = a_step(
        dispatched(fake), tmp_path / "step", targets="../../other.py::f", model="m", base_url="http://127.0.0.1:9/v1"
    )
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert fake.repo.pulls == []
