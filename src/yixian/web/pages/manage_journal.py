"""The journals (日志): who did what, who logged in, who looked at personal data; searched, and taken out as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.orders import clock, exporting
from yixian.orders.exporting import TYPES
from yixian.parties import journal, journals
from yixian.parties.errors import PartyError
from yixian.parties.journals import Wanted
from yixian.parties.models import User
from yixian.parties.queries import Page
from yixian.parties.roles import READ_LOGS
from yixian.parties.sessions import address_of
from yixian.web import managing
from yixian.web.access import StaffRequest, needs
from yixian.web.managing import managed
from yixian.web.pages import exports
from yixian.web.present import manage as present

JOURNAL = "/manage/journal/"
KNOWN = ("kind", "who", "verb", "about", "address", "result", "since", "until")
HEADER = ("时间", "人员", "操作", "对象", "内容", "来源地址")
ABOUT = {"audit": "对象", "login": "用户名", "unmask": "工单编号"}
BATCH = 500


@require_safe
@needs(READ_LOGS)
@managed
def listed(request: StaffRequest) -> HttpResponse:
    """One page of a journal that the address describes, newest first."""
    given = _given(request)
    kind, cursor, problem = given.get("kind", "audit"), request.GET.get("cursor", ""), ""
    try:
        found = journals.page(request.actor, kind, _wanted(given), cursor)
    except PartyError as error:
        found, problem = Page([], None), error.message
        kind = kind if kind in journals.KINDS else "audit"
    rest = {key: value for key, value in given.items() if key not in ("kind", "verb", "result", "about")}
    query = urlencode({**given, "kind": kind})
    context = {
        "problem": problem,
        "kind": kind,
        "rows": _lines(found.rows),
        "given": given,
        "about": ABOUT[kind],
        "chips": [
            {"title": title, "url": f"{JOURNAL}?{urlencode({**rest, 'kind': code})}", "on": code == kind}
            for code, title in journals.TITLES.items()
        ],
        "verbs": sorted(present.VERBS.items(), key=lambda item: item[1]) if kind == "audit" else [],
        "own_verbs": present.OWN_VERBS if kind == "audit" else (),
        "results": (("ok", "成功"), ("failed", "失败")) if kind == "login" else (),
        "filtered": any(key != "kind" for key in given),
        "query": query,
        "first_page": f"{JOURNAL}?{query}" if cursor else "",
        "next_page": f"{JOURNAL}?{query}&{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else "",
    }
    return managing.page(request, "journal", "journal.html", context, 422 if problem else 200)


@require_safe
@needs(READ_LOGS)
@managed
def export(request: StaffRequest, ending: str) -> FileResponse:
    """The same list as a file with the mark of who took it out; taking it out is journaled."""
    if ending not in TYPES:
        raise Http404
    given = _given(request)
    kind = given.get("kind", "audit")
    if kind not in journals.KINDS:
        raise Http404
    title = f"{journals.TITLES[kind]}日志"
    rows = _cells(journals.everything(request.actor, kind, _wanted(given)))
    made = exporting.write(HEADER, rows, ending, title=title, mark=exporting.mark(request.actor, clock.now()))
    facts = {"journal": journals.TITLES[kind], "filters": given, "count": made.count, "type": ending}
    journal.audit(request.actor, "export_journal", title, after=facts, address=address_of(request))
    return exports.sent(made)


def _given(request: StaffRequest) -> dict[str, str]:
    return {key: request.GET[key].strip()[:80] for key in KNOWN if request.GET.get(key, "").strip()}


def _wanted(given: dict[str, str]) -> Wanted:
    return Wanted(
        given.get("who", ""),
        given.get("verb", ""),
        given.get("about", ""),
        given.get("address", ""),
        given.get("result", ""),
        _day(given, "since"),
        _day(given, "until"),
    )


def _day(given: dict[str, str], key: str) -> dt.date | None:
    text = given.get(key, "")
    if not text:
        return None
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        raise PartyError(f"日期“{text[:20]}”写法不对, 应写作 2026-11-23", key) from None
    if not 2000 <= found.year <= 2100:
        raise PartyError(f"日期“{text[:20]}”不在可查的范围内", key)
    return found


def _lines(rows: list[Any]) -> list[dict[str, str]]:
    """Entries in words, the names of those who acted in one query."""
    names = dict(User.objects.filter(pk__in={row.user_id for row in rows if row.user_id}).values_list("id", "name"))
    return [present.entry(row, names) for row in rows]


def _cells(rows: Iterator[Any]) -> Iterator[tuple[str, ...]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield from _as_cells(batch)
            batch = []
    yield from _as_cells(batch)


def _as_cells(batch: list[Any]) -> Iterator[tuple[str, ...]]:
    for line in _lines(batch):
        yield tuple(line[key] for key in ("at", "who", "deed", "about", "more", "address"))
