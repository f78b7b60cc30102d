"""What refreshes beside the call while an agent types: the caller, similar orders, the place, the draft's keeping."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yixian.intake import callers, calls, similar
from yixian.intake.models import ENDINGS
from yixian.lifecycle.table import OPEN
from yixian.orders import clock, queries
from yixian.orders.errors import OrderError
from yixian.orders.lists import Row
from yixian.parties import divisions, vault
from yixian.parties.errors import PartyError
from yixian.parties.permission import Actor, may_unmask
from yixian.parties.roles import READ_ORDERS
from yixian.parties.sessions import address_of
from yixian.rulebook import Rulebook
from yixian.web import books, drafts, problems, rows, shell
from yixian.web.access import StaffRequest, needs, sent
from yixian.web.pages.agent import HOME
from yixian.web.present import agent, moments, order

PAGE = 30
SHORTEST = 6
NOT_KEPT = frozenset({"form_key", "draft_id", "draft_version", "reason"})


def at_the_desk(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A view for those who take calls: who else could ask a number after number would learn who ever called."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.kind == "unit" or "register" not in shell.commands_of(actor):
            return problems.show(request, 403, "没有权限", "您的角色不登记诉求; 话务员和派单员可以登记。")
        return view(request, *args, **kwargs)

    return guarded


@sent(HOME)
@needs(READ_ORDERS)
@at_the_desk
def caller(request: StaffRequest) -> HttpResponse:
    """Who calls from the number that was typed; the look is journaled."""
    book, now = books.newest(request.user.platform.book), clock.now()
    try:
        found = callers.look_up(request.POST.get("requester.phone", ""), request.actor, address=address_of(request))
    except PartyError as error:
        return shell.fragment(request, "web/agent/caller.html", {"wrong": error.message}, 200)
    shown = agent.caller(found, book, now)
    lines = _lines([one.row for one in found.orders], now)
    shown["orders"] = [(line, one["rating"]) for line, one in zip(lines, shown["orders"], strict=True)]
    shown["may_unmask"] = found.ref is not None and may_unmask(request.actor, None) is None
    return shell.fragment(request, "web/agent/caller.html", {"c": shown})


@sent(HOME)
@needs(READ_ORDERS)
@at_the_desk
def reveal(request: StaffRequest) -> HttpResponse:
    """Who calls, in full, for a reason; journaled."""
    ref = vault.find_by_phone(request.POST.get("requester.phone", ""))
    try:
        person = vault.reveal(
            ref if ref and callers.known(ref, request.actor) else "",
            actor=request.actor,
            reason=request.POST.get("reason", ""),
            address=address_of(request),
        )
    except PartyError as error:
        context = {"asked": True, "wrong": error.message, "reason": request.POST.get("reason", "")}
        return shell.fragment(request, "web/agent/person.html", context)
    return shell.fragment(request, "web/agent/person.html", {"person": order.person(person), "shown": True})


@require_safe
@needs(READ_ORDERS)
@at_the_desk
def history(request: StaffRequest, ref: str) -> HttpResponse:
    """All orders of a caller that the agent may read, a page at a time."""
    cursor = request.GET.get("cursor") or None
    found, page = callers.page(str(ref), request.actor, cursor, PAGE)
    lines = _lines([one.row for one in found], clock.now())
    context = {
        "person": order.person(vault.masked([str(ref)])[str(ref)]) if found else [],
        "rows": [(line, one.rating) for line, one in zip(lines, found, strict=True)],
        "first_page": request.path if cursor else "",
        "next_page": f"?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return shell.page(request, "web/agent/history.html", context)


@sent(HOME)
@needs(READ_ORDERS)
@at_the_desk
def beside(request: StaffRequest) -> HttpResponse:
    """Open orders of the same person, and orders with similar words."""
    now = clock.now()
    text, place = request.POST.get("text", "").replace("\0", ""), request.POST.get("place", "").replace("\0", "")
    ref = vault.find_by_phone(request.POST.get("requester.phone", ""))
    own = similar.open_of(ref, request.actor) if ref else ()
    ids = [row.id for row in own]
    enough = len(text.strip()) >= SHORTEST
    like = similar.like(text, request.actor, place=place, leave_out=ids) if enough else []
    lines = _lines([*own, *(one.row for one in like)], now)
    context = {
        "own": lines[: len(own)],
        "like": [
            (line, round(one.share * 100), "、".join(one.shared), one.row.state in OPEN)
            for line, one in zip(lines[len(own) :], like, strict=True)
        ],
        "rules": _rules(books.newest(request.user.platform.book)),
        "enough": enough,
        "may_join": shell.commands_of(request.actor) >= {"supplement", "urge"},
    }
    return shell.fragment(request, "web/agent/beside.html", context)


def _lines(found: list[Row], now: int) -> list[rows.Line]:
    return rows.rows(found, rows.lengths(found), now)


def _rules(book: Rulebook | None) -> dict[str, tuple[str, ...]]:
    """What the book says of a second report of the same matter: the articles by what is done."""
    return {rule.do: tuple(rule.basis) for rule in book.intake.duplicate} if book else {}


@require_safe
@needs(READ_ORDERS)
def of_order(request: StaffRequest, number: str) -> HttpResponse:
    """The calls on an order with their notes, for its page; the hotline's own, units do not see them."""
    queries.readable(number, request.actor)
    now = clock.now()
    found = calls.of_order(number) if request.actor.kind != "unit" else []
    lines = [
        {
            "ending": ENDINGS[one.ending],
            "by": one.owner.name,
            "at": moments.short(int(one.at.timestamp()), now),
            "party": one.party,
            "notes": one.notes,
        }
        for one in found
    ]
    return shell.fragment(request, "web/agent/calls.html", {"lines": lines})


# --- places -------------------------------------------------------------------------------------------------------


@sent(HOME)
@needs(READ_ORDERS)
@at_the_desk
def place(request: StaffRequest) -> HttpResponse:
    """Which division the typed place lies in, to be confirmed; pinyin finds names."""
    root = divisions.root_of(request.user.platform.division_code)
    text = request.POST.get("place", "").replace("\0", "").strip()[:200]
    read = divisions.read(text, root)
    found: list[divisions.Place] = []
    if not read.places and 1 < len(text) <= 20:
        found = divisions.found(text, root)
    chosen = request.POST.get("division", "")
    codes = {one.code for one in read.places}
    sure = chosen if chosen in codes else read.places[0].code if len(read.places) == 1 else ""
    context = {"read": read, "found": found, "sure": sure}
    return shell.fragment(request, "web/agent/place.html", context)


@require_safe
@needs(READ_ORDERS)
@at_the_desk
def tree(request: StaffRequest) -> HttpResponse:
    """The divisions below one, to walk down."""
    root = divisions.root_of(request.user.platform.division_code)
    under = request.GET.get("under", "")[:12]
    here = divisions.one(under, root) if under else None
    up = _above(here.code, root) if here else ""
    below = divisions.children(here.code if here else "", root)
    context = {"here": here, "up": up, "below": below, "top": not here}
    return shell.fragment(request, "web/agent/divisions.html", context)


def _above(code: str, root: str) -> str:
    """The code above within the root, "" at its top."""
    sizes = [size for size in divisions.LENGTHS if size < len(code) and size > len(root)]
    return code[: max(sizes)] if sizes else ""


# --- drafts -------------------------------------------------------------------------------------------------------


@sent(HOME)
@needs(READ_ORDERS)
@at_the_desk
def keep(request: StaffRequest) -> HttpResponse:
    """Keep what was typed so far; answered in JSON to the page's script."""
    given = drafts.typed(request)
    version = (given.get("draft_version") or ["0"])[0]
    fields = {name: [text[:20000] for text in texts] for name, texts in given.items() if name not in NOT_KEPT}
    try:
        drafts.key_of(request)
        kept = calls.keep(
            request.actor,
            (given.get("draft_id") or [""])[0],
            int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
            fields,
        )
    except OrderError as error:
        return _json({"said": error.detail}, error.status)
    return _json({"id": kept.id, "version": kept.version, "at": f"{moments.local(kept.kept):%H:%M:%S}"}, 200)


def _json(content: dict[str, Any], status: int) -> HttpResponse:
    answer = JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "no-store, private"
    return answer
