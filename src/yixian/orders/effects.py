"""What follows from an event inside `orders` and the same transaction: precedents, restrictions, copies taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yixian.lifecycle.state import Event
from yixian.orders import session
from yixian.orders.store import Write

UNPUBLISHING = frozenset({"withheld", "redo_ordered"})
KINDS = frozenset({"designated", "caller_restricted", "restriction_lifted"}) | UNPUBLISHING

_PRECEDENT = """
insert into orders_precedent (platform_id, subject, territory, lead, co, order_no, created_at)
values (%s, %s, %s, %s, %s, %s, to_timestamp(%s)) on conflict on constraint precedent_once do update
set lead = excluded.lead, co = excluded.co, created_at = excluded.created_at returning id"""
_RESTRICT = """
insert into orders_restriction (requester, order_no, starts_at, ends_at)
values (%s, %s, to_timestamp(%s), to_timestamp(%s)) returning id"""
_LIFT = """
update orders_restriction r set lifted_at = to_timestamp(%s) from orders_order o
where r.requester = %s and r.lifted_at is null and o.number = r.order_no and o.platform_id = %s returning r.id"""
_RESTRICTED = """
select r.requester::text, o.platform_id, extract(epoch from max(coalesce(r.ends_at, 'infinity')))
from orders_restriction r join orders_order o on o.number = r.order_no
where r.requester = any (%s::uuid[]) and r.lifted_at is null and r.starts_at <= to_timestamp(%s)
and (r.ends_at is null or r.ends_at > to_timestamp(%s))
group by r.requester, o.platform_id"""
_UNPUBLISH = """
update orders_publishedcopy set ended_at = to_timestamp(%s) where order_id = %s and ended_at is null returning slug"""
FAR = 253_402_271_999
"""The end of a restriction without one: the last second of the year 9999."""


def any_in(events: Iterable[Event]) -> bool:
    """Whether one of these events has an effect here."""
    return any(event.kind in KINDS for event in events)


def write(writes: Iterable[Write]) -> None:
    """Write the effects of all events."""
    for item in writes:
        for event in item.events:
            if event.kind in KINDS:
                _one(item, event)


def _one(item: Write, event: Event) -> None:
    state = item.state
    precedent = event.data.get("precedent")
    if event.kind == "designated" and precedent and precedent.get("subject"):
        values = [item.order.platform_id, precedent["subject"], precedent.get("territory") or "", precedent["lead"]]
        session.fetch(_PRECEDENT, [*values, list(precedent.get("co") or ()), item.order.number, event.at])
    elif event.kind == "caller_restricted" and state.requester:
        session.fetch(_RESTRICT, [state.requester, item.order.number, event.at, event.data.get("until")])
    elif event.kind == "restriction_lifted" and state.requester:
        session.fetch(_LIFT, [event.at, state.requester, item.order.platform_id])
    elif event.kind in UNPUBLISHING:
        unpublish(item.order.id, event.at)


def unpublish(order_id: int, at: int) -> bool:
    """Nobody reads the public copy of this order any more; whether there was one."""
    return bool(session.fetch(_UNPUBLISH, [at, order_id]))


def restricted_until(requesters: Sequence[str], now: int) -> dict[tuple[str, int], int]:
    """(requester, platform) -> until when that platform takes no calls of theirs; those who may call are left out."""
    if not requesters:
        return {}
    rows = session.fetch(_RESTRICTED, [list(requesters), now, now])
    return {(row[0], row[1]): FAR if row[2] == float("inf") else int(row[2]) for row in rows}
