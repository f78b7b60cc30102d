"""What people see and do over a link (关联工单): the orders of other platforms, and asking above as the unit there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from yixian.lifecycle import STATES, parse
from yixian.lifecycle.commands import Payload
from yixian.orders import actions, books, linkrows, permits, platforms, session, single, store
from yixian.orders.errors import BadInput, Denied, NotFound
from yixian.orders.linkrows import STATION, LinkRow
from yixian.orders.outcome import Outcome
from yixian.parties import access
from yixian.parties.access import Actor
from yixian.rulebook import Rulebook

ASKS = (
    *("sign", "contact", "report_progress", "reply", "submit_opinion", "request_return", "request_extension"),
    *("request_interim_close", "file_statement", "appeal", "screen"),
)
"""What the platform below may say above, in the voice of the unit that stands for it there."""
_BELOW = """
select o.id, o.number, o.platform_id, o.state, extract(epoch from o.registered_at)::bigint,
    extract(epoch from d.due_at)::bigint, d.status, coalesce(d.late, false), o.lead,
    array(select a.unit from orders_assignment a where a.order_id = o.id), o.flags
from orders_order o left join orders_deadline d on d.order_id = o.id and d.clock = 'reply'
where o.id = any (%s)"""
_STUCK = """
select e.order_id, e.data->>'text', e.data->>'refused', e.data->>'from_no' from orders_event e
where e.order_id = any (%s) and e.kind = 'relayed' and e.data ? 'refused' order by e.order_id, e.seq desc limit 50"""


class Linked(msgspec.Struct, frozen=True):
    """A linked order as the other side may see it: where it is, its state and its limit; never its words.

    `direction`: 来自 (this order was opened for it) or 转至. `readable`: the actor may open it. `unit`: who stands for
    the platform. `refused`: what could not take effect there, newest first.
    """

    number: str
    platform: str
    platform_name: str
    direction: str
    kind: str
    unit: str
    state: str
    state_title: str
    registered: int
    due: int | None
    running: bool
    late: bool
    readable: bool
    refused: tuple[tuple[str, str], ...] = ()


def linked(order_no: str, actor: Actor) -> list[Linked]:
    """The orders of other platforms joined to this one, its origin first. Raises NotFound."""
    order, state = single.readable(order_no, actor)
    if "linked" not in state.flags:
        return []
    ends = linkrows.every(order.id)
    others = {(row.from_order if row.to_order == order.id else row.to_order): row for row in ends}
    found = {row[0]: row for row in session.fetch(_BELOW, [list(others)])}
    refused: dict[int, list[tuple[str, str]]] = {}
    for order_id, text, why, from_no in session.fetch(_STUCK, [[order.id, *others]]):
        if from_no == order.number:  # what came to the other order from elsewhere is no business of this one
            refused.setdefault(order_id, []).append((text or "", why))
    shown = [
        _shown(found[key], link, order.id, actor, refused.get(key, [])) for key, link in others.items() if key in found
    ]
    return sorted(shown, key=lambda item: (item.direction != "来自", -item.registered))


def _shown(row: session.Row, link: LinkRow, order_id: int, actor: Actor, refused: list[tuple[str, str]]) -> Linked:
    platform = platforms.of_id(row[2])
    about = access.About(
        order_no=row[1], platform_path=platform.path, units=frozenset(row[9]), confidential="confidential" in row[10]
    )
    return Linked(
        number=row[1],
        platform=platform.code,
        platform_name=platform.name,
        direction="来自" if link.to_order == order_id else "转至",
        kind=link.kind,
        unit=link.unit,
        state=row[3],
        state_title=STATES[row[3]],
        registered=row[4],
        due=row[5] if row[6] == "running" else None,
        running=row[6] == "running",
        late=row[7],
        readable=actor.kind == "system" or access.may_read(actor, about),
        refused=tuple(refused[:3]),
    )


def stuck(order_no: str, actor: Actor) -> list[tuple[str, str]]:
    """What came over a link and could not take effect on this order: (words, why), newest first. Raises NotFound."""
    order, state = single.readable(order_no, actor)
    if "linked" not in state.flags:
        return []
    return [(row[1] or "", row[2]) for row in session.fetch(_STUCK, [[order.id]])]


def asks(order_no: str, actor: Actor) -> list[str]:
    """The commands by which this actor may ask above for this order; none where nothing is above, or not theirs."""
    try:
        _, above, unit, voice = _above(order_no, actor)
    except (Denied, NotFound):
        return []
    ready = single.actions_of(above, _as_unit(unit, voice))
    return [item.command for item in ready if item.ok and item.command in ASKS]


def rules_above(order_no: str, actor: Actor) -> Rulebook:
    """The rules of the order above, which decide what must be said there. Raises Denied, NotFound."""
    _, number, _, _ = _above(order_no, actor)
    above = store.load(number)
    return books.of_state(above.state if above is not None else None)


def ask_above(
    order_no: str,
    command: str,
    payload: Mapping[str, Any] | Payload,
    actor: Actor,
    *,
    key: str | None = None,
    now: int | None = None,
) -> Outcome:
    """Say something above for this order, as the unit that stands for this platform there.

    Raises Denied where the actor does not run this platform's desk, NotFound, BadInput, and what the rules above
    refuse.
    """
    if command not in ASKS:
        raise BadInput("这件事不能向上级平台提出", "command")
    _, above, unit, voice = _above(order_no, actor)
    given = parse(command, payload if isinstance(payload, Mapping) else msgspec.to_builtins(payload), unit)
    return actions.handle(above, given, _as_unit(unit, voice), key=key, now=now)


def _above(order_no: str, actor: Actor) -> tuple[str, str, str, Actor]:
    order, state = single.readable(order_no, actor)
    origin = linkrows.of(order.id).origin if "linked" in state.flags else None
    above = store.load_id(origin.from_order) if origin is not None and origin.kind == STATION else None
    if origin is None or above is None or above.state is None:
        raise NotFound("这件工单没有上级平台的来单, 或上级工单不由本平台答复。")
    path = platforms.of_id(order.platform_id).path
    units = permits.units_of(state)
    own = platforms.of_id(above.platform_id).path
    if actor.kind != "system" and access.may(actor, "dispatch", platform_path=own) is None:
        raise Denied("您负责上级平台, 请直接办理上级工单。")
    if actor.kind not in ("hotline", "manager", "system"):
        raise Denied("向上级平台申请由本平台的派单员或督办管理员提出。")
    if access.may(actor, "dispatch", platform_path=path, units=units) is not None:
        raise Denied("向上级平台申请由本平台的派单员或督办管理员提出。")
    return order_no, above.number, origin.unit, actor


def _as_unit(unit: str, actor: Actor) -> Actor:
    """The unit above, spoken for by a person of the platform it stands for: the log names the person."""
    return replace(access.actor_for("unit", unit=unit), user_id=actor.user_id, username=actor.username, name=actor.name)
