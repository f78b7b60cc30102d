"""Lists of what is routed inside a unit: what waits with a person or sub-unit, what the unit's office handed on."""

from __future__ import annotations

import time

import msgspec

from yixian.orders import session, single
from yixian.orders.lists import Row, rows_of
from yixian.parties import access
from yixian.parties.access import Actor

COUNTED = 1000
COUNT_SECONDS = 10.0


class Waiting(msgspec.Struct, frozen=True):
    """One row of the list of routed orders: the order, and the step that it waits at."""

    row: Row
    to_unit: str
    to_name: str  # of the sub-unit and the person
    due: int | None
    stands: str


_WORKED = """join orders_order o on o.id = s.order_id and o.state in ('dispatched', 'handling')
    join orders_assignment a on a.order_id = s.order_id and a.unit = s.unit"""
_MINE = f"""
select s.order_id, s.to_unit, s.to_name, extract(epoch from s.due_at)::bigint, s.stands, s.id
from orders_insidestep s {_WORKED}
where s.to_unit = %s and s.stands = 'open' and (s.to_user is null or s.to_user = %s)
order by s.due_at asc nulls last, s.id limit %s offset %s"""
_OURS = f"""
select s.order_id, s.to_unit, s.to_name, extract(epoch from s.due_at)::bigint, s.stands, s.id
from orders_insidestep s {_WORKED}
where s.unit = any (%s) and s.stands in ('open', 'done')
    and not exists (select from orders_insidestep n where n.order_id = s.order_id and n.unit = s.unit and n.id > s.id)
order by s.stands, s.due_at asc nulls last, s.id limit %s offset %s"""
"""Reports that the office has to use come first (done before open)."""


_counts: dict[tuple[str | None, frozenset[str], int | None], tuple[float, dict[str, int]]] = {}


def mine(actor: Actor, size: int, offset: int = 0) -> list[Waiting]:
    """What was routed to this person or their sub-unit and waits there, by its internal due time."""
    if not actor.unit_code or access.scope(actor).kind != "unit":
        return []
    return _waiting(session.fetch(_MINE, [actor.unit_code, actor.user_id or 0, size, offset]))


def ours(actor: Actor, size: int, offset: int = 0) -> list[Waiting]:
    """What the actor's unit routed inside: reports that came back first, then by internal due time."""
    if access.scope(actor).kind != "unit":
        return []
    return _waiting(session.fetch(_OURS, [sorted(actor.unit_codes), size, offset]))


def _waiting(found: list[session.Row]) -> list[Waiting]:
    rows = {row.id: row for row in rows_of([line[0] for line in found])}
    names = single.unit_names(sorted({line[1] for line in found}))
    return [
        Waiting(rows[line[0]], line[1], " ".join(filter(None, (names.get(line[1], line[1]), line[2]))), *line[3:5])
        for line in found
        if line[0] in rows
    ]


def counted(actor: Actor) -> dict[str, int]:
    """How many routed orders wait with this person and in this unit, counted to a bound and kept for ten seconds."""
    key = (actor.unit_code, actor.unit_codes, actor.user_id)
    known = _counts.get(key)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    found = {"mine": 0, "ours": 0}
    if access.scope(actor).kind == "unit":
        mine_ = [actor.unit_code or "", actor.user_id or 0, COUNTED, 0]
        found = {
            "mine": session.fetch(f"select count(*) from ({_MINE}) r", mine_)[0][0],
            "ours": session.fetch(f"select count(*) from ({_OURS}) r", [sorted(actor.unit_codes), COUNTED, 0])[0][0],
        }
    if len(_counts) > 2000:
        _counts.clear()
    _counts[key] = (time.monotonic() + COUNT_SECONDS, found)
    return found


def forget() -> None:
    """Count anew at the next use."""
    _counts.clear()
