"""What if: a replay under the order's own rules gives the record again exactly; under others, what would differ."""

from __future__ import annotations

import datetime as dt
import random

import msgspec
import pytest

from tests.lifecycle import random_orders
from tests.lifecycle.random_orders import BOOKS, START, UNITS
from yixian.lifecycle import COMMANDS, EVENT_KINDS, Decision, Event, Facts, PayloadError, Refusal, decide, parse, replay
from yixian.lifecycle.whatif import KINDS, as_in_force, compare, control
from yixian.lifecycle.whatif_said import World, known_kinds
from yixian.rulebook import Library

DAY = 86400
_JSON, _EVENTS = msgspec.json.Encoder(), msgspec.json.Decoder(list[Event])
LIBRARY = Library.load()


def world(name: str) -> World:
    """A built-in book with its calendar."""
    book = LIBRARY.version(name, dt.date(2025, 6, 2)).book
    assert book is not None
    return World(book, LIBRARY.calendar(name))


WORLDS = {name: world(name) for name in BOOKS}
NO_FACTS = Facts()


def no_facts(command: str, at: int, seq: int) -> Facts:
    """Nothing but the order itself."""
    return NO_FACTS


def live(rng: random.Random, mine: World, length: int = 25) -> tuple[list[Event], dict[int, Facts], int] | None:
    """One random order made by commands: its record as stored, the facts at each of its events, the last moment."""
    now = START + rng.randrange(0, 800 * DAY, 60)
    asked = parse("register", random_orders.registration(rng, mine.book))
    made = decide(None, asked, mine.book, mine.calendar, now, number="A")
    if isinstance(made, Refusal):
        return None
    state, events, facts = made.state, list(made.events), {1: NO_FACTS}
    for _ in range(length):
        now += rng.choice((0, 60, 60, 3600, 3600, DAY, 3 * DAY, 20 * DAY))
        known = Facts(rng.randrange(1, 5), rng.randrange(1, 7), (), (), ({"order": "Z", "state": "closed"},))
        name = random_orders._choose(rng, state, mine.book)
        spec = COMMANDS[name]
        by = state.lead or UNITS[0] if "unit" in spec.who and rng.random() < 0.9 else rng.choice(sorted(spec.who))
        by = rng.choice(UNITS) if by == "unit" else by
        payload = random_orders.payload(rng, name, mine.book)
        try:
            command = parse(name, payload, by)
        except PayloadError:
            continue
        told_now = decide(state, command, mine.book, mine.calendar, now, known)
        fresh = told_now.events if isinstance(told_now, Decision) else told_now.follow_ups
        facts |= {len(events) + place: known for place in range(1, len(fresh) + 1)}
        events += fresh
        state = replay(events)
    return _EVENTS.decode(_JSON.encode(events)), facts, now


@pytest.mark.parametrize("name", BOOKS)
def test_a_replay_under_the_own_rules_is_the_record_itself(name: str) -> None:
    rng = random.Random(f"control {name}")
    seen: set[str] = set()
    for number in range(160):
        lived = live(rng, WORLDS[name])
        if lived is None:
            continue
        events, facts, _ = lived
        wrong = control(events, WORLDS[name], lambda command, at, seq, facts=facts: facts[seq])
        assert not wrong, f"{name}, order {number}: {wrong}"
        seen |= {event.kind for event in events}
    assert len(seen) > 30, "the random orders hardly did anything"


def test_every_kind_of_event_has_its_command_or_is_a_consequence() -> None:
    known = list(known_kinds())
    assert len(known) == len(set(known))
    assert set(known) == set(EVENT_KINDS), "say in whatif_said.py which command a new kind of event comes from"


@pytest.mark.parametrize("name", BOOKS)
def test_comparing_with_the_own_rules_finds_no_difference(name: str) -> None:
    rng = random.Random(f"same {name}")
    for _ in range(30):
        lived = live(rng, WORLDS[name], 12)
        if lived is None:
            continue
        events, facts, now = lived
        found = compare(events, WORLDS[name], World(as_in_force(WORLDS[name].book), WORLDS[name].calendar), now,
                        lambda command, at, seq, facts=facts: facts[seq])  # fmt: skip
        assert (found.kinds, found.notes, found.old) == ((), (), found.new)


@pytest.mark.parametrize("other", BOOKS)
def test_random_orders_can_be_tried_under_every_book(other: str) -> None:
    rng = random.Random(f"other {other}")
    target = World(as_in_force(WORLDS[other].book), WORLDS[other].calendar)
    kinds: set[str] = set()
    for number in range(60):
        name = BOOKS[number % len(BOOKS)]
        lived = live(rng, WORLDS[name])
        if lived is None:
            continue
        events, facts, now = lived
        before = _JSON.encode(events)
        found = compare(events, WORLDS[name], target, now + 30 * DAY, lambda c, at, seq, facts=facts: facts[seq])
        assert _JSON.encode(events) == before, "the record itself is left as it is"
        assert set(found.kinds) <= set(KINDS)
        assert (found.new is None) == ("not_taken" in found.kinds)
        assert bool(found.notes) == bool({"not_taken", "refused", "form", "moot"} & set(found.kinds))
        kinds |= set(found.kinds)
    assert len(kinds) > 5
