"""Who calls (来电人): what is known under a number, what they asked before, whether their calls are restricted."""

from __future__ import annotations

from typing import Any

import msgspec

from yixian.intake import restrictions
from yixian.intake.restrictions import Restricted
from yixian.orders import clock, lists, platforms, session
from yixian.orders.filters import Filters
from yixian.orders.lists import Page, Row
from yixian.parties import journal, masking, vault
from yixian.parties.access import Actor
from yixian.parties.person import normal_phone

NEWEST = 10
_RATINGS = "select order_id, body->'ratings' from orders_snapshot where order_id = any (%s)"


class Earlier(msgspec.Struct, frozen=True):
    """One earlier order of a caller. `rating`: the level that counts, "" where there is none yet."""

    row: Row
    rating: str


class Caller(msgspec.Struct, frozen=True):
    """What is known of a caller. `ref` None: nobody is known under the number; then the rest is empty."""

    phone: str
    ref: str | None = None
    person: dict[str, str] = {}
    orders: tuple[Earlier, ...] = ()
    more: bool = False
    restricted: tuple[Restricted, ...] = ()
    place: str = ""


def look_up(phone: str, actor: Actor, *, address: str = "") -> Caller:
    """Who calls from this number, with their ten newest orders in the actor's reach; the look is journaled.

    Raises InvalidPerson for what cannot be a number.
    """
    plain = normal_phone(phone)
    if not plain:
        return Caller("")
    shown = masking.mask_phone(plain)
    ref = vault.find_by_phone(plain)
    facts = {"phone": shown, "known": ref is not None}
    journal.audit(actor, "按来电号码查询", f"requester:{ref or '-'}", after=facts, address=address)
    if ref is None:
        return Caller(shown)
    found, more = earlier(ref, actor)
    restricted = restriction(ref, actor)
    if not found and not restricted:
        return Caller(shown)  # who called another platform alone is not this one's to know
    return Caller(
        phone=shown,
        ref=ref,
        person=vault.masked([ref])[ref],
        orders=found,
        more=more,
        restricted=restricted,
        place=next((one.row.place for one in found if one.row.place), "") or "",
    )


def known(ref: str, actor: Actor) -> bool:
    """Whether the actor's platforms know this person: by an order they may read, or by a restriction in force."""
    return bool(lists.page(Filters(requester=ref), actor, None, 1).rows or restriction(ref, actor))


def earlier(ref: str, actor: Actor) -> tuple[tuple[Earlier, ...], bool]:
    """The caller's newest orders that the actor may read, and whether there are more."""
    found = lists.page(Filters(requester=ref), actor, None, NEWEST)
    return rated(found.rows), found.next_cursor is not None


def page(ref: str, actor: Actor, cursor: str | None, size: int) -> tuple[tuple[Earlier, ...], Page]:
    """A page of all orders of a caller that the actor may read. Raises BadInput."""
    found = lists.page(Filters(requester=ref), actor, cursor, size)
    return rated(found.rows), found


def rated(rows: tuple[Row, ...]) -> tuple[Earlier, ...]:
    """The rows with the rating that counts, in one query."""
    known = {row[0]: _level(row[1]) for row in session.fetch(_RATINGS, [[row.id for row in rows]])} if rows else {}
    return tuple(Earlier(row, known.get(row.id, "")) for row in rows)


def _level(ratings: Any) -> str:
    counted = [str(one["level"]) for one in ratings or () if one.get("counts", True)]
    return counted[-1] if counted else ""


def restriction(ref: str, actor: Actor) -> tuple[Restricted, ...]:
    """The restrictions of this person's calls that are in force at the actor's own platform."""
    own = actor.platform_path
    now = clock.now()
    return tuple(
        one
        for one in restrictions.of_person(actor, ref)
        if platforms.of_id(one.platform_id).path == own and one.starts <= now
    )
