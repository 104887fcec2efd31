"""What an endpoint is given and gives back, and GitHub's errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.github.state import Repository, Token, User

DOCS = "https://docs.github.com/rest"


@dataclass(slots=True, kw_only=True)
class Request:
    """One request as it arrived: ``path`` is below the base path, ``data`` its JSON, ``raw`` its bytes."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    raw: bytes
    data: object = None
    token: Token | None = None
    params: dict[str, str] = field(default_factory=dict)
    template: str = ""
    status: int = 0  # what was answered; 0 where the connection was dropped

    def get(self, name: str, default: object = None) -> object:
        """One field of the JSON object sent."""
        return self.data.get(name, default) if isinstance(self.data, dict) else default

    def text(self, name: str) -> str | None:
        value = self.get(name)
        return value if isinstance(value, str) else None

    def __repr__(self) -> str:
        return f"{self.method} {self.path} {self.query or ''} -> {self.status}"


@dataclass(slots=True, kw_only=True)
class Answer:
    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An error answer in GitHub's shape."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[dict[str, object]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        body = {"message": message, "errors": errors, "documentation_url": DOCS, "status": str(status)}
        kept = {key: value for key, value in body.items() if value is not None}
        self.answer = Answer(status=status, body=kept, headers=headers or {})


def missing() -> Refusal:
    return Refusal(404, "Not Found")


def forbidden(token: Token) -> Refusal:
    kind = "integration" if token.installation else "personal access token"
    return Refusal(403, f"Resource not accessible by {kind}")


def invalid(resource: str, field_name: str, code: str = "invalid", message: str | None = None) -> Refusal:
    """A 422 as GitHub's validation gives it."""
    error: dict[str, object] = {"resource": resource, "code": code, "field": field_name}
    if message:
        error["message"] = message
    return Refusal(422, "Validation Failed", errors=[error])


@dataclass(slots=True, kw_only=True)
class Call:
    """What an endpoint sees: the request, who asks, and all there is."""

    request: Request
    repo: Repository
    token: Token
    users: Mapping[str, User]
    root: str  # http://127.0.0.1:port

    @property
    def api(self) -> str:
        return f"{self.root}/api/v3"

    def find(self, email: str) -> User | None:
        """Whose commits carry this address."""
        return next((user for user in self.users.values() if user.email == email), None)

    def page(self, items: list[object]) -> Answer:
        """The page asked for, with GitHub's Link header."""
        size = min(max(int(self.request.query.get("per_page", "30")), 1), 100)
        number = max(int(self.request.query.get("page", "1")), 1)
        last = max((len(items) + size - 1) // size, 1)
        rest = "".join(f"&{k}={v}" for k, v in self.request.query.items() if k not in {"page", "per_page"})

        def link(to: int, rel: str) -> str:
            return f'<{self.api}{self.request.path}?per_page={size}&page={to}{rest}>; rel="{rel}"'

        links = [link(number - 1, "prev"), link(1, "first")] if number > 1 else []
        links += [link(number + 1, "next"), link(last, "last")] if number < last else []
        headers = {"Link": ", ".join(links)} if links else {}
        return Answer(body=items[(number - 1) * size : number * size], headers=headers)
