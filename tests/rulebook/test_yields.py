"""A book that yields to its superior: what wins, from which day, and how it is said."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rulebook.books import Shelf
from yixian.rulebook import Library

BEFORE, AFTER = dt.date(2025, 5, 31), dt.date(2025, 6, 1)
CITY = """
jurisdiction: {code: "994100", name: 让市, level: city, parent: "994000"}
document: {title: 让市机制, effective: unknown, yields_to: {value: %s, basis: 前言}}
categories: [咨询, 求助]
clocks:
  reply: {owner: unit, starts: dispatched, stops: [replied], limit: 10wd, basis: "3"}
  sign: {owner: unit, starts: dispatched, stops: [signed], limit: 1wd, basis: "4"}
"""
PROVINCE = """
jurisdiction: {code: "994000", name: 让省, level: province}
document: {title: 让省办法, effective: {value: %s, basis: "40"}%s}
categories: [咨询, 求助, 举报]
names: {full: 让省热线, short: 省热线, basis: "2"}
clocks: {reply: {owner: unit, starts: dispatched, stops: [replied], limit: 5wd, basis: "16"}}
"""


def shelf_of(shelf: Shelf, to: str = "province", since: str = "2025-06-01", more: str = "") -> Library:
    shelf.put("city", CITY % to, "undated", head=False)
    shelf.put("above", PROVINCE % (since, more), since, head=False)
    return shelf.library()


def limits(library: Library, day: dt.date) -> list[tuple[str, tuple[str, ...]]]:
    book = library.version("city", day).book
    assert book is not None
    return [(str(row.limit), row.basis) for row in book.clocks["reply"].limits]


@pytest.mark.parametrize("to", ["province", "above"])
def test_the_superior_wins_from_its_first_day_where_both_speak(shelf: Shelf, to: str) -> None:
    library = shelf_of(shelf, to)
    assert limits(library, BEFORE) == [("10wd", ("city:3",))]
    assert limits(library, AFTER) == [("5wd", ("above:16",))]
    answer = library.version("city", AFTER)
    assert answer.book is not None
    assert [str(row.limit) for row in answer.book.clocks["sign"].limits] == ["1wd"]  # the superior is silent
    assert answer.book.categories is not None
    assert answer.book.categories.value == ("咨询", "求助", "举报")
    assert answer.book.names.full is None  # another place's name is not taken over
    assert answer.book.document.title == "让市机制"
    assert answer.book.lineage == ("city", "above")


def test_it_is_said_with_both_articles(shelf: Shelf) -> None:
    library = shelf_of(shelf)
    before, after = library.version("city", BEFORE), library.version("city", AFTER)
    assert (before.superior, before.basis) == (None, ())
    assert after.superior is not None
    assert after.superior.name == "above"
    assert after.basis == ("city:前言", "above:40")
    assert "《让省办法》自 2025-06-01 起施行" in after.message
    found = [one for one in library.findings("city") if one.kind == "yields"]
    assert [(one.path, one.line) for one in found] == [("document.yields_to", 3)]
    assert "document.expires: 2025-05-31" in found[0].remedy


def test_the_label_brings_back_the_same_rules(shelf: Shelf) -> None:
    library = shelf_of(shelf)
    before, after = library.version("city", BEFORE).book, library.version("city", AFTER).book
    assert before is not None
    assert after is not None
    assert (before.version, after.version) == ("undated", "undated+^above@2025-06-01")
    assert library.book("city", after.version) is after
    assert library.book("city", before.version) is before


def test_an_earlier_an_expired_and_an_unrelated_book_change_nothing(shelf: Shelf) -> None:
    library = shelf_of(shelf, more=", expires: 2025-12-31")
    assert limits(library, dt.date(2025, 12, 31)) == [("5wd", ("above:16",))]
    assert limits(library, dt.date(2026, 1, 1)) == [("10wd", ("city:3",))]
    shelf.put("elsewhere", PROVINCE.replace("994000", "995000") % ("2026-02-01", ""), "2026-02-01", head=False)
    assert limits(shelf.library(), dt.date(2026, 2, 1)) == [("10wd", ("city:3",))]
    dated = CITY.replace("effective: unknown", "effective: 2025-09-01") % "province"
    shelf.put("young", dated, "2025-09-01", head=False)
    young = shelf.library().version("young", dt.date(2025, 9, 1))
    assert young.book is not None
    assert young.superior is None  # the province's paper is older than the city's


def test_the_five_books_yield_to_nothing_that_is_there() -> None:
    library = Library.load()
    assert not [one for name in library.names() for one in library.findings(name) if one.kind == "yields"]
    changzhi = library.version("changzhi", AFTER).book
    assert changzhi is not None
    assert changzhi.document.yields is not None
    assert (changzhi.document.yields.value, changzhi.document.yields.basis) == ("province", ("changzhi:前言",))


def test_changzhi_follows_its_province_when_that_issues_a_paper(shelf: Shelf) -> None:
    """前言: 今后省里下发相关规范性文件的, 遵照省文件执行."""
    paper = PROVINCE.replace("994000", "140000").replace("让省", "某省")
    shelf.put("province", paper % ("2027-01-01", ""), "2027-01-01", head=False)
    library = shelf.library()
    before, after = (library.version("changzhi", dt.date(*day)) for day in ((2026, 12, 31), (2027, 1, 1)))
    assert before.book is not None
    assert after.book is not None
    assert before.superior is None
    assert after.superior is not None
    assert {row.limit.unit for row in before.book.clocks["reply"].limits} == {"unset"}
    assert [str(row.limit) for row in after.book.clocks["reply"].limits] == ["5wd"]
    assert after.book.call_back is not None  # the province says nothing of it, so the city's stands
    assert after.book.call_back.who.basis == ("changzhi:3(5)",)
