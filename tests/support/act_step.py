"""The Action's step in this process: a repository with a stub, a fake GitHub, a scripted model."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cosplay_action.action import act, finish
from tests.support.command import TINY, Endpoint
from tests.support.github.events import Event
from tests.support.github.hub import Hub
from tests.support.stub_script import CLAMP

PATH = "src/bounds/clamp.py"
TARGET = f"{PATH}::clamp"
FILES = {
    PATH: CLAMP.encode(),
    "pyproject.toml": b'[tool.pytest.ini_options]\npythonpath = ["src"]\ntestpaths = ["tests"]\n',
    "tests/test_nothing.py": b"def test_nothing():\n    pass\n",
}
BODY = f"""### Target

{TARGET}

### Signature

def clamp(number: int, low: int, high: int = 10) -> int

### Behaviour

Return `number`, or the bound that it lies beyond.

Raises ValueError when `low` is above `high`.

### Examples

```
clamp(5, 0) -> 5
```
"""


def small() -> dict[str, str]:
    """The numbers of a tiny run, as a workflow's environment sets them."""
    pairs = zip(TINY[::2], TINY[1::2], strict=True)
    return {f"COSPLAY_{flag.removeprefix('--').replace('-', '_').upper()}": value for flag, value in pairs}


@dataclass(frozen=True)
class Stepped:
    """What one step left: its exit code, its log, its outputs and its summary."""

    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str
    environ: Mapping[str, str] = field(repr=False)
    left: Mapping[str, str] = field(repr=False)  # what the environment holds afterwards


def outputs(file: Path) -> dict[str, str]:
    """The outputs that a runner would read."""
    found = re.finditer(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", file.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return {match[1]: match[3] for match in found}


def a_step(
    event: Event, folder: Path, *, model: Endpoint | str | None = None, finishing: bool = False,
    workspace: Path | None = None, token: str = "", env: Mapping[str, str] | None = None, **inputs: str,
) -> Stepped:  # fmt: skip
    """Run one step of a job to its end; inputs by their names with ``_`` for ``-``."""
    said = {name.replace("_", "-"): value for name, value in inputs.items()}
    if isinstance(model, str):
        said["model"] = model
    elif model is not None:
        said = {"model": "m", "base-url": model.server.base_url, **said}
    token = token or event.hub.token()
    environ = event.environ(folder, inputs=said, token=token, workspace=workspace) | small() | dict(env or {})
    log = io.StringIO()
    given = dict(environ)
    code = finish(given, log, pace=0) if finishing else act(given, log, pace=0)
    summary = Path(environ["GITHUB_STEP_SUMMARY"])
    return Stepped(
        code, log.getvalue(), outputs(Path(environ["GITHUB_OUTPUT"])),
        summary.read_text("utf-8") if summary.exists() else "", environ, given,
    )  # fmt: skip


async def step(event: Event, folder: Path, **more: object) -> Stepped:
    """The same from a test that serves a model in its loop."""
    return await asyncio.to_thread(a_step, event, folder, **more)  # type: ignore[arg-type]


def seeded(hub: Hub) -> Hub:
    """The hub with the stub's repository as its main branch."""
    hub.seed(FILES)
    return hub


def with_an_issue(hub: Hub) -> Hub:
    """The same, with the label and issue #1, which asks for the stub; written long before anybody sets the label."""
    seeded(hub)
    hub.repo.label("cosplay").description = "Asks for a run"
    hub.issue("Clamp", BODY)
    hub.repo.tick(1000)
    return hub


def the_comment(hub: Hub) -> str:
    """The text of the one comment that there is."""
    (comment,) = hub.repo.comments.values()
    return comment.body
