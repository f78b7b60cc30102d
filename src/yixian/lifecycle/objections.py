"""A unit and a bad rating: what it explains (说明情况), its appeal (申诉), screening (甄别) of what was beyond it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from yixian.lifecycle import clocks, commands
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.requests import require
from yixian.lifecycle.state import Basis, Pending
from yixian.rulebook import Rulebook, WorkCalendar
from yixian.rulebook.model import ScreeningRule

_ZONE = dt.timezone(dt.timedelta(hours=8))


def guard_explain(draft: Draft) -> None:
    """说明情况 follows a dissatisfied rating, and never reaches one who asked for secrecy."""
    basis = draft.book.stage("explain_rating")
    rating = draft.state.evaluation
    if rating is None or not clocks.is_dissatisfied(draft.book, rating.level):
        draft.refuse("诉求人没有作出不满意评价, 无需说明情况", basis)
    secrecy = draft.book.confidential.contact
    if "confidential" in draft.state.flags and secrecy is not None and secrecy.value == "forbidden":
        draft.refuse("诉求人要求保密, 承办单位不得与诉求人联系", secrecy.basis)


def explain_rating(draft: Draft, payload: commands.ExplainRating) -> None:
    """说明情况 to a dissatisfied requester: what the unit said, and whether the person was reached."""
    guard_explain(draft)
    said = {"unit": draft.by, "text": payload.text, "reached": payload.reached}
    body = {name: value for name, value in said.items() if value is not None}
    draft.emit("rating_explained", body, stage="explain_rating")


def guard_appeal(draft: Draft) -> None:
    """申诉 needs a dissatisfied rating and an open window."""
    rule = draft.book.appeal
    if rule is None:
        draft.refuse("规则书没有申诉的规定")
    if draft.pending("appeal") is not None:
        draft.refuse("已有申诉在审核, 不能重复申诉", rule.clock.basis)
    rating = draft.state.evaluation
    clock = draft.clock(rule.clock.value)
    window = draft.book.clocks.get(rule.clock.value)
    any_rating = clock is not None and window is not None and window.runs_if is None
    if rating is None or not (any_rating or clocks.is_dissatisfied(draft.book, rating.level)):
        draft.refuse("诉求人没有作出不满意评价, 无需申诉", rule.clock.basis)
    if clock is not None and clock.due is not None and draft.now > clock.due:
        draft.refuse("已超过申诉期限", clock.basis, rule.clock.basis)


def appeal(draft: Draft, payload: commands.Appeal) -> None:
    """申诉 with evidence, within the window."""
    guard_appeal(draft)
    rule = draft.book.appeal
    if rule is None:
        return
    require(draft, payload, rule.requires.value, rule.requires.basis)
    clocks.react(draft, "appealed", draft.by)
    request = Pending("appeal", draft.now, draft.by, {"evidence": payload.evidence})
    draft.emit("appealed", {"pending": request}, rule.requires.basis, stage="appeal")


def _decided(draft: Draft, kind: str, event: str, title: str, stage: str, payload: commands.Reasoned,
             flags: tuple[str, ...], basis: Basis) -> None:  # fmt: skip
    if draft.pending(kind) is None:
        draft.refuse(f"没有待审核的{title}", draft.book.stage(stage))
    body: dict[str, Any] = {"reason": payload.reason, "settled": (kind,)}
    if flags:
        body["flags"] = flags
    draft.emit(event, body, basis, stage=stage)


def uphold_appeal(draft: Draft, payload: commands.Reasoned) -> None:
    """申诉成立: the order leaves the base of the satisfaction rate."""
    rule = draft.book.appeal
    leaves = rule is None or rule.upheld.value == "leaves_base"
    basis = (*rule.decide.basis, *rule.upheld.basis) if rule else ()
    flags = ("appeal_upheld",) if leaves else ()
    _decided(draft, "appeal", "appeal_upheld", "申诉", "uphold_appeal", payload, flags, basis)


def reject_appeal(draft: Draft, payload: commands.Reasoned) -> None:
    """申诉不成立."""
    rule = draft.book.appeal
    basis = rule.decide.basis if rule else ()
    _decided(draft, "appeal", "appeal_rejected", "申诉", "reject_appeal", payload, (), basis)


def guard_screen(draft: Draft) -> ScreeningRule:
    """甄别 where the book knows it, once."""
    rule = draft.book.screening
    if rule is None:
        draft.refuse("规则书没有甄别的规定", draft.book.stage("screen"))
    if "screened" in draft.state.flags:
        draft.refuse("该工单已经甄别", rule.grounds.basis)
    _in_time(draft, rule)
    return rule


def _in_time(draft: Draft, rule: ScreeningRule) -> None:
    """甄别 is done before the rate of the month of the rating is computed (测算满意率之前)."""
    rating = draft.state.evaluation
    if rule.cut_off is None or rating is None:
        return
    until = screened_until(draft.book, draft.calendar, rating.at)
    if until is not None and draft.now > until:
        month = dt.datetime.fromtimestamp(rating.at, _ZONE)
        last = dt.datetime.fromtimestamp(until - 1, _ZONE)
        why = rule.before.basis if rule.before is not None else ()
        draft.refuse(
            f"{month.year} 年 {month.month} 月的满意率已于 {last:%Y-%m-%d} 截止测算, 不再甄别",
            why,
            rule.cut_off.basis,
        )


def screened_until(book: Rulebook, calendar: WorkCalendar, rated: int) -> int | None:
    """Until when a rating of this moment may be screened, None where the book sets no end (测算满意率之前)."""
    rule = book.screening
    if rule is None or rule.cut_off is None:
        return None
    return calendar.shift(_month_end(rated), rule.cut_off.value, 1, hours=book.counting.hours.value)


def _month_end(at: int) -> int:
    """24:00 of the last day of a moment's month."""
    day = dt.datetime.fromtimestamp(at, _ZONE).replace(day=1, hour=0, minute=0, second=0)
    return int((day + dt.timedelta(days=32)).replace(day=1).timestamp())


def screen(draft: Draft, payload: commands.Screen) -> None:
    """甄别: a unit proposes, the hotline decides at once."""
    rule = guard_screen(draft)
    if payload.ground not in rule.grounds.value:
        draft.refuse(f"甄别事由应为: {'、'.join(rule.grounds.value)}", rule.grounds.basis)
    body: dict[str, Any] = {"ground": payload.ground, "evidence": payload.evidence}
    if draft.kind == "unit":
        if draft.pending("screening") is not None:
            draft.refuse("已有甄别申请在审核, 不能重复申请", rule.grounds.basis)
        body["pending"] = Pending("screening", draft.now, draft.by, {"ground": payload.ground})
        draft.emit("screening_proposed", body, rule.grounds.basis, stage="screen")
        return
    body |= {"flags": ("screened",), "settled": ("screening",)}
    decide = rule.decide.basis if rule.decide else ()
    draft.emit("screened", body, rule.grounds.basis, decide, stage="screen")


def confirm_screen(draft: Draft, payload: commands.Reasoned) -> None:
    """确认甄别, before the rate is computed."""
    rule = draft.book.screening
    if rule is not None and draft.pending("screening") is not None:
        _in_time(draft, rule)
    basis = (*rule.grounds.basis, *(rule.decide.basis if rule.decide else ())) if rule else ()
    _decided(draft, "screening", "screened", "甄别申请", "confirm_screen", payload, ("screened",), basis)


def refuse_screen(draft: Draft, payload: commands.Reasoned) -> None:
    """不予甄别."""
    _decided(draft, "screening", "screening_refused", "甄别申请", "refuse_screen", payload, (), ())


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {
    "explain_rating": explain_rating,
    "appeal": appeal,
    "uphold_appeal": uphold_appeal,
    "reject_appeal": reject_appeal,
    "screen": screen,
    "confirm_screen": confirm_screen,
    "refuse_screen": refuse_screen,
}
