"""A desk: its tabs with counts, the list by due time, and the chosen order at work beside it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from yixian.orders import clock, queries
from yixian.orders.errors import BadInput, NotFound
from yixian.parties.roles import READ_ORDERS
from yixian.web import drafts, problems, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.desks import listing, table
from yixian.web.desks.listing import Lane
from yixian.web.desks.shapes import Desk, Tab
from yixian.web.pages import order
from yixian.web.pages.desk_together import worded
from yixian.web.pages.together import offered_of

SHOWN_EVENTS = 6


@require_safe
@needs(READ_ORDERS)
def show(request: StaffRequest, code: str) -> HttpResponse:
    """The whole desk: at the tab that is asked for, else at the first where something waits."""
    desk, tabs = _desk(request, code)
    if desk is None:
        raise Http404
    if not tabs:
        return problems.show(request, 403, "没有权限", f"您的角色不在{desk.title}办理。")
    now = clock.now()
    counted = listing.counts(tabs, request.actor, now)
    tab = next((tab for tab in tabs if tab.code == request.GET.get("tab")), None)
    tab = tab or next((tab for tab in tabs if counted[tab.code]), tabs[0])
    lane, problem = _lane(request, tab, now)
    chosen = _chosen(request, lane)
    context = _frame(desk, tab, tabs, counted) | _rows(request, desk, tab, lane, chosen)
    context |= _pane(request, desk, chosen) if chosen else {"o": None}
    context |= {
        "problem": problem,
        "opened": bool(request.GET.get("at")),
        "above": desk.above(request) if desk.above else {},
    }
    return shell.page(request, "web/desks/frame.html", context)


@require_safe
@needs(READ_ORDERS)
def lane(request: StaffRequest, code: str) -> HttpResponse:
    """The tab's rows alone: as news comes in, or the next page of them."""
    desk, tabs = _desk(request, code)
    tab = next((tab for tab in tabs if tab.code == request.GET.get("tab")), None)
    if desk is None or tab is None:
        raise Http404
    found, problem = _lane(request, tab, clock.now())
    context = {"desk": desk, "tab": tab, "problem": problem}
    context |= _rows(request, desk, tab, found, request.GET.get("at", ""))
    return shell.fragment(request, "web/desks/rows.html", context)


@require_safe
@needs(READ_ORDERS)
def pane(request: StaffRequest, code: str, number: str) -> HttpResponse:
    """One order at work, as a part of the desk."""
    desk, tabs = _desk(request, code)
    if desk is None or not tabs:
        raise Http404
    tab = next((tab for tab in tabs if tab.code == request.GET.get("tab")), tabs[0])
    context = _pane(request, desk, number) | {"desk": desk, "tab": tab, "back": listing.url(desk, tab)}
    return shell.fragment(request, "web/desks/pane.html", context)


def _desk(request: StaffRequest, code: str) -> tuple[Desk | None, list[Tab]]:
    desk = table.of_code(code)
    mine = desk is not None and desk in table.of_actor(request.actor)
    return desk, table.tabs_of(desk, request.actor) if desk and mine else []


def _lane(request: StaffRequest, tab: Tab, now: int) -> tuple[Lane, str]:
    try:
        return listing.page(tab, request.actor, now, request.GET.get("cursor", "")), ""
    except BadInput as error:
        return Lane((), ""), error.detail


def _chosen(request: StaffRequest, lane: Lane) -> str:
    """The order at work: the one asked for, as long as it can be seen, else the most urgent."""
    asked, done = request.GET.get("at", ""), request.GET.get("done", "")
    if asked:
        try:
            return queries.detail(asked, request.actor).number
        except NotFound:
            pass
    there = [row.number for row in lane.rows]
    return done if done in there else next(iter(there), "")


def _frame(desk: Desk, tab: Tab, tabs: list[Tab], counted: dict[str, int]) -> dict[str, Any]:
    return {
        "desk": desk,
        "tab": tab,
        "tabs": [
            {
                "code": item.code,
                "title": item.title,
                "url": listing.url(desk, item),
                "here": item is tab,
                "count": "999+" if counted[item.code] > 999 else counted[item.code] or "",
                "hot": item.hot,
            }
            for item in tabs
        ],
    }


def _rows(request: StaffRequest, desk: Desk, tab: Tab, lane: Lane, chosen: str) -> dict[str, Any]:
    return {
        "rows": [
            {
                "row": row,
                "here": row.number == chosen,
                "url": listing.url(desk, tab, at=row.number),
                "pane": f"/desks/{desk.code}/{row.number}/?tab={tab.code}",
            }
            for row in lane.rows
        ],
        "next_page": f"/desks/{desk.code}/rows/?tab={tab.code}&cursor={lane.next_cursor}" if lane.next_cursor else "",
        "live_url": f"/desks/{desk.code}/rows/?tab={tab.code}",
        "back": listing.url(desk, tab),
        "together": offered_of(request, tab.together),
        "worded": worded(request, tab.together),
        "key": drafts.new_key(request),
    }


def _pane(request: StaffRequest, desk: Desk, number: str) -> dict[str, Any]:
    found = queries.detail(number, request.actor)
    context = order.context(request, found)
    entries = context["entries"]
    panel = desk.panel(request, found) if desk.panel else {}
    able = [item for item in (context["main"], *context["actions"]) if item]
    return context | {
        "deeds": {item.name: item for item in able},
        "desk": desk,
        "recent": entries[:SHOWN_EVENTS],
        "older": entries[SHOWN_EVENTS:],
        "panel": panel,
        "panel_template": desk.panel_template if panel else "",
    }
