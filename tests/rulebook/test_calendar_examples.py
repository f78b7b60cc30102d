"""Worked examples of the five texts' readings: every due time below was counted by hand on a wall calendar."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rulebook.moments import at, counting
from yixian.rulebook import CardRule, Duration, WorkCalendar

CALENDAR = WorkCalendar()


def due(start: str, limit: str, mode: str = "next_day", **more: object) -> int | None:
    return CALENDAR.due(at(start), Duration.parse(limit), counting(mode, **more)).at  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "limit", "mode", "expected"),
    [
        # Zhuhai 22: the day of receipt, or the next working day, is the first working day
        ("2026-11-23T10:00", "2wd", "second_working_day", "2026-11-25 24:00"),
        ("2026-11-28T10:00", "2wd", "second_working_day", "2026-12-02 24:00"),
        ("2026-11-23T10:00", "10wd", "second_working_day", "2026-12-07 24:00"),
        ("2026-11-28T10:00", "10wd", "second_working_day", "2026-12-14 24:00"),
        # Anhui 17: day 1 is the first working day after the calendar day of receipt
        ("2026-11-23T10:00", "3wd", "next_day", "2026-11-26 24:00"),
        ("2026-11-23T10:00", "10wd", "next_day", "2026-12-07 24:00"),
        ("2026-11-28T10:00", "3wd", "next_day", "2026-12-02 24:00"),
        ("2026-11-28T10:00", "10wd", "next_day", "2026-12-11 24:00"),
        # Lezhi 7: from the moment of dispatch
        ("2026-11-23T10:00", "5wd", "moment", "2026-11-30T10:00"),
        ("2026-11-23T10:00", "7wd", "moment", "2026-12-02T10:00"),
        ("2026-11-28T10:00", "5wd", "moment", "2026-12-04 24:00"),
        # working hours, in the windows of working days only
        ("2026-11-27T15:30", "5wh", "moment", "2026-11-30T13:30"),
        ("2026-11-28T10:00", "5wh", "moment", "2026-11-30T15:00"),
        ("2026-11-27T15:30", "3wh", "next_day", "2026-11-30T10:30"),
        ("2026-11-27T12:30", "1wh", "next_day", "2026-11-27T14:00"),
        # a sum that ends with a window is due there, not when the next one opens
        ("2026-11-27T10:00", "2wh", "moment", "2026-11-27T12:00"),
        ("2026-11-27T15:00", "2wh", "moment", "2026-11-27T17:00"),
        ("2026-11-23T09:00", "7wh", "moment", "2026-11-23T17:00"),
        # hours and minutes run through nights and holidays, whatever the book counts from
        ("2026-11-28T23:00", "2h", "second_working_day", "2026-11-29T01:00"),
        ("2026-11-28T23:45", "30min", "second_working_day", "2026-11-29T00:15"),
        ("2026-11-23T10:00", "24h", "second_working_day", "2026-11-24T10:00"),
        # clock hours of working days
        ("2026-11-27T10:00", "24h@wd", "moment", "2026-11-30T10:00"),
        ("2026-11-28T10:00", "24h@wd", "moment", "2026-11-30 24:00"),
        ("2026-11-27T00:00", "24h@wd", "moment", "2026-11-27 24:00"),
        # natural days: day 1 is the next calendar day, a free last day moves on
        ("2026-11-23T10:00", "10d", "next_day", "2026-12-03 24:00"),
        ("2026-11-23T10:00", "10d", "second_working_day", "2026-12-03 24:00"),
        ("2026-11-23T10:00", "5d", "next_day", "2026-11-30 24:00"),
        ("2026-11-23T10:00", "1w", "next_day", "2026-11-30 24:00"),
        ("2026-11-23T10:00", "10d", "moment", "2026-12-03T10:00"),
        ("2026-11-23T10:00", "5d", "moment", "2026-11-30 24:00"),
        ("2026-11-28T10:00", "same_day", "next_day", "2026-11-28 24:00"),
        # a redo of half of 10 working days (Zhuhai 17)
        ("2026-12-08T10:00", "5wd", "second_working_day", "2026-12-15 24:00"),
        # a supplement that starts the whole limit anew (Zhuhai 14)
        ("2026-12-02T10:00", "10wd", "second_working_day", "2026-12-16 24:00"),
        # National Day 2026: 1-7 October off, Sunday 20 September and Saturday 10 October worked
        ("2026-09-30T16:00", "1wd", "next_day", "2026-10-08 24:00"),
        ("2026-10-09T16:00", "1wd", "next_day", "2026-10-10 24:00"),
        ("2026-10-09T16:00", "1wd", "moment", "2026-10-10T16:00"),
    ],
)
def test_due(start: str, limit: str, mode: str, expected: str) -> None:
    assert due(start, limit, mode) == at(expected)


def test_close_of_business_ends_the_last_window() -> None:
    assert due("2026-11-23T10:00", "3wd", end="close_of_business") == at("2026-11-26T17:00")
    assert due("2026-11-23T10:00", "10d", end="close_of_business") == at("2026-12-03T17:00")
    assert due("2026-11-23T18:00", "same_day", end="close_of_business") == at("2026-11-23 24:00")


def test_a_free_last_day_may_be_kept() -> None:
    assert due("2026-11-23T10:00", "5d", last="keep") == at("2026-11-28 24:00")
    assert due("2026-11-23T10:00", "5d", "moment", last="keep") == at("2026-11-28T10:00")


def test_none_and_unset_have_no_due_time() -> None:
    for words in ("none", "unset"):
        assert CALENDAR.due(at("2026-11-23T10:00"), Duration.parse(words), counting()) == (None, False)


def test_backward_from_a_publication_day() -> None:
    """Zhuhai 19(2): at the latest 3, at the earliest 10 working days before publication; that day not counted."""
    published = at("2026-12-07T09:00")
    late = CALENDAR.due(published, Duration.parse("3wd"), counting("second_working_day"), backward=True)
    early = CALENDAR.due(published, Duration.parse("10wd"), counting("second_working_day"), backward=True)
    week = CALENDAR.due(published, Duration.parse("1w"), counting(), backward=True)
    assert (late.at, early.at, week.at) == (at("2026-12-02 24:00"), at("2026-11-23 24:00"), at("2026-11-30 24:00"))


def test_apply_by_keeps_the_time_of_day() -> None:
    """Lezhi 7(3): one working day before a due time of Wednesday 10:00 is Tuesday 10:00; 24:00 stays 24:00."""
    one = Duration.parse("1wd")
    assert CALENDAR.shift(at("2026-12-02T10:00"), one, -1) == at("2026-12-01T10:00")
    assert CALENDAR.shift(at("2026-11-30 24:00"), one, -1) == at("2026-11-27 24:00")
    assert CALENDAR.shift(at("2026-11-27 24:00"), one, 1) == at("2026-11-30 24:00")
    assert CALENDAR.shift(at("2026-11-27T17:00"), Duration.parse("1wh"), -1) == at("2026-11-27T16:00")
    assert CALENDAR.shift(at("2026-11-27T16:30"), Duration.parse("1wh"), 1) == at("2026-11-30T09:30")
    assert CALENDAR.shift(at("2026-11-27T16:30"), Duration.parse("2d"), 1) == at("2026-11-29T16:30")


def test_review_time_is_counted_in_working_days() -> None:
    """Zhuhai 10.4: applied Tuesday, refused Thursday: two working days are left out, and the due time moves by two."""
    shut = CALENDAR.working_days_between(at("2026-11-24T15:00"), at("2026-11-26T09:00"))
    assert shut == 2
    assert CALENDAR.shift(at("2026-12-07 24:00"), Duration("wd", shut), 1) == at("2026-12-09 24:00")
    assert CALENDAR.working_days_between(at("2026-11-24T09:00"), at("2026-11-24T18:00")) == 0
    assert CALENDAR.working_days_between(at("2026-11-28T09:00"), at("2026-11-30T09:00")) == 1
    assert CALENDAR.working_days_between(at("2026-11-30T09:00"), at("2026-11-27T09:00")) == 0


def card(words: str) -> CardRule:
    if words in ("due_day", "overdue"):
        return CardRule("yellow", words, None, 0)
    return CardRule("yellow", words, Duration.parse(words[1:]), -1 if words[0] == "-" else 1)


@pytest.mark.parametrize(
    ("due_at", "words", "expected"),
    [
        ("2026-11-25 24:00", "due_day", "2026-11-25T00:00"),
        ("2026-11-25T10:00", "due_day", "2026-11-25T00:00"),
        ("2026-11-30 24:00", "-1wd", "2026-11-27T00:00"),
        ("2026-11-30T10:00", "-2wd", "2026-11-26T00:00"),
        ("2026-11-30 24:00", "-1d", "2026-11-29T00:00"),
        ("2026-11-30T10:00", "-2h", "2026-11-30T08:00"),
        ("2026-11-30T10:00", "+2h", "2026-11-30T12:00"),
        ("2026-11-27T10:00", "+1wd", "2026-11-30T00:00"),
    ],
)
def test_card_moments(due_at: str, words: str, expected: str) -> None:
    assert CALENDAR.card_moment(at(due_at), card(words)) == at(expected)


def test_overdue_is_the_instant_after() -> None:
    end = at("2026-11-25 24:00")
    assert CALENDAR.card_moment(end, card("overdue")) == end + 1
    # the day after a due time of 24:00 begins with it; a card of lateness never comes before lateness
    assert CALENDAR.card_moment(end, card("+1wd")) == end + 1


def test_kinds_of_days() -> None:
    kinds = {
        dt.date(2026, 10, 1): "法定节假日",
        dt.date(2026, 10, 10): "调休上班",
        dt.date(2026, 10, 17): "周末",
        dt.date(2026, 10, 9): "工作日",
    }
    assert {day: CALENDAR.day_kind(day) for day in kinds} == kinds
    assert [CALENDAR.is_working_day(day) for day in kinds] == [False, True, False, True]
