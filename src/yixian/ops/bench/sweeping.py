"""The sweep of due timers among a million open deadlines, and the rebuilding of everything from the events."""

from __future__ import annotations

import msgspec
import psycopg

from yixian.ops.bench import fill, story
from yixian.ops.bench.fill import Filling, Stage
from yixian.ops.bench.ground import Ground
from yixian.ops.bench.report import Part, at_least, below

DATABASE = "timers"
OPEN_DEADLINES = 1_000_000
STEPS = 3  # registered, dispatched, signed: the reply clock runs
_TIMERS = """
select extract(epoch from min(next_timer_at))::bigint, extract(epoch from max(next_timer_at))::bigint
from orders_snapshot"""
_LATER = "update orders_snapshot set next_timer_at = next_timer_at + make_interval(secs => %s)"
_DUE = """
update orders_snapshot set next_timer_at = to_timestamp(%s) where order_id in (
    select order_id from orders_snapshot where next_timer_at is not null order by next_timer_at desc limit %s)"""


def sweep(ground: Ground, deadlines: int = OPEN_DEADLINES) -> Part:
    """Part (e): one in a hundred of so many open deadlines is due; swept once by one worker, once by two."""
    due = deadlines // 100
    part = Part("e", f"时限巡检: {deadlines:,} 个未停的时限中有 {due:,} 个到期")
    ground.fresh(DATABASE)
    with ground.inside(DATABASE):
        stages = _stages(fill.moment())
        fill.templates(ground, stages)
        with psycopg.connect(ground.url(DATABASE), autocommit=True) as connection:
            filling = Filling(connection, stages)
            per_order = _running(connection) / filling.templates
            seconds = filling.up_to(int(deadlines / per_order) + filling.templates)
            part.details = {"running": _running(connection), "filled_in": round(seconds, 1)}
            _measure(part, connection, due)
    ground.drop(DATABASE)
    return part


def _stages(now: int) -> list[Stage]:
    """Orders in the units' hands, registered over the last days: their reply clocks end on many days to come."""
    return [Stage(now - (batch + 1) * 5 * story.HOUR, lambda _: STEPS, 4 * story.HOUR) for batch in range(fill.BATCHES)]


def _running(connection: psycopg.Connection) -> int:
    row = connection.execute("select count(*) from orders_deadline where status = 'running'").fetchone()
    return int(row[0]) if row else 0


def _put_off(connection: psycopg.Connection) -> int:
    """Put all timers off and return a moment at which every order would be due by its state.

    Copies carry shifted timers while their states keep the template's: an order that is made due must be due by both.
    It is just after the last of all first timers, so that one deadline of an order is due and not its next ones too.
    """
    first, last = connection.execute(_TIMERS).fetchone() or (0, 0)
    connection.execute(_LATER, [last - first + 40 * fill.DAY])
    return int(last) + 1


def _make_due(connection: psycopg.Connection, at: int, due: int) -> None:
    """Make so many orders due: those whose first timer is the latest."""
    connection.execute(_DUE, [at, due])
    connection.execute("vacuum (analyze) orders_snapshot")
    connection.execute("checkpoint")


def _measure(part: Part, connection: psycopg.Connection, due: int) -> None:
    from yixian.orders import sweep as orders_sweep

    at = _put_off(connection)
    for workers in (1, 2):
        _make_due(connection, at, due)
        report = orders_sweep.run(now=at, workers=workers)
        if report.orders != due or report.stuck:
            raise RuntimeError(f"巡检处理了 {report.orders} 件, 应为 {due} 件; 无法处理 {len(report.stuck)} 件")
        target = 2.0 if due >= OPEN_DEADLINES // 100 else None
        note = f"{report.events:,} 条事件; {report.orders / report.seconds:,.0f} 件/秒"
        part.lines.append(below("e", f"{workers} 个线程", round(report.seconds, 2), "秒", target, note))
    idle = orders_sweep.run(now=at)
    part.lines.append(below("e", "没有到期时的一次巡检", round(idle.seconds * 1000, 2), "毫秒"))


def rebuild(ground: Ground) -> Part:
    """Part (f): orders of a whole year, made through the door, derived anew from their events and compared."""
    from yixian.orders import rebuild as orders_rebuild

    part = Part("f", "由事件重建全部派生数据并逐项比较")
    database = "rebuilding"
    ground.fresh(database)
    with ground.inside(database):
        fill.templates(ground, fill.year(fill.moment()))
        report = orders_rebuild.run()
    ground.drop(database)
    part.lines.append(at_least("f", "事件", round(report.events / report.seconds), "条/秒"))
    part.lines.append(at_least("f", "工单", round(report.orders / report.seconds), "件/秒"))
    wrong = f"{report.orders:,} 件工单, {report.events:,} 条事件"
    part.lines.append(below("f", "有差异的工单", report.different, "件", 1, wrong))
    part.details = {"orders": report.orders, "events": report.events, "seconds": report.seconds}
    if report.differences:
        part.details["differences"] = msgspec.to_builtins(report.differences[:10])
    return part
