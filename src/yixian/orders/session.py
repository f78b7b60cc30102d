"""The database connection as the hot path uses it: Django's own, below its cursor, with prepared statements.

Django's cursor binds on the client and plans every statement anew; these few statements run thousands of times.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import Error as DjangoError
from django.db import InterfaceError, OperationalError, connection, transaction

from yixian.orders.errors import BadInput, Busy, Unavailable

LOCK_TIMEOUT_MS = 5000
_PREPARE_AFTER = 3

Row = tuple[Any, ...]
_mine = threading.local()


def _raw() -> psycopg.Connection[Row]:
    connection.ensure_connection()
    raw: psycopg.Connection[Row] = connection.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = _PREPARE_AFTER
    return raw


def fetch(query: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, prepare: bool = True) -> list[Row]:
    """Run one statement, prepared unless its best plan depends on its values, and return its rows.

    Database errors come as psycopg's own.
    """
    cursor = _cursor()
    cursor.execute(query, parameters, prepare=prepare)  # type: ignore[arg-type]
    return cursor.fetchall()


def _cursor() -> psycopg.Cursor[Row]:
    """This thread's cursor for statements fetched at once; making one costs a third of a statement."""
    raw = _raw()
    found: psycopg.Cursor[Row] | None = getattr(_mine, "cursor", None)
    if found is None or found.connection is not raw:
        found = _mine.cursor = psycopg.Cursor(raw)
    return found


def client_cursor() -> psycopg.ClientCursor[Row]:
    """A cursor that binds on the client, for statements that take no parameters on the server (EXPLAIN)."""
    return psycopg.ClientCursor(_raw())


def fetch_one(query: str, parameters: Sequence[Any] = ()) -> Row | None:
    """Run one prepared statement and return its first row."""
    rows = fetch(query, parameters)
    return rows[0] if rows else None


def stream(query: str, parameters: Sequence[Any] = (), size: int = 2000) -> Iterator[Row]:
    """Run a statement on a cursor of the server and give its rows as they come. Needs a transaction."""
    with psycopg.ServerCursor(_raw(), "orders_stream") as cursor:
        cursor.itersize = size
        cursor.execute(query, parameters)  # type: ignore[arg-type]
        yield from cursor


@contextmanager
def consistent() -> Iterator[None]:
    """One transaction that sees one moment of the database throughout; inside an outer one, that one's view."""
    outer = connection.in_atomic_block
    with transaction.atomic():
        if not outer:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read")
        yield


def usable() -> bool:
    """Whether the connection is open; a dead one outside a transaction is closed, so that the next use opens anew."""
    raw = connection.connection
    if raw is None or not raw.closed:
        return True
    if not connection.in_atomic_block:
        connection.close()
    return False


def inside() -> bool:
    """Whether a transaction is open."""
    return bool(connection.in_atomic_block)


@contextmanager
def together() -> Iterator[None]:
    """One transaction around several statements; inside an outer one, a savepoint."""
    with transaction.atomic():
        yield


def explained(error: Exception) -> Exception:
    """The OrderError that a database error means to people, or the error itself where it is a defect of ours."""
    cause = error.__cause__ if isinstance(error, DjangoError) and error.__cause__ else error
    if isinstance(cause, (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)):
        return Busy()
    if isinstance(cause, (psycopg.errors.UntranslatableCharacter, psycopg.errors.CharacterNotInRepertoire)):
        return BadInput("内容含有不能保存的字符 (如空字符 U+0000), 请删除后重试")
    lost = (psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError)
    if isinstance(cause, lost):
        usable()
        return Unavailable()
    return error
