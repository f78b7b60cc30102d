"""Rows of a list: excerpt, unit, state and the most urgent clock in the rule's own unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yixian.orders.models import Deadline
from yixian.orders.queries import Row
from yixian.rulebook import WorkCalendar
from yixian.web import books, columns
from yixian.web.present import clocks, moments

EXCERPT = 42
OVER = frozenset({"closed", "archived", "declined", "transferred", "answered"})


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the list shows it."""

    url: str
    number: str
    tone: str
    category: str
    excerpt: str
    place: str
    unit: str
    state: str
    chip: clocks.Chip | None
    card: str
    emergency: bool
    confidential: bool
    priority: bool
    when: str
    registered_title: str
    extra: tuple[tuple[str, str], ...] = ()


def lengths(found: Sequence[Row]) -> dict[tuple[int, str], tuple[str, int]]:
    """Length and start of the clock that each row shows, in one query by primary key."""
    wanted = {(row.id, row.due_clock) for row in found if row.due_clock}
    rows = Deadline.objects.filter(order_id__in={order_id for order_id, _ in wanted}, status="running")
    return {
        (order_id, clock): (length, int(started.timestamp()))
        for order_id, clock, length, started in rows.values_list("order_id", "clock", "length", "started_at")
        if (order_id, clock) in wanted
    }


def rows(
    found: Sequence[Row], known: Mapping[tuple[int, str], tuple[str, int]], now: int, extra: Sequence[str] = ()
) -> list[Line]:
    """The rows in words; `extra`: further columns (`web.columns`)."""
    return [_line(row, known, now, extra) for row in found]


def _line(row: Row, known: Mapping[tuple[int, str], tuple[str, int]], now: int, extra: Sequence[str]) -> Line:
    chip = _chip(row, known, now)
    text = " ".join(row.excerpt.split())
    return Line(
        url=f"/orders/{row.number}/",
        number=row.number,
        tone=chip.tone if chip else "done" if row.state in OVER else "",
        category=row.category,
        excerpt=text[:EXCERPT] + ("…" if len(text) > EXCERPT else ""),
        place=row.place or "",
        unit=row.lead_name or row.lead or "",
        state=row.state,
        chip=chip,
        card=row.card,
        emergency=bool(row.emergency),
        confidential="confidential" in row.flags,
        priority="priority" in row.flags,
        when=moments.short(row.closed or row.registered, now),
        registered_title=moments.absolute(row.registered),
        extra=tuple(columns.cells(row, extra, now)),
    )


def _chip(row: Row, known: Mapping[tuple[int, str], tuple[str, int]], now: int) -> clocks.Chip | None:
    if row.due is None or row.due_clock is None or row.state in OVER:
        return None
    limit, started = known.get((row.id, row.due_clock), ("24h", row.registered))
    calendar: WorkCalendar = books.calendar(row.book)
    options: dict[str, Any] = {}
    if clocks.form_of(limit) == "wh":
        options["hours"] = books.version(row.book, row.version).counting.hours.value
    words, form, free = clocks.countdown(row.due, limit, now, calendar, **options)
    share = 100 if row.due <= started else max(0, min(100, round(100 * (now - started) / (row.due - started))))
    return clocks.Chip(
        name=clocks.name_of(row.due_clock),
        words=words,
        tone=clocks.tone_of(row.due, now, {"red": "", "yellow": "yellow"}.get(row.card, "")),
        share=share,
        due=row.due if form else None,
        form=form,
        free=free,
        title=f"截止 {moments.until(row.due)}",
    )
