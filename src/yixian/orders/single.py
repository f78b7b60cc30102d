"""One order as people read it: detail, timeline, related orders, allowed actions; always within the actor's scope."""

from __future__ import annotations

from typing import Any

import msgspec

from yixian.lifecycle import COMMANDS, EVENT_KINDS, Allowed, OrderState, allowed
from yixian.orders import books, clock, facts, permits, platforms, session, signing, store
from yixian.orders.lists import Row, rows_of
from yixian.orders.store import Loaded
from yixian.parties import access, vault
from yixian.parties.access import Actor, scope

WORDS = {
    "hotline": "热线平台",
    "upstream": "上级平台",
    "requester": "诉求人",
    "manager": "平台管理人员",
    "system": "系统",
}


class Detail(msgspec.Struct, frozen=True):
    """One order as its page shows it. `seq`: how many events it has, for `handle(seen=…)`; `requester`: masked.

    `hidden`: why this actor may not see who the requester is, "" where they may; `readers`: the units by which this
    actor may read it, sub-units that it was routed to included.
    """

    id: int
    number: str
    platform: str
    platform_name: str
    seq: int
    state: OrderState
    requester: dict[str, str] | None
    hidden: str
    units: dict[str, str]
    matter: int | None
    readers: frozenset[str] = frozenset()


class Entry(msgspec.Struct, frozen=True):
    """One entry of the timeline: what, when, by whom, and the articles that justify it."""

    seq: int
    kind: str
    title: str
    at: int
    by: str
    by_name: str
    person: str | None
    data: dict[str, Any]
    basis: tuple[str, ...]


_UNITS = "select code, coalesce(nullif(short_name, ''), name) from parties_unit where code = any (%s)"
_FORMAL = "select code, name from parties_unit where code = any (%s)"
_TIMELINE = """
select e.seq, e.kind, extract(epoch from e.at)::bigint, e.by, u.name, e.data::text, e.basis
from orders_event e left join parties_user u on u.id = e.actor_user
where e.order_id = %s order by e.seq limit %s"""
_RELATED = """
select id from orders_order where matter = %s and id <> %s order by registered_at desc, id desc limit %s"""
MOST_ENTRIES = 2000


def readable(order_no: str, actor: Actor) -> tuple[Loaded, OrderState]:
    """The order where the actor may see it. Raises NotFound, also where it exists but is not theirs to know."""
    return permits.readable(store.load(order_no), actor, order_no)


def detail(order_no: str, actor: Actor) -> Detail:
    """One order with its requester masked. Raises NotFound."""
    order, state = readable(order_no, actor)
    platform = platforms.of_id(order.platform_id)
    about = permits.about(order, state, actor)
    denied = None if actor.kind == "system" else access.may_see_contact(actor, about)
    shown = vault.masked([state.requester]).get(state.requester) if state.requester and denied is None else None
    return Detail(
        id=order.id,
        number=order.number,
        platform=platform.code,
        platform_name=platform.name,
        seq=order.seq,
        state=state,
        requester=shown,
        hidden=denied.reason if denied else "",
        units=unit_names([*permits.units_of(state), *([state.lead] if state.lead else [])]),
        matter=order.matter,
        readers=about.units,
    )


def unit_names(codes: list[str]) -> dict[str, str]:
    """Unit code -> its short name."""
    return dict(session.fetch(_UNITS, [codes])) if codes else {}


def formal_names(codes: list[str]) -> dict[str, str]:
    """Unit code -> its full name, as letters address it."""
    return dict(session.fetch(_FORMAL, [codes])) if codes else {}


def timeline(order_no: str, actor: Actor) -> list[Entry]:
    """Everything that happened to an order, oldest first, with its basis. Raises NotFound."""
    order, _ = readable(order_no, actor)
    rows = session.fetch(_TIMELINE, [order.id, MOST_ENTRIES])
    names: dict[str, str] = WORDS | unit_names(sorted({row[3] for row in rows} - set(WORDS)))
    return [
        Entry(
            seq=seq,
            kind=kind,
            title=EVENT_KINDS.get(kind) or kind,
            at=at,
            by=by,
            by_name=names.get(by) or by,
            person=person,
            data=_for(actor, kind, by, msgspec.json.decode(data)),
            basis=tuple(basis),
        )
        for seq, kind, at, by, person, data, basis in rows
    ]


INSIDE = frozenset({"reply_drafted", "draft_returned"})
"""What happens inside a unit before its answer leaves it: others see that it happened, not what was written."""
_SEEN_OUTSIDE = frozenset({"unit", "settled", "flags"})


def _for(actor: Actor, kind: str, by: str, data: dict[str, Any]) -> dict[str, Any]:
    """An event's data as this actor may read it."""
    if kind not in INSIDE or actor.kind == "system" or (actor.kind == "unit" and by in actor.unit_codes):
        return data
    return {key: value for key, value in data.items() if key in _SEEN_OUTSIDE}


def related(order_no: str, actor: Actor, limit: int = 20) -> tuple[Row, ...]:
    """Other orders of the same matter that the actor may read too, newest first. Raises NotFound."""
    order, _ = readable(order_no, actor)
    if order.matter is None:
        return ()
    rows = rows_of([row[0] for row in session.fetch(_RELATED, [order.matter, order.id, limit])])
    own = scope(actor)
    if own.kind == "all":
        return rows
    codes = {row.code for row in platforms.everything() if row.id in own.platform_ids}
    return tuple(row for row in rows if row.platform in codes or row.lead in own.unit_codes)


def actions_of(order_no: str, actor: Actor, now: int | None = None) -> list[Allowed]:
    """Every command this actor could give on the order: allowed now, or why not and by which article.

    Raises NotFound.
    """
    order, state = readable(order_no, actor)
    book = books.of_state(state)
    known = facts.gather("", state, book, order.platform_id, order.matter, every=True)
    path = platforms.of_id(order.platform_id).path
    units = permits.units_of(state)
    moment = clock.now() if now is None else now
    voices: dict[str, dict[str, Allowed]] = {}
    found: list[Allowed] = []
    for name in COMMANDS:
        if access.may(
            actor, name, platform_path=path, units=units, requester_ref=state.requester, order_no=order.number
        ):
            continue
        by = access.voice(actor, name, platform_path=path, units=units)
        if by not in voices:
            answers = allowed(state, book, books.calendar(book.name), moment, by, known)
            voices[by] = {answer.command: answer for answer in answers}
        denied = signing.barred(name, actor, book)
        if denied is not None:
            found.append(Allowed(name, COMMANDS[name].title, False, denied.detail, denied.basis))
        elif name in voices[by]:
            found.append(voices[by][name])
    rank = {name: place for answers in voices.values() for place, name in enumerate(answers)}
    return sorted(found, key=lambda item: (not item.ok, rank[item.command]))
