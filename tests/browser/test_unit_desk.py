"""The unit desk in a browser: a reply written in parts, saved and checked while typing; signing off on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_one_order import enter
from tests.web import seed
from tests.web.conftest import forget_caches
from yixian.orders import clock, inside_lists
from yixian.web.desks import unit_figures

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 390, "height": 844}
TEXT = "时间：当日\n经过：到场疏通\n结果：已修复\n依据：排水条例"


@pytest.fixture
def city(transactional_db: None) -> Iterator[seed.Town]:
    """The city, in committed rows, since the server has a connection of its own."""
    forget_caches()
    unit_figures.forget()
    inside_lists.forget()
    yield seed.town(orders=False)
    forget_caches()


def _handling(city: seed.Town) -> str:
    story = seed.Story(city, clock.now() - 5 * 3600).register(0)
    story.give("dispatcher", "dispatch", 0.5, lead="water").give("water-clerk", "sign", 1)
    return str(story.number)


def _open(page: Page, number: str, title: str) -> None:
    page.goto(f"/desks/unit/?tab=reply&at={number}")
    page.locator("#todo").get_by_role("link", name=title, exact=True).click()
    expect(page.locator(".editor0")).to_be_visible()


def test_a_reply_is_checked_saved_and_sent(window: Page, city: seed.Town) -> None:
    number = _handling(city)
    enter(window, "water-clerk")
    _open(window, number, "办理答复")
    window.get_by_label("时间", exact=True).fill("当日")
    window.get_by_label("经过", exact=True).fill("到场疏通")
    window.get_by_label("结果", exact=True).fill("已修复")
    panel = window.locator("#reply-check")
    expect(panel).to_contain_text("缺少“依据”")
    expect(panel).to_contain_text("已暂存")
    window.reload()  # as after a crash
    _open(window, number, "办理答复")
    expect(window.get_by_label("经过", exact=True)).to_have_value("到场疏通")
    window.get_by_label("依据", exact=True).fill("排水条例")
    expect(panel).to_contain_text("没有发现问题")
    expect(panel.locator(".told0")).to_contain_text("依据：排水条例")
    window.locator("#act form button.main").dblclick()
    expect(window.locator(".toast0")).to_contain_text("已办好")
    window.goto(f"/orders/{number}/")
    expect(window.locator(".log")).to_contain_text("经过：到场疏通")


def test_a_lost_connection_and_an_ended_session_keep_the_reply(window: Page, city: seed.Town) -> None:
    number = _handling(city)
    enter(window, "water-clerk")
    _open(window, number, "办理答复")
    window.context.set_offline(True)
    window.get_by_label("经过", exact=True).fill("断网时写的经过")
    expect(window.locator("[data-lost]")).to_contain_text("还在本页")
    window.context.set_offline(False)
    expect(window.locator("#reply-check")).to_contain_text("已暂存", timeout=20000)
    kept = window.context.cookies()
    window.context.clear_cookies()
    window.context.add_cookies([item for item in kept if item["name"] != "sessionid"])  # type: ignore[misc]
    window.get_by_label("结果", exact=True).fill("登录过期时写的")
    expect(window.locator("[data-lost]")).to_contain_text("登录已过期")
    window.locator("#act form button.main").click()
    window.fill("#username", "water-clerk")
    window.fill("#password", seed.PASSWORD)
    window.get_by_role("button", name="登录").click()
    expect(window.get_by_label("结果", exact=True)).to_have_value("登录过期时写的")
    expect(window.get_by_label("经过", exact=True)).to_have_value("断网时写的经过")


def test_a_leader_signs_off_on_a_phone(window: Page, city: seed.Town) -> None:
    number = _handling(city)
    seed_story = seed.Story(city, clock.now())
    seed_story.number = number
    seed_story.give("water-clerk", "draft_reply", text=TEXT, contacted=True)
    window.set_viewport_size(PHONE)  # type: ignore[arg-type]
    enter(window, "water-clerk")
    window.goto("/desks/unit/?tab=signoff")
    window.locator(".lane0 a[data-row]").first.click()
    button = window.get_by_role("button", name="签发")
    expect(button).to_be_in_viewport()
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    wide = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    expect(window.locator("#signoff .told0")).to_contain_text("到场疏通")
    button.click()
    expect(window.locator(".toast0")).to_contain_text("已办好")
    expect(window.locator("#pane")).to_contain_text("没有等待签发的答复稿")


def test_no_state_of_the_desk_is_wider_than_its_window(window: Page, city: seed.Town) -> None:
    number = _handling(city)
    enter(window, "water-clerk")
    for size in ({"width": 1366, "height": 768}, PHONE):
        window.set_viewport_size(size)  # type: ignore[arg-type]
        for title in ("办理答复", "拟稿送审", "申请延期"):
            window.goto(f"/desks/unit/?tab=reply&at={number}")
            window.locator("#todo").get_by_role("link", name=title, exact=True).click()
            expect(window.locator("#act form")).to_be_visible()
            wide = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{title} {size}"
