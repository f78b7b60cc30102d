"""The rulebooks for reading: which papers, which parameters, which article each rests on; and the article drawer."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yixian.orders import clock
from yixian.rulebook import Rulebook
from yixian.rulebook.articles import short_title
from yixian.rulebook.present import value as say
from yixian.web import books, shell
from yixian.web.access import PUBLIC, SIGNED_IN, StaffRequest, needs
from yixian.web.present import moments, parameters
from yixian.web.present.articles import cite

STATUS = {
    "in_force": ("现行有效", "green"),
    "continued": ("到期后继续适用", "amber"),
    "not_yet": ("尚未施行", "blue"),
    "expired": ("已失效", "red"),
    "unknown": ("施行日期未载明", ""),
}


@require_safe
@needs(SIGNED_IN)
def shelf(request: StaffRequest) -> HttpResponse:
    """All rulebooks with their papers and whether they are in force today; one's own first."""
    own = request.user.platform.book
    names = sorted(books.library().names(), key=lambda name: (name != own, name))
    rows = [_row(name, name == own) for name in names]
    return shell.page(request, "web/shelf.html", {"rows": [row for row in rows if row]})


@require_safe
@needs(SIGNED_IN)
def book(request: StaffRequest, name: str) -> HttpResponse:
    """One rulebook: every parameter with its value, articles and origin."""
    found = _version(name, request.GET.get("v", ""))
    context = {
        "book": found,
        "paper": paper(found),
        "versions": [item.version for item in books.library().versions(name)],
        "groups": parameters.grouped(found),
        "name": name,
    }
    return shell.page(request, "web/rulebook.html", context)


@require_safe
@needs(PUBLIC)
def article(request: HttpRequest) -> HttpResponse:
    """The drawer of one article: the paper and the parameters that rest on it. Law is public; so is this page."""
    basis = request.GET.get("b", "")[:80]
    name, _, number = basis.rpartition(":")
    found = books.newest(name)
    if found is None or not number:
        raise Http404
    context = {
        "title": cite(basis, found),
        "paper": paper(found),
        "params": parameters.under(found, basis),
        "name": name,
        "staff": request.user.is_authenticated,
    }
    if request.headers.get("HX-Request"):
        return shell.fragment(request, "web/parts/drawer.html", context)
    return shell.fragment(request, "web/article.html", context)


def paper(book: Rulebook) -> list[tuple[str, str]]:
    """The paper itself: title, number, dates."""
    document = book.document
    effective, expires = document.effective.value, document.expires.value
    rows = [
        ("文件", document.title),
        ("文号", document.number or ""),
        ("印发", say(document.issued) if document.issued else ""),
        ("施行", say(effective) if effective else "未载明"),
        ("有效期至", say(expires) if expires else ""),
        ("取代", document.supersedes or ""),
    ]
    return [row for row in rows if row[1]]


def _version(name: str, number: str) -> Rulebook:
    if name not in books.library().names():
        raise Http404
    versions = books.library().versions(name)
    found = [item for item in versions if item.version == number]
    if not versions or (number and not found):
        raise Http404
    return found[0] if found else versions[-1]


def _row(name: str, own: bool) -> dict[str, Any] | None:
    answer = books.library().version(name, on=moments.local(clock.now()).date())
    if answer.book is None:
        return None
    status, tone = STATUS.get(answer.status, ("", ""))
    return {
        "url": f"/rulebook/{name}/",
        "short": short_title(answer.book),
        "title": answer.book.document.title,
        "number": answer.book.document.number or "",
        "status": status,
        "tone": tone,
        "own": own,
        "region": answer.book.jurisdiction.name,
        "effective": say(answer.book.document.effective.value) if answer.book.document.effective.value else "未载明",
        "count": sum(1 for leaf in answer.book.leaves.values() if leaf.basis),
    }
