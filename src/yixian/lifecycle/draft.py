"""The working copy inside `decide`: gathers events, keeps the state they lead to, and refuses.

A `Draft` lives for one decision. Clock changes made through `clocks` are collected in `touched` and travel inside
the next event that is emitted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NoReturn

from yixian.lifecycle.evolve import evolve
from yixian.lifecycle.state import Assignment, Basis, Clock, Event, Facts, OrderState, Pending
from yixian.rulebook import Rulebook, WorkCalendar

Attributes = dict[str, tuple[str, ...]]
_NO_FACTS = Facts()


class Refused(Exception):
    """Raised inside a decision; `decide` turns it into a `Refusal`. `causes`: trigger names the attempt sets off."""

    def __init__(self, reason: str, basis: Basis = (), causes: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.basis = basis
        self.causes = causes


class Draft:
    """One decision in the making."""

    __slots__ = (
        "_attributes",
        "book",
        "by",
        "calendar",
        "events",
        "facts",
        "kind",
        "now",
        "state",
        "touched",
    )

    def __init__(
        self,
        state: OrderState,
        book: Rulebook,
        calendar: WorkCalendar,
        now: int,
        facts: Facts | None = None,
        by: str = "system",
        kind: str = "system",
    ) -> None:
        self.state = state
        self.book = book
        self.calendar = calendar
        self.now = now
        self.facts = facts or _NO_FACTS
        self.by = by
        self.kind = kind
        self.events: list[Event] = []
        self.touched: dict[str, Clock] = {}
        self._attributes: Attributes | None = None

    # ---- refusing -------------------------------------------------------------------------------------------------

    def refuse(self, reason: str, *basis: Basis, causes: tuple[str, ...] = ()) -> NoReturn:
        """Refuse the command for a reason, citing articles."""
        raise Refused(reason, merge_basis(*basis), causes)

    # ---- emitting -------------------------------------------------------------------------------------------------

    def emit(
        self,
        kind: str,
        data: dict[str, Any] | None = None,
        *basis: Basis,
        to: str | None = None,
        notices: tuple[str, ...] = (),
        stage: str | None = None,
    ) -> Event:
        """Add an event citing its stage, the given articles and those of every clock it touches; apply it."""
        body: dict[str, Any] = data if data is not None else {}
        if to is not None and to != self.state.state:
            body["to"] = to
        if notices:
            body["notices"] = notices
        if stage:
            basis = (self.book.stages.get(stage, ()), *basis)
        if self.touched:
            clocks = tuple(self.touched.values())
            body["clocks"] = clocks
            basis += tuple([clock.basis for clock in clocks])
            self.touched = {}
        event = Event(kind, self.now, self.by, body, merge_basis(*basis))
        self.events.append(event)
        self.state = evolve(self.state, event)
        self._attributes = None
        return event

    # ---- reading --------------------------------------------------------------------------------------------------

    @property
    def attributes(self) -> Attributes:
        """What selectors look at, of the state as it is now."""
        if self._attributes is None:
            self._attributes = attributes_of(self.state, self.book)
        return self._attributes

    def clocks(self) -> list[Clock]:
        """All clocks, with the changes not yet emitted."""
        if not self.touched:
            return list(self.state.clocks)
        merged = {clock.key: clock for clock in self.state.clocks}
        merged.update(self.touched)
        return list(merged.values())

    def clock(self, key: str) -> Clock | None:
        """A clock by key ("reply", "市水务局.reply"), or None."""
        found = self.touched.get(key)
        if found is not None:
            return found
        return next((clock for clock in self.state.clocks if clock.key == key), None)

    def unit_clock(self, name: str, unit: str) -> Clock | None:
        """A unit's own clock of a name: the lead's plain one, a co-handler's copy."""
        return self.clock(name if unit == self.state.lead else f"{unit}.{name}")

    def assignment(self, unit: str) -> Assignment | None:
        """The unit's part in the order, or None."""
        return next((part for part in self.state.assignments if part.unit == unit), None)

    def pending(self, kind: str) -> Pending | None:
        """The pending request of a kind, or None."""
        return self.state.pending_of(kind)


def attributes_of(state: OrderState, book: Rulebook) -> Attributes:
    """Selector key -> values of an order. Emergencies also match `any`; flags appear under `state`.

    A tier outside those that the book lists matches only `any`.
    """
    found: Attributes = {"category": (state.category,), "channel": (state.channel,)}
    for key, value in (
        ("source", state.source), ("domain", state.domain), ("urgency", state.urgency), ("item", state.item),
        ("nature", state.nature), ("petitioner", state.petitioner), ("requester_level", state.requester_level),
        ("handler_level", state.handler_level), ("region", state.region),
    ):  # fmt: skip
        if value is not None:
            found[key] = (value,)
    if state.grade is not None:
        found["grade"] = (state.grade,)
    if state.emergency:
        listed = not book.emergency or any(row.tier == state.emergency for row in book.emergency)
        found["emergency"] = (state.emergency, "any") if listed else ("any",)
    found["statutory"] = ("true", state.statutory_basis or "") if state.statutory_limit else ("false",)
    if state.flags:
        found["state"] = state.flags
        if "anonymous" in state.flags:
            found["petitioner"] = (*found.get("petitioner", ()), "anonymous")
    rating = state.evaluation
    if rating is not None:
        found["rating"] = (rating.level,)
    return found


@lru_cache(maxsize=8192)
def merge_basis(*parts: Basis) -> Basis:
    """Articles of several parts, each once, in order. The same few combinations come again and again."""
    return tuple(dict.fromkeys(article for part in parts for article in part))
