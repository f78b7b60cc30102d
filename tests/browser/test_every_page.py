"""Every page that people reach, at both widths: axe finds nothing serious, nothing fails, nothing is too wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.screens import WIDE
from tests.browser.walking import DESK, PHONE, Demo, Stop, Walk, demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BAD = {"serious", "critical"}
RUN = """async tags => (await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]}))
    .violations.map(one => ({id: one.id, impact: one.impact, help: one.help,
        nodes: one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)), count: one.nodes.length}))"""


@pytest.fixture(scope="module")
def running() -> Iterator[Demo]:
    """A demo with data of every kind."""
    with demo(80) as made:
        yield made


def _axe(page: Page) -> list[dict[str, Any]]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(RUN, RULES)
    return [one for one in found if one["impact"] in BAD]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_can_be_used_by_everyone(chromium: Browser, running: Demo, size: dict[str, int]) -> None:
    wrong: list[str] = []

    def look(page: Page, stop: Stop) -> None:
        for one in _axe(page):
            wrong.append(f"{stop.title} {stop.path}: {one['id']} x{one['count']} {one['help']} {one['nodes'][:1]}")
        if (wide := page.evaluate(WIDE)) > 0:
            wrong.append(f"{stop.title} {stop.path}: {wide} px wider than the window")

    walk = Walk(chromium, running, size)
    stops = walk.run(look)
    assert len(stops) > 60, f"the walk came to {len(stops)} pages only: are the links still there?"
    assert not walk.errors + wrong, "\n".join(walk.errors + wrong)
