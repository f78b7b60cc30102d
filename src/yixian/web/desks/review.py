"""The review desk (审核台): replies to be examined, and what units ask for."""

from __future__ import annotations

from yixian.web.desks.shapes import Desk, Tab

DESK = Desk(
    "review",
    "审核台",
    "check",
    frozenset({"pass_review"}),
    (
        Tab("reply", "待审核", {"state": "replied"}, "没有等待审核的答复。", "pass_review", ("pass_review",)),
        Tab("extension", "延期待批", {"pending": "extension"}, "没有等待审批的延期申请。", "approve_extension"),
    ),
)
