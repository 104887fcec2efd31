"""Known secrets taken out of what cells show, before any prompt, log, journal or report sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from cosplay_action.facts import SECRET_NAMES
from cosplay_action.landing import Facts
from cosplay_action.method.codec import Json
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Sandbox, Seen
from cosplay_action.method.values import Value

SHORTEST = 8  # characters: shorter values would be found everywhere
INSTEAD = "***"
_TEXTS = frozenset({"str", "bytes", "bytearray", "path"})


def secrets_of(environ: Mapping[str, str], *names: str) -> tuple[str, ...]:
    """The secrets that an environment holds: by ``names``, and by what their names end with; longest first."""
    wanted = {name.upper() for name in names}
    held = {
        value.strip()
        for name, value in environ.items()
        if name.upper() in wanted or name.upper().endswith(SECRET_NAMES)
    }
    return tuple(sorted((value for value in held if len(value) >= SHORTEST), key=lambda value: (-len(value), value)))


class RedactedFacts:
    """Facts of a journal without secrets: what tests said of code that saw files of the repository.

    A formatted file stays as it is: it lands.
    """

    def __init__(self, inner: Facts, secrets: Sequence[str]) -> None:
        self._inner, self._secrets = inner, tuple(secrets)

    async def fact(
        self, name: str, key: str, compute: Callable[[], Awaitable[Json]],
        still: Callable[[Json], Awaitable[bool]] | None = None,
    ) -> Json:  # fmt: skip
        async def clean() -> Json:
            return self._without(await compute())

        return await self._inner.fact(name, key, compute if name in {"format", "mutants"} else clean, still)

    def _without(self, data: Json) -> Json:
        if isinstance(data, str):
            for secret in self._secrets:
                data = data.replace(secret, INSTEAD)
        elif isinstance(data, list):
            return [self._without(each) for each in data]
        elif isinstance(data, dict):
            return {str(self._without(key)): self._without(each) for key, each in data.items()}
        return data


class Redacted:
    """A sandbox that shows ``***`` in place of every known secret."""

    def __init__(self, inner: Sandbox, secrets: Sequence[str]) -> None:
        self._inner, self._secrets = inner, tuple(secrets)

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        def told(index: int, seen: Observation) -> None:
            if arrived:
                arrived(index, self._shown(seen))

        return [self._shown(seen) for seen in await self._inner.run(job, told)]

    def _shown(self, seen: Observation) -> Observation:
        if not self._secrets:
            return seen
        value = None if seen.value is None else self._clean(seen.value)
        return replace(seen, value=value, detail=self._text(seen.detail), error=tuple(map(self._text, seen.error)))

    def _clean(self, value: Value) -> Value:
        data = value.data
        if isinstance(data, str):
            data = self._text(data)
        elif isinstance(data, bytes):
            for secret in self._secrets:
                data = data.replace(secret.encode(), INSTEAD.encode())
        if (value.kind not in _TEXTS and data != value.data) or self._text(value.name) != value.name:
            return Value("opaque", name=INSTEAD)  # its text is read as something: a number, a date, a name
        return replace(value, data=data, items=tuple(map(self._clean, value.items)))

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, INSTEAD)
        return text
