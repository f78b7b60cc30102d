"""What the ratios are against: pgbench doing, as plain SQL, the reads and writes that commands were seen to do.

One order is taken through the door, and the rows that each command read and wrote are recorded; the script repeats
them statement by statement for other orders, with texts of the same size, on a copy of the tables with all indexes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import psycopg

from yixian.lifecycle import parse
from yixian.ops.bench.story import Step

READ = """select o.id, o.number, o.platform_id, s.seq, s.chain, s.body::text, o.matter,
 k.request, k.order_id, k.first_seq, k.last_seq, k.opened
 from orders_order o join orders_snapshot s on s.order_id = o.id
 left join orders_idempotencykey k on k.id = decode(lpad(to_hex(:key::bigint), 32, '0'), 'hex')
 where o.id = :id for update of s \\gset x_
"""
_EVENTS = """select seq, kind, extract(epoch from at)::bigint, by, actor_user, data::text, basis::text
from orders_event where order_id = %s and seq > %s order by seq"""
_ORDER = """select state, lead, category, channel, source, subject, place, excerpt, grade, emergency, flags::text, card,
extract(epoch from changed_at)::bigint, extract(epoch from closed_at)::bigint, extract(epoch from due_at)::bigint,
due_clock from orders_order where id = %s"""
_COLUMNS = (
    *("state", "lead", "category", "channel", "source", "subject", "place", "excerpt", "grade", "emergency", "flags"),
    *("card", "changed_at", "closed_at", "due_at", "due_clock"),
)
_DEADLINES = """select clock, owner, unit, extract(epoch from started_at)::bigint,
extract(epoch from stopped_at)::bigint,
extract(epoch from due_at)::bigint, length, status, late, provisional from orders_deadline where order_id = %s"""
_DEADLINE_COLUMNS = (
    *("clock", "owner", "unit", "started_at", "stopped_at", "due_at", "length", "status", "late", "provisional"),
)
_PARTS = """select unit, role, extract(epoch from registered_at)::bigint, extract(epoch from dispatched_at)::bigint,
extract(epoch from signed_at)::bigint, deemed, extract(epoch from opinion_at)::bigint,
extract(epoch from replied_at)::bigint from orders_assignment where order_id = %s"""
_PART_COLUMNS = (
    *("unit", "role", "registered_at", "dispatched_at", "signed_at", "deemed", "opinion_at", "replied_at"),
)
_MOMENTS = frozenset({"changed_at", "closed_at", "due_at", "started_at", "stopped_at"}) | frozenset(_PART_COLUMNS[2:])

Rows = list[tuple[Any, ...]]


class Written(msgspec.Struct):
    """What one command wrote: its events, the order's row and state after it, the rows of deadlines and assignments."""

    command: str
    events: Rows
    order: tuple[Any, ...]
    body: str
    timer: int | None
    deadlines: Rows
    parts: Rows

    @property
    def size(self) -> int:
        """The bytes of events and state."""
        return len(self.body.encode()) + sum(len(str(row[5]).encode()) for row in self.events)


def record(connection: psycopg.Connection, steps: Sequence[Step], actors: dict[str, Any]) -> list[Written]:
    """Give the steps of one order through the door, each with a key, and see what each of them writes."""
    from yixian.orders import actions

    found: list[Written] = []
    number: str | None = None
    order_id, seq = 0, 0
    deadlines: set[tuple[Any, ...]] = set()
    parts: set[tuple[Any, ...]] = set()
    for place, step in enumerate(steps):
        command = parse(step.name, step.payload, step.by)
        outcome = actions.handle(number, command, actors[step.by], key=f"record-{place}")
        number = outcome.order_no
        order_id = connection.execute("select id from orders_order where number = %s", [number]).fetchone()[0]  # type: ignore[index]
        snapshot = connection.execute(
            "select seq, body::text, extract(epoch from next_timer_at)::bigint from orders_snapshot"
            " where order_id = %s",
            [order_id],
        ).fetchone()
        assert snapshot is not None
        now_deadlines = connection.execute(_DEADLINES, [order_id]).fetchall()
        now_parts = connection.execute(_PARTS, [order_id]).fetchall()
        order = connection.execute(_ORDER, [order_id]).fetchone()
        assert order is not None
        found.append(
            Written(
                step.name,
                connection.execute(_EVENTS, [order_id, seq]).fetchall(),
                order,
                snapshot[1],
                snapshot[2],
                [row for row in now_deadlines if row not in deadlines],
                [row for row in now_parts if row not in parts],
            )
        )
        seq, deadlines, parts = snapshot[0], set(now_deadlines), set(now_parts)
    return found


class Script:
    """A pgbench script and the values of its variables: texts go as parameters, as a program would send them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.variables: dict[str, str] = {}

    def value(self, column: str, value: Any) -> str:
        """A value as SQL."""
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return f"to_timestamp({value})" if column in _MOMENTS else str(value)
        if not str(value):
            return "''"  # pgbench takes no empty variable
        name = f"v{len(self.variables)}"
        self.variables[name] = str(value)
        return f":{name}"

    def add(self, *lines: str) -> None:
        """Add statements."""
        self.lines += lines

    def text(self) -> str:
        """The script."""
        return "\n".join(self.lines) + "\n"


def script(written: Sequence[Written], base: int, share: int) -> Script:
    """The commands one after the other on an order of the client's own `share` of ids from `base` on."""
    made = Script()
    made.variables["n"] = "0"
    made.add("\\set n :n + 1", f"\\set id {base} + :client_id * {share} + :n % {share}")
    for item in written:
        made.add("\\set key random(1, 9000000000000000000)", "begin;", READ.replace("\n", " ").strip())
        made.add(*_statements(made, item), "commit;")
    return made


def _statements(made: Script, item: Written) -> Iterator[str]:
    for offset, (_, kind, at, by, user, data, basis) in enumerate(item.events, 1):
        yield (
            "insert into orders_event (order_id, seq, kind, at, by, actor_user, data, basis, prev, hash, recorded_at)"
            f" values (:id, :x_seq::int + {offset}, {made.value('kind', kind)}, to_timestamp({at}),"
            f" {made.value('by', by)}, {user if user is not None else 'null'}, {made.value('data', data)}::jsonb,"
            f" {made.value('basis', basis)}::text[], :x_chain::bytea, sha256(:x_chain::bytea), clock_timestamp());"
        )
    yield (
        f"update orders_snapshot set seq = :x_seq::int + {len(item.events)}, chain = sha256(:x_chain::bytea),"
        f" body = {made.value('body', item.body)}::json,"
        f" next_timer_at = {f'to_timestamp({item.timer})' if item.timer is not None else 'null'} where order_id = :id;"
    )
    columns = ", ".join(
        f"{name} = {made.value(name, value)}{'::text[]' if name == 'flags' else ''}"
        for name, value in zip(_COLUMNS, item.order, strict=True)
    )
    yield f"update orders_order set {columns} where id = :id;"
    if item.deadlines:
        yield _upsert(made, "orders_deadline", "clock", _DEADLINE_COLUMNS, item.deadlines)
    if item.parts:
        yield _upsert(made, "orders_assignment", "unit", _PART_COLUMNS, item.parts)
    yield (
        "insert into orders_idempotencykey (id, request, order_id, first_seq, last_seq, opened, at)"
        " values (decode(lpad(to_hex(:key::bigint), 32, '0'), 'hex'), decode(md5('request'), 'hex'), :id,"
        f" :x_seq::int + 1, :x_seq::int + {len(item.events)}, '{{}}', clock_timestamp());"
    )


def _upsert(made: Script, table: str, key: str, columns: Sequence[str], rows: Rows) -> str:
    values = ", ".join(
        "(:id, " + ", ".join(made.value(name, value) for name, value in zip(columns, row, strict=True)) + ")"
        for row in rows
    )
    update = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key)
    return (
        f"insert into {table} (order_id, {', '.join(columns)}) values {values}"
        f" on conflict (order_id, {key}) do update set {update};"
    )


def transactions_per_second(printed: str) -> float:
    """pgbench's own figure, connections not counted. Raises ValueError when it is not there."""
    return _figure(printed, "tps = ")


def transactions(printed: str) -> int:
    """How many transactions pgbench ran. Raises ValueError when it does not say."""
    return int(_figure(printed, "number of transactions actually processed: "))


def _figure(printed: str, words: str) -> float:
    for line in printed.splitlines():
        if line.startswith(words):
            return float(line.removeprefix(words).split()[0])
    raise ValueError(f"pgbench printed no figure: {printed[-500:]}")
