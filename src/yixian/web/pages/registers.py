"""Registers (台账): what this platform keeps and owes, one register as a list and as a file, what agents look up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.orders import clock, platforms
from yixian.orders.errors import BadInput
from yixian.orders.exporting import TYPES, mark, write
from yixian.orders.platforms import Known
from yixian.parties import journal
from yixian.parties import queries as parties
from yixian.parties.models import Confidentiality
from yixian.parties.roles import READ_ORDERS
from yixian.parties.sessions import address_of
from yixian.registers import actions, asked, exporting, owing, queries
from yixian.registers.asked import Register
from yixian.registers.models import Entry
from yixian.registers.queries import Page, Wanted
from yixian.web import shell
from yixian.web.access import StaffRequest, needs
from yixian.web.pages.exports import sent
from yixian.web.present import moments
from yixian.web.present import registers as present
from yixian.web.present.forms import Option

SIZE = 50
SHOWN_NAMES = 40
KNOWN = ("q", "status", "unit", "late", "now")
STATUS = {"valid": "有效", "void": "作废"}


@require_safe
@needs(READ_ORDERS)
def index(request: StaffRequest) -> HttpResponse:
    """Every register: those that the platform's rules ask for, with their articles, and what is owed now."""
    place, found = registers_here(request)
    counts = queries.counts(request.actor)
    ordered = [one for one in found.values() if one.rule] + [one for one in found.values() if not one.rule]
    by_book = [one for one in ordered if one.rule is not None]
    rest = [one for one in ordered if one.rule is None]
    context = {
        "title": "台账与名录",
        "groups": present.index(by_book, counts),
        "rest": [row for group in present.index(rest, counts) for row in group["rows"]],
        "owed": _owed(request, place),
        "place": request.user.platform.name,
    }
    return shell.page(request, "web/registers/index.html", context)


@require_safe
@needs(READ_ORDERS)
def listed(request: StaffRequest, kind: str) -> HttpResponse:
    """One register as a list that the URL describes."""
    place, found = registers_here(request)
    register = found.get(kind) or _missing()
    if kind == "secrecy":
        return _secrecy(request, register, place)
    given = {key: request.GET[key].strip()[:100] for key in KNOWN if request.GET.get(key, "").strip()}
    now, cursor, problem = clock.now(), request.GET.get("cursor") or None, ""
    try:
        page = queries.page(request.actor, kind, _wanted(given, now), cursor, SIZE)
    except BadInput as error:
        page, problem = Page([], None), error.detail
    names = queries.names_of(code for entry in page.rows for code in entry.values.get("units", ()))
    query = urlencode(given)
    context = {
        "title": register.title,
        "kind": kind,
        "register": register,
        "purpose": register.kind.purpose,
        "owes": present.OWES.get(register.owes, ""),
        "fields": [item for code in register.kind.columns if (item := register.kind.field(code))],
        "rows": present.rows(register.kind, page.rows, names, now),
        "may_file": actions.may_file(request.actor, register, place.path),
        "may_draw": kind in ("oversight", "call_sample") and request.actor.kind != "unit",
        "missing": queries.lines_missing(request.actor, register) if kind == "contact" else [],
        "chips": _chips(kind, given),
        "words": given.get("q", ""),
        "kept": [(key, value) for key, value in given.items() if key != "q"],
        "problem": problem,
        "filtered": bool(given),
        "query": f"?{query}" if query else "",
        "owed": [one for one in _owed(request, place) if one["kind"] == kind],
        "first_page": _url(kind, given) if cursor else "",
        "next_page": _url(kind, {**given, "cursor": page.next_cursor}) if page.next_cursor else "",
    }
    return shell.page(request, "web/registers/list.html", context, 422 if problem else 200)


@require_safe
@needs(READ_ORDERS)
def export(request: StaffRequest, kind: str, ending: str) -> FileResponse:
    """The list that the URL describes as a file, at most a thousand rows."""
    _, found = registers_here(request)
    register = found.get(kind) or _missing()
    if ending not in TYPES or not register.kind.fields:
        _missing()
    given = {key: request.GET[key].strip()[:100] for key in KNOWN if request.GET.get(key, "").strip()}
    entries = queries.everything(request.actor, kind, _wanted(given, clock.now()))
    table = exporting.table(register, entries)
    title = f"{register.title}-{moments.local(clock.now()):%Y%m%d}"
    answer = sent(write(next(table), table, ending, title=title, mark=mark(request.actor, clock.now())))
    facts = {"filters": given, "count": len(entries), "type": ending}
    journal.audit(request.actor, "导出台账", register.title, after=facts, address=address_of(request))
    return answer


@require_safe
@needs(READ_ORDERS)
def near(request: StaffRequest) -> HttpResponse:
    """What to know about a place today, for the agent who registers: works there, who is on duty, lines to call."""
    place = request.GET.get("place", "").strip()[:200]
    found = queries.near(request.actor, place, moments.local(clock.now()).date())
    return shell.fragment(request, "web/registers/near.html", {"place": place, "found": found})


@require_safe
@needs(READ_ORDERS)
def of_order(request: StaffRequest, number: str) -> HttpResponse:
    """The entries that name an order, for its page; and where this person may enter it."""
    place, found = registers_here(request)
    entries = queries.of_order(request.actor, number[:40])
    lines = [
        (entry, found[entry.kind].title if entry.kind in found else entry.kind, moments.short(_at(entry), clock.now()))
        for entry in entries
    ]
    offered = [
        (one.kind.code, one.title)
        for one in found.values()
        if one.rule and one.kind.field("orders") and actions.may_file(request.actor, one, place.path)
    ]
    return shell.fragment(
        request, "web/registers/of_order.html", {"lines": lines, "offered": offered, "number": number[:40]}
    )


def registers_here(request: StaffRequest) -> tuple[Known, dict[str, Register]]:
    """The person's platform and its registers by code."""
    place = platforms.of_id(request.user.platform_id)
    today = moments.local(clock.now()).date()
    return place, asked.registers_of(asked.book_of(place.book, today))


def unit_options(request: StaffRequest) -> tuple[Option, ...]:
    """The units of the person's platform to choose from, no more than tell that they are too many for a list."""
    found = parties.units(request.user.platform, limit=present.MOST_LISTED + 1)
    return tuple((unit.code, unit.name) for unit in found)


def _missing() -> Any:
    raise Http404


def _wanted(given: dict[str, str], now: int) -> Wanted:
    status = given.get("status", "")
    if status and status not in STATUS:
        raise BadInput("网址里的状态无法识别, 请从上面重新选择。", "status")
    on = moments.local(now).date() if given.get("now") else None
    return Wanted(
        given.get("q", ""), "valid" if on and not status else status, given.get("unit", ""), bool(given.get("late")), on
    )


def _url(kind: str, given: dict[str, Any]) -> str:
    return f"/registers/{kind}/" + (f"?{urlencode(given)}" if given else "")


def _chips(kind: str, given: dict[str, str]) -> list[dict[str, Any]]:
    def with_(key: str, value: str) -> str:
        rest = {name: text for name, text in given.items() if name != key}
        return _url(kind, rest if given.get(key) == value else {**rest, key: value})

    chips = [{"title": "全部", "url": _url(kind, {}), "on": not given}]
    chips += [{"title": "今天有效", "url": with_("now", "1"), "on": "now" in given}]
    chips += [
        {"title": title, "url": with_("status", code), "on": given.get("status") == code}
        for code, title in STATUS.items()
    ]
    chips.append({"title": "逾期报送", "url": with_("late", "1"), "on": "late" in given})
    for key, title in (("q", "查找"), ("unit", "单位")):
        if key in given:
            chips.append({"title": f"{title}: {given[key]} ×", "url": with_(key, given[key]), "on": True})
    return chips


def _owed(request: StaffRequest, place: Known) -> list[dict[str, Any]]:
    """What is owed: by the person's own unit, or how many units of the platform still owe it."""
    now, actor = clock.now(), request.actor
    own = actor.unit_codes if actor.kind == "unit" else None
    found = []
    for one in owing.owed(place, now):
        count, names = owing.counted(one, own, SHOWN_NAMES)
        if not count:
            continue
        found.append(
            {
                "kind": one.kind,
                "title": f"{one.name}{one.title}",
                "days": f"{_day(one.day)} 至 {_day(one.until)}",
                "until": moments.until(one.due_at),
                "late": now > one.due_at,
                "count": count,
                "names": "、".join(names) + ("等" if count > SHOWN_NAMES else ""),
                "mine": own is not None,
                "basis": one.basis,
            }
        )
    return found


def _at(entry: Entry) -> int:
    return int(entry.filed_at.timestamp())


def _day(day: dt.date) -> str:
    return f"{day.month} 月 {day.day} 日"


def _secrecy(request: StaffRequest, register: Register, place: Known) -> HttpResponse:
    """The secrecy requirements that units filed in the directory (parties): shown, not kept a second time."""
    rows = Confidentiality.objects.filter(unit__platform__path__startswith=place.path).select_related("unit")
    if request.actor.kind == "unit":
        rows = rows.filter(unit__code__in=request.actor.unit_codes)
    now = clock.now()
    lines = [
        {
            "unit": row.unit.name,
            "requirement": row.requirement,
            "until": row.until.isoformat() if row.until else "长期",
            "by": row.filed_by,
            "when": moments.short(int(row.filed_at.timestamp()), now),
        }
        for row in rows.order_by("-filed_at")[: queries.LONGEST_PAGE]
    ]
    return shell.page(
        request,
        "web/registers/secrecy.html",
        {
            "title": register.title,
            "register": register,
            "rows": lines,
            "may_file": request.user.unit is not None and "unit_leader" in request.actor.roles,
        },
    )
