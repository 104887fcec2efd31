"""Whether there is room for a spec's function where it wants to go."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cosplay_action.specs.issues.findings import Findings, shown
from cosplay_action.specs.issues.spec import IssueSpec
from cosplay_action.specs.names import bindings, references
from cosplay_action.specs.project import above, is_package
from cosplay_action.specs.source import SourceFile


@dataclass(frozen=True, slots=True)
class Room:
    """The place of one spec's function that is not there yet. ``source`` is its file (None: there is none)."""

    spec: IssueSpec
    source: SourceFile | None
    findings: Findings

    def holder(self) -> ast.ClassDef | None:
        """The class that the new method goes into; None for a function, and where there is no such class."""
        class_name = self.spec.qualname.rpartition(".")[0]
        found: ast.ClassDef | None = None
        body = self.source.tree.body if self.source else []
        for part in class_name.split(".") if class_name else ():
            found = next((n for n in body if isinstance(n, ast.ClassDef) and n.name == part), None)
            if found is None:
                what = f"There is no class {shown(class_name)} at the top of {self.spec.path}."
                self.findings.flaw(self.spec.line("target"), what, "Name a class that is there, or a function.")
                return None
            body = found.body
        return found

    def is_free(self, holder: ast.ClassDef | None) -> bool:
        """Whether its name stands for nothing else in ``holder``; False where there is no such class."""
        class_name, _, name = self.spec.qualname.rpartition(".")
        if class_name and holder is None:
            return False
        body = holder.body if holder else self.source.tree.body if self.source else []
        what = ""
        if name in bindings(ast.Module(body=body, type_ignores=[])):
            what = f"{shown(self.spec.qualname)} is something else in {self.spec.path} already."
        elif holder is None and self.source and hasattr(builtins, name) and name in references(self.source.text):
            what = f"{self.spec.path} uses Python's own {shown(name)}, which a function of that name would replace."
        if what:
            self.findings.flaw(self.spec.line("target"), what, "Choose another name.")
        return not what


def new_packages(root: Path, path: str) -> list[str]:
    """The folders on the way to a new file that are not there yet, where they are parts of a package."""
    made = list[str]()
    for folder in reversed(list(above(path))):
        parent = PurePosixPath(folder).parent.as_posix()
        inside = parent in made or is_package(root, parent)
        if inside and not (root / folder).exists() and path != f"{folder}/__init__.py":
            made.append(folder)
    return made
