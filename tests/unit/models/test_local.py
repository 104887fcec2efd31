"""The embedded model: what can be said without weights, and, where the small model is in the cache, the real thing."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cosplay_action.errors import ServiceError, UsageError
from cosplay_action.models.local import LocalModel, LocalServer
from cosplay_action.models.pins import PINNED
from cosplay_action.models.weights import cache_directory
from tests.support.wire import ask

SMALL = cache_directory(os.environ) / PINNED["0.5b"].filename
needs_runtime = pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed")
needs_weights = pytest.mark.skipif(not SMALL.is_file(), reason="the 0.5B weights are not in the cache")


def local(model: str) -> LocalModel:
    return LocalModel(model, environ=os.environ, say=pytest.fail, progress=lambda *_: pytest.fail("downloading"))


def test_a_model_that_does_not_exist_is_refused_before_anything_starts() -> None:
    with pytest.raises(UsageError, match="'9b'"):
        local("local:9b")


def test_the_package_imports_where_llama_cpp_is_missing() -> None:
    code = (
        "import sys; sys.modules['xllamacpp'] = None\n"
        "from cosplay_action.models.local import require_runtime\n"
        "require_runtime()\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert "UsageError: The embedded model needs llama.cpp" in run.stderr
    assert "pip install 'cosplay-action[local]'" in run.stderr


@needs_runtime
async def test_a_file_llama_cpp_cannot_load_is_a_service_error_and_the_terminal_stays_quiet(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ServiceError, match=r"broken\.gguf: gguf.*version"):
        await LocalServer(path, environ=os.environ).start()
    assert capfd.readouterr() == ("", "")


async def test_an_address_is_there_only_while_the_server_runs() -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        _ = LocalServer(Path("x.gguf"), environ={}).base_url


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def small() -> AsyncIterator[LocalModel]:
    model = local("local:0.5b")
    yield model
    await model.aclose()


@needs_runtime
@needs_weights
@pytest.mark.model
@pytest.mark.asyncio(loop_scope="module")
async def test_the_small_model_answers_from_its_cache_and_writes_nothing_to_the_terminal(
    small: LocalModel, capfd: pytest.CaptureFixture[str]
) -> None:
    question = ask("Say one word.", reply_tokens=8)
    first, second = await small.complete(question), await small.complete(question)
    assert first[0].text
    assert first[0].usage.input > 10
    assert second[0].usage.cached > 0, "the prompt's prefix is not read twice"
    assert capfd.readouterr() == ("", "")


@needs_runtime
@needs_weights
@pytest.mark.model
@pytest.mark.asyncio(loop_scope="module")
async def test_more_samples_and_questions_than_slots_are_all_answered(small: LocalModel) -> None:
    many = ask("Say one word.", samples=6, reply_tokens=4)
    spans = await asyncio.gather(
        small.complete(many), *(small.complete(ask(f"Say {k}.", reply_tokens=4)) for k in range(5))
    )
    assert [len(span) for span in spans] == [6, 1, 1, 1, 1, 1]
    assert {reply.status for span in spans for reply in span} <= {"ok", "truncated"}


@needs_runtime
@needs_weights
@pytest.mark.model
@pytest.mark.asyncio(loop_scope="module")
async def test_a_prompt_beyond_the_context_is_a_refused_reply(small: LocalModel) -> None:
    [reply] = await small.complete(ask("hi " * 6000))
    assert reply.status == "refused"
    assert "context" in reply.detail


@needs_runtime
@needs_weights
@pytest.mark.model
@pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), 9)"])
def test_the_server_ends_with_a_run_that_never_closes_it(end: str) -> None:
    code = (
        "import asyncio, os\n"
        "from cosplay_action.models.local import LocalModel\n"
        "from tests.support.wire import ask\n"
        "model = LocalModel('local:0.5b', environ=os.environ, say=print, progress=print)\n"
        "async def main():\n"
        "    await model.complete(ask('Say one word.', reply_tokens=1))\n"
        "    print(model._server.base_url, flush=True)\n"
        "    task = asyncio.create_task(model.complete(ask('Count to 1000.', reply_tokens=2000)))\n"
        "    await asyncio.sleep(0.2)\n"
        f"    {end}\n"
        "asyncio.run(main())\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    port = int(run.stdout.split(":")[2].split("/")[0])
    deadline = time.monotonic() + 20
    while _listening(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _listening(port)


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@needs_runtime
@needs_weights
@pytest.mark.model
async def test_a_server_that_dies_is_an_error_that_says_so() -> None:
    model = local("local:0.5b")
    await model.complete(ask(reply_tokens=1))
    assert model._server
    assert model._server._child
    model._server._child.kill()
    with pytest.raises(ServiceError, match="ended by itself"):
        await model.complete(ask())
    await model.aclose()
