"""Proof that the log is as it was written: every order's hash chain, and hourly anchors over all orders.

Whoever rewrites an order's whole chain breaks the anchor that covers it; whoever rewrites all anchors breaks every copy
of an anchor that was kept elsewhere (`yixian audit anchor` prints it).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import msgspec

from yixian.orders import chain, session
from yixian.orders.chain import START

WRITERS = 7345001
"""The advisory lock that `orders_write` shares (sql/write.sql)."""
MOST_BREAKS = 100

_EVENTS = """
select o.number, e.order_id, e.seq, e.kind, extract(epoch from e.at)::bigint, e.by, e.actor_user, e.data::text, e.basis,
    e.prev, e.hash, s.seq, s.chain
from orders_event e left join orders_order o on o.id = e.order_id left join orders_snapshot s on s.order_id = e.order_id
order by e.order_id, e.seq"""
_WITHOUT = """
select o.number from orders_order o where not exists (select from orders_event e where e.order_id = o.id and e.seq = 1)
order by o.number limit %s"""
_ANCHORS = "select id, after_event, last_event, count, root, prev, hash from orders_anchor order by id"
_NEWEST = "select last_event, hash from orders_anchor order by id desc limit 1"
_HASHES = "select hash from orders_event where id > %s and id <= %s order by id"
_LAST = "select coalesce(max(id), 0) from orders_event"
_SEAL = """
insert into orders_anchor (after_event, last_event, count, root, prev, hash, created_at)
values (%s, %s, %s, %s, %s, %s, now()) returning id"""


class Break(msgspec.Struct, frozen=True):
    """A broken place: which order (or anchor) and what is wrong, in Chinese."""

    number: str
    seq: int | None
    words: str


class AuditReport(msgspec.Struct):
    """What a verification found. `first` is the first broken link, None when all is whole."""

    orders: int = 0
    events: int = 0
    anchors: int = 0
    unanchored: int = 0
    breaks: list[Break] = []
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether nothing is broken."""
        return not self.breaks

    @property
    def first(self) -> Break | None:
        """The first broken place."""
        return self.breaks[0] if self.breaks else None


class Sealed(msgspec.Struct, frozen=True):
    """A new anchor."""

    id: int
    count: int
    last_event: int
    hash: str


def verify(progress: Callable[[AuditReport], None] | None = None) -> AuditReport:
    """Check every order's chain and every anchor; orders as they came in, so the first break is the earliest."""
    report = AuditReport()
    began = time.perf_counter()
    with session.consistent():
        rows = session.stream(_EVENTS)
        for _, group in groupby(rows, key=lambda row: row[1]):
            _order(group, report)
            if progress is not None and report.orders % 5000 == 0:
                progress(report)
        for (number,) in session.fetch(_WITHOUT, [MOST_BREAKS]):
            _broken(report, number, None, "有工单, 但没有任何事件: 事件已被删除")
        _anchors(report)
    report.seconds = time.perf_counter() - began
    return report


def _order(group: Iterator[session.Row], report: AuditReport) -> None:
    prev, expected = START, 1
    whole = True
    row: session.Row = ()
    for row in group:
        report.events += 1
        if whole:
            words = _link(row, expected, prev)
            if words:
                whole = False
                _broken(report, row[0] or f"内部编号 {row[1]}", row[2], words)
        prev, expected = row[10], row[2] + 1
    report.orders += 1
    if whole and row[0] is None:
        _broken(report, f"内部编号 {row[1]}", None, "有事件, 但没有工单")
    elif whole and (row[11] != row[2] or row[12] != row[10]):
        _broken(
            report, row[0], row[2], f"事件到第 {row[2]} 条为止, 而当前状态记到第 {row[11]} 条: 末尾的事件被删除或改动"
        )


def _link(row: session.Row, expected: int, prev: bytes) -> str:
    number, _, seq, kind, at, by, actor, data, basis, kept_prev, kept = row[:11]
    if seq != expected:
        return f"应为第 {expected} 条事件, 实为第 {seq} 条: 中间的事件被删除"
    if kept_prev != prev:
        return f"第 {seq} 条事件记下的前一条哈希与前一条不符: 前一条被改动"
    canonical = chain.encode(msgspec.json.decode(data))
    if chain.link(prev, number or "", seq, kind, at, by, actor, canonical, basis) != kept:
        return f"第 {seq} 条事件 ({kind}) 的内容与其哈希不符: 该条被改动"
    return ""


def _broken(report: AuditReport, number: str, seq: int | None, words: str) -> None:
    if len(report.breaks) < MOST_BREAKS:
        report.breaks.append(Break(number, seq, words))


def _anchors(report: AuditReport) -> None:
    prev, after = START, 0
    for anchor_id, after_event, last_event, count, root, kept_prev, kept in session.fetch(_ANCHORS):
        report.anchors += 1
        name = f"锚点 {anchor_id}"
        if after_event != after or kept_prev != prev:
            _broken(report, name, None, f"锚点 {anchor_id} 与前一个锚点不相连: 有锚点被删除或改动")
        hashes = [row[0] for row in session.stream(_HASHES, [after_event, last_event])]
        if len(hashes) != count or chain.merkle(hashes) != root:
            words = (
                f"锚点 {anchor_id} 封存了 {count} 条事件, 现有 {len(hashes)} 条, 与封存时不符: 已封存的事件被删除或改动"
            )
            _broken(report, name, None, words)
        if _seal(after_event, last_event, count, root, kept_prev) != kept:
            _broken(report, name, None, f"锚点 {anchor_id} 自身被改动")
        prev, after = kept, last_event
    row = session.fetch_one("select count(*) from orders_event where id > %s", [after])
    report.unanchored = row[0] if row else 0


def _seal(after: int, last: int, count: int, root: bytes, prev: bytes) -> bytes:
    return hashlib.sha256(b"%b|%d|%d|%d|%b" % (prev, after, last, count, root)).digest()


def anchor() -> Sealed | None:
    """Seal all events since the anchor before under one hash; None when there are none.

    Waits for the writers of this moment, and lets new ones wait for the blink of an eye: an event that was given an
    id but is not yet committed must not appear below the anchor afterwards.
    """
    last = _horizon()
    with session.together():
        session.fetch("select pg_advisory_xact_lock(%s)", [WRITERS + 1])  # one anchor at a time
        newest = session.fetch_one(_NEWEST)
        after, prev = (newest[0], newest[1]) if newest else (0, START)
        hashes = [row[0] for row in session.stream(_HASHES, [after, last])]
        if not hashes:
            return None
        root = chain.merkle(hashes)
        kept = _seal(after, last, len(hashes), root, prev)
        row = session.fetch_one(_SEAL, [after, last, len(hashes), root, prev, kept])
    return Sealed(row[0] if row else 0, len(hashes), last, kept.hex())


def _horizon() -> int:
    """The last event id below which nothing can still appear."""
    with session.together():
        session.fetch("select pg_advisory_xact_lock(%s)", [WRITERS])
        row: Any = session.fetch_one(_LAST)
        return int(row[0])
