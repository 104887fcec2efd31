"""Splicing changes nothing outside of the target, whatever the module looks like."""

from __future__ import annotations

import ast

from hypothesis import event, given, settings
from hypothesis import strategies as st

from cosplay_action.method.ports import Unusable
from cosplay_action.specs.bodies import Edit, body_edit, undocumented
from cosplay_action.specs.faithful import faithful
from cosplay_action.specs.nodes import definitions
from cosplay_action.specs.parts import Parts, take_apart
from cosplay_action.specs.reply import read_candidate
from cosplay_action.specs.splice import splice
from cosplay_action.specs.target import Target
from tests.support.stubs import shared_target

HEADS = ["", "#!/usr/bin/python\n", "# coding: utf-8\n", '"""Doc é."""\n', "# licence\n\n", '"""A\n  b"""\n\n']
IMPORTS = [
    "", "import os\n", "from os import (\n    path,  # p\n)\n", "import os; x = 1\n", "import os as o, re\n\n",
    "from __future__ import annotations\n", "try:\n    import a\nexcept ImportError:\n    a = None\n",
]  # fmt: skip
MIDDLES = [
    "", "X = 1   \n", "\x0c\n", "# note\n", "if True:\n\tY = 2\n",
    "class K:\n  z = 1\n  def m(self): return '''a\n b'''\n",
    "s = '''x\n   y  \n'''\n", "\n\n\n", "@print\ndef other(): pass  # c\n",
]  # fmt: skip
STUBS = [
    ("f", "def f(x): ..."),
    ("f",
     "@dec(\n  1)\ndef f(x,\n      *, k=1) -> int:  # head\n    '''Doc.\n\n  odd'''\n    # keep\n"
      "    raise NotImplementedError  # todo"),
    ("f", "# attached\nasync def f(x):\n\t'''Doc.'''\n\tpass"),
    ("C.f", "class C:\n  a = 1\n  @property\n  def f(self):\n      '''D'''\n  b = 2"),
    ("C.D.f", "@d\nclass C:\n\tclass D:\n\t\t@staticmethod\n\t\tdef f(x): 'doc'; ...  # c\n\ty = 1"),
]  # fmt: skip
BODIES = [
    "return x\n", "if x:\n    # why\n    return 1\n\nreturn [\n  2,\n    3]\n",
    "y = '''a\n  b\n      '''\nreturn y + helper(1)\n",
    "import re\nreturn heapq.merge(x, _LIMIT)\n", "return 'ü', f'''{x}\n {  x!r:>3}'''\n",
]  # fmt: skip
EXTRAS = (
    "import heapq\nfrom collections import deque as dq\n_LIMIT = 3\ndef helper(a):\n    '''h'''\n"
    "    return '''q\n  r''', dq, a\n"
)


@st.composite
def modules(draw: st.DrawFn) -> tuple[bytes, str]:
    """A module around one stub, as bytes, and the stub's name."""
    qualname, stub = draw(st.sampled_from(STUBS))
    parts = [
        draw(st.sampled_from(HEADS)),
        draw(st.sampled_from(IMPORTS)),
        *draw(st.lists(st.sampled_from(MIDDLES), max_size=3)),
    ]
    after = draw(st.lists(st.sampled_from(MIDDLES), max_size=2))
    end = draw(st.sampled_from(["", "\n", "\n\n", "  \n"])) if not after else "\n"
    text = "".join([*parts, stub, end, *after])
    ends = draw(st.sampled_from([["\n"], ["\n"], ["\r\n"], ["\n", "\r\n"], ["\r\n", "\n", "\n"]]))
    lines = text.split("\n")
    text = "".join(line + ends[i % len(ends)] for i, line in enumerate(lines[:-1])) + lines[-1]
    bom = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return bom + text.encode(), qualname


@settings(max_examples=250, deadline=None)
@given(module=modules(), body=st.sampled_from(BODIES))
def test_every_byte_outside_of_body_imports_and_helpers_survives(module: tuple[bytes, str], body: str) -> None:
    raw, qualname = module
    target = shared_target(raw, qualname)
    node = target.node
    keyword = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    indented = "".join(f"    {line}" if not inside else line for line, inside in lines_of(body))
    reply = f"{EXTRAS}{keyword} f({ast.unparse(node.args)}):\n{indented}"
    source = read_candidate(reply, target)
    assert isinstance(source, str), source
    after = splice(target, source)
    assert not isinstance(after, Unusable), after
    assert_held(target.source.text, after, target.header_end)
    assert target.source.encode(after).startswith(raw[:3] if raw.startswith(b"\xef") else b"")
    assert after.endswith("\n") == target.source.text.endswith("\n")


def lines_of(body: str) -> list[tuple[str, bool]]:
    """The lines of a body, and whether each starts inside a string."""
    found, inside = [], False
    for line in body.splitlines(keepends=True):
        found.append((line, inside))
        inside ^= line.count("'''") % 2 == 1
    return found


def assert_held(before: str, after: str, header_end: int) -> None:
    """The lines of the old text, the stub's own left out, are lines of the new one in the same order."""
    old, new = before[:header_end].split("\n"), iter(after.split("\n"))
    for line in old[:-1]:
        assert any(line == other for other in new), line
    tail = [line for line in before[header_end:].split("\n")[1:] if not is_stub_line(line)]
    rest = iter(after.split("\n"))
    for line in tail:
        assert any(line == other for other in rest), line


def is_stub_line(line: str) -> bool:
    return line.strip().startswith(("raise NotImplementedError", "pass"))


@settings(max_examples=150, deadline=None)
@given(module=modules(), body=st.sampled_from(BODIES))
def test_a_spliced_module_has_the_old_tree_but_for_the_target(module: tuple[bytes, str], body: str) -> None:
    raw, qualname = module
    target = shared_target(raw, qualname)
    after = splice(target, f"def {target.name}():\n    return 1\n")
    assert isinstance(after, str)
    old, new = ast.parse(target.source.text), ast.parse(after)
    changed = [a for a, b in zip(old.body, new.body, strict=True) if ast.dump(a) != ast.dump(b)]
    assert [n.lineno for n in changed] == [target.top.lineno]


@settings(max_examples=250, deadline=None)
@given(module=modules(), body=st.sampled_from(BODIES), data=st.data())
def test_what_is_called_faithful_is_so_by_the_trees_of_the_whole_modules(
    module: tuple[bytes, str], body: str, data: st.DataObject
) -> None:
    """Pieces are compared as text: whatever is tampered with, that agrees with comparing all as trees."""
    raw, qualname = module
    target = shared_target(raw, qualname)
    parts = take_apart(f"def {target.name}(x):\n" + "".join(f"    {line}" for line in body.splitlines(True)))
    old = target.source.text
    at = data.draw(st.integers(0, len(old)), label="at")
    to = data.draw(st.integers(at, min(len(old), at + 9)), label="to")
    word = st.sampled_from(
        ["", "\n", "x = 1\n", "pass", "\\\n", "    y", "'''", "import os\n", "# c\n", "(", "return 1"]
    )
    more = Edit(start=at, end=to, text=data.draw(word, label="more"))
    edits = [body_edit(target, parts), more]
    text = tampered(old, edits)
    try:
        found = faithful(target, parts, text, edits)
    except SyntaxError:
        return
    event(f"called faithful: {found}")
    assert found <= by_whole_trees(target, parts, text)


def tampered(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def by_whole_trees(target: Target, parts: Parts, text: str) -> bool:
    """The old tree and the new one are the same but for the target's body, which is the candidate's."""
    old, new = ast.parse(target.source.text), ast.parse(text)
    if target.qualname not in definitions(new):
        return False
    bodies = [undocumented(definitions(tree)[target.qualname][0]) for tree in (old, new)]
    filled = ast.dump(ast.Module(bodies[1], []))
    for tree, body in zip((old, new), bodies, strict=True):
        node = definitions(tree)[target.qualname][0]
        node.body = node.body[: len(node.body) - len(body)]
    return ast.dump(old) == ast.dump(new) and filled == ast.dump(ast.Module(undocumented(parts.function), []))


def test_a_text_without_the_target_is_not_faithful() -> None:
    target = shared_target("x = 1\ndef f(x): ...\n", "f")
    parts = take_apart("def f(x):\n    return x\n")
    edits = [Edit(start=6, end=len(target.source.text), text="def g(x):\n    return x\n")]
    assert faithful(target, parts, tampered(target.source.text, edits), edits) is False
