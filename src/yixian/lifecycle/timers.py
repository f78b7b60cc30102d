"""Timers (定时): what happens by itself when a moment passes. One loop: the earliest timer not after now fires first.

Cards are apart from lateness: a card is shown at its own moment, a clock becomes late at the instant after its due
moment. Lateness waits while an extension asked for in time is undecided, or while a return is reviewed where the
book leaves the review time out; no card is shown while a return is reviewed.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import structs

from yixian.lifecycle import clocks, supervising
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import Basis, Card, Clock, OrderState, Rating
from yixian.rulebook import CardRule, ClockRule, Rulebook, WorkCalendar

_MOST_FIRED = 200
"""So many timers of one order fire in one decision; a periodic duty forgotten for years skips ahead after that."""

_LATE = -1
_PROMISE = -2
Timer = tuple[int, int, str, int]  # moment, order within the moment, clock key, card index (or _LATE, _PROMISE)


def next_timer(state: OrderState, book: Rulebook, calendar: WorkCalendar) -> int | None:
    """When this order must be looked at again (unix seconds), or None while nothing can pass by itself."""
    timer = _earliest(state, book, calendar, state.clocks)
    return None if timer is None else timer[0]


def fire_due(draft: Draft, until: int) -> None:
    """Fire every timer up to and including a moment, in order. Leaves the draft's moment at `until`."""
    for _ in range(_MOST_FIRED):
        timer = _earliest(draft.state, draft.book, draft.calendar, draft.state.clocks)
        if timer is None or timer[0] > until:
            break
        by, draft.by = draft.by, "system"
        draft.now = max(timer[0], draft.state.changed)
        _fire(draft, timer)
        draft.by = by
    else:
        _skip_ahead(draft, until)
    draft.now = until


def _earliest(state: OrderState, book: Rulebook, calendar: WorkCalendar, all_clocks: tuple[Clock, ...]) -> Timer | None:
    best: Timer | None = None
    reviewed = state.pending_of("return") if state.pending else None
    passing = _passing(book)
    for clock in all_clocks:
        due = clock.due
        if due is None or clock.status != "running" or clock.name not in passing:
            continue
        cards, can_be_late = passing[clock.name]
        if cards and not clock.co and reviewed is None:
            for index, card in cards:
                if index not in clock.shown:
                    timer = (calendar.card_moment(due, card, hours=book.counting.hours.value), 0, clock.key, index)
                    if best is None or timer < best:
                        best = timer
        if can_be_late and not clock.late and (best is None or due < best[0]) and not _waits(state, book, clock):
            timer = (due + 1, 1, clock.key, _LATE)
            if best is None or timer < best:
                best = timer
    promised = state.promised if state.state == "handling" else None
    if promised is not None and (best is None or promised + 1 < best[0]):
        best = (promised + 1, 2, "", _PROMISE)
    return best


@lru_cache(maxsize=256)
def _passing(book: Rulebook) -> dict[str, tuple[list[tuple[int, CardRule]], bool]]:
    """What can happen to each clock by itself: its cards before lateness, and whether it can be late."""
    return {
        name: (
            [(index, card) for index, card in enumerate(rule.cards) if card.at != "overdue"],
            _can_be_late(rule, book),
        )
        for name, rule in book.clocks.items()
    }


def is_duty(clock: Clock, book: Rulebook) -> bool:
    """Whether to let this clock pass is to be late; a window for returning or appealing is a right that lapses."""
    rule = book.clocks.get(clock.name)
    return rule is None or _can_be_late(rule, book)


def _can_be_late(rule: ClockRule, book: Rulebook) -> bool:
    effect = rule.on_late.value if rule.on_late else None
    if effect in ("red_card", "deemed_accepted", "close_as_silent") or rule.cards:
        return True
    if rule.name == "survey":
        return _silence_counts(rule, book)
    return rule.name not in ("return", "appeal")


def _silence_counts(rule: ClockRule, book: Rulebook) -> bool:
    """A book that says what silence counts as means it to end the survey, without saying `on_late` too."""
    silence = rule.name == "survey" and book.survey is not None and book.survey.silence is not None
    return silence and rule.on_late is None


def _waits(state: OrderState, book: Rulebook, clock: Clock) -> bool:
    if not state.pending:
        return False
    if clock.name == "reply" and not clock.co and state.pending_of("extension") is not None:
        return True
    review = state.pending_of("return")
    return review is not None and _excludes(book) and clock.owner == "unit" and clock.unit == review.by


def _excludes(book: Rulebook) -> bool:
    return book.returns is not None and book.returns.refused.value.exclude_review_time


def _fire(draft: Draft, timer: Timer) -> None:
    _, _, key, index = timer
    if index == _PROMISE:
        draft.emit("promise_passed", {"set": {"promised": None}}, _interim_basis(draft.book))
        supervising.trigger(draft, "interim_promise_passed")
        return
    clock = draft.clock(key)
    if clock is None:
        return
    if index == _LATE:
        _lapse(draft, clock)
    else:
        rule = draft.book.clocks[clock.name].cards[index]
        clocks.put(draft, structs.replace(clock, shown=(*clock.shown, index)))
        show_card(draft, clock, rule)


def _interim_basis(book: Rulebook) -> Basis:
    return book.interim_close.requires.basis if book.interim_close else ()


def show_card(draft: Draft, clock: Clock, rule: CardRule, basis: Basis = ()) -> None:
    """Show a card of a clock (亮牌)."""
    cited = rule.basis or basis
    cause = rule.cause or f"{clock.name}_{'due' if rule.card == 'yellow' else 'overdue'}"
    card = Card(rule.card, clock.name, draft.now, cause, clock.unit, cited)
    draft.emit("card_shown", {"cards": (card,), **({"tell": rule.tell} if rule.tell else {})}, cited)


def _lapse(draft: Draft, clock: Clock) -> None:
    """The due moment passed while the clock ran."""
    rule = draft.book.clocks[clock.name]
    effect = rule.on_late.value if rule.on_late else None
    basis = rule.on_late.basis if rule.on_late else ()
    if effect == "deemed_accepted":
        _deem_accepted(draft, clock, basis)
    elif effect == "close_as_silent" or (effect is None and _silence_counts(rule, draft.book)):
        _close_as_silent(draft, clock, basis)
    elif clock.repeat:
        _miss_report(draft, clock)
    else:
        clocks.put(draft, structs.replace(clock, late=True))
        draft.emit("late", {"clock": clock.name, "unit": clock.unit, "due": clock.due}, basis)
    if not clock.co:
        _overdue_cards(draft, clock, rule, effect, basis)
    if effect not in ("deemed_accepted", "close_as_silent"):
        supervising.overdue(draft, clock)
        supervising.co_overdue(draft, clock)


def _overdue_cards(draft: Draft, clock: Clock, rule: ClockRule, effect: str | None, basis: Basis) -> None:
    if draft.pending("return") is not None:
        return
    shown = False
    for card in rule.cards:
        if card.at == "overdue":
            show_card(draft, clock, card, basis)
            shown = shown or card.card == "red"
    if effect == "red_card" and not shown:
        show_card(draft, clock, CardRule("red", "overdue", None, 1, f"{clock.name}_overdue", (), basis))


def _deem_accepted(draft: Draft, clock: Clock, basis: Basis) -> None:
    """逾期未退回, 视同已接收: the window passed, so the unit has accepted."""
    unit = clock.unit
    clocks.put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by="deemed"))
    if unit is None:
        draft.emit("late", {"clock": clock.name, "due": clock.due}, basis)
        return
    part = draft.assignment(unit)
    if part is None or part.signed is not None:
        draft.emit("late", {"clock": clock.name, "unit": unit, "due": clock.due}, basis)
        return
    parts = tuple(
        structs.replace(item, signed=draft.now, deemed=True) if item.unit == unit else item
        for item in draft.state.assignments
    )
    to = "handling" if unit == draft.state.lead and draft.state.state == "dispatched" else None
    clocks.react(draft, "signed", unit)
    draft.emit("signed", {"assignments": parts, "deemed": True, "unit": unit}, basis, to=to)


def _close_as_silent(draft: Draft, clock: Clock, basis: Basis) -> None:
    """短信发送后逾期不回复: silence counts as the book says, and the order is closed."""
    survey = draft.book.survey
    silence = survey.silence if survey else None
    clocks.put(draft, structs.replace(clock, status="stopped", stopped=draft.now, stopped_by="silence"))
    if draft.state.state != "surveying":
        draft.emit("late", {"clock": clock.name, "due": clock.due}, basis)
        return
    body: dict[str, object] = {"deemed": True}
    if silence is not None:
        body["rating"] = Rating(silence.value, draft.now, None, None, True)
        body["uncount"] = True
        basis = (*basis, *silence.basis)
    clocks.react(draft, "closed")
    draft.emit("closed", body, basis, to="closed")


def _miss_report(draft: Draft, clock: Clock) -> None:
    """A periodic report is missing: late once; the next is due one period after the missed one."""
    due = clock.due
    length = clocks.parse_length(clock.repeat or "")
    counting = draft.book.counting
    since = due or draft.now
    if length.unit in ("d", "w") and counting.start.value != "moment":
        since -= 1  # 24:00 belongs to the day that ends, and the days are counted from that day
    following = draft.calendar.due(since, length, counting)
    if due is not None and length.unit == "wd":
        following = following._replace(at=draft.calendar.shift(due, length, 1))
    clocks.put(
        draft,
        structs.replace(clock, due=following.at, base=following.at, shown=(), provisional=following.provisional),
    )
    draft.emit("late", {"clock": clock.name, "unit": clock.unit, "due": due})


def _skip_ahead(draft: Draft, until: int) -> None:
    """Too many missed periods to tell one by one: the periodic clocks count on from now."""
    for clock in draft.state.clocks:
        if clock.running and clock.repeat and clock.due is not None and clock.due < until:
            length = clocks.parse_length(clock.repeat)
            due = draft.calendar.due(until, length, draft.book.counting)
            clocks.put(draft, structs.replace(clock, due=due.at, base=due.at, shown=(), late=True))
    if draft.touched:
        draft.now = until
        draft.emit("late", {"skipped": True})


def show_missed(draft: Draft) -> None:
    """After a return review: clocks that became late meanwhile show the card that was held back."""
    red = {card.clock for card in draft.state.cards if card.card == "red"}
    for clock in draft.state.clocks:
        rule = draft.book.clocks.get(clock.name)
        if rule is not None and clock.late and clock.running and not clock.co and clock.name not in red:
            effect = rule.on_late.value if rule.on_late else None
            _overdue_cards(draft, clock, rule, effect, rule.on_late.basis if rule.on_late else ())
