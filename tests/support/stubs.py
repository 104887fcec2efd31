"""Builders for stubs in small repositories."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from cosplay_action.method.ports import Unusable
from cosplay_action.specs.reply import read_candidate
from cosplay_action.specs.splice import splice
from cosplay_action.specs.target import Target, find_target


def flat(_root: Path, path: str) -> tuple[str, tuple[str, ...]]:
    """Modules are imported from the repository's root."""
    return path.removesuffix("/__init__.py").removesuffix(".py").replace("/", "."), (".",)


def target_of(root: Path, text: str | bytes, qualname: str, path: str = "m.py", **others: str) -> Target:
    """The target ``qualname`` of a module with this text; ``others`` are more modules, by dotted name with ``__``."""
    data = text if isinstance(text, bytes) else text.encode()
    files: Mapping[str, bytes] = {path: data, **{f"{n.replace('__', '/')}.py": t.encode() for n, t in others.items()}}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return find_target(root, f"{path}::{qualname}", flat)


@lru_cache(maxsize=256)
def shared_target(text: str | bytes, qualname: str) -> Target:
    """A target in a repository of its own, for tests that make many (the target keeps its text)."""
    with tempfile.TemporaryDirectory() as folder:
        return target_of(Path(folder), text, qualname)


def candidate(target: Target, reply: str) -> str:
    """The canonical source of a reply that can be used."""
    source = read_candidate(reply, target)
    assert isinstance(source, str), source
    return source


def placed(target: Target, reply: str) -> str:
    """The module with a usable reply in place."""
    text = splice(target, candidate(target, reply))
    assert isinstance(text, str), text
    return text


def why(result: object) -> str:
    """The reason of an unusable piece."""
    assert isinstance(result, Unusable), result
    return result.why
