"""Lists and details at growing numbers of orders: as queries, and over HTTP by one client after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import psycopg

from yixian.ops.bench import fill, story
from yixian.ops.bench.ground import Ground, Web
from yixian.ops.bench.report import Part, below, percentile

ROUNDS = 30
PASSES = 3  # the middle one of these counts, so that a moment of other work does not
DATABASE = "lists"
LISTS: tuple[tuple[str, str, str | None], ...] = (  # title, query string, unit whose clerk asks (None: the desk)
    ("最新一页", "", None),
    ("待签收", "state=dispatched", None),
    ("办理中, 将到期在前", "state=handling&sort=due", None),
    ("全部, 将到期在前", "sort=due", None),
    ("投诉", f"category={quote('投诉')}", None),
    ("单位自己的工单", "", story.UNITS[0]),
    ("单位将到期的工单", "sort=due", story.UNITS[3]),
    ("某单位的工单", f"unit={story.UNITS[5]}", None),
)
SEARCH = (("检索“积水”", f"q={quote('积水')}", None), ("检索“路灯 损坏”", f"q={quote('红绿灯 损坏')}", None))


def scales(ground: Ground, wanted: Sequence[int], progress: Callable[[str], None]) -> Part:
    """Part (d): fill to each scale in turn and measure there."""
    part = Part("d", "工单清单一页 (50 件) 和工单详情")
    ground.fresh(DATABASE)
    stages = fill.year(fill.moment())
    p95: dict[int, float] = {}
    with ground.inside(DATABASE):
        fill.templates(ground, stages)
        with psycopg.connect(ground.url(DATABASE), autocommit=True) as connection:
            filling = fill.Filling(connection, stages)
            for orders in wanted:
                seconds = filling.up_to(orders)
                progress(f"{orders:,} 件工单已入库, 用时 {seconds:.0f} 秒")
                p95[orders] = _scale(ground, part, orders)
            part.details["sizes"] = fill.sizes(connection)
    ground.drop(DATABASE)
    smallest, largest = min(p95), max(p95)
    if largest > smallest:
        growth = round(p95[largest] / p95[smallest], 2)
        title = f"清单 p95 从 {smallest:,} 到 {largest:,} 件的增长"
        part.lines.append(below("d", title, growth, "倍", 1.5))
    return part


def _scale(ground: Ground, part: Part, orders: int) -> float:
    queries = _queries(ground)
    with ground.web(workers=1) as web:
        _over_http(ground, web, rounds=3)  # warm
        passes = [_over_http(ground, web) for _ in range(PASSES)]
        details = _details(ground, web)
    of_passes = sorted(percentile(_lists(http), 0.95) for http in passes)
    http = {title: [value for one in passes for value in one[title]] for title in passes[0]}
    lists, p95 = _lists(http), of_passes[PASSES // 2]
    target = 30.0 if orders >= 1_000_000 else None
    note = f"p50 {percentile(lists, 0.5):.1f}; 查询本身 p95 {percentile(queries['list'], 0.95):.1f}"
    part.lines.append(below("d", f"{orders:,} 件: 清单经 HTTP, p95", round(p95, 2), "毫秒", target, note))
    note = f"p50 {percentile(details, 0.5):.1f}; 查询本身 p95 {percentile(queries['detail'], 0.95):.1f}"
    part.lines.append(
        below("d", f"{orders:,} 件: 详情经 HTTP, p95", round(percentile(details, 0.95), 2), "毫秒", None, note)
    )
    slowest = max(_titles(LISTS), key=lambda item: percentile(http[item[0]], 0.95))[0]
    found = ", ".join(f"{title} p95 {percentile(http[title], 0.95):.1f} 毫秒" for title, _ in _titles(SEARCH))
    part.where.append(
        f"{orders:,} 件: 最慢的清单是“{slowest}”, p95 {percentile(http[slowest], 0.95):.1f} 毫秒; {found}"
    )
    part.details[str(orders)] = {
        "p95_of_passes": [round(value, 2) for value in of_passes],
        "http": {title: _summary(values) for title, values in http.items()},
        "queries": {title: _summary(values) for title, values in queries.items()},
        "detail": _summary(details),
    }
    return p95


def _lists(http: dict[str, list[float]]) -> list[float]:
    searched = dict(_titles(SEARCH))
    return [value for title, values in http.items() if title not in searched for value in values]


def _titles(lists: Sequence[tuple[str, str, str | None]]) -> list[tuple[str, str]]:
    return [(title, query) for title, query, _ in lists]


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {"p50": round(percentile(values, 0.5), 2), "p95": round(percentile(values, 0.95), 2), "count": len(values)}


def _over_http(ground: Ground, web: Web, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Milliseconds of each list, the lists taking turns."""
    asked = (*LISTS, *SEARCH)
    requests = []
    for _ in range(rounds):
        for _, query, unit in asked:
            token = ground.clerks[unit].token if unit else ground.desk.token
            requests.append(web.request("GET", f"/api/v1/orders?limit=50&{query}".rstrip("&"), token))
    seen = web.load([requests], 600)
    if set(seen.statuses) != {"200"}:
        raise RuntimeError(f"清单没有全部成功: {seen.statuses} {seen.refused[:500]}")
    return {title: seen.milliseconds[0][place :: len(asked)] for place, (title, _, _) in enumerate(asked)}


def _details(ground: Ground, web: Web) -> list[float]:
    """Milliseconds of details of orders all over the year."""
    path = "/api/v1/orders/"
    requests = [web.request("GET", f"{path}{number}", ground.desk.token) for number in _numbers(300)]
    seen = web.load([requests], 600)
    if set(seen.statuses) != {"200"}:
        raise RuntimeError(f"详情没有全部成功: {seen.statuses} {seen.refused[:500]}")
    return seen.milliseconds[0]


def _numbers(count: int) -> list[str]:
    from yixian.orders import session

    rows = session.fetch(
        "select o.number from generate_series(1, %s) g cross join lateral (select number from orders_order"
        " where id >= 1 + g * (select max(id) - 1 from orders_order) / (%s + 1) order by id limit 1) o",
        [count, count],
    )
    return [row[0] for row in rows]


def _queries(ground: Ground) -> dict[str, list[float]]:
    """Milliseconds of the same lists and details without HTTP."""
    from yixian.orders import queries
    from yixian.orders.queries import Filters

    desk = ground.actor()
    asked: list[tuple[Any, Filters, str]] = []
    for _, query, unit in LISTS:
        actor = ground.actor(unit) if unit else desk
        sort = "due" if "sort=due" in query else "registered"
        states = tuple(part.removeprefix("state=") for part in query.split("&") if part.startswith("state="))
        category = "投诉" if query.startswith("category") else None
        mine = query.removeprefix("unit=") if query.startswith("unit=") else None
        asked.append((actor, Filters(states=states, category=category, unit=mine), sort))
    found: dict[str, list[float]] = {"list": [], "detail": []}
    for round_ in range(ROUNDS + 3):
        for actor, filters, sort in asked:
            began = time.perf_counter()
            queries.page(filters, actor, size=50, sort=sort)
            if round_ >= 3:
                found["list"].append((time.perf_counter() - began) * 1000)
    for number in _numbers(200):
        began = time.perf_counter()
        queries.detail(number, desk)
        found["detail"].append((time.perf_counter() - began) * 1000)
    return found
