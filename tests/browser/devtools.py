"""Chromium over its own protocol, by a pipe: no driver to match its version, no port, nothing to install.

Commands and events are those of the Chrome DevTools Protocol (chromedevtools.github.io/devtools-protocol); with
``--remote-debugging-pipe`` each is JSON closed by a zero byte, read from descriptor 3 and written to 4.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120  # seconds until a silent browser is given up
FLAGS = (
    "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--hide-scrollbars",
)  # fmt: skip

_KEYS = {"ArrowUp": 38, "ArrowDown": 40, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Escape": 27,
         "Enter": 13, "Tab": 9, "PageDown": 34, "PageUp": 33}  # fmt: skip
_CONTROL = 2


def found() -> str | None:
    """The path of a Chromium, None where there is none. ``COSPLAY_TEST_CHROMIUM`` names one."""
    named = os.environ.get("COSPLAY_TEST_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One running Chromium and the messages of all its pages."""

    def __init__(self, program: str) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="cosplay-browser-", ignore_cleanup_errors=True)
        self._number, self._rest = 0, b""
        self.events: list[dict[str, Any]] = []
        theirs, self._out = _high_pipe()
        self._in, answers = _high_pipe()
        silent = [(os.POSIX_SPAWN_OPEN, end, os.devnull, os.O_RDWR, 0) for end in (0, 1, 2)]
        ends = [(os.POSIX_SPAWN_DUP2, theirs, 3), (os.POSIX_SPAWN_DUP2, answers, 4)]
        command = [program, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = os.posix_spawn(program, command, os.environ, file_actions=[*silent, *ends])
        os.close(theirs)
        os.close(answers)

    def close(self) -> None:
        """Ask it to end, and end it where it does not."""
        with contextlib.suppress(OSError, TimeoutError):
            self.send("Browser.close")
        for _ in range(100):
            if os.waitpid(self._process, os.WNOHANG)[0]:
                break
            time.sleep(0.1)
        else:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def send(self, method: str, session: str | None = None, /, **params: Any) -> dict[str, Any]:
        """Give one command and return its result; events that arrive meanwhile are kept."""
        self._number += 1
        number = self._number
        asked = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        self._write(asked)
        while True:
            message = self._read()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return dict(message["result"])
            self.events.append(message)

    def _write(self, asked: dict[str, Any]) -> None:
        rest = memoryview(json.dumps(asked).encode() + b"\0")
        while rest:
            rest = rest[os.write(self._out, rest) :]

    def _read(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser says nothing")
            data = os.read(self._in, 1 << 20)
            if not data:
                raise ConnectionError("the browser is gone")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))

    def wait(self, method: str, session: str) -> dict[str, Any]:
        """The next event of that name, of those that no one waited for yet."""
        while True:
            for at, one in enumerate(self.events):
                if one.get("method") == method and one.get("sessionId") == session:
                    return dict(self.events.pop(at))
            self.events.append(self._read())


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends are clear of 3 and 4."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in ends]
    for end in ends:
        os.close(end)
    return high[0], high[1]


class Tab:
    """One page: a viewport, a theme, and what it said and asked for."""

    def __init__(self, browser: Browser, *, width: int = 1280, height: int = 900, theme: str = "light") -> None:
        self._browser = browser
        self._target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.send("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session = str(attached["sessionId"])
        phone = width < 600
        for domain in ("Page", "Runtime", "Network", "Log", "Security"):
            self.send(f"{domain}.enable")
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )  # fmt: skip
        if phone:
            self.send("Emulation.setTouchEmulationEnabled", enabled=True)
        self.features(theme=theme)

    def send(self, method: str, /, **params: Any) -> dict[str, Any]:
        return self._browser.send(method, self._session, **params)

    def features(self, theme: str = "light", media: str = "", motion: str = "reduce") -> None:
        named = {"prefers-color-scheme": theme, "prefers-reduced-motion": motion}
        told = [{"name": name, "value": value} for name, value in named.items()]
        self.send("Emulation.setEmulatedMedia", media=media, features=told)

    def open(self, url: str, *, scripts: bool = True, policy: bool = True) -> None:
        """Go there and wait until it is loaded. Without ``policy`` the page's content security policy is put aside."""
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.send("Page.setBypassCSP", enabled=not policy)
        self._browser.events.clear()
        self.send("Page.navigate", url=url)
        self._browser.wait("Page.loadEventFired", self._session)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, awaited."""
        told = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise RuntimeError(str(told["exceptionDetails"])[:2000])
        return told["result"].get("value")

    def press(self, key: str, *, control: bool = False) -> None:
        """One key, down and up, as a keyboard would."""
        named = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key], "modifiers": _CONTROL * control}
        text = {"text": "\r"} if key == "Enter" else {}
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **named, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **named)

    def point(self, x: float, y: float) -> None:
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def pdf(self) -> bytes:
        return base64.b64decode(self.send("Page.printToPDF", printBackground=False, preferCSSPageSize=True)["data"])

    def picture(self, *, whole: bool = False) -> bytes:
        told = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(told["data"])

    def told(self) -> list[dict[str, Any]]:
        """Every event of this page since it was opened."""
        self.evaluate("0")  # whatever is on its way arrives before this answer
        return [one for one in self._browser.events if one.get("sessionId") == self._session]

    def requests(self) -> list[str]:
        """The addresses asked for."""
        return [one["params"]["request"]["url"] for one in self.told() if one["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, exceptions, and what a policy refused."""
        kinds = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
        return [json.dumps(one["params"]) for one in self.told() if one["method"] in kinds]

    def close(self) -> None:
        self._browser.send("Target.closeTarget", targetId=self._target)


@contextlib.contextmanager
def running(program: str) -> Iterator[Browser]:
    browser = Browser(program)
    try:
        yield browser
    finally:
        browser.close()


def address(path: Path) -> str:
    return path.resolve().as_uri()
