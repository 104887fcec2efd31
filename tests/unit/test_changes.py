"""The changes of played targets, as the user's repository needs them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cosplay_action.changes import against, combined
from cosplay_action.evidence.patch import FileChange, apply_patch
from cosplay_action.facts import Landing
from cosplay_action.landing import Landed
from cosplay_action.playing import Played
from cosplay_action.specs.issue import Change, Prepared
from cosplay_action.targets import Named
from tests.support import outcomes

HEAD = b'"""M."""\n\nimport os\n\n\n'
KEEP = b"def keep():\n    return os\n\n\n"


def stub(name: str) -> bytes:
    return f"# cosplay\ndef {name}(x: int) -> int:\n    raise NotImplementedError\n".encode()


def done(name: str, body: str = "return x") -> bytes:
    return f"# cosplay\ndef {name}(x: int) -> int:\n    {body}\n".encode()


def module(*functions: bytes, head: bytes = HEAD) -> bytes:
    return head + KEEP + b"\n\n".join(functions)


def played(*changes: FileChange, target: str = "m.py::f") -> Played:
    landed = Landed(outcome=outcomes.chosen(), landing=Landing(path="m.py"), changes=changes)
    return Played(report={"target": target}, landed=landed, out=Path())  # type: ignore[typeddict-item]


def target(name: str) -> Named:
    return Named(name=f"m.py::{name}", said=f"m.py::{name}")


def spec(name: str, own: list[Change], placed: list[Change] | None = None) -> Named:
    one, other = (
        Prepared(target=f"m.py::{name}", changes=tuple(changes), examples=()) for changes in (own, placed or own)
    )
    return Named(name=f"m.py::{name}", said=f"{name}.md", own=one, prepared=other)


def change(old: bytes | None, new: bytes, path: str = "m.py") -> FileChange:
    return FileChange(path=path, old=old, new=new)


def made(old: bytes | None, new: bytes, path: str = "m.py") -> Change:
    return Change(path=path, old=old, new=new)


def patched(found: Played, old: bytes | None) -> bytes:
    return apply_patch(found.landed.patch, old, "m.py")


def test_changes_to_one_file_by_several_targets_are_one_change_from_what_is_there(tmp_path: Path) -> None:
    """Later targets were spliced into earlier choices; the user's file has neither."""
    (tmp_path / "m.py").write_bytes(b"0")
    first = (change(b"0", b"1"), change(None, b"a", "test_a.py"))
    second = (change(b"1", b"12"), change(None, b"b", "test_b.py"))
    found = combined(tmp_path, [played(*first), played(), played(*second)])
    assert [(one.path, one.old, one.new) for one in found] == [
        ("m.py", b"0", b"12"), ("test_a.py", None, b"a"), ("test_b.py", None, b"b"),
    ]  # fmt: skip


def test_a_stub_that_a_spec_made_is_part_of_the_patch(tmp_path: Path) -> None:
    """The stub was written to a copy: for the user's repository the whole file is new."""
    one = spec("f", [made(None, b"def f(): ...\n"), made(None, b"", "pkg/__init__.py")])
    landed = change(b"def f(): ...\n", b"def f():\n    return 1\n")
    found = against(tmp_path, one, played(landed, change(None, b"t\n", "test_f.py")))
    assert [(each.path, each.old) for each in found.landed.changes] == [
        ("m.py", None), ("test_f.py", None), ("pkg/__init__.py", None),
    ]  # fmt: skip
    assert "+def f():" in found.landed.landing.patch
    assert "--- /dev/null" in found.landed.landing.patch
    assert "pkg/__init__.py" in found.landed.landing.patch


def test_what_was_not_chosen_changes_nothing(tmp_path: Path) -> None:
    one = played()
    assert against(tmp_path, spec("f", [made(None, b"def f(): ...\n")]), one) is one


def test_the_patch_of_one_of_several_stubs_of_a_file_applies_to_the_untouched_file(tmp_path: Path) -> None:
    there = module(stub("f"), stub("g"))
    (tmp_path / "m.py").write_bytes(there)
    earlier = module(done("f", "return sys.x"), stub("g"), head=HEAD.replace(b"import os", b"import os\nimport sys"))
    later = earlier.replace(stub("g"), done("g", "return -x"))
    found = against(tmp_path, target("g"), played(change(earlier, later), target="m.py::g"))
    assert patched(found, there) == module(stub("f"), done("g", "return -x"))
    assert found.landed.changes[0].new == later


def test_a_method_is_told_from_its_neighbours(tmp_path: Path) -> None:
    def held(*methods: bytes) -> bytes:
        lines = b"\n\n".join(methods).rstrip(b"\n").split(b"\n")
        return b"class A:\n" + b"\n".join(b"    " + line if line else line for line in lines) + b"\n"

    there = held(stub("f"), stub("g"))
    (tmp_path / "m.py").write_bytes(there)
    earlier, later = held(done("f"), stub("g")), held(done("f"), done("g"))
    found = against(tmp_path, target("A.g"), played(change(earlier, later), target="m.py::A.g"))
    assert patched(found, there) == held(stub("f"), done("g"))


@pytest.mark.parametrize("body", ["return helper(x)", "return sys.maxsize"])
def test_a_choice_that_needs_an_earlier_one_has_a_patch_with_both(tmp_path: Path, body: str) -> None:
    there = module(stub("f"), stub("g"))
    (tmp_path / "m.py").write_bytes(there)
    helper = b"import sys\n\n\ndef helper(x):\n    return x\n\n\n"
    earlier = module(helper + done("f", "return helper(x)"), stub("g"))
    later = earlier.replace(stub("g"), done("g", body))
    found = against(tmp_path, target("g"), played(change(earlier, later), target="m.py::g"))
    assert patched(found, there) == later


def test_the_patches_of_two_specs_of_one_new_file_make_it_each(tmp_path: Path) -> None:
    one, other = b'"""M."""\n\n\n' + stub("f"), b'"""M."""\n\n\n' + stub("g")
    both = one + b"\n\n" + stub("g")
    second = spec("g", [made(None, other)], [made(one, both)])
    final = both.replace(stub("g"), done("g"))
    found = against(tmp_path, second, played(change(both, final), target="m.py::g"))
    assert patched(found, None) == b'"""M."""\n\n\n' + done("g")


def no_consensus(tmp_path: Path, body: str = "return x") -> tuple[bytes, list[FileChange]]:
    """The file as it is, and what is combined of two specs of it when the first has no choice."""
    there = module(done("h"))
    (tmp_path / "m.py").write_bytes(there)
    one, other = there + b"\n\n" + stub("f"), there + b"\n\n" + stub("g")
    both = one + b"\n\n" + stub("g")
    first, second = spec("f", [made(there, one)]), spec("g", [made(there, other)], [made(one, both)])
    chosen = against(tmp_path, second, played(change(both, both.replace(stub("g"), done("g", body))), target="m.py::g"))
    return there, combined(tmp_path, [played(target="m.py::f"), chosen], [first, second])


def test_a_spec_without_consensus_leaves_nothing_beside_one_that_was_chosen(tmp_path: Path) -> None:
    there, found = no_consensus(tmp_path)
    assert [(one.old, one.new) for one in found] == [(there, there + b"\n\n" + done("g"))]


def test_a_stub_that_a_choice_calls_stays(tmp_path: Path) -> None:
    there, found = no_consensus(tmp_path, "return f(x)")
    assert [one.new for one in found] == [there + b"\n\n" + stub("f") + b"\n\n" + done("g", "return f(x)")]


def test_of_a_new_file_the_stub_without_consensus_goes(tmp_path: Path) -> None:
    one = b'"""M."""\n\n\n' + stub("f")
    both = one + b"\n\n" + stub("g")
    other = b'"""M."""\n\n\n' + stub("g")
    first, second = spec("f", [made(None, one)]), spec("g", [made(None, other)], [made(one, both)])
    chosen = against(tmp_path, second, played(change(both, both.replace(stub("g"), done("g"))), target="m.py::g"))
    (found,) = combined(tmp_path, [played(target="m.py::f"), chosen], [first, second])
    assert found.new == b'"""M."""\n\n\n' + done("g")


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_git_takes_both_patches_one_after_the_other(tmp_path: Path, newline: bytes) -> None:
    there = module(stub("f"), *(done(f"h{n}") for n in range(4)), stub("g")).replace(b"\n", newline)
    (tmp_path / "m.py").write_bytes(there)
    earlier = there.replace(stub("f").replace(b"\n", newline), done("f").replace(b"\n", newline))
    later = earlier.replace(stub("g").replace(b"\n", newline), done("g").replace(b"\n", newline))
    for name, old, new in (("f", there, earlier), ("g", earlier, later)):
        patch = against(tmp_path, target(name), played(change(old, new))).landed.patch
        (tmp_path / f"{name}.diff").write_bytes(patch)
    for name in ("g", "f"):
        subprocess.run(["git", "apply", f"{name}.diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "m.py").read_bytes() == later
