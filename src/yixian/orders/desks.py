"""How many orders wait at each desk, counted to a bound."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from yixian.lifecycle import STATES
from yixian.orders import clock, lists, platforms, session
from yixian.orders.filters import Filters
from yixian.parties.access import Actor, Scope, scope

COUNTED = 1000
COUNT_SECONDS = 10.0

_COUNT_STATES = """
select v.state, sum(c.n)::bigint from unnest(%s::{kind}[], %s::text[]) as v (head, state)
cross join lateral (
    select count(*) as n from (
        select 1 from orders_order o where o.{column} = v.head and o.state = v.state limit %s
    ) r
) c group by v.state"""
_COUNT_DUE = """
select coalesce(sum(c.today), 0)::bigint, coalesce(sum(c.late), 0)::bigint
from unnest(%s::{kind}[], %s::text[]) as v (head, state)
cross join lateral (
    select count(*) filter (where r.due_at > to_timestamp(%s)) as today,
        count(*) filter (where r.due_at < to_timestamp(%s)) as late
    from (
        select o.due_at from orders_order o
        where o.{column} = v.head and o.state = v.state and o.due_at <= to_timestamp(%s) and o.due_at is not null
        order by o.due_at desc limit %s
    ) r
) c"""
COUNTED_STATES = ("registered", "accepted", "dispatched", "handling", "replied", "surveying", "calling_back")
_counts: dict[Any, tuple[float, dict[str, int]]] = {}
_counted: dict[tuple[Scope, Filters, int], tuple[float, int]] = {}


def counts(actor: Actor) -> dict[str, int]:
    """How many orders wait in each open state, and how many are due `today` or `late`; counted up to 1,000 each.

    Kept for ten seconds, since every page shows them.
    """
    own = scope(actor)
    known = _counts.get(own)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    found = _count(own)
    if len(_counts) > 500:
        _counts.clear()
    _counts[own] = (time.monotonic() + COUNT_SECONDS, found)
    return found


def _count(own: Scope) -> dict[str, int]:
    found = dict.fromkeys((*COUNTED_STATES, "today", "late"), 0)
    by_unit = own.kind == "unit"
    leading: list[Any] = sorted(own.unit_codes) if by_unit else list(own.platform_ids)
    if own.kind == "all":
        leading = [row.id for row in platforms.everything()]
    if not leading or own.kind in ("nothing", "requester"):
        return found
    column, kind = ("lead", "text") if by_unit else ("platform_id", "bigint")
    pairs = [(one, state) for one in leading for state in COUNTED_STATES]
    query = _COUNT_STATES.format(kind=kind, column=column)
    found |= dict(session.fetch(query, [[one for one, _ in pairs], [state for _, state in pairs], COUNTED]))
    now = clock.now()
    midnight = (now + 8 * 3600) // 86400 * 86400 - 8 * 3600
    pairs = [(one, state) for one in leading for state in STATES]
    values = [[one for one, _ in pairs], [state for _, state in pairs], midnight, now, midnight + 86400, 2 * COUNTED]
    due = session.fetch_one(_COUNT_DUE.format(kind=kind, column=column), values)
    if due is not None:
        found |= {"today": due[0], "late": due[1]}
    return found


def count(wanted: Filters, actor: Actor, most: int = COUNTED) -> int:
    """How many orders a list has, counted to a bound and kept for ten seconds. Raises BadInput as `lists.page` does."""
    key = (scope(actor), _of_the_minute(wanted), most)
    known = _counted.get(key)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    found = lists.counted(wanted, actor, most)
    if len(_counted) > 5000:
        _counted.clear()
    _counted[key] = (time.monotonic() + COUNT_SECONDS, found)
    return found


def _of_the_minute(wanted: Filters) -> Filters:
    """The filters with bounds of one minute told as the same: 已超期 is asked for with another second each time."""
    after, before = wanted.due_after, wanted.due_before
    return msgspec.structs.replace(
        wanted,
        due_after=None if after is None else after // 60,
        due_before=None if before is None else before // 60,
    )


def forget() -> None:
    """Count anew at the next use."""
    _counts.clear()
    _counted.clear()
