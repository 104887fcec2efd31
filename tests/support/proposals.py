"""What hub-level tests start from: our side of a fake repository, and a change to propose there."""

from __future__ import annotations

from dataclasses import replace

from cosplay_action.github.branch import FileEdit, Proposal
from cosplay_action.github.client import Client
from cosplay_action.github.hub import Hub
from tests.support.github.hub import Hub as Fake

OLD, NEW = b"def twice(x):\n    ...\n", b"def twice(x):\n    return 2 * x\n"
PATH, TEST = "src/twice.py", "tests/test_twice.py"
BRANCH = "cosplay/issue-1"


def client_of(fake: Fake, token: str = "", waits: list[float] | None = None) -> Client:
    """A client that never sleeps: how long it would have waited goes to ``waits``."""
    return Client(fake.api_url, token or fake.token(), 0, [].append if waits is None else waits.append)


def hub_of(fake: Fake, token: str = "", waits: list[float] | None = None) -> Hub:
    return Hub(fake.full_name, client_of(fake, token, waits))


def seeded(fake: Fake) -> Fake:
    """The stub on the main branch, and an issue that asks for it."""
    fake.seed({PATH: OLD, "README.md": b"# Twice\n"})
    fake.issue("Twice", "Please.")
    fake.repo.label("cosplay").description = "Asks for a run"
    return fake


def proposal(*, old: bytes | None = OLD, new: bytes = NEW, **changes: object) -> Proposal:
    """The stub's implementation with a test, for issue 1."""
    base = Proposal(
        about="issue-1", branch=BRANCH, base="main", message="Implement twice", title="Implement twice",
        edits={PATH: FileEdit(old=old, new=new), TEST: FileEdit(old=None, new=b"def test_twice():\n    pass\n")},
        body="The evidence.\n\nCloses #1", draft=False, label="cosplay",
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]
