"""The rows that say which order was opened for which (关联工单): written with the events they are derived from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from yixian.orders import session

TRANSFER, STATION = "transfer", "station"
_WRITE = """
insert into orders_link (to_order, from_order, kind, unit, at) values (%s, %s, %s, %s, to_timestamp(%s))
on conflict (to_order) do update set from_order = excluded.from_order, kind = excluded.kind, unit = excluded.unit,
    at = excluded.at returning to_order"""
_ENDS = """
select to_order, from_order, kind, unit, extract(epoch from at)::bigint from orders_link
where to_order = %s or from_order = %s order by to_order limit 200"""


class LinkRow(msgspec.Struct, frozen=True):
    """`to_order` was opened for `from_order`: by transfer, or by dispatch to the unit that stands for its platform."""

    to_order: int
    from_order: int
    kind: str
    unit: str
    at: int


class Ends(msgspec.Struct, frozen=True):
    """An order's links: the order it was opened for, and the newest order opened for it at each unit or platform."""

    origin: LinkRow | None
    opened: tuple[LinkRow, ...]


def write(rows: Iterable[LinkRow]) -> None:
    """Write new links, in the transaction of their events."""
    for row in rows:
        session.fetch(_WRITE, [row.to_order, row.from_order, row.kind, row.unit, row.at])


def every(order_id: int) -> list[LinkRow]:
    """All links of an order."""
    return [LinkRow(*row) for row in session.fetch(_ENDS, [order_id, order_id])]


def of(order_id: int, coming: Sequence[LinkRow] = ()) -> Ends:
    """The links of an order, with those that the same unit of work is about to write."""
    rows = every(order_id)
    rows += [row for row in coming if order_id in (row.to_order, row.from_order)]
    origin = next((row for row in rows if row.to_order == order_id), None)
    newest = {row.unit: row for row in rows if row.from_order == order_id}
    return Ends(origin, tuple(newest.values()))
