"""HTTP for the fake: reads requests, plays faults, checks against the description, and keeps the log."""

from __future__ import annotations

import base64
import json
import re
import socket
import sys
import threading
import time
import traceback
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.github.answer import Answer, Request

PREFIX, GRAPHQL = "/api/v3", "/api/graphql"


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to the next ``times`` requests that fit, after the first ``skip``.

    ``after`` lets the deed be done before the answer goes wrong; ``drop`` closes the connection instead of an answer;
    ``delay`` seconds pass before it. With neither a status nor ``drop`` the true answer is only late. ``act`` is called
    first: what somebody else does between two requests of ours.
    """

    method: str
    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    times: int = 1
    skip: int = 0
    after: bool = False
    drop: bool = False
    delay: float = 0.0
    act: Callable[[], object] | None = None

    def fits(self, request: Request) -> bool:
        """Whether this request meets it; a request that fits is counted."""
        if self.times < 1 or self.method not in {"*", request.method} or not re.search(self.path, request.path):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True

    def answer(self) -> Answer:
        reasons = {502: "Server Error", 503: "Service unavailable", 500: "Server Error"}
        message = {"message": reasons.get(self.status, f"fault {self.status}"), "status": str(self.status)}
        return Answer(status=self.status, body=message if self.body is None else self.body, headers=dict(self.headers))


class Dropped(Exception):
    """The connection is to be closed without an answer."""


Handle = Callable[[Request], Answer]


class Server(ThreadingHTTPServer):
    """Serves ``handle`` on a free port of 127.0.0.1 in a thread of its own."""

    daemon_threads = True

    def __init__(self, handle: Handle) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.handle, self.broken = handle, list[str]()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client going away is no error of ours; anything else fails the test."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            self.broken.append(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: apart they would wait for each other's acknowledgement
    server: Server

    def log_message(self, *_: object) -> None:
        """The log is ours."""

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        request = read(self.command, self.path, dict(self.headers.items()), raw)
        try:
            answer = self.server.handle(request)
        except Dropped:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        kind = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        headers = kind | answer.headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve


def read(method: str, target: str, headers: dict[str, str], raw: bytes) -> Request:
    """A request from what came over the wire."""
    parts = urllib.parse.urlsplit(target)
    query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    path = urllib.parse.unquote(parts.path)
    try:
        data = json.loads(raw) if raw else None
    except ValueError:
        data = None
    below = path.removeprefix(PREFIX) if path.startswith(PREFIX + "/") else path
    lower = {name.lower(): value for name, value in headers.items()}
    return Request(method=method, path=below, query=query, headers=lower, raw=raw, data=data)


def said(request: Request) -> bytes:
    """All that a request told us, however it was written: JSON's texts and Base64 decoded too, the token left out."""
    texts = [request.path, *request.query.keys(), *request.query.values()]
    texts += [value for name, value in request.headers.items() if name != "authorization"]
    found = [text.encode(errors="replace") for text in texts] + [request.raw]
    for text in _texts(request.data):
        found.append(text.encode(errors="replace"))
        if len(text) >= 8 and re.fullmatch(r"[A-Za-z0-9+/\s]+={0,2}\s*", text):
            try:
                found.append(base64.b64decode(text))
            except ValueError:
                continue
    return b"\n".join(found)


def _texts(data: object) -> list[str]:
    if isinstance(data, dict):
        return [text for pair in data.items() for each in pair for text in _texts(each)]
    if isinstance(data, list):
        return [text for each in data for text in _texts(each)]
    return [data] if isinstance(data, str) else []


def wait(seconds: float) -> None:
    """A slow answer is slow outside any lock."""
    if seconds:
        time.sleep(seconds)
