"""When people act on virtual time: office hours of working days for desks and units, waking hours for requesters."""

from __future__ import annotations

import datetime as dt

from yixian.rulebook import WorkCalendar

HOUR = 3600
DAY = 86400
SLOT = 600  # steps fall on ten minutes, so that those of one slot go through the door together
_UTC8 = 8 * HOUR
_OPENS, _NOON, _AFTERNOON, _CLOSES = 9 * HOUR, 12 * HOUR, 14 * HOUR, 18 * HOUR


def local_day(moment: int) -> dt.date:
    """The local day of a moment."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=(moment + _UTC8) // DAY)


def midnight(day: dt.date) -> int:
    """The first moment of a local day."""
    return (day - dt.date(1970, 1, 1)).days * DAY - _UTC8


def slot(moment: float) -> int:
    """The slot a moment belongs to."""
    return int(moment) // SLOT * SLOT


def in_office(calendar: WorkCalendar, moment: float, spread: float) -> int:
    """The moment itself where it is office time, else soon after work begins again; `spread` 0 to 1 says how soon."""
    at = int(moment)
    day = local_day(at)
    second = (at + _UTC8) % DAY
    if calendar.is_working_day(day):
        if _OPENS <= second < _NOON or _AFTERNOON <= second < _CLOSES:
            return slot(at)
        if _NOON <= second < _AFTERNOON:
            return slot(midnight(day) + _AFTERNOON + spread * HOUR)
        if second < _OPENS:
            return slot(midnight(day) + _OPENS + spread * 2 * HOUR)
    day += dt.timedelta(days=1)
    while not calendar.is_working_day(day):
        day += dt.timedelta(days=1)
    return slot(midnight(day) + _OPENS + spread * 2.5 * HOUR)


def awake(moment: float, spread: float) -> int:
    """The moment itself between seven and eleven at night, else the next morning."""
    at = int(moment)
    second = (at + _UTC8) % DAY
    if 7 * HOUR <= second < 23 * HOUR:
        return slot(at)
    day = local_day(at) + dt.timedelta(days=int(second >= 23 * HOUR))
    return slot(midnight(day) + 7 * HOUR + spread * 3 * HOUR)
