"""An issue's body, or a ``spec.md``, as a spec: the issue form's headings, or a free text with one fenced stub.

Everything here is other people's text. It is read as data, bounded, and refused in one message that lists all there is
to mend; what nobody can see of it is no part of the spec. See docs/specs.md for what to write.
"""

from __future__ import annotations

from cosplay_action.specs.issues.clean import clean
from cosplay_action.specs.issues.draft import assemble
from cosplay_action.specs.issues.fields import check_swallowed, is_form, sections
from cosplay_action.specs.issues.findings import Findings, FlawedSpec
from cosplay_action.specs.issues.form import read_form
from cosplay_action.specs.issues.free import read_free
from cosplay_action.specs.issues.page import read_page
from cosplay_action.specs.issues.prepare import prepare
from cosplay_action.specs.issues.prepared import Change, Prepared
from cosplay_action.specs.issues.spec import IssueSpec

__all__ = ["Change", "FlawedSpec", "IssueSpec", "Prepared", "prepare", "read_issue"]


def read_issue(text: str, origin: str) -> IssueSpec:
    """Read a spec; ``origin`` names it in messages (``spec.md``, ``issue #12``).

    Raises FlawedSpec (a SpecError) that lists everything missing or contradictory, each with its line and its cure.
    """
    findings = Findings(origin)
    lines = clean(text, findings)
    page = read_page(lines.lines, findings)
    found = sections(page)
    check_swallowed(page, found, findings)
    read = read_form if is_form(found) else read_free
    draft = read(page, found, lines, findings)
    return assemble(draft, page, lines, findings)
