"""A day of the hotline at its desks: one order from the phone's first word to the archive, at both widths.

On its way it is dispatched to the wrong unit and returned, its time is extended, it is supervised, and what was done
first does not satisfy the citizen: it is done again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_one_order import enter
from tests.browser.walking import DESK, PHONE
from tests.web import seed
from tests.web.conftest import forget_caches

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEXT = "银桦路 12 号门口的污水井堵了三天, 污水漫到人行道上, 老人小孩走路很不方便。"
REPLY = {"时间": "接单当日", "经过": "到场疏通管道", "结果": "井口已畅通, 路面已冲洗", "依据": "城镇排水与污水处理条例"}


@pytest.fixture
def city(transactional_db: None) -> Iterator[seed.Town]:
    """The city, in committed rows, since the server has connections of its own."""
    forget_caches()
    yield seed.town(orders=False)
    forget_caches()


def fill(form: Locator, name: str, value: str) -> None:
    """Give one field of a form its value, whatever kind of control it is."""
    control = form.locator(f"[name='{name}']").first
    if control.evaluate("node => node.tagName") == "SELECT":
        control.select_option(value)
    elif control.get_attribute("type") in ("radio", "checkbox"):
        form.locator(f"[name='{name}'][value='{value}']").check(force=True)
    else:
        control.fill(value)


def at_desk(page: Page, username: str, desk: str, tab: str, number: str) -> None:
    """Sit down at a desk and open the order from its list."""
    enter(page, username)
    page.goto(f"/desks/{desk}/?tab={tab}")
    page.locator(f"#row-{number} a[data-row]").click()
    expect(page.locator("#desk.opened")).to_have_count(1)  # the pane was swapped: no form opened before is lost to it
    expect(page.locator("#pane .no").first).to_have_text(number)
    page.wait_for_load_state("networkidle")  # some desks open the form that comes next by themselves


def act(page: Page, title: str, command: str, parts: dict[str, str] | None = None, **fields: str) -> None:
    """Open an action's form beside the order, fill it, send it, stay at the desk. `parts`: fields by their label."""
    form = page.locator(f"#act form[action$='/act/{command}/']")
    if not form.count():
        menu = page.locator("#todo details.over > summary")
        link = page.locator("#todo").get_by_role("link", name=title, exact=True)
        if not link.is_visible() and menu.count():
            menu.click()
        link.click()
    for name, value in fields.items():
        fill(form, name, value)
    for label, value in (parts or {}).items():
        form.get_by_label(label, exact=True).fill(value)
    form.locator("button.main").last.click()
    expect(page.locator(".toast0").last).to_contain_text("已办好")
    expect(page.locator("#act form")).to_have_count(0)  # the desk was swapped for what waits now


def call(page: Page) -> tuple[str, str]:
    """Take the call at the agent's desk; gives the order's number and the query code."""
    enter(page, "agent")
    page.goto("/agent/")
    page.fill("#f-requester-phone", "13900139000")
    page.fill("#f-requester-name", "李秀英")
    page.fill("#f-text", TEXT)
    page.fill("#f-place", "香洲区银桦路 12 号")
    page.locator("[name=category][value=投诉]").check(force=True)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/agent/done/\d+/"))
    number, code = (page.locator(".ag-codes .no").nth(place).inner_text() for place in (0, 1))
    return number, code


def rate(page: Page, number: str, code: str, level: str) -> None:
    """Rate as the citizen, on the progress page."""
    page.context.clear_cookies()
    page.goto("/progress/")
    page.fill("#number", number)
    page.fill("#code", code)
    page.get_by_role("button", name="查询").click()
    expect(page.locator(".answerbox")).to_contain_text("井口已畅通")
    page.locator(f"[name=level][value={level}]").check()
    page.get_by_role("button", name="提交评价").click()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_day_from_the_first_word_to_the_archive(window: Page, city: seed.Town, size: dict[str, int]) -> None:
    page = window
    page.set_viewport_size(size)  # type: ignore[arg-type]
    number, code = call(page)

    at_desk(page, "dispatcher", "dispatch", "new", number)
    act(page, "派单", "dispatch", lead="市住房和城乡建设局", requirements="请今天到场查看")

    at_desk(page, "housing-clerk", "unit", "sign", number)
    given = {"reason": "排水管网由水务部门管养", "basis": "市政府机构职能规定", "suggestion": "市水务局"}
    act(page, "申请退单", "request_return", **given)

    at_desk(page, "dispatcher", "dispatch", "return", number)
    expect(page.locator("#pane")).to_contain_text("排水管网由水务部门管养")
    expect(page.locator("#pane")).to_contain_text("市水务局")  # the unit's suggestion stands in the form already
    act(page, "同意退单", "approve_return", reason="属实")

    at_desk(page, "water-clerk", "unit", "sign", number)
    act(page, "签收", "sign")
    at_desk(page, "water-clerk", "unit", "reply", number)
    act(page, "联系诉求人", "contact", reached="yes", note="约定明天上午到场")
    at_desk(page, "water-clerk", "unit", "reply", number)
    act(page, "申请延期", "request_extension", reason="需要更换破损管段")

    at_desk(page, "reviewer", "review", "extension", number)
    act(page, "同意延期", "approve_extension", reason="情况属实")

    enter(page, "supervisor")
    page.goto(f"/orders/{number}/act/supervise/")
    form = page.locator("#act form")
    fill(form, "reason", "群众反映强烈, 请加快办理")
    form.locator("button.main").last.click()
    expect(page.locator(".toast0")).to_contain_text("已办好")

    answer(page, number, "首次")
    rate(page, number, code, "不满意")
    at_desk(page, "caller", "callback", "call", number)
    act(page, "回访", "call_back", reached="yes", level="不满意", resolved="no", wants_redo="yes")
    at_desk(page, "caller", "callback", "redo", number)
    act(page, "责成重办", "order_redo", reason="井口又堵, 需要重新疏通")

    answer(page, number, "重办")
    rate(page, number, code, "满意")
    expect(page.locator("h1")).to_contain_text("已办结")
    enter(page, "reviewer")
    page.goto(f"/orders/{number}/act/archive/")
    page.locator("#act form button.main").last.click()
    expect(page.locator(".ohead")).to_contain_text("已归档")


def answer(page: Page, number: str, turn: str) -> None:
    """The unit answers, the hotline examines it and passes it on to the citizen."""
    at_desk(page, "water-clerk", "unit", "reply", number)
    act(page, "办理答复", "reply", REPLY | {"经过": f"{turn}到场疏通管道"})
    at_desk(page, "reviewer", "review", "reply", number)
    expect(page.locator("#pane")).to_contain_text("井口已畅通")
    act(page, "审核通过", "pass_review")
