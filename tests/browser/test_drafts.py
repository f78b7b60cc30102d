"""The editor of a rulebook draft in a real browser: checks while typing, jumping, help, indenting, unsaved words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_one_order import enter
from tests.rulemaking.office import FIRST, LONGER, day_after, revised
from tests.web import seed
from tests.web.conftest import forget_caches
from yixian.orders import books
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.rulemaking import actions, queries

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOME = "/rulebooks/drafts/"


@pytest.fixture
def city(transactional_db: None) -> Iterator[seed.Town]:
    """The city with an administrator, in committed rows."""
    forget_caches()
    books.forget()
    town = seed.town(orders=False)
    town.users["admin"] = parties.create_user(
        actor=access.SYSTEM, platform=town.platform, username="admin", name="沈卫东", password=seed.PASSWORD,
        roles=("administrator",), must_change_password=False,
    )  # fmt: skip
    yield town
    forget_caches()
    books.forget()


def at(page: Page, words: str) -> None:
    """Put the cursor where these words begin."""
    page.evaluate(
        "words => { const box = document.getElementById('text'); const place = box.value.indexOf(words);"
        " box.focus(); box.setSelectionRange(place, place); box.click(); }",
        words,
    )


def test_writing_a_draft(window: Page, city: seed.Town) -> None:
    actor = access.actor_of(city.users["admin"])
    text = revised(day_after(30), LONGER)
    draft = actions.start(actor, name="zhuhai", title="咨询时限调整", text=text, based_on=FIRST)
    page = window
    enter(page, "admin")
    page.goto(f"{HOME}{draft.pk}/")
    expect(page.locator("#findings")).to_contain_text("没有错误")

    at(page, "starts: dispatched")
    expect(page.locator("[data-help]")).to_contain_text("从哪个环节起算")
    expect(page.locator("[data-help]")).to_contain_text("clocks.return.starts")

    broken = text.replace("limit: 1wd", "limit: 1w d", 1)
    line = broken[: broken.index("limit: 1w d")].count("\n") + 1
    page.fill("#text", broken)
    found = page.locator("#findings [data-line]").first
    expect(found).to_contain_text(f"第 {line} 行")
    expect(page.locator("[data-gutter] .bad").first).to_have_text(str(line))
    found.click()
    chosen = page.evaluate("() => { const b = document.getElementById('text');"
                           " return b.value.slice(b.selectionStart, b.selectionEnd); }")  # fmt: skip
    assert "limit: 1w d" in chosen

    page.once("dialog", lambda dialog: dialog.accept())
    page.wait_for_timeout(600)
    page.goto(f"{HOME}{draft.pk}/")
    expect(page.locator("[data-unsaved]")).to_be_visible()
    page.click("[data-restore]")
    expect(page.locator("#text")).to_have_value(re.compile("limit: 1w d"))

    page.fill("#text", "clocks:")
    page.press("#text", "End")
    page.press("#text", "Enter")
    page.keyboard.type("reply:")
    page.press("#text", "Enter")
    page.press("#text", "Tab")
    page.keyboard.type("x")
    expect(page.locator("#text")).to_have_value("clocks:\n  reply:\n      x")
    page.press("#text", "Shift+Tab")
    expect(page.locator("#text")).to_have_value("clocks:\n  reply:\n    x")

    page.fill("#text", text + "# 校对\n")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".toast0")).to_contain_text("已保存第 2 稿, 没有错误")
    assert queries.draft(draft.pk).text == text + "# 校对\n"
    page.goto(f"{HOME}{draft.pk}/")
    expect(page.locator("[data-unsaved]")).to_be_hidden()
