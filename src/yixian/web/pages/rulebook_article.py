"""The page of one article: what it asks, where that lives, the parameters it sets, and its scenarios played now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from yixian.lifecycle import COMMANDS
from yixian.rulebook import Library, Rulebook
from yixian.rulebook.articles import chinese_article, short_title
from yixian.rulebook.present import parameter
from yixian.scenario import showing
from yixian.scenario.clauses import Clause, ClauseTable, inside
from yixian.scenario.clauses_places import CODE, COMMAND
from yixian.scenario.runner import Outcome
from yixian.web import books
from yixian.web.access import PUBLIC, needs
from yixian.web.pages.rulebook import TONES, clauses_of, paper, show
from yixian.web.present import parameters
from yixian.web.present.scenes import scene

MOST_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """A played scenario as the page shows it; `outcome` is held so that no other can take its id meanwhile."""

    outcome: Outcome
    ok: bool
    told: SafeString


_told: WeakKeyDictionary[Library, dict[int, Told]] = WeakKeyDictionary()


@require_safe
@needs(PUBLIC)
def article(request: HttpRequest, name: str, number: str) -> HttpResponse:
    """One article of a paper, `10`, `10.4`, `11(1)` or `附件2.注2`."""
    found = books.newest(name)
    if found is None:
        raise Http404
    table = clauses_of(name)
    clauses = table.of(number) if table else ()
    params = parameters.under(found, f"{name}:{number}")
    if not clauses and not params:
        raise Http404
    before, after = _neighbours(table, number)
    numbering = found.document.numbering
    context: dict[str, Any] = {
        "name": name,
        "book": found,
        "short": short_title(found),
        "title": chinese_article(number, numbering),
        "paper": paper(found),
        "clauses": [_row(clause, found, numbering) for clause in clauses],
        "params": params,
        "before": before and (before, chinese_article(before, numbering)),
        "after": after and (after, chinese_article(after, numbering)),
    }
    return show(request, "web/rulebooks/article.html", context | _shown(table, found, number))


def _shown(table: ClauseTable | None, book: Rulebook, number: str) -> dict[str, Any]:
    """The scenarios of the article as they go now, and its tests; `installed` False where neither is here."""
    folder = showing.root()
    if folder is None:
        return {"installed": False, "scenes": [], "tests": [], "passed": 0}
    scenes: list[Told] = []
    for found in showing.scenarios(table, book.name, number, folder):
        outcome = showing.play(found, book, books.library())
        scenes.append(_words(outcome, book, found.file.relative_to(folder).as_posix()))
    tests = [tuple(path.split("::", 1)) if "::" in path else (path, "") for path in showing.tests(table, number)]
    return {"installed": True, "scenes": scenes, "tests": tests, "passed": sum(one.ok for one in scenes)}


def _words(outcome: Outcome, book: Rulebook, file: str) -> Told:
    """The words of an outcome, made once: an outcome belongs to one version of one book and is kept by `showing`."""
    kept = _told.setdefault(books.library(), {})
    known = kept.get(id(outcome))
    if known is not None:
        return known
    made = scene(outcome, book, file)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    told = kept[id(outcome)] = Told(outcome, made.ok, render_to_string("web/rulebooks/parts/scene.html", {"s": made}))
    return told


def _row(clause: Clause, book: Rulebook, numbering: str) -> dict[str, Any]:
    return {
        "cited": clause.cited(numbering),
        "asks": clause.asks,
        "lives": list(dict.fromkeys(_place(place, book) for place in clause.lives)),
        "status": clause.status + (f"：{clause.room}" if clause.room and clause.status == "未实现" else ""),
        "tone": TONES.get(clause.status, ""),
        "todo": clause.todo or "",
    }


def _place(place: str, book: Rulebook) -> str:
    """Where a clause lives, in words: a command, a parameter, or the programme itself."""
    if place.startswith(COMMAND):
        return f"办理动作“{COMMANDS[place.removeprefix(COMMAND)].title}”"
    if place.startswith(CODE):
        return "程序"
    head = place.split(".")[0]
    known = {
        "lineage": "上下级规则",
        "jurisdiction": "适用地区",
        "sources": "来源",
        "supervision": "督办情形",
        "stages": "环节依据",
    }
    if head in known:
        return known[head]
    return f"参数“{parameter(place if place in book.leaves else '.'.join(place.split('.')[:2]))}”"


def _neighbours(table: ClauseTable | None, number: str) -> tuple[str | None, str | None]:
    """The articles before and after this one (or the one it is a part of) in the paper."""
    listed = list(table.articles) if table else []
    here = [index for index, one in enumerate(listed) if one == number or inside(one, number)]
    here = here or [index for index, one in enumerate(listed) if inside(number, one)]
    if not here:
        return None, None
    first, last = here[0], here[-1]
    return (listed[first - 1] if first else None), (listed[last + 1] if last + 1 < len(listed) else None)
