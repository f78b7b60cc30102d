"""What-if (推演): choose rules and orders, watch it run, read what would differ."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from yixian.lifecycle.whatif import KINDS
from yixian.orders import clock, queries
from yixian.orders.errors import BadInput, NotFound
from yixian.orders.exporting import guarded, mark
from yixian.parties import journal
from yixian.parties.permission import holds
from yixian.parties.roles import EDIT_RULES, TRY_RULES
from yixian.parties.sessions import address_of
from yixian.rulebook import RulebookError
from yixian.rulemaking import queries as drafts
from yixian.rulemaking import whatif_filter, whatif_runs
from yixian.rulemaking.models import DISCARDED
from yixian.rulemaking.whatif import MOST_ORDERS
from yixian.rulemaking.whatif_books import DRAFT
from yixian.rulemaking.whatif_models import DONE, QUEUED, RUNNING, STATUSES, WhatIf
from yixian.web import books, shell
from yixian.web.access import StaffRequest, needs, sent
from yixian.web.present import whatif as present

FIELDS = ("since", "until", "category", "unit", "state", "channel")
HOME = "/rulebooks/whatif/"


@require_http_methods(["GET", "POST"])
@needs(TRY_RULES)
def begin(request: StaffRequest) -> HttpResponse:
    """The form and the runs so far; sending it queues a run."""
    given = {key: request.POST.get(key, "").strip()[:200] for key in ("book", *FIELDS)}
    problem, where = "", ""
    if request.method == "POST":
        try:
            wanted = whatif_filter.written({key: given[key] for key in FIELDS})
            run = whatif_runs.start(request.user, request.actor, given["book"], wanted)
            return HttpResponseRedirect(f"{HOME}{run.pk}/")
        except BadInput as error:
            problem, where = error.detail, error.path or ""
    else:
        given["book"] = request.GET.get("book", "").strip()[:200]
    context: dict[str, Any] = {
        "given": given,
        "books": _choices(),
        "drafts": _drafts(request),
        "categories": _categories(request),
        "runs": [_line(run) for run in whatif_runs.latest(request.actor, request.user)],
        "problem": problem,
        "where": where,
        "most": MOST_ORDERS,
    }
    codes = {code for code, _ in (*context["books"], *context["drafts"])}
    context["other"] = given["book"] if given["book"] not in codes else ""
    return shell.page(request, "web/whatif.html", context, 422 if problem else 200)


@require_safe
@needs(TRY_RULES)
def result(request: StaffRequest, run_id: int) -> HttpResponse:
    """How far a run is, or what came of it."""
    run = whatif_runs.one(request.actor, request.user, run_id)
    context: dict[str, Any] = {"run": _line(run), "running": run.status in (QUEUED, RUNNING), "problem": run.problem}
    if run.status == DONE:
        tally = whatif_runs.tally(run)
        kind = request.GET.get("kind", "")
        if kind not in tally.samples:
            kind = next((code for code in KINDS if code in tally.samples), "")
        wanted = {key for key in tally.by_unit if key} | _units_of(tally.samples.get(kind, ()))
        units = queries.unit_names(sorted(wanted))
        context |= present.result(tally, kind, units, f"{HOME}{run.pk}/")
    answer = shell.page(request, "web/whatif_result.html", context)
    if context["running"]:
        answer["Refresh"] = "3"
    return answer


def _units_of(samples: Any) -> set[str]:
    return {sample.unit for sample in samples if sample.unit}


@sent(HOME)
@needs(TRY_RULES)
def stop(request: StaffRequest, run_id: int) -> HttpResponse:
    """Cancel a run."""
    whatif_runs.stop(request.actor, request.user, run_id)
    return HttpResponseRedirect(f"{HOME}{run_id}/")


@require_safe
@needs(TRY_RULES)
def export(request: StaffRequest, run_id: int) -> HttpResponse:
    """The orders that differ, as a table for a spreadsheet."""
    run = whatif_runs.one(request.actor, request.user, run_id)
    if run.status != DONE:
        raise NotFound("这次推演没有结果可以导出。")
    tally = whatif_runs.tally(run)
    units = queries.unit_names(sorted(_units_of([one for listed in tally.samples.values() for one in listed])))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(present.CSV_HEAD)
    for row in present.csv_rows(tally, units):
        writer.writerow([guarded(cell) for cell in row])
    writer.writerow([mark(request.actor, clock.now())])
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="what-if-{run.pk}.csv"'
    answer["Cache-Control"] = "no-store, private"
    journal.audit(request.actor, "导出推演", run.title, after={"run": run.pk}, address=address_of(request))
    return answer


def _choices() -> list[tuple[str, str]]:
    """Every version of every book, the newest first, with its short title."""
    library = books.library()
    found = []
    for name in library.names():
        if name == "national":
            continue
        try:
            versions = library.versions(name)
        except RulebookError:
            continue
        for book in reversed(versions):
            title = book.document.short or book.document.title
            day = book.document.effective.value
            found.append((f"{name}@{book.version}", f"{title} ({day} 施行)" if day is not None else title))
    return found


def _drafts(request: StaffRequest) -> list[tuple[str, str]]:
    """The drafts that this person may see to."""
    if not holds(request.actor, EDIT_RULES):
        return []
    found = drafts.page(request.actor).drafts
    return [(f"{DRAFT}{row.pk}", row.title) for row in found if row.status != DISCARDED]


def _categories(request: StaffRequest) -> tuple[str, ...]:
    rules = books.newest(request.user.platform.book)
    return rules.categories.value if rules is not None and rules.categories is not None else ()


def _line(run: WhatIf) -> dict[str, Any]:
    filters = whatif_filter.spoken(whatif_filter.parse(run.wanted))
    return {
        "id": run.pk,
        "url": f"{HOME}{run.pk}/",
        "title": run.title,
        "orders": filters,
        "status": STATUSES[run.status],
        "tone": {DONE: "green", QUEUED: "blue", RUNNING: "blue"}.get(run.status, ""),
        "done": run.done,
        "total": run.total,
        "share": run.done * 100 // run.total if run.total else 0,
        "by": run.asked_by,
        "at": int(run.asked_at.timestamp()),
        "when": present.day(int(run.asked_at.timestamp())),
        "again": HOME + "?" + urlencode({"book": run.book}),
    }
