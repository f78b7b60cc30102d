"""Reactions to events (wiring/reactions.py) are queued through an outbox: written with the events, queued exactly once.

Orders does not know the reactions, only which kinds have any; `drain`, called by the worker, hands them over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from yixian.lifecycle.state import Event

_TAKE = """
delete from orders_waiting where id in (select id from orders_waiting order by id limit %s for update skip locked)
returning order_id, first_seq, last_seq"""
_EVENTS = """
select o.number, e.kind, extract(epoch from e.at)::bigint, e.by
from unnest(%s::bigint[], %s::int[], %s::int[]) as w (order_id, first_seq, last_seq)
join orders_event e on e.order_id = w.order_id and e.seq between w.first_seq and w.last_seq
join orders_order o on o.id = w.order_id
order by e.order_id, e.seq"""


@lru_cache(maxsize=1)
def kinds() -> frozenset[str]:
    """The kinds of events that something follows from."""
    path = getattr(settings, "REACTIONS", "")
    table: Mapping[str, Sequence[str]] = import_string(path) if path else {}
    return frozenset(kind for kind, tasks in table.items() if tasks)


def wanted(events: Iterable[Event]) -> bool:
    """Whether anything follows from one of these events."""
    wanted_kinds = kinds()
    return bool(wanted_kinds) and any(event.kind in wanted_kinds for event in events)


def drain(limit: int = 500, enqueue: Callable[[str, list[Event]], Any] | None = None) -> int:
    """Queue the reactions of up to `limit` waiting rows; returns how many rows. Safe with several workers at once."""
    queue = enqueue or import_string(settings.AFTER_COMMIT)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE, [limit])
        rows = cursor.fetchall()
        if not rows:
            return 0
        cursor.execute(_EVENTS, [list(column) for column in zip(*rows, strict=True)])
        by_order: dict[str, list[Event]] = {}
        for number, kind, at, by in cursor.fetchall():
            by_order.setdefault(number, []).append(Event(kind, at, by))
        for number, events in by_order.items():
            queue(number, events)
    return len(rows)
