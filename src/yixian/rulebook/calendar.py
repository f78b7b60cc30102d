"""The working calendar (工作日历): every due time from a start, a limit and a way of counting, each in O(1).

Moments are whole unix seconds; days are those of Asia/Shanghai, a fixed UTC+8. Days are indexed from 1970-01-01, so a
local day is one integer division away; two lists hold how many working days lie before each day and which day the k-th
working day is. A year without a published notice has only Saturdays and Sundays free, and a result that depends on
one is provisional. Beyond 2060 the table ends: a due time there is the table's end, provisional.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from yixian.rulebook.calendar_days import DayNotice, state_council
from yixian.rulebook.durations import Duration
from yixian.rulebook.model import CardRule, Counting

UTC8 = 8 * 3600
DAY = 86400
_EPOCH = dt.date(1970, 1, 1).toordinal()
_DAYS = dt.date(2061, 1, 1).toordinal() - _EPOCH
_SECONDS = {"min": 60, "h": 3600}
_Hours = tuple[tuple[int, int], ...]


class Due(NamedTuple):
    """A due time: the last instant in time (None: no limit runs), and whether an unpublished year may still move it."""

    at: int | None
    provisional: bool


_NO_DUE = Due(None, False)


def day_of(at: int) -> dt.date:
    """The local calendar day of a moment; 00:00 belongs to the day that begins."""
    return dt.date.fromordinal((at + UTC8) // DAY + _EPOCH)


def midnight(day: dt.date) -> int:
    """00:00 of a local day as a moment."""
    return (day.toordinal() - _EPOCH) * DAY - UTC8


def due_day(at: int) -> dt.date:
    """The day a due time falls on: 24:00 of a day belongs to that day, not to the next."""
    return day_of(at - 1)


class WorkCalendar:
    """Working days of one jurisdiction and all time arithmetic over them."""

    __slots__ = ("_before", "_known", "_known_from", "_known_to", "_notices", "_nth", "_off", "_years")

    def __init__(self, additions: Iterable[DayNotice] = ()) -> None:
        """Build from the State Council's notices and `additions`; a later notice overrides an earlier one."""
        self._notices = (state_council(), *additions)
        self._off = {day: off for notice in self._notices for day, off in notice.days.items()}
        # A local holiday does not publish the country's year.
        self._years = frozenset().union(*(notice.years for notice in self._notices if notice.jurisdiction is None))
        working = [(index + 3) % 7 < 5 for index in range(_DAYS)]  # 1970-01-01 was a Thursday
        for day, off in self._off.items():
            index = day.toordinal() - _EPOCH
            if 0 <= index < _DAYS:
                working[index] = not off
        self._before = [0, *accumulate(map(int, working))]
        self._nth = [index for index, works in enumerate(working) if works]
        self._known = [0, *accumulate(self._unpublished())]
        gaps = self._known
        first = min(self._years, default=2061)
        self._known_from = dt.date(first, 1, 1).toordinal() - _EPOCH
        last = first
        while last in self._years:
            last += 1
        self._known_to = min(dt.date(last, 1, 1).toordinal() - _EPOCH, len(gaps) - 1) - 1

    def _unpublished(self) -> Iterable[int]:
        for year in range(1970, 2061):
            missing = int(year not in self._years)
            yield from [missing] * (dt.date(year + 1, 1, 1).toordinal() - dt.date(year, 1, 1).toordinal())

    # -- days -------------------------------------------------------------------------------------------------

    def is_working_day(self, day: dt.date) -> bool:
        """Whether people work on this day: weekdays that are no holiday, and make-up days (调休上班)."""
        off = self._off.get(day)
        return day.weekday() < 5 if off is None else not off

    def day_kind(self, day: dt.date) -> str:
        """工作日, 调休上班, 法定节假日 or 周末."""
        off = self._off.get(day)
        weekend = day.weekday() >= 5
        if off is None:
            return "周末" if weekend else "工作日"
        return "法定节假日" if off else "调休上班" if weekend else "工作日"

    def is_published(self, year: int) -> bool:
        """Whether the State Council's notice of this year is loaded."""
        return year in self._years

    @property
    def additions(self) -> tuple[DayNotice, ...]:
        """The notices beside the State Council's, for a calendar with one more."""
        return self._notices[1:]

    @property
    def published_years(self) -> frozenset[int]:
        """The years whose notice is loaded."""
        return self._years

    def working_days_between(self, a: int, b: int) -> int:
        """Working days after the day of `a` up to and with that of `b` (审核用时): Tue to Thu is 2; never negative."""
        first, last = self._index(a), self._index(b)
        return max(0, self._before[last + 1] - self._before[first + 1])

    def _index(self, at: int) -> int:
        return min(max((at + UTC8) // DAY, 0), _DAYS - 1)

    def _provisional(self, first: int, last: int) -> bool:
        if self._known_from <= first and last <= self._known_to:
            return False
        first, last = max(first, 0), min(last, _DAYS - 1)
        return self._known[last + 1] > self._known[first]

    # -- due times --------------------------------------------------------------------------------------------

    def due(self, start: int, limit: Duration, counting: Counting, *, backward: bool = False) -> Due:
        """When a limit that starts at `start` ends.

        Args: the start moment, the limit, how the rulebook counts; `backward` counts back from the start's day.
        Returns Due; `at` is None for `none` and `unset`. Never raises: beyond the
        table it answers the table's end, provisional.
        """
        unit = limit.unit
        if backward:
            return self._due_back(start, limit, counting)
        if unit == "wd":
            day = (start + UTC8) // DAY
            before = self._before
            if day < 0 or limit.amount < 1:
                return Due(start, day < 0)
            try:
                done = before[day + 1]
                mode = counting.start.value
                if mode != "next_day":
                    works = done > before[day]
                    if mode == "moment":
                        if works:
                            last = self._nth[done + limit.amount - 1]
                            return Due(start + (last - day) * DAY, self._open(day, last))
                    elif not works:
                        done += 1  # the next working day stands for the free start day
                last = self._nth[done + limit.amount - 1]
            except IndexError:
                return _beyond()
            if counting.end.value == "midnight":
                return Due(last * DAY + DAY - UTC8, self._open(day, last))
            return Due(last * DAY + counting.hours.value[-1][1] * 60 - UTC8, self._open(day, last))
        if unit == "h" or unit == "min":
            return Due(start + limit.amount * _SECONDS[unit], False)
        if unit == "d" or unit == "w":
            return self._due_natural(start, limit.amount * (7 if unit == "w" else 1), counting)
        if unit == "wh":
            return self._due_worked(start, limit.amount * 3600, counting.hours.value)
        if unit == "h@wd":
            return self._due_worked(start, limit.amount * 3600, _WHOLE_DAY)
        if unit == "same_day":
            return Due(((start + UTC8) // DAY + 1) * DAY - UTC8, False)
        return _NO_DUE

    def _open(self, first: int, last: int) -> bool:
        return (first < self._known_from or last > self._known_to) and self._provisional(first, last)

    def _due_natural(self, start: int, days: int, counting: Counting) -> Due:
        """Natural days (自然日): N x 24 h from a moment, else the end of the N-th day; a free last day moves on."""
        by_moment = counting.start.value == "moment"
        if days < 1:
            return Due(start, False)
        last = (start + UTC8 + days * DAY - by_moment) // DAY
        if not 0 <= last < _DAYS:
            return _beyond() if last > 0 else Due(start, True)
        provisional = False
        if counting.last_day_off.value == "next_working_day":
            rank = self._before[last]
            provisional = not self.is_published_day(last)
            if self._before[last + 1] == rank:
                if rank >= len(self._nth):
                    return _beyond()
                moved = self._nth[rank]
                return Due(_end(moved, counting), self._provisional(last, moved))
        return Due(start + days * DAY if by_moment else _end(last, counting), provisional)

    def is_published_day(self, index: int) -> bool:
        """Whether the day with this index (days since 1970-01-01) lies in a published year."""
        return not self._open(index, index)

    def _worked(self, day: int, second: int, hours: _Hours) -> tuple[int, int]:
        """Working seconds (工作时间) from the table's beginning to a moment of a day, and those of one whole day."""
        before = self._before[day]
        works = self._before[day + 1] > before
        span = inside = 0
        for opens, closes in hours:
            length = (closes - opens) * 60
            span += length
            gone = second - opens * 60
            if works and gone > 0:
                inside += gone if gone < length else length
        return before * span + inside, span

    def _due_worked(self, start: int, seconds: int, hours: _Hours) -> Due:
        """Working hours (工作小时): only in the windows of working days; a sum ending with a window is due there."""
        day, second = divmod(start + UTC8, DAY)
        if not 0 <= day < _DAYS or seconds < 1:
            return _beyond() if day > 0 and seconds > 0 else Due(start, day < 0)
        done, span = self._worked(day, second, hours)
        rank, rest = divmod(done + seconds - 1, span)
        if rank >= len(self._nth):
            return _beyond()
        rest += 1
        last = self._nth[rank]
        for opens, closes in hours:
            length = (closes - opens) * 60
            if rest <= length:
                return Due(last * DAY + opens * 60 + rest - UTC8, self._open(day, last))
            rest -= length
        raise AssertionError("a working day's hours are longer than their sum")

    # -- counting back ----------------------------------------------------------------------------------------

    def _due_back(self, start: int, limit: Duration, counting: Counting) -> Due:
        """Counted back (倒计): the start's day is not counted, due at the end of the N-th day before it."""
        unit, amount = limit.unit, limit.amount
        day = (start + UTC8) // DAY
        if not limit.runs:
            return _NO_DUE
        if unit in ("d", "w"):
            return Due(_end(day - amount * (7 if unit == "w" else 1), counting), False)
        if unit == "same_day":
            return Due((day + 1) * DAY - UTC8, False)
        if unit == "wd":
            if not 0 <= day < _DAYS or self._before[day] < amount:
                return Due(start, True)
            last = self._nth[self._before[day] - amount] if amount else day
            return Due(_end(last, counting), self._open(last, day))
        return self._back(start, limit, counting.hours.value)

    def _back(self, at: int, limit: Duration, hours: _Hours) -> Due:
        """That much clock or working time before a moment."""
        unit, amount = limit.unit, limit.amount
        if unit in _SECONDS:
            return Due(at - amount * _SECONDS[unit], False)
        hours = hours if unit == "wh" else _WHOLE_DAY
        day, second = divmod(at + UTC8, DAY)
        if not 0 <= day < _DAYS:
            return Due(at, True)
        done, span = self._worked(day, second, hours)
        if done < amount * 3600:
            return Due(at, True)
        rank, rest = divmod(done - amount * 3600, span)
        first = self._nth[rank]
        for opens, closes in hours:
            length = (closes - opens) * 60
            if rest < length:
                return Due(first * DAY + opens * 60 + rest - UTC8, self._open(first, day))
            rest -= length
        raise AssertionError("a working day's hours are longer than their sum")

    # -- moments around a due time ----------------------------------------------------------------------------

    def shift(self, at: int, length: Duration, sign: int, *, hours: _Hours | None = None) -> int:
        """A moment `length` after (sign 1) or before (sign -1) a due time.

        Working and natural days keep the time of day, and 24:00 stays 24:00 (申请期限: one working day before due).
        Working hours need the rulebook's `hours`. Lengths that do not run leave the moment as it is.
        """
        unit, amount = length.unit, length.amount
        if unit in _SECONDS:
            return at + sign * amount * _SECONDS[unit]
        if unit in ("d", "w"):
            return at + sign * amount * DAY * (7 if unit == "w" else 1)
        if unit == "wd" and amount:
            day = min(max((at - 1 + UTC8) // DAY, 0), _DAYS - 1)
            return at + (self._working_day(day, sign * amount) - day) * DAY
        if unit in ("wh", "h@wd"):
            windows = (hours or STANDARD_HOURS) if unit == "wh" else _WHOLE_DAY
            moved = self._due_worked(at, amount * 3600, windows) if sign > 0 else self._back(at, length, windows)
            return at if moved.at is None else moved.at
        return at

    def _working_day(self, day: int, steps: int) -> int:
        """The index of the working day `steps` after (before) a day, that day itself not counted."""
        rank = self._before[day + 1] + steps - 1 if steps > 0 else self._before[day] + steps
        return self._nth[min(max(rank, 0), len(self._nth) - 1)]

    def card_moment(self, due: int | Due, card: CardRule, *, hours: _Hours | None = None) -> int:
        """When a warning (预警) shows: at 00:00 of the due day, the second after due, or an offset from either.

        `-Nwd`, `-Nd` (and `+`): 00:00 of the N-th such day before (after) the due day, never before it is late for `+`;
        hours and minutes count from the due instant itself.
        """
        at = due.at if isinstance(due, Due) else due
        if at is None:
            raise ValueError("没有到期时间的时限没有预警时刻")
        day = (at - 1 + UTC8) // DAY
        if card.at == "due_day":
            return day * DAY - UTC8
        offset = card.offset
        if offset is None:  # overdue
            return at + 1
        if offset.unit in ("d", "w", "wd") and offset.amount:
            if offset.unit == "wd":
                day = self._working_day(min(max(day, 0), _DAYS - 1), card.sign * offset.amount)
            else:
                day += card.sign * offset.amount * (7 if offset.unit == "w" else 1)
            moment = day * DAY - UTC8
        else:
            moment = self.shift(at, offset, card.sign, hours=hours)
        return moment if card.sign < 0 else max(moment, at + 1)


STANDARD_HOURS: _Hours = ((9 * 60, 12 * 60), (13 * 60, 17 * 60))
_WHOLE_DAY: _Hours = ((0, 24 * 60),)


def _end(day: int, counting: Counting) -> int:
    """End of a day by index: 24:00, or the last working window's end under close_of_business."""
    return day * DAY + (DAY if counting.end.value == "midnight" else counting.hours.value[-1][1] * 60) - UTC8


def _beyond() -> Due:
    return Due(_DAYS * DAY - UTC8, True)
