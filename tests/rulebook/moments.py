"""Local moments and countings for the calendar's tests."""

from __future__ import annotations

import datetime as dt

from yixian.rulebook import Counting, Leaf

BEIJING = dt.timezone(dt.timedelta(hours=8))
OFFICE = ((540, 720), (780, 1020))


def at(words: str) -> int:
    """A local moment: 2026-11-23T10:00 or 2026-11-23 24:00."""
    day, _, time = words.replace(" ", "T").partition("T")
    if time == "24:00":
        return at(f"{day}T00:00") + 86400
    return int(dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=BEIJING).timestamp())


def counting(
    start: str = "next_day", end: str = "midnight", last: str = "next_working_day", hours: object = OFFICE
) -> Counting:
    """A way of counting."""
    return Counting(Leaf(start), Leaf(end), Leaf(hours), Leaf(last))  # type: ignore[arg-type]
