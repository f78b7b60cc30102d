"""The desk of screening and appeals (甄别、申诉): what units bring against a rating, with their evidence."""

from __future__ import annotations

from yixian.web.desks.shapes import Desk, Tab

DESK = Desk(
    "screening",
    "甄别申诉",
    "shield",
    frozenset({"confirm_screen", "uphold_appeal"}),
    (
        Tab("screening", "甄别待定", {"pending": "screening"}, "没有等待审定的甄别申请。", "confirm_screen"),
        Tab("appeal", "申诉待定", {"pending": "appeal"}, "没有等待审定的申诉。", "uphold_appeal"),
    ),
)
