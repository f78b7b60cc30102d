"""Who may read an order because it was routed to them inside its unit (内部流转): a sub-unit, or one clerk."""

from __future__ import annotations

from collections.abc import Collection

from yixian.orders import session
from yixian.parties import access
from yixian.parties.access import Actor

_DOOR = """
select to_unit from orders_insidestep
where order_id = %s and unit = any (%s) and to_unit = any (%s) and stands <> 'back'
    and (to_user is null or to_user = %s or to_unit <> %s)
order by id desc limit 1"""


def door(order_id: int, actor: Actor, handling: Collection[str]) -> str:
    """The sub-unit of theirs that the order was routed to, "" where it was not, or was taken back.

    `handling`: the units that handle the order; what one that gave it back had routed opens it no more.
    A step that names a person opens the order to that person and to the units above theirs, not to their colleagues.
    """
    if actor.kind != "unit" or access.scope(actor).kind != "unit":
        return ""
    values = [order_id, sorted(handling), sorted(actor.unit_codes), actor.user_id or 0, actor.unit_code or ""]
    row = session.fetch_one(_DOOR, values)
    return str(row[0]) if row else ""
