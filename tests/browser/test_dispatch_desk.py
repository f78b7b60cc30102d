"""The dispatch desk in a real browser: by keys alone, several orders at once, a return, a phone's width, axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_one_order import enter
from tests.web import seed
from tests.web.conftest import forget_caches
from yixian.orders import clock, queries
from yixian.parties import access

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async ([part, tags]) => (await axe.run(part, {runOnly: {type: "tag", values: tags}})).violations"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def city(transactional_db: None) -> Iterator[seed.Town]:
    """The city, in committed rows, since the server has a connection of its own."""
    forget_caches()
    yield seed.town(orders=False)
    forget_caches()


def accepted(city: seed.Town, count: int = 3) -> list[str]:
    return [
        str(seed.Story(city, clock.now() - 7200 + at * 60).register(at).give("agent", "accept").number)
        for at in range(count)
    ]


def sit_down(page: Page, tab: str, user: str = "dispatcher") -> None:
    """Log in and open a tab of the desk; the first look around is put aside."""
    enter(page, user)
    page.goto(f"/desks/dispatch/?tab={tab}")
    page.wait_for_load_state("networkidle")
    aside = page.get_by_role("button", name="不用了")
    if aside.count():
        aside.first.click()


def lead_of(number: str) -> str | None:
    return queries.detail(number, access.SYSTEM).state.lead


def test_an_order_is_dispatched_by_keys_alone(window: Page, city: seed.Town) -> None:
    numbers = accepted(city)
    page = window
    sit_down(page, "dispatch")
    expect(page.locator("#act form")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(f"#row-{numbers[1]}")).to_have_attribute("aria-current", "true")
    expect(page.locator("#pane .ohead .no")).to_have_text(numbers[1])
    expect(page.locator(f"#act form[action='/orders/{numbers[1]}/act/dispatch/']")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#pane .ohead .no")).to_have_text(numbers[2])
    page.keyboard.press("k")
    expect(page.locator("#pane .ohead .no")).to_have_text(numbers[1])
    expect(page.locator(f"#act form[action='/orders/{numbers[1]}/act/dispatch/']")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("u")
    expect(page.locator("#f-lead")).to_be_focused()
    page.keyboard.type("swj")
    expect(page.locator("#act [role=option]").first).to_contain_text("市水务局")
    page.keyboard.press("Enter")
    expect(page.locator("#act .unit-chip")).to_contain_text("市水务局")
    page.keyboard.press("Backspace")
    expect(page.locator("#act .unit-chip")).to_have_count(0)
    page.keyboard.type("jiaoyu")
    expect(page.locator("#act [role=option]").first).to_contain_text("市教育局")
    page.keyboard.press("Enter")
    page.locator("#f-co").focus()
    page.keyboard.type("swj")
    expect(page.locator("#act [role=option]").first).to_contain_text("市水务局")
    page.keyboard.press("Enter")
    page.locator("#f-requirements").focus()
    page.keyboard.type("请今天联系诉求人")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast0")).to_contain_text("派单, 已办好")
    expect(page.locator(f"#row-{numbers[1]}")).to_have_count(0)
    assert page.url.split("?")[0].endswith("/desks/dispatch/")
    assert lead_of(numbers[1]) == "edu"


def test_a_suggested_unit_is_taken_with_a_click(window: Page, city: seed.Town) -> None:
    number = accepted(city, 1)[0]
    page = window
    sit_down(page, "dispatch")
    expect(page.locator("#act form")).to_be_visible()
    page.locator(".cand", has_text="香洲区人民政府").click()
    expect(page.locator("#act .unit-chip")).to_contain_text("香洲区人民政府")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast0")).to_contain_text("已办好")
    assert lead_of(number) == "xz"


def test_several_orders_are_dispatched_and_each_is_told(window: Page, city: seed.Town) -> None:
    numbers = accepted(city)
    page = window
    sit_down(page, "dispatch")
    for number in numbers[:2]:
        page.locator(f"#row-{number} .pick input").check()
    page.locator(".batch").get_by_role("button", name="派单").click()
    expect(page.locator("#pane .ohead h2")).to_have_text("批量派单")
    faster = seed.Story(city, clock.now())
    faster.number = numbers[0]
    faster.give("supervisor", "dispatch", lead="edu")
    page.locator("#act-many [data-unit-input]").fill("住建")
    page.locator("#act-many [role=option]").first.click()
    page.locator("#act-many button.main").click()
    expect(page.locator(".results")).to_contain_text("办好 1 件, 1 件没有办成")
    expect(page.locator(".results")).to_contain_text("刚刚有变化")
    expect(page.locator("#rows li[id^=row-]")).to_have_count(1)
    assert lead_of(numbers[1]) == "housing"


def test_a_return_is_decided_with_both_sides_in_view(window: Page, city: seed.Town) -> None:
    story = seed.Story(city, clock.now() - 7200).register(7).give("agent", "accept")
    story.give("dispatcher", "dispatch", lead="water", requirements="请到现场查看油烟排放口")
    story.give(
        "water-clerk", "request_return", 1, reason="餐饮油烟由城管负责", basis="职能配置规定", suggestion="urban"
    )
    page = window
    sit_down(page, "return")
    expect(page.locator(".side-a")).to_contain_text("餐饮油烟由城管负责")
    expect(page.locator(".side-b")).to_contain_text("请到现场查看油烟排放口")
    page.keyboard.press("d")
    expect(page.locator("#act .unit-chip")).to_contain_text("市城市管理局")
    page.locator("#act button.main").click()
    expect(page.locator(".toast0")).to_contain_text("同意退单, 已办好")
    assert lead_of(str(story.number)) == "urban"


def test_without_script_a_name_is_enough(window: Page, city: seed.Town) -> None:
    number = accepted(city, 1)[0]
    enter(window, "dispatcher")
    browser = window.context.browser
    assert browser
    plain = browser.new_context(java_script_enabled=False, storage_state=window.context.storage_state())
    page = plain.new_page()
    page.goto(window.url.split("/desks")[0] + f"/orders/{number}/act/dispatch/")
    page.fill("[name=lead]", "市水务局")
    page.locator("#act button.main").click()
    plain.close()
    assert lead_of(number) == "water"


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_every_tab_fits_and_axe_finds_nothing_serious(window: Page, city: seed.Town, size: tuple[int, int]) -> None:
    window.set_viewport_size({"width": size[0], "height": size[1]})
    number = accepted(city, 2)[0]
    seed.Story(city, clock.now() - 600).register(4)
    story = seed.Story(city, clock.now() - 7200).register(7).give("agent", "accept")
    story.give("dispatcher", "dispatch", lead="water").give(
        "water-clerk", "request_return", 1, reason="不属于本局职责", basis="文件", suggestion="urban"
    )
    other = seed.Story(city, clock.now() - 7200).register(3).give("agent", "accept")
    other.give("dispatcher", "convene", matter="由谁主办", by="热线工作机构", members=["water", "市委编办"])
    sit_down(window, "dispatch")
    for tab in ("new", "dispatch", "return", "extension", "unsigned", "meeting"):
        window.goto(f"/desks/dispatch/?tab={tab}")
        window.wait_for_load_state("networkidle")
        assert window.evaluate(WIDE) <= 0, tab
        assert _serious(window) == [], tab
    window.goto(f"/desks/dispatch/?tab=dispatch&at={number}")
    window.locator("#f-lead").click()
    expect(window.locator("#act [role=option]").first).to_be_visible()
    assert _serious(window, "#act") == []
    if size[0] > 900:
        window.keyboard.press("Escape")
        box = window.locator("#act button.main").bounding_box()
        assert box
        assert box["y"] + box["height"] <= size[1]


def _serious(page: Page, part: str = "html") -> list[str]:
    """What axe finds in a part of the page that keeps somebody from working."""
    if not AXE.is_file():
        pytest.skip("没有安装 axe-core, 请先 make setup")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RUN, [part, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]])
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:4]]}" for one in bad]
