"""The printable letter by which an order is handed to its unit (交办单): words, limits with their articles, parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yixian.lifecycle.state import Clock, OrderState
from yixian.orders.queries import Entry
from yixian.web.present import moments
from yixian.web.present.clocks import name_of, parse

HANDED = frozenset({"dispatched", "designated", "return_approved"})


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as the letter says it."""

    name: str
    length: str
    until: str
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """What the letter holds beside the order's own facts and its requester."""

    lead: str
    co: str
    handed: str
    via: str
    requirements: str
    limits: tuple[Limit, ...]
    basis: tuple[str, ...]


def letter(state: OrderState, events: Sequence[Entry], units: Mapping[str, str]) -> Letter | None:
    """The letter of an order that a unit has; None before it is handed to one."""
    handed = next((event for event in reversed(events) if event.kind in HANDED), None)
    if state.lead is None or handed is None:
        return None
    return Letter(
        lead=units.get(state.lead, state.lead),
        co="、".join(units.get(unit, unit) for unit in state.co),
        handed=moments.absolute(handed.at),
        via=str(handed.data.get("via") or ""),
        requirements=str(handed.data.get("requirements") or ""),
        limits=tuple(_limit(item) for item in state.clocks if item.owner == "unit" and not item.co),
        basis=handed.basis,
    )


def _limit(item: Clock) -> Limit:
    length = parse(item.limit)
    said = length.chinese() if length.runs else "不设时限" if item.limit == "none" else "条文未定时限, 请及时办理"
    return Limit(name_of(item.name), said, moments.until(item.due) if item.due else "", item.basis)
