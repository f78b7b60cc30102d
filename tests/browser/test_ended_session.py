"""A session that ends while something stands typed: what refreshes beside it never leads away from the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

import yixian.web

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STATIC = Path(yixian.web.__file__).parent / "static"
PAGE = """<!doctype html><meta charset="utf-8"><title>x</title>
<script src="/vendor/htmx/htmx.min.js" defer></script><script src="/web/app.js" defer></script>
<main><textarea name="text">原来的话</textarea><button hx-get="/help/x/" hx-target="#drawer">帮助</button></main>
<div id="drawer"></div><div class="toasts"></div>"""


def _answers(route: Route) -> None:
    path = route.request.url.removeprefix("http://desk.test")
    if path == "/":
        route.fulfill(body=PAGE, content_type="text/html; charset=utf-8")
    elif path == "/help/x/":
        route.fulfill(headers={"HX-Redirect": "/login/?next=%2F"})
    elif path.startswith("/login/"):
        route.fulfill(body="<title>login</title>", content_type="text/html")
    else:
        route.fulfill(path=STATIC / path.strip("/"))


@pytest.mark.parametrize("typed", [True, False])
def test_a_drawer_leads_to_the_login_only_where_nothing_is_typed(chromium: Browser, typed: bool) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.route("**/*", _answers)
    page.goto("http://desk.test/")
    if typed:
        page.fill("textarea", "原来的话, 又写了一段")
    page.click("button")
    if typed:
        expect(page.locator(".toasts")).to_contain_text("登录已过期")
        expect(page.locator("textarea")).to_have_value("原来的话, 又写了一段")
    else:
        page.wait_for_url("**/login/**")
    context.close()
