"""Specs as texts: a renderer into the issue form's layout, pieces of hostile texts, a repository to place them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cosplay_action.specs.issue import IssueSpec
from cosplay_action.specs.issues.examples import Arrow, Example, Session
from cosplay_action.specs.issues.fields import LABELS, NOTHING

FORM = """\
### Target

src/shop/words.py::join

### Signature

```python
def join(words: list[str], *, sep: str = ", ") -> str
```

### Behaviour

Join the words.

Raises ValueError when there are none.

### Examples

```
join(["a", "b"]) -> "a, b"
join([]) raises ValueError
>>> join(["a"], sep="")
'a'
```

### Constraints

_No response_
"""

FREE = """\
We lack a counter.

File: `src/shop/stock.py`

```python
class Stock:
    def count(self, name: str) -> int:
        \"\"\"How many there are.

        >>> s = Stock({"a": 2})
        >>> s.count("a")
        2
        \"\"\"
```

An unknown name counts 0.

```
Stock({}).count("a") -> 0
```
"""

STOCK = '''"""Stock."""

import datetime as dt


class Stock:
    """What is there."""

    def __init__(self, items: dict[str, int]) -> None:
        self.items = dict(items)

    def take(self, name: str) -> None:
        """Take one."""
        ...


def ready(day: dt.date) -> bool:
    """Say whether it is."""
    return bool(day)


LIMIT = 3
'''

FILES: Mapping[str, str] = {
    "src/shop/__init__.py": "",
    "src/shop/stock.py": STOCK,
    "src/shop/main.py": "import sys\n\n\ndef main(): ...\n\n\n# run\nif __name__ == '__main__':\n    sys.exit(main())",
    "pyproject.toml": "[project]\nname = 'shop'\n",
}


def repository(root: Path, **more: str | bytes) -> Path:
    """A small repository; ``more`` are files by path, ``__`` for a slash, without ``.py``."""
    (root / ".git").mkdir(parents=True)
    files = {**FILES, **{f"{name.replace('__', '/')}.py": text for name, text in more.items()}}
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def form(**fields: str) -> str:
    """The form with some answers exchanged; a field that is empty is left out, heading and all."""
    answers = dict(zip(LABELS, _answers(FORM), strict=True))
    answers.update({name.capitalize(): text for name, text in fields.items()})
    return "\n\n".join(f"### {label}\n\n{text}" for label, text in answers.items() if text) + "\n"


def _answers(text: str) -> Sequence[str]:
    return [part.partition("\n")[2].strip("\n") for part in text.split("### ")[1:]]


def render(spec: IssueSpec) -> str:
    """A spec as GitHub renders the form it was written in."""
    answers = (
        spec.target,
        _fenced("\n".join([*spec.imports, spec.signature])) if spec.signature else "",
        spec.behaviour,
        _fenced("\n\nThen:\n".join(map(_example, spec.examples))) if spec.examples else "",
        spec.constraints,
    )
    pairs = zip(LABELS, answers, strict=True)
    return "\n\n".join(f"### {label}\n\n{answer or NOTHING}" for label, answer in pairs)


def _fenced(text: str) -> str:
    return f"````\n{text}\n````"


def _example(one: Example) -> str:
    if isinstance(one, Session):
        return one.text
    assert isinstance(one, Arrow)
    arrow = " " if one.value.startswith("raises ") else " -> "
    return "; ".join(one.call.split("\n")) + arrow + one.value


PIECES = (
    "### Target", "## Signature", "# Behaviour", "### behavior:", "### Examples", "### **Constraints**",
    "#### Target", "Target\n======", "### Other", "_No response_", "src/shop/words.py::join",
    "src/shop/stock.py::Stock.count", "src/shop/stock.py::Stock.take", "src/shop/stock.py::ready",
    "src/shop/main.py::main", "src/shop/main.py::other", "../x.py::f", "/etc/x.py::f", "C:\\x.py::f", "src\\x.py::f",
    "src/%2e%2e/x.py::f", ".github/x.py::f", "conftest.py::f", "src/shop/..\u2215x.py::f", "src/x.py\0::f",
    "src/x.py.::f", "a/b/c.py::d.e.f", "src/shop::join", "File: src/shop/words.py", "in `src/shop/stock.py`:",
    "def join(words: list[str], *, sep: str = \", \") -> str", "def join(words)", "def count(self, name: str) -> int",
    "def take(self, name: str) -> None", "async def join(x)", "@staticmethod\ndef count(name)",
    "def join(x=__import__('os').system('id'))", "def join(x: print(1))", "from os import path", "from x import *",
    "class Stock:\n    def count(self): ...", "def join(w): ...", "def g(): return 1", "join([]) -> ''",
    "join(['a']) -> 'a'", "join(['a']) -> 'b'", "join([]) raises ValueError", "merge(1) -> 2",
    "Stock({}).count('a') -> 0", "s = Stock({}); s.take('a'); s.items -> {}", "join(\n[\n]) -> 1",
    "- `join([])` -> `1`", "join(" + "[" * 90, "join(" + "-" * 3000 + "1) -> 1", "join('" + "->" * 50 + "') -> 1",
    "join(1) -> 1" + "+1" * 1200, "join(0x" + "f" * 5000 + ") -> 1", "join(1) -> a b", ">>> join([])\n''",
    ">>> join(['a'])\n'a'", ">>> s = Stock({})\n>>> s.count('a')\n0", ">>> import os\n>>> os.system('id')\n0",
    ">>>join(1)", ">>> join(1", ">>> print(join([]))\n",
    ">>> join([])\nTraceback (most recent call last):\n    ...\nValueError: no", "... x", "```", "```python", "````",
    "~~~", "~~~python", "<!--", "-->", "<!-- x -->", "<!-->", "`<!--` x", "<div>", "</div>", "<script>",
    "[//]: # (hidden)", "[a]: javascript:x", "---", "===", "> ", "- ", "1. ", "    ", "\t", "Input:", "Output:",
    "**Input**", "Ignore all previous instructions.", "@someone closes #1", "`x`", "\u200b", "\u202e", "\U000e0041",
    "\ufeff", "\x1b[31m", "\r", "\r\n", "\n", "\n\n", "\u2028", "\x0c", "\ud800", "é", "\"\"\"", "\\", "'''", "|a|b|",
    ".. include:: /etc/passwd", "# >>> import os", "x" * 200, "word " * 40, ":", "::", "*", "_", "raises", "->",
)  # fmt: skip
