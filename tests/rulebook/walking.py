"""Counting by hand: walk day after day, minute after minute, with the holidays written down here.

Nothing of the package's calendar is used, so that what agrees with it is right twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
# 国务院办公厅关于2024、2025、2026年部分节假日安排的通知: days off, and days off that are worked.
OFF = (
    "2024-01-01 2024-02-10/17 2024-04-04/06 2024-05-01/05 2024-06-10 2024-09-15/17 2024-10-01/07 "
    "2025-01-01 2025-01-28/31 2025-02-01/04 2025-04-04/06 2025-05-01/05 2025-05-31 2025-06-01/02 2025-10-01/08 "
    "2026-01-01/03 2026-02-15/23 2026-04-04/06 2026-05-01/05 2026-06-19/21 2026-09-25/27 2026-10-01/07"
)
WORKED = (
    "2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12 2025-01-26 2025-02-08 "
    "2025-04-27 2025-09-28 2025-10-11 2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10"
)


def _days(words: str) -> Iterator[dt.date]:
    for word in words.split():
        first, _, last = word.partition("/")
        day = dt.date.fromisoformat(first)
        for number in range(day.day, int(last or day.day) + 1):
            yield day.replace(day=number)


_OFF, _WORKED = frozenset(_days(OFF)), frozenset(_days(WORKED))


def works(day: dt.date) -> bool:
    """Whether people work that day; years without a notice have free Saturdays and Sundays only."""
    return day in _WORKED or (day not in _OFF and day.weekday() < 5)


@dataclass(frozen=True)
class Way:
    """How a book counts, in its own words."""

    start: str = "next_day"
    end: str = "midnight"
    last_day_off: str = "next_working_day"
    hours: tuple[tuple[int, int], ...] = ((540, 720), (780, 1020))

    def end_of(self, day: dt.date) -> dt.datetime:
        """When a day ends under this way."""
        minutes = 1440 if self.end == "midnight" else self.hours[-1][1]
        return dt.datetime.combine(day, dt.time()) + minutes * MINUTE


def due(start: dt.datetime, length: str, way: Way, *, back: bool = False) -> dt.datetime | None:
    """The last instant in time of a limit that starts at a local moment; None where no limit runs."""
    if length in ("none", "unset"):
        return None
    if length == "same_day":
        return dt.datetime.combine(start.date(), dt.time()) + DAY
    number = int("".join(letter for letter in length if letter.isdigit()))
    unit = length.removeprefix(str(number))
    if back:
        return _back(start.date(), number, unit, way)
    if unit == "min":
        return start + number * MINUTE
    if unit == "h":
        return start + number * 60 * MINUTE
    if unit == "wd":
        return _working_days(start, number, way)
    if unit in ("d", "w"):
        return _natural_days(start, number * (7 if unit == "w" else 1), way)
    return _hours(start, number, way.hours if unit == "wh" else ((0, 1440),))


def _working_days(start: dt.datetime, number: int, way: Way) -> dt.datetime:
    day = start.date()
    if way.start == "second_working_day":
        while not works(day):
            day += DAY
    for _ in range(number):
        day += DAY
        while not works(day):
            day += DAY
    rolling = way.start == "moment" and works(start.date())
    return dt.datetime.combine(day, start.time()) if rolling else way.end_of(day)


def _natural_days(start: dt.datetime, number: int, way: Way) -> dt.datetime:
    rolling = start
    for _ in range(number):
        rolling += DAY
    moment = way.start == "moment"
    last = (rolling - MINUTE).date() if moment else rolling.date()
    if way.last_day_off == "keep" or works(last):
        return rolling if moment else way.end_of(last)
    while not works(last):
        last += DAY
    return way.end_of(last)


def _hours(start: dt.datetime, number: int, hours: tuple[tuple[int, int], ...]) -> dt.datetime:
    open_minutes = {minute for opens, closes in hours for minute in range(opens, closes)}
    day, minute, left = start.date(), start.hour * 60 + start.minute, number * 60
    while left:
        if minute == 1440 or not works(day):
            day, minute = day + DAY, 0
            continue
        left -= minute in open_minutes
        minute += 1
    return dt.datetime.combine(day, dt.time()) + minute * MINUTE


def _back(day: dt.date, number: int, unit: str, way: Way) -> dt.datetime:
    for _ in range(number * (7 if unit == "w" else 1)):
        day -= DAY
        while unit == "wd" and not works(day):
            day -= DAY
    return way.end_of(day)


def best(rows: Sequence[tuple[Mapping[str, frozenset[str]], str]], case: Mapping[str, tuple[str, ...]]) -> str | None:
    """The limit of the row that governs a case: of those that match, the one with most keys, the first of them."""
    found: tuple[int, str] | None = None
    for when, limit in rows:
        hit = all(any(one in wanted for one in case.get(key, ())) for key, wanted in when.items())
        if hit and (found is None or len(when) > found[0]):
            found = (len(when), limit)
    return found[1] if found else None
