"""The embedded model: llama.cpp's own OpenAI-compatible server on a loopback port, and the ``Model`` on top of it.

``LocalServer`` is that server (the ``xllamacpp`` package) in a child process, so that loading blocks nobody, a crash
of native code is an error message, and leaving is a matter of closing a pipe: inside this process the server's
threads were seen to keep the interpreter from ending. ``LocalModel`` finds the weights, starts the server at the
first question and speaks to it as to any other endpoint.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cosplay_action.errors import ServiceError, UsageError
from cosplay_action.method.ports import Arrived, Ask, Reply, Usage
from cosplay_action.models.weights import Weights, ensure, which

if TYPE_CHECKING:
    from cosplay_action.models.openai import OpenAIModel

SLOTS = 4  # sequences decoded together
CONTEXT = 4096  # tokens a slot: prompt and reply
PROMPT_CACHE = 512  # MiB of prompt states that no slot holds any more
# GNU OpenMP's threads wait for each other by spinning, by default for milliseconds. When anything else wants a core
# (the sandbox does), each waits for one that is not running: we measured 5 tokens a second instead of 26. A short
# spin costs nothing on an idle machine.
SHORT_SPIN = {"GOMP_SPINCOUNT": "1000"}
SERVE = Path(__file__).with_name("serve.py")


class LocalServer:
    """llama.cpp serving one file to this process alone (loopback, a free port, a random key).

    ``slots`` requests are decoded together, each within ``context`` tokens. The model's threads are the cores this
    process may use. The server ends with ``aclose``, or with this process, however that ends.
    """

    def __init__(self, path: Path, *, environ: Mapping[str, str], slots: int = SLOTS, context: int = CONTEXT) -> None:
        self.path, self.slots, self.context = path, slots, context
        self.api_key = secrets.token_urlsafe(24)
        self._environ = environ
        self._child: asyncio.subprocess.Process | None = None
        self._address = ""

    @property
    def base_url(self) -> str:
        """The address of the API. Only while the server runs."""
        if not self._address:
            raise RuntimeError("the server does not run")
        return f"{self._address}/v1"

    @property
    def exit_code(self) -> int | None:
        """How the server ended by itself (negative: the signal); None while it runs."""
        return self._child.returncode if self._child else None

    async def start(self) -> None:
        """Load the model and serve. Raises UsageError without xllamacpp, ServiceError if llama.cpp declines."""
        require_runtime()
        with tempfile.TemporaryFile() as errors:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-P", str(SERVE), env={**SHORT_SPIN, **self._environ},
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
            )  # fmt: skip
            try:
                self._address = await self._greet(self._child)
            finally:
                if not self._address:
                    await self.aclose()
            if not self._address:
                raise ServiceError(f"llama.cpp could not load {self.path.name}: {_first_error(errors)}", _LOAD_CURE)

    async def aclose(self) -> None:
        """End the server; requests in flight are dropped."""
        child, self._child, self._address = self._child, None, ""
        if child and child.stdin:
            child.stdin.close()  # which ends it, unless it is still loading
            if child.returncode is None:
                child.kill()
            await child.wait()

    async def _greet(self, child: asyncio.subprocess.Process) -> str:
        """Hand over the settings and return the address; an empty one when the child could not serve."""
        assert child.stdin
        assert child.stdout
        settings = {
            "path": str(self.path), "key": self.api_key, "slots": self.slots, "context": self.context,
            "threads": _cores(), "prompt_cache": PROMPT_CACHE,
        }  # fmt: skip
        child.stdin.write(json.dumps(settings).encode() + b"\n")
        line = await child.stdout.readline()  # empty when the child died
        return str(json.loads(line).get("address", "")) if line else ""


_LOAD_CURE = "Check that the file is a chat model in GGUF format and that there is memory for it, or try local:0.5b."


_CRASH_CURE = "Most likely memory ran out: free some, or use local:0.5b. Running again resumes from the journal."


class LocalModel:
    """The embedded model as a ``Model``. Nothing is downloaded, loaded or started before it is needed.

    ``model`` is what ``--model`` said (``local``, ``local:0.5b``, ``local:PATH``). ``slots`` (default 4) is
    also the sensible concurrency. ``say`` and ``progress`` are told about a download (see ``weights.ensure``).
    """

    def __init__(
        self,
        model: str = "local",
        *,
        environ: Mapping[str, str],
        say: Callable[[str], None],
        progress: Callable[[int, int], None],
        slots: int | None = None,
    ) -> None:
        self.slots = slots or SLOTS
        self._wanted = which(model)
        self._environ, self._say, self._progress = environ, say, progress
        self._lock = asyncio.Lock()
        self._weights: Weights | None = None
        self._server: LocalServer | None = None
        self._client: OpenAIModel | None = None

    async def weights(self) -> Weights:
        """The verified file, downloaded if need be. Raises UsageError and ServiceError (see ``weights.ensure``)."""
        require_runtime()  # before a download of a gigabyte, not after it
        if self._weights is None:
            self._weights = await ensure(self._wanted, environ=self._environ, say=self._say, progress=self._progress)
        return self._weights

    @property
    def portion(self) -> int:
        """See ``places.Requesting``: llama.cpp takes no larger ``n`` than it has slots."""
        return self.slots

    def places(self, samples: int) -> int:
        """See ``places.Requesting``: the samples of one request are decoded in a slot each."""
        return samples

    def take_lost(self) -> Usage:
        """See ``vain.Losing``."""
        return self._client.take_lost() if self._client else Usage()

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        """As ``Model.complete``; the first call starts the server."""
        async with self._lock:
            client = self._client or await self._start()
        try:
            return await client.complete(ask, arrived)
        except ServiceError:
            code = self._server.exit_code if self._server else None
            if code is None:
                raise
            raise ServiceError(
                f"The embedded model's server ended by itself (exit code {code}).", _CRASH_CURE
            ) from None

    async def aclose(self) -> None:
        """End the server. The model may be asked again; it then starts anew."""
        client, server = self._client, self._server
        self._client = self._server = None
        if client:
            await client.aclose()
        if server:
            await server.aclose()

    async def _start(self) -> OpenAIModel:
        from cosplay_action.models.openai import OpenAIModel

        weights = await self.weights()
        server = LocalServer(weights.path, environ=self._environ, slots=self.slots)
        await server.start()
        self._server = server
        self._client = OpenAIModel(
            model=weights.name,
            base_url=server.base_url,
            api_key=server.api_key,
            concurrency=self.slots,
            most_choices=self.portion,
            retries=1,  # our own server is never overloaded: it serves or it died
        )
        return self._client


def require_runtime() -> None:
    """Raise UsageError unless llama.cpp is installed."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise UsageError(
            "The embedded model needs llama.cpp, which is not installed.",
            "Install it with: pip install 'cosplay-action[local]'",
        )


def _first_error(log: IO[bytes]) -> str:
    """The first error llama.cpp logged, which is the cause of all others (``0.00.003 E gguf_init: bad version``)."""
    log.seek(0)
    found = re.search(r" E (.+)", log.read().decode("utf-8", "replace"))
    return found[1].strip()[:300] if found else "it gave no reason"


def _cores() -> int:
    """The cores this process may use (containers and CI runners often give fewer than there are)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
