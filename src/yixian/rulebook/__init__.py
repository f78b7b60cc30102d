"""The rulebook room: regulation as data. Pure; imports nothing of ours.

Holds the typed rulebook language (`model`), the loader that turns YAML into it (`loader`, `Library`),
the working calendar with 调休 days (`calendar`) and time arithmetic (`durations`).
Read first: `Library.version`, `Rulebook`, `WorkCalendar.due`.
"""

from __future__ import annotations

from yixian.rulebook.calendar import Due, WorkCalendar
from yixian.rulebook.durations import Duration
from yixian.rulebook.loader import BookText, Library, RulebookError, VersionAnswer
from yixian.rulebook.model import (
    CardRule,
    ClockRule,
    Counting,
    Leaf,
    LimitRow,
    RowTable,
    Rulebook,
    Selector,
)

__all__ = [
    "BookText",
    "CardRule",
    "ClockRule",
    "Counting",
    "Due",
    "Duration",
    "Leaf",
    "Library",
    "LimitRow",
    "RowTable",
    "Rulebook",
    "RulebookError",
    "Selector",
    "VersionAnswer",
    "WorkCalendar",
]
