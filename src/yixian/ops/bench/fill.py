"""A year of orders in the tables, up to a million: a few thousand made through the door, the rest copies of them.

Copies are made in the database, with numbers and ids of their own and moments shifted; only a benchmark does this.
Secondary indexes are dropped before and built after, tables are vacuumed and analysed, so that plans are as in life.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import psycopg

from yixian.lifecycle import parse
from yixian.ops.bench import story
from yixian.ops.bench.ground import Ground

DAY = 86400
TABLES = (
    "orders_order",
    "orders_snapshot",
    "orders_event",
    "orders_deadline",
    "orders_assignment",
    "orders_searchtext",
)
BATCHES = 40  # moments of registration, spread over a year; a batch of templates each
BATCH = 50
OPEN_BATCHES = 3  # the newest ones are still open
COPIES_AT_ONCE = 25

_SECONDARY = """select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
where indrelid = any (%s::regclass[]) and not indisprimary and not indisunique"""


class Stage(msgspec.Struct, frozen=True):
    """A batch of templates: when registered, how many steps of the path done, the spread of its copies in seconds."""

    registered: int
    steps: Callable[[int], int]
    spread: int


def year(now: int) -> list[Stage]:
    """A year's batches: old orders are archived or closed, the newest are in every stage."""
    whole = len(story.path(story.UNITS[0]))
    found = []
    for batch in range(BATCHES):
        if batch < OPEN_BATCHES:
            found.append(Stage(now - (batch + 1) * 6 * story.HOUR, lambda place: place % 5 + 1, 3 * story.HOUR))
        else:
            found.append(Stage(now - (batch + 1) * 9 * DAY, lambda place: whole - (place % 11 == 0), 9 * DAY))
    return found


def templates(ground: Ground, stages: list[Stage]) -> None:
    """Make the templates through the door, on virtual time: each stage's orders step by step."""
    from yixian.orders import actions

    desk = ground.actor()
    clerks = {unit: ground.actor(unit) for unit in story.UNITS}
    for number, stage in enumerate(stages):
        numbers: list[str | None] = [None] * BATCH
        units = [story.UNITS[(number + place) % len(story.UNITS)] for place in range(BATCH)]
        paths = [story.path(units[place], number * BATCH + place)[: stage.steps(place)] for place in range(BATCH)]
        at = stage.registered
        for step in range(max(map(len, paths))):
            at += int(story.path(units[0])[step].hours * story.HOUR)
            chosen = [place for place in range(BATCH) if step < len(paths[place])]
            for by in sorted({paths[place][step].by for place in chosen}):
                mine = [place for place in chosen if paths[place][step].by == by]
                given = [paths[place][step] for place in mine]
                items = [
                    actions.Item(numbers[place], parse(one.name, one.payload, one.by))
                    for place, one in zip(mine, given, strict=True)
                ]
                outcomes = actions.handle_many(items, clerks.get(by, desk), now=at)
                for place, outcome in zip(mine, outcomes, strict=True):
                    if isinstance(outcome, Exception):
                        raise outcome
                    numbers[place] = outcome.order_no


class Filling:
    """Fills one database further and further."""

    def __init__(self, connection: psycopg.Connection, stages: list[Stage]) -> None:
        self._connection = connection
        self._copies = 0
        self.templates = self._count("orders_order")
        self.spreads = {stage.registered: stage.spread for stage in stages}
        connection.execute("set synchronous_commit = off")  # of the loader alone; what is measured commits in full
        connection.execute("set maintenance_work_mem = '512MB'")
        connection.execute("create temp table template_spread (registered_at timestamptz, spread int)")
        for registered, spread in self.spreads.items():
            connection.execute("insert into template_spread values (to_timestamp(%s), %s)", [registered, spread])
        connection.execute(
            "create temp table template as select o.*, s.spread, o.id - (select min(id) from orders_order) as rank"
            " from orders_order o join template_spread s using (registered_at)"
        )
        connection.execute("create index on template (id)")
        connection.execute("analyze template")
        row = connection.execute("select max(id) from orders_order").fetchone()
        self._last = row[0] if row else 0

    def _count(self, table: str) -> int:
        row = self._connection.execute(f"select count(*) from {table}".encode()).fetchone()
        return int(row[0]) if row else 0

    def up_to(self, orders: int) -> float:
        """Copy the templates until there are so many orders; returns the seconds it took."""
        began = time.perf_counter()
        wanted = max(0, orders // self.templates - 1)
        with self._without_indexes():
            while self._copies < wanted:
                first, last = self._copies + 1, min(wanted, self._copies + COPIES_AT_ONCE)
                for statement in statements():
                    self._connection.execute(statement.encode(), {"first": first, "last": last, "base": self._last})
                self._copies = last
            top = self._last + (self._copies + 1) * self.templates
            self._connection.execute("select setval('orders_order_id_seq', %s)", [top])
        self._each_table("vacuum (analyze) {}")
        self._connection.execute("checkpoint")
        return time.perf_counter() - began

    @contextmanager
    def _without_indexes(self) -> Iterator[None]:
        found = self._connection.execute(_SECONDARY, [list(TABLES)]).fetchall()
        for name, _ in found:
            self._connection.execute(f"drop index {name}".encode())
        self._each_table("alter table {} set (autovacuum_enabled = off)")
        yield
        for _, definition in found:
            self._connection.execute(definition.encode())
        self._each_table("alter table {} reset (autovacuum_enabled)")

    def _each_table(self, statement: str) -> None:
        for table in TABLES:
            self._connection.execute(statement.format(table).encode())


def _id() -> str:
    return "%(base)s + (k - 1) * (select count(*) from template) + t.rank + 1"


def _number() -> str:
    return f"to_char(t.registered_at + {_shift()}, 'YYYYMMDD9') || lpad(({_id()})::text, 7, '0')"


def _shift() -> str:
    return "(interval '1 second' * -((hashtext((t.id * 1000003 + k)::text)::bigint & 2147483647) %% t.spread))"


def statements() -> list[str]:
    """The statements that make copies `first` to `last` of every template, one per table."""
    source = "template t cross join generate_series(%(first)s::int, %(last)s::int) k"
    moved = {
        "orders_order": ("registered_at", "changed_at", "closed_at", "due_at"),
        "orders_deadline": ("started_at", "stopped_at", "due_at"),
        "orders_assignment": ("registered_at", "dispatched_at", "signed_at", "opinion_at", "replied_at"),
        "orders_event": ("at", "recorded_at"),
        "orders_searchtext": ("registered_at",),
        "orders_snapshot": ("next_timer_at",),
    }
    special = {
        "number": _number(),
        "body": f"replace(r.body::text, t.number, {_number()})::json",
        "query_code_hash": "sha256(r.query_code_hash || int4send(k))",
    }
    found = []
    for table in TABLES:
        key = "id" if table == "orders_order" else "order_id"
        values = []
        for column in columns(table):
            if column == key:
                values.append(_id())
            elif column in special:
                values.append(special[column])
            elif column in moved[table]:
                values.append(f"r.{column} + {_shift()}")
            else:
                values.append(f"r.{column}")
        found.append(
            f"insert into {table} ({', '.join(columns(table))}) select {', '.join(values)}"
            f" from {source} join {table} r on r.{key} = t.id"
        )
    return found


def columns(table: str) -> tuple[str, ...]:
    """The columns of a table that a copy fills, from the models; an event's own id comes from its sequence."""
    from django.apps import apps

    for model in apps.get_app_config("orders").get_models():
        if model._meta.db_table == table:
            return tuple(
                field.column
                for field in model._meta.concrete_fields
                if not (table == "orders_event" and field.column == "id")
            )
    raise ValueError(f"no table {table}")


def moment() -> int:
    """Now, on a whole hour, so that runs of one hour make the same batches."""
    return int(time.time()) // story.HOUR * story.HOUR


def sizes(connection: psycopg.Connection) -> dict[str, Any]:
    """Rows and megabytes of each table, with its indexes."""
    return {
        table: {
            "rows": connection.execute(f"select count(*) from {table}".encode()).fetchone()[0],  # type: ignore[index]
            "mb": connection.execute("select pg_total_relation_size(%s::regclass) / 1048576", [table]).fetchone()[0],  # type: ignore[index]
        }
        for table in TABLES
    }
