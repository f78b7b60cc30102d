"""Several orders named at once, as a person may read them: for what is done to all of them together."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from yixian.orders import platforms, session
from yixian.orders.lists import Row, rows_of
from yixian.parties.access import Actor, scope

_NAMED = """
select o.id, o.number, s.seq, exists (
    select from orders_assignment a where a.order_id = o.id and a.unit = any (%s))
from orders_order o join orders_snapshot s on s.order_id = o.id where o.number = any (%s)"""


class Chosen(msgspec.Struct, frozen=True):
    """One order of the choice and how many events it has, so that a later change is noticed."""

    row: Row
    seq: int


def chosen(numbers: Sequence[str], actor: Actor) -> list[Chosen]:
    """The orders with these numbers that the actor may read, as named; unknown ones are absent. Two statements."""
    wanted = list(dict.fromkeys(number.replace("\0", "")[:40] for number in numbers))
    own = scope(actor)
    if not wanted or own.kind in ("nothing", "requester"):
        return []
    known = {row[1]: row for row in session.fetch(_NAMED, [sorted(own.unit_codes or ()), wanted])}
    rows = {row.number: row for row in rows_of([found[0] for found in known.values()])}
    codes = {one.code for one in platforms.everything() if own.kind == "all" or one.id in (own.platform_ids or ())}
    return [
        Chosen(rows[number], known[number][2])
        for number in wanted
        if number in rows and (rows[number].platform in codes or (own.kind == "unit" and known[number][3]))
    ]
