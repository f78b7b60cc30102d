"""Filing (报送): by when an entry of a register is due, counted from or back to the day of the event it is about.

Pure: the registers room and the scenarios both ask here. The event is a day (a change of staff, a holiday's first
day, the start of works, the receipt of a check, a publication); backward limits run to that day itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from yixian.rulebook.calendar import DAY, WorkCalendar, midnight
from yixian.rulebook.model import Basis, RegisterRule, Rulebook

EARLIEST = "_earliest"  # the ending of a clock that says how early its namesake may be filed at the earliest
HOLIDAY = "holiday_begins"


class NotAsked(ValueError):
    """The book asks for no such filing; the message says which it does ask for."""


@dataclass(frozen=True, slots=True)
class Due:
    """One limit of a filing: the clock's name, the last instant in time, the articles."""

    clock: str
    at: int | None
    provisional: bool
    basis: Basis


@dataclass(frozen=True, slots=True)
class Filing:
    """What a filing of a kind must observe: its own limit, how early it may come, and what else the event starts."""

    kind: str
    due: Due
    earliest: Due | None
    others: tuple[Due, ...] = ()

    @property
    def all(self) -> tuple[Due, ...]:
        """Every limit, its own first."""
        return (self.due, *((self.earliest,) if self.earliest else ()), *self.others)

    @property
    def basis(self) -> Basis:
        """The articles of its own limit and of the earliest moment."""
        cited = (*self.due.basis, *(self.earliest.basis if self.earliest else ()))
        return tuple(dict.fromkeys(cited))

    def late(self, at: int) -> bool:
        """Whether a filing at this moment misses its limit: only after the due instant."""
        return self.due.at is not None and at > self.due.at

    def early(self, at: int) -> bool:
        """Whether a filing at this moment comes before the first day on which it may."""
        return self.earliest is not None and self.earliest.at is not None and at < self.earliest.at - DAY


def rule_of(book: Rulebook, kind: str) -> RegisterRule | None:
    """The register or knowledge duty of this name, None where the book has none."""
    return book.registers.get(kind) or book.knowledge.get(kind)


def timed(book: Rulebook) -> dict[str, RegisterRule]:
    """Everything of the book that is filed within a limit, by name."""
    rules = {**book.knowledge, **book.registers}
    return {name: rule for name, rule in rules.items() if rule.clock and not name.endswith(EARLIEST)}


def filing(book: Rulebook, calendar: WorkCalendar, kind: str, day: dt.date) -> Filing:
    """The limits of a filing about an event on this day.

    Args: the book in force when it is filed, its calendar, the duty's name, the day of the event.
    Raises NotAsked where the book has no such duty with a limit.
    """
    known = timed(book)
    rule = known.get(kind)
    if rule is None or rule.clock is None:
        asked = "、".join(known) or "无"
        raise NotAsked(f"{book.name} 没有规定 {kind} 的报送时限; 有时限的报送: {asked}")
    earliest = rule_of(book, kind + EARLIEST)
    same = set(rule.clock.starts.value)
    others = tuple(
        _due(book, calendar, other, day)
        for name, other in known.items()
        if name != kind and same and other.clock and same & set(other.clock.starts.value)
    )
    first = _due(book, calendar, earliest, day) if earliest and earliest.clock else None
    return Filing(kind, _due(book, calendar, rule, day), first, others)


def _due(book: Rulebook, calendar: WorkCalendar, rule: RegisterRule, day: dt.date) -> Due:
    clock = rule.clock
    row = clock.limits.match({}) if clock else None
    if clock is None or row is None:
        return Due(rule.name, None, False, rule.basis)
    found = calendar.due(midnight(day), row.limit, book.counting, backward=clock.backward)
    # Where the whole document counts from the second working day, that article decides the day too.
    counted = book.counting.start.basis if row.limit.unit == "wd" and not clock.backward else ()
    return Due(rule.name, found.at, found.provisional, tuple(dict.fromkeys((*(row.basis or rule.basis), *counted))))


def holidays(calendar: WorkCalendar, first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """Statutory holidays (法定节假日) that begin from `first` to `last`, as first and last day off.

    Days off that touch one another are one holiday; weekends without a published holiday in them are none.
    """
    day = first
    while day <= last:
        before = day - dt.timedelta(days=1)
        if calendar.is_working_day(day) or not calendar.is_working_day(before):
            day += dt.timedelta(days=1)
            continue
        end = day
        while not calendar.is_working_day(end + dt.timedelta(days=1)):
            end += dt.timedelta(days=1)
        span = [day + dt.timedelta(days=step) for step in range((end - day).days + 1)]
        if any(calendar.day_kind(one) == "法定节假日" for one in span):
            yield day, end
        day = end + dt.timedelta(days=1)
