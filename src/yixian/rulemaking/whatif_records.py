"""Reading recorded histories for a what-if: batches of orders with their events, and the facts at each moment.

Reports of a matter, precedents and kinds of units are taken as they were recorded. Nothing here writes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec

from yixian.lifecycle.state import Event, Facts
from yixian.lifecycle.whatif_said import World
from yixian.orders import books, facts, session
from yixian.orders.errors import Unavailable
from yixian.orders.facts import NONE, Report

_ORDERS = """
select o.id, o.number, o.platform_id, o.book, o.version, o.category, o.lead,
    extract(epoch from o.registered_at)::bigint, o.matter, o.requester::text, o.subject
from orders_order o where o.id = any (%s) order by o.registered_at desc, o.id desc"""
_EVENTS = """
select order_id, kind, extract(epoch from at)::bigint, by, data::text, basis
from orders_event where order_id = any (%s) order by order_id, seq"""
_MATTERS = """
select o.matter, o.id, o.number, o.requester::text, extract(epoch from o.registered_at)::bigint
from orders_order o where o.matter = any (%s) order by o.matter, o.registered_at, o.id"""
_TURNS = """
select e.order_id, extract(epoch from e.at)::bigint, e.data->>'to', e.data->'rating'->>'level',
    coalesce((e.data->'rating'->>'counts')::boolean, true)
from orders_event e where e.order_id = any (%s) and (e.data ? 'to' or e.data ? 'rating') order by e.order_id, e.seq"""
_PRECEDENTS = """
select platform_id, subject, extract(epoch from created_at)::bigint, nullif(territory, ''), lead, co
from orders_precedent where platform_id = any (%s) and subject = any (%s) order by id desc"""
_KINDS = "select code, kind from parties_unit"
_MASK = re.compile(r"\*+")

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Row(msgspec.Struct, frozen=True):
    """One order as a what-if groups and judges it."""

    id: int
    number: str
    platform_id: int
    book: str
    version: str
    category: str
    lead: str | None
    registered: int
    matter: int | None
    requester: str | None
    subject: str | None


class Turn(msgspec.Struct, frozen=True):
    """What another order of the matter came to at a moment: a state, a rating, or both."""

    at: int
    state: str | None
    level: str | None


class Record(msgspec.Struct, frozen=True):
    """One order with its events and what it takes to know the facts at each of them."""

    row: Row
    events: list[Event]
    matter: list[tuple[int, Report]]
    turns: dict[int, list[Turn]]
    precedents: list[tuple[int, dict[str, Any]]]
    kinds: dict[str, str]

    def facts(self, command: str, at: int, seq: int) -> Facts:
        """What was known when the command behind the event `seq` was given."""
        known = NONE
        if command == "register":
            known = self._over(self.row.number, self.row.requester, at) if self.matter else NONE
            until = self.events[0].data.get("let_through")
            return known if until is None else msgspec.structs.replace(known, restricted_until=until)
        if command == "note_repeat" and self.matter:
            number = self.events[seq - 1].data.get("report")
            report = next((item for _, item in self.matter if item.number == number), None)
            if report is not None:
                return self._over(report.number, report.requester, at)
        if command == "terminate" and self.matter:
            known = self._over(self.row.number, self.row.requester, at)
        if self.precedents:
            past = tuple(one for made, one in self.precedents if made <= at)
            known = msgspec.structs.replace(known, precedents=past)
        if command in facts.BY_KIND:
            known = msgspec.structs.replace(known, unit_kinds=self.kinds, unmasked=self._unmasked(seq))
        return known

    def _unmasked(self, seq: int) -> str | None:
        """A reply's words as the checks for masks must see them: what was masked afterwards stands as noughts."""
        data = self.events[seq - 1].data
        text = data.get("text") or ((data.get("pending") or {}).get("data") or {}).get("text")
        if not isinstance(text, str) or "text" not in data.get("sealed", ()):
            return None
        return _MASK.sub(lambda mask: "0" * len(mask[0]), text)

    def _over(self, number: str, requester: str | None, at: int) -> Facts:
        then = [self._then(order_id, report, at) for order_id, report in self.matter if report.registered <= at]
        mine = next((report.registered for report in then if report.number == number), at)
        return facts.of_matter(then, number, requester, mine)

    def _then(self, order_id: int, report: Report, at: int) -> Report:
        """A report of the matter as it stood at a moment."""
        state, level, rated = "registered", None, None
        for turn in self.turns.get(order_id, ()):
            if turn.at > at:
                break
            state = turn.state or state
            if turn.level is not None:
                level, rated = turn.level, turn.at
        return msgspec.structs.replace(report, state=state, rating=level, rated=rated)


def records(ids: Sequence[int]) -> list[Record]:
    """The records of these orders, newest first: a few statements for all of them."""
    rows = [Row(*row) for row in session.fetch(_ORDERS, [list(ids)])]
    events = {
        order_id: [Event(kind, at, by, _decode(data), tuple(basis)) for _, kind, at, by, data, basis in group]
        for order_id, group in groupby(session.fetch(_EVENTS, [list(ids)]), key=lambda row: row[0])
    }
    matters = _matters([row.matter for row in rows if row.matter is not None])
    turns = _turns([order_id for reports in matters.values() for order_id, _ in reports])
    precedents = _precedents(rows)
    kinds: dict[str, str] = dict(session.fetch(_KINDS))
    return [
        Record(
            row,
            events.get(row.id, []),
            matters.get(row.matter, []) if row.matter is not None else [],
            turns,
            precedents.get((row.platform_id, row.subject or ""), []),
            kinds,
        )
        for row in rows
    ]


def _matters(wanted: Sequence[int]) -> dict[int, list[tuple[int, Report]]]:
    found: dict[int, list[tuple[int, Report]]] = defaultdict(list)
    if wanted:
        for matter, order_id, number, requester, registered in session.fetch(_MATTERS, [sorted(set(wanted))]):
            found[matter].append((order_id, Report(number, "registered", requester, registered, None)))
    return found


def _turns(ids: Sequence[int]) -> dict[int, list[Turn]]:
    found: dict[int, list[Turn]] = defaultdict(list)
    if ids:
        for order_id, at, state, level, counts in session.fetch(_TURNS, [sorted(set(ids))]):
            found[order_id].append(Turn(at, state, level if counts else None))
    return found


def _precedents(rows: Sequence[Row]) -> dict[tuple[int, str], list[tuple[int, dict[str, Any]]]]:
    found: dict[tuple[int, str], list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    subjects = sorted({row.subject for row in rows if row.subject})
    if subjects:
        platforms = sorted({row.platform_id for row in rows})
        for platform, subject, made, territory, lead, co in session.fetch(_PRECEDENTS, [platforms, subjects]):
            said = {"subject": subject, "territory": territory, "lead": lead, "co": tuple(co)}
            found[platform, subject].append((made, said))
    return found


def own_world(row: Row) -> World | None:
    """The rules an order ran under; None where that version is no longer installed."""
    try:
        return World(books.version(row.book, row.version), books.calendar(row.book))
    except Unavailable:
        return None
