"""The answer (办理答复) and its review: sign-off, templates and checks per source, sending back, passing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec import structs

from yixian.lifecycle import after, clocks, commands, supervising
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import Basis
from yixian.rulebook.model import ReplyRow

_PAYLOAD_KEYS = ("contacted", "signed_by")
_RANKS = {"分管负责人": 1, "主要负责人": 2}


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error:
        return re.compile(re.escape(text))


def check_reply(draft: Draft, payload: commands.Reply) -> tuple[list[str], list[str], Basis]:
    """What is wrong with a reply: what refuses it, what is only warned of, and the articles checked.

    Every matching row of the book is checked, not only the best one.
    """
    refusals: list[str] = []
    warnings: list[str] = []
    basis: list[str] = []
    refused_by: list[str] = []
    for row in draft.book.replies:
        if not row.when.matches(draft.attributes):
            continue
        found = _defects(row, payload)
        basis.extend(row.basis)
        if found and row.severity == "refuse":
            refusals.extend(found)
            refused_by.extend(row.basis)
        else:
            warnings.extend(found)
    return refusals, warnings, tuple(dict.fromkeys(refused_by or basis))


def _defects(row: ReplyRow, payload: commands.Reply) -> list[str]:
    text = payload.text
    found: list[str] = []
    for need in row.requires:
        if need == "contacted":
            if payload.contacted is None:
                found.append("须填写沟通情况")
        elif need == "signed_by":
            if not payload.signed_by:
                found.append("须注明签批人")
        elif need not in text:
            found.append(f"缺少{need!r}")
    if row.openings and not any(_opens(text.lstrip(), item) for item in row.openings):
        found.append("开头不符合规定格式")
    if row.closings and not any(item in text or _pattern(item).search(text) for item in row.closings):
        found.append("结尾不符合规定格式")
    for banned in row.banned:
        hit = _pattern(banned).search(text)
        if hit:
            found.append(f"不得出现{hit.group(0)!r}")
    if row.max_chars is not None and len(text) > row.max_chars:
        found.append(f"超过 {row.max_chars} 字, 现为 {len(text)} 字")
    return found


def _opens(text: str, opening: str) -> bool:
    return text.startswith(opening) or _pattern(opening).match(text) is not None


def _signed_off(draft: Draft, payload: commands.Reply) -> Basis:
    """签批: 重点 by the principal, 一般 by the deputy in charge; a higher signer suffices."""
    leaf = draft.book.sign_off.get(draft.state.grade or "一般")
    if leaf is None:
        return ()
    needed, signer = leaf.value, payload.signed_by
    highest = draft.book.sign_off.get("重点")
    enough = signer == needed or _RANKS.get(signer or "", 0) >= _RANKS.get(needed, 99)
    enough = enough or (highest is not None and signer == highest.value)
    if not enough:
        draft.refuse(f"{draft.state.grade or '一般'}工单的答复须经{needed}签批", leaf.basis)
    return leaf.basis


def guard_reply(draft: Draft) -> None:
    """The lead answers."""
    if draft.by != draft.state.lead:
        draft.refuse("由主办单位汇总答复, 协办单位请提交协办意见", draft.book.stage("reply"))


def reply(draft: Draft, payload: commands.Reply) -> None:
    """办理答复, by the lead only, signed off and checked."""
    guard_reply(draft)
    signed = _signed_off(draft, payload)
    refusals, warnings, checked = check_reply(draft, payload)
    if refusals:
        draft.refuse("答复不符合要求: " + "; ".join(refusals), checked)
    if "replied_once" in draft.state.flags:
        draft.refuse("该来源没有二次回复功能, 已答复过一次", *_once(draft))
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
    if warnings:
        body["warnings"] = warnings
    notices, secrecy = _receivers(draft)
    draft.emit("replied", body, signed, checked, secrecy, to="replied", stage="reply", notices=notices)
    if warnings:
        supervising.trigger(draft, "form", len(warnings))


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
ACTS: dict[str, Act] = {"reply": reply, "send_back": send_back, "pass_review": pass_review}
