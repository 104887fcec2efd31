"""The specs of the examples, from text to real cells: placed, read as stubs, played by hand-written candidates."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from cosplay_action.method.craft import as_expected
from cosplay_action.method.domain import Expected, Observation, UnitTest
from cosplay_action.method.matrix import meets
from cosplay_action.specs.doctests import ExampleText
from cosplay_action.specs.importing import import_place
from cosplay_action.specs.issue import prepare, read_issue
from cosplay_action.specs.scratch import write_files
from cosplay_action.specs.stub import Stub, read_stub
from tests.support.sandboxes import sandbox_at

ROOT = Path(__file__).parents[2]

RIGHT = {
    "initials.md": """
def initials(name, *, dots=True):
    def word(text):
        return "-".join(part[0].upper() + ("." if dots else "") for part in text.split("-") if part)
    return "".join(map(word, name.split()))
""",
    "join_words.md": """
def join_words(words, *, last="and"):
    if not all(word.strip() for word in words):
        raise ValueError("a blank word")
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
""",
    "most_common.md": """
class Inventory:
    def most_common(self, limit=None):
        if limit is not None and limit < 0:
            raise ValueError("limit")
        return sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
""",
}
WRONG = {
    "initials.md": "def initials(name, *, dots=True):\n    return name.upper()\n",
    "join_words.md": "def join_words(words, *, last='and'):\n    return ', '.join(words)\n",
    "most_common.md": "def most_common(self, limit=None):\n    return list(self.counts.items())[:limit]\n",
}


def placed(root: Path, name: str) -> Stub:
    """The stub of an example's spec in a copy of the examples."""
    shutil.copytree(ROOT / "examples", root / "examples", ignore=shutil.ignore_patterns(".cosplay", "__pycache__"))
    (root / ".git").mkdir()
    spec = read_issue((ROOT / "examples/specs" / name).read_text("utf-8"), name)
    prepared = prepare(root, spec)
    write_files(root, prepared.files)
    return prepared.applied_to(read_stub(root, prepared.target, import_place))


@pytest.mark.parametrize("level", ["A", "B"])
@pytest.mark.parametrize("name", sorted(RIGHT))
async def test_a_specs_examples_tell_a_right_candidate_from_a_wrong_one(tmp_path: Path, name: str, level: str) -> None:
    stub = placed(tmp_path, name)
    contract, inputs = stub.contract, [one.input for one in stub.examples]
    sandbox = sandbox_at(level, tmp_path)
    try:
        texts = [one.wanted.text for one in stub.examples if not one.wanted.raises]
        values = dict(zip(texts, await sandbox.run(contract.job(None, texts)), strict=True))
        tests = [truth(one, values.get(one.wanted.text)) for one in stub.examples]
        right = await sandbox.run(contract.job(candidate(stub, RIGHT[name]), inputs))
        wrong = await sandbox.run(contract.job(candidate(stub, WRONG[name]), inputs))
    finally:
        await sandbox.aclose()
    assert met(tests, right) == len(inputs) >= 4
    assert met(tests, wrong) < len(inputs)


def candidate(stub: Stub, text: str) -> str:
    source = stub.contract.read_candidate(text)
    assert isinstance(source, str), source
    return source


def truth(one: ExampleText, seen: Observation | None) -> UnitTest:
    expected = as_expected(one.wanted, seen)
    assert isinstance(expected, Expected), expected
    return UnitTest(input=one.input, expected=expected, origin="example")


def met(tests: Sequence[UnitTest], seen: Sequence[Observation]) -> int:
    return sum(meets(test, one) for test, one in zip(tests, seen, strict=True))
