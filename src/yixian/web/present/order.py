"""One order as its page shows it: facts, units, clocks and actions, from its state; nothing decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yixian.lifecycle.cases import OWN
from yixian.lifecycle.commands import COMMANDS
from yixian.lifecycle.state import CASE_STATES, STATES, Clock, OrderState
from yixian.lifecycle.timers import is_duty
from yixian.rulebook import Rulebook, WorkCalendar
from yixian.web.present import clocks, moments, words
from yixian.web.present.forms import Field

PERSON = {"name": "姓名", "phone": "电话", "address": "地址", "id_number": "证件号"}
# What usually comes next, per state; everything else follows in the order of the command table.
LIKELY: dict[str, tuple[str, ...]] = {
    "registered": ("dispatch", "accept", "answer", "verify", "decline", "transfer"),
    "accepted": ("dispatch", "answer", "decline", "transfer"),
    "dispatched": ("sign", "contact", "request_return", "submit_opinion", "notify_unit", "supplement", "urge"),
    "handling": (
        *(
            "reply",
            "return_draft",
            "draft_reply",
            "contact",
            "report_progress",
            "submit_opinion",
            "request_extension",
            "request_return",
        ),
        *("request_interim_close", "supplement", "urge", "supervise"),
    ),
    "replied": ("pass_review", "send_back", "supplement"),
    "surveying": ("evaluate", "close"),
    "calling_back": ("call_back", "order_redo", "refuse_redo", "close"),
    "answered": ("archive", "close"),
    "closed": ("archive", "appeal", "screen"),
}
DECISIONS = ("approve_", "refuse_", "uphold_", "reject_", "confirm_", "accept_terminate")
# What takes an order a step on; only such an action is offered as the main button.
ONWARD = frozenset(
    {
        *("accept", "dispatch", "sign", "contact", "reply", "submit_opinion", "pass_review", "call_back"),
        *("close", "archive", "approve_return", "approve_extension", "approve_interim_close", "accept_terminate"),
        *("draft_reply", "confirm_case", "uphold_appeal", "confirm_screen", "order_redo", "evaluate"),
    }
)
RISKY = frozenset({"decline", "withdraw", "terminate", "restrict_caller", "request_return", "send_back", "merge"})


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit's part in the order."""

    name: str
    lead: bool
    stand: str
    title: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A supervision case as the page shows it."""

    key: str
    title: str
    by: str
    stands: str
    tone: str
    when: str
    when_title: str
    lines: tuple[tuple[str, str], ...]
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the order page and its print show, apart from people, clocks and timeline."""

    number: str
    state: str
    state_title: str
    category: str
    channel: str
    text: str
    sealed: bool
    place: str
    place_name: str
    registered: str
    registered_title: str
    printed: str
    flags: tuple[str, ...]
    cards: tuple[str, ...]
    facts: tuple[tuple[str, str, str], ...]
    counts: tuple[tuple[str, int], ...]
    units: tuple[UnitLine, ...]
    cases: tuple[CaseLine, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """An action button, or with `reason` one that is not possible now."""

    name: str
    title: str
    url: str
    risk: bool
    main: bool = False
    reason: str = ""
    basis: tuple[str, ...] = ()


def sheet(
    state: OrderState, book: Rulebook, units: Mapping[str, str], now: int, *, platform: str, sealed: bool
) -> Sheet:
    """The order's facts in words."""
    flags = tuple(code for code in state.flags if code in words.FLAGS)
    if state.grade == "重点":
        flags = ("key", *(code for code in flags if code != "key"))
    return Sheet(
        number=state.number,
        state=state.state,
        state_title=STATES.get(state.state, state.state),
        category=state.category,
        channel=words.value(state.channel),
        text=state.text,
        sealed=sealed,
        place=state.place or "",
        place_name=book.jurisdiction.name,
        registered=moments.short(state.registered, now),
        registered_title=moments.absolute(state.registered),
        printed=moments.absolute(now),
        flags=flags,
        cards=tuple(dict.fromkeys(card.card for card in state.cards)),
        facts=tuple(_facts(state, platform)),
        counts=tuple(
            (title, number) for key, title in words.COUNTS.items() if (number := getattr(state.counts, key, 0))
        ),
        units=tuple(_units(state, units, now)),
        cases=tuple(cases(state, units, now)),
    )


_TONES = {"proposed": "amber", "open": "amber", "effective": "green", "no_effect": "red", "dismissed": ""}


def cases(state: OrderState, units: Mapping[str, str], now: int) -> list[CaseLine]:
    """The supervision cases, newest first: by whom, how they stand, what was counted, and the articles."""
    lines = []
    for case in reversed(state.cases):
        said = (
            ("情形", f"{words.value(case.trigger)}, 计 {case.counted} 次" if case.counted else None),
            ("方式", "、".join(case.means) or None),
            ("会同", "、".join(units.get(unit, unit) for unit in case.units) or None),
            ("理由", case.reason),
            ("结论", case.note),
        )
        lines.append(
            CaseLine(
                key=case.key,
                title=words.value(case.trigger),
                by=units.get(case.by, case.by),
                stands=CASE_STATES[case.stands],
                tone=_TONES[case.stands],
                when=moments.short(case.concluded or case.at, now),
                when_title=moments.absolute(case.concluded or case.at),
                lines=tuple((name, text) for name, text in said if text),
                basis=case.basis,
            )
        )
    return lines


def draft_text(state: OrderState) -> str:
    """The draft of a reply that waits for release, "" where none does."""
    waiting = state.pending_of("draft")
    return str(waiting.data.get("text", "")) if waiting is not None else ""


_STANDS_FOR = {"confirm_case": "proposed", "dismiss_case": "proposed", "conclude_case": "open"}


def case_options(
    state: OrderState, units: Mapping[str, str], command: str, own: frozenset[str] | None
) -> tuple[tuple[str, str], ...]:
    """The cases that this command may be about: a unit's people (`own` units) see their own supervision alone."""
    wanted = _STANDS_FOR.get(command)
    found = {
        case.key: f"{words.value(case.trigger)} · {units.get(case.by, case.by)} · {CASE_STATES[case.stands]}"
        for case in state.cases
        if case.stands == wanted and (case.trigger != OWN if own is None else case.by in own)
    }
    return tuple(found.items())


def only_case(form: Sequence[Field]) -> dict[str, list[str]]:
    """The one case there is, chosen beforehand."""
    field = next((item for item in form if item.path == "case"), None)
    return {"case": [field.options[0][0]]} if field is not None and len(field.options) == 1 else {}


def _facts(state: OrderState, platform: str) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str | None, str]] = [
        ("地点", state.place, ""),
        ("主题", state.subject, ""),
        ("来源", state.source, ""),
        ("领域", state.domain, ""),
        ("事项", state.item, ""),
        ("等级", state.grade, ""),
        ("紧急", words.value(state.emergency) if state.emergency else None, ""),
        ("同一事项", state.same_as, f"/orders/{state.same_as}/" if state.same_as else ""),
        ("上级编号", state.upstream_no, ""),
        ("评价", state.evaluation.level if state.evaluation else None, ""),
        ("待决定", "、".join(words.PENDING.get(item.kind, "申请") for item in state.pending) or None, ""),
        ("公开", "不宜公开" if "not_public" in state.flags else None, ""),
        ("平台", platform, ""),
    ]
    return [(name, str(text), url) for name, text, url in rows if text]


def _units(state: OrderState, units: Mapping[str, str], now: int) -> list[UnitLine]:
    lines = []
    for part in state.assignments:
        if part.replied or part.opinion:
            stand, at = ("已答复" if part.replied else "已提意见"), part.replied or part.opinion or 0
        elif part.signed:
            stand, at = ("视为签收" if part.deemed else "已签收"), part.signed
        else:
            stand, at = "未签收", part.dispatched
        title = f"{moments.absolute(at)} {stand}" if stand != "未签收" else f"{moments.absolute(at)} 派单"
        lines.append(UnitLine(units.get(part.unit, part.unit), part.role == "lead", stand, title))
    return sorted(lines, key=lambda line: not line.lead)


def chips(
    state: OrderState, book: Rulebook, calendar: WorkCalendar, units: Mapping[str, str], now: int
) -> tuple[list[clocks.Chip], list[clocks.Chip]]:
    """The running clocks, most urgent first, and the stopped ones."""
    made = [
        clocks.chip(
            clock,
            now,
            calendar,
            hours=book.counting.hours.value,
            cards=state.cards,
            units=dict(units),
            co=clock.unit is not None and clock.unit in state.co,
            duty=is_duty(clock, book),
        )
        for clock in state.clocks
        if not _moot(clock, state)
    ]
    running = [chip for chip in made if chip.rank < 8]
    still = [chip for chip in made if chip.rank == 8]
    stopped = [chip for chip in made if chip.rank == 9]
    far = 1 << 60
    return sorted(running, key=lambda chip: (chip.rank, chip.due or far)) + still, stopped


def _moot(clock: Clock, state: OrderState) -> bool:
    """A window for giving the order back that nothing has closed, though the order is past being given back."""
    return clock.running and clock.name == "return" and state.state not in ("dispatched", "handling")


def actions(state: OrderState, allowed: Sequence[Any]) -> tuple[list[Action], list[Action]]:
    """Buttons in order of likelihood, and the actions that are not possible with their reasons.

    While the call to the unit of an emergency runs out, that call comes first.
    """
    order = {name: place for place, name in enumerate(LIKELY.get(state.state, ()))}
    call_first = any(item.name == "emergency_call" and item.status == "running" for item in state.clocks)
    onward = ONWARD | {"notify_unit"} if call_first else ONWARD
    table = {name: place for place, name in enumerate(COMMANDS)}

    def place(name: str) -> tuple[int, int]:
        if call_first and name == "notify_unit":
            return (-2, 0)
        if name in ("order_redo", "refuse_redo"):  # decisions only once someone wants it redone
            return (-1 if "wants_redo" in state.flags else 1, order.get(name, 100))
        if name.startswith(DECISIONS):
            return (-1, table[name])
        if name == "conclude_case":
            return (4, -1)  # whatever the state: a case stands open
        return (order.get(name, 100), table[name])

    able: list[Action] = []
    barred: list[Action] = []
    for item in sorted((item for item in allowed if item.command in COMMANDS), key=lambda item: place(item.command)):
        spec = COMMANDS[item.command]
        if spec.moment == "system" or item.command == "register":
            continue
        url = f"/orders/{state.number}/act/{item.command}/"
        risk = item.command in RISKY or item.command.startswith(("refuse_", "reject_"))
        if item.ok:
            able.append(Action(item.command, spec.title, url, risk, not able and item.command in onward))
        else:
            barred.append(Action(item.command, spec.title, url, risk, False, item.reason or "", tuple(item.basis)))
    return able, barred


def person(masked: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """The requester's lines: name, phone and the rest as far as they are known."""
    if not masked:
        return []
    return [(title, text) for key, title in PERSON.items() if (text := masked.get(key))]
