"""The six books over a grid of days: every clock resolves, without gap or conflict; every value has its source.

Each due time is counted a second time by `walking`, which knows nothing of the package's calendar.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import product

import pytest

from tests.rulebook import walking
from tests.rulebook.moments import BEIJING, at
from tests.rulebook.walking import Way
from yixian.lifecycle.commands import COMMANDS
from yixian.rulebook import Counting, Duration, Leaf, Library, Rulebook
from yixian.rulebook.model import Attributes, ClockRule
from yixian.rulebook.vocabulary import COMMANDS as STAGES

LIBRARY = Library.load()
NAMES = ["national", "anhui", "changzhi", "lezhi", "neimenggu", "zhuhai"]
GRID = [dt.date(2024, 1, 1) + dt.timedelta(days=step) for step in range(0, 1096, 7)]
TIMES = ("00:00", "08:59", "12:00", "17:00", "23:59")


EVERY_DAY = [dt.date(2024, 1, 1) + dt.timedelta(days=step) for step in range(1096)]
EVERY, SOME = 7, 97  # minutes between starts; hours are walked minute by minute, so from fewer starts
ALL_MINUTES_ON = [
    dt.date.fromisoformat(day)
    for day in ("2024-02-09", "2024-02-18", "2024-09-29", "2025-01-27", "2025-05-31", "2025-10-11", "2026-01-03",
                "2026-02-14", "2026-06-18", "2026-09-30", "2026-12-30")
]  # fmt: skip


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


def way_of(book: Rulebook) -> Way:
    counting = book.counting
    return Way(counting.start.value, counting.end.value, counting.last_day_off.value, counting.hours.value)


def every_clock(book: Rulebook) -> Iterator[ClockRule]:
    for section in (book.clocks, book.knowledge, book.registers):
        yield from (rule for rule in section.values() if isinstance(rule, ClockRule))


def starts(day: dt.date, length: str) -> Iterator[dt.datetime]:
    """Moments of a day: its edges and one in office hours; on some days minutes all through it."""
    zero = dt.datetime.combine(day, dt.time())
    step = SOME if length.endswith(("wh", "h@wd")) else EVERY
    minutes = range(0, 1440, step) if day in ALL_MINUTES_ON else (0, 539 + day.toordinal() % 482, 1439)
    return (zero + dt.timedelta(minutes=minute) for minute in minutes)


@pytest.mark.parametrize("name", NAMES)
def test_each_case_has_the_limit_that_choosing_by_hand_gives(name: str) -> None:
    """Every category with every source and tier, on the first day of each year: one governing row, or none."""
    for year in (2024, 2025, 2026):
        book = governing(name, dt.date(year, 1, 2))
        for rule in every_clock(book):
            rows = [(dict(zip(row.when.keys, row.when.values, strict=True)), str(row.limit)) for row in rule.limits]
            for case in cases(book):
                found = rule.limits.match(case)
                assert (None if found is None else str(found.limit)) == walking.best(rows, case), (rule.name, case)


@pytest.mark.parametrize("name", NAMES)
def test_each_due_time_is_what_counting_by_hand_gives(name: str) -> None:
    """Every limit and periodic duty of every clock, from every day of 2024 to 2026."""
    calendar = LIBRARY.calendar(name)
    book = governing(name, dt.date(2024, 1, 2))
    lengths = {(row.limit, rule.backward) for rule in every_clock(book) for row in rule.limits}
    lengths |= {(rule.repeat.value, False) for rule in every_clock(book) if rule.repeat is not None}
    assert lengths or name == "national"
    way = way_of(book)
    for day, (length, back) in product(EVERY_DAY, sorted(lengths, key=str)):
        for start in starts(day, str(length)):
            expected = walking.due(start, str(length), way, back=back)
            found = calendar.due(seconds(start), length, book.counting, backward=back).at
            assert found == (None if expected is None else seconds(expected)), (start, str(length), back)


LENGTHS = (
    "30min",
    "24h",
    "10h@wd",
    "30h@wd",
    "3wh",
    "13wh",
    "1wd",
    "7wd",
    "1d",
    "30d",
    "2w",
    "same_day",
    "none",
    "unset",
)
WAYS = [
    Way(start, end, last, hours)
    for start in ("moment", "next_day", "second_working_day")
    for end, last, hours in (
        ("midnight", "next_working_day", ((540, 720), (780, 1020))),
        ("close_of_business", "keep", ((510, 690), (840, 1050))),
    )
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.start}-{way.end}-{way.last_day_off}")
def test_every_length_under_every_way_of_counting(way: Way) -> None:
    """What the five books do not use is counted by hand too: hours of working days, natural days, close of business."""
    calendar = LIBRARY.calendar("national")
    rule = Counting(Leaf(way.start), Leaf(way.end), Leaf(way.hours), Leaf(way.last_day_off))
    for day, words in product(sorted({*EVERY_DAY[::23], *ALL_MINUTES_ON[::6]}), LENGTHS):
        for start in starts(day, words):
            expected = walking.due(start, words, way)
            found = calendar.due(seconds(start), Duration.parse(words), rule).at
            assert found == (None if expected is None else seconds(expected)), (start, words)


def test_the_days_written_down_here_are_the_calendars() -> None:
    calendar = LIBRARY.calendar("national")
    assert [day for day in EVERY_DAY if walking.works(day) != calendar.is_working_day(day)] == []


def seconds(moment: dt.datetime) -> int:
    return int(moment.replace(tzinfo=BEIJING).timestamp())


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
    assert set(STAGES) - set(COMMANDS) <= {"statutory_limit", "notify_result", "joint_supervision"}
