"""Registration (登记): the requester into the vault, the words masked, a number taken, the governing rules found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from yixian.lifecycle import Command, admission
from yixian.lifecycle.commands import Register, Requester
from yixian.orders import books, effects, numbers, permits
from yixian.orders.errors import BadInput, OrderError
from yixian.orders.plan import Plan, replaced, sealed_into
from yixian.orders.platforms import Known
from yixian.orders.redaction import redacted
from yixian.orders.store import Loaded
from yixian.parties import vault
from yixian.parties.access import Actor
from yixian.parties.errors import InvalidPerson
from yixian.rulebook import Rulebook


class Opening(msgspec.Struct, frozen=True):
    """A registration that may go ahead: who, where, under which rules, with which number."""

    command: Command
    platform: Known
    book: Rulebook
    id: int
    number: str
    restricted: int | None = None  # until when the platform takes no calls of this requester


def prepare(requests: Sequence[tuple[Command, Any]], actor: Actor, now: int) -> list[Opening | OrderError]:
    """Check permission and rules and take numbers, before any transaction: a number must not wait for one."""
    answers: list[Opening | OrderError] = []
    wanted: dict[int, list[int]] = {}
    day = books.local_day(now)
    for place, (command, platform) in enumerate(requests):
        try:
            spoken, known = permits.opener(command, actor, platform)
            book = books.in_force(known.book, day)
        except OrderError as error:
            answers.append(error)
            continue
        answers.append(Opening(spoken, known, book, 0, ""))
        wanted.setdefault(known.id, []).append(place)
    for platform_id, places in wanted.items():
        taken = numbers.take(platform_id, now, len(places))
        for place, (order_id, number) in zip(places, taken, strict=True):
            opening = answers[place]
            if isinstance(opening, Opening):
                answers[place] = msgspec.structs.replace(opening, id=order_id, number=number)
    return answers


def remember(openings: Sequence[Opening], actor: Actor, now: int) -> list[Opening | OrderError]:
    """Put the requesters into the vault; in what comes back they are refs. Belongs into the transaction."""
    people = [_told(opening, actor) for opening in openings]
    refs = vault.remember_many([person or {} for person in people])
    answers: list[Opening | OrderError] = []
    for opening, ref in zip(openings, refs, strict=True):
        if isinstance(ref, InvalidPerson):
            answers.append(BadInput(ref.message, f"requester.{ref.field}".rstrip(".")))
        else:
            answers.append(msgspec.structs.replace(opening, command=_referred(opening.command, ref, actor)))
    return _restricted(answers, now)


def _restricted(answers: list[Opening | OrderError], now: int) -> list[Opening | OrderError]:
    """With whose calls are restricted; asked once, and only where the rules know such a restriction of the channel."""
    asked: dict[int, str] = {}
    for place, answer in enumerate(answers):
        if not isinstance(answer, Opening) or not isinstance(answer.command.payload, Register):
            continue
        payload = answer.command.payload
        if payload.requester and payload.requester.ref and admission.restricts(answer.book, payload.channel):
            asked[place] = payload.requester.ref
    found = effects.restricted_until(tuple(dict.fromkeys(asked.values())), now)
    if not found:
        return answers
    for place, ref in asked.items():
        opening = answers[place]
        until = found.get((ref, opening.platform.id)) if isinstance(opening, Opening) else None
        if isinstance(opening, Opening) and until is not None:
            answers[place] = msgspec.structs.replace(opening, restricted=until)
    return answers


def _told(opening: Opening, actor: Actor) -> dict[str, str | None] | None:
    payload = opening.command.payload
    who = payload.requester if isinstance(payload, Register) else None
    if who is None or _known_ref(who, actor):
        return None
    return {
        "name": who.name,
        "phone": who.phone,
        "id_number": who.id_number,
        "address": who.address,
        "type": who.type,
    }


def _known_ref(who: Requester, actor: Actor) -> str | None:
    """A ref in the request is believed from staff; a requester can only be himself."""
    return (
        actor.requester_ref
        if actor.kind == "requester" and actor.requester_ref
        else (None if actor.kind == "requester" else who.ref)
    )


def _referred(command: Command, ref: str | None, actor: Actor) -> Command:
    payload = command.payload
    if not isinstance(payload, Register) or payload.requester is None:
        return command
    who = payload.requester
    # The lifecycle asks only whether there is a phone; it never stores it.
    told = Requester(
        ref=_known_ref(who, actor) or ref, phone=who.phone, anonymous=who.anonymous, type=who.type, level=who.level
    )
    return replaced(command, requester=told)


def open_one(plan: Plan, opening: Opening) -> Loaded:
    """Decide the registration inside the plan. Raises Refused, BadInput."""
    payload = opening.command.payload
    ref = payload.requester.ref if isinstance(payload, Register) and payload.requester else None
    command, sealed = redacted(opening.command, ref)
    order = plan.open(opening.id, opening.number, opening.platform.id, command, opening.book, opening.restricted)
    sealed_into(list(plan.writes[order.id].events), command.by, sealed)
    return order
