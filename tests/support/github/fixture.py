"""The fixture ``github``: a fake GitHub for one test. Name this module in ``pytest_plugins`` or import the fixture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.github.hub import Hub


@pytest.fixture
def github() -> Iterator[Hub]:
    """A Hub with one commit; at the test's end it raises surprises and violations of GitHub's description."""
    with Hub() as hub:
        hub.seed({"README.md": b"# Fields\n"})
        yield hub
    hub.check()
