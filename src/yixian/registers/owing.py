"""What is owed to the registers (应报事项): rosters before each statutory holiday, counted back by the book's clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from chinese_calendar.constants import Holiday
from chinese_calendar.constants import holidays as named_days
from django.db.models import Exists, OuterRef, Q, QuerySet

from yixian.orders import books, platforms
from yixian.orders.platforms import Known
from yixian.parties.models import Unit
from yixian.registers import asked
from yixian.registers.models import Entry
from yixian.rulebook import Rulebook
from yixian.rulebook.filing import HOLIDAY, filing, holidays, timed
from yixian.rulebook.model import Basis, RegisterRule

AHEAD, BEHIND = 40, 10  # days within which a holiday is looked at
_NAMES = {holiday.value: holiday.chinese for holiday in Holiday}


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing owed by the units of a platform: for which days, until when, by which article, when to remind."""

    platform: Known
    kind: str
    title: str
    name: str
    day: dt.date
    until: dt.date
    due_at: int
    moments: tuple[int, ...]
    basis: Basis


def owed(platform: Known, now: int) -> list[Owed]:
    """What the units of a platform owe for the holidays around this moment, soonest first."""
    today = dt.datetime.fromtimestamp(now, dt.timezone(dt.timedelta(hours=8))).date()
    book = asked.book_of(platform.book, today)
    if book is None:
        return []
    found = [one for rule in timed(book).values() for one in _of_rule(platform, book, rule, today)]
    return sorted(found, key=lambda one: one.due_at)


def missing(one: Owed, units: frozenset[str] | None = None) -> list[Unit]:
    """The units in use that have filed no valid entry for it: one query. `units`: of these only."""
    return list(_missing(one, units).order_by("code")[:5000])


def counted(one: Owed, units: frozenset[str] | None, named: int) -> tuple[int, list[str]]:
    """How many those are, and the short names of the first `named` of them: a page tells no more of thousands."""
    rows = _missing(one, units)
    count = rows.count()
    first = rows.order_by("code").values_list("short_name", "name")[:named] if count else ()
    return count, [short or name for short, name in first]


def _missing(one: Owed, units: frozenset[str] | None) -> QuerySet[Unit]:
    entry = Entry.objects.filter(platform_id=one.platform.id, kind=one.kind, status="valid", unit=OuterRef("pk"))
    filed = entry.filter(Q(event_day=one.day) | Q(starts__lte=one.day, ends__gte=one.day))
    rows = Unit.objects.filter(platform_id=one.platform.id, is_active=True).filter(~Exists(filed))
    return rows if units is None else rows.filter(code__in=units)


def everywhere(now: int) -> Iterator[Owed]:
    """What is owed at every platform that has a book and units."""
    with_units = set(Unit.objects.filter(is_active=True).values_list("platform_id", flat=True).distinct())
    for platform in platforms.everything():
        if platform.id in with_units and platform.book:
            yield from owed(platform, now)


def _of_rule(platform: Known, book: Rulebook, rule: RegisterRule, today: dt.date) -> Iterator[Owed]:
    clock = rule.clock
    if clock is None or HOLIDAY not in clock.starts.value or rule.owes.value != "unit":
        return
    calendar = books.calendar(book.name)
    for first, last in holidays(calendar, today - dt.timedelta(days=BEHIND), today + dt.timedelta(days=AHEAD)):
        made = filing(book, calendar, rule.name, first)
        if made.due.at is None:
            continue
        due = made.due.at
        moments = (calendar.card_moment(due, one, hours=book.counting.hours.value) for one in rule.remind)
        kind = asked.register_of(book, rule.name)
        yield Owed(
            platform,
            rule.name,
            kind.title if kind else rule.name,
            holiday_name(first, last),
            first,
            last,
            due,
            tuple(sorted(moments)),
            made.basis,
        )


def holiday_name(first: dt.date, last: dt.date) -> str:
    """国庆节, or the span of days where the calendar has no name for it."""
    days = (first + dt.timedelta(days=step) for step in range((last - first).days + 1))
    names = dict.fromkeys(_NAMES.get(named_days.get(day, ""), "") for day in days)
    return "、".join(filter(None, names)) or f"{first.month}月{first.day}日起的假期"
