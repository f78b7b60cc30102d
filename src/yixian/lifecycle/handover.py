"""Clocks when an order changes hands (移交): given to the unit it was dispatched to, or left without a unit."""

from __future__ import annotations

from msgspec import structs

from yixian.lifecycle.clocks import put, react, recompute, start
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import Clock
from yixian.rulebook import ClockRule

_FIXED = frozenset({"registered", "upstream_dispatched"})
"""Starts that lie before any unit has the order, and never move."""


_DISPATCH = frozenset({"dispatched", "upstream_dispatched"})


def hand_over(draft: Draft, signal: str, keep_reply: bool = False) -> None:
    """Give the unit's clocks to the unit the order was just dispatched to, and let `signal` start what it starts.

    On a first dispatch, clocks that ran since registration or the upstream dispatch pass to the lead as they are; on a
    re-dispatch they start anew from that same moment, and those that wait for a later step of the unit stop.
    `keep_reply`: `reply` keeps its start. A rule that `survives: [redispatch]` keeps its whole clock.
    """
    before = {clock.name: clock for clock in draft.clocks() if not clock.co}
    react(draft, signal)
    for name, rule in draft.book.clocks.items():
        old = before.get(name)
        if rule.owner.value == "unit" and old is not None:
            _give(draft, rule, old, signal, keep_reply and name == "reply")


def _give(draft: Draft, rule: ClockRule, old: Clock, signal: str, keep: bool) -> None:
    first = old.unit is None
    now = draft.clock(rule.name)
    if first and not (old.running and now is not None and now.running):
        return  # done before any unit had the order
    if not first and "redispatch" in rule.survives:
        put(draft, structs.replace(old, unit=draft.state.lead))
    elif signal not in rule.starts.value and not _FIXED.isdisjoint(rule.starts.value):
        _start_again(draft, rule, old, keep)
        made = draft.clock(rule.name)
        if first and made is not None and made.due == old.due:
            put(draft, structs.replace(made, late=old.late, shown=old.shown))
    elif keep and not first:
        _start_again(draft, rule, old, keep)
    elif not first and old.running and signal not in rule.starts.value and not rule.repeat:
        put(draft, structs.replace(old, status="stopped", stopped=draft.now, stopped_by="redispatched"))


def _start_again(draft: Draft, rule: ClockRule, old: Clock, keep: bool) -> None:
    """From the same start under the order's limit now; a kept clock keeps what it was lengthened by."""
    start(draft, rule, since=old.started)
    made = draft.clock(rule.name)
    if keep and made is not None and (old.extended or old.excluded):
        put(draft, recompute(draft, structs.replace(made, extended=old.extended, excluded=old.excluded)))


def join(draft: Draft, unit: str) -> None:
    """Begin the clocks of a unit that joins as a co-handler (协办) after the dispatch."""
    for rule in draft.book.clocks.values():
        if rule.owner.value not in ("unit", "co_unit"):
            continue
        if "registered" in rule.starts.value:
            start(draft, rule, since=draft.state.registered, only=unit)
        elif not _DISPATCH.isdisjoint(rule.starts.value):
            start(draft, rule, only=unit)


def release(draft: Draft, signal: str) -> None:
    """Stop every clock of the units: the order is with none of them. What runs since the upstream dispatch runs on."""
    for clock in draft.clocks():
        if clock.owner not in ("unit", "co_unit") or not clock.running:
            continue
        rule = draft.book.clocks.get(clock.name)
        if rule is not None and not clock.co and "upstream_dispatched" in rule.starts.value:
            put(draft, structs.replace(clock, unit=None))
        else:
            put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by=signal))
