"""Holidays that are published after orders were registered: loaded by an administrator, then open deadlines follow.

A deadline that crossed into a year without a published notice is provisional; `recalculate` computes it anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
from django.db import transaction

from yixian.lifecycle import Command, Decision, decide
from yixian.lifecycle.commands import Nothing
from yixian.orders import actions, books, clock, platforms, session, store
from yixian.orders.errors import BadInput, Denied, Refused
from yixian.orders.models import CalendarDay
from yixian.orders.outcome import Item
from yixian.orders.platforms import Known
from yixian.parties import journal
from yixian.parties.access import SYSTEM, Actor, holds
from yixian.parties.roles import MANAGE
from yixian.rulebook import WorkCalendar
from yixian.rulebook.calendar_days import DayNotice

MOST_DAYS = 400
BATCH = 500

AT_ONCE = 500
LISTED = 50
TASK = "recalculate_clocks"

_PROVISIONAL = """
select distinct o.number, o.id from orders_deadline d join orders_order o on o.id = d.order_id
where d.status = 'running' and d.provisional and d.order_id > %s order by o.id limit %s"""
_WAITING = """
select o.number, s.body::text from orders_order o join orders_snapshot s on s.order_id = o.id
where o.id in (select order_id from orders_deadline where status = 'running' and provisional)
    and o.platform_id = any (%s) order by o.id limit %s"""
_COUNT = """
select count(*) from orders_order where platform_id = any (%s)
    and id in (select order_id from orders_deadline where status = 'running' and provisional)"""


class Day(msgspec.Struct, frozen=True):
    """One day that differs from what the calendar said: a day off, or a make-up working day (调休上班)."""

    day: dt.date
    working: bool
    name: str = ""


class Recalculated(msgspec.Struct):
    """How many orders were looked at, and how many deadlines' orders changed."""

    orders: int = 0
    changed: int = 0


class Moved(msgspec.Struct, frozen=True):
    """A deadline of an open order that would change: the order, its clock, when it is due now and then."""

    number: str
    clock: str
    before: int
    after: int


class Preview(msgspec.Struct):
    """What a change of the calendar would do: how many open orders wait for it, how many were tried, what moves."""

    waiting: int = 0
    tried: int = 0
    moved: list[Moved] = []


def of(book: str) -> WorkCalendar:
    """The calendar of a book, "" for the country's."""
    return books.calendar(book)


def platforms_of(book: str) -> list[Known]:
    """The platforms whose time is counted by a book's days: those of the book and of books that build on it.

    "" is the country: every platform.
    """
    shelf = books.library()
    known = set(shelf.names())

    def builds(name: str) -> bool:
        return name == book or (name in known and book in shelf.versions(name)[-1].lineage)

    return [one for one in platforms.everything() if one.book and (not book or builds(one.book))]


def may_change(actor: Actor, book: str) -> bool:
    """Whether the actor administers every platform whose time the days would change: never one beside or above."""
    found = platforms_of(book)
    return bool(found) and all(holds(actor, MANAGE, platform_path=one.path) for one in found)


def change(
    actor: Actor, *, book: str, add: Sequence[Day], remove: Sequence[dt.date] = (), source: str, address: str = ""
) -> Recalculated | None:
    """Put days of a book's calendar right as an administrator; journaled, and open deadlines follow.

    Args: who; the book, "" for the whole country; days off and make-up days; days added before that are taken back;
    the paper they rest on.
    Returns what was recomputed, None where so many orders wait that the job queue does it. Raises Denied, BadInput.
    """
    if not may_change(actor, book):
        raise Denied("这份日历也用于您管理范围以外的平台, 请由能管理它们全部的系统管理员修改。")
    rows = _checked(add, book)
    if not rows and not remove:
        raise BadInput("没有要改的日期", "days")
    if not source.strip():
        raise BadInput("请写明依据的文件, 例如: 国办发明电〔2026〕1 号", "source")
    if set(remove) & {row.day for row in rows}:
        raise BadInput("同一天既要撤销又要添加, 请只留一种", "days")
    for row in rows:
        row.source = source.strip()[:200]
    with transaction.atomic():
        _keep(rows)
        gone, _ = CalendarDay.objects.filter(book=book, day__in=list(remove)).delete()
        after = {
            "book": book or "全国",
            "days": [f"{row.day} {'上班' if row.working else '放假'} {row.name}".strip() for row in rows],
            "removed": [str(day) for day in remove] if gone else [],
            "source": source.strip()[:200],
        }
        journal.audit(actor, "change_calendar", f"calendar:{book or '全国'}", after=after, address=address)
    books.forget()
    if waiting(book) > AT_ONCE:
        _defer()
        return None
    return recalculate()


def waiting(book: str) -> int:
    """How many open orders have a deadline that a year's publication may still move."""
    return int(session.fetch(_COUNT, [[one.id for one in platforms_of(book)]])[0][0])


def preview(book: str, add: Sequence[Day], remove: Sequence[dt.date] = (), now: int | None = None) -> Preview:
    """What a change would do to open orders, decided by the same command without keeping anything.

    At most 500 orders are tried, 50 of the deadlines that move are listed. Raises BadInput as `change` does.
    """
    moment = clock.now() if now is None else now
    _checked(add, book)
    found = Preview(waiting(book))
    command = Command("recalculate", "system", Nothing())
    calendars: dict[str, WorkCalendar] = {}
    ids = [one.id for one in platforms_of(book)]
    for number, body in session.fetch(_WAITING, [ids, AT_ONCE]):
        state = store.decode(body)
        calendar = calendars.get(state.book) or calendars.setdefault(state.book, _with(state.book, book, add, remove))
        decided = decide(state, command, books.of_state(state), calendar, moment)
        found.tried += 1
        if not isinstance(decided, Decision):
            continue
        before = {one.key: one.due for one in state.clocks if one.status == "running" and one.provisional}
        for one in decided.state.clocks:
            due = before.get(one.key)
            if due is not None and one.due is not None and one.due != due:
                found.moved.append(Moved(number, one.name, due, one.due))
    return found


def added(book: str, first: dt.date, last: dt.date) -> list[CalendarDay]:
    """The days of a span that people added to a book's calendar, the country's among them, at most 400."""
    rows = CalendarDay.objects.filter(book__in=_lineage(book), day__range=(first, last))
    return list(rows.order_by("day", "book")[:MOST_DAYS])


def _with(name: str, book: str, add: Sequence[Day], remove: Sequence[dt.date]) -> WorkCalendar:
    """A book's calendar as it would be after the change."""
    rows = {(one.book, one.day): one.working for one in CalendarDay.objects.filter(book__in=_lineage(name))}
    rows = {key: working for key, working in rows.items() if key[0] != book or key[1] not in set(remove)}
    rows |= {(book, one.day): one.working for one in add}
    days = {day: not working for (_, day), working in sorted(rows.items())}
    years = frozenset(day.year for day in days if (day.month, day.day) == (1, 1))
    return WorkCalendar((*books.library().calendar(name).additions, DayNotice(days, years)))


def _lineage(book: str) -> set[str]:
    """The books whose days count for a book: its own, those it builds on, the country's."""
    shelf = books.library()
    return {"", book, *(shelf.versions(book)[-1].lineage if book in shelf.names() else ())}


def _defer() -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    app.with_connector(DjangoConnector(alias="default")).configure_task(TASK).defer()


def _checked(days: Iterable[Day], book: str) -> list[CalendarDay]:
    given = list(days)
    if len(given) > MOST_DAYS:
        raise BadInput(f"一次最多导入 {MOST_DAYS} 天, 现为 {len(given)} 天", "days")
    if len({item.day for item in given}) != len(given):
        raise BadInput("同一天出现了两次, 请核对节假日安排", "days")
    if book and book not in books.library().names():
        raise BadInput(f"没有规则 {book!r}", "book")
    return [CalendarDay(book=book, day=item.day, working=item.working, name=item.name[:60]) for item in given]


def _keep(rows: list[CalendarDay]) -> None:
    CalendarDay.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["book", "day"], update_fields=["working", "name", "source"]
    )


def load(days: Iterable[Day], *, book: str = "", source: str = "") -> Recalculated:
    """Add days to the working calendar (of one book's jurisdiction, or "" for all) and recompute what was provisional.

    A whole year's notice holds 1 January; with it the year counts as published. A day loaded before is replaced.
    Raises BadInput for too many days, a day given twice or an unknown book.
    """
    rows = _checked(days, book)
    for row in rows:
        row.source = source
    with transaction.atomic():
        _keep(rows)
    books.forget()
    return recalculate()


def recalculate(now: int | None = None) -> Recalculated:
    """Recompute every running provisional deadline by the command `recalculate`, set-based."""
    moment = clock.now() if now is None else now
    report = Recalculated()
    command = Command("recalculate", "system", Nothing())
    last = 0
    while rows := session.fetch(_PROVISIONAL, [last, BATCH]):
        for outcome in actions.handle_many([Item(number, command) for number, _ in rows], SYSTEM, moment):
            if isinstance(outcome, Refused):
                continue
            if isinstance(outcome, Exception):
                raise outcome
            report.orders += 1
            report.changed += any(event.kind == "recalculated" for event in outcome.events)
        last = rows[-1][1]
    return report
