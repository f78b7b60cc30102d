"""The desks after an answer in a real Chromium: a review and a call without leaving the desk, keys, no overflow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_one_order import enter
from tests.web import seed
from tests.web.conftest import forget_caches
from tests.web.seed import HOUR, Story
from yixian.orders import clock
from yixian.supervision import counting

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 844}
REPLY = "时间: 接单当日。经过: 已到场核查。结果: 已处理完毕。依据: 城镇排水与污水处理条例。"


@pytest.fixture
def answered(transactional_db: None) -> Iterator[tuple[seed.Town, str, str]]:
    """A city with one answer to be reviewed and one dissatisfied requester to be called."""
    forget_caches()
    town = seed.town(orders=False)
    numbers = []
    for place, ago in enumerate((40, 60)):
        story = Story(town, clock.now() - ago * HOUR).register(place).give("dispatcher", "dispatch", 1, lead="water")
        story.give("water-clerk", "sign", 1)
        story.give("water-clerk", "reply", 2, text=REPLY, contacted=True, signed_by="分管负责人")
        numbers.append(str(story.number))
    story.give("reviewer", "pass_review", 1).give("caller", "evaluate", 1, level="不满意", by="web")
    counting.refresh()
    yield town, numbers[0], numbers[1]
    forget_caches()


def _send(page: Page) -> None:
    """Send the form in the right column, once it is htmx's."""
    page.wait_for_function("() => { const form = document.querySelector('#act form');"
                           " return form && 'htmx-internal-data' in form; }")  # fmt: skip
    page.locator("#act form button.main").click()


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"] + 1  # type: ignore[index]


def test_a_review_and_a_call_without_leaving_the_desk(window: Page, answered: tuple[seed.Town, str, str]) -> None:
    page, (_, replied, unhappy) = window, answered
    enter(page, "reviewer")
    page.wait_for_url("**/desks/review/**")
    page.wait_for_load_state()
    expect(page.locator("#pane")).to_contain_text("已到场核查")
    expect(page.locator("#pane")).to_contain_text(replied)
    page.locator("#todo").get_by_role("link", name="审核通过", exact=True).click()
    _send(page)
    expect(page.locator(".toast0")).to_contain_text("审核通过, 已办好")
    assert "/desks/review/" in page.url

    enter(page, "caller")
    page.wait_for_url("**/desks/callback/**")
    page.wait_for_load_state()
    expect(page.locator("#pane")).to_contain_text(unhappy)
    expect(page.locator("#act form")).to_be_visible()
    assert page.evaluate("window.scrollY") == 0, "a form that opens by itself moves nothing"
    page.keyboard.press("4")
    expect(page.locator("#act [name=level][value=不满意]")).to_be_checked()
    expect(page.locator("#act [name=reached][value=yes]")).to_be_checked()
    page.locator("#act [name=wants_redo][value=yes]").check(force=True)
    _send(page)
    expect(page.locator(".toast0")).to_contain_text("回访, 已办好")
    page.goto("/desks/callback/?tab=redo")
    expect(page.locator("#todo .btn0.main")).to_have_text("责成重办")


def test_leaders_pages_fit_desk_phone_and_wall(window: Page, answered: tuple[seed.Town, str, str]) -> None:
    page = window
    enter(page, "supervisor")
    page.wait_for_url("**/desks/supervision/**")
    for size in (page.viewport_size, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for path in ("/leader/", "/desks/supervision/", "/desks/review/", "/desks/screening/", "/figures/"):
            page.goto(path)
            expect(page.locator("main")).to_be_visible()
            _fits(page)
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/leader/wall/")
    expect(page.locator(".nums .v").first).to_be_visible()
    _fits(page)
    assert page.evaluate("document.documentElement.scrollHeight") <= 1081, "the wall needs no scrolling"
