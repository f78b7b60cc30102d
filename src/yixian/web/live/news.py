"""What is told: one `Item` for each order, alarm or notice that changed, who hears it, and its words on the stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from yixian.parties.permission import Scope

ORDER, ALARM, NOTICE = "order", "alarm", "notice"
MOST_ORDERS = 60
"""Orders named in one message; where more changed at once, a page looks for itself."""
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that changed. `units`: those that handle the order; `left`: those that just stopped to.

    `addresses`: whom a notice is for, in the words of `exchange.addresses`. `said`: what the stream says of it.
    """

    kind: str
    platform_id: int = 0
    units: frozenset[str] = NOBODY
    left: frozenset[str] = NOBODY
    addresses: frozenset[str] = NOBODY
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ears:
    """What a group of listeners may hear: the same decision as `parties.permission.scope`, prepared for many items."""

    kind: str
    platform_ids: frozenset[int]
    unit_codes: frozenset[str]

    @classmethod
    def of(cls, scope: Scope) -> Ears:
        """The ears of those who may read this scope."""
        return cls(scope.kind, frozenset(scope.platform_ids), scope.unit_codes)

    def hear(self, item: Item) -> dict[str, Any] | None:
        """What these listeners are told of an item; None: it is not theirs.

        A unit that just lost an order hears its number and nothing more, so that it goes from the unit's lists.
        """
        if self.kind == "platforms":
            return item.said if item.platform_id in self.platform_ids else None
        if self.kind == "unit":
            if item.units & self.unit_codes:
                return item.said
            if item.left & self.unit_codes:
                return {"number": item.said.get("number", ""), "gone": True}
            return None
        return item.said if self.kind == "all" else None


def told(items: Iterable[Item], ears: Ears) -> dict[str, Any]:
    """What these listeners are told of all items together; empty when nothing is theirs.

    Several items about one order become one: its latest state, with all that happened.
    """
    orders: dict[str, dict[str, Any]] = {}
    alarm = False
    for item in items:
        if item.kind == NOTICE:
            continue
        said = ears.hear(item)
        if said is None:
            continue
        if item.kind == ALARM:
            alarm = True
            continue
        known = orders.get(said["number"])
        if known is not None and "kinds" in known and "kinds" in said:
            said = {**said, "kinds": [*known["kinds"], *said["kinds"]][-12:]}
        orders[said["number"]] = said
    found: dict[str, Any] = {}
    if orders:
        found["orders"] = list(orders.values())[-MOST_ORDERS:]
        if len(orders) > MOST_ORDERS:
            found["more"] = True
    if alarm:
        found["alarm"] = True
    return found


def message(event: str, body: Any, mark: str = "") -> bytes:
    """One message of the stream; `mark` is the place from which a reader goes on after a broken line."""
    head = f"id: {mark}\n" if mark else ""
    return f"{head}event: {event}\ndata: {msgspec.json.encode(body).decode()}\n\n".encode()
