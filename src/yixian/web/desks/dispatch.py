"""The dispatch desk (派单台): what waits for acceptance and a unit, and what units send back."""

from __future__ import annotations

from yixian.web.desks.shapes import Desk, Tab

DESK = Desk(
    "dispatch",
    "派单台",
    "send",
    frozenset({"dispatch"}),
    (
        Tab("new", "待受理", {"state": "registered"}, "没有等待受理的诉求。", "accept", ("accept",)),
        Tab("dispatch", "待派单", {"state": "accepted"}, "没有等待派单的工单。", "dispatch"),
        Tab("return", "退单待定", {"pending": "return"}, "没有等待审定的退单申请。", "approve_return"),
        Tab("unsigned", "待签收", {"state": "dispatched"}, "派出的工单都已签收。"),
    ),
)
