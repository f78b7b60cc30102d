"""Several orders of the list printed at once: one A4 sheet each, as on the order's own page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from yixian.orders import clock, queries
from yixian.orders.errors import NotFound
from yixian.orders.queries import Detail
from yixian.parties.roles import READ_ORDERS
from yixian.web import books, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.present import order, timeline

MOST = 20


@require_safe
@needs(READ_ORDERS)
def several(request: StaffRequest) -> HttpResponse:
    """The sheets of the selected orders, at most twenty; what one may not read is left out and said."""
    numbers = list(dict.fromkeys(request.GET.getlist("number")))
    if not numbers:
        return HttpResponseRedirect("/orders/")
    if len(numbers) > MOST:
        messages.error(request, f"一次最多打印 {MOST} 件, 您选了 {len(numbers)} 件。")
        return HttpResponseRedirect("/orders/")
    found = []
    for number in numbers:
        try:
            found.append(_sheet(request, queries.detail(number, request.actor)))
        except NotFound:
            continue
    context = {"sheets": found, "missing": len(numbers) - len(found)}
    return shell.fragment(request, "web/print.html", context)


def _sheet(request: StaffRequest, found: Detail) -> dict[str, Any]:
    state, now = found.state, clock.now()
    book = books.version(state.book, state.version)
    events = queries.timeline(state.number, request.actor)
    codes = {item.unit for item in state.clocks if item.unit} | timeline.units_in(events)
    units = found.units | queries.unit_names(sorted(codes))
    running, stopped = order.chips(state, book, books.calendar(state.book), units, now)
    return {
        "o": order.sheet(state, book, units, now, platform=found.platform_name, sealed=False),
        "entries": timeline.entries(events, units, now),
        "running": running,
        "stopped": stopped,
        "withheld": found.hidden,
        "person": [] if found.hidden else order.person(found.requester),
    }
