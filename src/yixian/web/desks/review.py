"""The review desk (审核台): replies to be examined, and what units ask for."""

from __future__ import annotations

from typing import Any

from yixian.orders import clock, queries
from yixian.orders.queries import Detail
from yixian.registers import phrases
from yixian.web import books
from yixian.web.access import StaffRequest
from yixian.web.desks.shapes import Desk, Tab
from yixian.web.present import reviewing


def panel(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """What was answered beside what was asked, what was checked, and what a unit asks the hotline to decide."""
    state, now = found.state, clock.now()
    book = books.version(state.book, state.version)
    events = queries.timeline(found.number, request.actor)
    asked = {event.by for event in events} | {str(item.data.get("suggestion") or "") for item in state.pending}
    units = found.units | queries.unit_names(sorted(filter(None, asked - set(found.units))))
    requests = reviewing.requests(state, book, books.calendar(state.book), events, units, now)
    return {
        "requests": requests,
        "answer": reviewing.answer(events, now),
        "points": reviewing.points(book) if state.state == "replied" else None,
        "contacts": reviewing.contacts(events, now),
        "sent_back": reviewing.sent_back(events, now),
        "receivers": reviewing.receivers(state, book),
        "statements": reviewing.statements(events, now),
        "not_public": "not_public" in state.flags,
        "phrases": phrases.for_use("审核意见", request.actor, state.category) if state.state == "replied" else [],
    }


DESK: Desk = Desk(
    "review",
    "审核台",
    "check",
    frozenset({"pass_review"}),
    (
        Tab("reply", "待审核", {"state": "replied"}, "没有等待审核的答复。", "pass_review", ("pass_review",)),
        Tab("extension", "延期待批", {"pending": "extension"}, "没有等待审批的延期申请。", "approve_extension"),
        Tab(
            "interim",
            "临时办结待批",
            {"pending": "interim_close"},
            "没有等待审批的临时办结申请。",
            "approve_interim_close",
        ),
        Tab("terminate", "终结待批", {"pending": "terminate"}, "没有等待审批的终结办理申请。", "accept_terminate"),
        Tab("return", "退单待定", {"pending": "return"}, "没有等待审定的退单申请。", "approve_return"),
        Tab("statement", "单位说明", {"flag": "statement_filed"}, "没有单位提交书面说明。"),
        Tab("hidden", "不宜公开", {"flag": "not_public"}, "没有标为不宜公开的工单。"),
    ),
    panel=panel,
    panel_template="web/desks/review_panel.html",
    styles=("after",),
    scripts=("after",),
)
