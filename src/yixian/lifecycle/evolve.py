"""Applying an event to a state. Events carry the values after, so this is the same few lines for every kind.

Keys of `Event.data` that change a state: `order` (first event only), `to` (state), `set` (plain fields), `clocks`
(values after), `cards` (shown now) with `clear_cards`, `assignments` (all), `pending` (one more), `settled` (kinds
no longer pending), `cases` (more), `cases_after` (all), `rating`, `uncount` (earlier ratings stop counting), `flags`,
`unflags`, `counts`.
Everything else in `data` is for people and reactions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, TypeVar

import msgspec
from msgspec import structs

from yixian.lifecycle.state import Assignment, Card, Case, Clock, Event, OrderState, Pending, Rating

S = TypeVar("S", bound=msgspec.Struct)


def evolve(state: OrderState | None, event: Event) -> OrderState:
    """The state after an event. `state` is not changed; None only before `registered`."""
    data = event.data
    if state is None:
        new = msgspec.convert(data["order"], OrderState) if isinstance(data["order"], Mapping) else copy(data["order"])
    else:
        new = copy(state)
    new.changed = event.at
    new.events += 1
    if "to" in data:
        new.state = data["to"]
    if "set" in data:
        for name, value in data["set"].items():
            setattr(new, name, value)
    if "clocks" in data:
        new.clocks = _merge(new.clocks, _structs(data["clocks"], Clock))
    if data.get("clear_cards"):
        new.cards = ()
    if "cards" in data:
        new.cards += tuple(_structs(data["cards"], Card))
    if "assignments" in data:
        new.assignments = tuple(_structs(data["assignments"], Assignment))
    if not _REQUESTS.isdisjoint(data):
        _requests(new, data)
    if "flags" in data:
        new.flags += tuple(flag for flag in data["flags"] if flag not in new.flags)
    if "unflags" in data:
        new.flags = tuple(flag for flag in new.flags if flag not in data["unflags"])
    if "counts" in data:
        new.counts = structs.replace(new.counts, **data["counts"])
    return new


def replay(events: Iterable[Event]) -> OrderState:
    """The state that a whole history leads to. Raises ValueError for an empty history."""
    state: OrderState | None = None
    for event in events:
        state = evolve(state, event)
    if state is None:
        raise ValueError("没有事件, 无法重放")
    return state


_REQUESTS = frozenset({"settled", "pending", "cases", "cases_after", "uncount", "rating"})


def _requests(new: OrderState, data: Mapping[str, Any]) -> None:
    if "settled" in data:
        new.pending = tuple(item for item in new.pending if item.kind not in data["settled"])
        if "drafted" in new.flags and "draft" in data["settled"]:
            new.flags = tuple(flag for flag in new.flags if flag != "drafted")
    if "pending" in data:
        new.pending += (_struct(data["pending"], Pending),)
    if "cases_after" in data:
        new.cases = tuple(_structs(data["cases_after"], Case))
    if "cases" in data:
        new.cases += tuple(_structs(data["cases"], Case))
    if data.get("uncount"):
        new.ratings = tuple(structs.replace(item, counts=False) for item in new.ratings)
    if "rating" in data:
        new.ratings += (_struct(data["rating"], Rating),)


def _struct(value: Any, kind: type[S]) -> S:
    return value if isinstance(value, kind) else msgspec.convert(value, kind)


def _structs(values: Iterable[Any], kind: type[S]) -> list[S]:
    return [_struct(value, kind) for value in values]


def _merge(clocks: tuple[Clock, ...], changed: list[Clock]) -> tuple[Clock, ...]:
    merged = {(clock.key if clock.co else clock.name): clock for clock in clocks}
    for clock in changed:
        merged[clock.key if clock.co else clock.name] = clock
    return tuple(merged.values())
