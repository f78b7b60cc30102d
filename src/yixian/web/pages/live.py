"""What a page asks for by itself: the numbers of the shell, where an order stands, why its clocks and cards are so."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from yixian.orders import clock, queries
from yixian.parties.roles import READ_ORDERS
from yixian.web import books, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.live import counting
from yixian.web.present import explaining


@require_safe
@needs(READ_ORDERS)
def numbers(request: StaffRequest) -> HttpResponse:
    """The counts of rail and tabs, and of unread notices: what the stream tells, for pages without it."""
    return JsonResponse({"counts": counting.counted(request.actor), "unread": counting.unread(request.actor)})


@require_safe
@needs(READ_ORDERS)
def stands(request: StaffRequest, number: str) -> HttpResponse:
    """How far an order has come, for a page that asks by turns."""
    found = queries.detail(number, request.actor)
    return JsonResponse({"seq": found.seq, "state": found.state.state})


@require_safe
@needs(READ_ORDERS)
def why(request: StaffRequest, number: str) -> HttpResponse:
    """Why the clocks and cards of an order are what they are: since when, under which rule, which article."""
    found = queries.detail(number, request.actor)
    state = found.state
    book = books.version(state.book, state.version)
    codes = {item.unit for item in state.clocks if item.unit} | {item.unit for item in state.cards if item.unit}
    units = found.units | queries.unit_names(sorted(codes))
    context = {
        "number": number,
        "why": explaining.explained(state, book, books.calendar(state.book), units, clock.now()),
    }
    return shell.fragment(request, "web/parts/why.html", context)
