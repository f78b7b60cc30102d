"""What one unit of work will write: orders decided in memory, one after the other, then written in one statement.

A decision may touch more than its own order: sub-orders it opens, the first order of a matter that counts repeats.
"""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from typing import Any

import msgspec

from yixian.lifecycle import Command, Decision, Event, Facts, OrderState, Refusal, decide, evolve, parse
from yixian.lifecycle.commands import NoteRepeat, Register
from yixian.orders import books, effects, facts, linkrows, numbers, session, store
from yixian.orders.chain import START
from yixian.orders.errors import BadInput, Refused
from yixian.orders.store import KeyRow, Loaded, Write
from yixian.rulebook import Rulebook

_TARGET = "select id, matter from orders_order where number = %s"
_TAKEN = "select number from orders_order where number like %s"


class Moved(Exception):
    """Orders that changed since they were loaded; nothing of this plan is written."""


class Plan:
    """The writes of one unit of work, by order id."""

    def __init__(self, now: int, actor_user: int | None) -> None:
        self.now = now
        self.actor_user = actor_user
        self.writes: dict[int, Write] = {}
        self.roots: set[int] = set()  # first orders of a matter that become one now
        self.links: list[linkrows.LinkRow] = []  # orders opened at other platforms
        self.has_effects = False

    def state(self, order: Loaded) -> OrderState | None:
        """The order's state with what this plan already decided."""
        write = self.writes.get(order.id)
        return order.state if write is None else write.state

    def decide(self, order: Loaded, command: Command, known: Facts, book: Rulebook | None = None) -> list[Event]:
        """Decide one command and keep its events. Raises Refused; what the attempt caused is kept all the same."""
        state = self.state(order)
        rules = book or books.of_state(state)
        answer = decide(state, command, rules, books.calendar(rules.name), self.now, known, number=order.number)
        if isinstance(answer, Refusal):
            if state is not None and answer.follow_ups:
                self._keep(order, list(answer.follow_ups), None)
            raise Refused(answer, order_no=order.number)
        return self._keep(order, list(answer.events), answer)

    def _keep(self, order: Loaded, events: list[Event], decision: Decision | None) -> list[Event]:
        state = decision.state if decision else self.state(order)
        if decision is None:
            for event in events:
                state = evolve(state, event)
        if state is None:
            raise AssertionError("an order without events has no state")
        write = self.writes.get(order.id)
        if write is None:
            if events:
                self.writes[order.id] = Write(order, events, state, self.actor_user)
        else:
            write.events = [*write.events, *events]
            write.state = state
        if effects.any_in(events):
            self.has_effects = True
        return events

    def keep_key(self, order: Loaded, key: bytes, request: bytes, count: int, opened: tuple[str, ...]) -> None:
        """Remember that the key stands for the last `count` events of the order."""
        write = self.writes.get(order.id)
        if write is None:
            state = order.state
            if state is None:
                return
            write = self.writes[order.id] = Write(order, [], state, self.actor_user)
        last = order.seq + len(write.events)
        row = KeyRow(store.hexed(key), store.hexed(request), last - count + 1, last, opened)
        write.keys = (*write.keys, row)

    def copied(self, order_id: int) -> Write | None:
        """The order's write as it is now."""
        write = self.writes.get(order_id)
        return None if write is None else copy(write)

    def copy(self) -> dict[int, Write]:
        """All writes as they are now."""
        return {order_id: copy(write) for order_id, write in self.writes.items()}

    # --- opening ---------------------------------------------------------------------------------------------------

    def open(
        self,
        order_id: int,
        number: str,
        platform_id: int,
        command: Command,
        book: Rulebook,
        restricted: int | None = None,
    ) -> Loaded:
        """Register a new order; the first order of its matter is told. Returns it as not yet stored."""
        order = Loaded(order_id, number, platform_id, 0, START, None)
        payload = command.payload
        if not isinstance(payload, Register):
            raise BadInput("新工单的第一条指令应为 register", "command")
        root: int | None = None
        known = facts.NONE
        ref = payload.requester.ref if payload.requester else None
        if payload.same_as is not None:
            root = self._root(payload.same_as)
            known = facts.of_matter(facts.reports(root), number, ref, self.now)
        if restricted is not None:
            known = msgspec.structs.replace(known, restricted_until=restricted)
        self.decide(order, command, known, book)
        write = self.writes[order.id]
        write.query_code_hash = numbers.code_hash(number, numbers.query_code(number))
        write.matter = root
        if root is not None:
            self._tell_root(root, number, known)
        return order

    def _root(self, same_as: str) -> int:
        row = session.fetch_one(_TARGET, [same_as])
        if row is None:
            raise BadInput(f"没有编号为 {same_as!r} 的工单, 不能登记为同一事项", "same_as")
        root: int = row[1] or row[0]
        return root

    def _tell_root(self, root: int, number: str, known: Facts) -> None:
        self.roots.add(root)
        known_write = self.writes.get(root)
        order = known_write.order if known_write else store.load_id(root)
        if order is None:
            raise Moved
        with suppress(Refused):  # a matter long closed counts no repeats
            self.decide(order, Command("note_repeat", "system", NoteRepeat(number)), known)

    def open_asked(self, order: Loaded, events: list[Event]) -> tuple[str, ...]:
        """Open the orders that these events ask for (`data["opens"]`); returns their numbers."""
        opened: list[str] = []
        for event in events:
            for wanted in event.data.get("opens", ()):
                opened.append(self._open_one(order, wanted))
        return tuple(opened)

    def _open_one(self, parent: Loaded, wanted: dict[str, Any]) -> str:
        (order_id, number), *_ = numbers.take(parent.platform_id, self.now)
        if wanted.get("number"):
            number = self._free(wanted["number"])
        commands = [parse(name, payload, "system") for name, payload in wanted["commands"]]
        state = self.state(parent)
        book = books.in_force(books.of_state(state).name, books.local_day(self.now))
        order = self.open(order_id, number, parent.platform_id, commands[0], book)
        for command in commands[1:]:
            self.decide(order, command, facts.NONE)
        return number

    def _free(self, number: str) -> str:
        """The wanted sub-order number ("A.1"), or the next one that is not taken yet."""
        stem, _, suffix = number.rpartition(".")
        taken = {row[0] for row in session.fetch(_TAKEN, [f"{stem}.%"])}
        taken |= {write.order.number for write in self.writes.values()}
        index = int(suffix)
        while f"{stem}.{index}" in taken:
            index += 1
        return f"{stem}.{index}"

    # --- writing ---------------------------------------------------------------------------------------------------

    def alone(self) -> bool:
        """Whether one statement writes all, so that no transaction around it is needed."""
        return len(self.writes) <= 1 and not self.roots and not self.has_effects

    def write(self) -> None:
        """Write everything. Raises Moved where an order changed since it was loaded; then the transaction must end."""
        if not self.writes:
            return
        # In the order of ids, so that two who write the same linked orders wait for each other instead of for ever.
        written = store.write(sorted(self.writes.values(), key=lambda item: item.order.id))
        if len(written) != len(self.writes):
            raise Moved
        for root in self.roots:
            store.mark_root(root)
        if self.links:
            linkrows.write(self.links)
        if self.has_effects:
            effects.write(self.writes.values())


def sealed_into(events: list[Event], by: str, sealed: dict[str, str]) -> None:
    """Note in the command's own event where the originals of masked words lie."""
    if sealed:
        own = next((event for event in events if event.by == by), events[-1])
        own.data["sealed"] = sealed


def replaced(command: Command, **fields: Any) -> Command:
    """The command with fields of its payload replaced."""
    return msgspec.structs.replace(command, payload=msgspec.structs.replace(command.payload, **fields))
