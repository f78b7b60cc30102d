"""Extension (延期) of the handling limit: who may ask, until when, how long, how often, who agrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from yixian.lifecycle import clocks, commands
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.requests import by_precedent, require
from yixian.lifecycle.state import Basis, Clock, Pending
from yixian.rulebook import Duration
from yixian.rulebook.model import ExtensionLength, ExtensionRule

_STANDS_IN = {"manager": ("manager", "system"), "hotline": ("hotline", "manager", "system")}


def guard_extension(draft: Draft) -> None:
    """What forbids an extension whatever it says (the number of times may still be waived)."""
    rule = draft.book.extension
    if rule is None:
        draft.refuse("规则书没有延期的规定")
    if draft.pending("extension") is not None:
        draft.refuse("已有延期申请在审核, 不能重复申请", draft.book.stage("request_extension"))
    if draft.by != draft.state.lead:
        draft.refuse("延期由主办单位申请", draft.book.stage("request_extension"))
    _excluded(draft, rule)
    clock = draft.clock("reply")
    if clock is None or not clock.running or clock.limit == "none":
        draft.refuse("没有在计时的办理时限, 无需延期", draft.book.stage("request_extension"))
    if clock.due is None:
        return  # the text has no number: any application comes in time
    latest = clock.due
    early = rule.apply_by.value
    if early is not None and early.runs and early.amount:
        latest = draft.calendar.shift(clock.due, early, -1, hours=draft.book.counting.hours.value)
    if draft.now > latest:
        words = f"应在到期前 {early.chinese()} 申请" if early is not None and early.amount else "应在办理时限届满前申请"
        draft.refuse(f"已过延期申请时间, {words}", rule.apply_by.basis)


def _excluded(draft: Draft, rule: ExtensionRule) -> None:
    state = draft.state
    redo = draft.book.redo
    if "redo" in state.flags:
        never = redo.extension if redo is not None and redo.extension is not None else None
        listed = "redo" in rule.not_for.value
        if listed or (never is not None and not never.value):
            own = never.basis if never is not None and not never.value else ()
            draft.refuse("重办工单不得延期", own, rule.not_for.basis if listed else ())
    if "precedent" in rule.not_for.value and by_precedent(draft):
        draft.refuse("同类事项已指定承办单位的工单不得延期", rule.not_for.basis)
    if "designated" in rule.not_for.value and "coordinated" in state.flags:
        draft.refuse("经协商指定的工单不得延期", rule.not_for.basis)
    for value in (state.category, state.source, state.emergency):
        if value is not None and value in rule.not_for.value:
            draft.refuse(f"{value}类工单不延期", rule.not_for.basis)


def request_extension(draft: Draft, payload: commands.RequestExtension) -> None:
    """申请延期 in time, with a reason; beyond the number of times only as a waiver or by a higher authority."""
    guard_extension(draft)
    rule = draft.book.extension
    clock = draft.clock("reply")
    if rule is None or clock is None:
        return
    require(draft, payload, rule.requires.value, rule.requires.basis)
    approvers, length_rule, basis = _whose(draft, rule, payload)
    length = _length(draft, clock, length_rule, payload.length, rule.length.basis)
    request = Pending(
        "extension",
        draft.now,
        draft.by,
        {"reason": payload.reason, "length": str(length), "approvers": list(approvers), "waiver": payload.waiver},
    )
    draft.emit("extension_requested", {"pending": request, "length": str(length)}, basis, rule.apply_by.basis,
               rule.length.basis, rule.requires.basis, stage="request_extension")  # fmt: skip


def _whose(
    draft: Draft, rule: ExtensionRule, payload: commands.RequestExtension
) -> tuple[tuple[str, ...], ExtensionLength, Basis]:
    """Who must agree to this one, how long it may be, and by which article."""
    most = rule.max_times.value
    if most is None or draft.state.counts.extensions < most:
        return rule.approvers.value or ("hotline",), rule.length.value, rule.max_times.basis
    further = rule.further
    if further is not None and draft.state.counts.extensions == most:
        return (further.by,), further.length or rule.length.value, further.basis or rule.max_times.basis
    if rule.max_times.waiver is None or not payload.waiver:
        draft.refuse(f"延期以 {most} 次为限", rule.max_times.basis, further.basis if further else ())
    if not (payload.reason or isinstance(payload.waiver, str)):
        draft.refuse("超过次数的延期须写明特殊情况", rule.max_times.basis)
    return (rule.max_times.waiver,), rule.length.value, rule.max_times.basis


def _length(draft: Draft, clock: Clock, rule: ExtensionLength, named: str | None, basis: Basis) -> Duration:
    """The length asked for, checked against what the book allows."""
    wanted: Duration | None = None
    if named is not None:
        try:
            wanted = Duration.parse(named)
        except ValueError as error:
            draft.refuse(f"延期时长写法不对: {error}")
        if not wanted.runs:
            draft.refuse("延期时长必须是确定的时长, 如 5wd", basis)
    cap: Duration | None
    if rule.mode in ("equal_to_limit", "up_to_limit"):
        cap = clocks.parse_length(clock.limit)
    elif rule.mode == "limits" and rule.limits is not None:
        row = rule.limits.match(draft.attributes)
        if row is None:
            draft.refuse(f"{draft.state.category}类工单不延期", basis)
        cap, basis = row.limit, row.basis or basis
        if cap.runs and cap.amount == 0:
            draft.refuse(f"{draft.state.category}类工单不延期", basis)
    else:
        cap = rule.cap
    if cap is None or not cap.runs:
        if wanted is None and clock.due is None:
            return Duration("unset", 0)
        if wanted is None:
            draft.refuse("规则书没有规定延期时长, 请写明申请的时长", basis)
        return wanted
    if wanted is None:
        return cap
    same = _compare(draft, clock, wanted, cap)
    if same > 0:
        draft.refuse(f"延期时长不得超过 {cap.chinese()}", basis)
    if rule.mode == "equal_to_limit" and same != 0:
        draft.refuse(f"延期时限与原办理时限相同, 应为 {cap.chinese()}", basis)
    return wanted


def _compare(draft: Draft, clock: Clock, wanted: Duration, cap: Duration) -> int:
    if wanted.unit == cap.unit:
        return wanted.amount - cap.amount
    due = clock.due or draft.now
    return draft.calendar.shift(due, wanted, 1) - draft.calendar.shift(due, cap, 1)


def approve_extension(draft: Draft, payload: commands.Reasoned) -> None:
    """同意延期; with several approvers the last one's agreement lengthens the limit."""
    request = draft.pending("extension")
    if request is None:
        draft.refuse("没有待审核的延期申请", draft.book.stage("approve_extension"))
    rule = draft.book.extension
    approvers = tuple(request.data.get("approvers") or ("hotline",))
    turn = approvers[len(request.approved_by)]
    basis = rule.approvers.basis if rule else ()
    if draft.kind not in _STANDS_IN.get(turn, (turn, "system")):
        draft.refuse(f"现在应由{_TITLES.get(turn, turn)}审核延期", basis, rule.max_times.basis if rule else ())
    agreed = (*request.approved_by, draft.kind)
    if len(agreed) < len(approvers):
        body = {"settled": ("extension",), "pending": structs.replace(request, approved_by=agreed)}
        draft.emit("extension_agreed", body, basis, stage="approve_extension")
        return
    body = {"settled": ("extension",), "reason": payload.reason, "length": request.data["length"]}
    body["counts"] = {"extensions": draft.state.counts.extensions + 1}
    clock = draft.clock("reply")
    if clock is not None and clock.due is not None:
        longer = structs.replace(clock, extended=(*clock.extended, request.data["length"]), shown=())
        clocks.put(draft, clocks.pass_over(draft, clocks.recompute(draft, longer)))
    cited = (*basis, *(rule.length.basis if rule else ()))
    draft.emit("extension_approved", body, cited, stage="approve_extension", notices=("unit",))


def refuse_extension(draft: Draft, payload: commands.Reasoned) -> None:
    """不同意延期: the original due moment stands."""
    request = draft.pending("extension")
    if request is None:
        draft.refuse("没有待审核的延期申请", draft.book.stage("refuse_extension"))
    rule = draft.book.extension
    body = {"settled": ("extension",), "reason": payload.reason}
    basis = rule.approvers.basis if rule else ()
    draft.emit("extension_refused", body, basis, stage="refuse_extension", notices=("unit",))


_TITLES = {"hotline": "热线工作机构", "upstream": "上级平台", "manager": "热线管理人员"}

Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {
    "request_extension": request_extension,
    "approve_extension": approve_extension,
    "refuse_extension": refuse_extension,
}
