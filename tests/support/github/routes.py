"""Which function answers which request, and what a token must be allowed for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.github.answer import Answer, Call, Refusal, forbidden, missing
from tests.support.github.state import ROLES, Repository, Role, Token

Endpoint = Callable[[Call], Answer]
REPO = "/repos/{owner}/{repo}"
DEEP = ("ref", "path", "branch", "basehead", "name")  # parameters that may hold slashes
WHEN_ARCHIVED = "Repository was archived so is read-only."


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``template`` is the path as GitHub's own description writes it; one of ``needs`` must be granted."""

    method: str
    template: str
    answer: Endpoint
    needs: tuple[tuple[str, str], ...]
    role: Role

    def match(self, method: str, path: str) -> dict[str, str] | None:
        found = re.fullmatch(_pattern(self.template), path)
        return found.groupdict() if found and method == self.method else None

    def check(self, repo: Repository, token: Token) -> None:
        """Raises the refusal that GitHub would give."""
        writes = self.method != "GET"
        if repo.private and not token.installation and token.user.role == "none":
            raise missing()
        open_to_all = not repo.private and all(level == "read" for _, level in self.needs)
        granted = not self.needs or any(token.allows(name, level) for name, level in self.needs)
        if not (granted or (open_to_all and self.needs != (("administration", "read"),))):
            raise forbidden(token)
        if writes and repo.archived:
            raise Refusal(403, WHEN_ARCHIVED)
        if not token.installation and ROLES.index(token.user.role) < ROLES.index(self.role):
            raise forbidden(token) if writes else Refusal(403, "Must have push access to view collaborator permission.")

    @property
    def accepted(self) -> str:
        """What the ``x-accepted-github-permissions`` header says."""
        return "; ".join(f"{name}={level}" for name, level in self.needs)


def _pattern(template: str) -> str:
    def group(found: re.Match[str]) -> str:
        name = found[1]
        return f"(?P<{name}>.+)" if name in DEEP else f"(?P<{name}>[^/]+)"

    return re.sub(r"\{(\w+)\}", group, template)


ROUTES: list[Route] = []


def on(method: str, template: str, *needs: str, role: Role | None = None) -> Callable[[Endpoint], Endpoint]:
    """Register an endpoint; ``needs`` are alternatives such as ``issues:write``."""
    pairs = tuple((name, level) for name, _, level in (need.partition(":") for need in needs))
    least: Role = role or ("none" if method == "GET" else "write")

    def keep(function: Endpoint) -> Endpoint:
        ROUTES.append(Route(method=method, template=template, answer=function, needs=pairs, role=least))
        return function

    return keep


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request, the most exact first; None when there is none."""
    found = [(route, params) for route in ROUTES if (params := route.match(method, path)) is not None]
    return min(found, key=lambda pair: (len(pair[1]), -len(pair[0].template)), default=None)
