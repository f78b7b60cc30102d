"""Fills what figures are added up from: a narrow row for each order, brought up to date every few minutes.

Which orders changed is read from the log (an index on the moment of recording); each is counted from its state and
its own rulebook. A worker killed in between has committed whole ranges, and the next run goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from yixian.lifecycle.draft import attributes_of
from yixian.lifecycle.state import Clock, OrderState
from yixian.orders import books, clock, session, store
from yixian.supervision import months

RANGE = 2000
MOST_AT_ONCE = 200_000
OVERLAP_SECONDS = 120
SATISFACTION = "satisfaction"

_LOCK = """
insert into supervision_counted (id, built_to, recorded_to, months_built) values (1, 0, null, false)
on conflict (id) do nothing returning id"""
_STATE = """
select c.built_to, c.recorded_to, clock_timestamp() from supervision_counted c where c.id = 1 for update"""
_BUILT = "update supervision_counted set built_to = %s where id = 1 returning id"
_RECORDED = "update supervision_counted set recorded_to = %s where id = 1 returning id"
_MONTHS = "select c.months_built from supervision_counted c where c.id = 1 for update"
_MONTHS_BUILT = "update supervision_counted set months_built = true where id = 1 returning id"
_WORDED = """
select f.order_id, f.platform_id, f.unit, f.category, f.subject, f.place, f.explanation from supervision_orderfigure f
where f.order_id = any (%s)"""
_LAST = "select coalesce(max(id), 0) from orders_order"
_CHANGED = """
select distinct order_id from orders_event
where recorded_at >= %s - make_interval(secs => %s) and order_id > %s order by order_id limit %s"""
_ORDERS = """
select s.order_id, o.platform_id, s.body::text, (
    select e.data ->> 'explanation' from orders_event e
    where e.order_id = s.order_id and e.kind = 'replied' order by e.seq desc limit 1)
from orders_snapshot s join orders_order o on o.id = s.order_id where {where}"""
_WRITE = """
insert into supervision_orderfigure (order_id, platform_id, unit, registered_at, category, subject, place, standing,
    extensions, redos, send_backs, urges, level, satisfied, deemed, resolved, screened, appealed, uncounted,
    explanation, supervised)
select order_id, platform_id, unit, to_timestamp(registered), category, subject, place, standing, extensions, redos,
    send_backs, urges, level, satisfied, deemed, resolved, screened, appealed, uncounted, explanation, supervised
from json_to_recordset(%s::json) as r (
    order_id bigint, platform_id bigint, unit text, registered bigint, category text, subject text, place text,
    standing text, extensions int, redos int, send_backs int, urges int, level text, satisfied bool, deemed bool,
    resolved bool, screened bool, appealed bool, uncounted bool, explanation text, supervised bool)
on conflict (order_id) do update set platform_id = excluded.platform_id, unit = excluded.unit,
    category = excluded.category, subject = excluded.subject, place = excluded.place, standing = excluded.standing,
    extensions = excluded.extensions, redos = excluded.redos, send_backs = excluded.send_backs,
    urges = excluded.urges, level = excluded.level, satisfied = excluded.satisfied, deemed = excluded.deemed,
    resolved = excluded.resolved, screened = excluded.screened, appealed = excluded.appealed,
    uncounted = excluded.uncounted, explanation = excluded.explanation, supervised = excluded.supervised
returning 1"""
_RETURNS = """
insert into supervision_returnfigure (order_id, seq, platform_id, unit, registered_at, approved, counted)
select e.order_id, e.seq, o.platform_id, e.by, o.registered_at, d.kind = 'return_approved',
    coalesce(d.data -> 'counts' ? 'returns', false)
from orders_event e join orders_order o on o.id = e.order_id
left join lateral (
    select x.kind, x.data from orders_event x
    where x.order_id = e.order_id and x.seq > e.seq and x.kind in ('return_approved', 'return_refused')
    order by x.seq limit 1
) d on true
where e.order_id = any (%s) and e.kind = 'return_requested'
on conflict (order_id, seq) do update set approved = excluded.approved, counted = excluded.counted
returning 1"""


class FigureRow(msgspec.Struct, frozen=True):
    """What is counted of one order."""

    order_id: int
    platform_id: int
    unit: str
    registered: int
    category: str
    subject: str
    place: str
    standing: str
    extensions: int
    redos: int
    send_backs: int
    urges: int
    level: str
    satisfied: bool | None
    deemed: bool
    resolved: bool | None
    screened: bool
    appealed: bool
    uncounted: bool
    explanation: str
    supervised: bool


def refresh(most: int = MOST_AT_ONCE) -> int:
    """Count what has changed since the last time, and a further part of all orders where they were never counted.

    Returns how many orders were counted. Several workers may call it: one at a time does the work.
    """
    session.fetch(_LOCK)
    _fill_months(anew=False)
    done = _build(most)
    with session.together():
        _, recorded, now = session.fetch(_STATE)[0]
        after = 0
        while recorded is not None:
            ids = [row[0] for row in session.fetch(_CHANGED, [recorded, OVERLAP_SECONDS, after, RANGE])]
            if ids:
                _count("s.order_id = any (%s)", [ids])
                done += len(ids)
                after = ids[-1]
            if len(ids) < RANGE:
                break
        session.fetch(_RECORDED, [now])
        months.forget_old_days(clock.now())
    return done


def rebuild() -> int:
    """All figures anew, from the states; returns how many orders were counted."""
    session.fetch(_LOCK)
    session.fetch(_BUILT, [0])
    done = 0
    while count := _build(MOST_AT_ONCE):
        done += count
    _fill_months(anew=True)
    return done


def _fill_months(anew: bool) -> None:
    """The months from the rows there are: once where they were never made, or all of them anew."""
    with session.together():
        if anew or not session.fetch(_MONTHS)[0][0]:
            months.fill(clock.now())
            session.fetch(_MONTHS_BUILT)


def _build(most: int) -> int:
    done = 0
    last = session.fetch(_LAST)[0][0]
    while done < most:
        with session.together():
            built, recorded, now = session.fetch(_STATE)[0]
            if recorded is None:
                session.fetch(_RECORDED, [now])
            if built >= last:
                return done
            done += _count("s.order_id > %s and s.order_id <= %s", [built, built + RANGE])
            session.fetch(_BUILT, [built + RANGE])
    return done


def _count(where: str, values: Sequence[Any]) -> int:
    found = session.fetch(_ORDERS.format(where=where), list(values), prepare=False)
    if not found:
        return 0
    rows = list(_rows(found))
    ids, now = [row.order_id for row in rows], clock.now()
    before = {row[0]: row for row in session.fetch(_WORDED, [ids])}
    worded = [row.order_id for row in rows if before.get(row.order_id) != _words(row)]
    months.change(ids, -1, now, [one for one in worded if one in before])
    session.fetch(_WRITE, [msgspec.json.encode(rows).decode()])
    session.fetch(_RETURNS, [ids])
    months.change(ids, 1, now, worded)
    return len(found)


def _words(row: FigureRow) -> tuple[Any, ...]:
    """What of an order the words are counted by."""
    return (row.order_id, row.platform_id, row.unit, row.category, row.subject, row.place, row.explanation)


def _rows(found: Iterable[session.Row]) -> Iterable[FigureRow]:
    for order_id, platform_id, body, explanation in found:
        state = store.decode(body)
        try:
            yield counted(order_id, platform_id, state, explanation or "")
        except Exception as error:
            raise RuntimeError(f"工单 {state.number} 无法计入统计: {error}") from error


def counted(order_id: int, platform_id: int, state: OrderState, explanation: str) -> FigureRow:
    """What is counted of an order: the rating that counts, how it stands to its limit, what leaves the base."""
    book = books.of_state(state)
    rating = state.evaluation
    bad = book.survey.dissatisfied.value if book.survey is not None and book.survey.dissatisfied is not None else ()
    attributes = attributes_of(state, book)
    return FigureRow(
        order_id=order_id,
        platform_id=platform_id,
        unit=state.lead or "",
        registered=state.registered,
        category=state.category,
        subject=state.subject or "",
        place=state.place or "",
        standing=standing(state),
        extensions=state.counts.extensions,
        redos=state.counts.redos,
        send_backs=state.counts.send_backs,
        urges=state.counts.urges,
        level=rating.level if rating else "",
        satisfied=rating.level not in bad if rating else None,
        deemed=rating.deemed if rating else False,
        resolved=rating.resolved if rating else None,
        screened="screened" in state.flags,
        appealed="appeal_upheld" in state.flags,
        uncounted=any(row.rate == SATISFACTION and row.when.matches(attributes) for row in book.not_counted),
        explanation=explanation,
        supervised=any(case.trigger != "self_supervised" for case in state.cases),
    )


def standing(state: OrderState) -> str:
    """How the order stands to its handling limit (办理时限); a word of `models.STANDINGS`."""
    clock: Clock | None = next((clock for clock in state.clocks if clock.key == "reply"), None)
    if clock is None or clock.due is None or {"withdrawn", "merged"} & set(state.flags):
        return "none"
    if clock.running:
        return "running_late" if clock.late else "running"
    if clock.late:
        return "late"
    if clock.stopped_by == "interim_closed":
        return "interim"
    return "on_time"
