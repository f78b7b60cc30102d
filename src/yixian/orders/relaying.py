"""What an order's event means for the order linked to it (关联工单): event -> command there. Pure.

Upward: what the platform below did is done above by the unit that stands for it. Downward: what is decided above is
given below by `upstream`. A step whose command is refused is recorded by `relay`, with its words, as `kind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import structs

from yixian.lifecycle import Command, Event, OrderState, parse
from yixian.lifecycle.commands import Reply
from yixian.rulebook.articles import chinese_article


class Step(msgspec.Struct, frozen=True):
    """One thing for the other side. `command` None: only told. `quiet`: nothing is told where it is refused.

    `reopen`: where it is refused because the other order is done, another one is opened there (重办, 审核退回).
    """

    command: Command | None
    kind: str = "notice"
    text: str | None = None
    quiet: bool = False
    reopen: bool = False
    otherwise: Command | None = None  # tried where the command is refused


class Pair(msgspec.Struct, frozen=True):
    """Two linked orders: the one above, the one below, the unit that stands for the platform below ("" by transfer)."""

    above: OrderState
    below: OrderState
    unit: str
    answer: Mapping[str, Any]  # what the latest reply below said
    before: OrderState | None  # the order of the event as it was before it


UNANSWERED = frozenset({"registered", "accepted", "dispatched", "handling", "replied"})
Rule = Callable[[Event, Pair], list[Step]]


def _give(
    name: str,
    by: str,
    payload: Mapping[str, Any] | None = None,
    *,
    kind: str = "notice",
    words: str | None = None,
    quiet: bool = False,
    reopen: bool = False,
) -> Step:
    given = {key: value for key, value in (payload or {}).items() if value not in (None, "", (), [])}
    return Step(parse(name, given, by), kind, words, quiet, reopen)


# ---- upward (下级 → 上级) -------------------------------------------------------------------------------------------


def _signed(event: Event, pair: Pair) -> list[Step]:
    part = next((item for item in pair.above.assignments if item.unit == pair.unit), None)
    if part is None or part.signed is not None:
        return []
    return [_give("sign", pair.unit, words="已受理")]


def _progress(event: Event, pair: Pair) -> list[Step]:
    text = event.data.get("text") or ""
    return [*_signed(event, pair), _give("report_progress", pair.unit, {"text": text}, kind="progress", words=text)]


def _contacted(event: Event, pair: Pair) -> list[Step]:
    return [_give("contact", pair.unit, {"reached": True, "note": event.data.get("note")}, quiet=True)]


def _responded(event: Event, pair: Pair) -> list[Step]:
    text = event.data.get("text") or ""
    return [_give("respond", pair.unit, {"text": text}, kind="progress", words=text)]


def _answered(event: Event, pair: Pair) -> list[Step]:
    """The answer below, after its own review, is the unit's answer above; a co-handler's is its opinion."""
    said = event.data if event.kind == "answered" else pair.answer
    text = said.get("text") or ""
    if not text:
        return []
    if pair.above.lead != pair.unit:
        return [*_signed(event, pair), _give("submit_opinion", pair.unit, {"text": text}, kind="answer", words=text)]
    fields = {name: said.get(name) for name in Reply.__struct_fields__}
    return [*_signed(event, pair), _give("reply", pair.unit, fields, kind="answer", words=text)]


def _declined(event: Event, pair: Pair) -> list[Step]:
    reason = "; ".join(filter(None, (event.data.get("told"), event.data.get("note")))) or "不属于受理范围"
    basis = "、".join(map(chinese_article, event.basis)) or str(event.data.get("ground") or "")
    unit = event.data.get("unit_name") or event.data.get("inform_unit")
    asked = {"reason": reason, "basis": basis, "suggestion": unit or "热线平台"}
    return [_give("request_return", pair.unit, asked, kind="returned", words=reason)]


def _extension(event: Event, pair: Pair) -> list[Step]:
    """Agreed below, and the platform above has to agree too (经市、县两级平台同意)."""
    asked = _asked(event, pair, "extension")
    if "upstream" not in tuple(asked.get("approvers") or ()):
        return []
    reason, words = {"reason": asked.get("reason")}, f"申请延期: {asked.get('reason') or ''}"
    step = _give("request_extension", pair.unit, {**reason, "length": asked.get("length")}, words=words)
    plain = _give("request_extension", pair.unit, reason)  # the rules above may know one length only
    return [structs.replace(step, otherwise=plain.command)]


def _interim(event: Event, pair: Pair) -> list[Step]:
    asked = _asked(event, pair, "interim_close")
    fields = {name: asked.get(name) for name in ("progress", "plan", "promised")}
    return [_give("request_interim_close", pair.unit, fields, words="下级平台已同意临时办结")]


def _asked(event: Event, pair: Pair, kind: str) -> Mapping[str, Any]:
    pending = pair.before.pending_of(kind) if pair.before is not None else None
    return pending.data if pending is not None else {}


def _terminated(event: Event, pair: Pair) -> list[Step]:
    opinion = event.data.get("opinion") or ""
    return [_give("terminate", pair.unit, {"opinion": opinion}, kind="closed", words=opinion or "已终结办理")]


def _ended(event: Event, pair: Pair) -> list[Step]:
    """Closed below although nothing was answered: people above must know."""
    if pair.above.state not in ("dispatched", "handling"):
        return []
    words = {"withdrawn": "诉求人在下级平台撤诉", "merged": "下级平台已并单", "transferred": "下级平台已转出"}
    why = event.data.get("reason") or event.data.get("note") or event.data.get("platform")
    text = words.get(event.kind, "下级平台已办结, 没有另行答复") + (f": {why}" if why else "")
    return [Step(None, "closed", text)]


UPWARD: dict[str, Rule] = {
    "accepted": _signed,
    "dispatched": _signed,
    "designated": _signed,
    "signed": _signed,
    "contacted": _contacted,
    "responded": _responded,
    "progress_reported": _progress,
    "extension_agreed": _extension,
    "interim_closed": _interim,
    "answered": _answered,
    "review_passed": _answered,
    "declined": _declined,
    "terminated": _terminated,
    "withdrawn": _ended,
    "merged": _ended,
    "transferred": _ended,
    "closed": _ended,
}


def _told(kind: str, *fields: str, otherwise: str = "") -> Rule:
    """Only told: a transferred order (转出) has no unit that could act on it."""

    def rule(event: Event, pair: Pair) -> list[Step]:
        said = event.data if event.kind != "review_passed" else pair.answer
        text = "; ".join(str(said[name]) for name in fields if said.get(name)) or otherwise
        return [Step(None, kind, text)] if text else []

    return rule


BACK: dict[str, Rule] = {
    "answered": _told("answer", "text"),
    "review_passed": _told("answer", "text"),
    "terminated": _told("answer", "opinion"),
    "declined": _told("returned", "told", "note", otherwise="不予受理"),
    "progress_reported": _told("progress", "text"),
    "withdrawn": _told("closed", "reason", otherwise="诉求人撤诉"),
    "merged": _told("closed", "reason", otherwise="已并单"),
    "closed": _told("closed", "note", otherwise="已办结"),
}
"""Upward after a transfer."""


# ---- downward (上级 → 下级) -----------------------------------------------------------------------------------------


def _supplement(event: Event, pair: Pair) -> list[Step]:
    text = event.data.get("text") or ""
    return [_give("supplement", "upstream", {"text": text}, words=text)] if text else []


def _urge(event: Event, pair: Pair) -> list[Step]:
    return [_give("urge", "upstream", {"note": event.data.get("note")}, words="上级平台催办")]


def _send_back(event: Event, pair: Pair) -> list[Step]:
    defects = [str(item) for item in event.data.get("defects") or ()]
    text = "上级平台审核退回: " + ("; ".join(filter(None, (*defects, event.data.get("reason")))) or "请重新办理")
    payload = {"defects": defects, "reason": event.data.get("reason")}
    return [_give("send_back", "upstream", payload, kind="returned", words=text, reopen=True)]


def _redo(event: Event, pair: Pair) -> list[Step]:
    text = f"上级平台责成重办: {event.data.get('reason') or '请重新办理'}"
    payload = {"reason": event.data.get("reason")}
    return [_give("order_redo", "upstream", payload, kind="returned", words=text, reopen=True)]


def _decision(name: str, kind: str, words: str) -> Rule:
    """A decision above on what was asked from below: given below where a request waits there, else only told."""

    def rule(event: Event, pair: Pair) -> list[Step]:
        why = event.data.get("reason")
        text = words + (f" ({event.data['length']})" if event.data.get("length") else "") + (f": {why}" if why else "")
        if pair.below.pending_of(kind) is None:
            return [Step(None, "notice", text)]
        return [_give(name, "upstream", {"reason": why}, words=text)]

    return rule


def _rated(event: Event, pair: Pair) -> list[Step]:
    rating = event.data.get("rating")
    said = msgspec.to_builtins(rating) if rating is not None else {}
    if not said or said.get("deemed"):
        return []
    text = f"上级平台收到评价: {said['level']}"
    if pair.below.state not in ("surveying", "calling_back"):
        return [Step(None, "notice", text)]
    fields = {"level": said["level"], "resolved": said.get("resolved"), "by": said.get("by")}
    return [_give("evaluate", "upstream", fields, words=text)]


def _withdraw(event: Event, pair: Pair) -> list[Step]:
    if pair.below.state not in UNANSWERED:
        return []
    words = "上级工单已结束, 不再由本平台办理"
    return [_give("withdraw", "system", {"reason": "上级工单已结束"}, kind="closed", words=words)]


def _supervise(event: Event, pair: Pair) -> list[Step]:
    if event.by == "system" or not event.data.get("cases"):
        return []
    case = msgspec.to_builtins(event.data["cases"][-1])
    reason = case.get("reason") or "上级平台督办"
    payload = {"reason": reason, "mode": next(iter(case.get("means") or ()), None)}
    return [_give("supervise", "upstream", payload, words=f"上级平台督办: {reason}")]


DOWNWARD: dict[str, Rule] = {
    "supplemented": _supplement,
    "urged": _urge,
    "sent_back": _send_back,
    "redo_ordered": _redo,
    "return_refused": _decision("refuse_return", "none", "上级平台不同意退单"),
    "extension_approved": _decision("approve_extension", "extension", "上级平台同意延期"),
    "extension_refused": _decision("refuse_extension", "extension", "上级平台不同意延期"),
    "interim_closed": _decision("approve_interim_close", "interim_close", "上级平台同意临时办结"),
    "interim_close_refused": _decision("refuse_interim_close", "interim_close", "上级平台不同意临时办结"),
    "rated": _rated,
    "supervised": _supervise,
    "withdrawn": _withdraw,
    "merged": _withdraw,
    "terminated": _withdraw,
    "closed": _withdraw,
}
AFTER_TRANSFER: dict[str, Rule] = {"supplemented": _supplement, "urged": _urge, "supervised": _supervise}
"""Downward after a transfer."""
MOVES = frozenset({"dispatched", "designated", "return_approved", "transferred"})
"""Events by which an order reaches another unit or platform, or leaves it."""
HEARD = frozenset(UPWARD) | frozenset(BACK) | frozenset(DOWNWARD) | MOVES
