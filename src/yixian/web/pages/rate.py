"""Rating by the link from the notice: one page without login, good once; and the link for those who hand it out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from yixian.intake import rating_links
from yixian.intake.rating_links import DeadLink
from yixian.lifecycle.commands import Evaluate, PayloadError, parse
from yixian.orders.errors import KeyClash, NotFound, OrderError, Unavailable
from yixian.orders.progress import Progress
from yixian.parties import limits
from yixian.parties.errors import TooOften
from yixian.parties.roles import READ_ORDERS
from yixian.parties.sessions import address_of
from yixian.web import books, drafts, shell
from yixian.web.access import PUBLIC, StaffRequest, needs
from yixian.web.present import moments, portal


@require_http_methods(["GET", "POST"])
@needs(PUBLIC)
def show(request: HttpRequest, word: str) -> HttpResponse:
    """What was answered, and the question; one answer counts."""
    try:
        limits.count("public-rate", request.META)
        order = rating_links.opened(word)
        if request.method == "POST":
            return _rated(request, word, order)
    except DeadLink as error:
        return _dead(request, error.detail, error.status)
    except TooOften as error:
        return _dead(request, f"{error.message}。", 429)
    return _page(request, order)


def _rated(request: HttpRequest, word: str, order: Progress) -> HttpResponse:
    told = {name: text for name in ("level", "note") if (text := request.POST.get(name, "").strip())}
    solved = {"yes": True, "no": False}.get(request.POST.get("resolved", ""))
    try:
        payload = parse("evaluate", told | ({} if solved is None else {"resolved": solved}), "requester").payload
        if isinstance(payload, Evaluate):
            rating_links.rate(word, payload, key=drafts.key_of(request))
    except PayloadError as error:
        words = "请选择满意程度" if error.path == "level" and "level" not in told else error.message
        return _page(request, order, error=words, at=error.path or "level", status=422)
    except (DeadLink, KeyClash):
        raise DeadLink from None
    except Unavailable:
        raise
    except OrderError as error:
        return _page(request, order, error=error.detail, at="level", status=error.status)
    return HttpResponseRedirect("/rate/done/")


@require_safe
@needs(PUBLIC)
def done(request: HttpRequest) -> HttpResponse:
    """Thanks; the same page for everybody."""
    return render(request, "web/rate_done.html", {})


def _page(request: HttpRequest, order: Progress, *, error: str = "", at: str = "", status: int = 200) -> HttpResponse:
    survey = books.version(order.order.book, order.order.version).survey
    context = {
        "o": order,
        "levels": survey.levels.value if survey and survey.levels else (),
        "until": moments.due_day(due) if (due := portal.due_of(order.order)) else "",
        "registered": moments.absolute(order.registered),
        "error": error,
        "at": at,
        "typed": {name: request.POST.get(name, "") for name in ("level", "resolved", "note")},
        "key": request.POST.get(drafts.FIELD) or drafts.new_key(request),
    }
    answer = render(request, "web/rate.html", context, status=status)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _dead(request: HttpRequest, detail: str, status: int) -> HttpResponse:
    return render(request, "web/rate_dead.html", {"detail": detail, "often": status == 429}, status=status)


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def of_order(request: StaffRequest, number: str) -> HttpResponse:
    """A small panel of the order's page: to ask for the link, which is journaled, and then to copy or print it."""
    context: dict[str, object] = {"number": number}
    try:
        if not rating_links.offered(number, request.actor):
            return HttpResponse("")
        if request.method == "POST":
            link = rating_links.of_order(number, request.actor, address=address_of(request))
            context |= {"url": request.build_absolute_uri(link.path), "until": moments.until(link.expires)}
    except NotFound as error:
        if request.method == "GET":
            return HttpResponse("")
        context["problem"] = error.detail
    return shell.fragment(request, "web/parts/rating_link.html", context)
