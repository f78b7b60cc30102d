"""Emergencies (紧急告警) as every desk's bar and their page show them."""

from __future__ import annotations

from typing import Any

from yixian.parties.permission import Actor
from yixian.supervision import alarms
from yixian.supervision.alarms import AlarmRow
from yixian.web.present import words

IN_BAR = 3


def bar(actor: Actor, now: int) -> list[dict[str, Any]]:
    """The oldest alarms that concern this person."""
    return [short(row, now) for row in alarms.waiting(actor, IN_BAR)]


def short(row: AlarmRow, now: int) -> dict[str, Any]:
    """One alarm in a line: what, where, how long it has waited, whom to call."""
    minutes = max(0, now - row.opened) // 60
    return {
        "number": row.order_no,
        "url": f"/orders/{row.order_no}/",
        "call": f"/orders/{row.order_no}/act/notify_unit/",
        "tier": words.value(row.emergency),
        "excerpt": " ".join(row.excerpt.split())[:36],
        "place": row.place or "",
        "waited": f"已等待 {minutes} 分钟" if minutes else "刚刚登记",
        "unit": row.lead_name or "",
        "line": row.line_24h or "",
    }
