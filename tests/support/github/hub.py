"""A whole GitHub with one repository, on a loopback port, for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self

from tests.support.github import api_git, api_history, api_issues, api_pulls, api_repo, graphql, graphql_schema, openapi
from tests.support.github.answer import Answer, Call, Refusal, Request
from tests.support.github.routes import Route, find
from tests.support.github.server import GRAPHQL, PREFIX, Dropped, Fault, Server, said, wait
from tests.support.github.world import World

ENDPOINTS = (api_git, api_history, api_issues, api_pulls, api_repo)  # imported for what they register
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


class Hub(World):
    """Serves while its ``with`` block runs; ``check`` raises what was wrong with the conversation.

    Everything happens in the repository's own time (``repo.time``), which writes move by a second and ``repo.tick``
    by more. Public by default: then reading needs no permission, as at GitHub; ``repo.private = True`` is stricter.
    """

    def __init__(self, owner: str = "octo", name: str = "fields") -> None:
        super().__init__(owner, name)
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.surprises: list[str] = []
        self.violations: list[str] = []
        self.left, self.limit = 1000, 1000
        self._lock = threading.RLock()
        self._server = Server(self._handle)

    # -- addresses --------------------------------------------------------------------------------------------------

    @property
    def root(self) -> str:
        return self._server.root

    @property
    def api_url(self) -> str:
        return self.root + PREFIX

    @property
    def graphql_url(self) -> str:
        return self.root + GRAPHQL

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    # -- trouble ----------------------------------------------------------------------------------------------------

    def fault(
        self, method: str, path: str, *, status: int = 0, headers: dict[str, str] | None = None, body: object = None,
        times: int = 1, skip: int = 0, after: bool = False, drop: bool = False, delay: float = 0.0,
        act: Callable[[], object] | None = None,
    ) -> Fault:  # fmt: skip
        """Let requests go wrong (see ``Fault``); ``path`` is a pattern for below /api/v3, ``*`` is any method."""
        one = Fault(
            method=method, path=path, status=status, headers=headers or {}, body=body,
            times=times, skip=skip, after=after, drop=drop, delay=delay, act=act,
        )  # fmt: skip
        self.faults.append(one)
        return one

    def slow_down(self, method: str, path: str, *, seconds: int = 1, times: int = 1, status: int = 403) -> Fault:
        """GitHub's secondary rate limit: 403 (or 429) with Retry-After."""
        body = {"message": SECONDARY, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        return self.fault(method, path, status=status, headers={"Retry-After": str(seconds)}, body=body, times=times)

    def exhaust(self) -> None:
        """From now on every request meets the primary rate limit."""
        self.left = 0

    # -- what was said ----------------------------------------------------------------------------------------------

    def calls(self, method: str, path: str = "") -> list[Request]:
        """Requests of a method whose path ends so."""
        return [one for one in self.requests if one.method == method and one.path.endswith(path)]

    @property
    def writes(self) -> list[Request]:
        """Everything that was not only read."""
        return [one for one in self.requests if one.method != "GET" and (one.path != GRAPHQL or b"mutation" in one.raw)]

    def everything_said(self) -> bytes:
        """All bytes received, decoded in every way that they may have been written; without the tokens' header."""
        with self._lock:
            return b"\n".join(said(one) for one in self.requests)

    def check(self) -> None:
        """Raises AssertionError for unknown paths, for what GitHub's description forbids and for errors of the fake."""
        found = [*self.surprises, *self.violations, *self._server.broken]
        assert not found, "\n".join(found)

    # -- answering --------------------------------------------------------------------------------------------------

    def _handle(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            fault = next((one for one in self.faults if one.fits(request)), None)
        wait(fault.delay if fault else 0)
        with self._lock:
            if fault and fault.act:
                fault.act()
            spoils = fault is not None and bool(fault.status or fault.drop)
            answer = Answer() if spoils and fault and not fault.after else self._answer(request)
            if fault and fault.drop:
                raise Dropped
            answer = fault.answer() if fault and spoils else answer
            request.status = answer.status
            answer.headers = self._limits() | answer.headers
            return answer

    def _limits(self) -> dict[str, str]:
        reset = str(int(self.repo.time.timestamp()) + 3600)
        names = {"limit": self.limit, "remaining": self.left, "used": self.limit - self.left, "reset": reset}
        return {f"X-RateLimit-{name.title()}": str(value) for name, value in names.items()} | {
            "X-RateLimit-Resource": "core", "X-GitHub-Request-Id": f"FAKE:{len(self.requests)}"}  # fmt: skip

    def _answer(self, request: Request) -> Answer:
        found = find(request.method, request.path) if request.path != GRAPHQL else None
        try:
            call = self._call(request)
            if request.path == GRAPHQL and request.method == "POST":
                return self._graphql(call)
            answer = self._routed(call, *found) if found else self._surprised(request)
        except Refusal as error:
            answer = error.answer
        if found:
            answer.headers.setdefault("X-Accepted-GitHub-Permissions", found[0].accepted)
            self._note_answer(request, found[0], answer)
        return answer

    def _graphql(self, call: Call) -> Answer:
        """An answer to GraphQL. A query that GitHub's schema forbids is a violation, whatever the fake made of it."""
        answer = graphql.answer(call)
        known, operation, body = graphql_schema.schema(), graphql.read(call), answer.body
        if known and operation and isinstance(body, dict):
            wrong = known.operation(operation)
            wrong += [] if "errors" in body else known.answer(operation, body["data"])
            self.violations += [f"GraphQL: {error}" for error in wrong]
        return answer

    def _surprised(self, request: Request) -> Answer:
        self.surprises.append(f"a surprise: {request.method} {request.path}")
        return Refusal(404, "Not Found").answer

    def _call(self, request: Request) -> Call:
        """Who asks. Raises 401, and 403 where the limit is reached."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() not in {"token", "bearer"}:
            raise Refusal(401, "Requires authentication")
        token = request.token = self.tokens.get(secret)
        if token is None:
            raise Refusal(401, "Bad credentials")
        if self.left < 1:
            raise Refusal(403, "API rate limit exceeded for installation ID 1.")
        self.left -= 1
        return Call(request=request, repo=self.repo, token=token, users=self.users, root=self.root)

    def _routed(self, call: Call, route: Route, params: dict[str, str]) -> Answer:
        request = call.request
        request.params, request.template = params, route.template
        owner, name = params.get("owner", self.owner.login), params.get("repo", self.repo.name)
        if f"{owner}/{name}".lower() != self.full_name.lower():
            raise Refusal(404, "Not Found")
        if request.raw and request.data is None:
            raise Refusal(400, "Problems parsing JSON")
        self._note_request(request, route)
        route.check(self.repo, call.token)
        return route.answer(call)

    def _note_request(self, request: Request, route: Route) -> None:
        if known := openapi.description():
            wrong = known.request(request.method, route.template, request.params, request.query, request.data)
            self.violations += [f"request {request.method} {request.path}: {error}" for error in wrong]

    def _note_answer(self, request: Request, route: Route, answer: Answer) -> None:
        if known := openapi.description():
            wrong = known.answer(request.method, route.template, answer.status, answer.body)
            self.violations += [f"answer {answer.status} to {request.method} {request.path}: {one}" for one in wrong]
