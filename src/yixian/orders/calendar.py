"""Holidays that are published after orders were registered: loaded by an administrator, then open deadlines follow.

A deadline that crossed into a year without a published notice is provisional; `recalculate` computes it anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec
from django.db import transaction

from yixian.lifecycle import Command
from yixian.lifecycle.commands import Nothing
from yixian.orders import actions, books, clock, session
from yixian.orders.errors import BadInput, Refused
from yixian.orders.models import CalendarDay
from yixian.orders.outcome import Item
from yixian.parties.access import SYSTEM

MOST_DAYS = 400
BATCH = 500

_PROVISIONAL = """
select distinct o.number, o.id from orders_deadline d join orders_order o on o.id = d.order_id
where d.status = 'running' and d.provisional and d.order_id > %s order by o.id limit %s"""


class Day(msgspec.Struct, frozen=True):
    """One day that differs from what the calendar said: a day off, or a make-up working day (调休上班)."""

    day: dt.date
    working: bool
    name: str = ""


class Recalculated(msgspec.Struct):
    """How many orders were looked at, and how many deadlines' orders changed."""

    orders: int = 0
    changed: int = 0


def load(days: Iterable[Day], *, book: str = "", source: str = "") -> Recalculated:
    """Add days to the working calendar (of one book's jurisdiction, or "" for all) and recompute what was provisional.

    A whole year's notice holds 1 January; with it the year counts as published. A day loaded before is replaced.
    Raises BadInput for too many days, a day given twice or an unknown book.
    """
    given = list(days)
    if len(given) > MOST_DAYS:
        raise BadInput(f"一次最多导入 {MOST_DAYS} 天, 现为 {len(given)} 天", "days")
    if len({item.day for item in given}) != len(given):
        raise BadInput("同一天出现了两次, 请核对节假日安排", "days")
    if book and book not in books.library().names():
        raise BadInput(f"没有规则 {book!r}", "book")
    rows = [CalendarDay(book=book, day=item.day, working=item.working, name=item.name, source=source) for item in given]
    with transaction.atomic():
        CalendarDay.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["book", "day"],
            update_fields=["working", "name", "source"],
        )
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
