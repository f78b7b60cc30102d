"""Many orders lived through the one door on virtual time: a queue of steps, given together slot by slot.

Where each order stands is read from the database, and every command carries an idempotency key made of the run, the
case and the number of the order's events. So a run that was killed is simply started again: it registers everything
anew, is told what it already did, and goes on from there.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from yixian.lifecycle import parse
from yixian.lifecycle.commands import COMMANDS
from yixian.lifecycle.state import OrderState
from yixian.ops import simulate_policy, simulate_store
from yixian.ops.simulate_case import Case
from yixian.ops.simulate_hours import HOUR
from yixian.ops.simulate_policy import Life, Step
from yixian.orders import actions, books, clock, sweep
from yixian.orders.errors import OrderError, Refused, Unavailable
from yixian.orders.outcome import Item, Outcome
from yixian.parties.access import Actor

PATIENCE = 120.0  # seconds to wait for a database that went away
_NO_WORK = ("look",)
T = TypeVar("T")


class Cast(Protocol):
    """Who gives which command: the actors of a run."""

    def registrar(self, case: Case) -> Actor:
        """Who registers a case."""

    def actor(self, case: Case, step: Step, state: OrderState) -> Actor:
        """Who gives a step."""


class Report(msgspec.Struct):
    """What one process did of a run. `skipped`: cases without an order, with the reason; `stuck`: order numbers."""

    numbers: dict[str, str] = {}
    opened: int = 0
    commands: int = 0
    replayed: int = 0
    swept: int = 0
    refusals: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    skipped: dict[str, str] = {}
    stuck: list[str] = []
    waiting: int = 0
    seconds: float = 0.0


class Engine:
    """One process's work on a run; `until` cuts virtual time off, what is then open stays open."""

    def __init__(
        self,
        run: str,
        cast: Cast,
        unit_names: Mapping[str, str],
        *,
        policy: Callable[[Life], Step | None] = simulate_policy.next_step,
        until: int | None = None,
        sweep_every: int = HOUR,
        progress: Callable[[int, Report], None] | None = None,
    ) -> None:
        self.report = Report()
        self._run = run
        self._cast = cast
        self._unit_names = unit_names
        self._policy = policy
        self._until = until
        self._sweep_every = sweep_every
        self._progress = progress
        self._lives: dict[str, Life] = {}  # by order number
        self._queue: list[tuple[int, int, Case | None, str, Step | None]] = []
        self._serial = 0
        self._next_sweep = 0
        self._now = 0

    def live(self, cases: Iterable[Case]) -> Report:
        """Live all cases to their end, or to `until`. Raises Unavailable when the database stays away."""
        began = time.monotonic()
        simulate_store.unhurried()
        for case in cases:
            self._push(case.at, case, "", None)
        with clock.use(lambda: self._now):
            while self._queue and (self._until is None or self._queue[0][0] <= self._until):
                self._slot(self._queue[0][0])
                self.report.seconds = time.monotonic() - began
                if self._progress is not None:
                    self._progress(self._now, self.report)
            if self._until is not None:
                self._sweep(self._until)
        self.report.waiting = len(self._queue)
        self.report.seconds = time.monotonic() - began
        return self.report

    def _push(self, at: int, case: Case | None, number: str, step: Step | None) -> None:
        self._serial += 1
        heapq.heappush(self._queue, (at, self._serial, case, number, step))

    # --- one slot of virtual time ------------------------------------------------------------------------------

    def _slot(self, at: int) -> None:
        self._now = at
        arriving: list[Case] = []
        steps: list[tuple[str, Step]] = []
        while self._queue and self._queue[0][0] == at:
            _, _, case, number, step = heapq.heappop(self._queue)
            if case is not None:
                arriving.append(case)
            elif step is not None:
                steps.append((number, step))
        looking = [number for number, step in steps if step.name in _NO_WORK]
        if looking or at >= self._next_sweep:
            self._sweep(at)
        if arriving:
            self._register(arriving)
        self._act([(number, step) for number, step in steps if step.name not in _NO_WORK])
        self._look(looking)

    def _sweep(self, at: int) -> None:
        # The sweep is the installation's: it must never see a moment that has not come yet for other orders.
        if at <= time.time():
            self.report.swept += self._patiently(lambda: sweep.run(at)).orders
        self._next_sweep = at + self._sweep_every

    def _register(self, cases: Sequence[Case]) -> None:
        groups: dict[Actor, list[tuple[Case, Item]]] = {}
        for case in cases:
            payload = dict(case.register)
            if case.after is not None and case.after in self.report.numbers:
                payload["same_as"] = self.report.numbers[case.after]
            item = Item(None, parse("register", payload, case.by), case.platform, f"{self._run}/{case.key}")
            groups.setdefault(self._cast.registrar(case), []).append((case, item))
        known: list[tuple[Case, str]] = []
        for actor, rows in groups.items():
            answers = self._give([item for _, item in rows], actor)
            for (case, _), answer in zip(rows, answers, strict=True):
                if isinstance(answer, OrderError):
                    self.report.skipped[case.key] = answer.detail
                    self._note("register", answer)
                    continue
                self.report.numbers[case.key] = answer.order_no
                if answer.replayed:
                    known.append((case, answer.order_no))
                else:
                    self._begin(case, answer.state, Counter(event.kind for event in answer.events))
        if known:
            self._adopt(known, children=True)

    def _act(self, steps: Sequence[tuple[str, Step]]) -> None:
        groups: dict[Actor, list[tuple[Life, Step, Item]]] = {}
        for number, step in steps:
            life = self._lives[number]
            command = parse(step.name, step.payload, step.by)
            key = f"{self._run}/{life.case.key}/{life.state.events}"
            actor = self._cast.actor(life.case, step, life.state)
            groups.setdefault(actor, []).append((life, step, Item(number, command, None, key)))
        stale: list[Life] = []
        for actor, rows in groups.items():
            answers = self._give([item for _, _, item in rows], actor)
            for (life, step, _), answer in zip(rows, answers, strict=True):
                if isinstance(answer, Outcome) and not answer.replayed and self._took(life, answer):
                    self._plan(life)
                    continue
                if isinstance(answer, OrderError):
                    self._note(step.name, answer)
                    life.refused[step.name] += 1
                    life.refused[f"{step.name}.{step.by}"] += 1
                stale.append(life)
        self._reload(stale)

    def _took(self, life: Life, outcome: Outcome) -> bool:
        """Take an outcome in; False where others changed the order meanwhile and it must be read anew."""
        expected = life.state.events + len(outcome.events)
        life.done.update(event.kind for event in outcome.events)
        life.state = outcome.state
        if outcome.opened:
            self._adopt([(self._child(life.case, number), number) for number in outcome.opened], children=True)
        return outcome.state.events == expected

    def _look(self, numbers: Sequence[str]) -> None:
        """Read orders whose timers were to fire; what the sweep left (a moment still to come) is expired here."""
        lives = [self._lives[number] for number in numbers]
        before = {life.state.number: life.state.events for life in lives}
        self._reload(lives, plan=False)
        for life in lives:
            timer = books.timer(life.state)
            if timer is not None and timer <= self._now:
                self._push(self._now, None, life.state.number, Step(self._now, "expire", "system"))
                continue
            if life.state.events == before[life.state.number]:
                life.refused["look"] += 1
            self._plan(life)

    # --- the door ----------------------------------------------------------------------------------------------

    def _give(self, items: list[Item], actor: Actor) -> list[Outcome | OrderError]:
        answers = self._patiently(lambda: actions.handle_many(items, actor, self._now))
        self.report.commands += len(items)
        self.report.replayed += sum(1 for answer in answers if isinstance(answer, Outcome) and answer.replayed)
        return answers

    def _patiently(self, act: Callable[[], T]) -> T:
        """Do it; a database that is away is asked again until the patience ends. Keys make repeating harmless."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return act()
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def _note(self, name: str, error: OrderError) -> None:
        reason = error.refusal.reason if isinstance(error, Refused) else error.detail
        self.report.refusals[(COMMANDS[name].title, simulate_store.general(reason))] += 1

    # --- lives -------------------------------------------------------------------------------------------------

    def _begin(self, case: Case, state: OrderState, done: Counter[str]) -> None:
        book = books.version(state.book, state.version)
        life = Life(case, state, book, books.calendar(state.book), done, self._unit_names)
        self._lives[state.number] = life
        self._plan(life)

    def _adopt(self, known: Sequence[tuple[Case, str]], *, children: bool) -> None:
        """Take over orders that exist already, with those that they opened."""
        found = self._patiently(lambda: simulate_store.load([number for _, number in known], children=children))
        for case, number in known:
            for child in found.children.get(number, ()):
                if child not in self._lives:
                    self._begin(self._child(case, child), found.states[child], found.done[child])
            if number not in self._lives:
                self._begin(case, found.states[number], found.done[number])

    def _child(self, case: Case, number: str) -> Case:
        self.report.opened += number not in self._lives
        kept = msgspec.structs.replace(
            case.traits, ending="handled", shared=False, returned="", supplements=0, convened=False, withdrawn=False
        )
        return msgspec.structs.replace(case, key=f"{case.key}>{number}", traits=kept, after=None)

    def _reload(self, lives: Sequence[Life], *, plan: bool = True) -> None:
        if not lives:
            return
        found = self._patiently(lambda: simulate_store.load([life.state.number for life in lives]))
        for life in lives:
            number = life.state.number
            life.state, life.done = found.states[number], found.done[number]
            if plan:
                self._plan(life)

    def _plan(self, life: Life) -> None:
        step = self._policy(life)
        if step is None:
            if life.state.state != "archived":
                self.report.stuck.append(life.state.number)
            return
        # A step planned for a moment already past (the order was ahead of a restarted run) is given now.
        self._push(max(step.at, self._now), None, life.state.number, step)
