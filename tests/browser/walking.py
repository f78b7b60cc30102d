"""A walk through every page of a running demo, as each kind of user: links are followed, one instance of each address.

Used for pictures (`make screenshots`), for axe over every page, and for the benchmark of pages. What the walk does not
reach is no page that people reach.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import TimeoutError as TooLong

from tests.browser import ways

ROOT = Path(__file__).resolve().parents[2]
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PLACE = "zhuhai"
USERS = (
    None,
    f"{PLACE}.agent",
    f"{PLACE}.dispatcher",
    f"{PLACE}.u01",
    f"{PLACE}.u01.leader",
    f"{PLACE}.reviewer",
    f"{PLACE}.callback",
    f"{PLACE}.supervisor",
    f"{PLACE}.admin",
    f"{PLACE}.auditor",
)
"""Whose pages are walked; a user that the demo does not have is left out."""
STARTS: dict[str | None, tuple[str, ...]] = {
    None: ("/", "/login/", "/consult/", "/published/", "/progress/", "/submit/", "/nowhere/")
}
MORE: dict[str | None, tuple[str, ...]] = {
    None: ("/rate/done/", "/rate/nothing/"),
    f"{PLACE}.agent": ("/orders/", "/registers/contact/", "/registers/sample/"),
    f"{PLACE}.u01.leader": ("/registers/secrecy/new/",),
    f"{PLACE}.dispatcher": ("/lists/views/", "/lists/exports/"),
    f"{PLACE}.supervisor": ("/supervision/business/", "/supervision/interim/"),
}
"""What only a notice, a menu, a list in use or other rules lead to, and lists that hold something."""
NEXT = {"consult-form": "/consult/{}/done/", "order": "/lists/print/?number={}"}
"""What is reached from a page by sending it, or by choosing it in a list."""
WAYS: dict[str | None, tuple[tuple[Callable[[Page, str], str], str], ...]] = {
    f"{PLACE}.agent": ((ways.call, "/agent/"),),
    f"{PLACE}.admin": ((ways.draft, "/rulebooks/drafts/new/"), (ways.whatif, "/rulebooks/whatif/")),
}
"""Forms that make what links then lead to."""
NOT_PAGES = ("type", "-export", "-csv", "-file", "download", "logout", "-source", "export-batch")
"""What the names of addresses hold that answer with a file, or turn something."""
PER_USER = ("order",)
"""Addresses that look different to each user, and are seen as each of them."""
MOST_PER_USER = 140
SETTLED = """() => document.readyState === "complete" &&
    !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")"""
PAUSE = 120  # milliseconds: what is asked for on load has been asked for by then


@dataclass(frozen=True)
class Stop:
    """One page of the walk: who saw it, the name of its address, its path, and a name for files."""

    user: str | None
    name: str
    path: str
    title: str


@dataclass
class Demo:
    """A running demo."""

    url: str
    password: str
    home: Path


@contextmanager
def demo(orders: int = 120) -> Iterator[Demo]:
    """`yixian demo` on a folder, a database and a port of its own. Raises RuntimeError where it does not come up.

    A demo that runs already is used instead where WALK_URL and WALK_PASSWORD name it.
    """
    if os.environ.get("WALK_URL"):
        yield Demo(os.environ["WALK_URL"].rstrip("/"), os.environ.get("WALK_PASSWORD", ""), Path())
        return
    home = Path(tempfile.mkdtemp(prefix="yixian-walk-"))
    home.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {key: text for key, text in os.environ.items() if not key.startswith(("YIXIAN_", "DATABASE_URL"))}
    environment["YIXIAN_HOME"] = str(home)
    log = home / "demo.log"
    command = [sys.executable, "-m", "yixian.ops.cli", "demo", "--orders", str(orders), "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        yield Demo(f"http://127.0.0.1:{port}", _password(process, log), home)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(home, ignore_errors=True)


def _password(process: subprocess.Popen[bytes], log: Path, seconds: float = 400) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        text = log.read_text(encoding="utf-8", errors="replace")
        if "平台已就绪" in text:
            return text.split("例如", 1)[1].split("/", 1)[1].split()[0]
        if process.poll() is not None:
            break
        time.sleep(0.5)
    raise RuntimeError("the demo did not come up:\n" + log.read_text(encoding="utf-8", errors="replace")[-3000:])


@dataclass
class Walk:
    """Goes through the pages of one demo. `seen`: addresses visited, over all users."""

    browser: Browser
    demo: Demo
    size: dict[str, int]
    seen: set[tuple[str, ...]] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def run(self, look: Callable[[Page, Stop], None], users: tuple[str | None, ...] = USERS) -> list[Stop]:
        """Visit every page as every user and call `look` on each; returns where the walk came."""
        stops: list[Stop] = []
        for user in users:
            context = self.context()
            page = context.new_page()
            page.set_default_timeout(30000)
            self._listen(page, user)
            if user is None or self.login(page, user):
                stops += self._walk(page, user, look)
            context.close()
        return stops

    def _listen(self, page: Page, user: str | None) -> None:
        """Keep what goes wrong in the page's scripts, and what the policy of contents forbids."""
        name = user or "公众"
        page.on("pageerror", lambda error: self.errors.append(f"{name} {page.url}: {error}"))
        page.on(
            "console",
            lambda line: self.errors.append(f"{name}: {line.text}") if "Content Security Policy" in line.text else None,
        )

    def context(self, **more: Any) -> BrowserContext:
        """A fresh browser of the walk's size."""
        size: Any = self.size
        return self.browser.new_context(
            viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=self.demo.url, **more
        )

    def login(self, page: Page, user: str) -> bool:
        """Log in; False where the demo does not know this user."""
        page.goto("/login/")
        page.fill("#username", user)
        page.fill("#password", self.demo.password)
        with page.expect_navigation():
            page.locator("form button").first.click()
        return "/login/" not in page.url

    def _walk(self, page: Page, user: str | None, look: Callable[[Page, Stop], None]) -> list[Stop]:
        waiting = [*STARTS.get(user, ("/", page.url)), *MORE.get(user, ())]
        stops: list[Stop] = []
        known: set[str] = set(waiting)

        def seen(key: tuple[str, ...]) -> None:
            stop = Stop(user, key[0], urlsplit(page.url).path, "-".join(filter(None, (_who(user), *key))))
            stops.append(stop)
            look(page, stop)

        if user is None:
            self._ways(page, seen)
        else:
            self._tour(page, seen)
            waiting += self._links(page, known)  # of the first page, which somebody else may have seen already
        waiting += [way(page, begin) for way, begin in WAYS.get(user, ())]
        while waiting and len(stops) < MOST_PER_USER:
            path = waiting.pop(0)
            key = named(path)
            if not self._new(user, key) or not self._open(page, user, path):
                continue
            there = named(page.url)
            if there != key and not self._new(user, there):
                continue
            seen(there)
            if there[0] in NEXT:
                waiting.append(NEXT[there[0]].format(urlsplit(page.url).path.rstrip("/").rsplit("/", 1)[1]))
            waiting += self._links(page, known)
        return stops

    def _links(self, page: Page, known: set[str]) -> list[str]:
        """Where the page leads that was not known before."""
        links = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)")
        fresh = [onward for onward in (_onward(link, self.demo.url) for link in links) if onward not in known]
        known.update(fresh)
        return [onward for onward in dict.fromkeys(fresh) if onward]

    def _new(self, user: str | None, key: tuple[str, ...]) -> bool:
        """Whether this is a page that was not seen before; from now on it is seen."""
        told = (user or "", *key) if key and key[0] in PER_USER else key
        fresh = bool(key) and told not in self.seen
        self.seen.add(told)
        return fresh

    def _open(self, page: Page, user: str | None, path: str) -> bool:
        """Open a page and wait until it stands; False for what is no page."""
        answer = page.goto(path)
        if answer is None or "text/html" not in (answer.headers.get("content-type") or ""):
            return False
        if answer.status >= 500:
            self.errors.append(f"{user or '公众'} {path}: {answer.status}")
        stand(page)
        return True

    def _ways(self, page: Page, seen: Callable[[tuple[str, ...]], None]) -> None:
        """What visitors reach by sending forms: a submission from the first question to the number, its progress."""
        ways.portal(page, f"/submit/?at={PLACE}", seen)
        self.seen |= {("submit-check",), ("submit-done",)}

    def _tour(self, page: Page, seen: Callable[[tuple[str, ...]], None]) -> None:
        """The three steps that a role is offered at its first login."""
        stand(page)
        if page.locator(".tourbox").count():
            ways.tour(page, seen, shown=("tour",) in self.seen)
            self.seen.add(("tour",))


def stand(page: Page) -> None:
    """Wait until the page and the parts that it asks for stand."""
    page.wait_for_load_state()
    page.wait_for_timeout(PAUSE)
    try:
        page.wait_for_function(SETTLED, timeout=8000)
    except TooLong as error:
        raise AssertionError(f"{page.url} does not come to rest") from error


def _who(user: str | None) -> str:
    return "public" if user is None else user.split(".", 1)[1].replace(".", "-")


def _onward(link: str, base: str) -> str:
    full = urljoin(base, link)
    if not full.startswith(base + "/"):
        return ""
    parts = urlsplit(full)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def named(path: str) -> tuple[str, ...]:
    """The name of a path's address and what tells its instances apart: desks and their tabs, forms, kinds of lists.

    Empty for what is no page.
    """
    from django.urls import Resolver404, resolve

    parts = urlsplit(path)
    try:
        found = resolve(parts.path)
    except Resolver404:
        return ("missing",)
    name = found.url_name or ""
    if not name or parts.path.startswith(("/api/", "/static/")) or any(name.endswith(word) for word in NOT_PAGES):
        return ()
    query = parse_qs(parts.query)
    told = [name]
    if name == "desk":
        told += [str(found.kwargs["code"]), query.get("tab", [""])[0]]
    elif name in ("act", "above"):
        told += [str(found.kwargs["command"])]
    elif name in ("submit-step", "register-new"):
        told += [str(next(iter(found.kwargs.values())))]
    return tuple(filter(None, told))
