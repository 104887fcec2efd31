"""A test command without a jail: what it shows is worked out from the module that lies in the scratch copy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from cosplay_action.method.codec import Json
from cosplay_action.sandbox.streams import Finished
from cosplay_action.suite import Suite

Shows = Callable[[str], Finished]


def junit(**tests: bool) -> bytes:
    """A report of tests of the module ``tests.test_m``, by name, and whether each passed."""
    cases = (
        f'<testcase classname="tests.test_m" name="{name}">{"" if won else "<failure/>"}</testcase>'
        for name, won in tests.items()
    )
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>".encode()


def ran(code: int | None = None, *, why: str = "", **tests: bool) -> Finished:
    """The end of a pytest run with these tests; its exit code follows from them."""
    return Finished(code=None if why else int(not all(tests.values())) if code is None else code,
                    report=junit(**tests), why=why)  # fmt: skip


class FakeShell:
    """Shows what ``shows`` makes of the text of ``m.py``; ``runs`` are these texts, and the test files next to it."""

    def __init__(self, shows: Shows) -> None:
        self._shows = shows
        self.runs: list[tuple[str, list[str]]] = []

    async def command(self, source: Path, text: str, roots: Sequence[str], seconds: float) -> Finished:
        module = (source / "m.py").read_text()
        self.runs.append((module, sorted(path.name for path in source.glob("tests/*.py"))))
        return self._shows(module)

    async def jail(self) -> tuple[FakeShell | None, str]:
        return self, ""


def suite(shell: FakeShell, command: str = "pytest -q") -> Suite:
    return Suite(command=command, jail=shell.jail)


async def no_jail() -> tuple[None, str]:
    return None, "bubblewrap is not installed. Install it."


class Remembered:
    """Facts as a journal keeps them. ``strict``: an unknown one is an error, as in a replay."""

    def __init__(self, known: Mapping[tuple[str, str], Json] | None = None, *, strict: bool = False) -> None:
        self.known = dict(known or {})
        self.strict = strict

    async def fact(
        self, name: str, key: str, compute: Callable[[], Awaitable[Json]],
        still: Callable[[Json], Awaitable[bool]] | None = None,
    ) -> Json:  # fmt: skip
        if self.strict:
            return self.known[name, key]
        if (name, key) not in self.known or (still is not None and not await still(self.known[name, key])):
            self.known[name, key] = await compute()
        return self.known[name, key]


class PassingChecker:
    """Passes whatever test file it is given: one test of each name."""

    async def check(self, source: Path, arguments: Sequence[str], roots: Sequence[str], seconds: float) -> Finished:
        return ran(test_twice=True)
