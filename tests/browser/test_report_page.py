"""report.html in a real browser: accessible in both themes, usable by keyboard, finger, printer, and without script.

Needs a Chromium and, for the accessibility rules, axe-core (``npm install --prefix tests/browser``). Where one is
missing the tests are skipped, unless COSPLAY_TEST_BROWSER is set: then they fail.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cosplay_action.evidence.html import render_html
from cosplay_action.evidence.report import build_report
from tests.browser import devtools, pools
from tests.browser.devtools import Browser, Tab
from tests.browser.reading import read
from tests.support import outcomes

DESKTOP, PHONE = 1280, 390
PAGES: dict[str, Callable[[], str]] = {
    "chosen": lambda: render_html(pools.grounded(pools.report(16, 16, 5))),
    "question": lambda: render_html(build_report(outcomes.no_consensus(), outcomes.facts(), outcomes.landing())),
    "budget": lambda: render_html(build_report(outcomes.budget_without_choice(), outcomes.facts())),
    "hostile": lambda: render_html(build_report(outcomes.hostile(), outcomes.facts(), outcomes.landing())),
    "program": lambda: render_html(pools.program()),
    "large": lambda: render_html(pools.grounded(pools.report(64, 64, 10, rivals=6))),
}
every_page = pytest.mark.parametrize("name", PAGES)
AXE = (
    "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations"
    ".map(one => [one.id, one.impact, one.nodes.slice(0, 3).map(node => node.html.slice(0, 200))]))"
)
OPEN = "for (const one of document.querySelectorAll('details')) one.open = true"


def missing(what: str) -> None:
    """Skip with a reason; fail where the browser tests were asked for."""
    if os.environ.get("COSPLAY_TEST_BROWSER"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = devtools.found()
    if program is None:
        missing("no Chromium is installed")
    assert program
    with devtools.running(program) as started:
        yield started


@pytest.fixture(scope="module")
def axe() -> str:
    named = os.environ.get("COSPLAY_TEST_AXE")
    place = Path(named) if named else Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
    if not place.is_file():
        missing("axe-core is not installed (npm install --prefix tests/browser)")
    return place.read_text("utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The address of each page."""
    home = tmp_path_factory.mktemp("pages")
    for name, draw in PAGES.items():
        (home / f"{name}.html").write_text(draw(), encoding="utf-8")
    return {name: devtools.address(home / f"{name}.html") for name in PAGES}


@pytest.fixture
def opened(browser: Browser, pages: dict[str, str]) -> Iterator[Callable[..., Tab]]:
    """Opens a page in a tab of its own, closed again at the end."""
    tabs: list[Tab] = []

    def show(name: str, width: int = DESKTOP, theme: str = "light", **how: bool) -> Tab:
        tabs.append(Tab(browser, width=width, theme=theme))
        tabs[-1].open(pages[name], **how)
        return tabs[-1]

    yield show
    for tab in tabs:
        tab.close()


def place(tab: Tab, element: str) -> list[float]:
    """The middle of an element, brought into view."""
    found: list[float] = tab.evaluate(
        f"(() => {{ const one = {element}; one.scrollIntoView({{block: 'center', inline: 'center'}});"
        "const at = one.getBoundingClientRect(); return [at.x + at.width / 2, at.y + at.height / 2] })()"
    )
    return found


def cell(row: int, column: int) -> str:
    return f"document.getElementById('grid').rows[{row}].cells[{column}]"


def focused(tab: Tab) -> Any:
    """Row and column of the cell that has the focus."""
    return tab.evaluate(
        "(() => { const one = document.activeElement.closest('td, th');"
        "return one && [one.parentElement.rowIndex, one.cellIndex] })()"
    )


def card(tab: Tab) -> Any:
    """What the card shows by name, None where there is none."""
    return tab.evaluate(
        "(() => { const card = document.getElementById('card'); return card.hidden ? null : Object.fromEntries("
        "[['', card.querySelector('strong').textContent], ...[...card.querySelectorAll('dl > div')]"
        ".map(row => [row.firstChild.textContent, row.lastChild.textContent])]) })()"
    )


# -- for everybody ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("name", ["chosen", "question", "hostile"])
def test_no_rule_of_accessibility_is_broken(
    opened: Callable[..., Tab], axe: str, name: str, width: int, theme: str
) -> None:
    tab = opened(name, width, theme, policy=False)
    tab.evaluate(OPEN)
    tab.evaluate(axe + ";0")
    assert tab.evaluate(AXE) == []


@every_page
def test_a_phone_never_scrolls_sideways(opened: Callable[..., Tab], name: str) -> None:
    tab = opened(name, PHONE)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.evaluate(wide) == 0
    tab.evaluate(OPEN)
    assert tab.evaluate(wide) == 0
    assert tab.evaluate("visualViewport.width") == PHONE


@every_page
@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without"])
def test_nothing_is_asked_of_any_network_and_nothing_is_complained_of(
    opened: Callable[..., Tab], pages: dict[str, str], name: str, scripts: bool
) -> None:
    tab = opened(name, scripts=scripts)
    assert tab.requests() == [pages[name]]
    assert tab.complaints() == []


# -- by keyboard --------------------------------------------------------------------------------------------------


def test_the_first_stop_of_the_keyboard_skips_to_the_report(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen")
    tab.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the report"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().left >= 0")
    tab.press("Enter")
    tab.press("Tab")
    assert tab.evaluate("!!document.activeElement.closest('main')")


def test_the_matrix_is_one_stop_of_the_keyboard(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen")
    stops = "[...document.querySelectorAll('#matrix .matrix, #grid *')].filter(one => one.tabIndex >= 0).length"
    assert tab.evaluate(stops) == 1


def test_arrow_keys_walk_the_matrix_and_stop_at_its_edges(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen")
    tab.evaluate(f"{cell(1, 1)}.focus()")
    walk = [
        ("ArrowRight", [1, 2]), ("ArrowDown", [2, 2]), ("ArrowLeft", [2, 1]), ("ArrowUp", [1, 1]), ("Home", [1, 0]),
        ("ArrowLeft", [1, 0]), ("End", [1, 16]), ("ArrowRight", [1, 16]), ("PageDown", [9, 16]), ("PageUp", [1, 16]),
        ("ArrowUp", [0, 16]), ("ArrowUp", [0, 16]),
    ]  # fmt: skip
    for key, where in walk:
        tab.press(key)
        assert focused(tab) == where, key
    tab.press("End", control=True)
    assert focused(tab) == [17, 16]
    tab.press("Home", control=True)
    assert focused(tab) == [0, 0]


def test_the_cell_with_the_focus_is_outlined_and_in_sight(opened: Callable[..., Tab]) -> None:
    tab = opened("large")
    tab.evaluate(f"{cell(1, 1)}.focus()")
    tab.press("End")
    tab.press("ArrowLeft")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    seen = "(() => { const at = document.activeElement.getBoundingClientRect(); return document.activeElement.contains("
    assert tab.evaluate(seen + "document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2)) })()")


def test_the_focus_shows_the_card_of_a_cell_and_escape_puts_it_away(opened: Callable[..., Tab]) -> None:
    tab = opened("hostile")
    tab.evaluate(f"{cell(6, 7)}.focus()")
    shown = card(tab)
    assert shown[""] == "Candidate 2 on A3"
    assert shown["Expected"] == "[[1, 4]]"
    assert (shown["Got"], shown["Status"]) == ("[[1, 3], [2, 4]]", "○ another value")
    assert (shown["Votes"], shown["Support"]) == ("3 of 4 agreed", "62%")
    assert tab.evaluate("document.activeElement.getAttribute('aria-describedby')") == "card"
    tab.press("Escape")
    assert card(tab) is None
    assert focused(tab) == [6, 7]


def test_enter_opens_what_is_known_of_the_test_or_the_candidate(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen")
    tab.evaluate(f"{cell(1, 1)}.focus()")
    tab.press("Enter")
    part = "(one => [one.id, one.open, one.parentElement.closest('details').open])"
    assert tab.evaluate(f"{part}(document.activeElement.closest('details'))") == ["t0", True, True]
    tab.evaluate(f"{cell(1, 0)}.focus()")
    tab.press("Enter")
    assert tab.evaluate("document.activeElement.closest('details').id") == "c0"


# -- by mouse and finger ------------------------------------------------------------------------------------------


def test_the_pointer_shows_the_card_and_leaving_the_matrix_puts_it_away(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen")
    tab.point(*place(tab, cell(1, 2)))
    assert card(tab)[""] == "Candidate 0 (chosen) on A4"
    tab.point(2, 2)
    assert tab.evaluate("new Promise(done => setTimeout(() => done(document.getElementById('card').hidden), 400))")


def test_the_pointer_may_move_onto_the_card(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen")
    tab.point(*place(tab, cell(16, 16)))
    tab.point(*tab.evaluate("(at => [at.x + 20, at.y + 20])(document.getElementById('card').getBoundingClientRect())"))
    assert (
        tab.evaluate("new Promise(done => setTimeout(() => done(document.getElementById('card').hidden), 400))")
        is False
    )


def test_a_tap_shows_the_card_within_the_screen_of_a_phone(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen", PHONE)
    tab.click(*place(tab, cell(3, 2)))
    assert card(tab)["Status"] == "● passes"
    left, right, bottom = tab.evaluate(
        "(at => [at.left, at.right, at.bottom - innerHeight])(document.getElementById('card').getBoundingClientRect())"
    )
    assert left >= 0
    assert right <= PHONE
    assert bottom <= 0


def test_a_text_of_several_lines_is_one_box_as_high_as_its_lines(opened: Callable[..., Tab]) -> None:
    tab = opened("program")
    boxes = "[...document.querySelectorAll('.tests .call code')].map(one => one.getClientRects().length)"
    assert set(tab.evaluate(boxes)) == {1}
    lines = "[...document.querySelectorAll('.tests .call code')].map(one => one.textContent.split('\\n').length)"
    assert max(tab.evaluate(lines)) == 2, "none for the line end at the end"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["program", "chosen", "large"])
def test_columns_that_do_not_count_are_hatched_in_the_picture_of_each_round(
    opened: Callable[..., Tab], name: str, theme: str
) -> None:
    tab = opened(name, theme=theme)
    hatched = "[...document.querySelectorAll('.bits')].map(one => one.querySelectorAll('.hatch').length)"
    expected = {"program": 0}.get(name, 1)
    assert set(tab.evaluate(hatched)) == {expected}
    if expected:
        shown = "(one => [getComputedStyle(one).strokeWidth, getComputedStyle(one).vectorEffect])"
        assert tab.evaluate(f"{shown}(document.querySelector('.hatch'))") == ["1px", "non-scaling-stroke"]
        colour = "getComputedStyle(document.querySelector('.bits {}')).stroke"
        drawn = {tab.evaluate(colour.format(part)) for part in (".on", ".off", ".hatch")}
        assert len(drawn) == 3


def test_hostile_text_reaches_the_card_as_text(opened: Callable[..., Tab]) -> None:
    tab = opened("hostile")
    tab.evaluate(f"{cell(6, 3)}.focus()")
    assert "<script>alert(1)</script>" in card(tab)["Got"]
    assert tab.evaluate("document.querySelectorAll('script').length") == 1


def test_a_link_to_a_folded_part_opens_it(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen")
    tab.evaluate("document.querySelector('#clusters td a').click()")
    assert tab.evaluate(
        "new Promise(done => setTimeout(() => done(document.querySelector('details:target').open), 50))"
    )


def test_one_button_opens_every_folded_part_and_closes_them_again(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen")
    shut = "[...document.querySelectorAll('details')].filter(one => !one.open).length"
    tab.evaluate("document.getElementById('all').click()")
    assert tab.evaluate(shut) == 0
    tab.evaluate("document.getElementById('all').click()")
    assert tab.evaluate(shut) == tab.evaluate("document.querySelectorAll('details').length")


def test_the_button_beside_the_replay_command_says_that_it_copied(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen")
    tab.click(*place(tab, "document.getElementById('copy')"))
    told = (
        "new Promise(done => setTimeout(() => done(document.querySelector('.replay [role=status]').textContent), 200))"
    )
    assert tab.evaluate(told) == "Copied the replay command"


# -- themes, motion, paper ----------------------------------------------------------------------------------------

GROUND = "getComputedStyle(document.body).backgroundColor"


def test_the_theme_is_the_systems_until_the_button_says_otherwise(opened: Callable[..., Tab]) -> None:
    dark, light = opened("question", theme="dark"), opened("question", theme="light")
    grounds = dark.evaluate(GROUND), light.evaluate(GROUND)
    assert grounds[0] != grounds[1]
    for expected in (grounds[1], grounds[0], grounds[0]):  # light, dark, and the system's again
        dark.evaluate("document.getElementById('theme').click()")
        assert dark.evaluate(GROUND) == expected
    assert dark.evaluate("document.getElementById('theme').textContent") == "Theme: auto"


def test_nothing_moves_by_itself_for_those_who_asked_for_that(opened: Callable[..., Tab]) -> None:
    tab = opened("question")
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    tab.features(motion="reduce")
    assert tab.evaluate(behaviour) == "auto"
    tab.features(motion="no-preference")
    assert tab.evaluate(behaviour) == "smooth"


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without"])
def test_paper_shows_the_folded_parts_in_light_colours(opened: Callable[..., Tab], scripts: bool) -> None:
    tab = opened("chosen", theme="dark", scripts=scripts)
    tab.features(theme="dark", media="print")
    seen = "[...document.querySelectorAll('details.test ul')].filter(one => !one.getClientRects().length).length"
    assert tab.evaluate(seen) == 0
    assert tab.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(28, 33, 38)"
    assert tab.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"


def test_the_page_prints_and_stays_as_it_was(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen", theme="dark")
    shut = "[...document.querySelectorAll('details')].filter(one => !one.open).length"
    before = tab.evaluate(shut)
    paper = tab.pdf()
    assert paper.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) > 5
    assert tab.evaluate(shut) == before


def test_the_widest_matrix_fits_on_its_sheet(opened: Callable[..., Tab]) -> None:
    tab = opened("large")
    sheet = 1047  # CSS pixels of 277 mm: A4 across, less its margins
    tab.send("Emulation.setDeviceMetricsOverride", width=sheet, height=900, deviceScaleFactor=1, mobile=False)
    tab.features(media="print")
    assert tab.evaluate("document.getElementById('grid').getBoundingClientRect().width") <= sheet


# -- without script, and against it -------------------------------------------------------------------------------


def test_without_script_everything_is_there_and_nothing_promises_more(opened: Callable[..., Tab]) -> None:
    tab = opened("chosen", scripts=False)
    assert tab.evaluate("document.querySelectorAll('button, #card, [role=grid]').length") == 0
    tab.click(*place(tab, "document.querySelector('#matrix > .all > summary')"))
    assert tab.evaluate("document.querySelector('#matrix > .all').open")
    assert tab.evaluate("document.querySelector('#matrix .matrix').tabIndex") == 0


@every_page
def test_a_browser_reads_the_page_as_our_parser_does(opened: Callable[..., Tab], name: str) -> None:
    """So that what the unit tests prove of the one holds for the other."""
    tab = opened(name, scripts=False)
    (body,) = read(PAGES[name]()).find("body")
    assert tab.evaluate("[...document.body.querySelectorAll('*')].map(one => one.localName)") == [
        one.name for one in body.below()
    ]
    shown = tab.evaluate("JSON.stringify(document.body.textContent)")
    assert json.loads(shown).rstrip("\n") == body.text().rstrip("\n")


def test_the_policy_stops_script_style_and_requests_that_are_not_ours(opened: Callable[..., Tab]) -> None:
    tab = opened("question")
    with pytest.raises(RuntimeError, match="TrustedHTML"):
        tab.evaluate("document.body.innerHTML = '<b>x</b>'")
    tab.evaluate("document.body.setAttribute('style', 'color: red')")
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(28, 33, 38)"
    asked = "fetch('https://example.invalid/').then(() => 'sent', error => String(error))"
    assert "Failed to fetch" in tab.evaluate(asked)
    tab.evaluate("(one => { one.src = 'https://example.invalid/i.png'; document.body.append(one) })(new Image())")
    assert sum("Content Security Policy" in one for one in tab.complaints()) >= 3
