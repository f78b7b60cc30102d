"""What if (推演): the recorded history of one order decided again under other rules, and what would differ.

People's behaviour is held fixed: the same commands at the same moments. A command that the other rules refuse is
noted with its article and left out; what then no longer fits is noted too. How a text was to be written (the form of a
reply, who signs it, which particulars a record holds) is noted but stops nobody: people would have written otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import msgspec

from yixian.lifecycle.commands import COMMANDS, Command, Nothing
from yixian.lifecycle.decide import decide, state_allows
from yixian.lifecycle.evolve import evolve
from yixian.lifecycle.state import STATES, Basis, Clock, Decision, Event, OrderState, Refusal
from yixian.lifecycle.table import PENDING_OF
from yixian.lifecycle.whatif_said import FactsAt, Said, World, told
from yixian.rulebook import Duration, Leaf, Rulebook

KINDS: dict[str, str] = {
    "not_taken": "不能登记",
    "becomes_late": "按时变逾期",
    "becomes_on_time": "逾期变按时",
    "limit": "办理时限有无或进行状态不同",
    "due": "办理到期时间不同",
    "late_other": "其他时限的逾期不同",
    "cards": "亮牌不同",
    "returns": "退单计数不同",
    "extensions": "延期次数不同",
    "cases": "督办不同",
    "redos": "重办次数不同",
    "state": "状态不同",
    "refused": "有操作会被拒绝",
    "form": "答复或要素不合格式",
    "moot": "有操作不再适用",
}
"""The kinds of difference, the weightiest first."""

_FORM = frozenset({"register", "sign", "draft_reply", "reply"})
_EXPIRE = Command("expire", "system", Nothing())


class Side(msgspec.Struct, frozen=True):
    """What became of an order under one set of rules. `reply`: on_time, late, open (running) or none (no limit).

    `late`: names of the clocks that were late at least once, "co" for a co-handler's; `due` of the last reply clock.
    """

    state: str
    reply: str
    due: int | None
    late: tuple[str, ...]
    yellow: int
    red: int
    returns: int
    extensions: int
    cases: int
    redos: int
    limit: str | None = None
    basis: Basis = ()


class Note(msgspec.Struct, frozen=True):
    """A command that the other rules do not take as it was given. `kind`: refused, form or moot."""

    kind: str
    at: int
    command: str
    reason: str
    basis: Basis = ()


class Compared(msgspec.Struct, frozen=True):
    """One order before and after; `new` None where it could not even be registered. `reasons`: words and articles."""

    number: str
    old: Side
    new: Side | None
    kinds: tuple[str, ...]
    notes: tuple[Note, ...]
    reasons: tuple[tuple[str, Basis], ...]
    unknown: tuple[str, ...] = ()


class Run(msgspec.Struct, frozen=True):
    """A history as it would be: the state (None: not registered), all events, and what was not taken."""

    state: OrderState | None
    events: tuple[Event, ...]
    notes: tuple[Note, ...]


def as_in_force(book: Rulebook) -> Rulebook:
    """The rules as if they had always been in force: a draft of tomorrow is tried on the orders of yesterday."""
    document = book.document
    always = replace(document, effective=Leaf(None, document.effective.basis), expires=Leaf(None))
    return replace(book, document=always)


@lru_cache(maxsize=64)
def _formless(book: Rulebook) -> Rulebook:
    """The rules without those on how a text is written and who signs it."""
    return replace(book, replies=(), sign_off={}, intake=replace(book.intake, requires=None))


def compare(events: Sequence[Event], own: World | None, other: World, now: int, facts: FactsAt) -> Compared:
    """One order's record against what the other rules would have made of it, up to `now`.

    `own`: the rules it ran under; what is due by them up to `now` counts as happened. Raises ValueError for a record
    that does not begin with a registration.
    """
    record = told(events, own, facts)
    state, after = record.state, list(events)
    if own is not None:
        answer = decide(state, _EXPIRE, own.book, own.calendar, now)
        if isinstance(answer, Decision):
            state, after = answer.state, [*after, *answer.events]
    old = side(state, after)
    run = under(record.said, other, now, facts, state.number)
    new = None if run.state is None else side(run.state, run.events)
    different = _kinds(old, new, run.notes)
    kinds = tuple(kind for kind in KINDS if kind in different)
    return Compared(state.number, old, new, kinds, run.notes, _reasons(old, new, run.notes), record.unknown)


def under(said: Sequence[Said], world: World, now: int, facts: FactsAt, number: str) -> Run:
    """Give these commands at their moments under these rules, and let time pass to `now`."""
    state: OrderState | None = None
    events: list[Event] = []
    notes: list[Note] = []
    for one in said:
        known = facts(one.command.name, one.at, one.seq)
        answer = decide(state, one.command, world.book, world.calendar, one.at, known, number=number)
        if one.attempt:
            state = _attempted(one, answer, state, events, notes)
            continue
        if isinstance(answer, Refusal) and one.command.name in _FORM:
            loose = decide(state, one.command, _formless(world.book), world.calendar, one.at, known, number=number)
            if isinstance(loose, Decision):
                notes.append(Note("form", one.at, one.command.name, answer.reason, answer.basis))
                answer = loose
        if isinstance(answer, Decision):
            state = answer.state
            events += answer.events
            continue
        events += answer.follow_ups
        for event in answer.follow_ups:
            state = evolve(state, event)
        notes.append(_refused(one, answer, state, world.book))
        if state is None:
            return Run(None, (), tuple(notes))
    if state is not None:
        last = decide(state, _EXPIRE, world.book, world.calendar, now)
        if isinstance(last, Decision):
            state = last.state
            events += last.events
    return Run(state, tuple(events), tuple(notes))


def _attempted(
    one: Said, answer: Decision | Refusal, state: OrderState | None, events: list[Event], notes: list[Note]
) -> OrderState | None:
    """A return that was refused then: refused again it has its consequences; allowed now, nobody decided on it."""
    if isinstance(answer, Decision):
        notes.append(Note("moot", one.at, one.command.name, "原被拒绝的退单申请, 按此规则可以提出"))
        return state
    for event in answer.follow_ups:
        state = evolve(state, event)
    events += answer.follow_ups
    return state


def _refused(one: Said, answer: Refusal, state: OrderState | None, book: Rulebook) -> Note:
    name = one.command.name
    fits = state is None or (
        state_allows(state, name, book) and (name not in PENDING_OF or state.pending_of(PENDING_OF[name]) is not None)
    )
    if name == "sign" and state is not None:  # deemed signed meanwhile: there is nothing left to sign
        fits = not any(part.unit == one.command.by and part.signed is not None for part in state.assignments)
    return Note("refused" if fits else "moot", one.at, name, answer.reason, answer.basis)


# ---- what became of it --------------------------------------------------------------------------------------------


def side(state: OrderState, events: Sequence[Event]) -> Side:
    """What became of an order: from its last state, and from what its events show that the state no longer does."""
    late: set[str] = set()
    shown = {"yellow": 0, "red": 0}
    lead: str | None = None
    cases = 0
    for event in events:
        data = event.data
        lead = data["set"].get("lead", lead) if "set" in data else lead
        if event.kind == "late" and "clock" in data:
            theirs = data.get("unit") is not None and data["unit"] != lead
            late.add("co" if theirs else data["clock"])
        for card in data.get("cards", ()):
            word = card["card"] if isinstance(card, Mapping) else card.card
            shown[word] = shown.get(word, 0) + 1
        cases += len(data.get("cases", ()))
    clock = next((item for item in state.clocks if item.key == "reply"), None)
    counts = state.counts
    return Side(
        state.state, _reply(clock, "reply" in late), clock.due if clock else None, tuple(sorted(late)),
        shown["yellow"], shown["red"], counts.returns, counts.extensions, cases, counts.redos,
        clock.limit if clock else None, clock.basis if clock else (),
    )  # fmt: skip


def _reply(clock: Clock | None, late: bool) -> str:
    if late:
        return "late"
    if clock is None or clock.due is None:
        return "none"
    return "open" if clock.running else "on_time"


def _kinds(old: Side, new: Side | None, notes: Sequence[Note]) -> set[str]:
    found = {note.kind for note in notes}
    if new is None:
        return {"not_taken"}
    if old.reply != new.reply:
        found.add("becomes_late" if new.reply == "late" else "becomes_on_time" if old.reply == "late" else "limit")
    if set(old.late) - {"reply"} != set(new.late) - {"reply"}:
        found.add("late_other")
    if (old.yellow, old.red) != (new.yellow, new.red):
        found.add("cards")
    found |= {
        name
        for name in ("due", "returns", "extensions", "cases", "redos", "state")
        if getattr(old, name) != getattr(new, name)
    }
    return found


_WORDS = {"refused": "{}: {}", "form": "{}: {}", "moot": "{}不再适用: {}"}


def _reasons(old: Side, new: Side | None, notes: Sequence[Note]) -> tuple[tuple[str, Basis], ...]:
    """Why, the weightiest first: what was refused, the limit that is another one, what no longer fits, how it reads."""

    def said(kind: str) -> list[tuple[str, Basis]]:
        told = [note for note in notes if note.kind == kind]
        return [(_WORDS[kind].format(COMMANDS[note.command].title, note.reason), note.basis) for note in told]

    limit: list[tuple[str, Basis]] = []
    if new is not None and (old.limit != new.limit or old.due != new.due):
        was, now = _length(old.limit), _length(new.limit)
        other = f"办理时限{was}, 按此规则{now}" if was != now else f"办理时限同为{now}, 起算、延期或剔除不同"
        limit.append((other, new.basis))
    return (*said("refused"), *limit, *said("moot"), *said("form"))


def _length(limit: str | None) -> str:
    return "没有" if limit is None else Duration.parse(limit).chinese()


# ---- the proof ----------------------------------------------------------------------------------------------------


def control(events: Sequence[Event], own: World, facts: FactsAt) -> tuple[str, ...]:
    """Where a replay under the order's own rules does not give the record again; empty where it does, exactly.

    Left aside: recalculated limits (the calendar of today knows what was provisional then) and where the originals
    of masked words are kept.
    """
    record = told(events, own, facts)
    run = under(record.said, own, record.state.changed, facts, record.state.number)
    kept = [event for event in events if event.kind != "recalculated"]
    wrong = [f"{note.command}: {note.reason}" for note in run.notes]
    wrong += [f"无法还原: {kind}" for kind in record.unknown]
    if len(kept) != len(run.events):
        wrong.append(f"记录有 {len(kept)} 条, 重演得 {len(run.events)} 条")
    for place, (was, made) in enumerate(zip(kept, run.events, strict=False), 1):
        if _encoded(was) != _encoded(made):
            wrong.append(f"第 {place} 条: 记录为 {was.kind} ({was.by}), 重演为 {made.kind} ({made.by})")
            break
    if run.state is None or (len(kept) == len(events) and _STATE.encode(run.state) != _STATE.encode(record.state)):
        wrong.append(f"最后状态不同: 记录为{STATES[record.state.state]}")
    return tuple(wrong)


_STATE = msgspec.json.Encoder(order="sorted")


def _encoded(event: Event) -> bytes:
    data: dict[str, Any] = {key: value for key, value in event.data.items() if key != "sealed"}
    return _STATE.encode((event.kind, event.at, event.by, data, event.basis))
