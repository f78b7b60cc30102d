"""Days off and make-up working days (调休) of the State Council's yearly notices, and what an administrator adds.

The published days come from the package `chinesecalendar`; its years are the published ones. An addition file (JSON or
YAML) publishes a further year or gives one jurisdiction holidays of its own. Its form::

    years: [2027]                   # years whose notice this file carries
    jurisdiction: guangxi           # a book's name or a division code; left out: the whole country
    days: [{date: 2027-01-01, off: true, name: 元旦}, {date: 2027-02-06, off: false, name: 春节}]

`year: 2027` and `isOffDay`, as the public holiday files write them, are understood too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yixian.rulebook.yaml_source import Map, SourceError, read_yaml

_KEYS = ("years", "year", "jurisdiction", "days", "papers", "$schema", "$id")


@dataclass(frozen=True, slots=True)
class DayNotice:
    """Days that one notice changes: date -> True where it is off. `jurisdiction` None: the whole country."""

    days: Mapping[dt.date, bool]
    years: frozenset[int] = frozenset()
    jurisdiction: str | None = None
    names: Mapping[dt.date, str] = field(default_factory=dict)


def state_council() -> DayNotice:
    """The notices published so far, from the package; its years are those with a New Year's holiday."""
    from chinese_calendar.constants import holidays, workdays

    days = dict.fromkeys(holidays, True) | dict.fromkeys(workdays, False)
    years = frozenset(day.year for day in holidays if (day.month, day.day) == (1, 1))
    return DayNotice(days=days, years=years)


def read_notice(path: Path) -> DayNotice:
    """Read one addition file.

    Returns the days it changes. Raises SourceError with file, line and remedy where the file is not of the form above.
    """
    raw = read_yaml(path)
    line = getattr(raw, "line", 1)
    if not isinstance(raw, Map):
        raise SourceError(
            path, line, "日历文件应是一个映射, 含 days 一项", "参照: days: [{date: 2027-01-01, off: true}]"
        )
    for key in raw:
        if key not in _KEYS:
            raise SourceError(path, raw.lines.get(key, line), f"不认识的键 {key!r}", "可用: years、jurisdiction、days")
    years = [*_listed(raw.get("years")), *_listed(raw.get("year"))]
    if not all(str(year).isdigit() and 1970 <= int(year) <= 2060 for year in years):
        raise SourceError(path, line, "years 应是公历年份", "例如 years: [2027]")
    days: dict[dt.date, bool] = {}
    names: dict[dt.date, str] = {}
    for entry in _listed(raw.get("days")):
        day, off, name = _day(path, entry, line)
        if days.get(day, off) != off:
            raise SourceError(path, getattr(entry, "line", line), f"{day} 既写了放假又写了上班", "只保留一行")
        days[day] = off
        if name:
            names[day] = name
    place = raw.get("jurisdiction")
    # A public file of a coming year exists, empty, before its notice does: only days make a year published.
    known = frozenset(int(year) for year in years) if days else frozenset()
    return DayNotice(days=days, years=known, jurisdiction=None if place is None else str(place), names=names)


def read_folder(folder: Path) -> list[DayNotice]:
    """All addition files of a folder: `calendar.yaml`, `calendar.json` and the files inside `calendar/`."""
    paths = [folder / f"calendar{ending}" for ending in (".yaml", ".yml", ".json")]
    paths += sorted((folder / "calendar").glob("*")) if (folder / "calendar").is_dir() else []
    return [read_notice(path) for path in paths if path.suffix in (".yaml", ".yml", ".json") and path.is_file()]


def for_jurisdiction(notices: Iterable[DayNotice], names: Iterable[str]) -> tuple[DayNotice, ...]:
    """Those notices that bind a place: the country's and those of any of `names` (its books and division codes)."""
    wanted = set(names)
    return tuple(notice for notice in notices if notice.jurisdiction is None or notice.jurisdiction in wanted)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def _day(path: Path, entry: Any, line: int) -> tuple[dt.date, bool, str]:
    line = getattr(entry, "line", line)
    if not isinstance(entry, Mapping):
        raise SourceError(
            path, line, "days 的每一行应写日期和是否放假", "例如 {date: 2027-01-01, off: true, name: 元旦}"
        )
    off = entry.get("off", entry.get("isOffDay"))
    try:
        day = dt.date.fromisoformat(str(entry.get("date")))
    except ValueError:
        raise SourceError(path, line, f"日期写法不对: {entry.get('date')!r}", "写作 2027-01-01") from None
    if not isinstance(off, bool):
        raise SourceError(path, line, f"{day} 没有写明放假还是上班", "写 off: true (放假) 或 off: false (上班)")
    return day, off, str(entry.get("name") or "")
