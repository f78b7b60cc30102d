"""What leaders look at: months beside each other, and what people suffer from now against the weeks before.

Months come from the kept counts; the words of the last days from those kept day by day for whole platforms, and for
units from the orders' own rows, which are few. Nothing is estimated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from yixian.orders import session
from yixian.orders.books import LOCAL
from yixian.supervision.figures import Figures, Period, Wanted
from yixian.supervision.measures import MEASURES
from yixian.supervision.remembered import remembered

DAYS = 30
MOST_WORDS = 8
KINDS = {"category": "类别", "subject": "主题", "place": "地点"}

_MONTHS = f"""
select f.month, {", ".join(f"sum(f.{name})::bigint" for name in MEASURES)} from supervision_monthfigure f
where f.month >= %s and f.month <= %s and {{whose}} group by f.month order by f.month"""
_WORDS = """
select w.kind, w.word, w.now, w.before from (
    select kind, word, sum(n) filter (where span > %s)::bigint as now,
        sum(n) filter (where span <= %s)::bigint as before,
        row_number() over (partition by kind order by sum(n) filter (where span > %s) desc nulls last, word) as place
    from supervision_wordfigure f
    where grain = 'd' and unit = '' and span > %s and span <= %s and platform_id = any (%s)
    group by kind, word
) w where w.place <= %s and w.now > 0 order by w.kind, w.place"""
_OF_UNITS = """
select '{kind}', f.{kind}, count(*) filter (where f.registered_at >= %s),
    count(*) filter (where f.registered_at < %s)
from supervision_orderfigure f
where f.unit = any (%s) and f.registered_at >= %s and f.registered_at < %s and f.{kind} <> ''
group by f.{kind} having count(*) filter (where f.registered_at >= %s) > 0 order by 3 desc, 2 limit %s"""


class Matter(msgspec.Struct, frozen=True):
    """How often a word came in the last thirty days, and in the thirty before."""

    kind: str
    word: str
    now: int
    before: int


def last_days(now: int, days: int = DAYS) -> Period:
    """The last days up to and with today, as a period; its code is for lists of orders alone."""
    after = midnight(now) + dt.timedelta(days=1)
    start = after - dt.timedelta(days=days)
    return Period(f"{days}d", f"近 {days} 天", int(start.timestamp()), int(after.timestamp()), "")


def midnight(now: int) -> dt.datetime:
    """The first moment of today."""
    return dt.datetime.fromtimestamp(now, LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)


def by_month(wanted: Wanted, now: int, months: int = 12) -> list[tuple[dt.date, Figures]]:
    """The counts of the last months up to this one, oldest first; a month without orders counts none."""
    this = dt.datetime.fromtimestamp(now, LOCAL).date().replace(day=1)
    spans = [_earlier(this, back) for back in range(months - 1, -1, -1)]
    whose = "f.platform_id = any (%s)" if wanted.units is None else "f.unit = any (%s)"
    given = list(wanted.units if wanted.units is not None else wanted.platform_ids or ())
    rows = session.fetch(_MONTHS.format(whose=whose), [spans[0], spans[-1], given], prepare=False)
    found = {row[0]: Figures(dict(zip(MEASURES, map(int, row[1:]), strict=True))) for row in rows}
    none = Figures(dict.fromkeys(MEASURES, 0))
    return [(month, found.get(month, none)) for month in spans]


def _earlier(month: dt.date, back: int) -> dt.date:
    place = month.year * 12 + month.month - 1 - back
    return dt.date(place // 12, place % 12 + 1, 1)


def matters(wanted: Wanted, now: int) -> Mapping[str, Sequence[Matter]]:
    """What came most often in the last thirty days, by category, subject and place, with the thirty before."""
    key = ("matters", wanted.units, wanted.platform_ids, midnight(now))
    return remembered(key, lambda: _matters(wanted, now))


def _matters(wanted: Wanted, now: int) -> Mapping[str, Sequence[Matter]]:
    found: dict[str, list[Matter]] = {kind: [] for kind in KINDS}
    rows = _of_units(wanted.units, now) if wanted.units is not None else _of_platforms(wanted.platform_ids or (), now)
    for kind, word, count, before in rows:
        if kind in found:
            found[kind].append(Matter(kind, word, int(count), int(before or 0)))
    return found


def _of_platforms(platform_ids: Sequence[int], now: int) -> list[session.Row]:
    today = midnight(now).date()
    half, whole = today - dt.timedelta(days=DAYS), today - dt.timedelta(days=2 * DAYS)
    return session.fetch(_WORDS, [half, half, half, whole, today, list(platform_ids), MOST_WORDS], prepare=False)


def _of_units(units: Sequence[str], now: int) -> list[session.Row]:
    after = midnight(now) + dt.timedelta(days=1)
    half, whole = after - dt.timedelta(days=DAYS), after - dt.timedelta(days=2 * DAYS)
    values = [half, half, list(units), whole, after, half, MOST_WORDS]
    query = " union all ".join(f"({_OF_UNITS.format(kind=kind)})" for kind in KINDS)
    return session.fetch(query, values * len(KINDS), prepare=False)
