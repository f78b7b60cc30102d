"""After the reply (办理之后): evaluation, call-back, redo, closing, archiving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from yixian.lifecycle import clocks, commands, supervising
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import SETTLED_BY_CLOSING, Basis, OrderState, Rating
from yixian.rulebook import Duration, Rulebook


def following(draft: Draft) -> tuple[str, Basis]:
    """Where a passed review leads: surveying, else calling back, else closed; with the articles that say so."""
    survey = draft.book.survey
    if survey is not None and any(selector.matches(draft.attributes) for selector in survey.who.value):
        by_sms = survey.channel is not None and survey.channel.value in ("sms", "短信")
        if draft.state.contactable or not by_sms:
            return "surveying", survey.who.basis
    calls = draft.book.call_back
    if calls is not None and calls.who.value == "all":
        return "calling_back", calls.who.basis
    return "closed", draft.book.stage("close")


def is_counted(state: OrderState, book: Rulebook, attributes: dict[str, tuple[str, ...]]) -> bool:
    """False where the satisfaction rate leaves the order out: screened, appeal upheld, or not counted by the book."""
    if "screened" in state.flags or "appeal_upheld" in state.flags:
        return False
    return not any(row.rate in _SATISFACTION and row.when.matches(attributes) for row in book.not_counted)


_SATISFACTION = ("satisfaction", "满意率", "满意度", "all")


def _level(draft: Draft, level: str) -> None:
    levels = draft.book.survey.levels if draft.book.survey else None
    if levels is not None and levels.value and level not in levels.value:
        draft.refuse(f"没有评价等次 {level!r}, 可选: {'、'.join(levels.value)}", levels.basis)


def _rate(draft: Draft, body: dict[str, Any], rating: Rating) -> bool:
    """Put a rating into an event's body; its clocks (the appeal window) begin. True where dissatisfied."""
    bad = clocks.is_dissatisfied(draft.book, rating.level)
    body["rating"] = rating
    if rating.counts:
        body["uncount"] = True
        kept = tuple(structs.replace(item, counts=False) for item in draft.state.ratings)
        draft.state = structs.replace(draft.state, ratings=(*kept, rating))
        clocks.react(draft, "rated")
        _end_appeal(draft)
        draft.state = structs.replace(draft.state, ratings=draft.state.ratings[:-1])
    return bad


def _end_appeal(draft: Draft) -> None:
    """The rating that counts now may leave nothing to appeal: the earlier one's window ends."""
    rule = draft.book.appeal
    clock = draft.clock(rule.clock.value) if rule is not None else None
    if clock is not None and clock.running and not clocks.runs(draft, draft.book.clocks[clock.name]):
        clocks.put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by="rated"))


def evaluate(draft: Draft, payload: commands.Evaluate) -> None:
    """评价. In call-back it is recorded, but counts only where the book lets more than a human call count."""
    _level(draft, payload.level)
    state = draft.state
    calls = draft.book.call_back
    survey = draft.book.survey
    body: dict[str, Any] = {"level": payload.level, "note": payload.note}
    basis: Basis = survey.levels.basis if survey is not None and survey.levels is not None else ()
    if state.state == "calling_back":
        only_human = calls is not None and calls.by is not None and calls.by.value == "human"
        counts = not only_human or payload.by == "human"
        bad = _rate(draft, body, Rating(payload.level, draft.now, payload.by, payload.resolved, False, counts))
        draft.emit("rated", body, basis, stage="evaluate")
        if bad and counts:
            supervising.trigger(draft, "dissatisfied")
        return
    bad = _rate(draft, body, Rating(payload.level, draft.now, payload.by, payload.resolved))
    to = "closed"
    if bad and survey is not None and survey.dissatisfied is not None:
        basis = (*basis, *survey.dissatisfied.basis)
    if bad and calls is not None and calls.who.value in ("all", "dissatisfied"):
        to, basis = "calling_back", (*basis, *calls.who.basis)
    if to == "closed":
        clocks.react(draft, "closed")
    draft.emit("rated", body, basis, to=to, stage="evaluate")
    if bad:
        supervising.trigger(draft, "dissatisfied")


def call_back(draft: Draft, payload: commands.CallBack) -> None:
    """回访: reached, or one more attempt; the requester may want a redo."""
    if payload.level is not None:
        _level(draft, payload.level)
    rule = draft.book.call_back
    only_human = rule is not None and rule.by is not None and rule.by.value == "human"
    robot = payload.by == "robot"
    body: dict[str, Any] = {"reached": payload.reached, "note": payload.note, "called_by": payload.by}
    basis: Basis = rule.who.basis if rule else ()
    if not payload.reached:
        _not_reached(draft, body, basis)
        return
    counts = not (only_human and robot)
    first = not any(event.by == "human" and event.counts for event in draft.state.ratings)
    bad = False
    if payload.level is not None:
        rating = Rating(payload.level, draft.now, payload.by or "human", payload.resolved, False, counts)
        bad = _rate(draft, body, rating)
    elif payload.resolved is not None:
        body["resolved"] = payload.resolved
    triggered = (
        bad and first and counts and payload.wants_redo is None and rule is not None and rule.trigger is not None
    )
    if triggered and rule is not None and rule.trigger is not None:
        basis = (*basis, *rule.trigger.basis)
    if (payload.wants_redo and counts) or triggered:
        body["flags"] = ("wants_redo",)
        draft.emit("called_back", body, basis, stage="call_back")
    elif not counts:
        draft.emit("called_back", body, basis, stage="call_back")
    else:
        clocks.react(draft, "closed")
        draft.emit("called_back", body, basis, to="closed", stage="call_back")
    if bad and counts:
        supervising.trigger(draft, "dissatisfied")


def _not_reached(draft: Draft, body: dict[str, Any], basis: Basis) -> None:
    rule = draft.book.call_back
    calls = draft.state.counts.calls + 1
    body["counts"] = {"calls": calls}
    to = None
    if rule is not None and rule.attempts is not None and calls >= rule.attempts.value:
        to = "closed"
        basis = (*basis, *rule.attempts.basis)
        clocks.react(draft, "closed")
    draft.emit("called_back", body, basis, to=to, stage="call_back")


# ---- redo (重办) --------------------------------------------------------------------------------------------------


def guard_redo(draft: Draft) -> None:
    """Whether a redo may be ordered now."""
    rule = draft.book.redo
    state = draft.state
    if rule is None:
        draft.refuse("规则书没有重办的规定", draft.book.stage("order_redo"))
    if state.state != "calling_back" and rule.asks.value != "upstream":
        draft.refuse("回访中诉求人要求重办的, 才能责成重办", rule.asks.basis, draft.book.stage("order_redo"))
    if state.state == "calling_back" and rule.asks.value != "upstream" and "wants_redo" not in state.flags:
        draft.refuse("诉求人没有要求重办", rule.asks.basis, draft.book.stage("order_redo"))
    most = rule.max_times.value if rule.max_times is not None else None
    if most is not None and state.counts.redos >= most:
        draft.refuse(f"重办以 {most} 次为限", rule.max_times.basis if rule.max_times else ())
    if state.lead is None:
        draft.refuse("工单没有承办单位, 无从重办", draft.book.stage("order_redo"))


_REVIEWED = frozenset({"replied", "reviewed", "notified"})
"""What starts the clocks of a reply's review and survey; a redo ends them."""


def order_redo(draft: Draft, payload: commands.Reasoned) -> None:
    """责成重办: the same lead, `reply` anew under its own limit, no new signing."""
    guard_redo(draft)
    rule = draft.book.redo
    if rule is None:
        return
    reply_rule = draft.book.clocks.get("reply")
    limit, basis = _redo_limit(draft)
    times = draft.state.counts.redos + 1
    for clock in draft.clocks():
        rule_of = draft.book.clocks.get(clock.name)
        if clock.running and rule_of is not None and not _REVIEWED.isdisjoint(rule_of.starts.value):
            clocks.put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by="redo_ordered"))
    flags = tuple(dict.fromkeys((*draft.state.flags, "redo")))
    before = draft.state
    draft.state = structs.replace(before, flags=flags)
    draft._attributes = None
    clocks.react(draft, "redo_ordered")
    if reply_rule is not None:
        clocks.start(draft, reply_rule, since=draft.now, limit=limit)
        for clock in [
            item for item in draft.clocks() if item.co and item.name == "reply" and item.started == draft.now
        ]:
            kept = next((old for old in before.clocks if old.key == clock.key), None)
            if kept is not None:
                clocks.put(draft, kept)
    draft.state = before
    draft._attributes = None
    body = {
        "reason": payload.reason,
        "counts": {"redos": times, "calls": 0},
        "flags": ("redo",),
        "unflags": ("wants_redo",),
        "clear_cards": True,
    }
    draft.emit("redo_ordered", body, rule.asks.basis, basis, to="handling", stage="order_redo", notices=("unit",))
    supervising.trigger(draft, "redo", times)


def _redo_limit(draft: Draft) -> tuple[Duration | None, Basis]:
    """The redo's own limit: half of the category's, the same, or a length of its own."""
    rule = draft.book.redo
    reply_rule = draft.book.clocks.get("reply")
    if rule is None or reply_rule is None:
        return None, ()
    value = rule.limit.value
    if isinstance(value, Duration):
        return value, rule.limit.basis
    if draft.state.statutory_limit is not None:
        base: Duration | None = clocks.parse_length(draft.state.statutory_limit)
    else:
        first = {key: value for key, value in draft.attributes.items() if key != "state"}
        row = reply_rule.limits.match(first | _states_but_redo(draft))
        base = row.limit if row is not None else None
    if base is None:
        return None, rule.limit.basis
    if value == "half" and base.runs:
        rounding = rule.rounding.value if rule.rounding else "up"
        return base.half(rounding), rule.limit.basis
    special = reply_rule.limits.match({**draft.attributes, "state": ("redo",)})
    if special is not None and "state" in special.when.keys:
        return special.limit, (*rule.limit.basis, *special.basis)
    return base, rule.limit.basis


def _states_but_redo(draft: Draft) -> dict[str, tuple[str, ...]]:
    """The limit that is halved is the first one, also at a second redo."""
    states = tuple(word for word in draft.attributes.get("state", ()) if word != "redo")
    return {"state": states} if states else {}


def refuse_redo(draft: Draft, payload: commands.Reasoned) -> None:
    """不同意重办: the order is closed."""
    rule = draft.book.redo
    clocks.react(draft, "closed")
    basis = rule.approve.basis if rule is not None and rule.approve is not None else ()
    body = {"reason": payload.reason, "unflags": ("wants_redo",)}
    draft.emit("redo_refused", body, basis, to="closed", stage="refuse_redo", notices=("requester",))


# ---- closing, archiving -------------------------------------------------------------------------------------------


_ANSWERED = frozenset({"interim_closed", "replied_once"})


def guard_close(draft: Draft) -> None:
    """What is handled is answered first, unless it has no limit, is interim-closed, or may not be answered twice."""
    if draft.state.state != "handling":
        return
    clock = draft.clock("reply")
    free = clock is None or clock.limit == "none"
    if not free and _ANSWERED.isdisjoint(draft.state.flags):
        draft.refuse("办理中的工单应先答复并经审核", draft.book.stage("reply"))


def close(draft: Draft, payload: commands.Close) -> None:
    """办结. On a closed order nothing happens."""
    guard_close(draft)
    if draft.state.state == "closed":
        return
    clocks.react(draft, "closed")
    body = {"note": payload.note, "settled": SETTLED_BY_CLOSING, "set": {"promised": None}}
    draft.emit("closed", body, to="closed", stage="close")


def archive(draft: Draft, payload: commands.Nothing) -> None:
    """归档."""
    draft.emit("archived", {}, to="archived", stage="archive")


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {
    "evaluate": evaluate,
    "call_back": call_back,
    "order_redo": order_redo,
    "refuse_redo": refuse_redo,
    "close": close,
    "archive": archive,
}
