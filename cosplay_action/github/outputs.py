"""What the Action tells the runner: outputs, the job summary, annotations, log groups and masks.

Everything that is printed may hold text of strangers, and the runner takes lines of the log for commands: what goes
into a command is escaped, what does not stands between ``::stop-commands::`` and its end.
Source: "Workflow commands for GitHub Actions" in GitHub's documentation, the limits too.
"""

from __future__ import annotations

import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TextIO

Level = Literal["notice", "warning", "error"]

OUTPUTS: Mapping[str, str] = {
    "status": "`chosen`, `no-consensus`, `budget-exceeded`, `skipped`, `not-permitted` or `failed`; of `gate`:"
    " `granted`, of `plan`: `planned`.",
    "reason": "Why, in one sentence.",
    "pr-number": "The pull request's number, where there is one.",
    "pr-url": "Its address.",
    "pr-operation": "`created`, `updated`, `unchanged` or `none`.",
    "branch": "The branch that holds the implementation.",
    "head-sha": "The commit at its head.",
    "candidates": "Candidates in the pool at the end.",
    "tests": "Unit tests in the pool at the end.",
    "clusters": "Clusters of candidates that agree on fresh inputs.",
    "winner-cluster-size": "Candidates in the chosen cluster.",
    "tests-kept": "Tests that ship with the implementation.",
    "rounds": "Rounds of self-play that were played.",
    "input-tokens": "Tokens that the model read.",
    "output-tokens": "Tokens that the model wrote.",
    "cached-tokens": "Tokens of those read that the server had in its cache.",
    "llm-calls": "Replies that were asked for.",
    "cost-usd": "US dollars, where both prices are known.",
    "duration-seconds": "Seconds of the run.",
    "report-path": "The file report.json of the run.",
    "patch-path": "The file patch.diff of the run.",
    "pr-body-path": "The file pr-body.md of the run.",
    "summary-path": "The file summary.md of the run.",
    "matrix": "Mode `plan`: the matrix of jobs as JSON, each with `name`, `target` and `branch`.",
}

SUMMARY_BYTES = 1024 * 1024  # over it, GitHub drops the whole summary
ANNOTATIONS = 10  # of one level in one step; GitHub drops the others
CUT = (
    "> [!NOTE]\n> This summary was cut: GitHub shows at most 1 MiB of one. The whole of it is `summary.md` in the run's"
    " directory.\n\n"
)


def _token() -> str:
    return uuid.uuid4().hex


def escape(text: str) -> str:
    """The text as the message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """The text as a property of a command, such as the file of an annotation."""
    return escape(text).replace(":", "%3A").replace(",", "%2C")


class Step:
    """One step of a job. Use it as a context manager: its end tells how many annotations were left out.

    Where the environment names no file for outputs or for the summary (outside GitHub), they go nowhere.
    """

    def __init__(
        self, environ: Mapping[str, str], stream: TextIO | None = None, token: Callable[[], str] = _token
    ) -> None:
        self._outputs, self._summary = environ.get("GITHUB_OUTPUT", ""), environ.get("GITHUB_STEP_SUMMARY", "")
        self._stream, self._token = stream or sys.stdout, token
        self._masked: set[str] = set()
        self._told: Counter[str] = Counter()
        self._held: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Tell of the annotations that were too many, each level in one."""
        for level, command in self._held.items():
            more = self._told[level] - ANNOTATIONS + 1
            self._line(command if more == 1 else f"::{level}::{more} more of this kind stand in the log of this step.")
        self._held.clear()

    def mask(self, secret: str) -> None:
        """Have the runner show ``***`` for each line of a secret. Call it before anything else is said."""
        for line in filter(None, (line.strip() for line in secret.splitlines())):
            self._write(f"::add-mask::{escape(line)}")
            self._masked.add(line)

    def output(self, name: str, value: object) -> None:
        """Set an output of the step; None is blank. Raises ValueError for one that action.yml does not have."""
        if name not in OUTPUTS:
            raise ValueError(f"no such output: {name}")
        text, end = "" if value is None else self._clean(str(value)), f"ghadelimiter_{self._token()}"
        if end in text:
            raise ValueError(f"the value of {name} holds its own delimiter")
        self._append(self._outputs, f"{name}<<{end}\n{text}\n{end}\n".encode())

    def summary(self, markdown: str) -> None:
        """Add to the job's summary. What exceeds GitHub's limit is cut at a line, and the summary says so."""
        if not self._summary:
            return
        path, data = Path(self._summary), (self._clean(markdown).rstrip("\n") + "\n").encode()
        room = SUMMARY_BYTES - (path.stat().st_size if path.exists() else 0)
        if len(data) > room:
            # The sentence stands first: at the end it could be inside a block that the cut left open.
            kept = data[: max(0, room - len(CUT.encode()))]
            data = (CUT.encode() + kept[: kept.rfind(b"\n") + 1])[:room]
        self._append(self._summary, data)

    def notice(self, text: str, file: str | None = None, line: int | None = None) -> None:
        self._annotate("notice", text, file, line)

    def warning(self, text: str, file: str | None = None, line: int | None = None) -> None:
        self._annotate("warning", text, file, line)

    def error(self, text: str, file: str | None = None, line: int | None = None) -> None:
        self._annotate("error", text, file, line)

    def say(self, text: str) -> None:
        """Our own words in the log; a text that might be read as a command is shown as untrusted."""
        if "::" in text or "##[" in text:
            self.untrusted(text)
        else:
            self._line(text)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Fold what is said inside."""
        self._line(f"::group::{escape(title)}")
        try:
            yield
        finally:
            self._line("::endgroup::")

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """Nothing that is printed inside is a command, whoever prints it."""
        end = self._token()
        self._line(f"::stop-commands::{end}")
        try:
            yield
        finally:
            self._line(f"::{end}::")

    def untrusted(self, text: str) -> None:
        """Show text of strangers in the log: no line of it is a command."""
        end = self._token()
        if end in text:
            raise ValueError("the text holds its own delimiter")
        # One write: nothing of ours may come between, and a half must not leave commands off.
        self._line(f"::stop-commands::{end}\n{text}\n::{end}::")

    def _annotate(self, level: Level, text: str, file: str | None, line: int | None) -> None:
        """The tenth waits for the end: it is told itself, or stands for all that came after it."""
        where = {"file": file, "line": line}
        properties = ",".join(f"{key}={escape_property(str(value))}" for key, value in where.items() if value)
        command = f"::{level}{properties and ' ' + properties}::{escape(text)}"
        self._told[level] += 1
        if self._told[level] < ANNOTATIONS:
            self._line(command)
            return
        self._held.setdefault(level, command)
        self.untrusted(f"{level}: {file + ': ' if file else ''}{text}")

    def _clean(self, text: str) -> str:
        """Without secrets, and without what cannot be written as UTF-8."""
        for secret in sorted(self._masked, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text.encode("utf-8", "replace").decode("utf-8")

    def _line(self, text: str) -> None:
        self._write(self._clean(text))

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()

    @staticmethod
    def _append(path: str, data: bytes) -> None:
        if path:
            with Path(path).open("ab") as file:
                file.write(data)
