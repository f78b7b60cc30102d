"""Clocks (时限): what a signal stops, resets and starts, and how a due moment is put together.

A signal is one of RULEBOOK's event names ("registered", "signed", "replied" …). `react` applies it to every rule of
the book by name; nothing else starts or stops a clock. Limits: natural-day clocks with added lengths in other
units are shifted from the due moment, not recounted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from msgspec import structs

from yixian.lifecycle.draft import Attributes, Draft, merge_basis
from yixian.lifecycle.state import Basis, Clock
from yixian.rulebook import ClockRule, Counting, Duration, Rulebook

ENDS = frozenset({"answered", "declined", "transferred", "closed"})
"""Signals that stop every clock but the appeal window."""

_SIGNALS = {"supplement": "supplemented", "urge": "urged"}
"""What a book calls a command, as the signal it gives."""

_ANEW = ("signed", "return_requested", "deemed")


@lru_cache(maxsize=4096)
def parse_length(text: str) -> Duration:
    """A duration written in a clock, cached."""
    return Duration.parse(text)


@lru_cache(maxsize=4096)
def written(length: Duration) -> str:
    """A duration as a clock keeps it, cached."""
    return str(length)


@lru_cache(maxsize=256)
def _rules_by_signal(book: Rulebook) -> tuple[Mapping[str, list[ClockRule]], ...]:
    starts: dict[str, list[ClockRule]] = {}
    stops: dict[str, list[ClockRule]] = {}
    resets: dict[str, list[ClockRule]] = {}
    for rule in book.clocks.values():
        for signal in rule.starts.value:
            starts.setdefault(signal, []).append(rule)
        for signal in rule.stops.value:
            stops.setdefault(signal, []).append(rule)
        for signal in {_SIGNALS.get(word, word) for word in (rule.resets_on.value if rule.resets_on else ())}:
            resets.setdefault(signal, []).append(rule)
    return starts, stops, resets


def react(draft: Draft, signal: str, unit: str | None = None) -> None:
    """Stop, reset and start clocks for a signal.

    `unit`: the unit that caused it, where one did. A co-handler's signal touches only its own copies.
    """
    starts, stops, resets = _rules_by_signal(draft.book)
    is_co = unit is not None and unit != draft.state.lead
    if signal in ENDS:
        _stop_all(draft, signal)
    else:
        for rule in stops.get(signal, ()):
            _stop(draft, rule, signal, unit if is_co else None)
    for rule in resets.get(signal, ()):
        _reset(draft, rule)
    only = unit if is_co or signal in _OWN else None
    for rule in starts.get(signal, ()):
        if not is_co or rule.owner.value in ("unit", "co_unit"):
            start(draft, rule, only=only)


_OWN = frozenset({"signed", "contacted", "responded", "progress_reported", "return_requested"})
"""What each unit does for itself: it starts that unit's clocks alone."""


def start(
    draft: Draft, rule: ClockRule, *, since: int | None = None, limit: Duration | None = None, only: str | None = None
) -> None:
    """Start a rule's clock for whoever owns it: the lead and each co-handler, or the hotline.

    `since` replaces the moment it starts from, `limit` the length the book gives (a redo's own); `only`: for this unit.
    """
    if not runs(draft, rule):
        return
    anchor = draft.now if since is None else since
    if "upstream_dispatched" in rule.starts.value and since is None:
        anchor = upstream_moment(draft)
    state = draft.state
    owner = rule.owner.value
    made = new_clock(draft, rule, anchor, limit, state.lead if owner == "unit" else None)
    if made is None:
        return
    if owner not in ("unit", "co_unit"):
        _put(draft, made)
        return
    if owner == "unit" and only in (None, state.lead):
        _put(draft, made)
    if len(state.assignments) < 2:
        return
    for part in state.assignments:
        if part.role == "co" and only in (None, part.unit):
            _put(draft, structs.replace(made, unit=part.unit, co=True))


def upstream_moment(draft: Draft) -> int:
    """The upstream platform's dispatch moment, else registration."""
    upstream = draft.state.upstream_dispatched
    return upstream if upstream is not None else draft.state.registered


def runs(draft: Draft, rule: ClockRule) -> bool:
    """Whether the rule's clock runs for this order as it stands."""
    if rule.runs_if is not None and not rule.runs_if.matches(_with_rating(draft)):
        return False
    return not (rule.name == "contact" and ("confidential" in draft.state.flags or not draft.state.contactable))


def _with_rating(draft: Draft) -> Attributes:
    rating = draft.state.evaluation
    if rating is None:
        return draft.attributes
    word = "dissatisfied" if is_dissatisfied(draft.book, rating.level) else "satisfied"
    found = dict(draft.attributes)
    found["rating"] = (rating.level, word)
    found["state"] = (*found.get("state", ()), word)
    return found


def is_dissatisfied(book: Rulebook, level: str) -> bool:
    """True for a level the book calls dissatisfied; 不满意 and 非常不满意 where it names none."""
    leaf = book.survey.dissatisfied if book.survey else None
    return level in (leaf.value if leaf else ("不满意", "非常不满意"))


def new_clock(
    draft: Draft, rule: ClockRule, since: int, limit: Duration | None = None, unit: str | None = None
) -> Clock | None:
    """A clock of a rule from a moment on, or None where no row of the rule speaks of this order."""
    row = rule.limits.match(draft.attributes)
    state = draft.state
    basis: Basis
    if rule.name == "reply" and state.statutory_limit and limit is None:
        limit = parse_length(state.statutory_limit)
        basis = row.basis if row is not None else ()
        limit_basis = next((other.basis for other in rule.limits if "statutory" in other.when.keys), basis)
        basis = limit_basis or draft.book.stage("statutory_limit")
    elif row is None and limit is None:
        if rule.repeat is None or len(rule.limits):
            return None
        limit, basis = rule.repeat.value, ()  # a periodic duty without a first limit of its own
    else:
        basis = row.basis if row is not None else ()
        limit = limit or (row.limit if row is not None else Duration("unset", 0))
    more = rule.repeat.basis if rule.repeat else ()
    if not limit.runs:
        basis = merge_basis(basis, rule.starts.basis, more)
        return Clock(rule.name, rule.owner.value, since, str(limit), None, unit, basis=basis)
    counting = draft.book.counting
    due = draft.calendar.due(since, limit, counting, backward=rule.backward)
    basis = merge_basis(basis, rule.starts.basis, more, _counted_by(counting, limit.unit))
    return Clock(
        rule.name,
        rule.owner.value,
        since,
        written(limit),
        due.at,
        unit,
        base=due.at,
        provisional=due.provisional,
        repeat=written(rule.repeat.value) if rule.repeat else None,
        basis=basis,
    )


def _counted_by(counting: Counting, unit: str) -> Basis:
    """The articles that say how a length in this unit is counted."""
    if unit == "wd":
        return (*counting.start.basis, *counting.end.basis)
    if unit in ("d", "w"):
        return (*counting.start.basis, *counting.end.basis, *counting.last_day_off.basis)
    return counting.hours.basis if unit == "wh" else ()


def put(draft: Draft, clock: Clock) -> None:
    """Take a changed clock into the next event."""
    draft.touched[clock.key] = clock


def _put(draft: Draft, clock: Clock) -> None:
    put(draft, pass_over(draft, clock))


def pass_over(draft: Draft, clock: Clock) -> Clock:
    """A clock (re)started or resumed after its due moment: warnings whose moment passed are not shown any more."""
    if clock.due is None or draft.now <= clock.due:
        return clock
    rule = draft.book.clocks.get(clock.name)
    early = tuple(
        index
        for index, card in enumerate(rule.cards if rule else ())
        if index not in clock.shown
        and card.at != "overdue"
        and draft.calendar.card_moment(clock.due, card, hours=draft.book.counting.hours.value) <= clock.due
    )
    return structs.replace(clock, shown=(*clock.shown, *early)) if early else clock


def _stop_all(draft: Draft, signal: str) -> None:
    for clock in draft.clocks():
        if clock.running and clock.name != _appeal_name(draft.book):
            put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by=signal))


def _appeal_name(book: Rulebook) -> str:
    return book.appeal.clock.value if book.appeal else "appeal"


def _stop(draft: Draft, rule: ClockRule, signal: str, co: str | None) -> None:
    clock = draft.clock(f"{co}.{rule.name}" if co else rule.name)
    if clock is None or not clock.running:
        return
    if clock.repeat and signal == "progress_reported":
        return
    put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by=signal))


def stop_reply_of(draft: Draft, unit: str) -> None:
    """A co-handler's opinion stops its copy of `reply`."""
    clock = draft.clock(f"{unit}.reply")
    if clock is not None and clock.running:
        put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by="opinion_submitted"))


def _reset(draft: Draft, rule: ClockRule) -> None:
    """Count anew from now: a running clock, or a `return` window already stopped by signing, while with the units."""
    again = _ANEW if draft.state.state in ("dispatched", "handling") else ()
    for clock in draft.clocks():
        if clock.name != rule.name or not (clock.running or clock.stopped_by in again):
            continue
        made = new_clock(draft, rule, draft.now)
        if made is not None:
            why = rule.resets_on.basis if rule.resets_on else ()
            basis = tuple(dict.fromkeys((*made.basis, *why)))
            put(draft, structs.replace(made, unit=clock.unit, co=clock.co, basis=basis))


def report(draft: Draft, unit: str) -> None:
    """A periodic duty (每 15 个工作日报送) was done: its next due counts from this report."""
    for clock in draft.clocks():
        rule = draft.book.clocks.get(clock.name)
        if clock.repeat and clock.running and rule is not None and clock.unit in (None, unit):
            made = new_clock(draft, rule, draft.now, parse_length(clock.repeat))
            if made is not None:
                put(draft, structs.replace(made, unit=clock.unit, co=clock.co, repeat=clock.repeat, basis=clock.basis))


def resume(draft: Draft, stopped_by: str) -> None:
    """Undo what a signal did to the clocks: those it stopped run on as if it had never come, those it started stop."""
    starts, _, _ = _rules_by_signal(draft.book)
    begun = {rule.name for rule in starts.get(stopped_by, ())}
    for clock in draft.clocks():
        if clock.running and clock.name in begun:
            put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by="sent_back"))
        if clock.status == "stopped" and clock.stopped_by == stopped_by:
            _put(draft, structs.replace(clock, status="running", stopped=None, stopped_by=None))


def recompute(draft: Draft, clock: Clock) -> Clock:
    """The clock with its due moment put together anew: base limit, days left out, extensions."""
    if clock.base is None:
        return clock
    calendar = draft.calendar
    counting = draft.book.counting
    limit = parse_length(clock.limit)
    at = clock.base
    provisional = clock.provisional
    lengths = [parse_length(length) for length in clock.extended]
    same = [length for length in lengths if length.unit == limit.unit]
    if same:
        # An extension adds its length to the limit, so the sum is counted from the start.
        whole = Duration(limit.unit, limit.amount + sum(length.amount for length in same))
        counted = calendar.due(clock.started, whole, counting)
        at, provisional = counted.at if counted.at is not None else at, counted.provisional
    if clock.excluded:
        at = calendar.shift(at, Duration("wd", clock.excluded), 1)
    for length in lengths:
        if length.unit != limit.unit:
            at = calendar.shift(at, length, 1, hours=counting.hours.value)
    return structs.replace(clock, due=at, provisional=provisional)
