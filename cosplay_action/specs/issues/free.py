"""A free text: one fenced Python stub, a line that names its file, and sentences around them."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cosplay_action.specs.issues.clean import Lines
from cosplay_action.specs.issues.code import tree_of
from cosplay_action.specs.issues.draft import Draft, read_target
from cosplay_action.specs.issues.examples import Called, Numbered, arrow_at, check_examples, read_examples
from cosplay_action.specs.issues.fields import Section, content, unfenced
from cosplay_action.specs.issues.findings import Findings, Flaw, shown
from cosplay_action.specs.issues.page import Fence, Page
from cosplay_action.specs.issues.prose import drop_caption
from cosplay_action.specs.issues.signature import header_of
from cosplay_action.specs.nodes import definitions, is_stub
from cosplay_action.specs.program_text import loose_runs, read_program_examples

_PYTHON = frozenset({"", "py", "python", "python3", "pycon"})
_BETWEEN = re.compile(r"[\s`'\"()<>\[\]{},;*]+")
_DECLARED = re.compile(r"^[\s>*_#-]*(?:file|target|path|module|location)\b[\s*_]*[:=]", re.IGNORECASE)
_NO_STUB = (
    "Write the headings Target, Signature and Behaviour; or put the function with its docstring and the body `...` "
    "between ``` fences."
)
_UNSEEN_CURE = "Type it anew: what cannot be seen could make it name something else."
_NO_FILE = "Add a line such as `File: src/pkg/module.py`."


@dataclass(frozen=True, slots=True)
class _Named:
    """A Python file that a line names, with the function behind it (``path.py::name``) if there is one."""

    text: str
    line: int
    declared: bool


def read_free(page: Page, found: Sequence[Section], lines: Lines, findings: Findings) -> Draft:
    """The draft of a text without the form's headings."""
    return _Reader(page, lines, findings).read(found)


@dataclass(slots=True)
class _Reader:
    """One free text being read; ``prose`` are the lines of it that are sentences so far."""

    page: Page
    lines: Lines
    findings: Findings
    draft: Draft = field(default_factory=Draft)
    prose: list[Numbered] = field(default_factory=list)

    def read(self, found: Sequence[Section]) -> Draft:
        own = {label: [s for s in found if s.label == label] for label in ("examples", "constraints")}
        free = [section for section in found if section.label not in own]
        draft = self.draft
        draft.program, draft.runs = read_program_examples(self.page, self.findings)
        taken = draft.runs
        fences = [fence for section in free for fence in self.page.within(section.first, section.last)]
        fences = [fence for fence in fences if fence.first not in taken]
        loose = self.loose(own["examples"], free)
        stub = self.stub(fences, loose)
        self.prose = [one for section in free for one in _sentences(self.page, section) if one[0] not in taken]
        self.file(stub)
        draft.examples = [one for s in own["examples"] for one in unfenced(self.page, s) if one[0] not in taken]
        draft.constraints = [one for section in own["constraints"] for one in content(self.page, section)]
        self.take_examples([fence for fence in fences if fence is not stub])
        self.compare(fences if stub is None else [])
        draft.behaviour = [one for one in self.prose if stub is None or not stub.first <= one[0] <= stub.last]
        draft.lines["behaviour"] = stub.first if stub else 1
        return draft

    def loose(self, examples: Sequence[Section], free: Sequence[Section]) -> list[Flaw]:
        """Lines that mean to be halves of runs: below Examples or the first run, or a text has several of them."""
        runs = self.draft.runs
        first = 1 if examples else min(runs, default=1)
        sections = [s for s in examples or free if s.last >= first]
        found = [one for s in sections for one in loose_runs(self.page, max(first, s.first), s.last, runs)]
        return found if examples or runs or len(found) > 1 else []

    def stub(self, fences: Sequence[Fence], loose: list[Flaw]) -> Fence | None:
        """The one block that holds a stub, its header read; without one, ``loose`` lines mean to be a program's."""
        found = [(fence, name, line) for fence in fences for name, line in _stubs(fence)]
        homes = list({fence.first: fence for fence, _, _ in found}.values())
        if len(homes) > 1:
            listed = ", ".join(f"{shown(name)} (line {line})" for _, name, line in found[:5])
            what = f"There are stubs in {len(homes)} blocks: {listed}."
            self.findings.flaw(homes[1].first, what, "Ask for one in one spec.")
        elif not found and (self.draft.program or loose):
            self.draft.loose = loose
        elif not found:
            done = next(((f.first, name) for f in fences for name in _functions(f)), None)
            what = f"{shown(done[1])} has a body that does something." if done else "There is no fenced Python stub."
            self.findings.flaw(done[0] if done else 0, what, _NO_STUB)
        if len(homes) != 1:
            self.draft.broken |= set() if self.draft.program or self.draft.loose else {"signature", "behaviour"}
            return None
        self.header(homes[0])
        return homes[0]

    def header(self, stub: Fence) -> None:
        tree = _tree(stub)
        self.draft.header = header = header_of(tree, stub.start, self.findings) if tree is not None else None
        self.draft.lines["signature"] = stub.start
        self.draft.broken |= set() if header else {"signature", "behaviour"}
        behind = header.document_line if header and header.docstring else stub.last + 1
        hidden = next((number for number in range(stub.first, behind) if number in self.lines.unseen), 0)
        if hidden:
            self.findings.flaw(hidden, "The stub's header holds an invisible character.", _UNSEEN_CURE)

    def file(self, stub: Fence | None) -> None:
        """Find the line that names the file."""
        inside = {n for fence in self.page.fences for n in range(fence.first, fence.last + 1)}
        looked = [one for one in self.prose if one[0] not in inside]
        looked += [one for one in _block(stub) if one[1].lstrip().startswith("#")] if stub else []
        named = [one for number, text in looked for one in _named(number, text)]
        named = [one for one in named if one.declared] or named
        if len({one.text for one in named}) > 1:
            listed = ", ".join(f"{shown(one.text)} (line {one.line})" for one in named[:5])
            self.findings.flaw(named[1].line, f"Several files are named: {listed}.", _NO_FILE)
        elif not named:
            self.findings.flaw(0, "No Python file is named.", _NO_FILE)
        elif named and named[0].line in self.lines.unseen:
            what = "The line that names the file holds an invisible character."
            self.findings.flaw(named[0].line, what, _UNSEEN_CURE)
        elif named:
            read_target(named[0].text, named[0].line, self.draft, self.findings)
            self.drop_file_line(named[0])
            return
        self.draft.broken |= {"path", "name"}

    def drop_file_line(self, named: _Named) -> None:
        """Take the line that names the file out of the sentences, when it stands for itself."""
        at = next((i for i, (number, _) in enumerate(self.prose) if number == named.line), -1)
        near = [self.prose[i][1].strip() for i in (at - 1, at + 1) if at >= 0 and 0 <= i < len(self.prose)]
        if at >= 0 and (named.declared or all(not text or text.startswith(("```", "~~~")) for text in near)):
            del self.prose[at]

    def take_examples(self, fences: Sequence[Fence]) -> None:
        """Blocks whose every line is an example are examples, and no sentences."""
        name = self.draft.qualname or (self.draft.header.qualname if self.draft.header else "")
        for fence in fences if name else ():
            block, trial = _block(fence), Findings("")
            if read_examples(block, Called.of(name), trial) and not trial.flaws:
                self.draft.examples += [*block, (fence.last, "")]
                self.drop(fence)

    def compare(self, fences: Sequence[Fence]) -> None:
        """Find sentences that contradict each other as examples of several stubs, of which one has to go."""
        stubs = {name.rpartition(".")[2] for fence in fences for name, _ in _stubs(fence)}
        found = [arrow_at([one])[1] for one in self.prose if stubs and any(f"{name}(" in one[1] for name in stubs)]
        check_examples([one for one in found if one is not None], self.findings)

    def drop(self, fence: Fence) -> None:
        """Take a block and its caption out of the sentences."""
        at = next((i for i, (number, _) in enumerate(self.prose) if number >= fence.first), len(self.prose))
        above, below = self.prose[:at], self.prose[at:]
        drop_caption(above)
        self.prose = [*above, *(one for one in below if not fence.first <= one[0] <= fence.last)]


def _block(fence: Fence) -> list[Numbered]:
    return list(zip(range(fence.start, fence.last + 1), fence.lines, strict=False))


def _sentences(page: Page, section: Section) -> list[Numbered]:
    """A section with its heading, but for the text's own title and the heading of Behaviour."""
    heading = section.heading
    bare = heading is None or section.label or heading.depth == 1
    above = [] if bare or heading is None else page.numbered(heading.first, heading.last)
    return [*above, *content(page, section), (0, "")]


def _tree(fence: Fence) -> ast.Module | None:
    word = fence.info.split()[0].casefold() if fence.info else ""
    return tree_of(fence.text) if word in _PYTHON else None


def _functions(fence: Fence) -> list[str]:
    tree = _tree(fence)
    return list(definitions(tree)) if tree is not None else []


def _stubs(fence: Fence) -> list[tuple[str, int]]:
    """The stubs of a block, and the lines they start in."""
    tree = _tree(fence)
    nodes = definitions(tree).items() if tree is not None else ()
    return [(name, fence.start + n.lineno - 1) for name, found in nodes for n in found if is_stub(n)]


def _named(number: int, text: str) -> list[_Named]:
    declared = bool(_DECLARED.match(text))
    found = []
    for word in _BETWEEN.split(text):
        path, mark, name = word.rstrip(".:!?").partition("::")
        if path.casefold().endswith(".py") and len(path) > len(".py") and "//" not in path:
            found.append(_Named(f"{path}{mark}{name}", number, declared))
    return found
