"""Typing that must not be lost: a session that ends meanwhile, a window that is left while it is being kept."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

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


CALL = """<!doctype html><meta charset="utf-8"><title>x</title><script src="/web/agent.js" defer></script>
<form id="call" action="/agent/" method="post" data-draft="/agent/draft/">
<input type="hidden" name="csrfmiddlewaretoken" value="x">
<input type="hidden" name="draft_id" value="d"><input type="hidden" name="draft_version" value="0">
<input type="hidden" name="ending" value="register"><input type="hidden" name="target"><input name="requester.name">
<input id="f-requester-phone" name="requester.phone"><textarea id="f-text" name="text"></textarea>
<input id="f-place" name="place"><button type="button" data-tree>x</button><div id="tree" hidden></div>
<span id="end-said"></span><span id="joined" hidden></span><span id="joined-said"></span><span id="files-said"></span>
<input id="f-file" type="file"><div id="beside"></div></form><span id="kept"></span><a id="next-call" href="/">x</a>"""


def test_leaving_the_window_while_a_call_is_kept_does_not_end_the_keeping(chromium: Browser) -> None:
    versions: list[str] = []
    held: list[Route] = []

    def answers(route: Route) -> None:
        path = route.request.url.removeprefix("http://desk.test")
        if path == "/agent/draft/":
            versions.append(parse_qs(route.request.post_data or "")["draft_version"][0])
            held.append(route)
        elif path == "/agent/":
            route.fulfill(body=CALL, content_type="text/html; charset=utf-8")
        else:
            route.fulfill(path=STATIC / path.strip("/"))

    def kept(version: int) -> None:
        held.pop(0).fulfill(json={"id": "d", "version": version, "at": "10:00:00"})

    context = chromium.new_context()
    page = context.new_page()
    page.route("**/*", answers)
    page.goto("http://desk.test/agent/")
    page.fill("#f-text", "路灯坏了")
    page.wait_for_timeout(3500)
    assert versions == ["0"]
    page.fill("#f-text", "路灯坏了一周")
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_timeout(300)
    assert versions == ["0"]
    kept(1)
    page.wait_for_timeout(800)
    assert versions == ["0", "1"]
    kept(2)
    expect(page.locator("#kept")).to_have_text("已暂存 10:00:00")
    context.close()
