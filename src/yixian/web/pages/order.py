"""One order: its page, the action forms that open in its right column, and unmasking the requester with a reason."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from yixian.lifecycle.commands import COMMANDS
from yixian.lifecycle.state import OrderState
from yixian.orders import clock, platforms, queries
from yixian.orders.errors import Denied, NotFound
from yixian.orders.queries import Detail, Entry
from yixian.parties import vault
from yixian.parties.errors import NotAllowed, PartyError
from yixian.parties.permission import About, may_unmask
from yixian.parties.roles import READ_ORDERS
from yixian.parties.sessions import address_of
from yixian.web import beside, books, drafts, picking, shell, toasts
from yixian.web.access import StaffRequest, needs
from yixian.web.desks import unit_panel
from yixian.web.pages import reply
from yixian.web.present import answering, forms, offering, order, timeline
from yixian.web.sending import Trouble

ADVISED = frozenset({"dispatch", "designate"})
DRAFT_COMMANDS = frozenset({"reply", "draft_reply", "return_draft"})
UNIT_COMMANDS = frozenset(
    {"dispatch", "designate", "approve_return", "notify_unit", "decline", "request_return", "supervise", "convene"}
)


@require_safe
@needs(READ_ORDERS)
def detail(request: StaffRequest, number: str) -> HttpResponse:
    """The order's page."""
    return _page(request, queries.detail(number, request.actor), None)


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def act(request: StaffRequest, number: str, command: str) -> HttpResponse:
    """An action form: shown in the right column, sent back to the same place."""
    if command not in COMMANDS or COMMANDS[command].moment == "system" or command == "register":
        raise Http404
    found = queries.detail(number, request.actor)
    form = reply.prepared(request, found, command, _fields(request, found, command))
    trouble: Trouble | None = None
    if request.method == "POST" and not reply.rewrites(request, command):
        answer = beside.send(request, number, command, form)
        if not isinstance(answer, Trouble):
            reply.sent(request, number, command)
            return _done(request, number, command, answer.replayed)
        trouble, found = answer, queries.detail(number, request.actor)
    kept = drafts.take(request) if request.method == "GET" else drafts.typed(request)
    advice = _advice(request, number, command)
    path = picking.path_of(found, request)
    first = offering.chosen(advice) if advice and request.method == "GET" else order.only_case(form)
    first = first or picking.preset(found.state, path, command)
    if reply.rewrites(request, command):
        kept = reply.rewritten(request, form)
    saved, saved_at = reply.begun(request, found, command) if not kept else (None, "")
    shown = forms.filled(form, kept or saved or first, trouble.errors if trouble else {})
    shown = reply.shown(request, found, command, shown, kept or saved)
    shown = picking.shown(shown, path, found.number)
    shown = picking.phrased(shown, command, request.actor, found.state.category)
    context = _form(request, found, command, shown, trouble)
    context["restored"] = bool(kept) and request.method == "GET"
    context["extension"] = reply.extension_context(request, found, command)
    context["reply"] = reply.context(request, found, command, kept or saved, saved_at)
    book = books.version(found.state.book, found.state.version)
    context["advice"] = (
        offering.offered(advice)
        if advice
        else answering.wanted(found.state, book, command, books.calendar(found.state.book))
    )
    status = trouble.status if trouble else 200
    if request.headers.get("HX-Request"):
        return shell.fragment(request, "web/parts/act.html", {"form": context}, status)
    return _page(request, found, context, status)


def _advice(request: StaffRequest, number: str, command: str) -> queries.Advice | None:
    """Precedents and history, where a unit is to be chosen by someone who dispatches."""
    if command not in ADVISED:
        return None
    try:
        return queries.advice(number, request.actor)
    except Denied:
        return None


def _done(request: StaffRequest, number: str, command: str, replayed: bool) -> HttpResponse:
    title = COMMANDS[command].title
    told = f"已经办过了: {title}" if replayed else f"{title}, 已办好"
    if desk := desk_of(request):
        return at_desk(desk, number, told)
    messages.success(request, told)
    url = f"/orders/{number}/"
    try:
        queries.detail(number, request.actor)
    except NotFound:
        url = "/orders/"  # the order left this person's reach, as after an approved return
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def desk_of(request: StaffRequest) -> str:
    """The desk's tab at which the form was sent, "" where it was the order's own page."""
    try:
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return ""
    if not request.headers.get("HX-Request") or not here.path.startswith("/desks/"):
        return ""
    tab = parse_qs(here.query).get("tab", [""])[0]
    return here.path + "?" + urlencode({"tab": tab} if tab else {})


def at_desk(desk: str, number: str, told: str) -> HttpResponse:
    """Stay at the desk: say that it is done and go on with what is most urgent there."""
    onward = {
        "path": f"{desk}&{urlencode({'done': number})}",
        "target": "#desk",
        "select": "#desk",
        "swap": "outerHTML",
    }
    return toasts.say(HttpResponse(headers={"HX-Location": json.dumps(onward)}), told)


def _fields(request: StaffRequest, found: Detail, command: str) -> list[forms.Field]:
    book = books.version(found.state.book, found.state.version)
    units = picking.options(picking.path_of(found, request)) if command in UNIT_COMMANDS else ()
    offered = forms.choices(book, units, cases=order.case_options(found.state, found.units, command, _own(request)))
    if command == "transfer":
        offered = replace(offered, offers={**offered.offers, "transfer.to": beside.receivers(found)})
    demanded = forms.demanded(book, command)
    if command == "reply" and not order.draft_text(found.state):
        demanded |= {"text"}  # without a draft that waits there is nothing else to send
    return forms.fields_of(command, offered, leave_out=forms.not_asked(book, command), demanded=demanded)


def _leads(request: StaffRequest, found: Detail) -> bool:
    """Whether the person is of the unit that answers: a draft is nobody else's to read."""
    return request.actor.kind == "unit" and found.state.lead in request.actor.unit_codes


def _own(request: StaffRequest) -> frozenset[str] | None:
    """The codes of the person's own units, None for the hotline's staff."""
    return request.actor.unit_codes if request.actor.kind == "unit" else None


def _form(
    request: StaffRequest, found: Detail, command: str, shown: list[forms.Field], trouble: Trouble | None
) -> dict[str, Any]:
    title = COMMANDS[command].title
    return {
        "title": title,
        "number": found.state.number,
        "url": f"/orders/{found.state.number}/act/{command}/",
        "fields": shown,
        "note": "" if shown else f"确认后记为{title}。",
        "draft": order.draft_text(found.state) if command in DRAFT_COMMANDS and _leads(request, found) else "",
        "takes_files": command in beside.WITH_FILES,
        "file_error": trouble.errors.get("file", "") if trouble else "",
        "button": f"确认{title}" if not shown else title,
        "key": request.POST.get(drafts.FIELD) or drafts.new_key(request),
        "seen": found.seq,
        "error": trouble.detail if trouble else "",
        "error_title": trouble.title if trouble else "",
        "basis": trouble.basis if trouble else (),
        "instead": trouble.instead if trouble else "",
        "stale": trouble.stale if trouble else False,
    }


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def unmask(request: StaffRequest, number: str) -> HttpResponse:
    """Ask for the reason, then show the requester in full; the look is journaled."""
    found = queries.detail(number, request.actor)
    context = _who(request, found)
    status = 200
    if request.method == "GET":
        context["asking"] = not request.GET.get("close")
    else:
        reason = request.POST.get("reason", "")
        try:
            person = vault.reveal(
                found.state.requester or "",
                actor=request.actor,
                reason=reason,
                about=_about(found),
                address=address_of(request),
            )
            context.update(person=order.person(person), shown=True)
        except PartyError as error:
            context.update(asking=True, wrong=error.message, reason=reason)
            status = 403 if isinstance(error, NotAllowed) else 422
    context["o"] = {"number": number}
    if request.headers.get("HX-Request"):
        return shell.fragment(request, "web/parts/who.html", context, status)
    return _page(request, found, None, status, context)


def _who(request: StaffRequest, found: Detail) -> dict[str, Any]:
    if found.hidden:
        return {"withheld": found.hidden, "person": [], "may_unmask": False}
    known = bool(found.state.requester)
    return {
        "person": order.person(found.requester),
        "may_unmask": known and may_unmask(request.actor, _about(found)) is None,
    }


def _about(found: Detail) -> About:
    return About(
        order_no=found.number,
        platform_path=platforms.of_code(found.platform).path,
        units=found.readers,
        confidential="confidential" in found.state.flags,
    )


def _page(
    request: StaffRequest,
    found: Detail,
    form: dict[str, Any] | None,
    status: int = 200,
    who: dict[str, Any] | None = None,
) -> HttpResponse:
    shown = context(request, found) | {"form": form, "back": _back(request)} | (who or {})
    return shell.page(request, "web/order.html", shown, status)


def context(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """What the order's page shows, and the work pane of a desk."""
    state, now = found.state, clock.now()
    book = books.version(state.book, state.version)
    events = queries.timeline(state.number, request.actor)
    units = found.units | _unit_names(state, events)
    running, stopped = order.chips(state, book, books.calendar(state.book), units, now)
    actions, barred = order.actions(state, queries.actions_of(state.number, request.actor))
    return {
        "seq": found.seq,
        "o": order.sheet(state, book, units, now, platform=found.platform_name, sealed=_sealed(events)),
        "entries": timeline.entries(events, units, now),
        "running": running,
        "stopped": stopped,
        "main": next((item for item in actions if item.main), None),
        "actions": [item for item in actions if not item.main],
        "barred": barred,
        "related": queries.related(state.number, request.actor),
        "inside": unit_panel.routed(request, found),
        **beside.panels(request, found),
        **_who(request, found),
    }


def _sealed(events: list[Entry]) -> bool:
    return bool(events) and "text" in (events[0].data.get("sealed") or {})


def _unit_names(state: OrderState, events: list[Entry]) -> dict[str, str]:
    """Names of every unit that clocks and events speak of."""
    codes = {item.unit for item in state.clocks if item.unit} | timeline.units_in(events)
    codes |= {code for case in state.cases for code in (case.by, *case.units)}
    return queries.unit_names(sorted(codes))


def _back(request: StaffRequest) -> str:
    """The list one came from, with its filters."""
    came = request.headers.get("Referer", "")
    origin = f"{request.scheme}://{request.get_host()}/orders/?"
    return "/orders/?" + came.removeprefix(origin) if came.startswith(origin) else "/orders/"
