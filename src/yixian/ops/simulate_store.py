"""What a simulation reads of its orders: states, how often each kind of event happened, orders opened by orders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec
from django.db import connection

from yixian.lifecycle.state import OrderState
from yixian.orders import session, store

_STATES = """
select o.number, s.body::text from orders_order o join orders_snapshot s on s.order_id = o.id
where o.number = any (%s)"""
_KINDS = """
select o.number, e.kind, count(*) from orders_order o join orders_event e on e.order_id = o.id
where o.number = any (%s) group by o.number, e.kind"""
_CHILDREN = """
select p.number, o.number from orders_order p
join orders_order o on o.platform_id = p.platform_id and (o.same_as = p.number
    or (o.number like p.number || '.%%'))
join orders_event e on e.order_id = o.id and e.seq = 1 and e.by = 'system'
where p.number = any (%s)"""


class Found(msgspec.Struct):
    """Orders by number, and the numbers of those that each opened."""

    states: dict[str, OrderState] = {}
    done: dict[str, Counter[str]] = {}
    children: dict[str, list[str]] = {}


def unhurried() -> None:
    """Let this connection's commits not wait for the disk.

    Only a crash of the server itself can then undo the last instant, whole commits of it; a restart does it again.
    """
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit to off")


def alone(what: str) -> None:
    """Wait until no other process makes the same thing; until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 12345))", [what])


def load(numbers: Sequence[str], *, children: bool = False) -> Found:
    """The orders as they stand now; with `children`, also the orders that the system opened out of them."""
    found = Found()
    wanted = list(numbers)
    if children:
        for parent, child in session.fetch(_CHILDREN, [wanted]):
            found.children.setdefault(parent, []).append(child)
        wanted += [child for group in found.children.values() for child in group]
    for number, body in session.fetch(_STATES, [wanted]):
        found.states[number] = store.decode(body)
        found.done[number] = Counter()
    for number, kind, count in session.fetch(_KINDS, [wanted]):
        if number in found.done:
            found.done[number][kind] = count
    return found


def general(reason: str) -> str:
    """A reason without the numbers and names of one order, so that equal ones can be counted together."""
    return re.sub(r"\d[\d:T.\- ]*\d|\d", "N", reason)[:120]
