"""Whose signature lets an answer leave the unit (签批, 内部审核): known of persons by their post, never taken on trust.

A unit's own system (a token that an administrator issued for it) and parties that are no single person say themselves
who signed; the book checks it. A person's own token is that person.
"""

from __future__ import annotations

import msgspec

from yixian.lifecycle import Command, OrderState
from yixian.lifecycle.commands import Reply, Sign
from yixian.lifecycle.signing import RANKS, suffices
from yixian.orders import books
from yixian.orders.errors import BadInput, Denied
from yixian.parties.access import Actor
from yixian.parties.models import POSTS
from yixian.rulebook import Rulebook

_LEADS = "unit_leader"


def is_person(actor: Actor) -> bool:
    """A unit's user, logged in or by a token of their own; not a token that an administrator gave the unit's system."""
    return actor.kind == "unit" and actor.user_id is not None and not actor.of_system


def post_of(actor: Actor) -> str:
    """The post in words; a unit's leader without a recorded one is taken for the leader in charge (分管负责人)."""
    return POSTS[actor.post or ("deputy" if _LEADS in actor.roles else "clerk")]


def barred(name: str, actor: Actor, book: Rulebook) -> Denied | None:
    """Why this person may not release a reply at all: where the book has the unit review it inside first."""
    inside = book.review.inside
    if name != "reply" or inside is None or not inside.value or not is_person(actor) or _LEADS in actor.roles:
        return None
    return Denied("答复须经本单位内部审核后发出: 请先拟稿送审, 由本单位负责人审核发出或退回修改", basis=inside.basis)


def _names_another(signer: str | None, own: str, book: Rulebook) -> bool:
    """Whether the approval named is that of a post above this person's, as the book knows posts."""
    named = signer is not None and signer in [leaf.value for leaf in book.sign_off.values()]
    return named and signer != own and RANKS.get(own, 0) < RANKS.get(signer or "", 99)


def signed(command: Command, actor: Actor, state: OrderState) -> Command:
    """The command as this person may sign it: `signed_by` is their post, or that of whom they sign for by delegation.

    Raises Denied where post and delegation do not suffice, BadInput for half a delegation.
    """
    payload = command.payload
    if not is_person(actor) or not isinstance(payload, Reply | Sign):
        return command
    book = books.of_state(state)
    denied = barred(command.name, actor, book)
    if denied is not None:
        raise denied
    leaf = book.sign_off.get(state.grade or "一般")
    if leaf is None:
        return command
    if payload.delegated_to and not payload.delegation:
        raise BadInput("委托签批须写明谁委托、何时、何事", "delegation")
    own = post_of(actor)
    if isinstance(payload, Sign):
        gated = book.sign_off_before is not None and "handling" in book.sign_off_before.value
        if gated and payload.signed_by is None and suffices(book, state.grade, own):
            payload = msgspec.structs.replace(payload, signed_by=own)
        elif gated and not payload.delegation and _names_another(payload.signed_by, own, book):
            raise Denied(
                f"您登记的职务是{own}, 不能代{payload.signed_by}批准办理。由{payload.signed_by}本人签收; "
                "受委托的, 写明委托说明; 只是签收的, 批准人一栏不填。",
                basis=book.sign_off_before.basis if book.sign_off_before else (),
            )
    elif payload.delegation:
        payload = msgspec.structs.replace(
            payload, signed_by=payload.signed_by or leaf.value, delegated_to=payload.delegated_to or actor.name
        )
    elif suffices(book, state.grade, own):
        payload = msgspec.structs.replace(payload, signed_by=own)
    else:
        grade = state.grade or "一般"
        raise Denied(
            f"{grade}工单的答复须经{leaf.value}签批, 您登记的职务是{own}。请拟稿送审, 由{leaf.value}发出; "
            "受委托签批的, 写明委托说明。",
            basis=leaf.basis,
        )
    return command if payload is command.payload else msgspec.structs.replace(command, payload=payload)
