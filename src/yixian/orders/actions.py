"""The one door: every change of an order is a command through `handle` or `handle_many`.

Load, permit, decide, write. No lock is held while deciding: an order that someone else changed meanwhile is loaded
and decided anew, so that of two clerks acting at once one succeeds and the other is told what changed, and by whom.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import TypeVar

import psycopg
from django.db import Error as DjangoError

from yixian.lifecycle import EVENT_KINDS, Command, OrderState
from yixian.orders import bulk, clock, permits, registering, session, store
from yixian.orders.deciding import Keys, decided, opened_in, replayed
from yixian.orders.errors import Busy, Changed, NotFound, OrderError, Refused
from yixian.orders.outcome import Item, Outcome
from yixian.orders.plan import Moved, Plan
from yixian.orders.redaction import redacted, replied_text, unsafe
from yixian.orders.store import Loaded
from yixian.parties.access import Actor

__all__ = ["Item", "Outcome", "handle", "handle_many"]

TRIES = 6
T = TypeVar("T")
Also = Callable[[Outcome], None]


def handle(
    order_no: str | None,
    command: Command,
    actor: Actor,
    *,
    platform: object = None,
    key: str | None = None,
    now: int | None = None,
    seen: int | None = None,
    also: Also | None = None,
) -> Outcome:
    """Give one command.

    Args: the order's number (None to register); the command; who gives it; `platform` (a Platform, its code or id)
    where a new order opens, by default the actor's; `key`, the idempotency key: the same one again does nothing and
    returns the same outcome; `now`, by default `clock.now()`; `seen`, how many events the page showed: a later one
    refuses the command; `also`, what is written in the same transaction (a file that
    comes with it): where that raises, nothing of the command stays. A replay does not call it again.
    Raises OrderError: Refused (with what would be allowed), NotFound, Denied, BadInput, Busy, Changed, KeyClash,
    Unavailable. Then nothing is written, but for what the refused attempt causes by the rules.
    """
    moment = clock.now() if now is None else now
    keys = Keys.of(actor, key, order_no, command, platform)
    if order_no is None or command.name == "register":
        return _guarded(lambda: _register(command, actor, platform, keys, moment, also))
    return _guarded(lambda: _existing(order_no, command, actor, keys, moment, seen, also))


def handle_many(items: list[Item], actor: Actor, now: int | None = None) -> list[Outcome | OrderError]:
    """Give many commands, each with its own result in order; one that fails stops no other.

    Orders of a chunk are locked in a fixed order, decided one after the other and written in one statement. Where
    that is not possible (a key used at the same moment, a lost lock) the chunk's commands are given one by one.
    """
    moment = clock.now() if now is None else now
    results: list[Outcome | OrderError] = []
    for start in range(0, len(items), bulk.CHUNK):
        chunk = items[start : start + bulk.CHUNK]
        keyed = [Keys.of(actor, item.key, item.order_no, item.command, item.platform) for item in chunk]
        try:
            found = _guarded(partial(bulk.chunk, chunk, keyed, actor, moment))
        except (Moved, Busy, store.UniqueViolation):
            found = [_each(item, actor, moment) for item in chunk]
        results += found
    return results


def _each(item: Item, actor: Actor, now: int) -> Outcome | OrderError:
    try:
        return handle(item.order_no, item.command, actor, platform=item.platform, key=item.key, now=now, seen=item.seen)
    except OrderError as error:
        return error


def _guarded(act: Callable[[], T]) -> T:
    """Run, with the database's errors said as people understand them."""
    try:
        return act()
    except OrderError:
        raise
    except store.UniqueViolation:
        raise
    except (psycopg.Error, DjangoError) as error:
        found = session.explained(error)
        if found is error:
            raise
        raise found from error


# --- an existing order --------------------------------------------------------------------------------------------


def _existing(
    number: str,
    command: Command,
    actor: Actor,
    keys: Keys | None,
    now: int,
    seen: int | None,
    also: Also | None = None,
) -> Outcome:
    first_seq: int | None = None
    for _ in range(TRIES):
        order = _load(number, keys)
        if order is None or order.state is None:
            raise NotFound(f"没有编号为 {number!r} 的工单, 或它不在您的数据范围内。请核对编号。")
        state = order.state
        if order.used is not None and keys is not None:
            return replayed(order.used, keys, number)
        spoken = permits.spoken(command, actor, order, state)
        if seen is not None and seen < order.seq:
            raise Changed(f"{since(order, seen)}请按最新情况重新办理。")
        try:
            return _once(order, state, spoken, actor, keys, now, also)
        except Refused as refused:
            if first_seq is not None and first_seq < order.seq:
                raise Refused(refused.refusal, order_no=number, since=since(order, first_seq)) from None
            raise
        except (Moved, store.UniqueViolation):
            first_seq = order.seq if first_seq is None else first_seq
    raise Busy


def _load(number: str, keys: Keys | None) -> Loaded | None:
    """Load; a connection that died while idle is opened anew once, since nothing has been written yet."""
    try:
        return store.load(number, keys.key if keys else None)
    except psycopg.OperationalError:
        if session.usable() or session.inside():
            raise
        return store.load(number, keys.key if keys else None)


def _once(
    order: Loaded,
    state: OrderState,
    command: Command,
    actor: Actor,
    keys: Keys | None,
    now: int,
    also: Also | None = None,
) -> Outcome:
    masked = unsafe(command.payload)
    refusal: Refused | None = None
    outcome: Outcome | None = None
    inside = masked or also is not None
    with session.together() if inside else nullcontext():
        sealed: dict[str, str] = {}
        written = replied_text(command)
        if masked:
            command, sealed = redacted(command, state.requester)
        plan = Plan(now, actor.user_id)
        try:
            outcome = decided(plan, order, state, command, sealed, keys, written if masked else None)
        except Refused as refused:
            refusal = refused
        _write(plan, inside=inside)
        if also is not None and outcome is not None:
            also(outcome)
    if outcome is None:
        raise refusal or Busy()
    return outcome


def _write(plan: Plan, *, inside: bool) -> None:
    if inside or plan.alone():
        plan.write()
        return
    with session.together():
        plan.write()


def since(order: Loaded, seq: int) -> str:
    """What happened after an event, and by whom: for the one who comes second."""
    later = store.history(order.id, order.seq)[seq:]
    told = [event for event in later if event.by != "system"] or later
    names = store.names_of(order.id, seq)
    words = "; ".join(
        f"{clock.shown(event.at)} {names.get(event.by) or event.by} 已{EVENT_KINDS.get(event.kind, event.kind)}"
        for event in told[-3:]
    )
    return f"该工单刚刚有变化: {words}。" if words else ""


# --- a new order --------------------------------------------------------------------------------------------------


def _register(
    command: Command, actor: Actor, platform: object, keys: Keys | None, now: int, also: Also | None = None
) -> Outcome:
    for _ in range(TRIES):
        if keys is not None and (used := store.used(keys.key)) is not None:
            return replayed(used, keys, None)
        prepared = registering.prepare([(command, platform)], actor, now)[0]
        if isinstance(prepared, OrderError):
            raise prepared
        try:
            with session.together():
                known = registering.remember([prepared], actor, now)[0]
                if isinstance(known, OrderError):
                    raise known
                plan = Plan(now, actor.user_id)
                outcome = opened_in(plan, known, keys)
                plan.write()
                if also is not None:
                    also(outcome)
            return outcome
        except (Moved, store.UniqueViolation):
            continue
    raise Busy
