"""The call-back desk (回访台): whom to call back, and what follows from what they say."""

from __future__ import annotations

from typing import Any

from yixian.orders import clock, queries
from yixian.orders.queries import Detail
from yixian.registers import phrases
from yixian.web import books
from yixian.web.access import StaffRequest
from yixian.web.desks.shapes import Desk, Tab
from yixian.web.present import calling, moments, reviewing


def panel(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """The call's script, the answer to be told, the calls made so far, and what comes of each outcome."""
    state, now = found.state, clock.now()
    book = books.version(state.book, state.version)
    events = queries.timeline(found.number, request.actor)
    calls = state.state == "calling_back"
    return {
        "script": calling.script(state, book),
        "follows": calling.follows(state, book) if calls else [],
        "answer": reviewing.answer(events, now),
        "attempts": calling.attempts(events, now),
        "next": calling.next_attempt(state, book),
        "rating": calling.rating(state, book, now),
        "explained": _explained(events, now),
        "wants_redo": "wants_redo" in state.flags,
        "opens": calls and "wants_redo" not in state.flags,
        "rates": state.state in ("surveying", "calling_back") and state.contactable,
        "phrases": phrases.for_use("回访", request.actor, state.category),
    }


def _explained(events: list[queries.Entry], now: int) -> list[dict[str, Any]]:
    """What the unit explained to a dissatisfied requester."""
    return [
        {"by": event.by_name, "when": moments.short(event.at, now), "text": str(event.data.get("text") or "")}
        for event in reversed(events)
        if event.kind == "rating_explained"
    ]


DESK: Desk = Desk(
    "callback",
    "回访台",
    "phone",
    frozenset({"call_back"}),
    (
        Tab("call", "待回访", {"state": "calling_back"}, "没有等待回访的工单。", "call_back", more={"calls": "first"}),
        Tab(
            "again", "未接通再拨", {"state": "calling_back"}, "没有未接通的回访。", "call_back", more={"calls": "again"}
        ),
        Tab(
            "redo",
            "不满意待处理",
            {"state": "calling_back", "flag": "wants_redo"},
            "没有要求重办的诉求人。",
            "order_redo",
            hot=True,
        ),
        Tab("rating", "待评价", {"state": "surveying"}, "没有等待评价的工单。"),
    ),
    panel=panel,
    panel_template="web/desks/callback_panel.html",
    styles=("after", "phrases"),
    scripts=("after", "phrases"),
)
