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
