"""Loading an order for a command and writing what was decided: one statement each.

Nobody holds a lock while deciding: `write` leaves out an order that moved on since it was loaded, and the caller
loads and decides again. What was decided on an old state is never stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import psycopg

from yixian.lifecycle.state import Event, OrderState
from yixian.orders import books, chain, projection, reacting, session, words
from yixian.orders.errors import BadInput
from yixian.orders.projection import Columns, DeadlineRow, PartRow

_LOAD = """
select o.id, o.number, o.platform_id, s.seq, s.chain, s.body::text, o.matter,
    k.request, k.order_id, k.first_seq, k.last_seq, k.opened
from orders_order o join orders_snapshot s on s.order_id = o.id
left join orders_idempotencykey k on k.id = %s
where o.number = %s"""
_LOAD_MANY = """
select o.id, o.number, o.platform_id, s.seq, s.chain, s.body::text, o.matter
from orders_order o join orders_snapshot s on s.order_id = o.id
where o.number = any (%s) order by o.id for update of s"""
_LOAD_ID = """
select o.id, o.number, o.platform_id, s.seq, s.chain, s.body::text, o.matter
from orders_order o join orders_snapshot s on s.order_id = o.id where o.id = %s"""
_MARK_ROOT = "update orders_order set matter = id where id = %s and matter is null returning id"
_KEYS = "select id, request, order_id, first_seq, last_seq, opened from orders_idempotencykey where id = any (%s)"
_KEY = "select request, order_id, first_seq, last_seq, opened from orders_idempotencykey where id = %s"
_WRITE = "select orders_write(%s::json, %s, %s, %s)"
_EVENTS = """
select kind, extract(epoch from at)::bigint, by, data::text, basis, actor_user
from orders_event where order_id = %s and seq <= %s order by seq"""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

_NAMES = """
select e.by, u.name from orders_event e join parties_user u on u.id = e.actor_user
where e.order_id = %s and e.seq > %s order by e.seq"""

_state_decoder = msgspec.json.Decoder(OrderState)
_encoder = msgspec.json.Encoder()


class Used(msgspec.Struct, frozen=True):
    """What an idempotency key was used for."""

    request: bytes
    order_id: int
    first_seq: int
    last_seq: int
    opened: tuple[str, ...]


class Loaded(msgspec.Struct, frozen=True):
    """An order as it was when read. `seq` 0: not yet opened."""

    id: int
    number: str
    platform_id: int
    seq: int
    chain: bytes
    state: OrderState | None
    matter: int | None = None
    used: Used | None = None


class KeyRow(msgspec.Struct, frozen=True):
    """An idempotency key to keep: hashes as the database reads them, and which events it stands for."""

    key: str
    request: str
    first: int
    last: int
    opened: tuple[str, ...] = ()


class Write(msgspec.Struct):
    """What one order gains: its events, the state after them, and what came with the command."""

    order: Loaded
    events: Sequence[Event]
    state: OrderState
    actor_user: int | None = None
    keys: Sequence[KeyRow] = ()
    query_code_hash: bytes | None = None
    matter: int | None = None


class _EventRow(msgspec.Struct, frozen=True):
    seq: int
    kind: str
    at: int
    by: str
    actor: int | None
    data: msgspec.Raw
    basis: tuple[str, ...]
    prev: str
    hash: str


class _Fixed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The columns of a new order that never change."""

    number: str
    platform: int
    book: str
    version: str
    registered: int
    requester: str | None = None
    upstream_no: str | None = None
    same_as: str | None = None
    matter: int | None = None
    code: str | None = None


def load(number: str, key: bytes | None = None) -> Loaded | None:
    """The order with this number, and what the key was used for, if it was. None: no such order."""
    row = session.fetch_one(_LOAD, [key, number]) if _storable(number) else None
    if row is None:
        return None
    used = Used(row[7], row[8], row[9], row[10], tuple(row[11])) if row[7] is not None else None
    return _loaded(row, used)


def load_id(order_id: int) -> Loaded | None:
    """The order with this id."""
    row = session.fetch_one(_LOAD_ID, [order_id])
    return _loaded(row, None) if row else None


def mark_root(order_id: int) -> None:
    """The order is the first of a matter: its own id is the matter's."""
    session.fetch(_MARK_ROOT, [order_id])


def load_many(numbers: Iterable[str]) -> dict[str, Loaded]:
    """The orders with these numbers, locked in a fixed order until the transaction ends."""
    return {row[1]: _loaded(row, None) for row in session.fetch(_LOAD_MANY, [sorted(filter(_storable, set(numbers)))])}


def _storable(number: str) -> bool:
    """Whether text could be a number at all: the database refuses to look for NUL and for halves of characters."""
    return number.isascii() and "\0" not in number


def take(query: str, parameters: Sequence[Any]) -> list[Loaded]:
    """The orders that a query of the same columns as `load` takes."""
    return [_loaded(row, None) for row in session.fetch(query, parameters)]


def _loaded(row: session.Row, used: Used | None) -> Loaded:
    return Loaded(row[0], row[1], row[2], row[3], row[4], decode(row[5]), row[6], used)


def decode(body: str | bytes) -> OrderState:
    """A stored state."""
    return _state_decoder.decode(body)


def used(key: bytes) -> Used | None:
    """What a key was used for, or None."""
    row = session.fetch_one(_KEY, [key])
    return Used(row[0], row[1], row[2], row[3], tuple(row[4])) if row else None


def used_many(keys: Iterable[bytes]) -> dict[bytes, Used]:
    """What each of these keys was used for."""
    rows = session.fetch(_KEYS, [list(keys)])
    return {row[0]: Used(row[1], row[2], row[3], row[4], tuple(row[5])) for row in rows}


def history(order_id: int, until: int) -> list[Event]:
    """The events of an order up to a sequence number."""
    return [
        Event(kind, at, by, msgspec.json.decode(data), tuple(basis))
        for kind, at, by, data, basis, _ in session.fetch(_EVENTS, [order_id, until])
    ]


def names_of(order_id: int, after: int) -> dict[str, str]:
    """`by` -> the name of the person who last acted so on the order after an event."""
    return dict(session.fetch(_NAMES, [order_id, after]))


def write(writes: Sequence[Write]) -> set[int]:
    """Append, project and keep keys for all orders given; returns the ids written. The others moved on: load again.

    Raises psycopg.errors.UniqueViolation where a key was used meanwhile (nothing is written then), BadInput for
    text that cannot be stored.
    """
    try:
        rows = [_row(item) for item in writes]
    except UnicodeEncodeError:
        raise BadInput("内容含有不成对的代理字符 (损坏的表情符号), 请删除后重试") from None
    document = b"[" + b",".join(row for row, _ in rows) + b"]"
    if b"\\u0000" in document and _NUL.search(document):
        raise BadInput("内容含有空字符 (U+0000), 无法保存, 请删除后重试")
    opens = any(item.order.state is None for item in writes)
    moves = any(item.order.state is not None for item in writes)
    row = session.fetch_one(_WRITE, [document.decode(), opens, moves, any(more for _, more in rows)])
    return set(row[0]) if row else set()


def _row(item: Write) -> tuple[bytes, bool]:
    """The row for `orders_write`, and whether it needs more than the usual tables."""
    order, state = item.order, item.state
    before = order.state
    rows, end = _chained(item)
    due = projection.columns(state)
    closed, reopened = projection.closed(item.events)
    parts, gone = projection.parts(state, before)
    fields: dict[str, Any] = {
        "id": order.id,
        "was": order.seq,
        "seq": order.seq + len(item.events),
        "chain": hexed(end),
        "timer": books.timer(state),
        "body": state,
        "closed": closed,
        "reopened": reopened,
        "events": rows,
        "react": reacting.wanted(item.events),
    }
    _optional(fields, item, parts, gone, projection.deadlines(state, before))
    head = _encoder.encode(fields)
    body = _encoder.encode(due)
    if before is None:
        return _joined(head, body, _encoder.encode(_fixed(item))), bool(fields["react"])
    more = bool(fields["react"] or gone or "tokens" in fields)
    return _joined(head, body, b'{"platform":%d,"registered":%d}' % (order.platform_id, state.registered)), more


def _optional(
    fields: dict[str, Any],
    item: Write,
    parts: tuple[PartRow, ...],
    gone: tuple[str, ...],
    deadlines: tuple[DeadlineRow, ...],
) -> None:
    before = item.order.state
    if deadlines:
        fields["deadlines"] = deadlines
    if parts:
        fields["parts"] = parts
    if gone:
        fields["gone"] = gone
    if before is None or projection.searched(before) != projection.searched(item.state):
        fields["tokens"] = words.lexemes(*projection.searched(item.state))
    if item.keys:
        fields["keys"] = item.keys


def _fixed(item: Write) -> _Fixed:
    state = item.state
    return _Fixed(
        number=item.order.number,
        platform=item.order.platform_id,
        book=state.book,
        version=state.version,
        registered=state.registered,
        requester=state.requester,
        upstream_no=state.upstream_no,
        same_as=state.same_as,
        matter=item.matter,
        code=hexed(item.query_code_hash) if item.query_code_hash else None,
    )


def _joined(*objects: bytes) -> bytes:
    return b"{" + b",".join(item[1:-1] for item in objects) + b"}"


def _chained(item: Write) -> tuple[list[_EventRow], bytes]:
    prev = item.order.chain
    rows = []
    for seq, event in enumerate(item.events, item.order.seq + 1):
        data = chain.encode(event.data)
        actor = None if event.by == "system" else item.actor_user  # what time brings about is nobody's deed
        after = chain.link(prev, item.order.number, seq, event.kind, event.at, event.by, actor, data, event.basis)
        rows.append(
            _EventRow(
                *(seq, event.kind, event.at, event.by, actor, msgspec.Raw(data), event.basis), hexed(prev), hexed(after)
            )
        )
        prev = after
    return rows, prev


def hexed(value: bytes) -> str:
    """Bytes as PostgreSQL reads them inside JSON."""
    return "\\x" + value.hex()


UniqueViolation = psycopg.errors.UniqueViolation

__all__ = [
    "Columns",
    "Loaded",
    "UniqueViolation",
    "Used",
    "Write",
    "history",
    "load",
    "load_id",
    "load_many",
    "used",
    "used_many",
    "write",
]
