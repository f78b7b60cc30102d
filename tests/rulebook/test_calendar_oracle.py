"""The calendar against a slow oracle that walks day by day (and second by second of windows), written on its own."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rulebook.moments import BEIJING, OFFICE, at, counting
from yixian.rulebook import Duration, WorkCalendar
from yixian.rulebook.calendar_days import DayNotice

CALENDAR = WorkCalendar()
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "calendar"
ONE_DAY = dt.timedelta(days=1)
HOURS = st.sampled_from(
    [OFFICE, ((510, 690), (840, 1050)), ((0, 1440),), ((480, 481),), ((540, 600), (660, 700), (900, 960))]
)
STARTS = st.integers(at("2005-01-05T00:00"), at("2029-12-01T00:00"))


def moment(when: dt.datetime) -> int:
    return int(when.replace(tzinfo=BEIJING).timestamp())


def local(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, BEIJING).replace(tzinfo=None)


def works(day: dt.date) -> bool:
    return CALENDAR.is_working_day(day)


def end_of(day: dt.date, end: str, hours: tuple[tuple[int, int], ...]) -> int:
    minutes = 1440 if end == "midnight" else hours[-1][1]
    return moment(dt.datetime.combine(day, dt.time())) + minutes * 60


def slow_working_days(start: int, amount: int, mode: str, end: str, hours: tuple[tuple[int, int], ...]) -> int:
    begun = local(start)
    day = begun.date()
    if mode == "second_working_day":
        while not works(day):
            day += ONE_DAY
    left = amount
    while left:
        day += ONE_DAY
        left -= works(day)
    if mode == "moment" and works(begun.date()):
        return start + (day - begun.date()).days * 86400
    return end_of(day, end, hours)


def slow_natural_days(
    start: int, amount: int, mode: str, end: str, last: str, hours: tuple[tuple[int, int], ...]
) -> int:
    rolling = start + amount * 86400
    day = local(start).date() + amount * ONE_DAY
    if mode == "moment":
        day = local(rolling - 1).date()
    if last == "next_working_day" and not works(day):
        while not works(day):
            day += ONE_DAY
        return end_of(day, end, hours)
    return rolling if mode == "moment" else end_of(day, end, hours)


def slow_hours(start: int, seconds: int, hours: tuple[tuple[int, int], ...]) -> int:
    day = local(start).date()
    left = seconds
    while True:
        if works(day):
            zero = moment(dt.datetime.combine(day, dt.time()))
            for opens, closes in hours:
                first, last = max(zero + opens * 60, start), zero + closes * 60
                if first < last:
                    if left <= last - first:
                        return first + left
                    left -= last - first
        day += ONE_DAY


@settings(max_examples=400, deadline=None)
@given(
    start=STARTS,
    amount=st.integers(1, 60),
    mode=st.sampled_from(["moment", "next_day", "second_working_day"]),
    end=st.sampled_from(["midnight", "close_of_business"]),
    last=st.sampled_from(["next_working_day", "keep"]),
    hours=HOURS,
)
def test_days_agree_with_the_oracle(
    start: int, amount: int, mode: str, end: str, last: str, hours: tuple[tuple[int, int], ...]
) -> None:
    way = counting(mode, end, last, hours)
    assert CALENDAR.due(start, Duration("wd", amount), way).at == slow_working_days(start, amount, mode, end, hours)
    assert CALENDAR.due(start, Duration("d", amount), way).at == slow_natural_days(
        start, amount, mode, end, last, hours
    )
    assert CALENDAR.due(start, Duration("w", amount), way).at == slow_natural_days(
        start, amount * 7, mode, end, last, hours
    )
    assert CALENDAR.due(start, Duration("same_day", 0), way).at == end_of(local(start).date(), "midnight", hours)
    assert CALENDAR.due(start, Duration("h", amount), way).at == start + amount * 3600
    assert CALENDAR.due(start, Duration("min", amount), way).at == start + amount * 60


@settings(max_examples=300, deadline=None)
@given(start=STARTS, amount=st.integers(1, 60), hours=HOURS)
def test_hours_agree_with_the_oracle(start: int, amount: int, hours: tuple[tuple[int, int], ...]) -> None:
    way = counting(hours=hours)
    assert CALENDAR.due(start, Duration("wh", amount), way).at == slow_hours(start, amount * 3600, hours)
    assert CALENDAR.due(start, Duration("h@wd", amount), way).at == slow_hours(start, amount * 3600, ((0, 1440),))


@settings(max_examples=300, deadline=None)
@given(start=STARTS, amount=st.integers(1, 60))
def test_counting_back_agrees_with_the_oracle(start: int, amount: int) -> None:
    day = local(start).date()
    left = amount
    while left:
        day -= ONE_DAY
        left -= works(day)
    assert CALENDAR.due(start, Duration("wd", amount), counting(), backward=True).at == end_of(day, "midnight", OFFICE)
    natural = local(start).date() - amount * ONE_DAY
    assert CALENDAR.due(start, Duration("d", amount), counting(), backward=True).at == end_of(
        natural, "midnight", OFFICE
    )


@settings(max_examples=300, deadline=None)
@given(start=STARTS, amount=st.integers(1, 40), hours=HOURS)
def test_back_and_forth_of_working_hours_meet(start: int, amount: int, hours: tuple[tuple[int, int], ...]) -> None:
    """Counting back from where a sum of working hours ends leads to a moment with the same sum ahead of it."""
    length = Duration("wh", amount)
    end = CALENDAR.due(start, length, counting(hours=hours)).at
    assert end is not None
    back = CALENDAR.shift(end, length, -1, hours=hours)
    assert CALENDAR.due(back, length, counting(hours=hours)).at == end


@settings(max_examples=300, deadline=None)
@given(start=STARTS, amount=st.integers(1, 60), sign=st.sampled_from([1, -1]))
def test_shift_keeps_the_time_of_day(start: int, amount: int, sign: int) -> None:
    moved = CALENDAR.shift(start, Duration("wd", amount), sign)
    assert (moved - start) % 86400 == 0
    assert works(local(moved - 1).date())
    days, walk = 0, local(start - 1).date()
    while walk != local(moved - 1).date():
        walk += sign * ONE_DAY
        days += works(walk)
    assert days == amount


@settings(max_examples=200, deadline=None)
@given(
    start=st.integers(-(10**12), 10**12),
    amount=st.integers(0, 10**9),
    unit=st.sampled_from(["wd", "d", "w", "wh", "h@wd", "h", "min"]),
    back=st.booleans(),
)
def test_never_raises(start: int, amount: int, unit: str, back: bool) -> None:
    for mode in ("moment", "next_day", "second_working_day"):
        found = CALENDAR.due(start, Duration(unit, amount), counting(mode), backward=back)
        assert isinstance(found.at, int)


def test_every_day_of_the_published_notices() -> None:
    """The real data folder `../shared/data`: each day of 2007 to 2026, as holiday files of another hand have it."""
    if not DATA.is_dir():
        pytest.skip("real data folder not here")
    special: dict[dt.date, bool] = {}
    for file in sorted(DATA.glob("*.json")):
        for entry in json.loads(file.read_text(encoding="utf-8"))["days"]:
            special[dt.date.fromisoformat(entry["date"])] = entry["isOffDay"]
    day, last = dt.date(2007, 1, 1), dt.date(2026, 12, 31)
    wrong = []
    while day <= last:
        expected = day.weekday() < 5 if day not in special else not special[day]
        if works(day) != expected:
            wrong.append(day)
        day += ONE_DAY
    assert wrong == []
    assert len(special) > 600
    assert CALENDAR.published_years >= set(range(2007, 2027))


def test_a_year_without_a_notice_makes_a_due_time_provisional() -> None:
    way = counting()
    inside = CALENDAR.due(at("2026-11-23T10:00"), Duration.parse("10wd"), way)
    across = CALENDAR.due(at("2026-12-28T10:00"), Duration.parse("5wd"), way)
    assert not inside.provisional
    assert across == (at("2027-01-04 24:00"), True)
    # clock hours and kept natural days do not look at the calendar
    assert not CALENDAR.due(at("2026-12-31T10:00"), Duration.parse("48h"), way).provisional
    assert not CALENDAR.due(at("2026-12-31T10:00"), Duration.parse("3d"), counting(last="keep")).provisional
    assert CALENDAR.due(at("2026-12-31T10:00"), Duration.parse("5d"), way).provisional
    assert CALENDAR.due(at("2026-12-31T16:00"), Duration.parse("5wh"), way).provisional


def test_a_loaded_notice_settles_it() -> None:
    notice = DayNotice({dt.date(2027, 1, 1): True, dt.date(2027, 1, 4): True}, frozenset({2027}))
    settled = WorkCalendar([notice]).due(at("2026-12-28T10:00"), Duration.parse("5wd"), counting())
    assert settled == (at("2027-01-06 24:00"), False)


def test_a_local_holiday_does_not_publish_the_year() -> None:
    notice = DayNotice({dt.date(2027, 4, 9): True}, frozenset({2027}), "450000")
    calendar = WorkCalendar([notice])
    assert not calendar.is_published(2027)
    assert not calendar.is_working_day(dt.date(2027, 4, 9))
