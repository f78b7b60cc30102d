"""Commands over HTTP, one by one and in bulk, and registrations, each against pgbench doing the same as plain SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import psycopg

from yixian.lifecycle import parse
from yixian.ops.bench import machine, raw, story
from yixian.ops.bench.client import Seen
from yixian.ops.bench.ground import Ground, Web
from yixian.ops.bench.report import Part, at_least, percentile

CLIENTS = (1, 4, 8)
MIX = ("dispatch", "sign", "reply")
BULK = 250
FASTEST = 1500  # commands per second and second of time for which orders are laid ready
Order = tuple[str, str]  # number, unit


class Run(msgspec.Struct):
    """One measured run: commands per second, latencies, and the CPU that each side used per command."""

    clients: int
    per_second: float
    p50: float
    p95: float
    micros: dict[str, float]
    idle: float
    stolen: float
    statuses: dict[str, int]


class Stock:
    """Registered orders that wait to be dispatched; each is used once."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._orders: list[Order] = []
        self.made = 0

    def take(self, count: int) -> list[Order]:
        """So many fresh orders."""
        if len(self._orders) < count:
            self._make(count - len(self._orders))
        taken, self._orders = self._orders[:count], self._orders[count:]
        return taken

    def _make(self, count: int) -> None:
        from yixian.orders import actions

        items = [
            actions.Item(None, parse("register", story.register_payload(index), "hotline"))
            for index in range(self.made, self.made + count)
        ]
        for place, outcome in enumerate(actions.handle_many(items, self._ground.actor())):
            if isinstance(outcome, Exception):
                raise outcome
            self._orders.append((outcome.order_no, story.UNITS[place % len(story.UNITS)]))
        self.made += count


def payload(name: str, unit: str) -> dict[str, Any]:
    """The payload of a step of the path."""
    return next(step.payload for step in story.path(unit) if step.name == name)


def single(ground: Ground, web: Web, orders: Iterable[Order]) -> list[bytes]:
    """The requests that dispatch, sign and reply to each order, each with an idempotency key."""
    return [
        web.request(
            "POST",
            f"/api/v1/orders/{number}/commands/{name}",
            ground.desk.token if name == "dispatch" else ground.clerks[unit].token,
            payload(name, unit),
            key=f"{name}-{number}",
        )
        for number, unit in orders
        for name in MIX
    ]


def bulk(ground: Ground, web: Web, orders: Sequence[Order]) -> list[bytes]:
    """The same commands in lists, as an integrator would send them: all dispatches of a chunk, then each unit's own."""
    requests = []
    for start in range(0, len(orders), BULK):
        chunk = orders[start : start + BULK]
        for name in MIX:
            items = [
                {"command": name, "order": number, "payload": payload(name, unit), "key": f"{name}-{number}"}
                for number, unit in chunk
            ]
            token = ground.desk.token if name == "dispatch" else ground.clerks[chunk[0][1]].token
            requests.append(web.request("POST", "/api/v1/commands", token, items))
    return requests


def measured(ground: Ground, web: Web, clients: list[list[bytes]], seconds: float, each: int = 1) -> Run:
    """Send the load and account for it. `each`: how many commands a request holds."""
    sides = {"网页进程": machine.family(web.pid), "数据库": ground.database_pids()}
    before = {name: machine.cpu(pids) for name, pids in sides.items()}
    cores = machine.cores()
    seen = web.load(clients, seconds)
    if any(not status.startswith("20") or status == "207" for status in seen.statuses):
        raise RuntimeError(f"有未成功的应答 {seen.statuses}, 不能作数: {seen.refused[:600]}")
    idle, stolen = machine.cores().since(cores)
    sides["数据库"] = ground.database_pids()
    count = sum(map(len, seen.milliseconds)) * each
    micros = {"客户端": seen.cpu * 1e6 / max(1, count)}
    for name, pids in sides.items():
        micros[name] = (machine.cpu(pids) - before[name]) * 1e6 / max(1, count)
    return _run(seen, len(clients), count, {name: round(value, 1) for name, value in micros.items()}, idle, stolen)


def _run(seen: Seen, clients: int, count: int, micros: dict[str, float], idle: float, stolen: float) -> Run:
    times = [value for client in seen.milliseconds for value in client]
    return Run(
        clients=clients,
        per_second=round(count / seen.seconds, 1),
        p50=round(percentile(times, 0.5), 2),
        p95=round(percentile(times, 0.95), 2),
        micros=micros,
        idle=idle,
        stolen=stolen,
        statuses=seen.statuses,
    )


def shares(orders: Sequence[Order], clients: int) -> list[Sequence[Order]]:
    """The orders dealt out to so many clients."""
    size = len(orders) // clients
    return [orders[place * size : (place + 1) * size] for place in range(clients)]


def recorded(ground: Ground, names: Sequence[str]) -> tuple[list[raw.Written], int, int]:
    """What these commands write, and the first id and count of the orders that lie ready for pgbench."""
    unit = story.UNITS[0]
    steps = [step for step in story.path(unit) if step.name in ("register", *names)]
    with psycopg.connect(ground.url(), autocommit=True) as connection:
        first, last = connection.execute("select min(id), max(id) from orders_order").fetchone() or (0, 0)
        found = raw.record(connection, steps, {"hotline": ground.actor(), unit: ground.actor(unit)})
    return [item for item in found if item.command in names], first, last - first + 1


class Plain(msgspec.Struct):
    """What pgbench did: commands per second, and the CPU that the database spent on each, in microseconds."""

    per_second: float
    micros: float


def plain_sql(ground: Ground, database: str, seconds: float) -> dict[int, Plain]:
    """What pgbench does on the copy, by clients. Orders need to be there already."""
    written, first, count = recorded(ground, MIX)
    found = {}
    for clients in CLIENTS:
        ground.copy(database)
        script = raw.script(written, first, count // clients)
        printed, cpu = ground.pgbench(database, script.text(), script.variables, clients, seconds)
        done = raw.transactions(printed) * len(MIX)
        found[clients] = Plain(round(raw.transactions_per_second(printed) * len(MIX), 1), round(cpu * 1e6 / done, 1))
    return found


def commands(ground: Ground, seconds: float, wanted: Callable[[str], bool]) -> list[Part]:
    """The parts (a) and (b) as wanted; both against the same figures of pgbench."""
    stock = Stock(ground)
    stock.take(1)
    need = int(seconds * FASTEST / len(MIX))
    ready = {clients: stock.take(int(need * min(1.0, clients / 4))) for clients in CLIENTS} if wanted("a") else {}
    ready[0] = stock.take(max(BULK * 8, int(need * 1.5) // BULK * BULK)) if wanted("b") else []
    warm = stock.take(40)
    base = plain_sql(ground, "plain", seconds)
    with ground.web() as web:
        web.load([single(ground, web, part) for part in shares(warm, 4)], 30)
        found = []
        if wanted("a"):
            runs = {
                clients: measured(
                    ground, web, [single(ground, web, part) for part in shares(ready[clients], clients)], seconds
                )
                for clients in CLIENTS
            }
            found.append(_one_by_one(runs, base))
        if wanted("b"):
            found.append(_in_bulk(ground, web, ready[0], base, seconds))
    ground.drop("plain")
    return found


def _one_by_one(runs: dict[int, Run], base: dict[int, Plain]) -> Part:
    part = Part("a", "经 HTTP 的指令 (签收、派单、答复混合), 对比 pgbench 执行同样读写的 SQL")
    for clients, run in runs.items():
        last = clients == CLIENTS[-1]
        note = f"p50 {run.p50} 毫秒, p95 {run.p95} 毫秒; pgbench {base[clients].per_second:,.0f} 条/秒"
        target = 800.0 if last else None
        part.lines.append(at_least("a", f"{clients} 个客户端", run.per_second, "条/秒", target, note))
        ratio = round(run.per_second / base[clients].per_second, 3)
        part.lines.append(at_least("a", f"{clients} 个客户端, 与 pgbench 之比", ratio, "", 0.25 if last else None))
        part.where.append(
            f"{clients} 个客户端: {told(run)}; pgbench 的每条在数据库用 CPU {base[clients].micros:.0f} 微秒"
        )
    part.details = _details(runs, base)
    return part


def _details(runs: dict[int, Run], base: dict[int, Plain]) -> dict[str, Any]:
    return {
        "runs": {str(clients): msgspec.to_builtins(run) for clients, run in runs.items()},
        "pgbench": {str(clients): msgspec.to_builtins(plain) for clients, plain in base.items()},
    }


def told(run: Run) -> str:
    """Where a run's time went, in words."""
    total = sum(run.micros.values())
    sides = ", ".join(f"{name} {value:.0f} 微秒" for name, value in run.micros.items())
    reach = f"; 两核满用时上限约 {2e6 / total:,.0f} 条/秒" if total else ""
    return (
        f"每条指令用 CPU {total:.0f} 微秒 ({sides}){reach}; 期间全机空闲 {run.idle:.0%}, 被宿主机占去 {run.stolen:.0%}"
    )


def _in_bulk(ground: Ground, web: Web, orders: Sequence[Order], base: dict[int, Plain], seconds: float) -> Part:
    part = Part("b", f"批量指令 (每次 {BULK} 条), 对比同一 pgbench")
    by_unit = [(number, story.UNITS[place // BULK % len(story.UNITS)]) for place, (number, _) in enumerate(orders)]
    runs = {}
    half = len(by_unit) // 3 // BULK * BULK
    for clients, mine in ((1, by_unit[:half]), (4, by_unit[half:])):
        chunks = [mine[start : start + BULK] for start in range(0, len(mine), BULK)]
        dealt = [[order for chunk in chunks[place::clients] for order in chunk] for place in range(clients)]
        run = runs[clients] = measured(ground, web, [bulk(ground, web, part) for part in dealt], seconds, each=BULK)
        note = f"每次 p50 {run.p50} 毫秒; pgbench 8 个客户端 {base[8].per_second:,.0f} 条/秒"
        part.lines.append(at_least("b", f"{clients} 个客户端", run.per_second, "条/秒", None, note))
        part.where.append(f"{clients} 个客户端: {told(run)}")
    best = max(run.per_second for run in runs.values())
    part.lines.append(at_least("b", "与 pgbench (8 个客户端) 之比", round(best / base[8].per_second, 3), "", 0.5))
    part.details = _details(runs, base)
    return part


def registrations(ground: Ground, seconds: float) -> Part:
    """Part (c): registrations over HTTP, each by a new caller who goes into the vault."""
    part = Part("c", "经 HTTP 的登记 (每件一名新的来电人, 入诉求人信息库)")
    with ground.web() as web:
        web.load([[_registration(ground, web, 90_000_000 + index) for index in range(20)]], 30)
        phone = 0
        for clients in (1, 8):
            count = int(seconds * 900 / clients)
            loads = []
            for _ in range(clients):
                loads.append([_registration(ground, web, phone + index) for index in range(count)])
                phone += count
            run = measured(ground, web, loads, seconds)
            note = f"p50 {run.p50} 毫秒, p95 {run.p95} 毫秒"
            target = 400.0 if clients == 8 else None
            part.lines.append(at_least("c", f"{clients} 个客户端", run.per_second, "件/秒", target, note))
            part.where.append(f"{clients} 个客户端: {told(run)}")
            part.details[str(clients)] = msgspec.to_builtins(run)
    return part


def _registration(ground: Ground, web: Web, phone: int) -> bytes:
    body = story.register_payload(phone, phone)
    return web.request("POST", "/api/v1/orders", ground.desk.token, body, key=f"register-{phone}")
