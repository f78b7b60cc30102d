"""Reactions to events (wiring/reactions.py) go through an outbox: written with the events, done exactly once.

Orders does not know the reactions, only which kinds have any; `drain`, called by the worker, hands them over, a whole
batch at a time, inside the transaction that takes them out of the outbox.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.module_loading import import_string

from yixian.lifecycle.state import Event

log = logging.getLogger("yixian.orders.reacting")

_TAKE = """
delete from orders_waiting where id in (select id from orders_waiting order by id limit %s for update skip locked)
returning order_id, first_seq, last_seq"""
_TAKE_ONE = """
delete from orders_waiting where id in (select id from orders_waiting where id = %s for update skip locked)
returning order_id, first_seq, last_seq"""
_EVENTS = """
select o.id, o.number, o.platform_id, o.book, o.version, o.state, o.category, o.emergency, o.lead,
    e.seq, e.kind, extract(epoch from e.at)::bigint, e.by, e.data::text, e.basis
from unnest(%s::bigint[], %s::int[], %s::int[]) as w (order_id, first_seq, last_seq)
join orders_event e on e.order_id = w.order_id and e.seq between w.first_seq and w.last_seq
join orders_order o on o.id = w.order_id
where e.kind = any (%s) order by e.order_id, e.seq"""
_UNITS = "select order_id, unit from orders_assignment where order_id = any (%s) order by order_id, role desc, unit"
_DUES = """
select order_id, coalesce(unit, ''), clock, extract(epoch from due_at)::bigint from orders_deadline
where order_id = any (%s) and status = 'running' and due_at is not null order by order_id, due_at"""


class Due(msgspec.Struct, frozen=True):
    """A running clock of the order as it stands now; `unit` "" where it is not a unit's."""

    unit: str
    clock: str
    at: int


class Happening(msgspec.Struct, frozen=True):
    """One committed event together with its order as it stands now, for reactions."""

    order_id: int
    number: str
    platform_id: int
    book: str
    version: str
    state: str
    category: str
    emergency: str | None
    lead: str | None
    seq: int
    kind: str
    at: int
    by: str
    data: Mapping[str, Any]
    basis: tuple[str, ...]
    units: tuple[str, ...] = ()
    dues: tuple[Due, ...] = ()


@lru_cache(maxsize=1)
def kinds() -> frozenset[str]:
    """The kinds of events that something follows from."""
    path = getattr(settings, "REACTIONS", "")
    table: Mapping[str, Sequence[Any]] = import_string(path) if path else {}
    return frozenset(kind for kind, reactions in table.items() if reactions)


@lru_cache(maxsize=1)
def _only_if() -> Mapping[str, Callable[[Event], bool]]:
    path = getattr(settings, "REACTIONS_ONLY_IF", "")
    table: Mapping[str, Callable[[Event], bool]] = import_string(path) if path else {}
    return table


def wanted(events: Iterable[Event]) -> bool:
    """Whether anything follows from one of these events: each row in the outbox costs the command a little."""
    wanted_kinds, only_if = kinds(), _only_if()
    return any(
        event.kind in wanted_kinds and (event.kind not in only_if or only_if[event.kind](event)) for event in events
    )


def drain(limit: int = 500, react: Callable[[Sequence[Happening]], Any] | None = None) -> int:
    """Do what follows from up to `limit` waiting rows; returns how many rows. Safe with several workers at once.

    Where a batch fails, nothing of it has happened: its rows are then done one by one, and a row that fails alone is
    put aside and logged, so that one order whose rules are gone does not hold up all others. A database that is away
    raises as it does everywhere.
    """
    reaction = react or import_string(settings.AFTER_COMMIT)
    try:
        with transaction.atomic():
            return _do(_TAKE, [limit], reaction)
    except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError):
        raise
    except Exception:
        log.exception("一批后续处理失败, 改为逐件处理")
    return _one_by_one(limit, reaction)


def _one_by_one(limit: int, reaction: Callable[[Sequence[Happening]], Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select id from orders_waiting order by id limit %s", [limit])
        ids = [row[0] for row in cursor.fetchall()]
    done = 0
    for row_id in ids:
        try:
            with transaction.atomic():
                done += _do(_TAKE_ONE, [row_id], reaction)
        except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError):
            raise
        except Exception:
            log.exception("后续处理失败, 已略过: 发件箱第 %s 行", row_id)
            with transaction.atomic():
                done += _do(_TAKE_ONE, [row_id], lambda batch: None)
    return done


def _do(query: str, values: list[Any], reaction: Callable[[Sequence[Happening]], Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall()
        if not rows:
            return 0
        cursor.execute(_EVENTS, [*(list(column) for column in zip(*rows, strict=True)), sorted(kinds())])
        found = cursor.fetchall()
        if found:
            ids = list({row[0] for row in found})
            cursor.execute(_UNITS, [ids])
            units = _grouped(cursor.fetchall())
            cursor.execute(_DUES, [ids])
            dues = _grouped(cursor.fetchall())
            reaction([_happening(row, units, dues) for row in found])
    return len(rows)


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1:])
    return found


def _happening(row: tuple[Any, ...], units: dict[int, Any], dues: dict[int, Any]) -> Happening:
    mine = tuple(unit for (unit,) in units.get(row[0], ()))
    now = tuple(Due(*due) for due in dues.get(row[0], ()))
    values: tuple[Any, ...] = (*row[:13], msgspec.json.decode(row[13]), tuple(row[14]), mine, now)
    return Happening(*values)
