"""What appears by itself, in a real browser: beside a clerk's queue another person works, nobody reloads anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_one_order import enter
from tests.live import running
from tests.web import seed
from tests.web.conftest import forget_caches
from yixian.orders import clock

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def city(transactional_db: None) -> Iterator[seed.Town]:
    """The city, in committed rows, since the server has a connection of its own."""
    forget_caches()
    yield seed.town(orders=False)
    forget_caches()


@pytest.fixture
def stream(city: seed.Town, live_server: Any, settings: Any) -> Iterator[int]:
    """The live process beside the test's pages."""
    port, pages = running.free_port(), int(live_server.url.rsplit(":", 1)[1])
    settings.LIVE_PORT = str(port)
    with running.process(port, pages):
        yield port


def test_an_order_dispatched_by_another_appears_in_the_clerks_queue(window: Page, city: seed.Town, stream: int) -> None:
    page = window
    page.set_default_timeout(40000)
    enter(page, "water-clerk")
    page.goto("/desks/unit/?tab=sign")
    page.locator(".tourbox").get_by_role("button", name="不用了").click()
    expect(page.locator("body")).to_have_attribute("data-stream", "open")
    expect(page.locator(".lane0 .none")).to_be_visible()
    first = seed.Story(city, clock.now() - 3600).register(0).give("dispatcher", "dispatch", 0.1, lead="water")
    expect(page.locator(f"#row-{first.number}")).to_be_visible()
    expect(page.locator(".rail a[href='/desks/unit/'] .n")).to_have_text("1")
    page.locator(f"#row-{first.number} .pick input").check()
    second = seed.Story(city, clock.now() - 1800).register(5).give("dispatcher", "dispatch", 0.1, lead="water")
    expect(page.locator(f"#row-{second.number}.fresh")).to_be_visible()
    expect(page.locator(f"#row-{first.number} .pick input")).to_be_checked()


def test_an_open_order_shows_what_happened_and_keeps_what_is_being_typed(
    window: Page, city: seed.Town, stream: int
) -> None:
    page = window
    page.set_default_timeout(40000)
    story = seed.Story(city, clock.now() - 7200).register(0).give("dispatcher", "dispatch", 0.1, lead="water")
    story.give("water-clerk", "sign", 0.1)
    enter(page, "water-clerk")
    page.goto(f"/orders/{story.number}/")
    expect(page.locator("body")).to_have_attribute("data-stream", "open")
    story.give("agent", "supplement", 0.1, text="今天上午水位又涨了。")
    expect(page.locator(".line > li").first).to_contain_text("今天上午水位又涨了")
    page.locator("#todo").get_by_role("link", name="联系诉求人", exact=True).click()
    page.locator("#act form textarea").first.fill("约定明天上午到场")
    story.give("agent", "urge", 0.1, note="请尽快处理。")
    expect(page.locator(".newsbar")).to_contain_text("这件工单有新进展")
    page.get_by_role("button", name="显示新进展").click()
    expect(page.locator(".line > li").first).to_contain_text("催办")
    expect(page.locator("#act form textarea").first).to_have_value("约定明天上午到场")


def test_a_chip_says_why_and_escape_closes_it(window: Page, city: seed.Town) -> None:
    page = window
    page.set_default_timeout(40000)
    story = seed.Story(city, clock.now() - 7200).register(0).give("dispatcher", "dispatch", 0.1, lead="water")
    enter(page, "water-clerk")
    page.goto("/desks/unit/?tab=sign")
    page.locator(f"#row-{story.number} .mini").hover()
    expect(page.locator(".whybox")).to_contain_text("珠海办法")
    page.keyboard.press("Escape")
    expect(page.locator(".whybox")).to_have_count(0)


def test_help_opens_by_key_and_gives_the_focus_back(window: Page, city: seed.Town) -> None:
    page = window
    page.set_default_timeout(40000)
    enter(page, "dispatcher")
    page.goto("/orders/")
    page.locator(".helpbtn").focus()
    page.keyboard.press("F1")
    expect(page.locator(".drawer")).to_contain_text("这一页做什么")
    expect(page.locator(".drawer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    expect(page.locator(".helpbtn")).to_be_focused()


def test_the_first_look_around_is_offered_once(window: Page, city: seed.Town) -> None:
    page = window
    page.set_default_timeout(40000)
    enter(page, "dispatcher")
    page.goto("/desks/dispatch/")
    box = page.locator(".tourbox")
    box.get_by_role("button", name="看一看").click()
    expect(page.locator(".tour-lit")).to_have_attribute("data-tour", "tabs")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tour-lit")).to_have_attribute("data-tour", "rows")
    page.keyboard.press("ArrowRight")
    with page.expect_response("**/help/tour/seen/"):
        box.get_by_role("button", name="知道了").click()
    expect(box).to_have_count(0)
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(box).to_have_count(0)
