"""What must hold of a patch for every pair of files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cosplay_action.evidence.patch import FileChange, apply_patch, make_patch

# Lines that look like patch syntax, blank ones, carriage returns, other encodings, form feeds.
SYNTAX = [b"-- x", b"++ y", b"@@ -1 +1 @@", b"diff --git a/x b/x", b"\\ No newline"]
LINES = st.sampled_from([b"a", b"b", b"", b"\r", b" ", b"\xe9\xff", b"\x0c", *SYNTAX])
CONTENT = st.builds(
    lambda lines, end: b"\n".join(lines) + end, st.lists(LINES, max_size=14), st.sampled_from([b"", b"\n"])
)
NAMES = st.text(alphabet=st.sampled_from('ab. é"\\\t雪'), min_size=1, max_size=8)
PATHS = st.lists(NAMES.filter(lambda n: n not in {".", ".."}), min_size=1, max_size=3).map("/".join)


@given(old=st.none() | CONTENT, new=CONTENT, path=PATHS)
@settings(max_examples=200, deadline=None)
def test_a_patch_applied_in_memory_gives_exactly_the_new_bytes(old: bytes | None, new: bytes, path: str) -> None:
    patch = make_patch([FileChange(path=path, old=old, new=new)])
    assert (patch == b"") == (old == new)
    assert old == new or apply_patch(patch, old, path) == new


@given(data=st.lists(st.tuples(st.none() | CONTENT, CONTENT), min_size=1, max_size=3))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_git_apply_reproduces_the_new_bytes(tmp_path_factory, data: list[tuple[bytes | None, bytes]]) -> None:
    home: Path = tmp_path_factory.mktemp("repository")
    changes = [FileChange(path=f"dir é/f {n}.py", old=old, new=new) for n, (old, new) in enumerate(data)]
    git_apply(home, changes)
    for change in changes:
        assert (home / change.path).read_bytes() == change.new


def git_apply(home: Path, changes: list[FileChange]) -> None:
    for change in changes:
        if change.old is not None or change.old == change.new:
            (home / change.path).parent.mkdir(parents=True, exist_ok=True)
            (home / change.path).write_bytes(change.old or b"")
    patch = make_patch(changes)
    if patch:
        command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"]
        subprocess.run(command, cwd=home, input=patch, check=True, capture_output=True)
