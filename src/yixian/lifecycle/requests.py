"""Requests a unit makes and the hotline decides: return, extension, interim close, termination, written statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from yixian.lifecycle import clocks, commands, dispatching, handover, supervising, timers
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.intake import moment
from yixian.lifecycle.state import SETTLED_BY_CLOSING, Assignment, Basis, Clock, Pending
from yixian.rulebook.model import CardRule, ReturnRule

FIELD_NAMES = {
    "reason": "理由",
    "basis": "依据",
    "suggestion": "建议转派单位",
    "progress": "办理进展",
    "plan": "下步打算",
    "promised": "承诺办结时间",
    "opinion": "书面意见",
    "evidence": "有效依据",
    "length": "延期时长",
}


def require(draft: Draft, payload: object, fields: tuple[str, ...], basis: Basis) -> None:
    """Refuse where a field the book asks for is empty."""
    missing = [FIELD_NAMES.get(name, name) for name in fields if not getattr(payload, name, None)]
    if missing:
        draft.refuse(f"缺少必须提交的内容: {'、'.join(missing)}", basis)


def _single(draft: Draft, kind: str, title: str) -> None:
    if draft.pending(kind) is not None:
        draft.refuse(f"已有{title}申请在审核, 不能重复申请", draft.book.stage(f"request_{kind}"))


def _settle(draft: Draft, kind: str, title: str) -> Pending:
    request = draft.pending(kind)
    if request is None:
        draft.refuse(f"没有待审核的{title}申请")
    return request


# ---- return (退单) ------------------------------------------------------------------------------------------------


def guard_return(draft: Draft) -> None:
    """What forbids a return whatever it says: blocked classes, a lapsed window, a signature that closes it."""
    _single(draft, "return", "退单")
    rule = draft.book.returns
    if rule is None:
        return
    _blocked(draft, rule)
    part = draft.assignment(draft.by)
    if part is not None and part.signed is not None and not part.deemed and rule.after_sign.value == "never":
        draft.refuse("已确认受理, 不可退单", rule.after_sign.basis)
    clock = draft.unit_clock("return", draft.by)
    window = draft.book.clocks.get("return")
    if clock is None or clock.due is None or draft.now <= clock.due or window is None:
        return
    effect = window.on_late
    if effect is not None and effect.value in ("refused", "deemed_accepted"):
        why = "视同已接收" if effect.value == "deemed_accepted" else "不予退单"
        draft.refuse(f"已超过退单申请期限, {why}", clock.basis, effect.basis)


def _blocked(draft: Draft, rule: ReturnRule) -> None:
    state = draft.state
    blocked = rule.not_for.value
    basis = rule.not_for.basis
    precedents = draft.book.dispatch.precedents
    if "designated" in blocked and "coordinated" in state.flags:
        draft.refuse("承办单位经协商指定, 不得退回", basis, causes=("refused_return",))
    binding = precedents is not None and precedents.value == "binding"
    if (binding or "precedent" in blocked) and by_precedent(draft):
        own = precedents.basis if precedents else ()
        draft.refuse("同类事项已指定承办单位, 应参照办理, 不得退回", basis, own, causes=("refused_return",))
    if "redo" in blocked and "redo" in state.flags:
        draft.refuse("重办工单不得退回", basis)
    if state.source is not None and state.source in blocked:
        draft.refuse(f"{state.source}来件不能退单, 应按规范办理答复", basis)
    if state.category in blocked:
        draft.refuse(f"{state.category}类工单不得退回", basis)


def by_precedent(draft: Draft) -> bool:
    """True where a matter of this kind was designated to this unit before."""
    subject, place = draft.state.subject, draft.state.place
    return subject is not None and any(
        item.get("subject") == subject
        and item.get("territory") in (None, "", place)
        and draft.by in (item.get("lead"), *item.get("co", ()))
        for item in draft.facts.precedents
    )


def request_return(draft: Draft, payload: commands.RequestReturn) -> None:
    """申请退单."""
    guard_return(draft)
    rule = draft.book.returns
    basis: Basis = ()
    if rule is not None:
        require(draft, payload, rule.requires.value, rule.requires.basis)
        part = draft.assignment(draft.by)
        if part is not None and part.signed is not None and rule.after_sign.value == "with_reason":
            if not payload.reason:
                draft.refuse("已确认受理, 缺乏正当理由不可退单", rule.after_sign.basis)
            basis = rule.after_sign.basis
        basis = (*rule.requires.basis, *basis)
    late = _late_window(draft)
    clocks.react(draft, "return_requested", draft.by)
    request = Pending("return", draft.now, draft.by, _filled(payload))
    body: dict[str, Any] = {"pending": request, "unit": draft.by}
    bounces = draft.state.counts.bounces + (draft.by == draft.state.lead)
    if bounces != draft.state.counts.bounces:
        body["counts"] = {"bounces": bounces}
    draft.emit("return_requested", body, basis, stage="request_return")
    if late is not None:
        _red_card(draft, late)
    if "counts" in body:
        supervising.trigger(draft, "returns", bounces)


def _late_window(draft: Draft) -> Clock | None:
    """A window already past, where lateness earns a red card that signing in time had held off."""
    clock = draft.unit_clock("return", draft.by)
    rule = draft.book.clocks.get("return")
    if clock is None or rule is None or clock.due is None or draft.now <= clock.due or clock.late or clock.co:
        return None
    return clock if rule.on_late is not None and rule.on_late.value == "red_card" else None


def _red_card(draft: Draft, clock: Clock) -> None:
    rule = draft.book.clocks["return"]
    basis = rule.on_late.basis if rule.on_late else ()
    clocks.put(draft, structs.replace(clock, late=True))
    card = next((card for card in rule.cards if card.card == "red"), None)
    if card is None:
        card = CardRule("red", "overdue", None, 1, "return_overdue", (), basis)
    timers.show_card(draft, clock, card, basis)


def approve_return(draft: Draft, payload: commands.ApproveReturn) -> None:
    """同意退单: to another unit at once, or back to the desk without a lead."""
    request = _settle(draft, "return", "退单")
    rule = draft.book.returns
    approved = rule.approved if rule else None
    body: dict[str, Any] = {"reason": payload.reason, "settled": ("return",), "unit": request.by}
    if request.by != draft.state.lead:
        _release_co(draft, request, body, approved.basis if approved else (), payload.redispatch_to)
        return
    body |= {"clear_cards": True, "settled": dispatching.FORMER_LEADS}
    clocks.react(draft, "return_decided", request.by)
    keep = approved is not None and approved.value == "keep_clock"
    basis = approved.basis if approved else ()
    if payload.redispatch_to:
        co = tuple(unit for unit in draft.state.co if unit != payload.redispatch_to)
        dispatching.assign(draft, "return_approved", payload.redispatch_to, co, body, basis,
                           stage="approve_return", keep_reply=keep)  # fmt: skip
        return
    handover.release(draft, "return_approved")
    body |= {"set": {"lead": None}, "assignments": ()}
    draft.emit("return_approved", body, basis, to="accepted", stage="approve_return", notices=("unit",))


def _release_co(draft: Draft, request: Pending, body: dict[str, Any], basis: Basis, instead: str | None) -> None:
    """A co-handler leaves, another may take its place; the lead goes on."""
    parts = tuple(part for part in draft.state.assignments if part.unit != request.by)
    clocks.react(draft, "return_decided", request.by)
    dispatching.retire(draft, {part.unit for part in parts})
    if instead is not None and draft.assignment(instead) is None:
        parts = (*parts, Assignment(instead, "co", draft.now))
        draft.state = structs.replace(draft.state, assignments=parts)
        handover.join(draft, instead)
    draft.emit("return_approved", {**body, "assignments": parts}, basis, stage="approve_return", notices=("unit",))


def refuse_return(draft: Draft, payload: commands.Reasoned) -> None:
    """不同意退单: the unit goes on; one return is counted and the review time left out where the book says so."""
    request = _settle(draft, "return", "退单")
    rule = draft.book.returns
    refused = rule.refused if rule else None
    body: dict[str, Any] = {"reason": payload.reason, "settled": ("return",), "unit": request.by}
    clocks.react(draft, "return_decided", request.by)
    if refused is not None and refused.value.count:
        body["counts"] = {"returns": draft.state.counts.returns + refused.value.count}
    if refused is not None and refused.value.exclude_review_time:
        days = draft.calendar.working_days_between(request.at, draft.now)
        clock = draft.unit_clock("reply", request.by)
        if days and clock is not None:
            clocks.put(draft, clocks.recompute(draft, structs.replace(clock, excluded=clock.excluded + days)))
    for clock in draft.clocks():
        if clock.running:
            passed = clocks.pass_over(draft, clock)
            if passed is not clock:
                clocks.put(draft, passed)
    basis = refused.basis if refused else ()
    draft.emit("return_refused", body, basis, stage="refuse_return", notices=("unit",))
    timers.show_missed(draft)
    supervising.trigger(draft, "refused_return", draft.state.counts.returns)


# ---- interim close (临时办结) ---------------------------------------------------------------------------------------


def guard_interim(draft: Draft) -> None:
    """What forbids an interim close whatever it says."""
    rule = draft.book.interim_close
    if rule is None:
        draft.refuse("规则书没有临时办结的规定")
    _single(draft, "interim_close", "临时办结")
    state = draft.state
    if state.source in rule.not_for.value or state.category in rule.not_for.value:
        draft.refuse("该来源或类别的工单不适用临时办结, 应在事件办结后一次答复", rule.not_for.basis)
    clock = draft.clock("reply")
    if clock is not None and clock.due is not None and draft.now > clock.due:
        draft.refuse("已超过办理时限, 不能申请临时办结", rule.requires.basis)


def request_interim_close(draft: Draft, payload: commands.RequestInterimClose) -> None:
    """申请临时办结 with progress, plan and a promised end."""
    guard_interim(draft)
    rule = draft.book.interim_close
    if rule is None:
        return
    require(draft, payload, rule.requires.value, rule.requires.basis)
    if payload.promised and promised_end(payload.promised) <= draft.now:
        draft.refuse("承诺办结时间必须晚于现在", rule.requires.basis)
    request = Pending("interim_close", draft.now, draft.by, _filled(payload))
    draft.emit("interim_close_requested", {"pending": request}, rule.requires.basis, stage="request_interim_close")


def promised_end(text: str) -> int:
    """A promised date counts to its end (24:00); a moment counts as it stands."""
    return moment(text) + (86400 if len(text.strip()) == 10 else 0)


def approve_interim_close(draft: Draft, payload: commands.ApproveInterimClose) -> None:
    """同意临时办结: `reply` stops, periodic progress begins until the matter is truly closed."""
    request = _settle(draft, "interim_close", "临时办结")
    rule = draft.book.interim_close
    clocks.react(draft, "interim_closed")
    for clock in draft.clocks():
        if clock.name == "reply" and clock.running:
            stopped = structs.replace(clock, status="stopped", stopped=draft.now, stopped_by="interim_closed")
            clocks.put(draft, stopped)
    progress = draft.book.clocks.get("progress")
    if progress is not None and draft.clock("progress") is None:
        clocks.start(draft, progress)
    body: dict[str, Any] = {"reason": payload.reason, "settled": ("interim_close",), "flags": ("interim_closed",)}
    promised = payload.promised or request.data.get("promised")
    if promised:
        body["set"] = {"promised": promised_end(promised)}
    every = rule.progress_every if rule else None
    basis = (*(rule.requires.basis if rule else ()), *(every.basis if every else ()))
    draft.emit("interim_closed", body, basis, stage="approve_interim_close", notices=("unit",))


def refuse_interim_close(draft: Draft, payload: commands.Reasoned) -> None:
    """不同意临时办结."""
    _settle(draft, "interim_close", "临时办结")
    body = {"reason": payload.reason, "settled": ("interim_close",)}
    draft.emit("interim_close_refused", body, stage="refuse_interim_close", notices=("unit",))


# ---- termination (终结办理) and statements -------------------------------------------------------------------------


def guard_terminate(draft: Draft) -> None:
    """终结办理 needs a repeated matter already handled by law."""
    rule = draft.book.terminate
    if rule is None:
        draft.refuse("规则书没有终结办理的规定")
    _single(draft, "terminate", "终结办理")
    needed = int(rule.when.value.get("same_requester", 1))
    if draft.facts.same_requester < needed:
        draft.refuse(f"同一诉求人就同一事项反映不足 {needed} 次, 不能终结办理", rule.when.basis)
    earlier = rule.when.value.get("earlier")
    done = ("closed", "archived", "answered") if earlier == "closed" else (earlier,)
    if earlier and not any(item.get("state") in done for item in draft.facts.earlier):
        draft.refuse("该事项此前没有依法依规办理完毕的工单, 不能终结办理", rule.when.basis)


_ACCEPTANCE = frozenset({"accept", "accept_terminate"})
"""Words in `requires` that ask for the hotline's agreement, beside the key `accept`."""


def terminate(draft: Draft, payload: commands.Terminate) -> None:
    """终结办理 with a detailed written opinion."""
    guard_terminate(draft)
    rule = draft.book.terminate
    if rule is None:
        return
    fields = tuple(name for name in rule.requires.value if name not in _ACCEPTANCE)
    require(draft, payload, fields, rule.requires.basis)
    body: dict[str, Any] = {"opinion": payload.opinion, "unit": draft.by}
    asked = (rule.accept is not None and rule.accept.value) or not _ACCEPTANCE.isdisjoint(rule.requires.value)
    if asked and draft.kind == "unit":
        body["pending"] = Pending("terminate", draft.now, draft.by, {"opinion": payload.opinion})
        draft.emit("termination_proposed", body, rule.requires.basis, stage="terminate")
        return
    _end(draft, body, (*rule.requires.basis, *rule.when.basis))


def accept_terminate(draft: Draft, payload: commands.Reasoned) -> None:
    """同意终结办理."""
    request = _settle(draft, "terminate", "终结办理")
    rule = draft.book.terminate
    basis = (*rule.requires.basis, *(rule.accept.basis if rule.accept else ())) if rule else ()
    _end(draft, {"reason": payload.reason, "opinion": request.data.get("opinion")}, basis)


def _end(draft: Draft, body: dict[str, Any], basis: Basis) -> None:
    clocks.react(draft, "closed")
    body["flags"] = ("terminated",)
    body["settled"] = SETTLED_BY_CLOSING
    draft.emit("terminated", body, basis, to="closed", stage="terminate", notices=("requester",))


def file_statement(draft: Draft, payload: commands.FileStatement) -> None:
    """书面说明: the unit holds that the matter is not to be accepted."""
    body = {"text": payload.text, "ground": payload.ground, "unit": draft.by, "flags": ("statement_filed",)}
    draft.emit("statement_filed", body, stage="file_statement")


def _filled(payload: Any) -> dict[str, Any]:
    return {name: value for name in payload.__struct_fields__ if (value := getattr(payload, name)) is not None}


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {
    "request_return": request_return,
    "approve_return": approve_return,
    "refuse_return": refuse_return,
    "request_interim_close": request_interim_close,
    "approve_interim_close": approve_interim_close,
    "refuse_interim_close": refuse_interim_close,
    "terminate": terminate,
    "accept_terminate": accept_terminate,
    "file_statement": file_statement,
}
