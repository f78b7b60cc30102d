"""Requests inside a simulated order and their decisions: return, extension, interim close, appeal, screening, redo."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from yixian.lifecycle.state import Pending
from yixian.ops import simulate_words
from yixian.ops.simulate_hours import DAY, local_day

if TYPE_CHECKING:
    from yixian.ops.simulate_policy import Life, Step

_DECIDED_BY = {"hotline": "hotline", "upstream": "upstream", "manager": "manager"}


def decision(life: Life) -> Step | None:
    """The decision on a pending request, by whoever has to give it."""
    for request in life.state.pending:
        if request.kind in _DECISIONS and life.open_to(_DECISIONS[request.kind](life, request)[0]):
            return _decide(life, request)
    return None


def _decide(life: Life, request: Pending) -> Step:
    name, by, payload = _DECISIONS[request.kind](life, request)
    if by == "hotline":
        return life.desk(name, (1, 8), payload)
    step = life.desk(name, (2, 10), payload)
    return type(step)(step.at, name, by, payload)


_Decision = tuple[str, str, dict[str, Any]]


def _on_return(life: Life, request: Pending) -> _Decision:
    if life.case.traits.returned != "approved" or request.by != life.state.lead:
        return "refuse_return", "hotline", {"reason": "该事项属于本单位职责, 请继续办理"}
    payload: dict[str, Any] = {"reason": "退单理由成立"}
    if life.case.chance("redispatch") < 0.7:
        payload["redispatch_to"] = life.case.units[0]
    return "approve_return", "hotline", payload


def _on_extension(life: Life, request: Pending) -> _Decision:
    approvers = [str(who) for who in request.data.get("approvers", ())] or ["hotline"]
    open_ones = [who for who in approvers if who not in request.approved_by]
    by = _DECIDED_BY.get(open_ones[0] if open_ones else approvers[-1], "hotline")
    if life.case.traits.extended == "refused":
        return "refuse_extension", by, {"reason": "理由不充分, 请按原时限办理"}
    return "approve_extension", by, {"reason": "情况属实"}


def _on_interim(life: Life, request: Pending) -> _Decision:
    return "approve_interim_close", "hotline", {"reason": "进展清楚, 计划可行"}


def _on_appeal(life: Life, request: Pending) -> _Decision:
    if life.case.traits.appealed == "approved":
        return "uphold_appeal", "hotline", {"reason": "证据充分, 非承办单位原因"}
    return "reject_appeal", "hotline", {"reason": "证据不足"}


def _on_screening(life: Life, request: Pending) -> _Decision:
    if life.case.traits.screened == "approved":
        return "confirm_screen", "hotline", {"reason": "经核实, 理由成立"}
    return "refuse_screen", "hotline", {"reason": "理由不成立"}


def _on_termination(life: Life, request: Pending) -> _Decision:
    return "accept_terminate", "hotline", {"reason": "事实清楚, 依据充分"}


_DECISIONS = {
    "return": _on_return,
    "extension": _on_extension,
    "interim_close": _on_interim,
    "appeal": _on_appeal,
    "screening": _on_screening,
    "terminate": _on_termination,
}


# --- what a unit asks for while handling --------------------------------------------------------------------------


def return_of(life: Life) -> dict[str, Any]:
    """The payload of a return request."""
    case = life.case
    wanted = life.unit_names.get(case.units[0], "") if case.traits.returned == "approved" else ""
    return {
        "reason": case.choice("return.reason", simulate_words.RETURN_REASONS),
        "basis": case.choice("return.basis", simulate_words.RETURN_BASES),
        "suggestion": wanted or "请热线工作机构研究确定",
    }


def request(life: Life) -> Step | None:
    """An extension, an interim close or a termination, where the case is inclined to it and the book knows it."""
    traits, book, done = life.case.traits, life.book, life.done
    clock = life.clock("reply")
    interim = traits.interim and book.interim_close is not None and not done["interim_close_requested"]
    if interim and clock is not None and life.open_to("request_interim_close"):
        promised = local_day(life.state.changed) + dt.timedelta(days=75)
        payload = {"progress": "已完成现场勘查和方案比选", "plan": "列入改造计划, 分期实施", "promised": f"{promised}"}
        return life.unit("request_interim_close", (2, 10), payload)
    extended = traits.extended and book.extension is not None and not done["extension_requested"]
    if extended and clock is not None and clock.due is not None and life.open_to("request_extension"):
        reason = life.case.choice("extension", simulate_words.EXTENSION_REASONS)
        at = clock.started + (clock.due - clock.started) * 0.4
        return life.at(max(at, life.state.changed), "request_extension", life.state.lead or "", {"reason": reason})
    if traits.terminated and book.terminate is not None and life.state.same_as and life.open_to("terminate"):
        opinion = "经查, 该事项此前已依法依规办理并答复, 本次反映无新的事实和理由。办理依据和过程已书面告知。"
        return life.unit("terminate", (5, 20), {"opinion": opinion})
    return None


# --- after closing ------------------------------------------------------------------------------------------------


def after_closing(life: Life, bad: bool) -> Step | None:
    """What an unhappy ending leads to: an appeal, a screening, a redo that the platform above orders."""
    traits, book, done, state = life.case.traits, life.book, life.done, life.state
    if not bad or state.state != "closed":
        return None
    asks = book.redo.asks.value if book.redo is not None else ""
    # A source that takes one reply only cannot take the one that a redo would lead to.
    again = traits.redo and not state.counts.redos and "replied_once" not in state.flags
    if asks == "upstream" and again and life.open_to("order_redo") and state.lead:
        step = life.desk("order_redo", (4, 30), {"reason": "诉求人对办理结果不满意"})
        return type(step)(step.at, "order_redo", "upstream", step.payload)
    if book.appeal is not None and traits.appealed and not done["appealed"] and state.lead and life.open_to("appeal"):
        step = life.unit("appeal", (3, 12), {"evidence": "现场照片和沟通录音, 已按规定办理到位"})
        rating = state.evaluation
        if rating is not None and step.at < rating.at + 3 * DAY:
            return step
    screened = traits.screened and state.lead and not done["screening_proposed"] and life.open_to("screen")
    if screened and book.screening is not None:
        ground = life.case.choice("ground", book.screening.grounds.value)
        return life.unit("screen", (3, 20), {"ground": ground, "evidence": "有关政策文件和沟通记录"})
    return None
