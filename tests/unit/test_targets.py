"""What a command line names: stubs, marked stubs, written specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import SpecError, UsageError
from cosplay_action.targets import Named, named

MARKED = "# cosplay\ndef f(x: int) -> int:\n    ...\n\n\ndef g(): ...\n\n\n# cosplay\ndef h(x: int) -> int: ...\n"
SPEC = """### Target

src/new.py

### Signature

```python
def double(x: int) -> int
```

### Behaviour

Return twice x.

### Examples

```
double(2) -> 4
```
"""


async def names(where: Path, *targets: str) -> tuple[Path, list[str]]:
    home, found = await named(where, targets)
    return home, [one.name for one in found]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "m.py").write_text(MARKED)
    return tmp_path.resolve()


async def test_targets_are_named_relative_to_the_repository_from_wherever_one_stands(repo: Path) -> None:
    src, whole = repo / "src", f"{repo}/src/m.py::f"
    for where, target in ((repo, "src/m.py::f"), (src, "m.py::f"), (src, "../src/m.py::f"), (Path("/"), whole)):
        assert await names(where, target) == (repo, ["src/m.py::f"])


async def test_targets_of_two_repositories_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / ".git").mkdir(parents=True)
    with pytest.raises(UsageError, match="lies outside the repository one"):
        await names(tmp_path, "one/m.py::f", "two/m.py::f")


@pytest.mark.parametrize("target", ["src/m.py", "src", "."])
async def test_a_file_or_folder_is_its_marked_stubs(repo: Path, target: str) -> None:
    assert await names(repo, target) == (repo, ["src/m.py::f", "src/m.py::h"])


async def test_a_target_named_twice_is_played_once(repo: Path) -> None:
    assert (await names(repo, "src/m.py::h", "src"))[1] == ["src/m.py::h", "src/m.py::f"]


async def test_a_stub_of_a_test_file_is_no_target(repo: Path) -> None:
    (repo / "src" / "test_m.py").write_text(MARKED)
    with pytest.raises(UsageError, match=r"src/test_m\.py is a test file") as caught:
        await named(repo, ["src/test_m.py::f"])
    assert "module of its own" in caught.value.cure
    with pytest.raises(SpecError, match="is a test file"):
        await named(repo, ["src/test_m.py"])


async def test_a_written_spec_names_its_function_and_brings_its_stub(repo: Path) -> None:
    (repo / "spec.md").write_text(SPEC)
    _, [one] = await named(repo, ["spec.md"])
    assert isinstance(one, Named)
    assert one.name == "src/new.py::double"
    assert one.prepared is not None
    assert list(one.prepared.files) == ["src/new.py"]
    assert not (repo / "src" / "new.py").exists()


async def test_a_spec_that_lacks_something_says_all_of_it(repo: Path) -> None:
    (repo / "spec.md").write_text(SPEC.replace("src/new.py", "../new.py").replace("double(2) -> 4", "triple(2) -> 6"))
    with pytest.raises(SpecError) as caught:
        await named(repo, ["spec.md"])
    assert "../new.py" in str(caught.value)
    assert "triple" in str(caught.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [("nothing.py", "names nothing that is there"), ("spec.md", "cannot be read"), ("::f", "names no function"),
     ("src/m.py::", "names no function")],
)  # fmt: skip
async def test_what_names_nothing_is_said_with_what_to_name(repo: Path, target: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        await named(repo, [target])
    assert "path/file.py::function" in caught.value.cure


PROGRAM = """### Target

add.py

### Behaviour

Add two numbers.

### Examples

Input:
```
1 2
```
Output:
```
3
```
"""


async def test_a_program_is_named_by_its_file(repo: Path) -> None:
    (repo / "spec.md").write_text(PROGRAM)
    _, [one] = await named(repo, ["spec.md"])
    assert (one.name, one.said, one.prepared) == ("add.py", "spec.md", None)
    assert one.program is not None


async def test_a_programs_bad_place_is_told_before_anything_is_paid_for(repo: Path) -> None:
    (repo / "add.py").symlink_to("src/m.py")
    (repo / "spec.md").write_text(PROGRAM)
    with pytest.raises(SpecError, match=r"line 3: Target cannot be used: add\.py is a link\. Name another file"):
        await named(repo, ["spec.md"])


async def test_what_is_wrong_with_the_text_and_with_its_place_is_one_message(repo: Path) -> None:
    (repo / "spec.md").write_text(SPEC.replace("x: int", "x: Missing").replace("-> 4", "-> f our"))
    with pytest.raises(SpecError) as caught:
        await named(repo, ["spec.md"])
    assert "2 things" in caught.value.what
    assert "called `Missing`" in caught.value.what
    assert "`f our` is no Python" in caught.value.what


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-16", "looks like UTF-16"), ("utf-16-le", "looks like UTF-16"), ("utf-16-be", "looks like UTF-16"),
        ("utf-32", "looks like UTF-16"), ("latin-1", "line 13: The file is no UTF-8: the byte 0xe9 here"),
    ],
)  # fmt: skip
async def test_a_spec_that_is_no_utf_8_is_told_what_it_looks_like(repo: Path, encoding: str, said: str) -> None:
    (repo / "spec.md").write_bytes(
        SPEC.replace("twice x.", "twice x\N{LATIN SMALL LETTER E WITH ACUTE}.").encode(encoding)
    )
    with pytest.raises(SpecError) as caught:
        await named(repo, ["spec.md"])
    assert said in caught.value.what
    assert "Save the file as UTF-8." in caught.value.what


async def test_a_spec_with_a_byte_order_mark_is_utf_8(repo: Path) -> None:
    (repo / "spec.md").write_text(SPEC, encoding="utf-8-sig")
    assert (await names(repo, "spec.md"))[1] == ["src/new.py::double"]
