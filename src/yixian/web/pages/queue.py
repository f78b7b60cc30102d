"""The list of orders: filters are the URL, chips change it, fifty rows at a time by keyset, in one's own columns."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.orders import clock, lists, queries, views
from yixian.orders.errors import BadInput
from yixian.orders.queries import Filters, Page
from yixian.parties.roles import READ_ORDERS
from yixian.web import asked as asking
from yixian.web import columns, drafts, filtering, rows, saved, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.asked import Asked
from yixian.web.asked import filters_of as filters_of
from yixian.web.asked import title_of as title_of
from yixian.web.pages.together import offered

SIZE = 50
EMPTY = {"late": "没有超期的工单。", "today": "今天没有到期的工单。", "soon": "三天内没有到期的工单。"}


@require_safe
@needs(READ_ORDERS)
def queue(request: StaffRequest) -> HttpResponse:
    """One page of the list that the URL describes."""
    asked, settings = asking.read(request), columns.kept(request.user)
    found = views.seen(request.user)
    if elsewhere := _elsewhere(request, asked, settings, found):
        return HttpResponseRedirect(elsewhere)
    now, problem = clock.now(), ""
    try:
        asking.checked(asked)
        cursor = request.GET.get("cursor") or None
        page = queries.page(filters_of(asked, now), request.actor, cursor, SIZE, asking.sort_of(asked))
    except BadInput as error:
        page, problem = Page((), None, 0), error.detail
    bar = saved.bar(found, asked, request.user.pk)
    context = _list(request, asked, page, _columns(settings, bar), now) | {
        "title": bar["view"].name if bar["view"] and not bar["changed"] else title_of(asked),
        "bar": bar,
        "chips": filtering.chips(request, asked),
        "panel": _panel(request, asked),
        "problem": problem,
        "may_share": views.may_share(request.actor),
        "may_register": "register" in shell.commands_of(request.actor),
        "columns": [
            {"key": key, "title": title, "on": key in _columns(settings, bar)}
            for key, title in columns.OPTIONAL.items()
        ],
    }
    return shell.page(request, "web/queue.html", context, 422 if problem else 200)


def _list(request: StaffRequest, asked: Asked, page: Page, shown: tuple[str, ...], now: int) -> dict[str, Any]:
    later, typed = bool(request.GET.get("cursor")), asked.get("q", "")
    return {
        "counted": _counted(page, later),
        "rows": rows.rows(page.rows, rows.lengths(page.rows), now, columns.extra(shown)),
        "shown": shown or ("none",),
        "extra": columns.heads(shown),
        "empty": EMPTY.get(asked.get("due", ""), f"没有找到与“{typed}”有关的工单。" if typed else "这里没有工单。"),
        "filtered": bool(asked),
        "clear": "/orders/?all=1",
        "first_page": asking.url(asked) if later else "",
        "previous_page": asking.url(asked, cursor=page.previous_cursor) if page.previous_cursor else "",
        "next_page": asking.url(asked, cursor=page.next_cursor) if page.next_cursor else "",
        "together": offered(request),
        "key": drafts.new_key(request),
        "here": asking.url(asked),
        "live": asking.url(asked, cursor=request.GET.get("cursor")),
        "query": urlencode({key: text for key, text in asked.items() if key != "view"}),
    }


def _elsewhere(request: StaffRequest, asked: Asked, settings: dict[str, Any], found: list[Any]) -> str:
    """Where the address leads on: to one order, to one's first view, to a unit's code; "" where it stays here."""
    typed = asked.get("q", "")
    if typed.isascii() and typed.isdigit() and len(typed) >= 15 and _is_there(request, typed):
        return f"/orders/{typed}/"
    if not request.GET and settings.get("first"):
        first = next((view for view in found if view.pk == settings["first"]), None)
        if first is not None:
            return saved.url(first)
    if "unit" in asked and request.actor.kind != "unit":
        code = lists.unit_named(asked["unit"], request.actor)
        if code is not None and code != asked["unit"]:
            return asking.url(asked, unit=code)
    return ""


def _is_there(request: StaffRequest, number: str) -> bool:
    found = queries.page(Filters(number=number), request.actor, None, 2)
    return len(found.rows) == 1 and found.rows[0].number == number


def _columns(settings: dict[str, Any], bar: dict[str, Any]) -> tuple[str, ...]:
    """The columns of the open view, else one's own."""
    view = bar["view"]
    return columns.chosen(view.columns) if view is not None and view.columns else columns.of(settings)


def _panel(request: StaffRequest, asked: Asked) -> dict[str, Any]:
    by_unit = request.actor.kind != "unit" or len(request.actor.unit_codes) > 1
    return filtering.panel(asked, unit=asking.said_of(asked, "unit"), by_unit=by_unit)


def asked_of(request: StaffRequest) -> Asked:
    """What the URL asks for, checked. Raises BadInput."""
    asked = asking.read(request)
    asking.checked(asked)
    return asked


def _counted(found: Page, later: bool) -> str:
    if later or found.estimate is None or not found.rows:
        return ""
    return f"约 {found.estimate} 件" if found.next_cursor else f"{found.estimate} 件"
