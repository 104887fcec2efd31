"""Which places an interpreter may open to cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.sandbox import visible
from cosplay_action.sandbox.visible import Fence


@pytest.fixture
def fence(tmp_path: Path) -> Fence:
    """A user's home with keys and a repository in it."""
    for folder in ("user/.ssh", "user/.config/gh", "user/code/shop/src", "user/.pyenv/versions/3.12/lib", "user2"):
        (tmp_path / folder).mkdir(parents=True)
    return Fence(str(tmp_path / "user/code/shop"), str(tmp_path / "user"))


@pytest.mark.parametrize(
    "place", ["user", "user/code", "user/code/shop", ".", "user/.ssh", "user/.config", "user/.config/gh"]
)
def test_what_holds_the_home_the_repository_or_keys_stays_shut(tmp_path: Path, fence: Fence, place: str) -> None:
    assert not fence.opens(str(tmp_path / place))


@pytest.mark.parametrize("place", ["user/.pyenv/versions/3.12", "user2", "user/code/other"])
def test_what_lies_beside_them_opens(tmp_path: Path, fence: Fence, place: str) -> None:
    assert fence.opens(str(tmp_path / place))


@pytest.mark.parametrize("place", ["/", "/home", "/etc", "/etc/ssl", "/proc", "/proc/1", "/run/secrets", "/dev/shm"])
def test_the_machines_own_places_stay_shut(fence: Fence, place: str) -> None:
    assert not fence.opens(place)


def test_a_link_is_what_it_leads_to(tmp_path: Path, fence: Fence) -> None:
    (tmp_path / "harmless").symlink_to(tmp_path / "user/.ssh")
    assert not fence.opens(str(tmp_path / "harmless"))
    (tmp_path / "work").symlink_to(tmp_path / "user/code/shop")
    assert fence.is_home(str(tmp_path / "work/src"))


def test_of_a_prefix_around_the_repository_only_what_is_the_interpreters_is_read(tmp_path: Path) -> None:
    """Images keep the user's code in /usr/src/app, below the prefix of the system's own Python."""
    for folder in ("usr/bin", "usr/lib/python3.12", "usr/lib/other", "usr/src/app"):
        (tmp_path / folder).mkdir(parents=True)
    fence = Fence(str(tmp_path / "usr/src/app"), str(tmp_path / "nobody"))
    found = visible.prefixes(fence, [str(tmp_path / "usr")], "3.12.1")
    assert found == [str(tmp_path / "usr/bin"), str(tmp_path / "usr/lib/python3.12")]


def test_a_library_in_the_repository_is_read_alone_and_any_other_with_its_folder(tmp_path: Path, fence: Fence) -> None:
    for file in ("user/code/shop/libown.so", "user2/libfar.so", "user/liblone.so"):
        (tmp_path / file).write_text("")
    files = [str(tmp_path / file) for file in ("user/code/shop/libown.so", "user2/libfar.so", "user/liblone.so")]
    assert visible.libraries(fence, files) == [files[0], str(tmp_path / "user2"), files[2]]


def test_every_link_on_the_way_to_the_interpreter_is_named(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("")
    (tmp_path / "second").symlink_to("real")
    (tmp_path / "first").symlink_to(tmp_path / "second")
    assert [Path(each).name for each in visible.links(tmp_path / "first")] == ["first", "second", "real"]


def test_links_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert set(visible.links(tmp_path / "one")) == {f"{tmp_path}/one", f"{tmp_path}/two"}


def test_places_below_another_are_not_named_twice_and_shut_ones_not_at_all(tmp_path: Path, fence: Fence) -> None:
    (tmp_path / "user2/lib").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "user2")
    named = [tmp_path / name for name in ("user2/lib", "user2", "link", "user", "gone")]
    assert visible.least(fence, map(str, named)) == (f"{tmp_path}/link", f"{tmp_path}/user2")
