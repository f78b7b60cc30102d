"""Who may give a command, and as whom: the actor's word for the lifecycle is found here, never taken from a request."""

from __future__ import annotations

import msgspec

from yixian.lifecycle import Command, OrderState
from yixian.orders import inside_rights, platforms, signing
from yixian.orders.errors import BadInput, Denied, NotFound
from yixian.orders.store import Loaded
from yixian.parties import access
from yixian.parties.access import About, Actor


def units_of(state: OrderState) -> frozenset[str]:
    """The units that handle the order."""
    return frozenset(part.unit for part in state.assignments)


def about(order: Loaded, state: OrderState, actor: Actor | None = None) -> About:
    """What access decisions must know of an order; for an `actor` whom it was routed to inside its unit, that too."""
    units = units_of(state)
    if actor is not None and actor.kind == "unit" and not units & actor.unit_codes:
        units |= {inside_rights.door(order.id, actor, units)} - {""}
    return About(
        order_no=order.number,
        platform_path=platforms.of_id(order.platform_id).path,
        units=units,
        confidential="confidential" in state.flags,
    )


def readable(order: Loaded | None, actor: Actor, number: str) -> tuple[Loaded, OrderState]:
    """The order and its state where the actor may see it. Raises NotFound otherwise, as if there were none."""
    if order is not None and order.state is not None:
        state = order.state
        if actor.kind == "system" or access.may_read(actor, about(order, state, actor), requester_ref=state.requester):
            return order, state
    raise NotFound(f"没有编号为 {number!r} 的工单, 或它不在您的数据范围内。请核对编号。")


def spoken(command: Command, actor: Actor, order: Loaded, state: OrderState) -> Command:
    """The command as given by this actor. Raises Denied; NotFound where the actor may not even know the order."""
    if actor.kind == "system":
        return command
    path = platforms.of_id(order.platform_id).path
    units = units_of(state)
    denied = access.may(
        actor, command.name, platform_path=path, units=units, requester_ref=state.requester, order_no=order.number
    )
    if denied is not None:
        if actor.scopes is None or actor.scopes & {"read", "*"}:
            readable(order, actor, order.number)
        raise Denied(denied.reason)
    if actor.kind == "unit":
        command = signing.signed(command, actor, state)
    if actor.kind == "unit" and command.by in actor.unit_codes & units:
        return command
    by = access.voice(actor, command.name, platform_path=path, units=units)
    return command if by == command.by else msgspec.structs.replace(command, by=by)


def opener(command: Command, actor: Actor, platform: object) -> tuple[Command, platforms.Known]:
    """The register command as given by this actor, and the platform it opens at. Raises Denied, BadInput."""
    if platform is None:
        code = actor.platform_path.rstrip("/").rpartition("/")[2]
        if not code:
            raise BadInput("登记时须指明平台代码", "platform")
        found = platforms.of_code(code.removeprefix("~"))
    else:
        found = platforms.of_code(platform)  # type: ignore[arg-type]
    if not found.book:
        raise BadInput(f"平台 {found.name} 没有设定规则, 不能登记; 请管理员先为平台选定规则", "platform")
    if actor.kind == "system":
        return command, found
    denied = access.may(actor, "register", platform_path=found.path)
    if denied is not None:
        raise Denied(denied.reason)
    by = access.voice(actor, "register", platform_path=found.path)
    return msgspec.structs.replace(command, by=by), found
