"""Dispatch (派单) and what a unit does first: sign, contact, respond, report; designation by conference or leader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from yixian.lifecycle import again, clocks, commands, handover, signing, supervising
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.intake import written
from yixian.lifecycle.state import Assignment, Basis, OrderState

FORMER_LEADS = ("return", "extension", "interim_close", "terminate", "draft")
"""Requests that end when another unit takes the lead."""


def assign(
    draft: Draft,
    kind: str,
    lead: str,
    co: tuple[str, ...],
    body: dict[str, Any],
    *basis: Basis,
    stage: str,
    keep_reply: bool = False,
) -> None:
    """Give the order to a lead (主办) and co-handlers (协办); their clocks begin."""
    parts = (
        Assignment(lead, "lead", draft.now),
        *(Assignment(unit, "co", draft.now) for unit in dict.fromkeys(co) if unit != lead),
    )
    retire(draft, {part.unit for part in parts[1:]})
    draft.state = structs.replace(draft.state, lead=lead, assignments=parts, **body.get("set", {}))
    draft._attributes = None
    handover.hand_over(draft, "dispatched", keep_reply)
    body["set"] = {**body.get("set", {}), "lead": lead}
    body["assignments"] = parts
    body["lead"] = lead
    body["co"] = [part.unit for part in parts[1:]]
    draft.emit(kind, body, *basis, to="dispatched", stage=stage, notices=("unit",))
    if len(parts) > 1:
        supervising.trigger(draft, "co", len(parts))


def retire(draft: Draft, staying: set[str]) -> None:
    """Stop the clocks of co-handlers that are no longer part of the order."""
    for clock in draft.clocks():
        if clock.co and clock.running and clock.unit not in staying:
            clocks.put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by="redispatched"))


def guard_dispatch(draft: Draft) -> None:
    """An unclear record is verified before it is dispatched."""
    if "unverified" in draft.state.flags:
        draft.refuse("工单待核实, 核实后才能派单", draft.book.stage("verify"))


def dispatch(draft: Draft, payload: commands.Dispatch) -> None:
    """派单 to a lead, with co-handlers or as separate orders, as the book says."""
    guard_dispatch(draft)
    state = draft.state
    _follow_precedent(draft, payload)
    changed = {
        name: value
        for name, value in (("grade", payload.grade), ("handler_level", payload.handler_level))
        if value is not None
    }
    body: dict[str, Any] = {"requirements": payload.requirements}
    if payload.grade == "重点":
        body["flags"] = ("key",)
    if changed:
        body["set"] = changed
    rule = draft.book.dispatch
    multi = rule.multi_unit
    co = payload.co
    basis: list[Basis] = [_handed_on(draft, payload.via, body)]
    if co:
        mode = payload.mode or ("split" if multi is not None and multi.value == "split" else "lead")
        basis.append(multi.basis if multi else ())
        if mode == "split":
            body["opens"] = _sub_orders(draft, tuple(dict.fromkeys((payload.lead, *co))))
            body["flags"] = (*body.get("flags", ()), "split")
            co = ()
    if len(rule.levels):
        level = {"handler_level": (payload.handler_level,)} if payload.handler_level is not None else {}
        row = rule.levels.match({**draft.attributes, **level})
        basis.append(row.basis if row else ())
        if row is not None and state.region is not None and "region" in row.when.keys:
            body["coordinated_by"] = row.to
    basis += [row.basis for row in draft.book.emergency if row.tier == state.emergency]
    keep = draft.book.returns is not None and draft.book.returns.approved.value == "keep_clock"
    assign(draft, "dispatched", payload.lead, co, body, *basis, stage="dispatch", keep_reply=keep)


def _handed_on(draft: Draft, via: str | None, body: dict[str, Any]) -> Basis:
    """转交方式: one of the ways the book names, the first where none is said."""
    ways = draft.book.dispatch.transports
    if ways is None:
        if via is not None:
            body["via"] = via
        return ()
    if via is not None and via not in ways.value:
        draft.refuse(f"没有转交方式 {via!r}; 可用的有: {'、'.join(ways.value)}", ways.basis)
    body["via"] = via or ways.value[0]
    return ways.basis


def _follow_precedent(draft: Draft, payload: commands.Dispatch) -> None:
    """Where precedents bind, a matter of the same kind goes the same way; another unit needs a new designation."""
    rule = draft.book.dispatch.precedents
    if rule is None or rule.value != "binding" or draft.kind == "system" or draft.state.subject is None:
        return
    same = [
        item
        for item in draft.facts.precedents
        if item.get("subject") == draft.state.subject and item.get("territory") in (None, "", draft.state.place)
    ]
    if same and payload.lead != same[0].get("lead"):
        draft.refuse(f"同类事项已指定由{same[0].get('lead')}承办, 应参照办理; 改派须另行指定", rule.basis)


def _sub_orders(draft: Draft, units: tuple[str, ...]) -> list[dict[str, Any]]:
    """分别转派: one order a unit, with its own clocks; the order itself stays with the lead, who coordinates."""
    state = draft.state
    register = {
        "category": state.category,
        "text": state.text,
        "channel": state.channel,
        "source": state.source,
        "domain": state.domain,
        "place": state.place,
        "subject": state.subject,
        "grade": state.grade,
        "urgency": state.urgency,
        "item": state.item,
        "nature": state.nature,
        "emergency": state.emergency,
        "confidential": "confidential" in state.flags,
        "requester": again.requester_again(state),
        "statutory_limit": state.statutory_limit and {"limit": state.statutory_limit, "basis": state.statutory_basis},
        "received_from": _upstream(state),
    }
    plain = {key: value for key, value in register.items() if value not in (None, False)}
    return [
        {"number": f"{state.number}.{index}", "commands": [["register", plain], ["dispatch", {"lead": unit}]]}
        for index, unit in enumerate(units, 1)
    ]


def _upstream(state: OrderState) -> dict[str, Any] | None:
    if state.upstream_platform is None:
        return None
    at = state.upstream_dispatched
    said = {
        "platform": state.upstream_platform,
        "no": state.upstream_no,
        "dispatched_at": None if at is None else written(at),
    }
    return {key: value for key, value in said.items() if value is not None}


def designate(draft: Draft, payload: commands.Designate) -> None:
    """指定承办单位: by joint conference, special consultation or the leader in charge; ends a pending return."""
    state = draft.state
    body: dict[str, Any] = {
        "decided_by": payload.by,
        "reason": payload.reason,
        "decision": payload.decision,
        "flags": ("coordinated",),
        "precedent": {"subject": state.subject, "territory": state.place, "lead": payload.lead, "co": list(payload.co)},
        "settled": FORMER_LEADS,
    }
    body["unflags"] = ("coordinating",)
    rule = draft.book.dispatch
    if state.lead is not None and state.state in ("dispatched", "handling"):
        body["clear_cards"] = True
    basis = rule.precedents.basis if rule.precedents else ()
    assign(draft, "designated", payload.lead, payload.co, body, basis, _by_fallback(draft, payload), stage="designate")


def _by_fallback(draft: Draft, payload: commands.Designate) -> Basis:
    """The article for matters that no law assigns, where the designation says so or its reason names the principle."""
    fallback = draft.book.dispatch.fallback
    if fallback is None:
        if payload.fallback:
            draft.refuse("规则书没有写依法无法明确承办单位时怎么办", draft.book.stage("designate"))
        return ()
    reason = (payload.reason or "").strip()
    return fallback.basis if payload.fallback or (len(reason) > 1 and reason in fallback.value) else ()


def convene(draft: Draft, payload: commands.Convene) -> None:
    """召集联席会议或专题协商."""
    body: dict[str, Any] = {"matter": payload.matter, "convened_by": payload.by, "flags": ("coordinating",)}
    if payload.members:
        body["members"] = payload.members
    if payload.time:
        body["time"] = payload.time
    draft.emit("convened", body, stage="convene")


# ---- the unit's first steps ---------------------------------------------------------------------------------------


def guard_sign(draft: Draft) -> None:
    """Each unit signs once."""
    part = draft.assignment(draft.by)
    if part is None:
        draft.refuse("本单位不是该工单的主办或协办单位", draft.book.stage("sign"))
    if part.signed is not None:
        draft.refuse("本单位已经签收", draft.book.stage("sign"))


def sign(draft: Draft, payload: commands.Sign) -> None:
    """签收."""
    guard_sign(draft)
    parts = tuple(
        structs.replace(item, signed=draft.now) if item.unit == draft.by else item for item in draft.state.assignments
    )
    lead_signs = draft.by == draft.state.lead and draft.state.state == "dispatched"
    approved = _approved(draft, payload)
    clocks.react(draft, "signed", draft.by)
    body = {"assignments": parts, "unit": draft.by, "signed_by": payload.signed_by}
    body |= {name: value for name in ("delegated_to", "delegation") if (value := getattr(payload, name)) is not None}
    draft.emit("signed", body, approved, to="handling" if lead_signs else None, stage="sign")


def _approved(draft: Draft, payload: commands.Sign) -> Basis:
    """批准办理: where a leader's post is named as approving the handling, it must be high enough for the grade."""
    gate = draft.book.sign_off_before
    if payload.signed_by is None or gate is None or "handling" not in gate.value:
        return ()
    if payload.signed_by not in [leaf.value for leaf in draft.book.sign_off.values()]:
        return ()  # a name, or who took the paper: nothing is said of a leader
    return (*signing.signed_off(draft, payload.signed_by, "办理"), *gate.basis)


def contact(draft: Draft, payload: commands.Contact) -> None:
    """联系诉求人; not reached is recorded, and the clock runs on."""
    secrecy = draft.book.confidential.contact
    if "confidential" in draft.state.flags and secrecy is not None and secrecy.value == "forbidden":
        draft.refuse("诉求人要求保密, 承办单位不得与诉求人联系, 办理结果直接反馈平台", secrecy.basis)
    body = {"unit": draft.by, "note": payload.note}
    if not payload.reached:
        draft.emit("contact_failed", body, stage="contact")
        return
    clocks.react(draft, "contacted", draft.by)
    draft.emit("contacted", body, stage="contact")


def respond(draft: Draft, payload: commands.Respond) -> None:
    """初步响应 to an emergency."""
    clocks.react(draft, "responded", draft.by)
    draft.emit("responded", {"unit": draft.by, "text": payload.text}, stage="respond")


def report_progress(draft: Draft, payload: commands.ReportProgress) -> None:
    """反馈进展; a periodic duty counts on from here."""
    clocks.report(draft, draft.by)
    clocks.react(draft, "progress_reported", draft.by)
    draft.emit("progress_reported", {"unit": draft.by, "text": payload.text}, stage="report_progress")


def guard_opinion(draft: Draft) -> None:
    """An opinion is a co-handler's."""
    part = draft.assignment(draft.by)
    if part is None or part.role != "co":
        draft.refuse("只有协办单位提交协办意见, 主办单位请直接答复", draft.book.stage("submit_opinion"))


def submit_opinion(draft: Draft, payload: commands.SubmitOpinion) -> None:
    """协办意见, to the lead."""
    guard_opinion(draft)
    parts = tuple(
        structs.replace(item, opinion=draft.now) if item.unit == draft.by else item for item in draft.state.assignments
    )
    clocks.stop_reply_of(draft, draft.by)
    clocks.react(draft, "opinion_submitted", draft.by)
    multi = draft.book.dispatch.multi_unit
    body = {"unit": draft.by, "text": payload.text, "assignments": parts}
    draft.emit("opinion_submitted", body, multi.basis if multi else (), stage="submit_opinion")


def notify_unit(draft: Draft, payload: commands.NotifyUnit) -> None:
    """电话通知承办单位 (emergencies), with the line that was rung and who took the call."""
    clocks.react(draft, "unit_notified")
    body: dict[str, Any] = {"unit": payload.unit, "notified_by": payload.by}
    body |= {name: value for name in ("phone", "answered_by") if (value := getattr(payload, name))}
    draft.emit("unit_notified", body, stage="notify_unit")


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {
    "dispatch": dispatch,
    "designate": designate,
    "convene": convene,
    "sign": sign,
    "contact": contact,
    "respond": respond,
    "report_progress": report_progress,
    "submit_opinion": submit_opinion,
    "notify_unit": notify_unit,
}
