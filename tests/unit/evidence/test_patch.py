"""The patch: what ``git apply`` takes, byte for byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cosplay_action.errors import CosplayError
from cosplay_action.evidence import patch as module
from cosplay_action.evidence.patch import FileChange, apply_patch, make_patch


def change(old: bytes | None, new: bytes, path: str = "pkg/mod.py") -> FileChange:
    return FileChange(path=path, old=old, new=new)


def applied_by_git(home: Path, changes: list[FileChange]) -> dict[str, bytes]:
    for each in changes:
        if each.old is not None:
            (home / each.path).parent.mkdir(parents=True, exist_ok=True)
            (home / each.path).write_bytes(each.old)
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=home, input=make_patch(changes), check=True, capture_output=True)
    return {each.path: (home / each.path).read_bytes() for each in changes}


def test_a_changed_line_makes_one_hunk_with_three_lines_of_context() -> None:
    old = b"".join(b"line %d\n" % n for n in range(1, 12))
    patch = make_patch([change(old, old.replace(b"line 6\n", b"line six\n"))])
    assert patch == (
        b"diff --git a/pkg/mod.py b/pkg/mod.py\n--- a/pkg/mod.py\n+++ b/pkg/mod.py\n@@ -3,7 +3,7 @@\n"
        b" line 3\n line 4\n line 5\n-line 6\n+line six\n line 7\n line 8\n line 9\n"
    )


def test_a_new_file_says_its_mode_and_comes_from_dev_null() -> None:
    patch = make_patch([change(None, b"x = 1\n")])
    assert patch == (
        b"diff --git a/pkg/mod.py b/pkg/mod.py\nnew file mode 100644\n"
        b"--- /dev/null\n+++ b/pkg/mod.py\n@@ -0,0 +1 @@\n+x = 1\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a\nb", b"a\nc"),
        (b"a\nb", b"a\nb\n"),
        (b"a\nb\n", b"a\nb"),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
        (b"a\rb\r", b"a\rc\r"),
        ("# coding: latin-1\nx = 'é'\n".encode("latin-1"), "# coding: latin-1\nx = 'è'\n".encode("latin-1")),
        (b"", b"x\n"),
        (b"x\n", b""),
        (b"-- a\n++ b\n", b"-- b\n++ a\n"),
        (None, b""),
        (None, b"no end"),
        (b"a\x0cb\n" * 9, b"a\x0cb\n" * 8 + b"c\n"),
    ],
)
def test_git_apply_gives_the_new_bytes(tmp_path: Path, old: bytes | None, new: bytes) -> None:
    assert applied_by_git(tmp_path, [change(old, new)]) == {"pkg/mod.py": new}


@pytest.mark.parametrize("path", ["a b/c d.py", "é/雪.py", 'qu"ote.py', "tab\there.py", "back\\slash.py", "x b/y.py"])
@pytest.mark.parametrize("old", [None, b"x = 0\n"])
def test_odd_paths_are_quoted_as_git_quotes_them(tmp_path: Path, path: str, old: bytes | None) -> None:
    assert applied_by_git(tmp_path, [change(old, b"x = 1\n", path)]) == {path: b"x = 1\n"}


def test_several_files_come_in_the_order_of_their_paths_and_unchanged_ones_stay_out(tmp_path: Path) -> None:
    changes = [change(None, b"t\n", "tests/t.py"), change(b"s\n", b"S\n", "a.py"), change(b"u\n", b"u\n", "b.py")]
    patch = make_patch(changes)
    assert patch.index(b"a/a.py") < patch.index(b"a/tests/t.py")
    assert b"b.py" not in patch
    assert applied_by_git(tmp_path, changes) == {"tests/t.py": b"t\n", "a.py": b"S\n", "b.py": b"u\n"}


def test_no_change_is_an_empty_patch() -> None:
    assert make_patch([change(b"x\n", b"x\n")]) == b""


@pytest.mark.parametrize("path", ["../x.py", "/etc/x.py", "a/../../x.py", "a//b.py", "./a.py", "."])
def test_a_path_that_leaves_the_repository_is_refused(path: str) -> None:
    with pytest.raises(CosplayError, match="no plain relative path"):
        make_patch([change(None, b"x\n", path)])


def test_one_file_twice_is_refused() -> None:
    with pytest.raises(CosplayError, match="twice"):
        make_patch([change(None, b"x\n"), change(None, b"y\n")])


def test_distant_edits_make_two_hunks_and_near_ones_one() -> None:
    old = b"".join(b"%d\n" % n for n in range(30))
    far = old.replace(b"\n2\n", b"\ntwo\n").replace(b"\n25\n", b"\nfive\n")
    near = old.replace(b"\n2\n", b"\ntwo\n").replace(b"\n9\n", b"\nnine\n")
    assert make_patch([change(old, far)]).count(b"@@ -") == 2
    assert make_patch([change(old, near)]).count(b"@@ -") == 1


def test_a_patch_does_not_fit_another_file() -> None:
    patch = make_patch([change(b"a\nb\n", b"a\nc\n")])
    with pytest.raises(CosplayError, match=r"does not fit pkg/mod\.py at line 2"):
        apply_patch(patch, b"a\nx\n", "pkg/mod.py")
    with pytest.raises(CosplayError, match=r"does not name other\.py"):
        apply_patch(patch, b"a\nb\n", "other.py")


def test_a_patch_that_names_another_file_than_it_was_made_for_is_an_internal_error() -> None:
    wanted = change(b"a\n", b"b\n")
    patch = make_patch([wanted])
    for wrong in (patch.replace(b"mod.py", b"old.py"), patch + patch, b"", patch.replace(b"+b", b"+c"), patch[:-3]):
        with pytest.raises(CosplayError):
            module._check(wrong, [wanted])


def test_a_large_file_costs_what_its_change_costs() -> None:
    old = b"x = 1\n\n" * 40_000
    new = old[:140_000] + b"y = 2\n" + old[140_000:]
    assert make_patch([change(old, new)]).count(b"\n") < 20
