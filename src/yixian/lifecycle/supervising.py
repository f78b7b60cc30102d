"""Supervision triggers (督办情形): what the book says opens a case by itself, and what people open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from msgspec import structs

from yixian.lifecycle import admission, clocks, commands
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import Basis, Case, Clock
from yixian.rulebook import Counting, Duration, Leaf, Rulebook
from yixian.rulebook.model import AbuseRule, SupervisionRow

_PEOPLE = frozenset({"manual", "leader", "media"})
_OVER_A_MATTER = frozenset({"repeats", "people"})
_EACH_TIME = frozenset({"redo", "sent_back", "dissatisfied", "refused_return", "form"})


def trigger(draft: Draft, name: str, count: int | None = None, state: str | None = None) -> None:
    """Open what a trigger opens. `count`: how many of it there are now, for rows with `at_least`; `state`: a further
    word that rows may select by."""
    for row in draft.book.supervision:
        if row.trigger != name:
            continue
        attributes = draft.attributes
        if state is not None:
            attributes = {**attributes, "state": (*attributes.get("state", ()), state)}
        if not row.when.matches(attributes):
            continue
        if row.at_least is not None and (count or 1) < row.at_least:
            continue
        if row.trigger not in _EACH_TIME and any(case.key == row.key for case in draft.state.cases):
            continue
        open_case(draft, row, count=count)


def overdue(draft: Draft, clock: Clock) -> None:
    """The trigger `overdue`: the lead's `reply`, other clocks only where a row names them."""
    attributes = {**draft.attributes, "clock": (clock.name,)}
    for row in draft.book.supervision:
        if row.trigger != "overdue" or not row.when.matches(attributes):
            continue
        if "clock" not in row.when.keys and (clock.name != "reply" or clock.co):
            continue
        late = sum(1 for case in draft.state.cases if case.key == row.key)
        if row.at_least is not None and late + 1 < row.at_least:
            continue
        if any(case.key == row.key and case.at >= clock.started for case in draft.state.cases):
            continue
        open_case(draft, row)


def co_overdue(draft: Draft, clock: Clock) -> None:
    """The trigger `co_overdue`: a co-handler let its own `reply` pass."""
    if not clock.co or clock.name != "reply":
        return
    late = sum(1 for other in draft.state.clocks if other.co and other.name == "reply" and other.late)
    trigger(draft, "co_overdue", late)


def over_matter(draft: Draft) -> None:
    """Repeats by the same person and reports by several people, counted over the whole chain."""
    facts = draft.facts
    for row in draft.book.supervision:
        if row.trigger not in _OVER_A_MATTER or not row.when.matches(draft.attributes):
            continue
        if any(case.key == row.key for case in draft.state.cases):
            continue
        count = _counted(draft, row) if facts.reports and (row.within or row.consecutive) else None
        if count is None:
            count = facts.same_requester if row.trigger == "repeats" else facts.requesters
        if count >= (row.at_least or 1):
            open_case(draft, row, count=count)


def _counted(draft: Draft, row: SupervisionRow) -> int:
    """Reports or people within the row's window, counted back from now; where repeats must be `consecutive`, those
    after the last closing with which that person was satisfied."""
    length = row.within
    since = draft.calendar.shift(draft.now, length, -1) if length is not None and length.runs else 0
    recent = [(at, who) for at, who in draft.facts.reports if at >= since]
    if row.consecutive:
        pleased: dict[str | None, int] = {}
        for at, who, level in draft.facts.rated:
            if not clocks.is_dissatisfied(draft.book, level):
                pleased[who] = max(at, pleased.get(who, 0))
        recent = [(at, who) for at, who in recent if at > pleased.get(who, -1)]
    if row.trigger == "people":
        return len({who for _, who in recent if who}) + sum(1 for _, who in recent if not who)
    by_person: dict[str, int] = {}
    for _, who in recent:
        by_person[who or ""] = by_person.get(who or "", 0) + 1
    return max(by_person.values(), default=0)


def open_case(draft: Draft, row: SupervisionRow, *, count: int | None = None, reason: str | None = None) -> None:
    """Record one case of a row; `propose` rows stand at once, marked 待确认."""
    case = Case(row.key, row.trigger, row.by, draft.now, row.mode == "propose", reason, row.means, count, row.basis)
    draft.emit("supervised", {"cases": (case,), "flags": ("supervised",)}, row.basis)


def by_hand(
    draft: Draft, mode: str | None, by: str | None, reason: str | None, named: str | None, joint: tuple[str, ...] = ()
) -> None:
    """督办 by people: cites the rows that let this body supervise by hand; the row named, where one is."""
    rows = [row for row in draft.book.supervision if row.trigger in _PEOPLE or row.key == named]
    if named and named not in _PEOPLE and all(named not in (row.key, row.trigger) for row in draft.book.supervision):
        keys = "、".join(row.key for row in draft.book.supervision) or "没有列出情形"
        draft.refuse(f"规则书没有督办情形 {named!r}, 可填 manual (人工) 或: {keys}", draft.book.stage("supervise"))
    if by:
        rows = [row for row in rows if row.by == by] or rows
    wanted = {word for word in (named, mode, reason) if word}
    exact = [row for row in rows if row.key in wanted or row.trigger in wanted]
    rows = exact or rows
    basis: Basis = tuple(dict.fromkeys(article for row in rows for article in row.basis))
    who = by or (rows[0].by if rows else "hotline")
    means = (mode,) if mode else rows[0].means if rows else ()
    key = rows[0].key if rows else "manual"
    case = Case(key, "manual", who, draft.now, False, reason, means, None, basis, joint)
    together = draft.book.stage("joint_supervision") if joint else ()
    draft.emit("supervised", {"cases": (case,), "flags": ("supervised",)}, basis, together, stage="supervise")


# ---- what people of the hotline do ----------------------------------------------------------------------------------


def supervise(draft: Draft, payload: commands.Supervise) -> None:
    """督办 opened by people, jointly with other units where they are named (联合督办)."""
    joint = tuple(dict.fromkeys(payload.joint))
    by_hand(draft, payload.mode or payload.means, payload.by, payload.reason, payload.trigger, joint)


def refer(draft: Draft, payload: commands.Refer) -> None:
    """移交 to the competent authority (abuse, crime, 督查), with the evidence of the calls where it is about abuse."""
    abuse = draft.book.intake.abuse
    abused = abuse is not None and _about_abuse(payload, abuse)
    calls = _calls(draft, payload.calls)
    if abused and calls is None and draft.facts.calls > 1:
        calls = draft.facts.calls
    said = {"about": payload.about, "evidence": payload.evidence, "attachments": payload.attachments or None}
    body: dict[str, Any] = {"to_body": payload.to, "reason": payload.reason, "flags": ("referred",)}
    body |= {key: value for key, value in (said | {"calls": calls}).items() if value is not None}
    draft.emit("referred", body, abuse.basis if abuse and abused else (), stage="refer")


_OF_OFFICE = ("追责", "问责", "追究责任", "渎职", "失职", "推诿", "推卸", "不作为", "慢作为", "谎报", "瞒报", "督查")
"""Words by which a hand-over is about how an office did its duty, not about a caller."""


def _about_abuse(payload: commands.Refer, abuse: AbuseRule) -> bool:
    """Whether a hand-over is about a caller's abuse: as stated; by the receiver and what is said where it is not."""
    if payload.about is not None:
        return payload.about == "abuse"
    if payload.to in abuse.hand_over or payload.evidence or payload.calls is not None:
        return True
    return not any(word in f"{payload.reason or ''}{payload.to}" for word in _OF_OFFICE)


def _calls(draft: Draft, given: int | str | None) -> int | None:
    if isinstance(given, str) and not (given.isascii() and given.isdigit()):
        draft.refuse(f"来电次数应为整数, 现为 {given!r}", draft.book.stage("refer"))
    return None if given is None else int(given)


def guard_restrict(draft: Draft) -> tuple[AbuseRule, Duration]:
    """限制使用 where the book knows it, once."""
    abuse = draft.book.intake.abuse
    if abuse is None or abuse.length is None:
        draft.refuse("规则书没有限制使用电话的规定", draft.book.stage("restrict_caller"))
    until = draft.state.restricted_until
    if until is not None and draft.now < until:
        draft.refuse("该诉求人的电话已在限制期内", abuse.basis)
    return abuse, abuse.length


def restrict_caller(draft: Draft, payload: commands.RestrictCaller) -> None:
    """限制使用电话资源: from the decision, its day not counted, to the end of the last day; days off do not move it."""
    abuse, length = guard_restrict(draft)
    until = draft.calendar.due(draft.now, length, _plain(draft.book)).at
    told = admission.restriction_told(draft.book, abuse, length, draft.now, until)
    body: dict[str, Any] = {"channel": abuse.channel, "until": until, "reason": payload.reason, "told": told}
    body |= {"flags": ("caller_restricted",), "set": {"restricted_until": until}}
    draft.emit("caller_restricted", body, abuse.basis, stage="restrict_caller")


def _plain(book: Rulebook) -> Counting:
    """Counting for a measure against a person: not a duty, so a last day off does not move it."""
    return replace(book.counting, last_day_off=Leaf("keep"), start=Leaf("next_day"), end=Leaf("midnight"))


def guard_lift(draft: Draft) -> None:
    """Only a restricted caller's restriction is lifted."""
    until = draft.state.restricted_until
    if until is None or draft.now >= until:
        draft.refuse("该诉求人的电话不在限制期内", draft.book.stage("lift_restriction"))


def lift_restriction(draft: Draft, payload: commands.Reasoned) -> None:
    """解除限制."""
    guard_lift(draft)
    abuse = draft.book.intake.abuse
    body = {"reason": payload.reason, "unflags": ("caller_restricted",), "set": {"restricted_until": None}}
    draft.emit("restriction_lifted", body, abuse.basis if abuse else (), stage="lift_restriction")


def recalculate(draft: Draft, payload: commands.Nothing) -> None:
    """重算时限 after a year's holidays were published: open clocks that crossed into it."""
    for clock in draft.clocks():
        if not (clock.running and clock.provisional) or clock.base is None:
            continue
        rule = draft.book.clocks.get(clock.name)
        backward = rule.backward if rule else False
        due = draft.calendar.due(
            clock.started, clocks.parse_length(clock.limit), draft.book.counting, backward=backward
        )
        fresh = structs.replace(clock, base=due.at, provisional=due.provisional)
        clocks.put(draft, clocks.pass_over(draft, clocks.recompute(draft, fresh)))
    if draft.touched:
        draft.emit("recalculated", {})


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {
    "supervise": supervise,
    "refer": refer,
    "restrict_caller": restrict_caller,
    "lift_restriction": lift_restriction,
    "recalculate": recalculate,
}
