"""The dispatch desk (派单台): what waits for acceptance and a unit, what units send back, what is conferred about."""

from __future__ import annotations

from yixian.web.desks.dispatch_panel import panel
from yixian.web.desks.shapes import Desk, Tab

_LONGER = ("approve_extension", "refuse_extension")
_OPEN = "registered,accepted,dispatched,handling"

DESK: Desk = Desk(
    "dispatch",
    "派单台",
    "send",
    frozenset({"dispatch"}),
    (
        Tab("new", "待受理", {"state": "registered"}, "没有等待受理的诉求。", "accept", ("accept",)),
        Tab("dispatch", "待派单", {"state": "accepted"}, "没有等待派单的工单。", "dispatch", ("dispatch",)),
        Tab("return", "退单待定", {"pending": "return"}, "没有等待审定的退单申请。", "approve_return"),
        Tab("extension", "延期待批", {"pending": "extension"}, "没有待批的延期申请。", "approve_extension", _LONGER),
        Tab(
            "again",
            "改派",
            {"state": "accepted"},
            "没有退单后等待改派的工单。",
            together=("dispatch",),
            more={"returned": True},
        ),
        Tab("unsigned", "待签收", {"state": "dispatched"}, "派出的工单都已签收。", together=("urge",)),
        Tab("above", "上级交办", {"state": _OPEN}, "没有上级交办或转办来的工单。", more={"handed": True}),
        Tab("meeting", "会商", {"state": _OPEN, "flag": "coordinating"}, "没有正在会商的工单。"),
    ),
    panel=panel,
    panel_template="web/desks/dispatch_panel.html",
    links=(("会议台账", "/registers/meeting/"),),
    styles=("phrases", "dispatch"),
    scripts=("phrases", "dispatch"),
)
