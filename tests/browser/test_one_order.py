"""One order through the pages as people go: register, dispatch, sign, reply, review, the citizen's progress page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.web import seed
from tests.web.conftest import forget_caches

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def city(transactional_db: None) -> Iterator[seed.Town]:
    """The city, in committed rows, since the server has a connection of its own."""
    forget_caches()
    yield seed.town(orders=False)
    forget_caches()


def enter(page: Page, username: str) -> None:
    """Log in as somebody."""
    page.context.clear_cookies()
    page.goto("/login/")
    page.fill("#username", username)
    page.fill("#password", seed.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def act(page: Page, number: str, title: str, parts: dict[str, str] | None = None, **fields: str) -> None:
    """Open an action's form in the right column, fill it, send it. `parts`: fields by their label."""
    page.goto(f"/orders/{number}/")
    page.locator("#todo").get_by_role("link", name=title, exact=True).click()
    form = page.locator("#act form")
    for name, value in fields.items():
        control = form.locator(f"[name='{name}']").first
        if control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(value)
        elif control.get_attribute("type") == "radio":
            form.locator(f"[name='{name}'][value='{value}']").check(force=True)
        else:
            control.fill(value)
    for label, value in (parts or {}).items():
        form.get_by_label(label, exact=True).fill(value)
    form.locator("button.main").last.click()
    expect(page.locator(".toast0")).to_contain_text("已办好")


def test_one_order_from_the_call_to_the_citizens_page(window: Page, city: seed.Town) -> None:
    page = window
    enter(page, "agent")
    page.goto("/agent/")
    page.fill("#f-requester-name", "李秀英")
    page.fill("#f-requester-phone", "13900139000")
    page.fill("#f-text", "小区门口的路灯坏了一周, 晚上看不见路, 老人容易摔倒。")
    page.fill("#f-place", "香洲区银桦路 12 号")
    page.locator("[name=category][value=投诉]").check(force=True)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/agent/done/\d+/"))
    number = page.url.rstrip("/").rsplit("/", 1)[1]
    code = re.search(r"查询码\s+(\w+)", page.locator(".ag-codes").inner_text())
    assert code
    page.goto(f"/orders/{number}/")
    expect(page.locator("#who")).to_contain_text("139****9000")

    enter(page, "dispatcher")
    act(page, number, "派单", lead="water", requirements="请今天到场查看")
    expect(page.locator(".clocks")).to_contain_text("个工作日")

    enter(page, "water-clerk")
    page.goto("/orders/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{number}/")
    act(page, number, "签收")
    act(page, number, "联系诉求人", reached="yes", note="已约定今晚到场")
    answered = {"时间": "当日", "经过": "到场检修", "结果": "路灯已修复", "依据": "城市照明管理规定"}
    act(page, number, "办理答复", answered)
    expect(page.locator(".ohead")).to_contain_text("待审核")

    enter(page, "reviewer")
    act(page, number, "审核通过")
    expect(page.locator(".line")).to_contain_text("珠海办法 第十三条")

    page.context.clear_cookies()
    page.goto("/progress/")
    page.fill("#number", number)
    page.fill("#code", code[1])
    page.get_by_role("button", name="查询").click()
    expect(page.locator("h1")).to_contain_text("已答复")
    expect(page.locator(".answerbox")).to_contain_text("路灯已修复")
    page.locator("[name=level][value=满意]").check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("h1")).to_contain_text("已办结")


def test_an_article_opens_its_drawer_and_escape_closes_it(window: Page, city: seed.Town) -> None:
    page = window
    number = seed.Story(city, 1_700_000_000).register(0).give("dispatcher", "dispatch", lead="water").number
    enter(page, "supervisor")
    page.goto(f"/orders/{number}/")
    page.locator(".line .art").first.click()
    expect(page.locator(".drawer")).to_contain_text("珠海办法")
    page.keyboard.press("Escape")  # ends the first look around, which is offered on top
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    page.locator(".clocks .clock summary").first.click()
    expect(page.locator(".clocks .panel").first).to_contain_text("截止")


def test_the_browser_counts_down_in_the_same_words(window: Page, city: seed.Town) -> None:
    from yixian.orders import clock

    seed.Story(city, clock.now() - 3600).register(0).give("dispatcher", "dispatch", lead="water")
    enter(window, "supervisor")
    window.goto("/orders/")
    window.wait_for_load_state("networkidle")
    served = window.request.get("/orders/").text()
    shown = window.locator(".mini [data-due]").first.inner_text()
    first = re.search(r'data-free="[^"]*">([^<]+)<', served)
    assert first
    assert shown == first[1]


def test_a_lost_connection_keeps_what_was_typed(window: Page, city: seed.Town) -> None:
    number = seed.Story(city, 1_700_000_000).register(0).number
    enter(window, "agent")
    window.goto(f"/orders/{number}/")
    window.locator("#todo").get_by_role("link", name="补充诉求", exact=True).click()
    window.fill("#f-text", "昨晚又积水了")
    window.context.set_offline(True)
    window.locator("#act form button").click()
    expect(window.locator(".toast0.error")).to_contain_text("您填的内容还在")
    assert window.locator("#f-text").input_value() == "昨晚又积水了"
    window.context.set_offline(False)
    window.locator("#act form button").click()
    expect(window.locator(".line")).to_contain_text("昨晚又积水了")


def test_a_login_in_another_tab_does_not_cost_what_was_typed(window: Page, city: seed.Town) -> None:
    number = seed.Story(city, 1_700_000_000).register(0).number
    enter(window, "agent")
    window.goto(f"/orders/{number}/")
    window.locator("#todo").get_by_role("link", name="补充诉求", exact=True).click()
    window.fill("#f-text", "积水退了又来")
    other = window.context.new_page()
    enter(other, "agent")  # a new session and a new token
    other.close()
    window.locator("#act form button").click()
    expect(window.locator(".line")).to_contain_text("积水退了又来")


@pytest.mark.parametrize("width", [1366, 390])
def test_no_page_is_wider_than_its_window(window: Page, city: seed.Town, width: int) -> None:
    story = seed.Story(city, 1_700_000_000).register(0).give("dispatcher", "dispatch", lead="water", co=["urban"])
    enter(window, "water-clerk")
    window.set_viewport_size({"width": width, "height": 800})
    for path in ("/orders/", f"/orders/{story.number}/", "/rulebooks/", "/rulebooks/zhuhai/", "/account/", "/submit/"):
        window.goto(path)
        wide = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path}: {wide} px too wide"
