"""What the stubs in ``examples/`` should do: a reference each, and checks to score what a run chose.

No run ever sees this file.
"""

from __future__ import annotations

import asyncio
import sys
import types
from dataclasses import dataclass

TEXTKIT = "examples/textkit/src/textkit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """``reference`` is the body without indentation; a check is (expression, expected expression or "raises X")."""

    target: str
    reference: str
    checks: tuple[tuple[str, str], ...]


def failures(truth: Truth, module_text: str) -> list[str]:
    """The checks that a module's text (the chosen candidate in place) fails, in words. Runs it in this process."""
    module = types.ModuleType("truth_of_" + truth.target.rpartition("::")[2].replace(".", "_"))
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(module_text, truth.target, "exec"), module.__dict__)
        module.__dict__["asyncio"] = asyncio
        return [f"{call}: expected {wanted}" for call, wanted in truth.checks if not _holds(module, call, wanted)]
    finally:
        del sys.modules[module.__name__]


def _holds(module: types.ModuleType, call: str, wanted: str) -> bool:
    raises = wanted.removeprefix("raises ") if wanted.startswith("raises ") else ""
    try:
        found = eval(call, module.__dict__)
    except Exception as error:  # noqa: BLE001 - whatever was chosen may raise anything
        return type(error).__name__ == raises
    return not raises and found == eval(wanted, module.__dict__)


RUNS = Truth(
    target=f"{TEXTKIT}/runs.py::run_length_encode",
    reference="""\
runs = []
for character in text:
    if runs and runs[-1][0] == character:
        runs[-1] = (character, runs[-1][1] + 1)
    else:
        runs.append((character, 1))
return runs
""",
    checks=(
        ("run_length_encode('')", "[]"),
        ("run_length_encode('a')", "[('a', 1)]"),
        ("run_length_encode('aaa')", "[('a', 3)]"),
        ("run_length_encode('ab')", "[('a', 1), ('b', 1)]"),
        ("run_length_encode('aabbb')", "[('a', 2), ('b', 3)]"),
        ("run_length_encode('aba')", "[('a', 1), ('b', 1), ('a', 1)]"),
        ("run_length_encode('aabaa')", "[('a', 2), ('b', 1), ('a', 2)]"),
        ("run_length_encode('Aa')", "[('A', 1), ('a', 1)]"),
        ("run_length_encode('  ')", "[(' ', 2)]"),
        ("run_length_encode('a  b')", "[('a', 1), (' ', 2), ('b', 1)]"),
        ("run_length_encode('1122')", "[('1', 2), ('2', 2)]"),
        ("run_length_encode('\\n\\n')", "[('\\n', 2)]"),
        ("run_length_encode('éé')", "[('é', 2)]"),
        ("run_length_encode('x' * 1000)", "[('x', 1000)]"),
        ("run_length_encode('abcabc')", "[(c, 1) for c in 'abcabc']"),
        ("run_length_decode(run_length_encode('mississippi'))", "'mississippi'"),
    ),
)

INTERVALS = Truth(
    target=f"{TEXTKIT}/intervals.py::merge_intervals",
    reference="""\
merged = []
for start, end in sorted(intervals):
    if merged and start <= merged[-1][1]:
        merged[-1] = (merged[-1][0], max(merged[-1][1], end))
    else:
        merged.append((start, end))
return merged
""",
    checks=(
        ("merge_intervals([])", "[]"),
        ("merge_intervals([(1, 2)])", "[(1, 2)]"),
        ("merge_intervals([(1, 3), (2, 4)])", "[(1, 4)]"),
        ("merge_intervals([(2, 4), (1, 3)])", "[(1, 4)]"),
        ("merge_intervals([(1, 2), (2, 3)])", "[(1, 3)]"),
        ("merge_intervals([(1, 2), (3, 4)])", "[(1, 2), (3, 4)]"),
        ("merge_intervals([(3, 4), (1, 2)])", "[(1, 2), (3, 4)]"),
        ("merge_intervals([(1, 10), (2, 3)])", "[(1, 10)]"),
        ("merge_intervals([(1, 10), (2, 3), (9, 12)])", "[(1, 12)]"),
        ("merge_intervals([(1, 1)])", "[(1, 1)]"),
        ("merge_intervals([(1, 1), (1, 1)])", "[(1, 1)]"),
        ("merge_intervals([(-5, -1), (-2, 3)])", "[(-5, 3)]"),
        ("merge_intervals([(5, 6), (1, 2), (2, 5)])", "[(1, 6)]"),
        ("merge_intervals([(0, 0), (1, 1), (0, 1)])", "[(0, 1)]"),
        ("merge_intervals([(1, 4), (1, 2), (6, 8)])", "[(1, 4), (6, 8)]"),
        ("(given := [(3, 4), (1, 2)], merge_intervals(given), given)[2]", "[(3, 4), (1, 2)]"),
    ),
)

SLUG = Truth(
    target=f"{TEXTKIT}/slug.py::slugify",
    reference="""\
words = "".join(c.lower() if c.isascii() and c.isalnum() else " " for c in title).split()
return separator.join(words)
""",
    checks=(
        ("slugify('Hello, World!')", "'hello-world'"),
        ("slugify('  Ten  Years of C++ ', separator='_')", "'ten_years_of_c'"),
        ("slugify('')", "''"),
        ("slugify('---')", "''"),
        ("slugify('a')", "'a'"),
        ("slugify('A')", "'a'"),
        ("slugify('one two')", "'one-two'"),
        ("slugify('one  two')", "'one-two'"),
        ("slugify('one-two')", "'one-two'"),
        ("slugify('one - two')", "'one-two'"),
        ("slugify('2 + 2 = 4')", "'2-2-4'"),
        ("slugify('under_score')", "'under-score'"),
        ("slugify('café au lait')", "'caf-au-lait'"),
        ("slugify('tab\\tnew\\nline')", "'tab-new-line'"),
        ("slugify('a b c', separator='')", "'abc'"),
        ("slugify('!a!', separator='.')", "'a'"),
    ),
)

INVENTORY = Truth(
    target=f"{TEXTKIT}/inventory.py::Inventory.remove",
    reference="""\
if name not in self.counts:
    raise KeyError(name)
if count < 1 or count > self.counts[name]:
    raise ValueError(count)
self.counts[name] -= count
if not self.counts[name]:
    del self.counts[name]
""",
    checks=(
        ("(i := Inventory({'a': 3}), i.remove('a'), i.counts)[2]", "{'a': 2}"),
        ("(i := Inventory({'a': 3}), i.remove('a', 2), i.counts)[2]", "{'a': 1}"),
        ("(i := Inventory({'a': 3}), i.remove('a', 3), i.counts)[2]", "{}"),
        ("(i := Inventory({'a': 1}), i.remove('a'), i.counts)[2]", "{}"),
        ("(i := Inventory({'a': 1, 'b': 2}), i.remove('a'), i.counts)[2]", "{'b': 2}"),
        ("(i := Inventory({'a': 1, 'b': 2}), i.remove('b'), i.counts)[2]", "{'a': 1, 'b': 1}"),
        ("(i := Inventory({'a': 5}), i.remove('a', count=4), i.counts)[2]", "{'a': 1}"),
        ("(i := Inventory({'a': 5}), i.remove(name='a', count=5), i.total())[2]", "0"),
        ("(i := Inventory({'a': 2}), i.remove('a'), i.remove('a'), i.counts)[3]", "{}"),
        ("Inventory({'a': 2}).remove('a')", "None"),
        ("Inventory().remove('a')", "raises KeyError"),
        ("Inventory({'b': 1}).remove('a', 0)", "raises KeyError"),
        ("Inventory({'a': 1}).remove('a', 2)", "raises ValueError"),
        ("Inventory({'a': 1}).remove('a', 0)", "raises ValueError"),
        ("Inventory({'a': 1}).remove('a', -1)", "raises ValueError"),
        ("Inventory({'': 1}).remove('', 2)", "raises ValueError"),
    ),
)

ALIASES = Truth(
    target=f"{TEXTKIT}/aliases.py::resolve_alias",
    reference="""\
seen = {name}
while (longer := await table.get(name)) is not None:
    if longer in seen:
        raise ValueError(f"aliases lead in a circle: {longer}")
    seen.add(longer)
    name = longer
return name
""",
    checks=(
        ("asyncio.run(resolve_alias('a', AliasTable({})))", "'a'"),
        ("asyncio.run(resolve_alias('a', AliasTable({'a': 'b'})))", "'b'"),
        ("asyncio.run(resolve_alias('a', AliasTable({'a': 'b', 'b': 'c'})))", "'c'"),
        ("asyncio.run(resolve_alias('b', AliasTable({'a': 'b', 'b': 'c'})))", "'c'"),
        ("asyncio.run(resolve_alias('c', AliasTable({'a': 'b', 'b': 'c'})))", "'c'"),
        ("asyncio.run(resolve_alias('x', AliasTable({'a': 'b'})))", "'x'"),
        ("asyncio.run(resolve_alias('', AliasTable({})))", "''"),
        ("asyncio.run(resolve_alias('', AliasTable({'': 'a'})))", "'a'"),
        ("asyncio.run(resolve_alias('a', AliasTable({'a': ''})))", "''"),
        ("asyncio.run(resolve_alias('a', AliasTable({'a': 'b', 'c': 'b'})))", "'b'"),
        ("asyncio.run(resolve_alias('a', AliasTable({'a': 'a'})))", "raises ValueError"),
        ("asyncio.run(resolve_alias('a', AliasTable({'a': 'b', 'b': 'a'})))", "raises ValueError"),
        ("asyncio.run(resolve_alias('a', AliasTable({'a': 'b', 'b': 'c', 'c': 'b'})))", "raises ValueError"),
        ("asyncio.run(resolve_alias('d', AliasTable({'a': 'b', 'b': 'a'})))", "'d'"),
        ("asyncio.run(resolve_alias('0', AliasTable({str(n): str(n + 1) for n in range(2000)})))", "'2000'"),
    ),
)

CHUNKS = Truth(
    target=f"{TEXTKIT}/chunks.py::chunked",
    reference="""\
if size < 1:
    raise ValueError(size)
for start in range(0, len(items), size):
    yield items[start : start + size]
""",
    checks=(
        ("list(chunked([], 1))", "[]"),
        ("list(chunked([], 5))", "[]"),
        ("list(chunked([1], 1))", "[[1]]"),
        ("list(chunked([1], 2))", "[[1]]"),
        ("list(chunked([1, 2], 1))", "[[1], [2]]"),
        ("list(chunked([1, 2], 2))", "[[1, 2]]"),
        ("list(chunked([1, 2, 3], 2))", "[[1, 2], [3]]"),
        ("list(chunked([1, 2, 3, 4], 2))", "[[1, 2], [3, 4]]"),
        ("list(chunked([1, 2, 3, 4, 5], 3))", "[[1, 2, 3], [4, 5]]"),
        ("list(chunked([1, 2, 3], 100))", "[[1, 2, 3]]"),
        ("list(chunked([0, 0, 0], 2))", "[[0, 0], [0]]"),
        ("list(chunked([-1, -2], 1))", "[[-1], [-2]]"),
        ("list(chunked([1], 0))", "raises ValueError"),
        ("list(chunked([1], -1))", "raises ValueError"),
        ("list(chunked([], 0))", "raises ValueError"),
        ("[len(c) for c in chunked(list(range(1000)), 300)]", "[300, 300, 300, 100]"),
    ),
)

VERSIONS = Truth(
    target=f"{TEXTKIT}/versions.py::bump",
    reference="""\
if part == "major":
    return Version(version.major + 1)
if part == "minor":
    return Version(version.major, version.minor + 1)
if part == "patch":
    return Version(version.major, version.minor, version.patch + 1)
raise ValueError(part)
""",
    checks=(
        ("bump(Version(1, 4, 2), 'minor')", "Version(1, 5, 0)"),
        ("bump(Version(1, 4, 2), 'major')", "Version(2, 0, 0)"),
        ("bump(Version(1, 4, 2), 'patch')", "Version(1, 4, 3)"),
        ("bump(Version(0), 'major')", "Version(1)"),
        ("bump(Version(0), 'minor')", "Version(0, 1)"),
        ("bump(Version(0), 'patch')", "Version(0, 0, 1)"),
        ("bump(Version(9, 9, 9), 'patch')", "Version(9, 9, 10)"),
        ("bump(Version(9, 9, 9), 'minor')", "Version(9, 10, 0)"),
        ("bump(Version(9, 9, 9), 'major')", "Version(10, 0, 0)"),
        ("str(bump(Version(1, 2, 3), 'patch'))", "'1.2.4'"),
        ("(v := Version(1, 2, 3), bump(v, 'major'), v)[2]", "Version(1, 2, 3)"),
        ("bump(Version(1), '')", "raises ValueError"),
        ("bump(Version(1), 'Major')", "raises ValueError"),
        ("bump(Version(1), 'micro')", "raises ValueError"),
        ("bump(bump(Version(1), 'patch'), 'patch')", "Version(1, 0, 2)"),
    ),
)

TRUTHS = (RUNS, INTERVALS, SLUG, INVENTORY, ALIASES, CHUNKS, VERSIONS)
