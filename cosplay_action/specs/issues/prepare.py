"""A spec's function where it belongs: as a stub in the text of its module, which the usual way of reading finds.

Nothing is written here. ``prepare`` looks at the repository and says what would change, as whole files.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from cosplay_action.errors import SpecError, UsageError
from cosplay_action.method.ports import Unusable
from cosplay_action.specs.folders import own_folder
from cosplay_action.specs.importing import ImportPlace, import_place
from cosplay_action.specs.issues.code import tree_of
from cosplay_action.specs.issues.docstring import LONGEST_LINE, SHOWN, compose, constraints, with_doctests
from cosplay_action.specs.issues.done import why_done
from cosplay_action.specs.issues.findings import Findings, shown
from cosplay_action.specs.issues.insert import (
    BODY,
    new_module,
    only_added,
    stub_lines,
    with_docstring,
    with_function,
    with_method,
)
from cosplay_action.specs.issues.needed import bound, needed_imports
from cosplay_action.specs.issues.paths import place_flaw
from cosplay_action.specs.issues.prepared import Change, Prepared
from cosplay_action.specs.issues.room import Room, new_packages
from cosplay_action.specs.issues.signature import render
from cosplay_action.specs.issues.spec import BEHAVIOUR_CURE, IssueSpec
from cosplay_action.specs.issues.truths import Truths, read_truths
from cosplay_action.specs.nodes import Function, definitions, is_stub
from cosplay_action.specs.parts import UNIT, wrap
from cosplay_action.specs.parts import compose as canonical
from cosplay_action.specs.source import SourceFile, read_source
from cosplay_action.specs.splice import splice
from cosplay_action.specs.target import Target, find_target


def check_place(root: Path, spec: IssueSpec, findings: Findings) -> None:
    """Find out whether the file that a spec names, if it names one, can be made or changed where it is."""
    why = place_flaw(root, spec.path) if spec.path else ""
    if why:
        findings.flaw(spec.line("target"), f"Target cannot be used: {why}.", "Name another file.")


def prepare(root: Path, spec: IssueSpec, broken: frozenset[str] = frozenset(), *, quick: bool = False) -> Prepared:
    """Find out where a spec's function belongs in the repository at ``root``, and what it takes to put it there.

    Of what is ``broken`` (see ``Draft.broken``) it is known elsewhere: nothing is said of it here. ``quick``: as in
    ``import_place``. Raises FlawedSpec: one that lists everything that does not fit the repository, each with its line.
    """
    findings = Findings(spec.origin, notes=dict.fromkeys(spec.notes))
    if spec.program:
        findings.flaw(spec.line("target"), "This describes a program, not a function.", "Play it as one.")
    check_place(root, spec, findings)
    findings.check()
    try:
        source = read_source(root, spec.path) if (root / spec.path).exists() else None
        place = import_place(root, spec.path, quick=quick)
    except UsageError as error:
        findings.flaw(spec.line("target"), error.what, error.cure)
        findings.refuse()
    return _Placing(root, spec, source, place, findings, broken).prepared()


@dataclass(slots=True)
class _Placing:
    """One spec being placed. ``source`` is its file as it is (None: there is none), ``broken`` as in ``prepare``."""

    root: Path
    spec: IssueSpec
    source: SourceFile | None
    place: ImportPlace
    findings: Findings
    broken: frozenset[str] = frozenset()

    def prepared(self) -> Prepared:
        there = self.source is not None and self.spec.qualname in definitions(self.source.tree)
        target, truths = self.completed() if there else self.created()
        self.findings.check()
        return Prepared(
            target=self.spec.target, changes=self.changes(target), examples=tuple(truths.known.values()),
            unconverted=tuple(truths.left), notes=tuple(self.findings.notes),
        )  # fmt: skip

    # -- a function that is not there yet -----------------------------------------------------------------------------

    def created(self) -> tuple[Target, Truths]:
        """The stub put into its module, with its imports and its docstring."""
        spec = self.spec
        room = Room(spec, self.source, self.findings)
        holder = room.holder()
        has_room = room.is_free(holder)
        if not spec.signature and "signature" not in self.broken:
            what = f"There is no function {shown(spec.qualname)} in {spec.path}."
            self.findings.flaw(spec.line("target"), what, "Write its header in Signature.")
            if not spec.behaviour and "behaviour" not in self.broken:
                self.findings.flaw(spec.line("behaviour"), "Behaviour is missing.", BEHAVIOUR_CURE)
        imports = needed_imports(spec, bound(self.source, holder), self.findings)
        if not (has_room and spec.signature):
            self.findings.refuse()
        parts = [spec.behaviour, constraints(spec.constraints)]
        bare = self.composed(parts)
        place = self.with_imports(self.target_in(self.with_room(holder)), imports)
        target = self.filled(place, bare)
        truths = read_truths(spec, target, spec.line("behaviour"), self.findings)
        document = with_doctests(bare, self.doctests(truths))
        self.findings.check()
        if self.source is None:
            self.findings.note(f"{spec.path} is new.")
        return self.filled(place, document), truths

    def composed(self, parts: list[str]) -> str:
        """The sentences of a docstring. A line that nothing can break costs every reader of examples its square."""
        document = compose(parts, 4 * (self.spec.qualname.count(".") + 1))
        longest = max(map(len, document.split("\n")))
        if longest > LONGEST_LINE:
            what = f"Behaviour or Constraints have a line of {longest:,} characters that cannot be broken."
            self.findings.flaw(self.spec.line("behaviour"), what, f"Keep such lines below {LONGEST_LINE} characters.")
            self.findings.refuse()
        return document

    def with_room(self, holder: ast.ClassDef | None) -> bytes:
        """The module's bytes with a stub of the name alone: imports go in before the header that uses them."""
        spec, source = self.spec, self.source
        header = f"def {spec.qualname.rpartition('.')[2]}()"
        if source is None:
            path = PurePosixPath(spec.path)
            stem = path.parent.name if path.stem == "__init__" else path.stem
            return new_module(stem, stub_lines(header, "", "", UNIT)).encode()
        if holder is None:
            return self.encoded(with_function(source, stub_lines(header, "", "", source.unit)))
        text = with_method(source, holder, header)
        if not text:
            what = f"The class {shown(holder.name)} stands on one line."
            self.findings.flaw(spec.line("target"), what, "Give its body lines of their own.")
            self.findings.refuse()
        return self.encoded(text)

    def filled(self, room: Target, document: str) -> Target:
        """The spec's stub in the place of the one that keeps its room."""
        source = room.source
        lines = stub_lines(self.spec.signature, document, room.indent, source.unit)
        text = source.newline.join(lines).removeprefix(room.indent)
        return self.target_in(self.in_encoding(source, f"{source.text[: room.start]}{text}{source.text[room.end :]}"))

    def encoded(self, text: str) -> bytes:
        """The new text of the module as bytes, once it is certain that nothing else of it changed."""
        assert self.source is not None
        if not only_added(self.source.text, text, self.spec.qualname):
            what = f"{shown(self.spec.qualname)} cannot be put into {self.spec.path} without changing more of it."
            self.findings.flaw(self.spec.line("target"), what, "Add the stub by hand, and name it as Target.")
            self.findings.refuse()
        return self.in_encoding(self.source, text)

    def in_encoding(self, source: SourceFile, text: str) -> bytes:
        try:
            return source.encode(text)
        except UnicodeEncodeError as error:
            what = f"{source.path} is in {source.encoding}, which cannot say {shown(error.object[error.start])}."
            self.findings.flaw(0, what, "Write it in plain letters, or save the file as UTF-8.")
            self.findings.refuse()

    def target_in(self, raw: bytes) -> Target:
        """The stub as the usual way of reading finds it, in a file with these bytes."""
        with own_folder("spec") as folder:
            file = folder / self.spec.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(raw)
            found = find_target(folder, self.spec.target, lambda *_: self.place)
        return replace(found, root=self.root.resolve())

    def with_imports(self, target: Target, imports: list[str]) -> Target:
        if not imports:
            return target
        text = splice(target, canonical(imports, [], wrap(target, [f"{UNIT}{BODY}"])))
        if isinstance(text, Unusable):
            cure = "Import another name, or leave the import out."
            self.findings.flaw(self.spec.line("signature"), f"The imports do not fit {target.path}: {text.why}.", cure)
            self.findings.refuse()
        return self.target_in(target.source.encode(text))

    def doctests(self, truths: Truths) -> list[str]:
        """The examples as doctests, as many as a docstring should hold."""
        kept, number = list[str](), 0
        for text, count in truths.doctests:
            if number + count <= SHOWN:
                kept.append(text)
                number += count
        told = len(truths.known) - truths.said
        if number < told:
            self.findings.note(f"The docstring shows {number} of {told} examples; every one is a test.")
        return kept

    # -- a stub that is there already ---------------------------------------------------------------------------------

    def completed(self) -> tuple[Target, Truths]:
        """The stub with what its docstring does not say yet."""
        spec = self.spec
        self.check_open()
        try:
            target = find_target(self.root, spec.target, lambda *_: self.place)
        except SpecError as error:
            self.findings.flaw(spec.line("target"), error.what, error.cure)
            self.findings.refuse()
        return self.completion(target)

    def completion(self, target: Target) -> tuple[Target, Truths]:
        """The stub with what is missing, itself when nothing is."""
        spec = self.spec
        self.check_signature(target.node)
        said = _words(target.docstring)
        parts = [part for part in (spec.behaviour, constraints(spec.constraints)) if _words(part) not in said]
        more = self.composed(parts)
        document = "\n\n".join(part for part in (target.docstring, more) if part)
        truths = read_truths(spec, replace(target, docstring=document), 0, self.findings)
        doctests = self.doctests(truths)
        self.findings.check()
        if more or doctests:
            self.findings.note(f"{spec.target} is a stub already; its docstring was completed.")
            target = self.target_in(self.encoded(with_docstring(target, with_doctests(document, doctests))))
        return target, truths

    def check_open(self) -> None:
        """A function that is implemented already cannot be played, whether it landed from this spec or not."""
        assert self.source is not None
        nodes = definitions(self.source.tree)[self.spec.qualname]
        if len(nodes) == 1 and not is_stub(nodes[0]):
            what, cure = why_done(self.root, self.spec.target, self.source, nodes[0], self.adds_nothing)
            self.findings.flaw(self.spec.line("target"), what, cure)
            self.findings.refuse()

    def adds_nothing(self, raw: bytes) -> bool:
        """Whether a stub, in a module with these bytes, says all that the spec does."""
        stub = self.target_in(raw)
        again = _Placing(self.root, self.spec, stub.source, self.place, Findings(self.findings.origin), self.broken)
        try:
            return again.completion(stub)[0] is stub
        except SpecError:
            return False

    def check_signature(self, node: Function) -> None:
        tree = tree_of(f"{self.spec.signature}: ...") if self.spec.signature else None
        theirs = tree.body[0] if tree is not None else None
        bare = ast.unparse(node.args), node.returns and ast.unparse(node.returns), type(node)
        if isinstance(theirs, Function):
            given = ast.unparse(theirs.args), theirs.returns and ast.unparse(theirs.returns), type(theirs)
            if given != bare:
                what = f"{self.spec.target} has the header {shown(render(node))}, Signature another one."
                self.findings.flaw(self.spec.line("signature"), what, "Write the same, or leave Signature blank.")

    # -- what changes -------------------------------------------------------------------------------------------------

    def changes(self, target: Target) -> tuple[Change, ...]:
        """The module's change, and an ``__init__.py`` for each new folder of a package."""
        old, new = self.source.raw if self.source else None, target.source.raw
        if old == new:
            return ()
        packages = [
            Change(path=f"{folder}/__init__.py", old=None, new=b"")
            for folder in new_packages(self.root, self.spec.path)
        ]
        return (Change(path=self.spec.path, old=old, new=new), *packages)


def _words(text: str) -> str:
    return " ".join(text.split())
