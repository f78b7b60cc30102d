"""The pure core alone in one process: decisions along a whole order, and deadlines against numpy's business days."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from typing import Literal

import numpy as np

from yixian.lifecycle import Decision, decide
from yixian.ops.bench import story
from yixian.ops.bench.report import Part, at_least
from yixian.rulebook import Library, Rulebook, WorkCalendar
from yixian.rulebook.durations import Duration

LIMITS = ("1wd", "2wd", "5wd", "10wd", "15wd")
UTC8 = 8 * 3600


def core(seconds: float) -> Part:
    """Part (g)."""
    part = Part("g", "纯计算 (单进程, 无数据库): 决定和时限")
    _decisions(part, seconds)
    _deadlines(part, seconds)
    return part


def repeated(act: Callable[[], int], seconds: float) -> tuple[float, float]:
    """Do it over and over for so long; returns how many per second by the clock, and per second of CPU."""
    act()
    count = 0
    began, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        count += act()
    return count / (time.perf_counter() - began), count / max(1e-9, time.process_time() - cpu)


def _decisions(part: Part, seconds: float) -> None:
    now = int(dt.datetime(2025, 9, 15, 2, 15, tzinfo=dt.UTC).timestamp())
    known = story.rules(now)
    paths = [story.commands(unit, index) for index, unit in enumerate(story.UNITS)]
    for steps in paths:
        story.told(known, steps, now, "202509150010001")

    def whole_orders() -> int:
        for steps in paths:
            state = None
            for command, after in steps:
                answer = decide(
                    state, command, known.book, known.calendar, now + after, story.NONE, number="202509150010001"
                )
                if isinstance(answer, Decision):
                    state = answer.state
        return len(paths) * len(paths[0])

    wall, cpu = repeated(whole_orders, seconds)
    names = "、".join(command.name for command, _ in paths[0])
    note = f"按 CPU 时间 {cpu:,.0f} 次/秒; 每件 {len(paths[0])} 条指令: {names}"
    part.lines.append(at_least("g", "决定", round(wall), "次/秒", 30_000, note))


def _deadlines(part: Part, seconds: float) -> None:
    library = Library.load()
    book = story.rules(int(dt.datetime(2025, 9, 15, tzinfo=dt.UTC).timestamp())).book
    calendar = library.calendar(story.BOOK)
    starts, limits = _dates()
    weekmask, holidays = _numpy_calendar(calendar)
    # A free start day stands for the next working day, unless the book counts plainly from the day after.
    roll: Literal["backward", "forward"] = "backward" if book.counting.start.value == "next_day" else "forward"
    days = np.array([(start + UTC8) // 86400 for start in starts], dtype="datetime64[D]")
    amounts = np.array([limit.amount for limit in limits])

    def ours() -> int:
        due, counting = calendar.due, book.counting
        for start, limit in zip(starts, limits, strict=True):
            due(start, limit, counting)
        return len(starts)

    def numpys_each() -> int:
        for day, amount in zip(days[:2000], amounts[:2000], strict=True):
            np.busday_offset(day, amount, roll=roll, weekmask=weekmask, holidays=holidays)
        return 2000

    def numpys_whole() -> int:
        np.busday_offset(days, amounts, roll=roll, weekmask=weekmask, holidays=holidays)
        return len(days)

    agree = _agreement(calendar, book, starts, limits, weekmask, holidays, roll)
    wall, cpu = repeated(ours, seconds)
    each, _ = repeated(numpys_each, min(seconds, 2))
    whole, _ = repeated(numpys_whole, min(seconds, 2))
    note = f"按 CPU 时间 {cpu:,.0f} 个/秒; 含调休上班日和到期时刻"
    part.lines.append(at_least("g", "时限", round(wall), "个/秒", 300_000, note))
    part.lines.append(at_least("g", "对 numpy.busday_offset 逐个调用之比", round(wall / each, 2), "倍"))
    part.lines.append(at_least("g", "对 numpy.busday_offset 整组调用之比", round(wall / whole, 3), "倍"))
    part.where.append(
        f"numpy 不认识周末调休上班, 只按节假日表计算; 不跨调休日的 {agree[0]:,} 个日期与它完全一致, "
        f"跨调休日的 {agree[1]:,} 个由日历另算"
    )
    part.details = {"numpy_each": round(each), "numpy_whole": round(whole), "same": agree[0], "over_makeup": agree[1]}


def _dates() -> tuple[list[int], list[Duration]]:
    """Moments over two years of which the notices are published, and limits."""
    chance = random.Random(12345)
    first = int(dt.datetime(2024, 1, 1, tzinfo=dt.UTC).timestamp())
    starts = [first + chance.randrange(700 * 86400) for _ in range(20_000)]
    kinds = [Duration.parse(text) for text in LIMITS]
    return starts, [kinds[index % len(kinds)] for index in range(len(starts))]


def _numpy_calendar(calendar: WorkCalendar) -> tuple[str, np.ndarray]:
    day, holidays = dt.date(2023, 12, 1), []
    while day < dt.date(2026, 6, 30):
        if day.weekday() < 5 and not calendar.is_working_day(day):
            holidays.append(day)
        day += dt.timedelta(days=1)
    return "1111100", np.array(holidays, dtype="datetime64[D]")


def _agreement(
    calendar: WorkCalendar,
    book: Rulebook,
    starts: list[int],
    limits: list[Duration],
    weekmask: str,
    holidays: np.ndarray,
    roll: Literal["backward", "forward"],
) -> tuple[int, int]:
    """How many due days are numpy's too, and how many lie beyond a weekend day that is worked, which numpy cannot know.

    Raises AssertionError where the two differ without such a day.
    """
    same = other = 0
    for start, limit in zip(starts, limits, strict=True):
        first = (start + UTC8) // 86400
        due = calendar.due(start, limit, book.counting).at
        assert due is not None
        last = (due - 1 + UTC8) // 86400
        days = [dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in range(first, last + 1)]
        if any(day.weekday() >= 5 and calendar.is_working_day(day) for day in days):
            other += 1
            continue
        theirs = np.busday_offset(
            np.datetime64(int(first), "D"), limit.amount, roll=roll, weekmask=weekmask, holidays=holidays
        )
        if int(theirs.astype("int64")) != last:
            raise AssertionError(f"{days[0]} + {limit}: {days[-1]}, numpy {theirs}")
        same += 1
    return same, other
