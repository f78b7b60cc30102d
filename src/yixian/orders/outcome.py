"""What goes into and comes out of the door of orders."""

from __future__ import annotations

from typing import Any

import msgspec

from yixian.lifecycle import Command, Event, OrderState


class Item(msgspec.Struct, frozen=True):
    """One command of many: on an order, or (order_no None) a registration at a platform.

    `seen`: how many events of the order the page showed; a later one refuses the command.
    """

    order_no: str | None
    command: Command
    platform: Any = None
    key: str | None = None
    seen: int | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What a command did: its events, the state after them, the orders it opened.

    `replayed`: the idempotency key had been used, nothing was done now. `query_code`: of a new order.
    """

    order_no: str
    events: tuple[Event, ...]
    state: OrderState
    opened: tuple[str, ...] = ()
    replayed: bool = False
    query_code: str | None = None
