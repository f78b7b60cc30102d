"""All that is derived, derived anew from the events and compared with the tables; with `repair` it is written.

Orders are taken in ranges of ids, so that memory stays small; events are read once, in order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import msgspec

from yixian.lifecycle import Event, OrderState, evolve
from yixian.orders import books, linkrows, projection, session, store, words
from yixian.orders.projection import Columns, DeadlineRow, PartRow

RANGE = 500
MOST_REPORTED = 200

_LAST = "select coalesce(max(id), 0) from orders_order"
_EVENTS = """
select e.order_id, e.kind, extract(epoch from e.at)::bigint, e.by, e.data::text, e.basis, e.hash
from orders_event e {join} where e.order_id > %s and e.order_id <= %s order by e.order_id, e.seq"""
_ORDERS = """
select o.id, o.number, o.state, o.category, o.channel, o.excerpt, o.card, extract(epoch from o.changed_at)::bigint,
    o.lead, o.source, o.subject, o.place, o.grade, o.emergency, o.flags, extract(epoch from o.due_at)::bigint,
    o.due_clock, extract(epoch from o.closed_at)::bigint, extract(epoch from o.registered_at)::bigint,
    o.requester::text, o.platform_id, s.seq, s.chain, s.body::text, extract(epoch from s.next_timer_at)::bigint,
    tsvector_to_array(t.tokens), o.matter, o.pending
from orders_order o left join orders_snapshot s on s.order_id = o.id
left join orders_searchtext t on t.order_id = o.id
where o.id > %s and o.id <= %s {platform}"""
_DEADLINES = """
select d.order_id, d.clock, d.owner, d.unit, extract(epoch from d.started_at)::bigint,
    extract(epoch from d.stopped_at)::bigint, extract(epoch from d.due_at)::bigint, d.length, d.status, d.late,
    d.provisional
from orders_deadline d where d.order_id > %s and d.order_id <= %s order by d.order_id, d.clock"""
_PARTS = """
select a.order_id, a.unit, a.role, extract(epoch from a.dispatched_at)::bigint,
    extract(epoch from a.signed_at)::bigint, a.deemed, extract(epoch from a.opinion_at)::bigint,
    extract(epoch from a.replied_at)::bigint
from orders_assignment a where a.order_id > %s and a.order_id <= %s order by a.order_id, a.unit"""
_LINKS = """
select l.to_order, o.number, l.kind, l.unit, extract(epoch from l.at)::bigint
from orders_link l join orders_order o on o.id = l.from_order where l.to_order > %s and l.to_order <= %s"""
_NUMBERED = "select id from orders_order where number = %s"
_REPAIR_CLEAR = """
with d as (delete from orders_deadline where order_id = any (%s)),
a as (delete from orders_assignment where order_id = any (%s)) select 1"""

_WORDS = frozenset({"text", "excerpt", "place", "subject", "reason", "note", "answer", "requirements"})


class Difference(msgspec.Struct, frozen=True):
    """One thing that a table holds otherwise than the events say."""

    number: str
    what: str
    stored: Any
    derived: Any


class RebuildReport(msgspec.Struct):
    """What a rebuild found. `differences` are listed up to a bound, `different` counts the orders that have any."""

    orders: int = 0
    events: int = 0
    different: int = 0
    repaired: int = 0
    differences: list[Difference] = []
    seconds: float = 0.0

    @property
    def events_per_second(self) -> float:
        """The speed."""
        return self.events / self.seconds if self.seconds else 0.0


class Derived(msgspec.Struct):
    """What the events of one order lead to."""

    state: OrderState | None = None
    seq: int = 0
    chain: bytes = b""
    closed: int | None = None
    link: tuple[str, str, str, int] | None = None  # the order it was opened for, how, for which unit, when


def run(
    platform: int | None = None, *, repair: bool = False, progress: Callable[[RebuildReport], None] | None = None
) -> RebuildReport:
    """Rebuild all orders, or those of one platform, and compare. `repair` writes what differs, range by range."""
    report = RebuildReport()
    began = time.perf_counter()
    row = session.fetch_one(_LAST)
    last = row[0] if row else 0
    for low in range(0, last, RANGE):
        if repair:
            with session.together():
                _range(low, low + RANGE, platform, report, repair=True)
        else:
            with session.consistent():
                _range(low, low + RANGE, platform, report, repair=False)
        report.seconds = time.perf_counter() - began
        if progress is not None:
            progress(report)
    report.seconds = time.perf_counter() - began
    return report


def _range(low: int, high: int, platform: int | None, report: RebuildReport, *, repair: bool) -> None:
    only = "and o.platform_id = %s" if platform is not None else ""
    lock = " for update of o" if repair else ""
    values = [low, high, *([platform] if platform is not None else [])]
    stored = {row[0]: row for row in session.fetch(_ORDERS.format(platform=only) + lock, values)}
    if not stored and platform is not None:
        return
    derived = _derived(low, high, platform, report)
    deadlines = _grouped(session.fetch(_DEADLINES, [low, high]), DeadlineRow)
    parts = _grouped(session.fetch(_PARTS, [low, high]), PartRow)
    links = {row[0]: tuple(row[1:]) for row in session.fetch(_LINKS, [low, high])}
    broken: dict[int, Derived] = {}
    for order_id in sorted(set(stored) | set(derived)):
        found = list(
            _compare(stored.get(order_id), derived.get(order_id), deadlines.get(order_id, ()), parts.get(order_id, ()))
        )
        found += _compare_link(stored.get(order_id), derived.get(order_id), links.get(order_id))
        report.orders += 1
        if found:
            report.different += 1
            report.differences += found[: MOST_REPORTED - len(report.differences)]
            if order_id in derived:
                broken[order_id] = derived[order_id]
    if repair and broken:
        report.repaired += _repair(broken, stored)


def _derived(low: int, high: int, platform: int | None, report: RebuildReport) -> dict[int, Derived]:
    join = f"join orders_order o on o.id = e.order_id and o.platform_id = {int(platform)}" if platform else ""
    found: dict[int, Derived] = {}
    decode = msgspec.json.decode
    for order_id, kind, at, by, data, basis, end in session.stream(_EVENTS.format(join=join), [low, high]):
        event = Event(kind, at, by, decode(data), tuple(basis))
        one = found.get(order_id)
        if one is None:
            one = found[order_id] = Derived()
        one.state = evolve(one.state, event)
        one.seq += 1
        one.chain = end
        if kind == "relayed" and event.data.get("kind") == "received":
            one.link = _link(event)
        closed, reopened = projection.closed((event,))
        if closed is not None or reopened:
            one.closed = closed
        report.events += 1
    return found


def _link(event: Event) -> tuple[str, str, str, int]:
    unit = event.data.get("unit") or ""
    return event.data["from_no"], linkrows.STATION if unit else linkrows.TRANSFER, unit, event.at


def _compare_link(
    row: session.Row | None, derived: Derived | None, stored: tuple[Any, ...] | None
) -> Iterator[Difference]:
    wanted = derived.link if derived is not None else None
    if row is not None and stored != wanted:
        yield Difference(row[1], "关联工单", stored, wanted)


def _grouped(rows: list[session.Row], kind: type[Any]) -> dict[int, tuple[Any, ...]]:
    return {
        order_id: tuple(kind(*row[1:]) for row in group) for order_id, group in groupby(rows, key=lambda row: row[0])
    }


def _compare(
    row: session.Row | None, derived: Derived | None, deadlines: tuple[Any, ...], parts: tuple[Any, ...]
) -> Iterator[Difference]:
    if row is None:
        number = derived.state.number if derived and derived.state else "?"
        yield Difference(number, "工单", None, "只有事件, 没有工单")
        return
    number = row[1]
    if derived is None or derived.state is None:
        yield Difference(number, "事件", "有工单", None)
        return
    state = derived.state
    if row[21] is None:
        yield Difference(number, "当前状态", None, state.state)
        return
    pairs: list[tuple[str, Any, Any]] = [
        ("列表栏目", _columns(row), projection.columns(state)),
        ("办结时间", row[17], derived.closed),
        ("登记时间", row[18], state.registered),
        ("诉求人", row[19], state.requester),
        ("事件数", row[21], derived.seq),
        ("哈希", row[22], derived.chain),
        ("完整状态", store.decode(row[23]), state),
        ("下一时限", row[24], books.timer(state)),
        ("检索词", sorted(row[25] or ()), sorted(words.lexemes(*projection.searched(state)))),
        ("时限", deadlines, tuple(sorted(map(projection.deadline, state.clocks), key=lambda item: item.clock))),
        ("承办", parts, tuple(sorted(map(projection.part, state.assignments), key=lambda item: item.unit))),
    ]
    for what, stored, wanted in pairs:
        if stored != wanted:
            yield Difference(number, what, *_apart(what, _told(stored), _told(wanted)))


def _columns(row: session.Row) -> Columns:
    values: tuple[Any, ...] = (*row[2:14], tuple(row[14]), row[15], row[16], tuple(row[27]))
    return Columns(*values)


def _apart(what: str, stored: Any, wanted: Any) -> tuple[Any, Any]:
    """What differs and nothing else; people's words are measured, not repeated: this goes to consoles and logs."""
    if what == "检索词":
        return f"{len(stored)} 个词", f"{len(wanted)} 个词"
    if isinstance(stored, dict) and isinstance(wanted, dict):
        keys = sorted(key for key in stored.keys() | wanted.keys() if stored.get(key) != wanted.get(key))
        return {key: _measured(key, stored.get(key)) for key in keys}, {
            key: _measured(key, wanted.get(key)) for key in keys
        }
    return stored, wanted


def _measured(key: str, value: Any) -> Any:
    return f"{len(value)} 字" if key in _WORDS and isinstance(value, str) else value


def _told(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else msgspec.to_builtins(value)


def _repair(broken: dict[int, Derived], stored: dict[int, session.Row]) -> int:
    """Write these orders' tables from what was derived. The events stay as they are."""
    ids = list(broken)
    session.fetch(_REPAIR_CLEAR, [ids, ids])
    document = []
    for order_id, derived in broken.items():
        row, state = stored.get(order_id), derived.state
        if row is None or state is None:
            continue  # a row that is gone cannot be made of events alone: platform and code are not in them
        document.append(
            {
                **msgspec.to_builtins(projection.columns(state)),
                "id": order_id,
                "seq": derived.seq,
                "chain": store.hexed(derived.chain),
                "timer": books.timer(state),
                "body": state,
                "closed": derived.closed,
                "registered": state.registered,
                "requester": state.requester,
                "platform": row[20],
                "deadlines": [projection.deadline(clock) for clock in state.clocks],
                "parts": [projection.part(item) for item in state.assignments],
                "tokens": words.lexemes(*projection.searched(state)),
            }
        )
        if derived.link is not None:
            found = session.fetch_one(_NUMBERED, [derived.link[0]])
            rows = [linkrows.LinkRow(order_id, found[0], *derived.link[1:])] if found else []
            linkrows.write(rows)
    if document:
        session.fetch("select orders_repair(%s::json)", [msgspec.json.encode(document).decode()])
    return len(document)
