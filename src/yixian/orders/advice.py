"""Whom to dispatch to (派单建议): precedents of the same kind of matter, and who handled such matters most often."""

from __future__ import annotations

import msgspec

from yixian.lifecycle import OrderState
from yixian.orders import books, facts, permits, platforms, session, unit_list
from yixian.orders.errors import Denied
from yixian.orders.single import readable, unit_names
from yixian.parties import access
from yixian.parties.access import Actor
from yixian.rulebook.model import Basis

LATEST = 5000
MOST = 3
_USUAL = """
select r.lead, count(*), count(*) filter (where r.same_subject), count(*) filter (where r.same_place)
from (
    select o.lead, o.category, coalesce(o.subject = %s, false) as same_subject,
        coalesce(o.place = %s, false) as same_place
    from orders_order o where o.platform_id = %s order by o.registered_at desc, o.id desc limit %s
) r
where r.lead is not null and (r.same_subject or (%s and r.category = %s))
group by r.lead order by 3 desc, 4 desc, 2 desc, 1 limit %s"""
_ABLE = "select code from parties_unit where code = any (%s) and is_active"


class Precedent(msgspec.Struct, frozen=True):
    """A designation for the same kind of matter (先例). `binding`: the order must go the same way."""

    subject: str
    territory: str | None
    lead: str
    co: tuple[str, ...]
    binding: bool
    basis: Basis


class Usual(msgspec.Struct, frozen=True):
    """A unit that handled such matters before (历史派单建议): how many, of these the same subject, the same place."""

    unit: str
    orders: int
    same_subject: int
    same_place: int


class Advice(msgspec.Struct, frozen=True):
    """What is offered for the dispatch of one order. `names`: unit code -> short name.

    `coordinated_by`: who coordinates a matter beyond the platform's own region or level, with the articles; `level_to`:
    whose it is by the level that handles it (层级). `near`: the units whose territory the place is (属地).
    """

    precedents: tuple[Precedent, ...]
    usual: tuple[Usual, ...]
    names: dict[str, str]
    coordinated_by: str | None = None
    coordinated_basis: Basis = ()
    fallback: str | None = None
    fallback_basis: Basis = ()
    level_to: str | None = None
    level_basis: Basis = ()
    near: tuple[str, ...] = ()

    @property
    def bound(self) -> Precedent | None:
        """The precedent that binds, None where none does."""
        return next((one for one in self.precedents if one.binding), None)


def advice(order_no: str, actor: Actor) -> Advice:
    """What is known of whom to dispatch an order to, by its rules and the platform's history.

    Raises NotFound; Denied for who may not dispatch it.
    """
    order, state = readable(order_no, actor)
    path = platforms.of_id(order.platform_id).path
    denied = access.may(actor, "dispatch", platform_path=path, units=permits.units_of(state))
    if denied is not None and actor.kind != "system":
        raise Denied(denied.reason)
    book = books.of_state(state)
    rule = book.dispatch.precedents
    known = facts.precedents(order.platform_id, state.subject) if state.subject else ()
    here = [one for one in known if one["territory"] in (None, "", state.place)]
    found = tuple(
        Precedent(
            *(one["subject"], one["territory"], one["lead"], tuple(one["co"])),
            binding=place == 0 and rule is not None and rule.value == "binding",
            basis=rule.basis if rule else (),
        )
        for place, one in enumerate(here[:MOST])
    )
    usual = _usual(order.platform_id, state)
    codes = {one.unit for one in usual} | {unit for one in found for unit in (one.lead, *one.co)}
    region = book.dispatch.levels.match({"region": (state.region,)}) if state.region else None
    level = book.dispatch.levels.match({"handler_level": (state.handler_level,)}) if state.handler_level else None
    near = unit_list.near(path, state.place or "")
    last = book.dispatch.fallback
    return Advice(
        precedents=found,
        usual=usual,
        names=unit_names(sorted(codes)) | {unit.code: unit.name for unit in near},
        coordinated_by=region.to if region else None,
        coordinated_basis=region.basis if region else (),
        fallback=last.value if last else None,
        fallback_basis=last.basis if last else (),
        level_to=level.to if level else None,
        level_basis=level.basis if level else (),
        near=tuple(unit.code for unit in near),
    )


def _usual(platform_id: int, state: OrderState) -> tuple[Usual, ...]:
    """Units of the platform's latest orders of this subject; of this category where there is no subject."""
    values = [state.subject, state.place, platform_id, LATEST, state.subject is None, state.category, 2 * MOST]
    rows = session.fetch(_USUAL, values)
    able = {row[0] for row in session.fetch(_ABLE, [[row[0] for row in rows]])} if rows else set()
    return tuple(Usual(*row) for row in rows if row[0] in able)[:MOST]
