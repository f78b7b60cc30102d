"""Answers that everybody may read (公开答复): a list one can search, and one answer; nothing personal in either."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.orders import public_copies
from yixian.orders.errors import BadInput
from yixian.orders.public_copies import Copies
from yixian.web import shell
from yixian.web.access import PUBLIC, needs


@require_safe
@needs(PUBLIC)
def listed(request: HttpRequest) -> HttpResponse:
    """One page of the list."""
    asked = request.GET
    text = asked.get("q", "").strip()[:100].replace("\0", "")
    problem = ""
    try:
        found = public_copies.page(text, asked.get("cursor") or None)
    except BadInput as error:
        found, problem = Copies((), None), error.detail
    context = {
        "rows": found.rows,
        "q": text,
        "problem": problem,
        "first_page": "/published/" + (f"?{urlencode({'q': text})}" if text else "") if asked.get("cursor") else "",
        "next_page": f"/published/?{urlencode({'q': text, 'cursor': found.next_cursor})}" if found.next_cursor else "",
    }
    return shell.fragment(request, "web/published.html", context, 422 if problem else 200)


@require_safe
@needs(PUBLIC)
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """One answer."""
    return shell.fragment(request, "web/published_one.html", {"copy": public_copies.one(slug)})
