"""The answer (办理答复) and its review: sign-off, templates and checks per source, sending back, passing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from yixian.lifecycle import after, clocks, commands, signing, supervising
from yixian.lifecycle.checking import check_reply
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import Basis, Pending


def guard_reply(draft: Draft) -> None:
    """The lead answers."""
    if draft.by != draft.state.lead:
        draft.refuse("由主办单位汇总答复, 协办单位请提交协办意见", draft.book.stage("reply"))


def draft_reply(draft: Draft, payload: commands.DraftReply) -> None:
    """拟稿送审: checked as the reply itself would be; it waits for the unit's leader. A later draft replaces it."""
    guard_reply(draft)
    _only_once(draft)
    warnings, checked = _checked(draft, payload)
    said = {name: value for name in _OF_DRAFT if (value := getattr(payload, name)) is not None}
    kept = Pending("draft", draft.now, draft.by, {**said, "warnings": warnings, "checked": list(checked)})
    body = {"settled": ("draft",), "pending": kept, "unit": draft.by, "warnings": warnings, "flags": ("drafted",)}
    inside = draft.book.review.inside
    draft.emit("reply_drafted", body, inside.basis if inside else (), stage="draft_reply")


_OF_DRAFT = ("text", "contacted", "explanation", "office", "office_phone")


def return_draft(draft: Draft, payload: commands.Reasoned) -> None:
    """退回修改: the leader wants the draft changed."""
    guard_reply(draft)
    inside = draft.book.review.inside
    body = {"settled": ("draft",), "reason": payload.reason, "unit": draft.by}
    draft.emit("draft_returned", body, inside.basis if inside else (), stage="return_draft")


def _released(draft: Draft, payload: commands.Reply) -> tuple[commands.Reply, bool]:
    """The reply as it goes out: what is left empty comes from the draft; True where the draft's text stands."""
    waiting = draft.pending("draft")
    if waiting is None:
        if payload.text is None:
            draft.refuse("请填写答复内容, 或先由经办人拟稿送审", draft.book.stage("reply"))
        return payload, False
    kept = {name: waiting.data.get(name) for name in _OF_DRAFT if getattr(payload, name) is None}
    return structs.replace(payload, **kept), payload.text is None


def _checked(draft: Draft, payload: commands.Reply | commands.DraftReply) -> tuple[list[str], Basis]:
    """The warnings and articles of the checks; refuses what the book does not let out."""
    explained(draft, payload.explanation)
    refusals, warnings, checked = check_reply(draft, payload)
    if refusals:
        draft.refuse("答复不符合要求: " + "; ".join(refusals), checked)
    return warnings, checked


def explained(draft: Draft, explanation: str | None) -> Basis:
    """解释事由: one of the book's words, so that it can be counted; returns its articles."""
    leaf = draft.book.explanations
    if explanation is None or leaf is None:
        return ()
    if explanation not in leaf.value:
        draft.refuse(f"没有事由 {explanation!r}, 可选: {'、'.join(leaf.value)}", leaf.basis)
    return leaf.basis


def _signer_named(draft: Draft, payload: commands.Reply) -> None:
    """Who signs is known only when the draft is released."""
    for row in draft.book.replies:
        demanded = "signed_by" in row.requires and row.severity == "refuse"
        if demanded and not payload.signed_by and row.when.matches(draft.attributes):
            draft.refuse("答复不符合要求: 须注明签批人", row.basis)


def _only_once(draft: Draft) -> None:
    if "replied_once" in draft.state.flags:
        draft.refuse("该来源没有二次回复功能, 已答复过一次", *_once(draft))


def reply(draft: Draft, payload: commands.Reply) -> None:
    """办理答复, by the lead only, signed off and checked; an untouched draft was checked when it was handed in."""
    guard_reply(draft)
    payload, drafted = _released(draft, payload)
    waiting = draft.pending("draft")
    signed = signing.signed_off(draft, payload.signed_by, "答复")
    if drafted and waiting is not None:
        warnings, checked = list(waiting.data["warnings"]), tuple(waiting.data["checked"])
        _signer_named(draft, payload)
    else:
        warnings, checked = _checked(draft, payload)
    _only_once(draft)
    clocks.react(draft, "replied", draft.by)
    parts = tuple(
        structs.replace(item, replied=draft.now) if item.unit == draft.by else item for item in draft.state.assignments
    )
    body: dict[str, Any] = {
        "unit": draft.by,
        "text": payload.text,
        "contacted": payload.contacted,
        "signed_by": payload.signed_by,
        "assignments": parts,
    }
    body |= {name: value for name in _SAID if (value := getattr(payload, name)) is not None}
    if waiting is not None:
        body |= {"settled": ("draft",), "drafted": waiting.at}
    if warnings:
        body["warnings"] = warnings
    notices, secrecy = _receivers(draft)
    why = explained(draft, payload.explanation)
    draft.emit("replied", body, signed, checked, secrecy, why, to="replied", stage="reply", notices=notices)
    if warnings:
        supervising.trigger(draft, "form", len(warnings))


_SAID = ("delegated_to", "delegation", "explanation", "office", "office_phone")


def _once(draft: Draft) -> list[Basis]:
    """The articles of each rule by which this order has one reply only (不能二次回复)."""
    found = [row.basis for row in draft.book.replies if row.once and row.when.matches(draft.attributes)]
    if "single_reply" in draft.book.source_flags(draft.state.source):
        found.append(draft.book.sources[draft.state.source or ""].basis)
    return found


def _receivers(draft: Draft) -> tuple[tuple[str, ...], Basis]:
    if "confidential" not in draft.state.flags:
        return ("requester", "platform"), ()
    rule = draft.book.confidential.reply_to
    return (rule.value, rule.basis) if rule is not None else (("platform",), ())


def send_back(draft: Draft, payload: commands.SendBack) -> None:
    """审核退回: the limit counts from the first receipt, as if the reply had never come."""
    defects = [payload.defects] if isinstance(payload.defects, str) else list(payload.defects or ())
    clocks.resume(draft, "replied")
    clocks.react(draft, "sent_back")
    checks = draft.book.review.checks
    count = draft.state.counts.send_backs + 1
    body = {"defects": defects, "reason": payload.reason, "counts": {"send_backs": count}}
    draft.emit("sent_back", body, checks.basis if checks else (), to="handling", stage="send_back", notices=("unit",))
    supervising.trigger(draft, "sent_back", count)


def pass_review(draft: Draft, payload: commands.PassReview) -> None:
    """审核通过: the result notice goes out; then survey, call-back, or the order is closed."""
    checks = draft.book.review.checks
    clocks.react(draft, "reviewed")
    clocks.react(draft, "notified")
    to, basis = after.following(draft)
    body: dict[str, Any] = {"note": payload.note}
    if payload.defects:
        body["defects"] = payload.defects
    if _once(draft):
        body["flags"] = ("replied_once",)
    if to == "closed":
        clocks.react(draft, "closed")
    elif to != "surveying":
        _no_survey(draft)
    draft.emit("review_passed", body, checks.basis if checks else (), basis, to=to, stage="pass_review",
               notices=("requester",))  # fmt: skip


def _no_survey(draft: Draft) -> None:
    """Nobody is asked to rate, so silence has nothing to run out of."""
    clock = draft.clock("survey")
    if clock is not None and clock.running:
        clocks.put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by="not_surveyed"))


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {
    "draft_reply": draft_reply,
    "return_draft": return_draft,
    "reply": reply,
    "send_back": send_back,
    "pass_review": pass_review,
}
