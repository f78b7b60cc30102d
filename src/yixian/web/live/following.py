"""The one reader of the database: what was committed since its last look, a few times a second.

Events and notices are read by rising id. Ids commit out of order: those that were skipped are asked for again until
they come or a minute has passed, after which their transaction is taken to have failed.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from yixian.web.live.news import ALARM, NOBODY, NOTICE, ORDER, Item

MOST_EVENTS = 2000
MOST_GAPS = 5000
GAP_SECONDS = 60.0
NOTICE_SECONDS = 5.0
"""How long notices with lower ids than the highest are still looked for."""
KNOWN_ORDERS = 30_000

_HIGHEST = """
select (select coalesce(max(id), 0) from orders_event), (select coalesce(max(id), 0) from exchange_notice),
    (select coalesce(max(id), 0) from orders_insidestep)"""
_EVENTS = """
with e as (
    (select id, order_id, seq, kind from orders_event where id > %(high)s order by id limit %(most)s)
    union all
    (select id, order_id, seq, kind from orders_event where id = any (%(gaps)s))
)
select e.id, e.order_id, e.seq, e.kind, o.number, o.state, o.card, o.platform_id, o.emergency is not null,
    array(
        select a.unit::text from orders_assignment a where a.order_id = e.order_id
        union select s.to_unit::text from orders_insidestep s
            join orders_assignment m on m.order_id = s.order_id and m.unit = s.unit
        where s.order_id = e.order_id and s.stands <> 'back' and s.to_user is null
    )
from e join orders_order o on o.id = e.order_id order by e.id"""
_ALARMS = """
select a.order_id, a.order_no, a.platform_id, a.rounds,
    array(select m.unit::text from orders_assignment m where m.order_id = a.order_id)
from supervision_alarm a where a.settled_at is null order by a.platform_id, a.opened_at limit 500"""
# What is routed inside a unit is no event: the unit and the sub-unit hear of it, what names a person only the unit.
_STEPS = """
select s.id, o.number, o.state, o.card, o.platform_id, s.unit,
    case when s.to_user is null then s.to_unit else s.unit end
from orders_insidestep s join orders_order o on o.id = s.order_id
where s.id in (
    (select id from orders_insidestep where id > %(high)s order by id limit 200)
    union all (select id from orders_insidestep where id = any (%(gaps)s))
) order by s.id"""
_NOTICES = """
select w.address, n.notice_id from unnest(%s::text[]) as w (address)
cross join lateral (
    select a.notice_id from exchange_audience a where a.address = w.address and a.notice_id > %s
    order by a.notice_id limit 200
) n"""
_OF_UNITS = """
select a.order_id, array_agg(a.unit::text) from orders_assignment a
where a.order_id in (select id from orders_order where state in ('dispatched', 'handling') order by id desc limit %s)
group by a.order_id"""


@dataclass
class Reach:
    """How far ids have been read: the highest, those below it that have not come yet, and since when."""

    high: int = 0
    gaps: OrderedDict[int, float] = field(default_factory=OrderedDict)

    def take(self, ids: Iterable[int], now: float) -> None:
        """Note the ids that came, in rising order, and the gaps between them."""
        for one in ids:
            if one <= self.high:
                self.gaps.pop(one, None)
                continue
            for missing in range(max(self.high + 1, one - MOST_GAPS), one):
                self.gaps[missing] = now
            self.high = one
        while self.gaps and (len(self.gaps) > MOST_GAPS or next(iter(self.gaps.values())) < now - GAP_SECONDS):
            self.gaps.popitem(last=False)


class Follower:
    """Reads what is new on a connection that the caller keeps; remembers its place when the connection breaks."""

    def __init__(self) -> None:
        self.events = Reach()
        self._steps = Reach()
        self._began = False
        self._alarms: dict[int, tuple[Any, ...]] = {}
        self._units: OrderedDict[int, frozenset[str]] = OrderedDict()
        self._notices_from = 0
        self._notices_high = 0
        self._notices_rose: list[tuple[float, int]] = []
        self._told: OrderedDict[tuple[str, int], None] = OrderedDict()

    async def begin(self, connection: AsyncConnection[TupleRow]) -> None:
        """Start from now; what lies before is no news. Does nothing when it has begun already."""
        if self._began:
            return
        self.events.high, notices, self._steps.high = await _one(connection, _HIGHEST)
        self._notices_from = self._notices_high = notices
        for order_id, units in await _all(connection, _OF_UNITS, [KNOWN_ORDERS]):
            self._units[order_id] = frozenset(units)
        self._alarms = {row[0]: row for row in await _all(connection, _ALARMS)}
        self._began = True

    async def look(self, connection: AsyncConnection[TupleRow], addresses: Collection[str]) -> tuple[list[Item], bool]:
        """What changed since the last look, and whether so much did that pages should look for themselves.

        `addresses`: of those who listen now; notices for others are nobody's news.
        """
        now = time.monotonic()
        asked = {"high": self.events.high, "gaps": list(self.events.gaps), "most": MOST_EVENTS}
        rows = await _all(connection, _EVENTS, asked)
        items = [self._order(row) for row in rows]
        flooded = len(rows) >= MOST_EVENTS
        if flooded:
            highest = (await _one(connection, _HIGHEST))[0]
            self.events = Reach(highest)
        else:
            self.events.take([row[0] for row in rows], now)
        items += await self._routed(connection, now)
        items += await self._alarmed(connection)
        items += await self._noticed(connection, addresses, now)
        return items, flooded

    def _order(self, row: TupleRow) -> Item:
        _, order_id, seq, kind, number, state, card, platform_id, emergency, units = row
        held = frozenset(units)
        before = self._units.pop(order_id, NOBODY)
        self._units[order_id] = held
        if len(self._units) > KNOWN_ORDERS:
            self._units.popitem(last=False)
        said = {"number": number, "state": state, "card": card, "seq": seq, "kinds": [kind]}
        if emergency:
            said["emergency"] = True
        return Item(ORDER, platform_id, held, before - held, said=said)

    async def _routed(self, connection: AsyncConnection[TupleRow], now: float) -> list[Item]:
        rows = await _all(connection, _STEPS, {"high": self._steps.high, "gaps": list(self._steps.gaps)})
        self._steps.take([row[0] for row in rows], now)
        found = []
        for _, number, state, card, platform_id, unit, to_unit in rows:
            said = {"number": number, "state": state, "card": card, "seq": 0, "kinds": ["routed_inside"]}
            found.append(Item(ORDER, platform_id, frozenset({unit, to_unit}), said=said))
        return found

    async def _alarmed(self, connection: AsyncConnection[TupleRow]) -> list[Item]:
        standing = {row[0]: row for row in await _all(connection, _ALARMS)}
        changed = [row for order_id, row in standing.items() if self._alarms.get(order_id) != row]
        changed += [row for order_id, row in self._alarms.items() if order_id not in standing]
        self._alarms = standing
        return [Item(ALARM, row[2], frozenset(row[4]), said={"number": row[1]}) for row in changed]

    async def _noticed(
        self, connection: AsyncConnection[TupleRow], addresses: Collection[str], now: float
    ) -> list[Item]:
        highest = (await _one(connection, "select coalesce(max(id), 0) from exchange_notice"))[0]
        if highest > self._notices_high:
            self._notices_high = highest
            self._notices_rose.append((now, highest))
        while self._notices_rose and self._notices_rose[0][0] < now - NOTICE_SECONDS:
            self._notices_from = self._notices_rose.pop(0)[1]
        if not addresses or self._notices_high <= self._notices_from:
            return []
        rows = await _all(connection, _NOTICES, [list(addresses), self._notices_from])
        fresh = [row for row in rows if row not in self._told]
        for row in fresh:
            self._told[row] = None
        while len(self._told) > 50_000:
            self._told.popitem(last=False)
        reached = frozenset(address for address, _ in fresh)
        return [Item(NOTICE, addresses=reached)] if reached else []


async def _all(connection: AsyncConnection[TupleRow], query: str, values: Any = None) -> list[TupleRow]:
    return await (await connection.execute(query, values)).fetchall()


async def _one(connection: AsyncConnection[TupleRow], query: str) -> TupleRow:
    row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return row
