"""Many commands at once: one query that locks, decisions in memory, one statement that writes."""

from __future__ import annotations

from collections.abc import Sequence

from yixian.lifecycle import Command
from yixian.orders import permits, registering, session, store
from yixian.orders.deciding import Keys, decided, opened_in, replayed
from yixian.orders.errors import BadInput, Changed, NotFound, OrderError
from yixian.orders.outcome import Item, Outcome
from yixian.orders.plan import Plan
from yixian.orders.redaction import redacted, replied_text, unsafe
from yixian.orders.registering import Opening
from yixian.orders.store import Loaded, Used
from yixian.parties.access import Actor

CHUNK = 250
Result = Outcome | OrderError


def chunk(items: Sequence[Item], keyed: Sequence[Keys | None], actor: Actor, now: int) -> list[Result]:
    """Give the commands of one chunk in one transaction; each its own result.

    Raises Moved, Busy or UniqueViolation where others interfere; then nothing of the chunk is written.
    """
    used = store.used_many(keys.key for keys in keyed if keys is not None) if any(keyed) else {}
    openings = _prepared(items, keyed, used, actor, now)
    results: list[Result] = []
    with session.together():
        orders = store.load_many(item.order_no for item in items if item.order_no is not None)
        openings = _remembered(openings, actor, now)
        plan = Plan(now, actor.user_id)
        for place, (item, keys) in enumerate(zip(items, keyed, strict=True)):
            try:
                results.append(_one(plan, item, keys, used, orders, openings.get(place), actor))
            except OrderError as error:
                results.append(error)
        plan.write()
    return results


def _prepared(
    items: Sequence[Item], keyed: Sequence[Keys | None], used: dict[bytes, Used], actor: Actor, now: int
) -> dict[int, Opening | OrderError]:
    places = [
        place
        for place, (item, keys) in enumerate(zip(items, keyed, strict=True))
        if item.order_no is None and not (keys is not None and keys.key in used)
    ]
    found = registering.prepare([(items[place].command, items[place].platform) for place in places], actor, now)
    return dict(zip(places, found, strict=True))


def _remembered(openings: dict[int, Opening | OrderError], actor: Actor, now: int) -> dict[int, Opening | OrderError]:
    good = {place: opening for place, opening in openings.items() if isinstance(opening, Opening)}
    known = registering.remember(list(good.values()), actor, now) if good else []
    return openings | dict(zip(good, known, strict=True))


def _one(
    plan: Plan,
    item: Item,
    keys: Keys | None,
    used: dict[bytes, Used],
    orders: dict[str, Loaded],
    opening: Opening | OrderError | None,
    actor: Actor,
) -> Result:
    if keys is not None and keys.key in used:
        return replayed(used[keys.key], keys, item.order_no)
    if keys is not None and any(
        store.hexed(keys.key) == row.key for write in plan.writes.values() for row in write.keys
    ):
        raise BadInput("同一批指令中幂等键重复, 每条指令须用不同的幂等键", "key")
    if opening is not None:
        if isinstance(opening, OrderError):
            raise opening
        return opened_in(plan, opening, keys)
    order = orders.get(item.order_no or "")
    state = plan.state(order) if order is not None else None
    if order is None or state is None:
        raise NotFound(f"没有编号为 {item.order_no!r} 的工单, 或它不在您的数据范围内。请核对编号。")
    command = permits.spoken(item.command, actor, order, state)
    if item.seen is not None and item.seen < order.seq:
        raise Changed("该工单刚刚有变化, 这次没有办理。请按最新情况重新办理。")
    return _decided(plan, order, command, keys)


def _decided(plan: Plan, order: Loaded, command: Command, keys: Keys | None) -> Outcome:
    state = plan.state(order)
    if state is None:
        raise AssertionError("a loaded order has a state")
    sealed: dict[str, str] = {}
    written = None
    if unsafe(command.payload):
        written = replied_text(command)
        command, sealed = redacted(command, state.requester)
    return decided(plan, order, state, command, sealed, keys, written)
