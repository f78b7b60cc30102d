"""Supervision across orders (督办): cases by state, cross-region matters, business complaints, the interim ledger."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.lifecycle.state import CASE_STATES, STATES
from yixian.orders import clock, exporting, queries
from yixian.orders.errors import BadInput
from yixian.orders.queries import Filters
from yixian.parties import journal
from yixian.parties.roles import READ_ORDERS
from yixian.parties.sessions import address_of
from yixian.supervision import cases, interim
from yixian.supervision.cases import CaseFilters, CasePage, CaseRow
from yixian.supervision.interim import InterimPage, InterimRow
from yixian.web import books, rows, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.pages import exports
from yixian.web.present import moments
from yixian.web.present import supervision as present

SIZE = 50
MOST_EXPORTED = 5000
KNOWN = ("stands", "body", "trigger", "unit", "article", "card")
TRIGGERS = ("overdue", "co_overdue", "repeats", "people", "co", "emergency", "source", "leader", "media", "sent_back",
            "redo", "dissatisfied", "refused_return", "returns", "interim_promise_passed", "form", "manual",
            "self_supervised")  # fmt: skip
REGIONS = {"cross_region": "跨地区", "cross_level": "跨层级"}
BUSINESS = "营商环境投诉"


@require_safe
@needs(READ_ORDERS)
def listed(request: StaffRequest) -> HttpResponse:
    """Cases of all orders in the person's scope, newest first; the URL narrows them."""
    asked = {key: request.GET[key].strip()[:100] for key in KNOWN if request.GET.get(key, "").strip()}
    cursor, now, problem = request.GET.get("cursor") or None, clock.now(), ""
    try:
        found = cases.page(CaseFilters(**asked), request.actor, cursor, SIZE)
    except BadInput as error:
        found, problem = CasePage((), None), error.detail
    counts, names = cases.counts(request.actor), present.own_names(found.rows)
    context = {
        "title": "督办",
        "tabs": _tabs("cases", request),
        "problem": problem,
        "chips": _chips(request, asked, counts),
        "rows": [present.case(row, now, request.actor.kind == "unit", names) for row in found.rows],
        "empty": "没有这样的督办。"
        if asked
        else "还没有督办。超期、重复反映等情形会按规则自动列入, 也可以在工单上发起。",
        "asked": asked,
        "may_act": "conclude_case" in shell.commands_of(request.actor),
        "export": _url("/supervision/export.xlsx", asked) if found.rows else "",
        **_pages("/supervision/", asked, cursor, found.next_cursor),
    }
    return shell.page(request, "web/supervision.html", context, 422 if problem else 200)


@require_safe
@needs(READ_ORDERS)
def export(request: StaffRequest, ending: str) -> FileResponse:
    """The same list as a file, at most 5,000 rows."""
    asked = {key: request.GET[key].strip()[:100] for key in KNOWN if request.GET.get(key, "").strip()}
    found: list[CaseRow] = []
    cursor: str | None = None
    while len(found) < MOST_EXPORTED:
        page = cases.page(CaseFilters(**asked), request.actor, cursor, 100)
        found += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    return sheet(request, present.case_table(found), "督办案件", ending)


@require_safe
@needs(READ_ORDERS)
def regions(request: StaffRequest) -> HttpResponse:
    """Matters beyond the platform's own region or level, which a body above coordinates and supervises."""
    kind = request.GET.get("kind", "cross_region")
    if kind not in REGIONS:
        raise Http404
    chips = [{"title": title, "url": f"/supervision/regions/?kind={code}", "on": code == kind}
             for code, title in REGIONS.items()]  # fmt: skip
    return _orders(request, "regions", Filters(flags=(kind,)), f"没有{REGIONS[kind]}的工单。", chips, {"kind": kind})


@require_safe
@needs(READ_ORDERS)
def business(request: StaffRequest) -> HttpResponse:
    """Complaints about the business environment (营商环境投诉) as a class of their own."""
    state = request.GET.get("state", "")
    if state and state not in STATES:
        raise Http404
    shown = ("registered", "accepted", "dispatched", "handling", "replied", "calling_back", "closed")
    chips: list[dict[str, Any]] = [{"title": "全部", "url": "/supervision/business/", "on": not state}]
    chips += [{"title": STATES[code], "url": f"/supervision/business/?state={code}", "on": code == state}
              for code in shown]  # fmt: skip
    wanted = Filters(category=BUSINESS, states=(state,) if state else ())
    return _orders(request, "business", wanted, "没有营商环境投诉。", chips, {"state": state} if state else {})


@require_safe
@needs(READ_ORDERS)
def ledger(request: StaffRequest) -> HttpResponse:
    """The ledger of interim closes: who has to report when, and what is promised until when."""
    view = request.GET.get("view", "open")
    cursor, now, problem = request.GET.get("cursor") or None, clock.now(), ""
    try:
        found = interim.page(request.actor, view, now, cursor, SIZE)
    except BadInput as error:
        found, problem = InterimPage((), None), error.detail
    context = {
        "title": "督办",
        "tabs": _tabs("interim", request),
        "problem": problem,
        "chips": [{"title": title, "url": f"/supervision/interim/?view={code}", "on": code == view}
                  for code, title in interim.VIEWS.items()],
        "rows": [present.interim(row, now) for row in found.rows],
        "empty": "没有这样的临时办结工单。",
        "export": f"/supervision/interim/export.xlsx?view={view}" if found.rows else "",
        **_pages("/supervision/interim/", {"view": view}, cursor, found.next_cursor),
    }  # fmt: skip
    return shell.page(request, "web/supervision_interim.html", context, 422 if problem else 200)


@require_safe
@needs(READ_ORDERS)
def ledger_export(request: StaffRequest, ending: str) -> FileResponse:
    """The ledger as a file, at most 5,000 rows."""
    view = request.GET.get("view", "open")
    found: list[InterimRow] = []
    cursor: str | None = None
    while len(found) < MOST_EXPORTED:
        page = interim.page(request.actor, view, clock.now(), cursor, 200)
        found += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    return sheet(request, present.interim_table(found, clock.now()), "临时办结台账", ending)


def sheet(request: StaffRequest, table: list[list[str]], title: str, ending: str) -> FileResponse:
    """A table (its header first) as a file to be saved, marked with who took it out, and journaled."""
    named = f"{title}-{moments.local(clock.now()):%Y%m%d}"
    mark = exporting.mark(request.actor, clock.now())
    made = exporting.write(table[0], table[1:], ending, title=named, mark=mark)
    facts = {"count": made.count, "type": ending}
    journal.audit(request.actor, "导出清单", title, after=facts, address=address_of(request))
    return exports.sent(made)


def _orders(
    request: StaffRequest, tab: str, wanted: Filters, empty: str, chips: list[dict[str, Any]], asked: dict[str, str]
) -> HttpResponse:
    cursor, now, problem = request.GET.get("cursor") or None, clock.now(), ""
    try:
        found = queries.page(wanted, request.actor, cursor, SIZE)
    except BadInput as error:
        found, problem = queries.Page((), None, 0), error.detail
    path = f"/supervision/{tab}/"
    context = {
        "title": "督办",
        "tabs": _tabs(tab, request),
        "problem": problem,
        "chips": chips,
        "rows": rows.rows(found.rows, rows.lengths(found.rows), now),
        "empty": empty,
        "who": _who_coordinates(request) if tab == "regions" else [],
        **_pages(path, asked, cursor, found.next_cursor),
    }
    return shell.page(request, "web/supervision_orders.html", context, 422 if problem else 200)


def _who_coordinates(request: StaffRequest) -> list[dict[str, Any]]:
    """Where the book sends matters beyond the region or level, with the articles."""
    book = books.newest(request.user.platform.book)
    if book is None:
        return []
    found = [row for row in book.dispatch.levels.rows if "region" in row.when.keys]
    return [{"to": row.to, "basis": row.basis} for row in found]


def _tabs(here: str, request: StaffRequest) -> list[dict[str, Any]]:
    book = books.newest(request.user.platform.book)
    tabs = [("cases", "督办案件", "/supervision/"), ("regions", "跨地区跨层级", "/supervision/regions/")]
    if book is None or book.categories is None or BUSINESS in book.categories.value:
        tabs.append(("business", BUSINESS, "/supervision/business/"))
    if book is None or book.interim_close is not None:
        tabs.append(("interim", "临时办结台账", "/supervision/interim/"))
    if "supervise" in shell.commands_of(request.actor):
        tabs.append(("batches", "逾期送督查", "/exports/"))
    return [{"title": title, "url": url, "on": code == here} for code, title, url in tabs]


def _chips(request: StaffRequest, asked: dict[str, str], counts: dict[str, int]) -> list[dict[str, Any]]:
    def with_(key: str, value: str | None) -> str:
        rest = {name: text for name, text in asked.items() if name != key}
        return _url("/supervision/", {**rest, key: value} if value else rest)

    def choice(key: str, title: str, options: dict[str, str]) -> dict[str, Any]:
        here = asked.get(key, "")
        lines = [{"title": "不限", "url": with_(key, None), "on": not here}]
        lines += [{"title": text, "url": with_(key, code), "on": code == here} for code, text in options.items()]
        return {"title": options.get(here, title), "on": bool(here), "options": lines}

    chips: list[dict[str, Any]] = [{"title": "全部", "url": with_("stands", None), "on": "stands" not in asked}]
    for code, title in CASE_STATES.items():
        count = counts.get(code, 0)
        shown = "999+" if count > 999 else count or ""
        chips.append({"title": title, "url": with_("stands", code), "on": asked.get("stands") == code, "count": shown})
    book = books.newest(request.user.platform.book)
    own = dict.fromkeys(row.by for row in book.supervision) if book else {}
    chips += [
        {"sep": True},
        choice("trigger", "情形", {code: present.trigger(code) for code in TRIGGERS}),
        choice("body", "督办单位", {name: name for name in own}),
        choice("card", "亮牌", {"yellow": "黄牌", "red": "红牌"}),
    ]
    for key, label in (("unit", "承办单位"), ("article", "依据")):
        if key in asked:
            chips.append({"title": f"{label}: {_said(key, asked[key])}", "url": with_(key, None), "on": True})
    return chips


def _said(key: str, value: str) -> str:
    if key == "unit":
        return queries.unit_names([value]).get(value, value)
    return present.article(value)


def _pages(path: str, asked: dict[str, str], cursor: str | None, following: str | None) -> dict[str, str]:
    return {
        "first_page": _url(path, asked) if cursor else "",
        "next_page": _url(path, {**asked, "cursor": following}) if following else "",
    }


def _url(path: str, asked: dict[str, str]) -> str:
    return path + (f"?{urlencode(asked)}" if asked else "")
