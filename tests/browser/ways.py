"""What a walk along links does not reach: forms that are filled step by step, and what shows itself once."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import FilePayload, Page

Seen = Callable[[tuple[str, ...]], None]
WORDS = "小区门口的路灯坏了一周, 晚上看不见路, 老人容易摔倒。"
PNG: FilePayload = {"name": "路灯.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"\0" * 300}
WRONG_CODE = "AAAA-AAAA"


def portal(page: Page, begin: str, seen: Seen) -> None:
    """Submit as a visitor, see each question and one that is not answered, then the number and its progress."""
    page.goto(begin)
    page.locator(".go button").click()
    page.wait_for_url("**/submit/category/")
    page.click("button.main")
    page.wait_for_selector(".summary")
    seen(("submit-step", "missing"))
    for fill in (_category, _text, _place, _file, _who, _phone):
        page.wait_for_load_state()
        seen(("submit-step", page.url.rstrip("/").rsplit("/", 1)[1]))
        fill(page)
        page.click("button.main")
    page.wait_for_url("**/submit/check/")
    seen(("submit-check",))
    page.click("button.main")
    page.wait_for_url("**/submit/done/")
    seen(("submit-done",))
    number, code = page.locator(".panel0 b").all_inner_texts()
    _progress(page, number, WRONG_CODE)
    seen(("progress", "wrong"))
    _progress(page, number, code)
    page.locator("summary").first.click()
    seen(("progress", "order"))


def _category(page: Page) -> None:
    page.locator("[name=category]").first.check()


def _text(page: Page) -> None:
    page.fill("#text", WORDS)


def _place(page: Page) -> None:
    page.fill("#place", "银桦路 12 号")


def _file(page: Page) -> None:
    page.set_input_files("#file", [PNG])


def _who(page: Page) -> None:
    page.check("[name=who][value=open]")


def _phone(page: Page) -> None:
    page.fill("#phone", "13900139000")


def _progress(page: Page, number: str, code: str) -> None:
    page.goto("/progress/")
    page.fill("#number", number)
    page.fill("#code", code)
    page.click("button.main")
    page.wait_for_load_state()


def tour(page: Page, seen: Seen, *, shown: bool) -> None:
    """Look at the offer and its steps once; later it is declined."""
    box = page.locator(".tourbox")
    if shown:
        box.get_by_role("button", name="不用了").click()
        return
    seen(("tour", "offer"))
    box.get_by_role("button", name="看一看").click()
    seen(("tour", "1"))
    while box.get_by_role("button", name="下一步").count():
        box.get_by_role("button", name="下一步").click()
    seen(("tour", "last"))
    box.get_by_role("button", name="知道了").click()


def call(page: Page, begin: str) -> str:
    """Take a call and register it; returns where the agent then is: at the wrap-up."""
    page.goto(begin)
    page.fill("#f-text", WORDS)
    page.fill("#f-requester-phone", "13900139000")
    page.locator("input[name=category]").first.check(force=True)
    page.fill("#f-place", "银桦路 12 号")
    page.locator("#end").click()
    page.wait_for_url("**/agent/done/**")
    return page.url


def draft(page: Page, begin: str) -> str:
    """Begin the revision of a rulebook; returns the address of the draft."""
    page.goto(begin)
    page.fill("#t", "咨询的办理时限由两个工作日改为三个")
    page.locator(".newdraft button.main").click()
    page.wait_for_url(re.compile(r"/rulebooks/drafts/\d+/"))
    return page.url


def whatif(page: Page, begin: str) -> str:
    """Let a few orders run under another rulebook; returns the address of the result."""
    page.goto(begin)
    page.select_option("#book", index=1)
    page.locator("main form button.main").first.click()
    page.wait_for_url(re.compile(r"/rulebooks/whatif/\d+/"))
    return page.url
