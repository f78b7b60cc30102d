"""A command tried without giving it (试办): what the rules would say to it now, and what would come of it.

The same pure code decides as in `actions.handle`; nothing is written, and what a refused attempt would cause is not
caused.
"""

from __future__ import annotations

import msgspec

from yixian.lifecycle import Command, Decision, OrderState, Refusal, decide
from yixian.lifecycle.checking import check_reply
from yixian.lifecycle.commands import DraftReply, Payload, Reasoned, Reply
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import Basis
from yixian.orders import books, clock, facts, permits, platforms, progress, signing, single
from yixian.orders.errors import Denied, OrderError
from yixian.orders.store import Loaded
from yixian.parties import access, masking
from yixian.parties.access import Actor


class Checked(msgspec.Struct, frozen=True):
    """What the book's checks say of a reply: what refuses it, what is only warned of, the articles.

    `told`: the answer as the requester would get it, with what is masked in it masked. `refused`: why the command
    itself would not be taken, beside its words; "" where it would be.
    """

    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    basis: Basis
    told: str
    refused: str = ""
    refused_basis: Basis = ()


def checked(number: str, actor: Actor, name: str, payload: Reply | DraftReply) -> Checked:
    """A reply, or its draft, before it is sent. Raises NotFound, Denied."""
    order, state, command = _given(number, actor, name, payload)
    book = books.of_state(state)
    given, refused = payload, ""
    why: Basis = ()
    try:
        signed = _signed(command, actor, state).payload
        given = signed if isinstance(signed, (Reply, DraftReply)) else given
    except OrderError as error:
        refused, why = error.detail, error.basis
    # A draft is the lead's alone: nobody else, a co-handler included, is told what it says.
    waiting = state.pending_of("draft") if command.by == state.lead else None
    if waiting is not None and name == "reply":
        kept = {key: waiting.data.get(key) for key in _OF_DRAFT if getattr(given, key) is None}
        given = msgspec.structs.replace(given, **kept)
    known = facts.gather(name, state, book, order.platform_id, order.matter)
    known = msgspec.structs.replace(known, unmasked=given.text or "")
    draft = Draft(state, book, books.calendar(book.name), clock.now(), known, command.by, command.kind)
    if waiting is not None and name == "reply" and payload.text is None:
        # What was masked in it since would be found fault with: an untouched draft was checked as it was written.
        refusals: list[str] = []
        warnings, basis = list(waiting.data.get("warnings", ())), tuple(waiting.data.get("checked", ()))
    else:
        refusals, warnings, basis = check_reply(draft, given)
    if not refused and not refusals and given.text:
        answer = rehearsed(number, actor, name, payload)
        refused, why = (answer.reason, answer.basis) if isinstance(answer, Refusal) else ("", ())
    data = {key: getattr(given, key) for key in ("text", "office", "office_phone")}
    data["text"] = masking.mask_text(data["text"] or "")
    return Checked(tuple(refusals), tuple(warnings), basis, progress.as_told(data) or "", refused, why)


_OF_DRAFT = ("text", "contacted", "explanation", "office", "office_phone")


def rehearsed(number: str, actor: Actor, name: str, payload: Payload) -> Decision | Refusal:
    """What the order's rules would decide on this command now. Raises NotFound, Denied."""
    order, state, command = _given(number, actor, name, payload)
    command = _signed(command, actor, state)
    book = books.of_state(state)
    known = facts.gather(name, state, book, order.platform_id, order.matter)
    if isinstance(command.payload, (Reply, DraftReply)) and command.payload.text:
        known = msgspec.structs.replace(known, unmasked=command.payload.text)
    return decide(state, command, book, books.calendar(book.name), clock.now(), known)


def extended(number: str, actor: Actor, payload: Payload) -> tuple[int | None, int | None] | Refusal:
    """The due moment now, and that which an approved extension of this length would give. Raises NotFound, Denied."""
    asked = rehearsed(number, actor, "request_extension", payload)
    if isinstance(asked, Refusal):
        return asked
    book = books.of_state(asked.state)
    state: OrderState = asked.state
    waiting = state.pending_of("extension")
    for _ in range(len(waiting.data.get("approvers") or ("hotline",)) if waiting is not None else 0):
        agreed = decide(state, Command("approve_extension", "system", Reasoned()), book, books.calendar(book.name),
                        clock.now())  # fmt: skip
        if isinstance(agreed, Refusal):
            return agreed
        state = agreed.state
        if state.pending_of("extension") is None:
            break
    return _due(asked.state), _due(state)


def _due(state: OrderState) -> int | None:
    return next((item.due for item in state.clocks if item.key == "reply"), None)


def _given(number: str, actor: Actor, name: str, payload: Payload) -> tuple[Loaded, OrderState, Command]:
    """The order, and the command as this actor would give it. Raises NotFound, Denied."""
    order, state = single.readable(number, actor)
    path = platforms.of_id(order.platform_id).path
    units = permits.units_of(state)
    denied = access.may(actor, name, platform_path=path, units=units, order_no=order.number)
    if denied is not None:
        raise Denied(denied.reason)
    by = access.voice(actor, name, platform_path=path, units=units)
    return order, state, Command(name, by, payload)


def _signed(command: Command, actor: Actor, state: OrderState) -> Command:
    return signing.signed(command, actor, state) if actor.kind == "unit" else command
