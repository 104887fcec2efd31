"""Known secrets taken out of what cells show, before any prompt, log, journal or report sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cosplay_action.facts import SECRET_NAMES
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Sandbox, Seen
from cosplay_action.method.values import Value

SHORTEST = 8  # characters: shorter values would be found everywhere
INSTEAD = "***"


def secrets_of(environ: Mapping[str, str], *names: str) -> tuple[str, ...]:
    """The secrets that an environment holds: by ``names``, and by what their names end with; longest first."""
    wanted = {name.upper() for name in names}
    held = {
        value.strip()
        for name, value in environ.items()
        if name.upper() in wanted or name.upper().endswith(SECRET_NAMES)
    }
    return tuple(sorted((value for value in held if len(value) >= SHORTEST), key=lambda value: (-len(value), value)))


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
        return replace(value, data=data, items=tuple(map(self._clean, value.items)), name=self._text(value.name))

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, INSTEAD)
        return text
