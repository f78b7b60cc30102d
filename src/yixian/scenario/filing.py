"""Steps `do: file`: an entry of a register filed at a moment about an event on a day, and what is expected of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from yixian.lifecycle import Refusal
from yixian.rulebook import Rulebook, WorkCalendar
from yixian.rulebook.filing import Filing, NotAsked, filing
from yixian.scenario.compare import Difference, articles, due_difference, missing

KEYS = ("kind", "date")
FLAGS = ("late", "early")


def complaint(payload: dict[str, Any]) -> str:
    """What is wrong with the `with` of a filing step, "" where nothing is."""
    for key in KEYS:
        if not payload.get(key):
            return f"do: file 的 with 缺少 {key!r}; 写作 {{kind: roster, date: 2024-02-10}}"
    for key in payload:
        if key not in KEYS:
            return f"do: file 的 with 没有 {key!r} 这一项; 可用的有 kind、date"
    try:
        dt.date.fromisoformat(str(payload["date"]))
    except ValueError:
        return f"date 写法不对: {payload['date']!r}; 应写作 2024-02-10 (事情发生的那一天)"
    return ""


def play(
    expect: dict[str, Any], payload: dict[str, Any], at: int, book: Rulebook, calendar: WorkCalendar
) -> list[Difference]:
    """What differs from `expect` when the entry is filed at this moment."""
    try:
        made = filing(book, calendar, payload["kind"], dt.date.fromisoformat(payload["date"]))
    except NotAsked as error:
        return refused(expect, Refusal("file", str(error)))
    found = [Difference("refused", expect["refused"], "没有被拒绝")] if expect.get("refused") else []
    for key, wanted in expect.items():
        if key == "due":
            found += _due(wanted, made)
        elif key == "basis" and missing(wanted, made.basis):
            found.append(Difference("basis", wanted, articles(made.basis)))
        elif key == "flags":
            flags = [flag for flag, on in zip(FLAGS, (made.late(at), made.early(at)), strict=True) if on]
            wants = wanted if isinstance(wanted, list) else [wanted]
            if not set(map(str, wants)) <= set(flags):
                found.append(Difference("flags", wanted, flags))
        elif key == "state" and wanted != "filed":
            found.append(Difference("state", wanted, "filed"))
        elif key in ("cards", "co", "notices") and wanted:
            found.append(Difference(key, wanted, []))
        elif key in ("counts", "lead", "evaluation", "counted", "supervised") and wanted is not None:
            found.append(Difference(key, wanted, "报送没有这一项"))
        elif key == "new_order" and wanted:
            found.append(Difference("new_order", wanted, False))
    return found


def refused(expect: dict[str, Any], refusal: Refusal) -> list[Difference]:
    """What differs where the filing is refused."""
    wanted = expect.get("refused")
    if wanted is True or (wanted and not missing(wanted, refusal.basis)):
        return []
    return [Difference("refused", wanted or False, f"{articles(refusal.basis)} {refusal.reason}")]


def _due(wanted: dict[str, Any], made: Filing) -> list[Difference]:
    moments = {due.clock: due.at for due in made.all}
    found = (due_difference(key, value, moments.get(key)) for key, value in wanted.items())
    return [one for one in found if one is not None]
