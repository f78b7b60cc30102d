"""Playing a scenario: each step is decided on its order; what a single order cannot know comes from the others."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import msgspec

from yixian.lifecycle import (
    Command,
    Decision,
    Event,
    Facts,
    OrderState,
    PayloadError,
    Refusal,
    decide,
    evolve,
    parse,
)
from yixian.rulebook import Library, Rulebook, RulebookError
from yixian.rulebook.findings import ERROR, Finding
from yixian.scenario import filing
from yixian.scenario.compare import Difference, compare
from yixian.scenario.source import ZONE, Scenario, Step


@dataclass(slots=True)
class Order:
    """An order of the scenario: its state, its book, who reported it, the events since its last step."""

    name: str
    state: OrderState
    book: Rulebook
    person: str | None
    reported: int
    fresh: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step and how it differed."""

    step: Step
    differences: tuple[Difference, ...]
    state: OrderState | None = None  # of the step's order, after it
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scenario went. `error` where it could not be played at all."""

    scenario: Scenario
    results: tuple[StepResult, ...]
    error: str = ""

    @property
    def ok(self) -> bool:
        """True where it was played and nothing differed."""
        return not self.error and not any(result.differences for result in self.results)


def run(scenario: Scenario, library: Library) -> Outcome:
    """Play a scenario under the books of a library."""
    results: list[StepResult] = []
    try:
        world = _World(scenario, library)
        for step in scenario.steps:
            found = tuple(world.play(step))
            order = world.orders.get(step.order)
            results.append(StepResult(step, found, order.state if order else None, world.refusal))
    except RulebookError as error:
        return Outcome(scenario, tuple(results), str(error))
    return Outcome(scenario, tuple(results))


class _World:
    def __init__(self, scenario: Scenario, library: Library) -> None:
        self.scenario = scenario
        self.library = library
        self.calendar = library.calendar(scenario.rulebook)
        self.orders: dict[str, Order] = {}
        self.precedents: list[dict[str, Any]] = []
        self.opened = False
        self.refusal: Refusal | None = None  # of the step just played

    def play(self, step: Step) -> list[Difference]:
        """Play one step; what differs from its `expect`."""
        self.opened, self.refusal = False, None
        self._pass_time(step)
        if step.do == "file":
            return self._file(step)
        refusal = self.refusal = self._register(step) if step.do == "register" else self._command(step)
        order = self.orders.get(step.order)
        events, state = ([], None) if order is None else (order.fresh, order.state)
        found = compare(step.expect, state, order.book if order else None, events, refusal, self.opened)
        if order is not None:
            order.fresh = []
        return found

    def _pass_time(self, step: Step) -> None:
        """Timers of the other orders fire too, since what one order cannot know comes from them."""
        expire = parse("expire", {}, "system")
        for order in list(self.orders.values()):
            if order.name != step.order:
                self._settle(order, self._decide(order, expire, step.at), step.at)

    # ---- registering ----------------------------------------------------------------------------------------------

    def _register(self, step: Step) -> Refusal | None:
        if step.order in self.orders:
            return Refusal("register", f"场景里已有工单 {step.order}")
        same_as = step.payload.get("same_as")
        if same_as is not None and same_as not in self.orders:
            return Refusal("register", f"same_as 指的工单 {same_as} 不存在")
        return self._open(step.order, step.payload, step.by, step.at)

    def _file(self, step: Step) -> list[Difference]:
        answer = self.library.version(self.scenario.rulebook, dt.datetime.fromtimestamp(step.at, ZONE).date())
        if answer.book is None or answer.status not in ("in_force", "continued"):
            return filing.refused(step.expect, Refusal("file", answer.message, tuple(answer.basis)))
        return filing.play(step.expect, step.payload, step.at, answer.book, self.calendar)

    def _book(self, at: int) -> tuple[Rulebook, Finding | None]:
        """The book of a day, and where it says that no version governs that day."""
        answer = self.library.version(self.scenario.rulebook, dt.datetime.fromtimestamp(at, ZONE).date())
        if answer.book is None:
            raise _unknown(self.scenario, answer.message)
        return answer.book, answer.where

    def _open(self, name: str, payload: dict[str, Any], by: str, at: int) -> Refusal | None:
        try:
            command = parse("register", payload, by)
        except PayloadError as error:
            return Refusal("register", str(error))
        book, where = self._book(at)
        person = _person(payload.get("requester"))
        root = self._root(payload.get("same_as"))
        facts = self._facts(root, person, (at, person), name)
        facts = msgspec.structs.replace(facts, restricted_until=self._restricted(person))
        made = decide(None, command, book, self.calendar, at, facts, number=name)
        if isinstance(made, Refusal):
            return msgspec.structs.replace(made, reason=f"{made.reason}; {where}") if where else made
        self.orders[name] = Order(name, made.state, book, person, at)
        self._take(self.orders[name], made.events, at)
        if root is not None:
            note = Command("note_repeat", "system", parse("note_repeat", {"order": name}).payload)
            first = self.orders[root]
            told = decide(first.state, note, first.book, self.calendar, at, self._facts(root, person, None, root))
            self._settle(first, told, at)
        return None

    # ---- commands -------------------------------------------------------------------------------------------------

    def _command(self, step: Step) -> Refusal | None:
        order = self.orders.get(step.order)
        if order is None:
            return Refusal(step.do, f"场景里没有工单 {step.order}")
        try:
            command = parse("expire", {}, "system") if step.do == "look" else parse(step.do, step.payload, step.by)
        except PayloadError as error:
            self._settle(order, self._decide(order, parse("expire", {}, "system"), step.at), step.at)
            return Refusal(step.do, str(error))
        made = self._decide(order, command, step.at)
        self._settle(order, made, step.at)
        return made if isinstance(made, Refusal) else None

    def _decide(self, order: Order, command: Command, at: int) -> Decision | Refusal:
        facts = self._facts(self._root(order.name), order.person, None, order.name)
        if command.name in ("reply", "refer", "draft_reply"):
            kinds = dict.fromkeys((part.unit for part in order.state.assignments), "government")
            kinds |= self.scenario.units
            facts = msgspec.structs.replace(facts, unit_kinds=kinds, calls=self._calls(order.person))
        return decide(order.state, command, order.book, self.calendar, at, facts)

    def _settle(self, order: Order, made: Decision | Refusal, at: int) -> None:
        if isinstance(made, Refusal):
            for event in made.follow_ups:
                order.state = evolve(order.state, event)
            order.fresh += made.follow_ups
        else:
            order.state = made.state
            self._take(order, made.events, at)

    def _take(self, order: Order, events: tuple[Event, ...], at: int) -> None:
        order.fresh += events
        for event in events:
            if "precedent" in event.data:
                self.precedents.insert(0, event.data["precedent"])
            for index, opening in enumerate(event.data.get("opens", ()), 1):
                self._open_another(order, opening, index, at)

    def _open_another(self, order: Order, opening: dict[str, Any], index: int, at: int) -> None:
        name = opening["number"] or f"{order.name}+{len(self.orders)}.{index}"
        for command, payload in opening["commands"]:
            if command == "register":
                with_person = {**payload, "requester": {**payload.get("requester", {}), "phone": order.person}}
                self._open(name, with_person if order.person else payload, "system", at)
            elif name in self.orders:
                made = self._decide(self.orders[name], parse(command, payload, "system"), at)
                self._settle(self.orders[name], made, at)
        self.opened = self.opened or name in self.orders

    # ---- what one order cannot know -------------------------------------------------------------------------------

    def _restricted(self, person: str | None) -> int | None:
        """Until when this person's phone is restricted, by whichever order of the file."""
        own = [order.state for order in self.orders.values() if person and order.person == person]
        return max((state.restricted_until or 0 for state in own), default=0) or None

    def _calls(self, person: str | None) -> int:
        own = [order.state for order in self.orders.values() if person and order.person == person]
        return sum(1 + state.counts.urges for state in own if state.channel == "phone")

    def _root(self, name: str | None) -> str | None:
        seen: set[str] = set()
        while name is not None and name in self.orders and name not in seen:
            seen.add(name)
            before = self.orders[name].state.same_as
            if before is None or before not in self.orders:
                return name
            name = before
        return name

    def _facts(self, root: str | None, person: str | None, new: tuple[int, str | None] | None, own: str) -> Facts:
        chain = [order for order in self.orders.values() if root is not None and self._root(order.name) == root]
        reports = [(order.reported, order.person) for order in chain] + ([new] if new else [])
        same = sum(1 for _, who in reports if who == person) if person is not None else 1
        people = len({who for _, who in reports if who}) + sum(1 for _, who in reports if not who)
        earlier = tuple(
            {"order": order.name, "state": order.state.state, "rating": _level(order.state)}
            for order in chain
            if order.name != own
        )
        rated = tuple(
            (rating.at, order.person, rating.level)
            for order in chain
            if order.state.state in ("closed", "archived") and (rating := order.state.evaluation) is not None
        )
        return Facts(max(same, 1), max(people, 1), tuple(reports), tuple(self.precedents), earlier, rated=rated)


def _person(requester: Any) -> str | None:
    """Who reports: the phone decides. Orders that describe nobody are one caller's; each anonymous one is another's."""
    if not isinstance(requester, dict):
        return ""
    said = requester.get("phone") or requester.get("ref") or requester.get("name")
    return str(said) if said else None if requester.get("anonymous") else ""


def _level(state: OrderState) -> str | None:
    rating = state.evaluation
    return rating.level if rating else None


def _unknown(scenario: Scenario, message: str) -> RulebookError:
    return RulebookError([Finding(ERROR, str(scenario.file), scenario.book_line, "rulebook", message)])
