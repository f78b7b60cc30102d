"""Answers that everybody may read (公开答复): a list to search and narrow, and one answer; nothing personal there."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.orders import clock, public_copies
from yixian.orders.errors import BadInput
from yixian.orders.public_copies import Copies
from yixian.parties import queries as parties
from yixian.web import books, shell
from yixian.web.access import PUBLIC, needs
from yixian.web.present import moments

MONTHS = 24


@require_safe
@needs(PUBLIC)
def listed(request: HttpRequest) -> HttpResponse:
    """One page of the list, all or those with these words, of this category, from this month on."""
    asked = {name: request.GET.get(name, "").strip()[:100].replace("\0", "") for name in ("q", "category", "since")}
    months, categories = _months(), _categories()
    category = asked["category"] if asked["category"] in categories else ""
    since = asked["since"] if asked["since"] in dict(months) else ""
    problem = ""
    try:
        cursor = request.GET.get("cursor") or None
        found = public_copies.page(asked["q"], cursor, category=category, since=since)
    except BadInput as error:
        found, problem = Copies((), None), error.detail
    narrowed = {"q": asked["q"], "category": category, "since": since}
    query = {name: value for name, value in narrowed.items() if value}
    context = {
        "rows": found.rows,
        **narrowed,
        "months": months,
        "categories": categories,
        "narrowed": bool(query),
        "problem": problem,
        "first_page": "/published/" + (f"?{urlencode(query)}" if query else "") if request.GET.get("cursor") else "",
        "next_page": f"/published/?{urlencode(query | {'cursor': found.next_cursor})}" if found.next_cursor else "",
    }
    return shell.fragment(request, "web/published.html", context, 422 if problem else 200)


def _months() -> list[tuple[str, str]]:
    """The last two years' months, newest first: value and words."""
    day = moments.local(clock.now()).date().replace(day=1)
    found = []
    for _ in range(MONTHS):
        found.append((f"{day:%Y-%m}", f"{day.year} 年 {day.month} 月"))
        day = (day - dt.timedelta(days=1)).replace(day=1)
    return found


def _categories() -> list[str]:
    """The categories of every hotline that people can turn to."""
    found: dict[str, None] = {}
    for name in dict.fromkeys(platform.book for platform in parties.open_to_the_public()):
        book = books.newest(name)
        found |= dict.fromkeys(book.categories.value if book and book.categories else ())
    return list(found)


@require_safe
@needs(PUBLIC)
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """One answer."""
    return shell.fragment(request, "web/published_one.html", {"copy": public_copies.one(slug)})
