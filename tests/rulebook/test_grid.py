"""The six books over a grid of days: every clock resolves, without gap or conflict; every value has its source."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest

from tests.rulebook.moments import at
from yixian.lifecycle.commands import COMMANDS
from yixian.rulebook import Library, Rulebook
from yixian.rulebook.model import Attributes
from yixian.rulebook.vocabulary import COMMANDS as STAGES

LIBRARY = Library.load()
NAMES = ["national", "anhui", "changzhi", "lezhi", "neimenggu", "zhuhai"]
GRID = [dt.date(2024, 1, 1) + dt.timedelta(days=step) for step in range(0, 1096, 7)]
TIMES = ("00:00", "08:59", "12:00", "17:00", "23:59")


def governing(name: str, day: dt.date) -> Rulebook:
    answer = LIBRARY.version(name, day)
    assert answer.status == "in_force"
    assert answer.book is not None
    return answer.book


def cases(book: Rulebook) -> list[Attributes]:
    """Every category with every source and emergency the book knows."""
    categories = book.categories.value if book.categories else ()
    tiers = [(), *((row.tier, "any") for row in book.emergency)]
    return [
        {"category": (category,), "source": (source,), "emergency": tier, "channel": ("phone",)}
        for category, source, tier in product(categories, ("", *book.sources), tiers)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_books_load_without_an_error_or_a_value_without_source(name: str) -> None:
    assert LIBRARY.findings(name) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_gap_and_no_conflict(name: str) -> None:
    """Each case has at most one governing row; each due time lies after its start; unset and none have none."""
    calendar = LIBRARY.calendar(name)
    for day in GRID:
        book = governing(name, day)
        for rule in book.clocks.values():
            rows = {row for case in cases(book) if (row := rule.limits.match(case)) is not None}
            for row, time in product(rows, TIMES):
                start = at(f"{day}T{time}")
                due = calendar.due(start, row.limit, book.counting, backward=rule.backward)
                assert (due.at is not None) == row.limit.runs
                if due.at is not None:
                    assert due.at < start if rule.backward else due.at > start
                    assert due.provisional == (due.at > at("2026-12-31 24:00") and row.limit.unit not in ("h", "min"))


@pytest.mark.parametrize("name", NAMES)
def test_best_rows_of_a_case_never_tie(name: str) -> None:
    book = governing(name, dt.date(2026, 1, 5))
    for rule, case in product(book.clocks.values(), cases(book)):
        best = [row for row in rule.limits if row.when.matches(case)]
        for first, second in product(best, best):
            assert first is second or first.when.keys != second.when.keys


@pytest.mark.parametrize("name", NAMES)
def test_every_order_has_a_limit_for_its_reply_or_the_book_has_no_such_clock(name: str) -> None:
    book = governing(name, dt.date(2026, 1, 5))
    reply = book.clocks.get("reply")
    assert reply is None or all(reply.limits.match(case) is not None for case in cases(book))


@pytest.mark.parametrize("name", NAMES)
def test_every_basis_names_a_book_of_the_lineage(name: str) -> None:
    book = governing(name, dt.date(2026, 1, 5))
    cited = {one for leaf in book.leaves.values() for one in leaf.basis}
    cited |= {one for basis in book.stages.values() for one in basis}
    assert all(one.partition(":")[0] in book.lineage and one.partition(":")[2] for one in cited)


def test_books_of_the_world() -> None:
    zhuhai, lezhi = governing("zhuhai", GRID[0]), governing("lezhi", GRID[0])
    assert zhuhai.lineage == ("zhuhai", "national")
    assert str(next(iter(zhuhai.clocks["return"].limits)).limit) == "2wd"
    assert lezhi.counting.start.value == "moment"
    assert LIBRARY.version("zhuhai", dt.date(2023, 8, 31)).status == "not_yet"
    assert LIBRARY.version("zhuhai", dt.date(2028, 9, 1)).status == "continued"
    assert LIBRARY.version("changzhi", dt.date(2000, 1, 1)).status == "in_force"


def test_stages_are_commands() -> None:
    """Every command has a stage that a book may cite, and no stage is a word without a command."""
    people = {name for name, spec in COMMANDS.items() if set(spec.who) != {"system"}}
    assert people <= set(STAGES)
    assert set(STAGES) - set(COMMANDS) <= {"statutory_limit", "notify_result"}
