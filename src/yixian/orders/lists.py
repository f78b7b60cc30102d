"""Lists of orders by keyset, within the actor's scope.

A list first selects the keys of its 50 rows from an index, then fetches these rows: no OFFSET, no COUNT(*), and the
same work at ten thousand orders as at a million.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from yixian.lifecycle import STATES
from yixian.orders import filters, session
from yixian.orders.errors import BadInput
from yixian.orders.filters import SORTS, Asked, Branch, Filters
from yixian.parties.access import Actor

LARGEST_PAGE = 100


class Row(msgspec.Struct, frozen=True):
    """One order in a list. Moments are unix seconds."""

    id: int
    number: str
    platform: str
    platform_name: str
    book: str
    version: str
    state: str
    lead: str | None
    lead_name: str | None
    category: str
    channel: str
    source: str | None
    subject: str | None
    place: str | None
    excerpt: str
    grade: str | None
    emergency: str | None
    flags: tuple[str, ...]
    card: str
    registered: int
    changed: int
    closed: int | None
    due: int | None
    due_clock: str | None
    pending: tuple[str, ...] = ()

    @property
    def state_title(self) -> str:
        """The state's Chinese word."""
        return STATES[self.state]


class Page(msgspec.Struct, frozen=True):
    """One page of a list. `estimate`: about how many rows there are in all (exact when the page holds them all)."""

    rows: tuple[Row, ...]
    next_cursor: str | None
    estimate: int | None
    previous_cursor: str | None = None


class At(msgspec.Struct, frozen=True):
    """Where a page begins: after the row of this moment and tie, or, going `back`, before it."""

    moment: int
    tie: int
    back: bool = False


_FETCH = """
select o.id, o.number, p.code, coalesce(nullif(p.short_name, ''), p.name), o.book, o.version, o.state, o.lead,
    coalesce(nullif(u.short_name, ''), u.name),
    o.category, o.channel, o.source, o.subject, o.place, o.excerpt, o.grade, o.emergency, o.flags, o.card,
    extract(epoch from o.registered_at)::bigint, extract(epoch from o.changed_at)::bigint,
    extract(epoch from o.closed_at)::bigint, extract(epoch from o.due_at)::bigint, o.due_clock,
    o.pending
from orders_order o join parties_platform p on p.id = o.platform_id left join parties_unit u on u.code = o.lead
where o.id = any (%s)"""


def page(wanted: Filters, actor: Actor, cursor: str | None = None, size: int = 50, sort: str = "registered") -> Page:
    """One page of the orders that the actor may read.

    `sort`: registered (newest first), oldest, due (most urgent first, running clocks only) or changed (newest change
    first). `cursor`: what another page gave. Raises BadInput for a bad cursor, sort, size, state or platform.
    """
    if not 1 <= size <= LARGEST_PAGE:
        raise BadInput(f"每页条数应为 1 至 {LARGEST_PAGE}", "size")
    asked = filters.asked(wanted, actor, sort)
    at = At(*filters.unpack(cursor, sort)) if cursor else None
    if asked.empty:
        return Page((), None, 0)
    keys = _keys(asked, sort, at, size + 1)
    more = len(keys) > size
    keys = keys[:size]
    back = at is not None and at.back
    if back:
        keys.reverse()
    rows = rows_of([order_id for order_id, _ in keys])
    if not rows:
        return Page((), None, None if at else 0)
    last = _cursor(sort, keys[-1], rows[-1], asked) if more or back else None
    first = _cursor(f"<{sort}", keys[0], rows[0], asked) if (more if back else at is not None) else None
    if at is not None:
        return Page(rows, last, None, first)
    return Page(rows, last, max(_estimate(asked), size + 1) if more else len(rows))


def _cursor(sort: str, key: tuple[int, int], row: Row, asked: Asked) -> str:
    return filters.pack(sort, key[1], filters.tie(key[0], row.flags, asked.ranked))


def counted(wanted: Filters, actor: Actor, most: int) -> int:
    """How many orders a list has, counted up to `most`. Raises BadInput as `page` does."""
    by_due = wanted.due_before is not None or wanted.due_after is not None
    asked = filters.asked(wanted, actor, "due" if by_due else "registered")
    parts: list[str] = []
    parameters: list[Any] = []
    for branch in asked.branches:
        source, where, values = _plainly(asked, branch)
        parts.append(f"(select o.id from {source} where {where} limit %s)")
        parameters += [*values, most]
    if not parts:
        return 0
    query = f"select count(*) from (select distinct id from ({' union all '.join(parts)}) r limit %s) c"
    return int(session.fetch(query, [*parameters, most], prepare=False)[0][0])


def about(wanted: Filters, actor: Actor, exactly: int = 2000) -> int:
    """About how many orders a list has: counted up to `exactly`, beyond it by the planner's statistics."""
    found = counted(wanted, actor, exactly)
    return found if found < exactly else max(found, _estimate(filters.asked(wanted, actor, "registered")))


def ids(wanted: Filters, actor: Actor, *, most: int, batch: int = 1000) -> Iterator[list[int]]:
    """The ids of the orders of a list, newest first, in batches, at most so many: for work over whole lists.

    Raises BadInput as `page` does.
    """
    asked = filters.asked(wanted, actor, "registered")
    after: At | None = None
    while not asked.empty and most > 0:
        keys = _keys(asked, "registered", after, min(batch, most))
        if not keys:
            return
        yield [order_id for order_id, _ in keys]
        most -= len(keys)
        after = At(keys[-1][1], keys[-1][0])


_UNIT = """
select u.code from parties_unit u
where (u.code = %s or u.name = %s or u.short_name = %s) and u.platform_id = any (%s)
order by u.code <> %s, u.platform_id, u.id limit 1"""


def unit_named(word: str, actor: Actor) -> str | None:
    """The code of the unit of that code, name or short name, among the platforms whose orders one reads."""
    row = session.fetch_one(_UNIT, [word, word, word, list(actor.platform_ids), word])
    return row[0] if row else None


def rows_of(ids: list[int]) -> tuple[Row, ...]:
    """The rows of these orders, in this order."""
    if not ids:
        return ()
    found = {row[0]: _row(row) for row in session.fetch(_FETCH, [ids])}
    return tuple(found[order_id] for order_id in ids if order_id in found)


def _row(row: session.Row) -> Row:
    values: tuple[Any, ...] = (*row[:17], tuple(row[17]), *row[18:24], tuple(row[24]))
    return Row(*values)


def _keys(asked: Asked, sort: str, after: At | None, limit: int) -> list[tuple[int, int]]:
    """(id, moment) of the page's orders: each branch gives its first rows, the first of all are taken."""
    column, direction, sign = SORTS[sort]
    if after is not None and after.back:
        direction, sign = ("asc", ">") if direction == "desc" else ("desc", "<")
    parts: list[str] = []
    parameters: list[Any] = []
    for branch in asked.branches:
        sql, values = _branch(asked, branch, column, direction, sign, after, limit)
        parts.append(sql)
        parameters += values
    if not parts:
        return []
    union = " union ".join(f"({part})" for part in parts)
    query = f"select id, extract(epoch from k)::bigint from ({union}) r order by k {direction}, t {direction} limit %s"
    rows: list[tuple[int, int]] = session.fetch(query, [*parameters, limit], prepare=False)  # type: ignore[assignment]
    return rows


def _branch(
    asked: Asked, branch: Branch, column: str, direction: str, sign: str, after: At | None, limit: int
) -> tuple[str, list[Any]]:
    conditions = list(asked.conditions)
    parameters = list(asked.parameters)
    source = "orders_order o"
    key, order_id = column, "o.id"
    if branch.co and column == "o.registered_at":
        source = "orders_assignment a join orders_order o on o.id = a.order_id"
        key, order_id = "a.registered_at", "a.order_id"
    elif branch.co:
        source = "orders_assignment a join orders_order o on o.id = a.order_id"
    elif asked.tsquery is not None and column == "o.registered_at":
        source = "orders_searchtext t join orders_order o on o.id = t.order_id"
        key, order_id = "t.registered_at", "t.order_id"
    elif asked.tsquery is not None:
        source += " join orders_searchtext t on t.order_id = o.id"
    if branch.co and asked.tsquery is not None:
        source += " join orders_searchtext t on t.order_id = o.id"
    if asked.tsquery is not None:
        conditions.append("t.tokens @@ %s::tsquery")
        parameters.append(asked.tsquery)
    tie = f"case when o.flags @> '{{priority}}' then o.id else o.id + {filters.LATER} end" if asked.ranked else order_id
    if after is not None:
        conditions.append(f"({key}, {tie}) {sign} (to_timestamp(%s), %s::bigint)")
        parameters += [after.moment, after.tie]
        if asked.ranked:
            conditions.append(f"{key} {sign}= to_timestamp(%s)")
            parameters.append(after.moment)
    if branch.co:
        conditions.append("a.role = 'co'")
    if asked.clock is not None:
        conditions.append(_runs(branch))
        parameters.append(asked.clock)
    leading = [f"{'a' if branch.co else 'o'}.{name} = v.{name}" for name in branch.columns]
    where = " and ".join([*leading, *conditions]) or "true"
    order = f"order by {key} {direction}, {tie} {direction} limit %s"
    inner = f"select o.id, {key} as k, {tie} as t from {source} where {where} {order}"
    parameters.append(limit)
    if not branch.columns:
        return inner, parameters
    kinds = ["bigint" if name == "platform_id" else "text" for name in branch.columns]
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    values = [list(column_values) for column_values in zip(*branch.rows, strict=True)]
    head = f"select b.id, b.k, b.t from unnest({arrays}) as v ({', '.join(branch.columns)})"
    return f"{head} cross join lateral ({inner}) b order by b.k {direction}, b.t {direction} limit %s", [
        *values,
        *parameters,
        limit,
    ]


def _runs(branch: Branch) -> str:
    """That a clock runs: the lead's and the hotline's go by the name alone, a co-handler's by its unit and the name."""
    key = "a.unit || '.' || %s" if branch.co else "%s"
    running = "d.order_id = o.id and d.status = 'running'"
    return f"exists (select from orders_deadline d where {running} and d.clock = {key})"


def _plainly(asked: Asked, branch: Branch) -> tuple[str, str, list[Any]]:
    """A branch as one plain select: its tables, its condition and the condition's values."""
    conditions = list(asked.conditions)
    parameters = list(asked.parameters)
    source = "orders_order o"
    if branch.co:
        source += " join orders_assignment a on a.order_id = o.id and a.role = 'co'"
    if asked.tsquery is not None:
        source += " join orders_searchtext t on t.order_id = o.id"
        conditions.append("t.tokens @@ %s::tsquery")
        parameters.append(asked.tsquery)
    if asked.clock is not None:
        conditions.append(_runs(branch))
        parameters.append(asked.clock)
    for name, column_values in zip(branch.columns, zip(*branch.rows, strict=True), strict=True):
        conditions.append(f"{'a' if branch.co else 'o'}.{name} = any (%s)")
        parameters.append(sorted(set(column_values)))
    return source, " and ".join(conditions) or "true", parameters


def _estimate(asked: Asked) -> int:
    """About how many rows the list has, by the planner's statistics."""
    total = 0
    for branch in asked.branches:
        source, where, parameters = _plainly(asked, branch)
        total += _planned(f"explain (format json) select 1 from {source} where {where}", parameters)
    return total


def _planned(query: str, parameters: list[Any]) -> int:
    with session.client_cursor() as cursor:
        cursor.execute(query, parameters)
        row = cursor.fetchone()
    return int(row[0][0]["Plan"]["Plan Rows"]) if row else 0
