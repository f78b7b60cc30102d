"""What people said (还原指令): the commands behind the recorded events of an order, in order and with their moments.

Timers, cards, lateness, cases that triggers open and recalculated limits are consequences and give no command. Where a
record leaves open how a command was put (a length named or not), the way that gives exactly the recorded event under
the order's own rules is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from yixian.lifecycle.commands import COMMANDS, ROLES_OF_HOTLINE, Command, PayloadError, parse
from yixian.lifecycle.decide import decide
from yixian.lifecycle.evolve import evolve
from yixian.lifecycle.intake import written
from yixian.lifecycle.state import Decision, Event, Facts, OrderState
from yixian.rulebook import Rulebook, WorkCalendar

FactsAt = Callable[[str, int, int], Facts]
"""The facts for a command (name, moment, number of its event in the record)."""

Options = list[tuple[str, dict[str, Any]]]
CONSEQUENCES = frozenset({"card_shown", "late", "promise_passed", "recalculated"})
"""Kinds of events that nobody says: time, or a loaded calendar, brings them about."""

PLAIN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "declined": ("decline", {}),
    "answered": ("answer", {}),
    "verified": ("verify", {}),
    "transferred": ("transfer", {"to": "platform"}),
    "responded": ("respond", {}),
    "progress_reported": ("report_progress", {}),
    "return_refused": ("refuse_return", {}),
    "extension_agreed": ("approve_extension", {}),
    "extension_approved": ("approve_extension", {}),
    "extension_refused": ("refuse_extension", {}),
    "opinion_submitted": ("submit_opinion", {}),
    "sent_back": ("send_back", {}),
    "review_passed": ("pass_review", {}),
    "supplemented": ("supplement", {}),
    "urged": ("urge", {}),
    "redo_ordered": ("order_redo", {}),
    "redo_refused": ("refuse_redo", {}),
    "appeal_upheld": ("uphold_appeal", {}),
    "appeal_rejected": ("reject_appeal", {}),
    "screening_proposed": ("screen", {}),
    "screening_refused": ("refuse_screen", {}),
    "interim_close_refused": ("refuse_interim_close", {}),
    "termination_proposed": ("terminate", {}),
    "convened": ("convene", {"by": "convened_by"}),
    "referred": ("refer", {"to": "to_body"}),
    "unit_notified": ("notify_unit", {"by": "notified_by"}),
    "caller_restricted": ("restrict_caller", {}),
    "restriction_lifted": ("lift_restriction", {}),
    "statement_filed": ("file_statement", {}),
    "rating_explained": ("explain_rating", {}),
    "merged": ("merge", {}),
    "withdrawn": ("withdraw", {}),
    "archived": ("archive", {}),
    "repeated": ("note_repeat", {"order": "report"}),
    "marked_unverified": ("mark_unverified", {}),
    "draft_returned": ("return_draft", {}),
    "case_confirmed": ("confirm_case", {}),
    "case_dismissed": ("dismiss_case", {}),
    "case_concluded": ("conclude_case", {}),
    "self_supervised": ("self_supervise", {}),
    "withheld": ("withhold", {}),
    "made_public": ("publish", {}),
    "relayed": ("relay", {}),
}
"""Events that hold their command's payload: which command, and where a field has another name in the event."""

PENDING: Mapping[str, str] = {
    "return_requested": "request_return",
    "interim_close_requested": "request_interim_close",
    "appealed": "appeal",
    "reply_drafted": "draft_reply",
}
"""Requests: the payload stands in the pending request that the event opens."""


class World(msgspec.Struct, frozen=True):
    """Rules and the working calendar of their place."""

    book: Rulebook
    calendar: WorkCalendar


class Said(msgspec.Struct, frozen=True):
    """One command as given. `attempt`: it was refused, and is known from the case that the attempt opened."""

    seq: int
    at: int
    command: Command
    attempt: bool = False


class Told(msgspec.Struct, frozen=True):
    """What a record tells: the commands, the state it leads to, and kinds of events that no command is known for."""

    said: tuple[Said, ...]
    state: OrderState
    unknown: tuple[str, ...] = ()


def told(events: Sequence[Event], own: World | None, facts: FactsAt) -> Told:
    """The commands behind the recorded events of one order.

    `own`: the rules the order ran under, None where they are no longer installed (an open question then gets its
    plainest answer). Raises ValueError for a record that does not begin with a registration.
    """
    if not events or events[0].kind != "registered":
        raise ValueError("记录不是从登记开始的, 无法还原")
    state: OrderState | None = None
    said: list[Said] = []
    unknown: list[str] = []
    for seq, event in enumerate(events, 1):
        if event.kind not in CONSEQUENCES:
            try:
                found = _said(seq, event, state, own, facts)
            except (KeyError, PayloadError, msgspec.ValidationError):
                unknown.append(event.kind)
            else:
                if found is not None:
                    said.append(found)
        state = evolve(state, event)
    assert state is not None
    return Told(tuple(said), state, tuple(unknown))


def _said(seq: int, event: Event, state: OrderState | None, own: World | None, facts: FactsAt) -> Said | None:
    if event.kind == "supervised" and not _by_hand(event):
        return _attempt(seq, event)
    options = _options(event, state, own)
    if not options:
        return None
    commands = [parse(name, payload, event.by) for name, payload in options]
    chosen = commands[0]
    if len(commands) > 1 and own is not None:
        wanted = _plain(event)
        for command in commands:
            answer = decide(state, command, own.book, own.calendar, event.at, facts(command.name, event.at, seq))
            if isinstance(answer, Decision) and any(_plain(made) == wanted for made in answer.events):
                chosen = command
                break
    return Said(seq, event.at, chosen)


def _plain(event: Event) -> bytes:
    return _ENCODER.encode((event.kind, event.by, {key: event.data[key] for key in event.data if key != "sealed"}))


_ENCODER = msgspec.json.Encoder(order="sorted")


def _by_hand(event: Event) -> bool:
    return any(_field(case, "trigger") == "manual" for case in event.data["cases"])


def _attempt(seq: int, event: Event) -> Said | None:
    """A case that a unit's own act opened at once can only come from a return that was refused (禁止退单)."""
    refused = any(_field(case, "trigger") == "refused_return" for case in event.data["cases"])
    if not refused or event.by in ROLES_OF_HOTLINE:
        return None
    words = {"reason": "未记录", "basis": "未记录", "suggestion": "未记录"}
    return Said(seq, event.at, parse("request_return", words, event.by), attempt=True)


def _field(item: Any, name: str, default: Any = None) -> Any:
    return item.get(name, default) if isinstance(item, Mapping) else getattr(item, name)


def _taken(command: str, data: Mapping[str, Any], renamed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The payload of a command out of an event's data: every field of that name, or of its other name."""
    other = renamed or {}
    fields = COMMANDS[command].payload.__struct_encode_fields__
    return {field: data[key] for field in fields if data.get(key := other.get(field, field)) is not None}


def _options(event: Event, state: OrderState | None, own: World | None) -> Options:
    """The ways this event's command may have been put, the likeliest first; none where nobody said it."""
    data, kind = event.data, event.kind
    if kind in PLAIN:
        name, renamed = PLAIN[kind]
        return [(name, _taken(name, data, renamed))]
    if kind in PENDING:
        return [(PENDING[kind], _taken(PENDING[kind], _field(data["pending"], "data", {})))]
    return _SPECIAL[kind](data, state, own)


# ---- events that need a closer look -------------------------------------------------------------------------------


def _registered(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    order = data["order"] if isinstance(data["order"], Mapping) else msgspec.to_builtins(data["order"])
    payload = _taken("register", {key: value for key, value in {**data, **order}.items() if key != "requester"})
    payload.pop("statutory_limit", None)
    flags = order.get("flags", ())
    payload |= {"confidential": "confidential" in flags, "unclear": "unverified" in flags}
    if order.get("statutory_limit"):
        payload["statutory_limit"] = {"limit": order["statutory_limit"]}
        if order.get("statutory_basis"):
            payload["statutory_limit"]["basis"] = order["statutory_basis"]
    if order.get("upstream_platform"):
        at = order.get("upstream_dispatched")
        came = {
            "platform": order["upstream_platform"],
            "no": order.get("upstream_no"),
            "dispatched_at": None if at is None else written(at),
        }
        payload["received_from"] = {key: value for key, value in came.items() if value is not None}
    who = {"ref": order.get("requester"), "type": order.get("petitioner"), "level": order.get("requester_level")}
    person: dict[str, Any] = {key: value for key, value in who.items() if value is not None}
    if not order.get("contactable", False):
        person["anonymous"] = True
    if person or not _contact_needed(own):
        return [("register", {**payload, **({"requester": _reachable(person, own)} if person else {})})]
    return [("register", {**payload, "requester": {"phone": "0"}})]


def _contact_needed(own: World | None) -> bool:
    needs = own.book.intake.requires if own is not None else None
    return own is None or (needs is not None and not {"contact", "phone", "name"}.isdisjoint(needs.value))


def _reachable(person: dict[str, Any], own: World | None) -> dict[str, Any]:
    """A phone is never recorded; where the own rules asked for one and nobody is referred to, there was one."""
    if "ref" in person or person.get("anonymous") or not _contact_needed(own):
        return person
    return {**person, "phone": "0"}


def _accepted(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    return [("decline", _taken("decline", data))] if "ground" in data else [("accept", {})]


def _dispatched(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    payload = _taken("dispatch", {**data, **{key: data["set"].get(key) for key in ("grade", "handler_level")}})
    payload.pop("mode", None)
    if data.get("opens"):
        payload["co"] = [
            unit
            for opened in data["opens"]
            for name, said in opened["commands"]
            if name == "dispatch" and (unit := said["lead"]) != payload["lead"]
        ]
        return [("dispatch", payload), ("dispatch", {**payload, "mode": "split"})]
    if payload.get("co"):
        return [("dispatch", payload), ("dispatch", {**payload, "mode": "lead"})]
    return [("dispatch", payload)]


def _designated(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    payload = _taken("designate", data, {"by": "decided_by"})
    return [("designate", payload | {"co": (data.get("precedent") or {}).get("co", data.get("co", ()))})]


def _signed(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    return [] if data.get("deemed") else [("sign", _taken("sign", data))]


def _contact(reached: bool) -> Callable[..., Options]:
    return lambda data, state, own: [("contact", {**_taken("contact", data), "reached": reached})]


def _return_approved(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    payload = _taken("approve_return", data)
    if "lead" in data:
        payload["redispatch_to"] = data["lead"]
    elif state is not None and data.get("assignments"):
        before = {part.unit for part in state.assignments}
        joined = [unit for part in data["assignments"] if (unit := _field(part, "unit")) not in before]
        payload |= {"redispatch_to": joined[0]} if joined else {}
    return [("approve_return", payload)]


def _extension_requested(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    asked = _field(data["pending"], "data", {})
    payload = {key: asked[key] for key in ("reason", "waiver") if asked.get(key) is not None}
    named = {"length": asked["length"]} if asked.get("length") not in (None, "unset") else {}
    return [("request_extension", payload), ("request_extension", {**payload, **named})]


def _replied(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    """What stands in the draft that was released is not said again: it was checked when it was handed in."""
    payload = _taken("reply", data)
    waiting = state.pending_of("draft") if state is not None and "drafted" in data else None
    kept = waiting.data if waiting is not None else {}
    return [("reply", {field: value for field, value in payload.items() if kept.get(field) != value})]


def _rated(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    return [("evaluate", _taken("evaluate", data, {"by": "-"}) | _rating(data))]


def _rating(data: Mapping[str, Any]) -> dict[str, Any]:
    rating = data.get("rating")
    if rating is None:
        return {}
    found = {key: _field(rating, key) for key in ("level", "by", "resolved")}
    return {key: value for key, value in found.items() if value is not None}


def _called_back(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    payload = _taken("call_back", data, {"by": "called_by"})
    payload |= {key: value for key, value in _rating(data).items() if key != "by"}
    wanted = "wants_redo" in data.get("flags", ())
    if not payload.get("reached"):
        return [("call_back", payload)]
    options = [("call_back", payload), ("call_back", {**payload, "wants_redo": wanted})]
    return options[::-1] if wanted else options


def _screened(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    name = "screen" if "ground" in data else "confirm_screen"
    return [(name, _taken(name, data))]


def _interim_closed(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    payload = _taken("approve_interim_close", data)
    promised = data.get("set", {}).get("promised")
    options: Options = [("approve_interim_close", payload)]
    if promised is not None:
        options.append(("approve_interim_close", {**payload, "promised": written(promised)}))
    return options


def _terminated(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    name = "terminate" if "unit" in data else "accept_terminate"
    return [(name, _taken(name, data))]


def _supervised(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    case = data["cases"][0]
    means, reason = tuple(_field(case, "means") or ()), _field(case, "reason")
    said = {**_taken("supervise", data), "with": _field(case, "units", ())}
    said |= {"reason": reason} if reason else {}
    by, key = {"by": _field(case, "by")}, {"trigger": _field(case, "key")}
    mode = {"mode": means[0]} if len(means) == 1 else {}
    ways: list[dict[str, Any]] = [key | by, by, key | by | mode, by | mode, key, mode, key | mode, {}]
    return [("supervise", said | way) for way in ways]


def _closed(data: Mapping[str, Any], state: OrderState | None, own: World | None) -> Options:
    return [] if data.get("deemed") else [("close", _taken("close", data))]


_SPECIAL: Mapping[str, Callable[[Mapping[str, Any], OrderState | None, World | None], Options]] = {
    "registered": _registered,
    "accepted": _accepted,
    "dispatched": _dispatched,
    "designated": _designated,
    "signed": _signed,
    "contacted": _contact(True),
    "contact_failed": _contact(False),
    "return_approved": _return_approved,
    "extension_requested": _extension_requested,
    "replied": _replied,
    "rated": _rated,
    "called_back": _called_back,
    "screened": _screened,
    "interim_closed": _interim_closed,
    "terminated": _terminated,
    "supervised": _supervised,
    "closed": _closed,
}


def known_kinds() -> Iterator[str]:
    """Every kind of event whose command, or whose having none, is known here."""
    yield from CONSEQUENCES
    yield from PLAIN
    yield from PENDING
    yield from _SPECIAL
