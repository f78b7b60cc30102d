"""Holidays published late: provisional deadlines say so and are recomputed when the notice is loaded."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from yixian.orders import books, calendar, rebuild
from yixian.orders.calendar import Day
from yixian.orders.errors import BadInput
from yixian.orders.models import CalendarDay, Deadline, Event

from .conftest import WATER, World, moment


@pytest.fixture(autouse=True)
def _calendars_of_this_test_only() -> object:
    yield
    books.forget()


def test_a_deadline_over_an_unpublished_year_moves_when_the_notice_comes(world: World) -> None:
    books.forget()
    last = max(books.calendar("zhuhai").published_years)
    number = world.register(category="投诉", now=moment(f"{last}-12-25T10:00")).order_no
    world.give(number, "dispatch", lead=WATER, now=moment(f"{last}-12-25T11:00"))
    reply = Deadline.objects.get(clock="reply")
    assert reply.provisional
    assert reply.due_at is not None
    before = reply.due_at
    year = last + 1
    holidays = [Day(dt.date(year, 1, day), working=False, name="元旦") for day in (1, 2, 3, 4, 5, 6)]
    report = calendar.load(holidays, source=f"国办发明电〔{last}〕1号")
    assert (report.orders, report.changed) == (1, 1)
    reply.refresh_from_db()
    assert not reply.provisional
    assert reply.due_at is not None
    assert reply.due_at > before
    assert Event.objects.filter(kind="recalculated").count() == 1
    assert calendar.recalculate().orders == 0
    assert rebuild.run().different == 0


def test_days_of_one_place_stay_there(world: World) -> None:
    day = dt.date(2023, 10, 11)
    calendar.load([Day(day, working=False, name="地方节日")], book="neimenggu")
    assert not books.calendar("neimenggu").is_working_day(day)
    assert books.calendar("zhuhai").is_working_day(day)
    calendar.load([Day(day, working=True)], book="neimenggu")
    assert books.calendar("neimenggu").is_working_day(day)
    assert CalendarDay.objects.count() == 1


def test_other_processes_see_loaded_days(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    day = dt.date(2023, 10, 11)
    assert books.calendar("zhuhai").is_working_day(day)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into orders_calendarday (book, day, working, name, source) values ('', '2023-10-11', false, '', '')"
        )
    monkeypatch.setattr(books, "_checked", -books.CALENDAR_SECONDS)
    assert not books.calendar("zhuhai").is_working_day(day)


def test_bad_days_are_refused(world: World) -> None:
    day = Day(dt.date(2030, 1, 1), working=False)
    with pytest.raises(BadInput, match="两次"):
        calendar.load([day, day])
    with pytest.raises(BadInput, match="没有规则"):
        calendar.load([day], book="atlantis")
    with pytest.raises(BadInput, match="最多"):
        calendar.load([Day(dt.date(2030, 1, 1) + dt.timedelta(n), working=False) for n in range(500)])
    assert CalendarDay.objects.count() == 0
