"""The supervision desk (督办台): emergencies, cards, cases to confirm or conclude, promises that have passed."""

from __future__ import annotations

from typing import Any

from yixian.orders import clock, lists, queries
from yixian.orders.filters import OPEN
from yixian.orders.queries import Detail, Row
from yixian.parties.permission import Actor
from yixian.supervision import alarms, interim
from yixian.supervision import cases as listed
from yixian.supervision.cases import CaseFilters
from yixian.web import books
from yixian.web.access import StaffRequest
from yixian.web.desks.shapes import Counted, Desk, Found, Tab
from yixian.web.present import reviewing, watching

MOST_ALARMS = 100
MOST_PASSED = 200
_RUNNING = ",".join(OPEN)


def _cases(stands: str) -> Found:
    """The orders whose cases stand so, the newest case first."""

    def found(actor: Actor, now: int, cursor: str, size: int) -> tuple[tuple[Row, ...], str]:
        page = listed.page(CaseFilters(stands=stands), actor, cursor or None, size)
        ids = list(dict.fromkeys(row.order_id for row in page.rows))
        return lists.rows_of(ids), page.next_cursor or ""

    return found


def _counted(stands: str) -> Counted:
    def counted(actor: Actor, now: int) -> int:
        return listed.counts(actor).get(stands, 0)

    return counted


def _alarmed(actor: Actor, now: int, cursor: str, size: int) -> tuple[tuple[Row, ...], str]:
    return lists.rows_of([row.order_id for row in alarms.waiting(actor, MOST_ALARMS)]), ""


def _alarms(actor: Actor, now: int) -> int:
    return len(alarms.waiting(actor, MOST_ALARMS))


def _passed(actor: Actor, now: int, cursor: str, size: int) -> tuple[tuple[Row, ...], str]:
    page = interim.page(actor, "passed", now, cursor or None, size)
    return lists.rows_of([row.order_id for row in page.rows]), page.next_cursor or ""


def _promises(actor: Actor, now: int) -> int:
    return len(interim.page(actor, "passed", now, None, MOST_PASSED).rows)


def panel(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """Why the order stands here: cards, cases with their rules, promises, what was counted; the letter to print."""
    state, now = found.state, clock.now()
    book = books.version(state.book, state.version)
    codes = {code for case in state.cases for code in (case.by, *case.units)} | {card.unit for card in state.cards}
    units = found.units | queries.unit_names(sorted(code for code in codes if code and code not in found.units))
    events = queries.timeline(found.number, request.actor)
    return {
        "alarm": alarms.waiting_there(request.actor, found.number),
        "cards": watching.cards(state, units, now),
        "cases": watching.cases(state, book, units, now),
        "promise": watching.promise(state, now),
        "counted": watching.counted(state),
        "letter": f"/orders/{found.number}/letter/" if state.lead else "",
        "answer": reviewing.answer(events, now),
    }


DESK: Desk = Desk(
    "supervision",
    "督办台",
    "eye",
    frozenset({"supervise"}),
    (
        Tab(
            "alarm",
            "紧急未确认",
            {},
            "没有待确认的紧急工单。",
            "notify_unit",
            hot=True,
            found=_alarmed,
            counted=_alarms,
        ),
        Tab("red", "红牌", {"state": _RUNNING, "card": "red"}, "没有亮红牌的工单。", hot=True),
        Tab("yellow", "黄牌", {"state": _RUNNING, "card": "yellow"}, "没有亮黄牌的工单。"),
        Tab(
            "proposed",
            "督办待确认",
            {},
            "没有等待确认的督办。",
            "confirm_case",
            found=_cases("proposed"),
            counted=_counted("proposed"),
        ),
        Tab("open", "督办中", {}, "没有还在督办的工单。", found=_cases("open"), counted=_counted("open")),
        Tab("returned", "退回过", {"state": _RUNNING}, "没有被退回过的在办工单。", more={"returned": True}),
        Tab("passed", "承诺已过", {}, "没有承诺已过的临时办结。", found=_passed, counted=_promises),
    ),
    panel=panel,
    panel_template="web/desks/supervision_panel.html",
    links=(("督办案件", "/supervision/"), ("紧急告警", "/alarms/"), ("逾期送督查", "/exports/")),
    styles=("after",),
)
