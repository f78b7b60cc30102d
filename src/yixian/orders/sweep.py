"""The sweep of due timers: orders whose next timer has passed are decided with `expire`, by the system, set-based.

Batches are locked with SKIP LOCKED, so that any number of workers share the work; a batch is one transaction, so that
a worker killed in it has done nothing and the next one takes it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import msgspec
import psycopg
from django.db import Error as DjangoError
from django.db import connection

from yixian.lifecycle import Command
from yixian.lifecycle.commands import Nothing
from yixian.orders import actions, clock, facts, links, session, store
from yixian.orders.errors import OrderError, Unavailable
from yixian.orders.plan import Plan
from yixian.orders.store import Loaded
from yixian.parties.access import SYSTEM

log = logging.getLogger("yixian.orders.sweep")

BATCH = 500
PUT_OFF = 3600
"""An order whose timer fires nothing, or cannot be decided, is looked at again after so many seconds."""

_TAKE = """
select o.id, o.number, o.platform_id, s.seq, s.chain, s.body::text, o.matter
from (
    select order_id from orders_snapshot where next_timer_at <= to_timestamp(%s)
    order by next_timer_at limit %s for update skip locked
) d join orders_snapshot s on s.order_id = d.order_id join orders_order o on o.id = d.order_id"""
_PUT_OFF = """
update orders_snapshot set next_timer_at = to_timestamp(%s) where order_id = any (%s) returning order_id"""
# A crash may lose the last moments of a sweep whole, events and timers alike: the next sweep fires them again.
_NO_WAIT = "select set_config('synchronous_commit', 'off', true)"
_EXPIRE = Command("expire", "system", Nothing())


class SweepReport(msgspec.Struct):
    """What one sweep did. `stuck`: orders put off because nothing fired or they could not be decided."""

    orders: int = 0
    events: int = 0
    stuck: list[str] = []
    seconds: float = 0.0

    def add(self, other: SweepReport) -> None:
        """Count another's work in."""
        self.orders += other.orders
        self.events += other.events
        self.stuck.extend(other.stuck)


def run(
    now: int | None = None, *, limit: int | None = None, workers: int = 1, stop: Callable[[], bool] | None = None
) -> SweepReport:
    """Fire what is due up to `now` (by default `clock.now()`), at most `limit` orders, with threads of so many workers.

    `stop` is asked between batches. Raises Unavailable when the database cannot be reached; batches done stay done.
    """
    moment = clock.now() if now is None else now
    began = time.perf_counter()
    left = _Left(limit)
    report = SweepReport()
    if workers <= 1:
        report = _work(moment, left, stop)
    else:
        reports: list[SweepReport] = []
        errors: list[BaseException] = []
        threads = [
            threading.Thread(target=_threaded, args=(moment, left, stop, reports, errors)) for _ in range(workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one in reports:
            report.add(one)
        if errors:
            raise errors[0]
    report.seconds = time.perf_counter() - began
    return report


class _Left:
    """How many orders may still be taken, shared among threads."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._lock = threading.Lock()

    def take(self) -> int:
        """The size of the next batch, 0 when the limit is reached."""
        with self._lock:
            if self._limit is None:
                return BATCH
            size = min(BATCH, self._limit)
            self._limit -= size
            return size


def _threaded(
    now: int,
    left: _Left,
    stop: Callable[[], bool] | None,
    reports: list[SweepReport],
    errors: list[BaseException],
) -> None:
    try:
        reports.append(_work(now, left, stop))
    except BaseException as error:
        errors.append(error)
    finally:
        connection.close()


def _work(now: int, left: _Left, stop: Callable[[], bool] | None) -> SweepReport:
    report = SweepReport()
    while not (stop is not None and stop()):
        size = left.take()
        if size == 0:
            break
        try:
            taken = _batch(now, size, report)
        except (psycopg.Error, DjangoError) as error:
            found = session.explained(error)
            raise (found if isinstance(found, OrderError) else Unavailable()) from error
        if taken < size:
            break
    return report


def _batch(now: int, size: int, report: SweepReport) -> int:
    stuck: list[Loaded] = []
    apart: list[Loaded] = []
    with session.together():
        session.fetch(_NO_WAIT)
        orders = store.take(_TAKE, [now, size])
        plan = Plan(now, None)
        for order in orders:
            if not _expired(plan, order):
                stuck.append(order)
            elif links.news(plan.state(order), plan.writes[order.id].events):
                apart.append(order)
                del plan.writes[order.id]
        plan.write()
        if stuck:
            session.fetch(_PUT_OFF, [now + PUT_OFF, [order.id for order in stuck]])
    report.events += sum(len(write.events) for write in plan.writes.values())
    stuck += [order for order in apart if not _alone(order, now, report)]
    report.orders += len(orders) - len(stuck)
    report.stuck += [order.number for order in stuck]
    return len(orders)


def _alone(order: Loaded, now: int, report: SweepReport) -> bool:
    """An order linked to another platform's goes through the door by itself, since what fires concerns that one too."""
    try:
        report.events += len(actions.handle(order.number, _EXPIRE, SYSTEM, now=now).events)
    except OrderError:
        log.exception("工单 %s 的时限牵涉其他平台, 没有办成, 一小时后再试", order.number)
        session.fetch(_PUT_OFF, [now + PUT_OFF, [order.id]])
        return False
    return True


def _expired(plan: Plan, order: Loaded) -> bool:
    try:
        return bool(plan.decide(order, _EXPIRE, facts.NONE))
    except Exception:
        # One order that cannot be decided (its rules are no longer installed) must not hold up all others.
        log.exception("工单 %s 的时限无法处理, 一小时后再试", order.number)
        return False
