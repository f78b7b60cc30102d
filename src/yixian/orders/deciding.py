"""One command decided inside a plan, idempotency keys, and the replay of an earlier outcome."""

from __future__ import annotations

import hashlib

import msgspec

from yixian.lifecycle import Command, Event, OrderState, replay
from yixian.orders import books, facts, links, numbers, registering, store, units
from yixian.orders.errors import KeyClash, OrderError, Refused
from yixian.orders.outcome import Outcome
from yixian.orders.plan import Plan, sealed_into
from yixian.orders.store import Loaded, Used
from yixian.parties.access import Actor


class Keys(msgspec.Struct, frozen=True):
    """An idempotency key as stored: the hash of actor and key, and the hash of the request it was used for."""

    key: bytes
    request: bytes

    @classmethod
    def of(cls, actor: Actor, key: str | None, order_no: str | None, command: Command, platform: object) -> Keys | None:
        """The hashes, None where no key is given."""
        if not key:
            return None
        where = getattr(platform, "code", platform)
        who = f"{actor.kind}\n{actor.username}\n{actor.order_no or ''}\n{key}"
        request = msgspec.json.encode((order_no, command.name, str(where), command.payload))
        return cls(_digest(who.encode("utf-8", "surrogatepass")), _digest(request))


def _digest(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=16).digest()


def decided(
    plan: Plan,
    order: Loaded,
    state: OrderState,
    command: Command,
    sealed: dict[str, str],
    keys: Keys | None,
    unmasked: str | None = None,
) -> Outcome:
    """Decide one command inside the plan, with the orders it opens; returns the outcome once the plan is written.

    `unmasked`: a reply's text as it was written, for the checks that look for masks; it is kept nowhere.
    Raises Refused: what the refused attempt causes by the rules is in the plan all the same. When an order that it
    would open is refused, the whole command is, and nothing of it stays. BadInput for a unit that is not there.
    """
    command = units.named(command, order.platform_id)
    book = books.of_state(state)
    known = facts.gather(command.name, state, book, order.platform_id, order.matter)
    if unmasked is not None:
        known = msgspec.structs.replace(known, unmasked=unmasked)
    own = plan.copied(order.id)
    try:
        events = plan.decide(order, command, known)
    except Refused as refused:
        if links.news(plan.state(order), refused.follow_ups):
            links.follow(plan, order, state, refused.follow_ups)
        raise
    sealed_into(events, command.by, sealed)
    opened: tuple[str, ...] = ()
    after = plan.state(order)
    asks, linked = any("opens" in event.data for event in events), links.news(after, events)
    if asks or linked:
        rest, rows = plan.copy() | ({order.id: own} if own is not None else {}), list(plan.links)
        try:
            opened = plan.open_asked(order, events) if asks else ()
            _keep_key(plan, order, keys, len(events), opened)
            if linked:
                links.follow(plan, order, state, events)
        except OrderError:
            plan.writes = {key: write for key, write in rest.items() if key != order.id or own is not None}
            plan.links = rows
            raise
        return Outcome(order.number, tuple(events), plan.state(order) or state, opened)
    _keep_key(plan, order, keys, len(events), opened)
    return Outcome(order.number, tuple(events), after or state, opened)


def _keep_key(plan: Plan, order: Loaded, keys: Keys | None, count: int, opened: tuple[str, ...]) -> None:
    if keys is not None:
        plan.keep_key(order, keys.key, keys.request, count, opened)


def replayed(used: Used, keys: Keys, number: str | None) -> Outcome:
    """The outcome of an earlier command with the same key. Raises KeyClash where it was another request."""
    if used.request != keys.request:
        raise KeyClash("该幂等键已用于另一请求。请为新的请求换一个幂等键; 重发同一请求时内容须完全相同。")
    events = store.history(used.order_id, used.last_seq)
    state = replay(events)
    code = numbers.query_code(state.number) if number is None else None
    return Outcome(state.number, tuple(events[used.first_seq - 1 :]), state, used.opened, True, code)


def opened_in(plan: Plan, opening: registering.Opening, keys: Keys | None) -> Outcome:
    """Decide one registration inside the plan; returns the outcome once the plan is written."""
    order = registering.open_one(plan, opening)
    write = plan.writes[order.id]
    events: list[Event] = list(write.events)
    if keys is not None:
        plan.keep_key(order, keys.key, keys.request, len(events), ())
    return Outcome(order.number, tuple(events), write.state, (), False, numbers.query_code(order.number))
