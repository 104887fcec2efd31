"""What cells see of a repository: what belongs to it, and never what is only near it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.specs import scratch
from cosplay_action.specs.scratch import export, repository_files, write_files
from cosplay_action.specs.secrets import holds_keys
from tests.support.command import git, tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A git repository that tracks ``shop.py`` and ``data/prices.txt``."""
    made = tmp_path / "repository"
    write(made, "shop.py", "data/prices.txt")
    git(made, "init", "--quiet")
    git(made, "add", "--all")
    return made


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "export").mkdir()
    return tmp_path / "export"


def write(root: Path, *paths: str, text: str = "x") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


async def exported(root: Path, into: Path, *extra: str) -> list[str]:
    assert await export(root, into, extra) == ()
    return [*tree(into)]


# -- what belongs to a repository -------------------------------------------------------------------------------------


async def test_tracked_files_are_exported_as_they_are_now_and_new_python_files_too(root: Path, into: Path) -> None:
    write(root, "shop.py", text="changed")
    write(root, "till.py", "notes.txt")
    assert await exported(root, into) == ["data/prices.txt", "shop.py", "till.py"]
    assert (into / "shop.py").read_text() == "changed"


async def test_what_git_ignores_stays_and_so_does_git_itself(root: Path, into: Path) -> None:
    write(root, ".gitignore", text="build/\n*.so\n")
    write(root, "build/made.py", "fast.so")
    assert await exported(root, into) == ["data/prices.txt", "shop.py"]
    assert not (into / ".git").exists()


async def test_a_tracked_file_that_was_deleted_is_no_trouble(root: Path, into: Path) -> None:
    (root / "shop.py").unlink()
    assert await exported(root, into) == ["data/prices.txt"]


async def test_the_files_of_a_submodule_belong_to_the_repository(root: Path, into: Path, tmp_path: Path) -> None:
    part = tmp_path / "part"
    write(part, "part.py")
    git(part, "init", "--quiet")
    git(part, "add", "--all")
    git(part, "-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "--quiet", "-m", "m")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", part, "vendor/part")
    assert "vendor/part/part.py" in await exported(root, into)
    assert [path for path in tree(into) if ".git/" in path] == []


async def test_a_file_keeps_its_mode(root: Path, into: Path) -> None:
    (root / "shop.py").chmod(0o755)
    await export(root, into)
    assert (into / "shop.py").stat().st_mode & 0o777 == 0o755


async def test_a_checkout_cannot_have_a_program_run_by_the_export(root: Path, into: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    git(root, "config", "core.fsmonitor", program)
    git(root, "config", "core.untrackedCache", "true")
    await export(root, into)
    assert not (tmp_path / "ran").exists()


# -- keys -------------------------------------------------------------------------------------------------------------

KEYS = (
    ".env", ".env.local", ".envrc", "prod.env", "server.pem", "tls/server.key", "id_rsa", "id_ed25519.pub", ".netrc",
    ".pypirc", ".npmrc", "credentials.json", "gcp-credentials.json", "secrets.toml", "Server.PEM", ".git-credentials",
    "terraform.tfstate", "vpn.ovpn", "store.p12", "token.txt", "client_secret_1.json", ".vault-token",
)  # fmt: skip
HARMLESS = ("secrets.py", "credentials.py", "keys.py", "token.py", "environment.yml", "monkey.txt", "envs/a.txt")


async def test_files_that_hold_keys_stay_where_they_are_untracked(root: Path, into: Path) -> None:
    write(root, *KEYS)
    assert await exported(root, into) == ["data/prices.txt", "shop.py"]


async def test_without_git_they_stay_too(tmp_path: Path, into: Path) -> None:
    plain = tmp_path / "plain"
    write(plain, *KEYS, *HARMLESS, ".aws/config", "shop.py")
    assert await exported(plain, into) == sorted((*HARMLESS, "shop.py"))


async def test_what_a_repository_tracks_is_no_secret(root: Path, into: Path) -> None:
    """Tests keep certificates, and examples of settings."""
    write(root, "tests/server.pem", ".env.example")
    git(root, "add", "--all")
    assert await exported(root, into) == [".env.example", "data/prices.txt", "shop.py", "tests/server.pem"]


@pytest.mark.parametrize("name", HARMLESS)
def test_a_name_that_only_sounds_like_it_holds_no_keys(name: str) -> None:
    assert not holds_keys(name)


# -- links ------------------------------------------------------------------------------------------------------------


async def test_a_link_to_what_is_exported_is_a_link_in_the_export(root: Path, into: Path) -> None:
    (root / "alias.py").symlink_to("shop.py")
    (root / "prices").symlink_to(root / "data")  # absolute: it would lead back into the repository
    (root / "twice.py").symlink_to("alias.py")
    git(root, "add", "--all")
    await export(root, into)
    for name, aim in {"alias.py": "shop.py", "prices": "data", "twice.py": "shop.py"}.items():
        assert (into / name).is_symlink()
        assert (into / name).resolve() == into / aim


async def test_a_link_that_leads_out_or_to_what_is_not_exported_is_left_out(root: Path, into: Path) -> None:
    """A hostile checkout would have its link followed to the user's keys, or to the token in git's configuration."""
    write(root, ".env")
    write(root.parent, "outside.txt")
    aims = {"up": "../outside.txt", "env": ".env", "config": ".git/config", "all": "..", "self": ".", "gone": "nothing"}
    for name, aim in aims.items():
        (root / name).symlink_to(aim)
    (root / "circle").symlink_to("circle")
    git(root, "add", "--all", "--", *aims, "circle")
    assert await exported(root, into) == ["data/prices.txt", "shop.py"]
    assert [path for path in into.rglob("*") if path.is_symlink()] == []


async def test_a_tracked_file_that_is_now_reached_through_a_link_is_left_out(root: Path, into: Path) -> None:
    """Git goes on naming ``data/prices.txt`` when ``data`` has become a link."""
    write(root.parent, "elsewhere/prices.txt")
    (root / "data/prices.txt").unlink()
    (root / "data").rmdir()
    (root / "data").symlink_to(root.parent / "elsewhere")
    assert await exported(root, into) == ["shop.py"]


async def test_what_is_no_file_is_left_out(root: Path, into: Path) -> None:
    (root / "data/prices.txt").unlink()
    os.mkfifo(root / "data/prices.txt")
    assert await exported(root, into) == ["shop.py"]


# -- extra paths ------------------------------------------------------------------------------------------------------


async def test_extra_paths_are_files_and_folders_that_git_ignores(root: Path, into: Path) -> None:
    write(root, ".gitignore", text="*\n")
    write(root, "fast.so", "models/a.bin", "models/deep/b.bin", "other.bin")
    found = await exported(root, into, "fast.so", "models/")
    assert found == ["data/prices.txt", "fast.so", "models/a.bin", "models/deep/b.bin", "shop.py"]


async def test_a_folder_of_extras_keeps_its_keys_to_itself_unless_one_is_named(root: Path, into: Path) -> None:
    write(root, "models/.env", "models/a.bin", "models/cert.pem")
    found = await exported(root, into, "models", "models/cert.pem")
    assert found == ["data/prices.txt", "models/a.bin", "models/cert.pem", "shop.py"]


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/passwd", "nothing", ".git", ".git/config", "out"])
async def test_an_extra_path_that_is_not_in_the_repository_is_refused(root: Path, into: Path, path: str) -> None:
    write(root.parent, "outside.txt")
    (root / "out").symlink_to("../outside.txt")
    with pytest.raises(UsageError, match="--extra-paths"):
        await export(root, into, [path])
    assert tree(into) == {}


# -- bounds -----------------------------------------------------------------------------------------------------------


async def test_what_is_too_large_is_left_out_and_told(root: Path, into: Path) -> None:
    for name in ("data/large.bin", "data/larger.bin"):
        with (root / name).open("wb") as file:
            file.truncate(scratch.TOTAL + len(name))
    git(root, "add", "--intent-to-add", "data")
    [note] = await export(root, into)
    assert "2 large files of the repository, such as data/larger.bin (256 MiB)" in note
    assert "--extra-paths" in note
    assert [*tree(into)] == ["data/prices.txt", "shop.py"]


async def test_a_large_file_that_is_named_is_copied(root: Path, into: Path) -> None:
    with (root / "large.bin").open("wb") as file:
        file.truncate(scratch.TOTAL + 1)
    assert await export(root, into, ["large.bin"]) == ()
    assert (into / "large.bin").stat().st_size == scratch.TOTAL + 1
    (into / "large.bin").unlink()  # it is no longer a file of nothing but holes


async def test_python_beyond_any_bound_is_an_error_with_a_cure(root: Path, into: Path) -> None:
    with (root / "huge.py").open("wb") as file:
        file.truncate(scratch.NEEDED + 1)
    with pytest.raises(UsageError, match="more than 2 GiB") as refused:
        await export(root, into)
    assert refused.value.cure


async def test_a_copy_that_is_given_up_writes_nothing_more(root: Path, into: Path) -> None:
    """Or the folder would come back after it was removed."""
    write(root, *(f"many/m{number}.py" for number in range(3000)))
    work = asyncio.ensure_future(export(root, into))
    while not [*into.iterdir()]:
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    before = len(tree(into))
    await asyncio.sleep(0.1)
    assert len(tree(into)) == before < 3000


# -- the parts others use ---------------------------------------------------------------------------------------------


async def test_a_copy_of_an_export_has_all_that_the_export_has(root: Path, into: Path, tmp_path: Path) -> None:
    """Although git knows nothing there: several targets are played on one, and their tests run on copies of it."""
    write(root, "tests/server.pem", ".hidden/settings.ini", "build/made.txt", ".env.example")
    (root / "alias").symlink_to("data")
    git(root, "add", "--all", "--force")
    found = await exported(root, into)
    (tmp_path / "second").mkdir()
    assert await exported(into, tmp_path / "second") == found
    assert {"tests/server.pem", ".hidden/settings.ini", "build/made.txt", "alias"} <= {*await repository_files(into)}


async def test_outside_of_a_repository_the_tree_is_what_belongs_to_it(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    write(plain, "shop.py", "venv/pyvenv.cfg", "node_modules/a.js", ".hidden/b.py", "__pycache__/c.pyc")
    assert await repository_files(plain) == ("shop.py",)


def test_files_are_not_written_outside_of_the_folder(into: Path) -> None:
    for path in ("../a", "/a", "b/../../a"):
        with pytest.raises(UsageError):
            write_files(into, {path: ""})
    write_files(into, {"b/c.py": "x", "d": b"\xff"})
    assert tree(into) == {"b/c.py": b"x", "d": b"\xff"}
