"""The lifecycle room: what may happen to an order (工单生命周期). Pure; imports only the rulebook room.

`decide` says what a command does (events or a refusal, each with its articles), `evolve` applies an event to a state.
Read first: `COMMANDS`, `decide`, `OrderState`.
"""

from __future__ import annotations

from yixian.lifecycle.allowed import Allowed, allowed
from yixian.lifecycle.commands import COMMANDS, ROLES_OF_HOTLINE, Command, PayloadError, Spec, parse
from yixian.lifecycle.decide import decide, open_commands
from yixian.lifecycle.events import EVENT_KINDS
from yixian.lifecycle.evolve import evolve, replay
from yixian.lifecycle.state import (
    STATES,
    Assignment,
    Card,
    Case,
    Clock,
    Decision,
    Event,
    Facts,
    OrderState,
    Pending,
    Rating,
    Refusal,
)
from yixian.lifecycle.timers import next_timer

__all__ = [
    "COMMANDS",
    "EVENT_KINDS",
    "ROLES_OF_HOTLINE",
    "STATES",
    "Allowed",
    "Assignment",
    "Card",
    "Case",
    "Clock",
    "Command",
    "Decision",
    "Event",
    "Facts",
    "OrderState",
    "PayloadError",
    "Pending",
    "Rating",
    "Refusal",
    "Spec",
    "allowed",
    "decide",
    "evolve",
    "next_timer",
    "open_commands",
    "parse",
    "replay",
]
