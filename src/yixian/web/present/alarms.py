"""Emergencies (紧急告警) as every desk's bar and their page show them."""

from __future__ import annotations

from typing import Any

from yixian.parties.permission import Actor
from yixian.supervision import alarms
from yixian.supervision.alarms import AlarmRow
from yixian.web.present import words

IN_BAR = 3
COUNTED = 20


def bar(actor: Actor, now: int) -> list[dict[str, Any]]:
    """The newest alarms that concern this person, an order in parts once; the first line knows how many more wait."""
    found = alarms.waiting(actor, COUNTED, newest=True)
    heads = {row.order_no for row in found}
    rows = [row for row in found if "." not in row.order_no or row.order_no.rpartition(".")[0] not in heads]
    lines = [short(row, now) for row in rows[:IN_BAR]]
    if more := len(rows) - len(lines):
        lines[0]["more"] = f"{more} 件以上" if len(found) == COUNTED else f"{more} 件"
    return lines


def short(row: AlarmRow, now: int) -> dict[str, Any]:
    """One alarm in a line: what, where, how long it has waited, whom to call."""
    minutes = max(0, now - row.opened) // 60
    return {
        "number": row.order_no,
        "url": f"/orders/{row.order_no}/",
        "call": f"/orders/{row.order_no}/act/notify_unit/",
        "tier": words.value(row.emergency),
        "excerpt": _cut(" ".join(row.excerpt.split())),
        "place": row.place or "",
        "waited": f"已等待 {minutes} 分钟" if minutes else "刚刚登记",
        "unit": row.lead_name or "",
        "line": row.line_24h or "",
    }


def _cut(text: str) -> str:
    return f"{text[:36]}…" if len(text) > 36 else text
