"""Drawing orders at random, repeatably (抽样): the same seed, span and size give the same orders."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

import msgspec
from django.db import connection

from yixian.lifecycle import Event, OrderState
from yixian.orders import session, single, store
from yixian.orders.books import LOCAL
from yixian.orders.errors import BadInput
from yixian.orders.progress import answer_of
from yixian.parties.access import Actor
from yixian.parties.known_words import words_of_many
from yixian.parties.public_text import for_public

MOST = 100
LONGEST_SPAN = 366
NOT_FOR_OUTSIDERS = ("confidential", "not_public", "withdrawn", "merged", "restricted")
# Only order numbers and what lists show of them: no requester, and the text's personal data is masked in it already.
_DRAW = """
select number, category, excerpt, state, coalesce(lead, ''), registered_at, closed_at
from orders_order
where platform_id = any (%s) and registered_at >= %s and registered_at < %s
  and (%s = '' or channel = %s) and (%s or state in ('closed', 'archived', 'answered') and not flags && %s::text[])
order by md5(%s || number) limit %s"""

_STATES = """
select o.id, o.number, s.body::text from orders_order o join orders_snapshot s on s.order_id = o.id
where o.number = any (%s)"""
_ANSWERS = """
select order_id, kind, extract(epoch from at)::bigint, by, data::text from orders_event
where order_id = any (%s) and kind = any ('{answered,replied,review_passed,redo_ordered,relayed}')
order by order_id, seq"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One order of a sample, as a masked sheet shows it."""

    number: str
    category: str
    excerpt: str
    state: str
    unit: str
    registered_at: dt.datetime
    closed_at: dt.datetime | None


def draw(
    actor: Actor, *, first: dt.date, last: dt.date, size: int, seed: str, channel: str = "", unfinished: bool = False
) -> list[Drawn]:
    """A random sample of the orders registered from `first` to `last`, finished ones unless `unfinished`.

    Finished ones go to overseers from outside: none that is confidential or not for the public is among them.
    Raises BadInput for a span or size beyond reason.
    """
    if first.year < 2000 or last.year > 2200:
        raise BadInput("日期应在 2000 年至 2200 年之间, 请核对。", "first")
    if last < first:
        raise BadInput("结束日期早于开始日期, 请核对。", "last")
    if (last - first).days > LONGEST_SPAN:
        raise BadInput("抽样的时间最长一年, 请分段抽取。", "last")
    if not 1 <= size <= MOST:
        raise BadInput(f"一次抽取 1 至 {MOST} 件。", "size")
    if actor.kind in ("unit", "requester"):
        return []
    begins = dt.datetime.combine(first, dt.time(), LOCAL)
    ends = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), LOCAL)
    with connection.cursor() as cursor:
        cursor.execute(
            _DRAW,
            [
                list(actor.platform_ids),
                begins,
                ends,
                channel,
                channel,
                unfinished,
                list(NOT_FOR_OUTSIDERS),
                _salt(seed),
                size,
            ],
        )
        return [Drawn(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An order as overseers read it (抽样单): what was asked and answered, masked as for the public, and the rating."""

    number: str
    category: str
    unit: str
    request: str
    answer: str
    rating: str
    days: int | None


def sheets(drawn: list[Drawn]) -> list[Sheet]:
    """The sheets of a sample, in its order: four queries however many."""
    rows = session.fetch(_STATES, [[one.number for one in drawn]])
    states = {number: store.decode(body) for _, number, body in rows}
    numbers = {order_id: number for order_id, number, _ in rows}
    told: dict[str, list[Event]] = {}
    for order_id, kind, at, by, data in session.fetch(_ANSWERS, [list(numbers)]):
        told.setdefault(numbers[order_id], []).append(Event(kind, at, by, msgspec.json.decode(data)))
    known = words_of_many(state.requester for state in states.values())
    units = single.unit_names(sorted({one.unit for one in drawn if one.unit}))
    return [_sheet(one, states[one.number], told, known, units) for one in drawn if one.number in states]


def _sheet(
    one: Drawn,
    state: OrderState,
    told: dict[str, list[Event]],
    known: dict[str, tuple[str, ...]],
    units: dict[str, str],
) -> Sheet:
    words = known.get(state.requester or "", ())
    rating = state.evaluation
    return Sheet(
        number=one.number,
        category=one.category,
        unit=units.get(one.unit, one.unit) or "热线当场答复",
        request=for_public(state.text, words),
        answer=for_public(answer_of(state, told.get(one.number, [])) or "", words) or "没有可以出示的答复",
        rating=rating.level if rating else "未评价",
        days=(one.closed_at.astimezone(LOCAL).date() - one.registered_at.astimezone(LOCAL).date()).days
        if one.closed_at
        else None,
    )


def _salt(seed: str) -> str:
    """The seed as plain signs, whatever was typed."""
    return hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:16]
