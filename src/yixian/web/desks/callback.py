"""The call-back desk (回访台): whom to call back, and what follows from what they say."""

from __future__ import annotations

from yixian.web.desks.shapes import Desk, Tab

DESK = Desk(
    "callback",
    "回访台",
    "phone",
    frozenset({"call_back"}),
    (Tab("call", "待回访", {"state": "calling_back"}, "没有等待回访的工单。", "call_back"),),
)
