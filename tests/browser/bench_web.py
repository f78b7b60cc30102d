"""How fast pages feel: server time of every page at a million orders, first paint on a slow county PC.

Run as `python -m tests.browser.bench_web [--orders 1m] [--json FILE]`; `make bench-web` does. The server is the one
that `yixian up` starts, on the embedded database with fsync; pages are found by following links, as each kind of user,
parts that pages load are pages too. Nothing here is a test: it asserts no time.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import msgspec
import psycopg
from playwright.sync_api import Browser, sync_playwright

from tests.browser.bench_crowd import crowd
from tests.browser.screens import ARGS, chromium
from tests.browser.walking import DESK, STARTS, named
from yixian.ops.bench import fill, machine, story
from yixian.ops.bench.ground import PASSWORD, PLATFORM, Ground, Web, ground
from yixian.ops.bench.report import percentile

ROUNDS = 25
WARM = 3
MOST_PAGES = 160
TARGET = 80.0  # milliseconds of server time, p95
PAINT = 1000.0  # milliseconds to the first contentful paint
SLOWER = 4  # times, of the processor
MEGABIT = 10
PAINTED = ("/", "/submit/", "/login/", "/agent/", "/desks/dispatch/", "/orders/", "/desks/unit/", "/leader/")
ROLES = ("agent", "dispatcher", "reviewer", "callback", "supervisor", "administrator", "auditor")
LINK = re.compile(rb'<a\b[^>]*?\bhref="([^"]+)"([^>]*)>')
PARTS = re.compile(rb'\bhx-get="([^"]+)"')
WORDS = quote("积水")
PLACE = "翠微西路 188 号"
STRAIGHT: dict[str, tuple[str, ...]] = {
    "agent": (f"/orders/?q={WORDS}", f"/orders/?place={quote('翠微西路')}", "/orders/?unit=water", "/exports/"),
    "dispatcher": (f"/units/find/?q={quote('水')}", "/lists/exports/", "/orders/?from=2026-01-01&to=2026-12-31"),
    "supervisor": ("/exports/", "/figures/?period=2026", "/leader/wall/"),
    "administrator": ("/manage/journal/?kind=login", "/manage/users/?q=crowd77", "/manage/units/crowd77/"),
}
"""Addresses that people type, or that no link of these pages leads to."""
POSTED: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "agent": (
        ("/agent/beside/", {"text": story.text(3), "place": PLACE}),
        ("/agent/caller/", {"requester.phone": "13900000001"}),
        ("/agent/place/", {"place": PLACE}),
    ),
}
"""Parts that pages ask for while one types."""
PAINT_JS = """() => new Promise(done => { const read = () => {
    const found = performance.getEntriesByName("first-contentful-paint")[0];
    found ? done(found.startTime) : setTimeout(read, 50); }; read(); })"""


@dataclass
class Timed:
    """One page and the milliseconds that its answers took."""

    user: str
    name: str
    path: str
    status: int
    kilobytes: float
    times: list[float] = field(default_factory=list)
    cpu_web: float = 0.0  # milliseconds of one answer
    cpu_database: float = 0.0


@contextmanager
def standing(orders: int) -> Iterator[tuple[Ground, Web]]:
    """The hotline of the benchmark with this many orders and a person of every role, served."""
    with ground() as made:
        _staff(made)
        stages = fill.year(fill.moment())
        fill.templates(made, stages)
        with psycopg.connect(made.url(), autocommit=True) as connection:
            seconds = fill.Filling(connection, stages).up_to(orders)
            crowd(connection, made.platform_id, story.UNITS[0])
        print(f"{orders:,} 件工单已入库, 用时 {seconds:.0f} 秒", flush=True)
        _settle()
        with made.web(workers=1) as web:
            yield made, web


def _staff(made: Ground) -> None:
    from yixian.parties import queries

    platform = queries.platform(PLATFORM)
    for role in ROLES:
        made._user(platform, role, None, (role,))


def _settle() -> None:
    """Let what is counted in the background be counted once, as the worker would have done."""
    from yixian.supervision import counting

    counting.refresh()


def people() -> tuple[str, ...]:
    """Who looks at pages: the public, every role, a unit's clerk and leader."""
    return ("", *ROLES, f"clerk-{story.UNITS[0]}")


def measured(web: Web, database: int, users: tuple[str, ...] = (), rounds: int = ROUNDS) -> list[Timed]:
    """Every page of everyone, answered again and again by one client. `database`: the id of the server's process."""
    found: list[Timed] = []
    seen: set[tuple[str, ...]] = set()
    for user in users or people():
        with httpx.Client(base_url=f"http://127.0.0.1:{web.port}", timeout=120, follow_redirects=True) as client:
            watch = Stopwatch(client, web.pid, database, rounds)
            first = (*_enter(client, user), *STRAIGHT.get(user, ()))
            found += _pages(watch, user, first, seen)
            found += [
                watch.timed(user, urlsplit(path).path.strip("/"), path, dict(typed))
                for path, typed in POSTED.get(user, ())
            ]
    return found


@dataclass
class Stopwatch:
    """Asks for one address again and again, and takes the time and the processors' time that it costs."""

    client: httpx.Client
    web: int
    database: int
    rounds: int

    def timed(self, user: str, name: str, path: str, typed: dict[str, str] | None = None) -> Timed:
        """One address measured; `typed`: the form that is sent, where it is a part that pages ask for by sending."""
        if typed is not None:
            typed |= {"csrfmiddlewaretoken": self.client.cookies.get("csrftoken") or ""}
        for _ in range(WARM):
            page = self._ask(path, typed)
        found = Timed(user or "公众", name, path, page.status_code, round(len(page.content) / 1024, 1))
        web, database = self._spent(self.web), self._spent(self.database)
        for _ in range(self.rounds):
            began = time.perf_counter()
            self._ask(path, typed)
            found.times.append((time.perf_counter() - began) * 1000)
        found.cpu_web = (self._spent(self.web) - web) / self.rounds * 1000
        found.cpu_database = (self._spent(self.database) - database) / self.rounds * 1000
        return found

    def _ask(self, path: str, typed: dict[str, str] | None) -> httpx.Response:
        if typed is None:
            return self.client.get(path)
        return self.client.post(path, data=typed, headers={"Referer": str(self.client.base_url), "HX-Request": "true"})

    @staticmethod
    def _spent(process: int) -> float:
        return machine.cpu(machine.family(process))


def _enter(client: httpx.Client, user: str) -> tuple[str, ...]:
    if not user:
        return STARTS[None]
    page = client.get("/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    data = {"username": user, "password": PASSWORD, "csrfmiddlewaretoken": token[1] if token else ""}
    answer = client.post("/login/", data=data, headers={"Referer": str(page.url)})
    return (str(answer.url.raw_path, "ascii") if isinstance(answer.url.raw_path, bytes) else "/",)


def _key(path: str) -> tuple[str, ...]:
    """What tells pages apart here: their name, and of lists the filter where there is one alone; () for no page."""
    parts = urlsplit(path)
    if parts.path in ("/exports/", "/lists/exports/"):
        return (parts.path.strip("/"),)
    key = named(path)
    name = key[0] if key else ""
    asked = parse_qsl(parts.query)
    if name and len(asked) == 1 and name not in ("desk", "drawer", "desk-order"):
        return (*key, parts.query[:60] if name == "queue" and asked[0][0] != "cursor" else asked[0][0])
    return key if name else ()


def _pages(watch: Stopwatch, user: str, first: tuple[str, ...], seen: set[tuple[str, ...]]) -> list[Timed]:
    """The pages that links lead to. What another person's walk has measured is followed, not measured again."""
    waiting, known = list(first), set(first)
    walked: set[tuple[str, ...]] = set()
    found: list[Timed] = []
    while waiting and len(found) < MOST_PAGES:
        path = waiting.pop(0)
        key = _key(path)
        if not key or key in walked:
            continue
        walked.add(key)
        page = watch.client.get(path)
        if "text/html" not in page.headers.get("content-type", ""):
            continue
        if key not in seen:
            seen.add(key)
            found.append(watch.timed(user, "-".join(key), path))
        links = [link for link, rest in LINK.findall(page.content) if b"download" not in rest]
        for raw in (*links, *PARTS.findall(page.content)):
            onward = raw.decode().replace("&amp;", "&")
            if onward.startswith("/") and onward not in known:
                known.add(onward)
                waiting.append(onward)
    return found


def painted(web: Web) -> list[tuple[str, str, float, float, float]]:
    """(user, path, first paint with an empty cache, with a warm one, kilobytes of scripts) on a slow machine."""
    rows = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=ARGS, headless=True)
        for path in PAINTED:
            user = _who_sees(path)
            rows.append((user or "公众", path, *_paint(browser, web, user, path)))
        browser.close()
    return rows


def _who_sees(path: str) -> str:
    if path in ("/", "/submit/", "/login/"):
        return ""
    return {"/agent/": "agent", "/desks/unit/": f"clerk-{story.UNITS[0]}", "/leader/": "supervisor"}.get(
        path, "dispatcher"
    )


def _paint(browser: Browser, web: Web, user: str, path: str) -> tuple[float, float, float]:
    size: Any = DESK
    context = browser.new_context(viewport=size, base_url=f"http://127.0.0.1:{web.port}")
    page = context.new_page()
    if user:
        page.goto("/login/")
        page.fill("#username", user)
        page.fill("#password", PASSWORD)
        page.locator("form button").first.click()
        page.wait_for_load_state()
    slow = context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    rate = MEGABIT * 1024 * 1024 / 8
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 20, "downloadThroughput": rate, "uploadThroughput": rate},
    )
    scripts: dict[str, int] = {}
    page.on("response", lambda answer: _weigh(answer, scripts))
    cold, warm = [], []
    for _ in range(5):
        slow.send("Network.clearBrowserCache")
        page.goto(path)
        cold.append(float(page.evaluate(PAINT_JS)))
        page.goto(path)
        warm.append(float(page.evaluate(PAINT_JS)))
    context.close()
    return percentile(cold, 0.5), percentile(warm, 0.5), sum(scripts.values()) / 1024


def _weigh(answer: Any, scripts: dict[str, int]) -> None:
    if urlsplit(answer.url).path.endswith(".js") and answer.status == 200:
        scripts[answer.url] = int(answer.headers.get("content-length") or 0)


def _told(pages: list[Timed], paints: list[tuple[str, str, float, float, float]]) -> int:
    load = f"负载 {os.getloadavg()[0]:.1f}"
    print(f"\n页面的服务器时间 (一个客户端, 每页 {ROUNDS} 次, {load}; 目标 p95 < {TARGET:.0f} 毫秒), 由慢到快;")
    print("“网页”“数据库”是每次应答所用的处理器毫秒:")
    for page in sorted(pages, key=lambda page: -percentile(page.times, 0.95)):
        p95 = percentile(page.times, 0.95)
        mark = "未达到" if p95 >= TARGET else ""
        print(f"  {p95:7.1f}  p50 {percentile(page.times, 0.5):6.1f}  网页 {page.cpu_web:5.1f}  数据库 "
              f"{page.cpu_database:5.1f}  {page.kilobytes:6.1f} KB  {page.status}  "
              f"{page.user:<14} {page.name}  {page.path[:70]}  {mark}")  # fmt: skip
    everything = [value for page in pages for value in page.times]
    print(f"  全部 {len(pages)} 页: p95 {percentile(everything, 0.95):.1f} 毫秒, p50 {percentile(everything, 0.5):.1f}")
    print(f"\n首次内容绘制 (处理器慢 {SLOWER} 倍, {MEGABIT} 兆网; 目标 < {PAINT:.0f} 毫秒): 无缓存 / 有缓存 / 脚本")
    for user, path, cold, warm, scripts in paints:
        mark = "未达到" if cold >= PAINT else ""
        print(f"  {cold:7.0f}  {warm:7.0f}  {scripts:6.1f} KB  {user:<14} {path}  {mark}")
    slow = [page for page in pages if percentile(page.times, 0.95) >= TARGET]
    return 1 if slow or any(row[2] >= PAINT for row in paints) else 0


def main() -> int:
    """Measure, print, write JSON where wanted; 1 where something is slower than its target."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--orders", default="1m", help="件数, 如 100k, 1m")
    reader.add_argument("--json", type=Path, default=None, help="把全部结果写成 JSON")
    given = reader.parse_args()
    factor = {"k": 1000, "m": 1_000_000}.get(given.orders[-1], 1)
    orders = int(given.orders[:-1]) * factor if factor > 1 else int(given.orders)
    with standing(orders) as (made, web):
        pages = measured(web, made.database_pids()[0])
        paints = painted(web)
    if given.json:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode({"pages": pages, "paints": paints})))
    return _told(pages, paints)


if __name__ == "__main__":
    sys.exit(main())
