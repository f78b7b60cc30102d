"""Registers in the language: who owes, what an entry must hold, listed cases, reminders; and how their limits count."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rulebook.books import Shelf
from yixian.rulebook import WorkCalendar
from yixian.rulebook.filing import NotAsked, filing, holidays, timed

DAY = dt.date(2024, 6, 1)
ZONE = dt.timezone(dt.timedelta(hours=8))


def said(at: int | None) -> str:
    return "" if at is None else dt.datetime.fromtimestamp(at, ZONE).strftime("%m-%d %H:%M")


def test_a_register_says_who_owes_what_and_by_which_article(shelf: Shelf) -> None:
    shelf.put(
        "a",
        """
        registers:
          training: {owes: unit, basis: "8"}
          own: {owes: hotline, title: 出租车专班, fields: [车牌, 经过], basis: "9"}
          roster:
            owner: unit
            starts: holiday_begins
            stops: filed
            limit: 2wd
            backward: true
            remind: {value: [-3wd, due_day], local: true}
            basis: "20"
          accountability:
            owes: hotline
            grounds: [{text: 推诿, basis: "22(1)"}, {text: 报复, basis: "22(2)", protected: true}]
            basis: "22"
        """,
    )
    book = shelf.library().version("a", DAY).book
    assert book is not None
    assert {name: (rule.owes.value, rule.basis) for name, rule in book.registers.items()} == {
        "training": ("unit", ("a:8",)),
        "own": ("hotline", ("a:9",)),
        "roster": ("unit", ("a:20",)),
        "accountability": ("hotline", ("a:22",)),
    }
    assert [ground.protected for ground in book.registers["accountability"].grounds] == [False, True]
    assert [one.at for one in book.registers["roster"].remind] == ["-3wd", "due_day"]
    assert list(timed(book)) == ["roster"]
    assert book.registers["training"].clock is None


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ("{owes: everybody, basis: '8'}", "registers.x.owes"),
        ("{owes: unit, remind: soon, basis: '8'}", "registers.x.remind"),
        ("{owes: unit, grounds: [{protected: true, basis: '8'}], basis: '8'}", "registers.x.grounds[0]"),
        ("{owed: unit, basis: '8'}", "registers.x.owed"),
    ],
)
def test_what_is_wrong_in_a_register_is_said_where(shelf: Shelf, row: str, path: str) -> None:
    shelf.put("a", f"registers:\n  x: {row}\n")
    assert path in [where for where, _ in shelf.errors("a")]


def test_clocks_of_registers_count_as_the_book_counts(shelf: Shelf) -> None:
    shelf.put(
        "a",
        """
        counting: {start: {value: moment, basis: "5"}}
        registers:
          change: {owner: unit, starts: changed, stops: filed, limit: 1wd, basis: "6"}
          works: {owner: unit, starts: begin, stops: filed, limit: 1w, backward: true, basis: "20"}
          policy: {owner: unit, starts: published, limit: 3wd, backward: true, basis: "19"}
          policy_earliest: {owner: unit, starts: published, limit: 10wd, backward: true, basis: "19"}
          text: {owner: unit, starts: published, limit: same_day, basis: "19.2"}
        """,
    )
    book = shelf.library().version("a", DAY).book
    assert book is not None
    calendar = WorkCalendar()
    assert said(filing(book, calendar, "works", dt.date(2024, 6, 20)).due.at) == "06-14 00:00"
    policy = filing(book, calendar, "policy", dt.date(2024, 6, 20))
    assert [(due.clock, said(due.at)) for due in policy.all] == [
        ("policy", "06-18 00:00"),
        ("policy_earliest", "06-06 00:00"),
        ("text", "06-21 00:00"),
    ]
    first_day = int(dt.datetime(2024, 6, 5, tzinfo=ZONE).timestamp())
    assert (policy.early(first_day - 1), policy.early(first_day)) == (True, False)
    assert policy.due.at is not None
    assert (policy.late(policy.due.at), policy.late(policy.due.at + 1)) == (False, True)
    with pytest.raises(NotAsked, match="change"):
        filing(book, calendar, "nothing", dt.date(2024, 6, 20))


def test_holidays_are_those_of_the_notices_and_weekends_are_none() -> None:
    found = list(holidays(WorkCalendar(), dt.date(2024, 1, 2), dt.date(2024, 6, 30)))
    assert found == [
        (dt.date(2024, 2, 10), dt.date(2024, 2, 17)),
        (dt.date(2024, 4, 4), dt.date(2024, 4, 6)),
        (dt.date(2024, 5, 1), dt.date(2024, 5, 5)),
        (dt.date(2024, 6, 8), dt.date(2024, 6, 10)),
    ]


def test_a_child_that_lets_units_file_later_is_said_to_be_looser(shelf: Shelf) -> None:
    row = "registers: {works: {owner: unit, starts: begin, stops: filed, limit: %s, backward: true, basis: '20'}}\n"
    shelf.put("parent", row % "7d")
    shelf.put("late", "extends: parent\n" + row % "3d")
    shelf.put("soon", "extends: parent\n" + row % "10d")
    assert shelf.looser("late") == ["registers.works.limit"]
    assert shelf.looser("soon") == []
