"""The table of registers: every kind is whole, every register of the five books is known and cites its article."""

from __future__ import annotations

import datetime as dt

import pytest

from yixian.orders import books
from yixian.registers import asked
from yixian.registers.kinds import GROUPS, TYPES
from yixian.rulebook.filing import timed

pytestmark = pytest.mark.django_db
BOOKS = ("anhui", "lezhi", "zhuhai", "changzhi", "neimenggu")


@pytest.mark.parametrize("code", sorted(asked.KINDS))
def test_a_kind_names_only_fields_that_it_has(code: str) -> None:
    kind = asked.KINDS[code]
    codes = {item.code for item in kind.fields}
    named = {*kind.head, *kind.columns, kind.event, kind.starts, kind.ends, kind.remind} - {""}
    assert named <= codes
    assert len(codes) == len(kind.fields)
    assert {item.type for item in kind.fields} <= TYPES
    assert kind.group in GROUPS
    assert not kind.duties or set(kind.duties) <= set(kind.fields[0].options)


@pytest.mark.parametrize("name", BOOKS)
def test_every_register_a_book_asks_for_is_a_kind_with_an_article(name: str) -> None:
    book = books.library().versions(name)[-1]
    found = asked.registers_of(book)
    assert len(book.registers) >= 3
    for code in book.registers:
        assert code in asked.KINDS
        assert found[code].basis
        assert found[code].owes in ("unit", "hotline")
    for duty in timed(book):
        assert any(duty in (code, *kind.duties.values()) for code, kind in asked.KINDS.items())


def test_a_books_own_register_has_the_books_fields() -> None:
    from yixian.rulebook.model import Leaf, RegisterRule

    rule = RegisterRule("taxi", "出租车投诉专班", Leaf("unit"), Leaf(("车牌", "经过")), (), (), None, ("x:1",))
    made = asked._asked("taxi", rule, None)
    assert [item.label for item in made.kind.fields] == ["车牌", "经过", "关联工单"]
    assert all(item.required for item in made.kind.fields[:2])


def test_the_cases_of_accountability_come_from_the_book() -> None:
    day = dt.date(2024, 1, 10)
    listed = {
        name: asked.registers_of(books.in_force(name, day))["accountability"].grounds
        for name in ("anhui", "lezhi", "zhuhai", "neimenggu")
    }
    assert {name: len(grounds) for name, grounds in listed.items()} == {
        "anhui": 5,
        "lezhi": 7,
        "zhuhai": 6,
        "neimenggu": 6,
    }
    assert [ground.basis for ground in listed["lezhi"] if ground.protected] == [("lezhi:21(4)",)]
