"""The list in a real browser: keys, selection, a view, columns; the sheet on A4 pages; nothing too wide on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_one_order import enter
from tests.web import seed
from tests.web.conftest import forget_caches

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def city(transactional_db: None) -> Iterator[seed.Town]:
    """The city with an order for each kind of page."""
    forget_caches()
    yield seed.town()
    forget_caches()


def test_keys_select_and_commands_are_told(window: Page, city: seed.Town) -> None:
    window.set_default_timeout(60000)  # the first page of a fresh server reads every rulebook
    enter(window, "dispatcher")
    window.goto("/orders/?state=registered")
    window.keyboard.press("j")
    window.keyboard.press("x")
    expect(window.get_by_text("已选本页 1 件")).to_be_visible()
    window.get_by_label("选中本页全部").check()
    rows = window.locator("#rows tbody tr").count()
    expect(window.get_by_text(f"已选本页 {rows} 件")).to_be_visible()
    window.get_by_role("button", name="取消选择").click()
    expect(window.get_by_text("已选本页")).to_be_hidden()
    window.keyboard.press("/")
    expect(window.get_by_role("textbox", name="查找工单")).to_be_focused()


def test_a_view_is_made_and_opened_again(window: Page, city: seed.Town) -> None:
    enter(window, "dispatcher")
    window.goto("/orders/?all=1")
    window.locator(".chips .more > summary").click()
    panel = window.locator(".chips .more")
    panel.get_by_label("待签收", exact=True).check()
    panel.get_by_label("办理中", exact=True).check()
    panel.get_by_role("button", name="筛选").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("待签收、办理中")
    window.locator("details.save > summary").click()
    window.locator("#view-name").fill("在办")
    window.locator("details.save").get_by_role("button", name="保存").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("在办")
    window.goto("/orders/?all=1")
    window.get_by_role("navigation", name="我的视图").get_by_role("link", name="在办").click()
    expect(window).to_have_url(re.compile("state=dispatched%2Chandling"))
    assert window.locator("#rows tbody tr").count() == 5


@pytest.mark.parametrize("width", [1366, 390])
def test_nothing_is_wider_than_the_window(window: Page, city: seed.Town, width: int) -> None:
    enter(window, "supervisor")
    window.set_viewport_size({"width": width, "height": 844})
    told = {"column": ["category", "subject", "place", "unit", "platform", "channel", "registered", "changed", "due"]}
    window.goto("/orders/?all=1")
    for name in told["column"]:
        window.locator(f"input[name=column][value={name}]").evaluate("box => { box.checked = true; }")
    window.locator("form[action='/lists/columns/']").evaluate("form => form.submit()")
    window.wait_for_load_state()
    for path in (
        "/orders/?all=1",
        "/lists/views/",
        "/lists/exports/",
        f"/lists/print/?number={city.orders['handling']}",
    ):
        window.goto(path)
        assert window.evaluate("document.documentElement.scrollWidth") <= width, path
        for menu in window.locator(".head .menu > summary").all():
            menu.click()
            assert window.evaluate("document.documentElement.scrollWidth") <= width, path


def _pages(window: Page, folder: Path) -> int:
    file = folder / "order.pdf"
    window.pdf(path=str(file), prefer_css_page_size=True)
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", file.read_bytes()))


def test_an_order_is_a_sheet_of_a4_and_a_long_one_goes_on(window: Page, city: seed.Town, tmp_path: Path) -> None:
    enter(window, "supervisor")
    window.goto(f"/orders/{city.orders['handling']}/")
    assert _pages(window, tmp_path) == 1
    window.locator(".sheet .text").evaluate("place => { place.textContent = '很长的一段诉求内容。'.repeat(180); }")
    assert _pages(window, tmp_path) in (2, 3)
    window.emulate_media(media="print")
    expect(window.locator(".sheet")).to_be_visible()
    expect(window.locator(".rail")).to_be_hidden()
