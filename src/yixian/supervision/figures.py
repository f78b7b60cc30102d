"""Figures (统计) of a unit or a platform over a period: counts, rates with denominators, and what lies under them.

Added up from the months that `months` keeps; narrowed to a subject or place, from the orders' narrow rows themselves.
No regulation defines how a rate is computed: the formulas in `RATES` are this installation's (本地) and are shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from yixian.orders import session
from yixian.orders.books import LOCAL
from yixian.orders.errors import BadInput, Denied
from yixian.parties.access import Actor, scope
from yixian.supervision.measures import MEASURES, RETURNS
from yixian.supervision.remembered import remembered

MOST_GROUPS = 60
MOST_WORDS = 12

RATES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], str]] = {
    "on_time_rate": (
        "按期办结率",
        ("on_time",),
        ("on_time", "late", "running_late"),
        "按期答复 ÷ (按期答复 + 逾期答复 + 在办已逾期)",
    ),
    "satisfaction": (
        "满意率",
        ("satisfied",),
        ("base",),
        "满意 ÷ 计入的评价; 甄别、申诉成立和按规定不计入的不在分母",
    ),
    "satisfaction_all": (
        "满意率 (含按规定不计入的)",
        ("satisfied_all",),
        ("base_all",),
        "满意 ÷ 全部评价; 甄别和申诉成立的不在分母",
    ),
    "resolved_rate": ("解决率", ("resolved",), ("asked",), "回答已解决 ÷ 回答了是否解决的"),
    "deemed_share": ("视为评价占比", ("deemed",), ("rated",), "到期未评价而视为评价的 ÷ 有评价的"),
}
"""Rates: title, counts above and below the line, and the formula in words."""


class Period(msgspec.Struct, frozen=True):
    """A month, quarter or year by local time: [start, end)."""

    code: str
    title: str
    start: int
    end: int
    before: str


class Wanted(msgspec.Struct, frozen=True):
    """What is counted: of units, of platforms (both: units within platforms), of a category or subject."""

    period: Period
    units: tuple[str, ...] | None = None
    platform_ids: tuple[int, ...] | None = None
    category: str | None = None
    subject: str | None = None
    place: str | None = None


class Figures(msgspec.Struct, frozen=True):
    """Counts by name, for one line of a table."""

    counts: Mapping[str, int]

    def rate(self, name: str) -> float | None:
        """A rate in per cent, None where nothing is below the line (不适用)."""
        _, above, below, _ = RATES[name]
        divisor = sum(self.counts[key] for key in below)
        return None if divisor == 0 else 100 * sum(self.counts[key] for key in above) / divisor


class Returns(msgspec.Struct, frozen=True):
    """Applications to return orders: asked, approved, refused, and those that count as returns."""

    asked: int = 0
    approved: int = 0
    refused: int = 0
    counted: int = 0


_MONTHS, _ROWS = "supervision_monthfigure f", "supervision_orderfigure f"
_SUMMARY = "select {counts} from {table} where {where}"
# The rows are read once into cells (each combination of the groups), which are few; the groups add up the cells.
_SUMS = ", ".join(f"sum(n{place})::bigint" for place in range(len(MEASURES)))
_GROUPED = f"""
with cells as materialized (
    select {{columns}}, {{counts}} from {{table}} where {{where}} group by {{places}}
)
select grouping({{names}}), {{names}}, {_SUMS} from cells group by grouping sets ((), {{sets}})"""
_WORDS = """
(select '{column}', f.{column}, count(*) from supervision_orderfigure f where {where} and f.{column} <> ''
group by f.{column} order by 3 desc, 2 limit %s)"""
_MONTHS_WORDS = """
(select '{column}', f.word, sum(f.n)::bigint from supervision_wordfigure f
where {where} and f.grain = 'm' and f.kind = '{column}' group by f.word having sum(f.n) > 0
order by 3 desc, 2 limit %s)"""
_RETURNS = """
select count(*), count(*) filter (where f.approved), count(*) filter (where not f.approved),
    count(*) filter (where f.counted)
from supervision_returnfigure f {join} where {where}"""
_MONTHS_RETURNS = "select {counts} from supervision_monthfigure f where {where}"
_RETURNED = """
select distinct f.order_id, extract(epoch from f.registered_at)::bigint as at from supervision_returnfigure f {join}
where {where} and {condition} {after} order by at desc, f.order_id desc limit %s"""
_ORDERS = """
select f.order_id, extract(epoch from f.registered_at)::bigint from supervision_orderfigure f
where {where} and {condition} {after} order by f.registered_at desc, f.order_id desc limit %s"""
_AS_OF = "select extract(epoch from recorded_to)::bigint from supervision_counted where id = 1 and months_built"
GROUPS = {"category": "f.category", "unit": "f.unit", "platform": "f.platform_id", "subject": "f.subject"}


def period(code: str) -> Period:
    """2026-03, 2026-Q1 or 2026. Raises BadInput for anything else."""
    year, _, part = code.partition("-")
    try:
        number = int(year) if len(year) == 4 and code.isascii() and year.isdecimal() else 0
        if not 2000 <= number <= 2100:
            raise ValueError(code)
        if not part:
            return _span(code, f"{number} 年", number, 1, 12, str(number - 1))
        if part.startswith("Q") and part[1:] in ("1", "2", "3", "4"):
            quarter = int(part[1:])
            before = f"{number}-Q{quarter - 1}" if quarter > 1 else f"{number - 1}-Q4"
            return _span(code, f"{number} 年第 {quarter} 季度", number, 3 * quarter - 2, 3, before)
        month = int(part)
        if len(part) != 2 or not 1 <= month <= 12:
            raise ValueError(code)
        before = f"{number}-{month - 1:02d}" if month > 1 else f"{number - 1}-12"
        return _span(code, f"{number} 年 {month} 月", number, month, 1, before)
    except ValueError:
        raise BadInput("时段应写成 2026-03 (月)、2026-Q1 (季度) 或 2026 (年)", "period") from None


def _span(code: str, title: str, year: int, month: int, months: int, before: str) -> Period:
    start = dt.datetime(year, month, 1, tzinfo=LOCAL)
    following = month - 1 + months
    end = dt.datetime(year + following // 12, following % 12 + 1, 1, tzinfo=LOCAL)
    return Period(code, title, int(start.timestamp()), int(end.timestamp()), before)


def within(actor: Actor, wanted: Wanted) -> Wanted:
    """The same within what the actor may see. Raises Denied for a unit or platform that is not theirs."""
    own = scope(actor)
    if own.kind == "unit":
        units = wanted.units or tuple(sorted(own.unit_codes))
        if not set(units) <= own.unit_codes:
            raise Denied("只能查看本单位的统计")
        return msgspec.structs.replace(wanted, units=units, platform_ids=None)
    if own.kind != "platforms":
        raise Denied("没有可以查看统计的平台")
    platform_ids = wanted.platform_ids or own.platform_ids
    if not set(platform_ids) <= set(own.platform_ids):
        raise Denied("只能查看您负责的平台的统计")
    return msgspec.structs.replace(wanted, platform_ids=tuple(platform_ids))


def summary(wanted: Wanted, *, direct: bool = False) -> Figures:
    """All counts of what is wanted. `direct`: of the orders' rows, whatever the months say."""
    table, counts, where, values = _source(wanted, direct)
    row = session.fetch(_SUMMARY.format(counts=", ".join(counts), table=table, where=where), values, prepare=False)[0]
    return Figures({name: int(count or 0) for name, count in zip(MEASURES, row, strict=True)})


class Whole(msgspec.Struct, frozen=True):
    """The counts of all that is wanted, and the same by each of the groups asked for, the largest first."""

    all: Figures
    groups: Mapping[str, list[tuple[Any, Figures]]]


def whole(wanted: Wanted, by: Sequence[str], *, direct: bool = False) -> Whole:
    """All counts, and the same by category, unit, platform or subject, in one reading of the rows.

    Orders without a unit or subject stand in the whole and in no group. At most 60 lines for each group.
    """
    table, counts, where, values = _source(wanted, direct or "subject" in by)
    names = [f"g_{name}" for name in by]
    query = _GROUPED.format(
        table=table,
        counts=", ".join(f"{count} as n{place}" for place, count in enumerate(counts)),
        where=where,
        columns=", ".join(f"{GROUPS[name]} as g_{name}" for name in by),
        places=", ".join(str(place) for place in range(1, len(by) + 1)),
        names=", ".join(names),
        sets=", ".join(f"({name})" for name in names),
    )
    groups: dict[str, list[tuple[Any, Figures]]] = {name: [] for name in by}
    total = Figures(dict.fromkeys(MEASURES, 0))
    for mask, *rest in session.fetch(query, values, prepare=False):
        keys, found = (
            rest[: len(by)],
            Figures({name: count or 0 for name, count in zip(MEASURES, rest[len(by) :], strict=True)}),
        )
        # Of the mask's bits, one for each column from the left, the column that is grouped by has the 0.
        place = next((place for place in range(len(by)) if not mask >> (len(by) - 1 - place) & 1), None)
        if place is None:
            total = found
        elif keys[place] and found.counts["received"]:
            groups[by[place]].append((keys[place], found))
    for lines in groups.values():
        lines.sort(key=lambda line: (-line[1].counts["received"], str(line[0])))
        del lines[MOST_GROUPS:]
    return Whole(total, groups)


def grouped(wanted: Wanted, by: str) -> list[tuple[Any, Figures]]:
    """The counts by category, unit, platform or subject, the largest first, at most 60 lines."""
    return whole(wanted, (by,)).groups[by]


def most_frequent(wanted: Wanted, *, direct: bool = False) -> dict[str, list[tuple[str, int]]]:
    """The subjects, places and explanations that come most often."""
    if direct:
        return _most_frequent(wanted, direct=True)
    narrow = bool(wanted.category or wanted.subject or wanted.place)
    return remembered(("words", wanted), lambda: _most_frequent(wanted, direct=narrow))


def _most_frequent(wanted: Wanted, *, direct: bool) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {"subject": [], "place": [], "explanation": []}
    where, values = _where(wanted) if direct else _in_words(wanted)
    statement = _WORDS if direct else _MONTHS_WORDS
    query = " union all ".join(statement.format(column=column, where=where) for column in found)
    for column, word, count in session.fetch(query, [*values, MOST_WORDS] * len(found), prepare=False):
        found[column].append((word, int(count)))
    return found


def returns(wanted: Wanted, *, direct: bool = False) -> Returns:
    """Applications to return orders that were registered in the period; of a unit those that it made itself."""
    if not direct and not _narrow(wanted):
        where, values = _in_months(wanted)
        counts = ", ".join(f"coalesce(sum(f.{name}), 0)::bigint" for name in RETURNS)
        row = session.fetch(_MONTHS_RETURNS.format(counts=counts, where=where), values, prepare=False)[0]
        return Returns(*(int(value) for value in row))
    words, join = _joined(wanted)
    where, values = _where(wanted, words=words)
    row = session.fetch(_RETURNS.format(where=where, join=join), values, prepare=False)[0]
    return Returns(*(int(value) for value in row))


def _joined(wanted: Wanted) -> tuple[str, str]:
    """Where the category, subject or place of a returned order is read."""
    if not (wanted.category or wanted.subject or wanted.place):
        return "f", ""
    return "g", "join supervision_orderfigure g on g.order_id = f.order_id"


def orders(
    wanted: Wanted, measure: str, before: tuple[int, int] | None = None, size: int = 50
) -> tuple[list[int], tuple[int, int] | None]:
    """The orders that a count counts, newest first, and where the next page begins. Raises BadInput."""
    if measure not in MEASURES and measure not in RETURNS:
        raise BadInput("没有这一项统计", "measure")
    words, join = _joined(wanted) if measure in RETURNS else ("f", "")
    where, values = _where(wanted, words=words)
    after = ""
    if before is not None:
        after = "and (f.registered_at, f.order_id) < (to_timestamp(%s), %s)"
        values += before
    if measure in RETURNS:
        query = _RETURNED.format(join=join, where=where, condition=RETURNS[measure][1], after=after)
    else:
        query = _ORDERS.format(where=where, condition=MEASURES[measure][1], after=after)
    rows = session.fetch(query, [*values, size + 1], prepare=False)
    following = (rows[size - 1][1], rows[size - 1][0]) if len(rows) > size else None
    return [row[0] for row in rows[:size]], following


def as_of() -> int | None:
    """Until when changes are counted, None where nothing was counted yet."""
    row = session.fetch_one(_AS_OF)
    return int(row[0]) if row and row[0] is not None else None


def _narrow(wanted: Wanted) -> bool:
    """Whether what is wanted lies below a month's counts."""
    return bool(wanted.subject or wanted.place)


def _source(wanted: Wanted, direct: bool) -> tuple[str, list[str], str, list[Any]]:
    """Where the counts are read: the table, each count, the condition and its values."""
    if direct or _narrow(wanted):
        counts = [f"count(*) filter (where {condition})" for _, condition in MEASURES.values()]
        return _ROWS, counts, *_where(wanted)
    return _MONTHS, [f"sum(f.{name})" for name in MEASURES], *_in_months(wanted)


def _in_months(wanted: Wanted) -> tuple[str, list[Any]]:
    """The condition on months; every period begins and ends with one."""
    conditions, values = ["f.month >= %s", "f.month < %s"], [*_days(wanted.period)]
    for condition, given in (
        ("f.unit = any (%s)", wanted.units),
        ("f.platform_id = any (%s)", wanted.platform_ids),
        ("f.category = %s", wanted.category),
    ):
        if given is not None:
            conditions.append(condition)
            values.append(given if isinstance(given, str) else list(given))
    return " and ".join(conditions), values


def _in_words(wanted: Wanted) -> tuple[str, list[Any]]:
    """The condition on the words of months: of the units, or of whole platforms."""
    conditions, values = ["f.span >= %s", "f.span < %s", "f.unit = any (%s)"], [*_days(wanted.period)]
    values.append(list(wanted.units if wanted.units is not None else ("",)))
    if wanted.platform_ids is not None:
        conditions.append("f.platform_id = any (%s)")
        values.append(list(wanted.platform_ids))
    return " and ".join(conditions), values


def _days(period: Period) -> tuple[Any, Any]:
    first, after = (dt.datetime.fromtimestamp(at, LOCAL).date() for at in (period.start, period.end))
    return first, after


def _where(wanted: Wanted, words: str = "f") -> tuple[str, list[Any]]:
    conditions = ["f.registered_at >= to_timestamp(%s)", "f.registered_at < to_timestamp(%s)"]
    values: list[Any] = [wanted.period.start, wanted.period.end]
    lists: tuple[tuple[str, Sequence[Any] | None], ...] = (
        ("f.unit", wanted.units),
        ("f.platform_id", wanted.platform_ids),
    )
    for column, several in lists:
        if several is not None and len(several) == 1:  # an index then gives the rows in their order
            conditions.append(f"{column} = %s")
            values.append(several[0])
        elif several is not None:
            conditions.append(f"{column} = any (%s)")
            values.append(list(several))
    for name, value in (("category", wanted.category), ("subject", wanted.subject), ("place", wanted.place)):
        if value:
            conditions.append(f"{words}.{name} = %s")
            values.append(value)
    return " and ".join(conditions), values
