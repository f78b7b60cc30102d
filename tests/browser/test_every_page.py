"""Every page that people reach, at desk and phone width: axe finds nothing serious, nothing fails or is too wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.screens import WIDE
from tests.browser.walking import DESK, PLACE, USERS, Demo, Stop, Walk, demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BAD = {"serious", "critical"}
RUN = """async tags => (await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"],
    preload: false})).violations.map(one => ({id: one.id, impact: one.impact, help: one.help,
        nodes: one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)), count: one.nodes.length}))"""
ON_PHONES = (None, f"{PLACE}.u01", f"{PLACE}.u01.leader")
"""Who works on a phone: the public, the clerk of a unit, a leader."""

PART = "a part of a page, which stands inside it when the page is looked at"
SENT = "only takes what a page sends, and answers with a page that the walk sees"
FILE = "a file"
NO_PAGE = {
    PART: (
        "agent-beside agent-caller agent-calls agent-divisions agent-history agent-place alarms-bar desk-order "
        "desk-rows drawer draft-language draft-check export-progress extension-due live-order live-shell "
        "live-why rate-of registers-near registers-of reply-check tour units-find"
    ),
    SENT: (
        "agent-discard columns agent-draft agent-reveal alarms-confirm campaign-order copy desk-together draft-hand-in "
        "draft-judge draft-run draft-scenario-remove draft-scenarios export-stop logout manage-token-revoke "
        "manage-user-act notices-read progress-act progress-leave restriction-lift together tour-seen type unmask "
        "upload view-change whatif-stop"
    ),
    FILE: (
        "campaign-csv download draft-file export-batch export-file figures-export manage-journal-export orders-export "
        "register-export register-file rulebook-source supervision-export supervision-interim-export whatif-csv"
    ),
    "leads to another page": "register",
    "made by a decision that the demo's orders need not hold; tests/web reads it": "restriction-notice",
    "the form of an order that came from a level above; tests/web reads it": "above",
    "the same form as a new entry, filled; only before it begins, or who wrote it": "register-edit campaign-edit",
}
"""The addresses that are no stop of the walk, each with the reason."""
NO_HELP = ("help", "missing")


@pytest.fixture(scope="module")
def running() -> Iterator[Demo]:
    """A demo with data of every kind."""
    with demo(60) as made:
        yield made


def _axe(page: Page) -> list[dict[str, Any]]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(RUN, RULES)
    return [one for one in found if one["impact"] in BAD]


def walked(chromium: Browser, running: Demo, size: dict[str, int], users: tuple[str | None, ...]) -> list[Stop]:
    """Walk and look; fails with everything that is wrong."""
    wrong: list[str] = []
    empty: set[str] = set()

    def look(page: Page, stop: Stop) -> None:
        if stop.name == "desk" and page.locator(".pane .empty").count():
            if stop.path in empty:
                return  # the tabs of a desk without orders are one page with other words
            empty.add(stop.path)
        for one in _axe(page):
            wrong.append(f"{stop.title} {stop.path}: {one['id']} x{one['count']} {one['help']} {one['nodes'][:1]}")
        if (wide := page.evaluate(WIDE)) > 0:
            wrong.append(f"{stop.title} {stop.path}: {wide} px wider than the window")

        if stop.name not in NO_HELP and page.locator(".shell").count() > page.locator(".helpbtn").count():
            wrong.append(f"{stop.title} {stop.path}: nothing is said of this page under 帮助")

    walk = Walk(chromium, running, size)
    stops = walk.run(look, users)
    assert not walk.errors + wrong, "\n".join(walk.errors + wrong)
    return stops


def test_every_page_can_be_used_by_everyone(chromium: Browser, running: Demo) -> None:
    from yixian.web.urls import urlpatterns

    stops = walked(chromium, running, DESK, USERS)
    seen = {stop.name for stop in stops}
    excused = {name for names in NO_PAGE.values() for name in names.split()}
    names = {str(one.name) for one in urlpatterns if one.name}
    assert not names - seen - excused, f"nobody comes to these pages: {sorted(names - seen - excused)}"
    assert not excused - names, f"no such addresses: {sorted(excused - names)}"
