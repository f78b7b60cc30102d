"""What tables hold of an order, derived from its state and rules, so that writing and rebuilding cannot differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from yixian.lifecycle.state import Assignment, Clock, Event, OrderState
from yixian.lifecycle.timers import is_duty
from yixian.orders import books

FINAL = frozenset({"closed", "answered", "declined", "transferred"})
_COLUMNS = ("state", "lead", "category", "channel", "source", "subject", "place", "grade", "emergency")
_EXCERPT = 80


class Columns(msgspec.Struct, frozen=True, omit_defaults=True):
    """The derived columns of `Order` that may change."""

    state: str
    category: str
    channel: str
    excerpt: str
    card: str
    changed: int
    lead: str | None = None
    source: str | None = None
    subject: str | None = None
    place: str | None = None
    grade: str | None = None
    emergency: str | None = None
    flags: tuple[str, ...] = ()
    due: int | None = None
    due_clock: str | None = None
    pending: tuple[str, ...] = ()


class DeadlineRow(msgspec.Struct, frozen=True):
    """One row of `Deadline`."""

    clock: str
    owner: str
    unit: str | None
    started: int
    stopped: int | None
    due: int | None
    length: str
    status: str
    late: bool
    provisional: bool


class PartRow(msgspec.Struct, frozen=True):
    """One row of `Assignment`."""

    unit: str
    role: str
    dispatched: int
    signed: int | None
    deemed: bool
    opinion: int | None
    replied: int | None


def columns(state: OrderState) -> Columns:
    """The row that lists show: the most urgent running duty, the worst card. A lapsed right makes no order late."""
    due: int | None = None
    due_clock: str | None = None
    book = books.of_state(state)
    for clock in state.clocks:
        at = clock.due
        if at is not None and clock.status == "running" and (due is None or at < due) and is_duty(clock, book):
            due, due_clock = at, clock.key
    return Columns(
        state=state.state,
        category=state.category,
        channel=state.channel,
        excerpt=state.text[:_EXCERPT],
        card=worst(state),
        changed=state.changed,
        lead=state.lead,
        source=state.source,
        subject=state.subject,
        place=state.place,
        grade=state.grade,
        emergency=state.emergency,
        flags=state.flags,
        due=due,
        due_clock=due_clock,
        pending=tuple(dict.fromkeys(request.kind for request in state.pending)),
    )


def worst(state: OrderState) -> str:
    """The worst card shown: red, yellow or ""."""
    shown = {card.card for card in state.cards}
    return "red" if "red" in shown else "yellow" if "yellow" in shown else min(shown, default="")


def closed(events: Iterable[Event]) -> tuple[int | None, bool]:
    """When these events closed the order (None: they did not), and whether they left it open again."""
    at: int | None = None
    reopened = False
    for event in events:
        to = event.data.get("to")
        if to in FINAL:
            at, reopened = event.at, False
        elif to is not None and to != "archived":
            at, reopened = None, True
    return at, reopened


def deadline(clock: Clock) -> DeadlineRow:
    """The row of one clock."""
    return DeadlineRow(
        clock.key, clock.owner, clock.unit, clock.started, clock.stopped, clock.due, clock.limit, clock.status,
        clock.late, clock.provisional,
    )  # fmt: skip


def deadlines(state: OrderState, before: OrderState | None) -> tuple[DeadlineRow, ...]:
    """The rows of the clocks that differ from `before`."""
    if before is None:
        return tuple(deadline(clock) for clock in state.clocks)
    if state.clocks is before.clocks:
        return ()
    known = {clock.key: clock for clock in before.clocks}
    return tuple(deadline(clock) for clock in state.clocks if known.get(clock.key) != clock)


def part(item: Assignment) -> PartRow:
    """The row of one assignment."""
    return PartRow(
        item.unit, item.role, item.dispatched, item.signed, item.deemed, item.opinion, item.replied
    )  # fmt: skip


def parts(state: OrderState, before: OrderState | None) -> tuple[tuple[PartRow, ...], tuple[str, ...]]:
    """The rows of the assignments that differ from `before`, and the units that are no longer assigned."""
    if before is None:
        return tuple(part(item) for item in state.assignments), ()
    if state.assignments == before.assignments:
        return (), ()
    known = set(before.assignments)
    kept = {item.unit for item in state.assignments}
    gone = tuple(item.unit for item in before.assignments if item.unit not in kept)
    return tuple(part(item) for item in state.assignments if item not in known), gone


def searched(state: OrderState) -> tuple[str | None, ...]:
    """What the search words come from; when it is the same object by object, the words are the same."""
    return (state.number, state.text, state.subject, state.place)


def plain(value: Any) -> Any:
    """Structs as plain data, for comparing with what the database holds."""
    return msgspec.to_builtins(value)
