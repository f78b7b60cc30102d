"""Durations (时限长度) of the rulebook language: 30min, 24h, 24h@wd, 5wh, 2wd, 10d, 1w, same_day, none, unset."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATTERN = re.compile(r"([0-9]{1,7})(min|h@wd|h|wh|wd|d|w)")
_WORDS = ("same_day", "none", "unset")
_NAMES = {
    "min": "分钟",
    "h": "小时",
    "h@wd": "小时(仅工作日)",
    "wh": "个工作小时",
    "wd": "个工作日",
    "d": "个自然日",
    "w": "周",
    "same_day": "当日",
    "none": "不设时限",
    "unset": "未规定",
}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in a legal unit; `unit` min|h|h@wd|wh|wd|d|w|same_day|none|unset."""

    unit: str
    amount: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read "2wd"; raises ValueError with a Chinese message that lists the forms."""
        words = str(text).strip()
        if words in _WORDS:
            return cls(words, 0)
        found = _PATTERN.fullmatch(words)
        if not found:
            raise ValueError(
                f"时限写法不对: {words!r}; 应写作 30min、24h、24h@wd、5wh、2wd、10d、1w、same_day、none 或 unset"
            )
        return cls(found[2], int(found[1]))

    @property
    def runs(self) -> bool:
        """False for none (no limit by rule) and unset (the text has no number)."""
        return self.unit not in ("none", "unset")

    def half(self, rounding: str = "up") -> Duration:
        """Half of it, odd amounts rounded up (default) or down, never below one."""
        whole, rest = divmod(self.amount, 2)
        return Duration(self.unit, max(1, whole + (1 if rest and rounding == "up" else 0))) if self.amount else self

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}" if self.unit not in _WORDS else self.unit

    def chinese(self) -> str:
        """As a hotline says it: 2 个工作日."""
        name = _NAMES[self.unit]
        return f"{self.amount} {name}" if self.unit not in _WORDS else name
