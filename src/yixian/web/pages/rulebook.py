"""The rulebooks for reading: which papers, which parameters by section or by article, two side by side.

Law is public: so are these pages. Those who work here see them inside their desk.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.orders import clock
from yixian.parties import access
from yixian.parties.models import User
from yixian.rulebook import Rulebook, RulebookError
from yixian.rulebook.articles import chinese_article, short_title
from yixian.rulebook.comparison import Pair, compare
from yixian.rulebook.present import value as say
from yixian.scenario.clauses import ClausesError, ClauseTable, load
from yixian.web import books, shell
from yixian.web.access import PUBLIC, needs
from yixian.web.present import moments, parameters
from yixian.web.present.articles import cite

STATUS = {
    "in_force": ("现行有效", "green"),
    "continued": ("到期后继续适用", "amber"),
    "not_yet": ("尚未施行", "blue"),
    "expired": ("已失效", "red"),
    "unknown": ("施行日期未载明", ""),
}
TONES = {"已示例": "green", "元数据": "", "部分": "amber", "缺": "red", "未实现": "blue"}


@require_safe
@needs(PUBLIC)
def shelf(request: HttpRequest) -> HttpResponse:
    """All rulebooks with their papers and whether they are in force today; one's own first."""
    own = request.user.platform.book if isinstance(request.user, User) else ""
    names = sorted(books.library().names(), key=lambda name: (name != own, name))
    rows = [row for row in (_row(name, name == own) for name in names) if row]
    return show(request, "web/rulebooks/shelf.html", {"rows": rows})


@require_safe
@needs(PUBLIC)
def book(request: HttpRequest, name: str) -> HttpResponse:
    """One rulebook: every parameter with its value, articles and origin, by section or by article of the paper."""
    found = _version(name, request.GET.get("v", ""))
    table = clauses_of(name)
    by_article = request.GET.get("by") == "article" and table is not None
    answer = books.library().version(name, on=today())
    context = {
        "book": found,
        "paper": paper(found),
        "versions": _versions(name, found),
        "by_article": by_article,
        "has_articles": table is not None,
        "articles": article_rows(table, found) if table and by_article else [],
        "groups": [] if by_article else parameters.grouped(found),
        "yields": answer.message if answer.superior else "",
        "name": name,
    }
    return show(request, "web/rulebooks/book.html", context)


@require_safe
@needs(PUBLIC)
def side_by_side(request: HttpRequest) -> HttpResponse:
    """Two rulebooks compared by parameter: what differs first, then what is the same; and where one is looser."""
    names = books.library().names()
    asked = [request.GET.get(key, "") for key in ("a", "b")]
    for unknown in (one for one in asked if one and one not in names):
        raise Http404(unknown)
    papers = names[1:3]  # the country's own stands first
    context: dict[str, Any] = {"choices": _choices()} | dict(zip("ab", asked if any(asked) else papers, strict=False))
    if all(asked):
        first, second = (_version(one, "") for one in asked)
        pairs = compare(books.library(), first, second)
        context |= {
            "books": [(one.name, one.document.title, short_title(one)) for one in (first, second)],
            "groups": _grouped(pair for pair in pairs if not pair.same),
            "same": [pair for pair in pairs if pair.same],
            "count": sum(1 for pair in pairs if not pair.same),
            "looser": [found for one in dict.fromkeys(asked) for found in _looser(one)],
        }
    return show(request, "web/rulebooks/compare.html", context)


@require_safe
@needs(PUBLIC)
def moved(request: HttpRequest, name: str = "") -> HttpResponse:
    """The address these pages had before."""
    query = f"?{urlencode(request.GET)}" if request.GET else ""
    return HttpResponseRedirect(f"/rulebooks/{name + '/' if name else ''}{query}")


@require_safe
@needs(PUBLIC)
def drawer(request: HttpRequest) -> HttpResponse:
    """The drawer of one article: the paper and the parameters that rest on it. Alone, the article's own page."""
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
        "number": number,
    }
    if request.headers.get("HX-Request"):
        return shell.fragment(request, "web/parts/drawer.html", context)
    return shell.fragment(request, "web/article.html", context)


def show(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A public page: inside the desk for those who are signed in, else with the portal's head."""
    user = request.user
    if isinstance(user, User) and user.is_active:
        actor = access.actor_of(user)
        if not actor.must_change_password:
            request.actor = actor  # type: ignore[attr-defined]
            return shell.page(request, template, {**context, "base": "web/desk.html"})  # type: ignore[arg-type]
    return shell.fragment(request, template, {**context, "base": "web/portal.html"})


def paper(book: Rulebook) -> list[tuple[str, str]]:
    """The paper itself: title, number, dates, what it rests on, who interprets it."""
    document = book.document
    effective, expires = document.effective.value, document.expires.value
    rows = [
        ("文件", document.title),
        ("文号", document.number or ""),
        ("印发", say(document.issued) if document.issued else ""),
        ("施行", say(effective) if effective else "未载明"),
        ("有效期至", say(expires) if expires else ""),
        ("取代", document.supersedes or ""),
        ("让位于", f"{say(document.yields_to)}后来的规定" if document.yields_to else ""),
        ("制定依据", "；".join(map(say, document.bases))),
        ("解释机关", document.interpreter.value if document.interpreter else ""),
    ]
    return [row for row in rows if row[1]]


def clauses_of(name: str) -> ClauseTable | None:
    """The clause table of a book, None where it has none."""
    try:
        return load(name)
    except ClausesError:
        return None


def article_rows(table: ClauseTable, book: Rulebook) -> list[dict[str, Any]]:
    """Each article of a paper: what its clauses ask, how they stand, how many parameters rest on it."""
    every = parameters.parameters(book, paper=True)
    rows = []
    for article in table.articles:
        clauses = [one for one in table.clauses if article in one.articles] or table.of(article)
        rests = [one for one in every if any(parameters.rests(entry, f"{book.name}:{article}") for entry in one.basis)]
        rows.append(
            {
                "article": article,
                "words": chinese_article(article, book.document.numbering),
                "asks": [clause.asks for clause in clauses],
                "standing": [(word, TONES.get(word, "")) for word in dict.fromkeys(one.status for one in clauses)],
                "count": len(rests),
            }
        )
    return rows


def today() -> Any:
    """The local date."""
    return moments.local(clock.now()).date()


def _grouped(pairs: Any) -> list[tuple[str, list[Pair]]]:
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair.section, []).append(pair)
    return list(groups.items())


def _looser(name: str) -> list[dict[str, str]]:
    """Where a book is looser than the one it extends."""
    found = books.library().version(name, on=today()).book
    if found is None:
        return []
    looser = [one for one in books.library().findings(name) if one.kind == "looser"]
    return [{"book": short_title(found), "name": _named(one.path), "words": one.message} for one in looser]


def _named(path: str) -> str:
    from yixian.rulebook.present import parameter

    return parameter(path)


def _choices() -> list[tuple[str, str]]:
    found = ((name, books.newest(name)) for name in books.library().names())
    return [(name, short_title(book)) for name, book in found if book is not None]


def _coming(name: str) -> str:
    """The day from which the next published version applies, "" where none waits."""
    try:
        found = [item.document.effective for item in books.library().versions(name)]
    except RulebookError:
        return ""  # its own page says what is wrong
    days = (leaf.value for leaf in found if leaf)
    return min((day.isoformat() for day in days if day and day > today()), default="")


def _versions(name: str, shown: Rulebook) -> list[tuple[str, bool]]:
    labels = [item.version for item in books.library().versions(name)]
    if shown.version not in labels:
        labels.append(shown.version)
    return [(label, label == shown.version) for label in labels]


def _version(name: str, number: str) -> Rulebook:
    if name not in books.library().names():
        raise Http404
    try:
        found = books.library().book(name, number) if number else books.newest(name)
    except RulebookError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return found


def _row(name: str, own: bool) -> dict[str, Any] | None:
    answer = books.library().version(name, on=today())
    if answer.book is None:
        return None
    status, tone = STATUS.get(answer.status, ("", ""))
    effective = answer.book.document.effective.value
    return {
        "url": f"/rulebooks/{name}/",
        "short": short_title(answer.book),
        "title": answer.book.document.title,
        "number": answer.book.document.number or "",
        "status": status,
        "tone": tone,
        "own": own,
        "yields": answer.message if answer.superior else "",
        "effective": say(effective) if effective else "未载明",
        "coming": _coming(name),
        "count": sum(1 for leaf in answer.book.leaves.values() if leaf.basis),
    }
