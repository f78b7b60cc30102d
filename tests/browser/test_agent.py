"""A whole call at the agent desk in a real browser: typed, lost, found again, ended; and what must not happen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import DESK
from tests.browser.test_one_order import enter
from tests.web import seed
from tests.web.conftest import forget_caches
from yixian.intake.models import CallDraft
from yixian.orders import clock
from yixian.orders.models import Order
from yixian.parties import divisions

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async tags => (await axe.run("main", {runOnly: {type: "tag", values: tags}})).violations"""
TEXT = "小区门口的路灯坏了一周, 晚上看不见路, 老人容易摔倒。"


@pytest.fixture
def city(transactional_db: None, window: Page) -> Iterator[seed.Town]:
    """The city with its divisions, in committed rows; pages fall silent before these go."""
    forget_caches()
    town = seed.town(orders=False)
    town.platform.division_code = "440400"
    town.platform.save()
    divisions.load("code,name,parent\n44,广东省,\n4404,珠海市,44\n440402,香洲区,4404\n440402004,吉大街道,440402\n")
    yield town
    for page in window.context.pages:
        page.goto("about:blank")
    window.wait_for_timeout(400)
    forget_caches()


def open_desk(page: Page, username: str = "agent", path: str = "/agent/") -> None:
    enter(page, username)
    page.goto(path)
    page.wait_for_load_state("networkidle")


def test_a_call_from_the_first_word_to_the_next_call(window: Page, city: seed.Town) -> None:
    page = window
    old = seed.Story(city, clock.now() - 7200).register(6)  # 楼道照明坏了半个月
    open_desk(page)
    assert page.evaluate("document.activeElement.id") == "f-text"
    page.keyboard.press("Alt+p")
    page.keyboard.type("13800138006")
    page.keyboard.press("Enter")
    expect(page.locator("#caller")).to_contain_text("王**")
    expect(page.locator("#caller")).to_contain_text("待受理")
    assert page.evaluate("document.activeElement.id") == "f-text"
    before = page.locator("#f-text").bounding_box()
    page.keyboard.type("楼道照明还是坏的, 老人晚上上下楼又摔倒了")
    expect(page.locator("#beside")).to_contain_text("此人在办的工单")
    assert page.locator("#f-text").bounding_box() == before  # nothing jumps
    assert page.evaluate("document.activeElement.id") == "f-text"
    page.keyboard.press("Alt+3")
    assert page.locator("[name=category][value=投诉]").is_checked()
    page.keyboard.press("Alt+w")
    page.keyboard.type("香洲吉大景园路 12 号")
    expect(page.locator("#place-found")).to_contain_text("珠海市香洲区吉大街道")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/agent/done/\d+/"))
    expect(page.locator("main")).to_contain_text("查询码")
    number = page.url.rstrip("/").rsplit("/", 1)[1]
    assert number != old.number
    page.fill("#notes", "已答应今晚回电")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/agent/?next=1")
    assert page.locator("#f-text").input_value() == ""
    assert Order.objects.get(number=number).place == "珠海市香洲区吉大街道 · 景园路 12 号"
    assert not CallDraft.objects.exists()


def test_a_crash_of_the_browser_loses_nothing(window: Page, city: seed.Town) -> None:
    open_desk(window)
    window.fill("#f-requester-phone", "13900139000")
    window.fill("#f-text", TEXT)
    window.keyboard.press("Alt+2")
    expect(window.locator("#kept")).to_contain_text("已暂存", timeout=8000)
    browser, base = window.context.browser, window.url.split("/agent/")[0]
    assert browser
    again = browser.new_context(viewport=DESK, locale="zh-CN", base_url=base)  # type: ignore[arg-type]
    page = again.new_page()
    open_desk(page)
    expect(page.locator(".ag-recover")).to_contain_text("有一份未完成的登记")
    expect(page.locator(".ag-recover")).to_contain_text("139****9000")
    page.locator("[data-recover]").click()
    expect(page.locator("#f-text")).to_have_value(TEXT)
    assert page.locator("#f-requester-phone").input_value() == "13900139000"
    assert page.locator("[name=category][value=求助]").is_checked()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/agent/done/\d+/"))
    again.close()
    # The window that was left behind cannot register the same call a second time unasked.
    window.locator("#end").click()
    expect(window.locator(".note.bad")).to_contain_text("另一个窗口")
    assert Order.objects.count() == 1


def test_leaving_the_page_keeps_what_was_typed_at_once(window: Page, city: seed.Town) -> None:
    open_desk(window)
    window.keyboard.type("路灯坏了三天")
    window.goto("/orders/")
    window.goto("/agent/")
    expect(window.locator(".ag-recover")).to_contain_text("路灯坏了三天")
    window.get_by_role("button", name="丢弃").first.click()
    expect(window.locator(".toast0")).to_contain_text("已丢弃")
    assert not CallDraft.objects.exists()


def test_two_windows_tell_each_other_apart(window: Page, city: seed.Town) -> None:
    open_desk(window)
    window.fill("#f-text", TEXT)
    expect(window.locator("#kept")).to_contain_text("已暂存", timeout=8000)
    draft = window.locator("[name=draft_id]").input_value()
    other = window.context.new_page()
    other.goto(f"/agent/?draft={draft}")
    other.fill("#f-text", TEXT + "补充一句")
    expect(other.locator("#kept")).to_contain_text("已暂存", timeout=8000)
    window.fill("#f-text", TEXT + "旧窗口")
    expect(window.locator("#kept")).to_contain_text("另一个窗口", timeout=8000)
    assert window.locator("#f-text").input_value() == TEXT + "旧窗口"


def test_an_expired_session_and_a_lost_line_lose_nothing(window: Page, city: seed.Town) -> None:
    open_desk(window)
    window.fill("#f-requester-phone", "13900139000")
    window.fill("#f-text", TEXT)
    window.keyboard.press("Alt+3")
    window.context.set_offline(True)
    window.locator("#end").click()
    expect(window.locator(".toast0.error")).to_contain_text("您填的内容还在")
    assert window.locator("#f-text").input_value() == TEXT
    window.context.set_offline(False)
    window.context.clear_cookies(name="sessionid")
    window.locator("#f-text").press("End")
    window.keyboard.type("请尽快。")
    expect(window.locator("#kept")).to_contain_text("登录已过期", timeout=8000)
    assert window.locator("#f-text").input_value() == TEXT + "请尽快。"  # no login page in the middle of a call
    window.locator("#end").click()
    window.fill("#username", "agent")
    window.fill("#password", seed.PASSWORD)
    window.get_by_role("button", name="登录").click()
    expect(window.locator("#f-text")).to_have_value(TEXT + "请尽快。")
    window.keyboard.press("Control+Enter")
    window.wait_for_url(re.compile(r"/agent/done/\d+/"))


def test_a_call_ends_at_once_with_a_ground_or_a_unit(window: Page, city: seed.Town) -> None:
    open_desk(window, "dispatcher")
    window.fill("#f-text", "想问法院判决执行的事")
    window.fill("#f-requester-phone", "13900139000")
    window.keyboard.press("Alt+1")
    window.locator("[data-ending=decline]").click()
    window.locator(".ag-grounds input").first.check()
    window.fill("#f-decline-unit_name", "香洲区人民法院")
    window.locator("#end").click()
    window.wait_for_url(re.compile(r"/agent/done/\d+/"))
    expect(window.locator("main")).to_contain_text("香洲区人民法院")
    window.goto("/agent/")
    window.fill("#f-text", TEXT)
    window.fill("#f-requester-phone", "13900139000")
    window.keyboard.press("Alt+3")
    window.locator("[data-ending=dispatch]").click()
    window.fill("#f-dispatch-lead", "没有的单位")
    window.locator("#end").click()
    expect(window.locator("#second-dispatch .wrong")).to_be_visible()
    window.fill("#f-dispatch-lead", "市城市管理局")
    window.locator("#end").click()
    window.wait_for_url(re.compile(r"/agent/done/\d+/"))
    expect(window.locator("main")).to_contain_text("城管局")


def test_the_tree_and_pinyin_pick_a_place(window: Page, city: seed.Town) -> None:
    open_desk(window)
    window.locator("[data-tree]").click()
    window.locator("#tree [data-under='440402']").click()
    window.locator("#tree [data-place]", has_text="吉大街道").click()
    expect(window.locator("#f-place")).to_have_value("珠海市香洲区吉大街道")
    expect(window.locator("#place-found input:checked")).to_have_value("440402004")
    window.fill("#f-place", "xzq")
    window.locator("#place-found [data-place]").first.click()
    expect(window.locator("#f-place")).to_have_value("珠海市香洲区")


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_everything_stands_in_the_window_and_axe_finds_nothing_serious(
    window: Page, city: seed.Town, size: tuple[int, int]
) -> None:
    window.set_viewport_size({"width": size[0], "height": size[1]})
    seed.Story(city, clock.now() - 7200).register(6)
    open_desk(window, "dispatcher", "/agent/?phone=13800138006")
    window.fill("#f-text", TEXT)
    window.fill("#f-place", "香洲吉大景园路")
    expect(window.locator("#place-found")).to_contain_text("吉大街道")
    wide = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    if size[0] > 900:
        assert window.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
        for control in ("#end", "#f-place", ".ag-kinds", ".ag-duties", "#beside", "[data-ending=three_party]"):
            box = window.locator(control).bounding_box()
            assert box
            assert box["y"] + box["height"] <= size[1], control
    for opened in ("", "[data-ending=decline]", "[data-ending=three_party]", "[data-tree]"):
        if opened:
            window.locator(opened).click()
            window.wait_for_timeout(300)
        window.evaluate("window.scrollTo(0, 0)")  # nothing lies half under the bar, which would count as covered
        assert _serious(window) == [], opened


def _serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody from working."""
    if not AXE.is_file():
        pytest.skip("没有安装 axe-core, 请先 make setup")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate(RUN, tags)
    return [
        f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:4]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
