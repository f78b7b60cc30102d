"""The desk of screening and appeals (甄别、申诉): what units bring against a rating, with their evidence."""

from __future__ import annotations

from typing import Any

from yixian.orders import clock, platforms, queries
from yixian.orders.queries import Detail
from yixian.web import books
from yixian.web.access import StaffRequest
from yixian.web.desks.shapes import Desk, Tab
from yixian.web.present import calling, objecting, reviewing


def panel(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """The rating beside the evidence, the rule's conditions, and what the decision does to the figures."""
    state, now = found.state, clock.now()
    book = books.version(state.book, state.version)
    events = queries.timeline(found.number, request.actor)
    return {
        "requests": objecting.requests(state, book, books.calendar(state.book), events, found.units, now),
        "rating": calling.rating(state, book, now),
        "calls": calling.attempts(events, now),
        "answer": reviewing.answer(events, now),
        "effect": objecting.effect(found.id, platforms.of_code(found.platform).id, state, found.units),
        "files": True,
    }


DESK: Desk = Desk(
    "screening",
    "甄别申诉",
    "shield",
    frozenset({"confirm_screen", "uphold_appeal"}),
    (
        Tab("screening", "甄别待定", {"pending": "screening"}, "没有等待审定的甄别申请。", "confirm_screen"),
        Tab("appeal", "申诉待定", {"pending": "appeal"}, "没有等待审定的申诉。", "uphold_appeal"),
        Tab("left", "已剔除", {"flag": "screened"}, "没有经甄别剔除的工单。"),
    ),
    panel=panel,
    panel_template="web/desks/screening_panel.html",
    styles=("after",),
)
