"""The portal in a real browser: without script, by keys alone, on a phone, in large type, and what axe says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.screens import DESK, PHONE
from tests.browser.test_one_order import city  # noqa: F401
from tests.web import seed
from tests.web.test_portal_links import actor, asked, word_of
from yixian.intake import rating_links
from yixian.orders.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async tags => (await axe.run(document, {runOnly: {type: "tag", values: tags}})).violations"""
PNG = {"name": "灯.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"\0" * 300}
WORDS = "小区门口的路灯坏了一周, 晚上看不见路, 老人容易摔倒。"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = str(tmp_path / "files")


def opened(chromium: Browser, address: str, **more: Any) -> Page:
    """A window of a context of its own."""
    page = chromium.new_context(base_url=address, locale="zh-CN", **{"viewport": PHONE, **more}).new_page()
    page.set_default_timeout(15000)
    return page


@pytest.fixture
def plain(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """A phone that runs no script."""
    page = opened(chromium, live_server.url, java_script_enabled=False)
    yield page
    page.context.close()


def submit(page: Page, *, who: str = "open") -> tuple[str, str]:
    """Submit by clicking; returns number and query code."""
    page.goto("/")
    page.locator(".calls").get_by_role("link", name="提交诉求").click()
    page.get_by_role("button", name="开始填写").click()
    page.check("[name=category][value=投诉]")
    page.click("button.main")
    page.fill("#text", WORDS)
    page.click("button.main")
    page.fill("#place", "香洲区银桦路")
    page.click("button.main")
    page.set_input_files("#file", [PNG])  # type: ignore[list-item]
    page.click("button.main")
    page.check(f"[name=who][value={who}]")
    page.click("button.main")
    if who != "anonymous":
        page.fill("#phone", "13900139000")
        page.click("button.main")
    expect(page.locator(".answers")).to_contain_text("灯.png")
    page.click("button.main")
    expect(page.locator(".panel0")).to_contain_text("已收到您的诉求")
    number, code = page.locator(".panel0 b").all_inner_texts()
    return number, code


def test_submitting_and_asking_without_script(plain: Page, city: seed.Town) -> None:  # noqa: F811
    number, code = submit(plain)
    plain.goto("/progress/")
    plain.fill("#number", number)
    plain.fill("#code", code.lower())
    plain.click("button.main")
    expect(plain.locator("h1")).to_contain_text("正在受理")
    expect(plain.locator(".next")).to_contain_text("最迟")
    plain.locator("summary", has_text="补充情况").click()
    plain.fill("#text", "昨晚有人在那里摔倒")
    plain.get_by_role("button", name="提交补充").click()
    expect(plain.locator(".note.good")).to_contain_text("已收到您补充的情况")
    plain.get_by_role("link", name="大字版").click()
    expect(plain.locator("body.large h1")).to_contain_text("正在受理")
    assert float(plain.locator("main p").first.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")) >= 20


def test_who_leaves_no_contact_is_asked_for_none_without_script(plain: Page, city: seed.Town) -> None:  # noqa: F811
    submit(plain, who="anonymous")
    expect(plain.locator("main")).to_contain_text("您没有留电话")


def keys(page: Page, *pressed: str) -> None:
    """Press keys one after the other; a word that is no key is typed."""
    for key in pressed:
        if re.fullmatch(r"Tab|Shift\+Tab|Enter|Space|ArrowDown", key):
            page.keyboard.press(key)
        else:
            page.keyboard.insert_text(key)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus, and see that the focus can be seen."""
    for _ in range(40):
        if page.evaluate("at => document.activeElement && document.activeElement.matches(at)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_the_whole_way_by_keys_alone(window: Page, city: seed.Town) -> None:  # noqa: F811
    page = window
    page.goto("/submit/")
    tab_to(page, ".go button")
    keys(page, "Enter")
    page.wait_for_url("**/submit/category/")
    tab_to(page, "button.main")
    keys(page, "Enter")  # nothing chosen: the summary has the focus and leads to the field
    expect(page.locator(".summary")).to_be_focused()
    assert page.title().startswith("请改正")
    tab_to(page, ".summary a")
    keys(page, "Enter")
    tab_to(page, "[name=category]")
    keys(page, "Space", "ArrowDown")
    tab_to(page, "button.main")
    keys(page, "Enter")
    page.wait_for_url("**/submit/text/")
    tab_to(page, "#text")
    keys(page, WORDS)
    tab_to(page, "button.main")
    keys(page, "Enter")
    for step in ("place", "files"):
        page.wait_for_url(f"**/submit/{step}/")
        tab_to(page, "button.main")
        keys(page, "Enter")
    page.wait_for_url("**/submit/who/")
    tab_to(page, "[name=who]")
    keys(page, "Space")
    tab_to(page, "button.main")
    keys(page, "Enter")
    page.wait_for_url("**/submit/contact/")
    tab_to(page, "#phone")
    keys(page, "13900139000", "Enter")
    page.wait_for_url("**/submit/check/")
    tab_to(page, "button.main")
    keys(page, "Enter")
    expect(page.locator(".panel0")).to_contain_text("已收到您的诉求")
    assert Order.objects.get().category == "求助", "the second of the kinds, chosen with the arrow"


def test_rating_by_the_link_with_keys_alone(window: Page, city: seed.Town) -> None:  # noqa: F811
    word = word_of(rating_links.of_order(str(asked(city).number), actor(city, "caller")))
    window.goto(f"/rate/{word}/")
    tab_to(window, "[name=level]")
    keys(window, "Space", "ArrowDown")
    tab_to(window, "#note")
    keys(window, "很快就修好了")
    tab_to(window, ".rating button")
    keys(window, "Enter")
    expect(window.locator("h1")).to_contain_text("谢谢您的评价")
    window.goto(f"/rate/{word}/")
    expect(window.locator("h1")).to_contain_text("不能评价了")


def test_the_phones_position_goes_into_the_line(chromium: Browser, live_server: Any, city: seed.Town) -> None:  # noqa: F811
    here = {"latitude": 22.27012, "longitude": 113.54321, "accuracy": 30}
    page = opened(chromium, live_server.url, geolocation=here, permissions=["geolocation"])
    page.goto("/submit/")
    page.click(".go button")
    page.check("[name=category][value=投诉]")
    page.click("button.main")
    page.fill("#text", WORDS)
    page.click("button.main")
    page.fill("#place", "银桦路")
    page.get_by_role("button", name="用手机当前位置").click()
    expect(page.locator("#place")).to_have_value(re.compile(r"^银桦路 \(位置: 北纬 22\.27012, 东经 113\.54321"))
    page.context.close()


def test_clicking_twice_going_back_and_losing_the_net(window: Page, city: seed.Town) -> None:  # noqa: F811
    page = window
    page.goto("/submit/")
    page.click(".go button")
    page.check("[name=category][value=投诉]")
    page.click("button.main")
    page.fill("#text", WORDS)
    page.context.set_offline(True)
    page.click("button.main")
    expect(page.locator(".toast0.error")).to_contain_text("没有网络, 还没有提交")
    assert page.locator("#text").input_value() == WORDS
    page.context.set_offline(False)
    page.click("button.main")
    page.click("button.main")
    page.click("button.main")
    page.check("[name=who][value=anonymous]")
    page.click("button.main")
    page.wait_for_url("**/submit/check/")
    page.locator("button.main").dblclick()
    expect(page.locator(".panel0")).to_contain_text("已收到您的诉求")
    number = page.locator(".panel0 b").first.inner_text()
    page.go_back()
    expect(page.locator(".panel0")).to_contain_text(number)
    assert Order.objects.count() == 1


def test_large_type_comes_at_once_and_keeps_what_is_typed(window: Page, city: seed.Town) -> None:  # noqa: F811
    window.goto("/progress/")
    window.fill("#number", "20261123")
    window.get_by_role("link", name="大字版").click()
    expect(window.locator("body.large #number")).to_have_value("20261123")
    window.reload()
    expect(window.locator("body.large")).to_have_count(1)
    window.get_by_role("link", name="标准字号").click()
    expect(window.locator("body.large")).to_have_count(0)


def sound(page: Page, path: str, width: int) -> None:
    """Nothing that axe finds, nothing wider than the window, no target under 24 px."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{path}: {wide} px"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = [f"{item['id']}: {item['nodes'][0]['target']}" for item in page.evaluate(RUN, TAGS)]
    assert not found, (path, found)


@pytest.mark.skipif(not AXE.exists(), reason="没有安装 axe-core, 请先 make setup")
@pytest.mark.parametrize(("size", "large"), [(PHONE, False), (DESK, False), (PHONE, True)])
def test_axe_finds_nothing_on_any_page(
    chromium: Browser,
    live_server: Any,
    city: seed.Town,  # noqa: F811
    size: dict[str, int],
    large: bool,
) -> None:
    word = word_of(rating_links.of_order(str(asked(city).number), actor(city, "caller")))
    page = opened(chromium, live_server.url, viewport=size, bypass_csp=True)
    if large:
        page.context.add_cookies([{"name": "yx_type", "value": "large", "url": live_server.url}])
    width = size["width"]
    for path in ("/", "/submit/", "/progress/", "/published/", "/consult/", f"/rate/{word}/", "/rate/no-such-link/",
                 "/rate/done/", "/nowhere/"):  # fmt: skip
        page.goto(path)
        sound(page, path, width)
    page.goto("/submit/")
    page.click(".go button")
    page.click("button.main")
    sound(page, "an error", width)
    number, code = submit(page)
    sound(page, "done", width)
    for name in ("category", "text", "place", "files", "who"):
        if name == "category":
            page.goto("/submit/")
            page.click(".go button")
            page.check("[name=category][value=投诉]")
        sound(page, name, width)
        if name == "text":
            page.fill("#text", "长" * 60 + "x" * 300)
        if name == "who":
            page.check("[name=who][value=open]")
        page.click("button.main")
    page.click("button.main")  # without a phone
    sound(page, "contact", width)
    page.fill("#phone", "13900139000")
    page.click("button.main")
    sound(page, "check", width)
    page.goto("/progress/")
    page.fill("#number", number)
    page.fill("#code", code)
    page.click("button.main")
    for box in page.locator("details").all():
        box.evaluate("node => { node.open = true; }")
    sound(page, "progress", width)
    page.context.close()
