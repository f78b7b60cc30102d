"""The unit desk (承办单位): to sign, to contact, to answer, to be signed off, and what has come back."""

from __future__ import annotations

from yixian.web.desks.shapes import Desk, Tab

DESK = Desk(
    "unit",
    "承办台",
    "pen",
    frozenset({"sign", "reply"}),
    (
        Tab("sign", "待签收", {"state": "dispatched"}, "没有等待签收的工单。", "sign", ("sign",)),
        Tab("contact", "待联系", {"state": "handling", "clock": "contact"}, "没有等待联系的诉求人。", "contact"),
        Tab("reply", "待答复", {"state": "handling"}, "没有正在办理的工单。", "reply"),
        Tab("signoff", "待签发", {"flag": "drafted"}, "没有等待签发的答复稿。", "return_draft"),
        Tab("cards", "亮牌", {"state": "dispatched,handling", "due": "late"}, "没有超期的工单。", hot=True),
    ),
    kinds=frozenset({"unit"}),
)
