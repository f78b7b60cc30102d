"""Routing inside a unit as pages show it (内部流转): to whom, take back, report; those who get it are told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from yixian.exchange import actions as exchange
from yixian.orders import clock, inside, inside_lists, queries
from yixian.orders.errors import NotFound, OrderError
from yixian.orders.inside import Step
from yixian.orders.queries import Detail
from yixian.parties.roles import READ_ORDERS
from yixian.registers import phrases
from yixian.web import drafts, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.present import moments

DEEDS = {"send": "转科室、经办人", "report": "报回办理情况", "back": "收回"}
DONE = {"send": "已转出", "report": "已报回", "back": "已收回"}


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def act(request: StaffRequest, number: str, deed: str) -> HttpResponse:
    """The form of one deed, and the deed itself."""
    if deed not in DEEDS:
        raise Http404
    found = queries.detail(number, request.actor)
    typed = drafts.typed(request) if request.method == "POST" else drafts.take(request) or {}
    error: OrderError | None = None
    if request.method == "POST":
        try:
            drafts.key_of(request)
            with transaction.atomic():
                _told(request, found, deed, _done(request, number, deed, typed))
            inside_lists.forget()
            return _onward(request, number, DONE[deed])
        except NotFound:
            raise
        except OrderError as raised:
            error = raised
    context = _form(request, found, deed, typed, error)
    status = error.status if error else 200
    if request.headers.get("HX-Request"):
        return shell.fragment(request, "web/desks/unit_inside_form.html", context, status)
    return shell.page(request, "web/desks/unit_inside_page.html", context, status)


def _done(request: StaffRequest, number: str, deed: str, typed: dict[str, list[str]]) -> Step:
    said = {name: (rows or [""])[0] for name, rows in typed.items()}
    if deed == "send":
        kind, _, whom = said.get("to", "").partition(":")
        person = int(whom) if kind == "p" and whom.isascii() and whom.isdigit() and len(whom) < 19 else None
        return inside.send(
            number,
            request.actor,
            to_unit=whom if kind == "u" else "",
            to_user=person,
            note=said.get("note", ""),
            due=said.get("due", ""),
        )
    step = said.get("step", "")
    step_id = int(step) if step.isascii() and step.isdigit() and len(step) < 19 else 0
    if deed == "report":
        return inside.report(number, request.actor, step_id, said.get("text", ""))
    return inside.take_back(number, request.actor, step_id)


def _told(request: StaffRequest, found: Detail, deed: str, step: Step) -> None:
    """Tell who has it now: the sub-unit or the person; of a report, the unit's office. No word of what was written."""
    what = f"工单 {found.number} ({found.state.category})"
    due = f"内部期限 {moments.until(step.due)}" if step.due else ""
    whom: dict[str, Any] = {"units": [step.to_unit]} if step.to_user is None else {"users": [step.to_user]}
    if deed == "report":
        title, text, whom = f"{step.to_name or '科室'}已报回 · {what}", "", {"users": [step.from_user]}
    elif deed == "back":
        title, text = f"{request.actor.name}已收回 · {what}", ""
    else:
        title, text = f"{request.actor.name}转给您 · {what}", due
    url = f"/desks/unit/?tab={'routed' if deed == 'report' else 'inside'}&at={found.number}"
    exchange.tell(
        kind="order",
        title=title,
        text=text,
        order_no=found.number,
        url=url if deed != "back" else "/desks/unit/?tab=inside",
        key=f"inside:{step.id}:{deed}",
        at=clock.now(),
        **whom,
    )


def _form(
    request: StaffRequest, found: Detail, deed: str, typed: dict[str, list[str]], error: OrderError | None
) -> dict[str, Any]:
    known = inside.of_order(found.number, request.actor)
    holder = known.holder if known else None
    allowed = {"send": {"send", "pass"}, "report": {"report"}, "back": {"back"}}[deed]
    return {
        "number": found.number,
        "title": "再转" if deed == "send" and holder is not None else DEEDS[deed],
        "button": {"send": "转出", "report": "报回", "back": "收回"}[deed],
        "deed": deed,
        "url": f"/inside/{found.number}/{deed}/",
        "key": request.POST.get(drafts.FIELD) or drafts.new_key(request),
        "may": bool(known and known.may & allowed),
        "step": holder.id if holder else 0,
        "holder": inside.whose(holder, known.names) if holder and known else "",
        "targets": inside.targets(found.number, request.actor) if deed == "send" else None,
        "typed": {name: (rows or [""])[0] for name, rows in typed.items()},
        "phrases": phrases.for_use("答复", request.actor, found.state.category) if deed == "report" else [],
        "error": error.detail if error else "",
        "error_title": error.title if error else "",
        "wrong": getattr(error, "path", None) or "",
        "today": f"{moments.local(clock.now()):%Y-%m-%d}",
        "restored": bool(typed) and request.method == "GET",
    }


def _onward(request: StaffRequest, number: str, told: str) -> HttpResponse:
    """Back to the desk or the order's page, renewed; to the desk where the order left this person's reach."""
    from yixian.web.pages import order  # which shows this page's panel

    if desk := order.desk_of(request):
        return order.at_desk(desk, number, told)
    messages.success(request, told)
    url = f"/orders/{number}/"
    try:
        queries.detail(number, request.actor)
    except NotFound:
        url = "/desks/unit/"
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
