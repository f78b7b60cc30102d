"""The list of a desk's tab: most urgent first, then the orders that no rule gives a time, oldest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

import msgspec

from yixian.orders import queries
from yixian.orders.queries import Filters
from yixian.parties.permission import Actor
from yixian.web import asked, rows
from yixian.web.desks.shapes import Desk, Tab
from yixian.web.rows import Line

SIZE = 30
UNDATED = "u."


@dataclass(frozen=True, slots=True)
class Lane:
    """One page of a tab: its rows, the cursor of the next."""

    rows: tuple[Line, ...]
    next_cursor: str


def page(tab: Tab, actor: Actor, now: int, cursor: str = "") -> Lane:
    """One page of the tab's orders. Raises BadInput for a cursor that is none."""
    if tab.found is not None:
        rows_found, following = tab.found(actor, now, cursor, SIZE)
        return Lane(tuple(rows.rows(rows_found, rows.lengths(rows_found), now)), following)
    wanted = filters_of(tab, now)
    if cursor.startswith(UNDATED):
        return _undated(wanted, actor, now, cursor.removeprefix(UNDATED), SIZE)
    found = queries.page(wanted, actor, cursor or None, SIZE, "due")
    lines = tuple(rows.rows(found.rows, rows.lengths(found.rows), now))
    if found.next_cursor:
        return Lane(lines, found.next_cursor)
    if not _may_be_undated(wanted):
        return Lane(lines, "")
    rest = _undated(wanted, actor, now, "", max(1, SIZE - len(lines)))
    return replace(rest, rows=lines + rest.rows)


def _undated(wanted: Filters, actor: Actor, now: int, cursor: str, size: int) -> Lane:
    found = queries.page(msgspec.structs.replace(wanted, undated=True), actor, cursor or None, size, "oldest")
    lines = tuple(rows.rows(found.rows, {}, now))
    return Lane(lines, UNDATED + found.next_cursor if found.next_cursor else "")


def _may_be_undated(wanted: Filters) -> bool:
    return wanted.due_after is None and wanted.due_before is None


def filters_of(tab: Tab, now: int) -> Filters:
    """The tab as the filters of the orders room."""
    found = asked.filters_of(tab.asked, now)
    return msgspec.structs.replace(found, **tab.more) if tab.more else found


def counts(tabs: list[Tab], actor: Actor, now: int) -> dict[str, int]:
    """How many orders wait in each tab, counted to a bound and kept for some seconds."""
    return {
        tab.code: tab.counted(actor, now) if tab.counted else queries.count(filters_of(tab, now), actor) for tab in tabs
    }


def url(desk: Desk, tab: Tab, **rest: str) -> str:
    """The address of a tab, with the order chosen and the page where they are given."""
    return f"/desks/{desk.code}/?" + urlencode({"tab": tab.code, **{key: text for key, text in rest.items() if text}})
