"""Why an order stands at the supervision desk: cards, cases with the rule that opened them, what is promised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yixian.lifecycle.cases import OWN
from yixian.lifecycle.state import CASE_STATES, OrderState
from yixian.rulebook import Rulebook
from yixian.rulebook.model import SupervisionRow
from yixian.web.present import moments, words
from yixian.web.present.clocks import name_of

TONES = {"proposed": "amber", "open": "amber", "effective": "green", "no_effect": "red", "dismissed": ""}


def cards(state: OrderState, units: Mapping[str, str], now: int) -> list[dict[str, Any]]:
    """The cards as they are shown now: for which clock, whose, since when, by which article."""
    return [
        {
            "card": card.card,
            "clock": name_of(card.clock),
            "unit": units.get(card.unit or "", card.unit or ""),
            "when": moments.short(card.at, now),
            "title": moments.absolute(card.at),
            "basis": card.basis,
        }
        for card in reversed(state.visible_cards)
    ]


def cases(state: OrderState, book: Rulebook, units: Mapping[str, str], now: int) -> list[dict[str, Any]]:
    """The cases, newest first: what set them off in words, by whom, how, and how they stand."""
    rows = {row.key: row for row in book.supervision}
    made = []
    for case in reversed(state.cases):
        row = rows.get(case.key)
        made.append(
            {
                "title": words.value(case.trigger),
                "stands": CASE_STATES[case.stands],
                "tone": TONES[case.stands],
                "by": units.get(case.by, case.by),
                "when": moments.short(case.at, now),
                "when_title": moments.absolute(case.at),
                "why": _why(case.trigger, case.counted, row),
                "reading": row.reading if row is not None else "",
                "means": "、".join(case.means),
                "joint": "、".join(units.get(unit, unit) for unit in case.units),
                "reason": case.reason or "",
                "note": case.note or "",
                "basis": case.basis,
            }
        )
    return made


def _why(trigger: str, counted: int | None, row: SupervisionRow | None) -> str:
    if trigger == OWN:
        return "承办单位自己督办"
    said = "由人列入" if trigger == "manual" else "按规则自动列入"
    if row is not None and row.mode == "propose" and trigger != "manual":
        said = "按规则提示, 由人确认"
    if row is not None and row.at_least is not None:
        within = f"{row.within.chinese()}内" if row.within is not None and row.within.runs else ""
        said += f": {within}达到 {row.at_least} 次"
    return said + (f", 现计 {counted} 次" if counted else "")


def promise(state: OrderState, now: int) -> dict[str, Any] | None:
    """What an interim close promised, and when the next report is due."""
    if "interim_closed" not in state.flags:
        return None
    report = next((clock for clock in state.clocks if clock.name == "progress" and clock.running), None)
    return {
        "until": moments.until(state.promised) if state.promised else "没有写明",
        "passed": bool(state.promised and state.promised < now),
        "report": moments.until(report.due) if report is not None and report.due is not None else "",
        "late": bool(report is not None and report.due is not None and report.due < now),
    }


def counted(state: OrderState) -> list[tuple[str, int]]:
    """How often the order was urged, returned, sent back and redone."""
    names = ("bounces", "returns", "repeats", "urges", "send_backs", "redos", "extensions")
    return [(words.COUNTS[name], number) for name in names if (number := getattr(state.counts, name))]
