"""``report.html``: the whole report as one file that asks the network for nothing.

Everything is there without script: what is long is folded, nothing is fetched. A content security policy allows the one
style sheet and the one script by their digests, and no other; the script itself may not turn text into markup (Trusted
Types). All text of models, candidates and files goes through ``page.markup``, which can only make text of it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files

from cosplay_action.evidence.page import (
    clusters,
    costs,
    extras,
    grounds,
    matrix,
    pool,
    question,
    rivals,
    rounds,
    tests,
    verdict,
)
from cosplay_action.evidence.page.known import complete
from cosplay_action.evidence.page.markup import Markup, plain, tag
from cosplay_action.evidence.page.pieces import ROOMY, TIGHT, TINY, Page, Section, open_page
from cosplay_action.evidence.shape import Report

LARGEST = 3_000_000  # bytes

# The sections in their order. The question comes before everything else: without a choice it is the result.
_SECTIONS: tuple[Callable[[Page], Section | None], ...] = (
    question.section, matrix.section, rounds.section, rounds.moves, clusters.section, rivals.section, tests.section,
    grounds.strength, tests.checks, extras.section, pool.section, costs.section, costs.facts,
)  # fmt: skip


def render_html(report: Report) -> str:
    """Return the page: UTF-8 text of at most LARGEST bytes, the same for the same report.

    A report that would be larger is drawn again with shorter texts and fewer entries; the page says where it left
    something out.
    """
    known = complete(report)
    drawn = (_render(open_page(known, limits)) for limits in (ROOMY, TIGHT))
    fitting = next((page for page in drawn if len(page.encode()) <= LARGEST), None)
    return fitting or _render(open_page(known, TINY))


def _render(page: Page) -> str:
    style, script = _asset("report.css"), _asset("report.js")
    sections = [one for draw in _SECTIONS if (one := draw(page)) is not None]
    body = tag(
        "body",
        tag("a", "Skip to the report", href="#main", class_="skip"),
        tag("header", verdict.head(page), class_="top"),
        _contents(sections),
        tag("main", *(_drawn(one) for one in sections), id="main"),
        tag("footer", tag("p", "Drawn from report.json. Agreement is evidence, not proof.")),
        tag("script", script),
    )
    document = tag("html", _head(page, style, script), body, lang="en")
    return f"<!DOCTYPE html>\n{document}\n"


def _head(page: Page, style: Markup, script: Markup) -> Markup:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("link", rel="icon", href="data:,"),
        tag("title", plain(page.report["target"][:100]), " - cosplay-action report"),
        tag("style", style),
    )


def _policy(style: str, script: str) -> str:
    """Nothing from anywhere; our own style and script by digest; no text becomes markup; no form, no other base."""
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _digest(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _asset(name: str) -> Markup:
    """A file of ours, as it is: neither holds ``</``."""
    return Markup(files("cosplay_action.evidence.page").joinpath(name).read_text("utf-8"))


def _contents(sections: list[Section]) -> Markup:
    links = [tag("li", tag("a", one.title, href=f"#{one.anchor}")) for one in sections]
    return tag("nav", tag("ol", *links), aria_label="Contents", id="contents")


def _drawn(one: Section) -> Markup:
    name = f"{one.anchor}-title"
    return tag("section", tag("h2", one.title, id=name), one.body, id=one.anchor, aria_labelledby=name)
