"""What stands against taking a unit or platform out of use: the orders still open there, counted in one query."""

from __future__ import annotations

from collections.abc import Iterable

from yixian.lifecycle.state import STATES
from yixian.orders import session

OVER = ("answered", "closed", "archived", "declined", "transferred")
OPEN = tuple(code for code in STATES if code not in OVER)
MOST = 10_000
_LED = "select lead, count(*) from orders_order where lead = any (%s) and state = any (%s) group by lead"
_HELPED = """
select a.unit, count(*) from orders_assignment a join orders_order o on o.id = a.order_id
where a.unit = any (%s) and a.role = 'co' and o.state = any (%s) group by a.unit"""
_AT = "select count(*) from (select 1 from orders_order where platform_id = any (%s) and state = any (%s) limit %s) x"


def open_at_units(codes: Iterable[str]) -> dict[str, int]:
    """How many open orders each of these units leads; units without any are absent."""
    return dict(session.fetch(_LED, [list(codes), list(OPEN)]))


def open_helped(code: str) -> int:
    """How many open orders a unit takes part in without leading them."""
    rows = session.fetch(_HELPED, [[code], list(OPEN)])
    return int(rows[0][1]) if rows else 0


def open_at_platforms(ids: Iterable[int]) -> int:
    """How many open orders these platforms have, counted up to ten thousand."""
    return int(session.fetch(_AT, [list(ids), list(OPEN), MOST])[0][0])
