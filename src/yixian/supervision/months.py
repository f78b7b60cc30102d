"""Counts by month (月度统计): what `figures` adds up, so that a year over a million orders is a few thousand numbers.

Kept by differences: what an order counted before is taken away, what it counts now is added, in the transaction that
counts it (`counting`). `fill` makes all of it anew from the orders' rows, which stay the one source.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from yixian.orders import session
from yixian.orders.books import LOCAL
from yixian.supervision.measures import MEASURES, RETURNS

KEPT_DAYS = 70
"""How many days' words are kept day by day: the last thirty, the thirty before, and a little."""

_MONTH = "date_trunc('month', f.registered_at at time zone 'Asia/Shanghai')::date"
_DAY = "(f.registered_at at time zone 'Asia/Shanghai')::date"
_COUNTS = ", ".join(f"%(sign)s * count(*) filter (where {condition})" for _, condition in MEASURES.values())
_RETURN_COUNTS = ", ".join(f"%(sign)s * count(*) filter (where {condition})" for _, condition in RETURNS.values())


def _added(names: Sequence[str]) -> str:
    return ", ".join(f"{name} = supervision_monthfigure.{name} + excluded.{name}" for name in names)


def _into_months(names: Sequence[str], counts: str, source: str) -> str:
    return f"""
insert into supervision_monthfigure (platform_id, month, unit, category, {", ".join(names)},
    {", ".join(name for name in (*MEASURES, *RETURNS) if name not in names)})
select f.platform_id, {_MONTH}, f.unit, g.category, {counts},
    {", ".join("0" for name in (*MEASURES, *RETURNS) if name not in names)}
from {source} where {{where}} group by 1, 2, 3, 4
on conflict (platform_id, month, unit, category) do update set {_added(names)}
returning 1"""


_ORDERS = _into_months(tuple(MEASURES), _COUNTS, "supervision_orderfigure f cross join lateral (select f.category) g")
_RETURNED = _into_months(
    tuple(RETURNS),
    _RETURN_COUNTS,
    "supervision_returnfigure f join supervision_orderfigure g on g.order_id = f.order_id",
)
_WORDS = f"""
insert into supervision_wordfigure (unit, platform_id, grain, span, kind, word, n)
select s.unit, f.platform_id, s.grain, s.span, w.kind, w.word, %(sign)s * count(*)
from supervision_orderfigure f
cross join lateral (values
    ('', 'm', {_MONTH}, true), (f.unit, 'm', {_MONTH}, f.unit <> ''), ('', 'd', {_DAY}, {_DAY} >= %(kept)s::date)
) as s (unit, grain, span, there)
cross join lateral (values
    ('subject', f.subject), ('place', f.place), ('explanation', f.explanation), ('category', f.category)
) as w (kind, word)
where {{where}} and s.there and w.word <> '' and (s.grain = 'd' or w.kind <> 'category')
    and (s.grain = 'm' or w.kind <> 'explanation')
group by 1, 2, 3, 4, 5, 6
on conflict (unit, platform_id, grain, span, kind, word) do update set n = supervision_wordfigure.n + excluded.n
returning 1"""
_EMPTY_MONTHS = "with gone as (delete from supervision_monthfigure returning 1) select count(*) from gone"
_EMPTY_WORDS = "with gone as (delete from supervision_wordfigure returning 1) select count(*) from gone"
_OLD_DAYS = """
with gone as (delete from supervision_wordfigure where grain = 'd' and span < %s returning 1)
select count(*) from gone"""
OF_ORDERS = "f.order_id = any (%(ids)s)"


def change(ids: Sequence[int], sign: int, now: int, worded: Sequence[int]) -> None:
    """Add (`sign` 1) or take away (-1) what these orders count, and the words of those in `worded`.

    Call it with -1 before the rows of the orders change and with 1 after, in one transaction.
    """
    if ids:
        given = {"ids": list(ids), "sign": sign}
        session.fetch(_ORDERS.format(where=OF_ORDERS), given, prepare=False)
        session.fetch(_RETURNED.format(where=OF_ORDERS), given, prepare=False)
    if worded:
        given = {"ids": list(worded), "sign": sign, "kept": first_day(now)}
        session.fetch(_WORDS.format(where=OF_ORDERS), given, prepare=False)


def fill(now: int) -> None:
    """All months and days anew from the orders' rows."""
    session.fetch(_EMPTY_MONTHS)
    session.fetch(_EMPTY_WORDS)
    given = {"sign": 1, "kept": first_day(now)}
    for statement in (_ORDERS, _RETURNED, _WORDS):
        session.fetch(statement.format(where="true"), given, prepare=False)


def forget_old_days(now: int) -> None:
    """Drop the words of days that no page asks for any more."""
    session.fetch(_OLD_DAYS, [first_day(now)])


def first_day(now: int) -> dt.date:
    """The first day of which words are kept day by day."""
    return dt.datetime.fromtimestamp(now, LOCAL).date() - dt.timedelta(days=KEPT_DAYS)
