"""The one table event -> reactions. Nothing reacts to an event anywhere else.

A reaction is a notice (`Tell`: kind, title, to whom, what it says, when), a word of `ROOMS`, or the name of a
background task, which gets the order's number and the event's kind. An empty row: known, and nothing follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import msgspec
from django.utils.module_loading import import_string

from yixian.exchange import actions as notices
from yixian.exchange.telling import (
    Tell,
    card_is,
    compose,
    of_hotline,
    of_unit,
    proposed,
    standing,
    was_reached,
    went_back,
)
from yixian.lifecycle.state import Event
from yixian.orders.reacting import Happening

if TYPE_CHECKING:
    from procrastinate import App

ASKED = ("dispatcher", "reviewer")
"""Who at the hotline decides what units ask for."""

REACTIONS: dict[str, tuple[Tell | str, ...]] = {
    # coming in (受理)
    "registered": ("alarms",),
    "declined": (),
    "answered": (),
    "accepted": (),
    "verified": (),
    "marked_unverified": (),
    "merged": (Tell("decision", "已并入另一工单", ("parties",)),),
    "withdrawn": (Tell("voice", "诉求人撤诉", ("parties",), ("reason",)), "settle_alarms"),
    "caller_restricted": (Tell("decision", "已限制使用电话", ("agent",), ("reason",)),),
    "restriction_lifted": (Tell("decision", "已解除电话限制", ("agent",), ("reason",)),),
    # on its way (派单)
    "dispatched": (Tell("order", "新派工单, 请签收", ("new",), ("due",)), "cases"),
    "transferred": ("settle_alarms",),
    "convened": (Tell("order", "召集协商", ("parties", "supervisor"), ("reason",)), "meetings"),
    "designated": (
        Tell("order", "指定承办, 请签收", ("new", "leader"), ("decided", "reason", "due")),
        "cases",
        "meetings",
    ),
    "relayed": (Tell("order", "关联工单来件", ("parties", "dispatcher"), ("text",)),),
    "referred": (Tell("decision", "已移交", ("supervisor",), ("reason",)),),
    "unit_notified": (Tell("alarm", "热线已电话通知, 请立即处置", ("unit", "leader"), ("due",)), "settle_alarms"),
    # in the unit's hands (办理)
    "signed": (),
    "contacted": (),
    "contact_failed": (),
    "responded": ("settle_alarms",),
    "progress_reported": (),
    "opinion_submitted": (Tell("order", "协办单位已提交意见", ("lead",)),),
    "supplemented": (Tell("voice", "诉求人补充了情况", ("parties",), ("due",)),),
    "urged": (Tell("voice", "诉求人催办", ("parties",), ("due",)),),
    "statement_filed": (Tell("request", "单位提交了书面说明", ("reviewer",), ("asked_by",)),),
    # requests of the unit and the answers to them (退单, 延期, 阶段性办结, 终结)
    "return_requested": (Tell("request", "申请退单, 待审定", ASKED, ("asked_by", "asked_for")),),
    "return_approved": (
        Tell("decision", "退单已同意", ("unit",), ("reason",)),
        Tell("order", "改派到本单位, 请签收", ("new",), ("due",)),
        Tell("request", "已退回, 待重新派单", ("dispatcher",), ("reason",), went_back),
        "cases",
    ),
    "return_refused": (Tell("decision", "退单未获同意, 请继续办理", ("unit",), ("reason", "due")),),
    "extension_requested": (Tell("request", "申请延期, 待审批", ASKED, ("asked_by", "length", "asked_for", "due")),),
    "extension_agreed": (Tell("request", "延期已一级同意, 待下一级审批", ASKED, ("reason",)),),
    "extension_approved": (Tell("decision", "延期已同意", ("lead",), ("length", "reason", "due")),),
    "extension_refused": (Tell("decision", "延期未获同意, 请按原期限办结", ("lead",), ("reason", "due")),),
    "interim_close_requested": (Tell("request", "申请临时办结, 待审批", ASKED, ("asked_by", "asked_for")),),
    "interim_closed": (Tell("decision", "已临时办结, 按期报送进展", ("lead",), ("promised", "due")),),
    "interim_close_refused": (Tell("decision", "临时办结未获同意", ("lead",), ("reason", "due")),),
    "termination_proposed": (Tell("request", "申请终结办理, 待审核", ("reviewer", "supervisor"), ("asked_by",)),),
    "terminated": (Tell("decision", "已终结办理", ("parties",), ("reason",)), "settle_alarms"),
    # reply, survey and after (答复, 评价, 回访, 重办)
    "reply_drafted": (Tell("request", "答复稿待审核签批", ("leader",), ("due",)),),
    "draft_returned": (Tell("back", "答复稿退回修改", ("unit",), ("reason", "due")),),
    "replied": (Tell("request", "已答复, 待审核", ("reviewer",)), "settle_alarms"),
    "sent_back": (Tell("back", "审核退回, 请修改后重新答复", ("lead",), ("defects", "reason", "due")),),
    "review_passed": ("rating_links",),
    "rated": (Tell("rating", "诉求人评价已反馈", ("parties",), ("level", "resolved", "note")),),
    "called_back": (Tell("rating", "回访结果已反馈", ("parties",), ("level", "resolved", "note"), was_reached),),
    "redo_ordered": (Tell("back", "责成重办", ("lead", "leader"), ("reason", "due")),),
    "redo_refused": (Tell("decision", "不再重办", ("lead",), ("reason",)),),
    "rating_explained": (),
    "appealed": (Tell("request", "单位申诉, 待审定", ("reviewer", "supervisor"), ("asked_by", "evidence")),),
    "appeal_upheld": (Tell("decision", "申诉成立", ("lead",), ("reason",)),),
    "appeal_rejected": (Tell("decision", "申诉不成立", ("lead",), ("reason",)),),
    "screening_proposed": (Tell("request", "申请甄别, 待审定", ("reviewer", "assessor"), ("asked_by",)),),
    "screened": (Tell("decision", "已甄别, 不计入满意率", ("lead",), ("reason",)),),
    "screening_refused": (Tell("decision", "不予甄别", ("lead",), ("reason",)),),
    "closed": ("settle_alarms",),
    "archived": (),
    # time and supervision (时限, 督办)
    "card_shown": (
        Tell("card", "亮黄牌", ("unit",), ("cards", "due"), card_is("yellow")),
        Tell("card", "亮红牌", ("unit", "supervisor"), ("cards", "due"), card_is("red")),
    ),
    "late": (
        Tell("card", "超过时限", ("unit",), ("clock",), of_unit),
        Tell("card", "热线环节超过时限", ("dispatcher", "reviewer"), ("clock",), of_hotline),
    ),
    "promise_passed": (Tell("card", "承诺办结时间已过", ("lead", "supervisor"), ("due",)),),
    "supervised": (
        Tell("supervision", "列入督办", ("parties", "joint", "supervisor"), ("case", "due"), standing),
        Tell("supervision", "待确认督办", ("supervisor",), ("case",), proposed),
        "cases",
    ),
    "case_confirmed": (Tell("supervision", "督办已确认", ("parties",), ("supervisor", "reason", "due")), "cases"),
    "case_dismissed": (Tell("supervision", "不予督办", ("supervisor",), ("supervisor", "reason")), "cases"),
    "case_concluded": (Tell("supervision", "督办结论", ("parties",), ("supervisor", "outcome", "note")), "cases"),
    "self_supervised": (Tell("supervision", "本单位内部督办", ("unit",), ("reason", "due")), "cases"),
    "withheld": (),
    "made_public": (),
    "repeated": (Tell("voice", "同一事项再次反映", ("parties",)),),
    "recalculated": (),
}

ROOMS: dict[str, str] = {
    "alarms": "yixian.supervision.alarms.raise_for",
    "settle_alarms": "yixian.supervision.alarms.settle_for",
    "cases": "yixian.supervision.cases.project",
    "meetings": "yixian.registers.arising.meetings",
    "rating_links": "yixian.intake.rating_links.open_for",
}
"""Reactions that a room does for a whole batch at once, in the transaction that takes it out of the outbox."""


class HasKind(Protocol):
    """Whatever carries an event's kind."""

    @property
    def kind(self) -> str: ...


def is_emergency(event: Event) -> bool:
    """Whether what was registered is an emergency."""
    order = event.data.get("order")
    told = order if isinstance(order, Mapping) else msgspec.structs.asdict(order) if order is not None else {}
    return bool(told.get("emergency")) or told.get("category") == "突发事件"


def opens_survey(event: Event) -> bool:
    """Whether the requester is asked to rate now."""
    return bool(event.data.get("to") == "surveying")


ONLY_IF: dict[str, Callable[[Event], bool]] = {"registered": is_emergency, "review_passed": opens_survey}
"""Kinds of which only some events have reactions: the others are not even put into the outbox."""


def react(batch: Sequence[Happening]) -> None:
    """Do what follows from a batch of committed events; the caller's transaction makes it once only."""
    notices.tell_all(compose(REACTIONS, batch))
    for word, path in ROOMS.items():
        concerned = [item for item in batch if word in REACTIONS[item.kind]]
        if concerned:
            import_string(path)(concerned)
    for item in batch:
        enqueue(item.number, [item])


def enqueue(order_no: str, events: Iterable[HasKind]) -> int:
    """Queue the reactions to the committed events of one order; returns how many were queued.

    An event kind that the table does not know raises KeyError: a habit test keeps the table complete.
    """
    jobs = [
        (task, event.kind)
        for event in events
        for task in REACTIONS[event.kind]
        if isinstance(task, str) and task not in ROOMS
    ]
    for task, kind in jobs:
        _queue().configure_task(task).defer(order_no=order_no, kind=kind)
    return len(jobs)


@lru_cache(maxsize=1)
def _queue() -> App:
    """The job queue on Django's own connection, also inside a worker: the caller's transaction then covers both."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    return app.with_connector(DjangoConnector(alias="default"))
