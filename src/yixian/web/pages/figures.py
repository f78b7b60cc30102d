"""Figures (统计) for leaders: a period's counts and rates with their formulas, compared, each leading to its orders."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.orders import clock, lists
from yixian.orders.errors import BadInput, Denied
from yixian.orders.queries import unit_names
from yixian.parties import queries as parties
from yixian.parties.models import Platform
from yixian.parties.roles import READ_FIGURES
from yixian.supervision import figures, trends
from yixian.supervision.figures import Wanted
from yixian.supervision.measures import MEASURES, RETURNS
from yixian.web import rows, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.pages.supervision import sheet
from yixian.web.present import figures as present
from yixian.web.present import moments

KNOWN = ("period", "unit", "platform", "category", "subject", "place")
LAST_DAYS = "30d"
SIZE = 50
Lines = list[tuple[Any, figures.Figures]]


@require_safe
@needs(READ_FIGURES)
def shown(request: StaffRequest) -> HttpResponse:
    """The figures of the person's unit or platforms in a period; the URL narrows them."""
    asked, wanted = _asked(request)
    own = request.actor.kind == "unit"
    by = ("category",) if own or "unit" in asked else ("category", "unit", "platform")
    whole = figures.whole(wanted, by)
    found = whole.all
    before = figures.summary(present.earlier(wanted))
    mean = _mean(request, wanted)
    as_of = figures.as_of()
    context = {
        "title": "统计",
        "whose": _whose(request, asked),
        "period": wanted.period,
        "periods": present.periods(clock.now(), asked, _url),
        "narrowed": present.narrowed(asked, _url),
        "as_of": moments.short(as_of, clock.now()) if as_of else "",
        "rates": present.rates(found, before, mean, _book(request), wanted.period.before),
        "mean_of": "本平台" if own or asked.get("unit") else "",
        "counts": present.counts(found, before, asked, _orders_url),
        "returns": present.returns(
            figures.returns(wanted), figures.returns(present.earlier(wanted)), asked, _orders_url
        ),
        "by_category": present.lines(whole.groups["category"], asked, "category", {}, _url, _orders_url),
        "frequent": _frequent(wanted, asked),
        "by_unit": _by_unit(whole.groups.get("unit", []), asked),
        "by_platform": _by_platform(whole.groups.get("platform", []), asked),
        "empty": not found.counts["received"],
        "export": _url({**asked, "period": wanted.period.code}, "/figures/export.xlsx"),
    }
    return shell.page(request, "web/figures.html", context)


@require_safe
@needs(READ_FIGURES)
def orders(request: StaffRequest, measure: str) -> HttpResponse:
    """The orders that one number counts."""
    asked, wanted = _asked(request, days=True)
    moment, _, order_id = request.GET.get("before", "").partition("-")
    ok = moment.isdecimal() and order_id.isdecimal() and len(moment) < 16 and len(order_id) < 19
    ids, following = figures.orders(wanted, measure, (int(moment), int(order_id)) if ok else None, SIZE)
    found = lists.rows_of(ids)
    path = f"/figures/orders/{measure}/"
    context = {
        "title": f"{wanted.period.title} · {(MEASURES | RETURNS)[measure][0]}",
        "back": "/leader/" if asked["period"] == LAST_DAYS else _url(asked),
        "rows": rows.rows(found, rows.lengths(found), clock.now()),
        "empty": "没有这样的工单。",
        "first_page": _url(asked, path) if ok else "",
        "next_page": _url({**asked, "before": f"{following[0]}-{following[1]}"}, path) if following else "",
    }
    return shell.page(request, "web/figures_orders.html", context)


@require_safe
@needs(READ_FIGURES)
def export(request: StaffRequest, ending: str) -> FileResponse:
    """The figures by category, unit and platform as a file."""
    asked, wanted = _asked(request)
    own = request.actor.kind == "unit"
    whole = figures.whole(wanted, ("category",) if own else ("category", "unit"))
    tables: list[tuple[str, Lines, dict[Any, str]]] = [
        ("合计", [(_whose(request, asked), whole.all)], {}),
        ("类别", whole.groups["category"], {}),
    ]
    if not own:
        units = whole.groups["unit"]
        tables.append(("承办单位", units, dict(unit_names([unit for unit, _ in units]))))
    return sheet(request, present.table(wanted.period, tables), f"统计-{wanted.period.title}", ending)


# ---- what is asked --------------------------------------------------------------------------------------------------


def _asked(request: StaffRequest, *, days: bool = False) -> tuple[dict[str, str], Wanted]:
    """The URL, and what it asks for within the person's scope; `days`: the last thirty days are a period too.

    Raises BadInput, Denied.
    """
    asked = {key: request.GET[key].strip()[:200] for key in KNOWN if request.GET.get(key, "").strip()}
    code = asked.setdefault("period", present.this_month(clock.now()))
    platform_ids = None
    if "platform" in asked:
        platform = parties.platform(asked["platform"])
        if platform is None:
            raise BadInput("没有这个平台, 请从页面上选择。", "platform")
        below = Platform.objects.filter(path__startswith=platform.path).values_list("pk", flat=True)
        own = set(request.actor.platform_ids)
        platform_ids = tuple(pk for pk in below if pk in own)
        if not platform_ids:
            raise Denied("只能查看您负责的平台的统计")
    wanted = Wanted(
        period=trends.last_days(clock.now()) if days and code == LAST_DAYS else figures.period(code),
        units=(asked["unit"],) if "unit" in asked else None,
        platform_ids=platform_ids,
        category=asked.get("category"),
        subject=asked.get("subject"),
        place=asked.get("place"),
    )
    return asked, figures.within(request.actor, wanted)


def _mean(request: StaffRequest, wanted: Wanted) -> figures.Figures | None:
    """The platform's own rates, to compare one unit's with."""
    if wanted.units is None:
        return None
    mean = Wanted(wanted.period, None, (request.user.platform_id,), wanted.category, wanted.subject)
    return figures.summary(mean)


def _whose(request: StaffRequest, asked: dict[str, str]) -> str:
    if "unit" in asked:
        return unit_names([asked["unit"]]).get(asked["unit"], asked["unit"])
    if request.user.unit is not None:
        return request.user.unit.name
    if "platform" in asked:
        found = parties.platform(asked["platform"])
        return found.name if found else ""
    return request.user.platform.name


def _book(request: StaffRequest) -> str:
    return request.user.platform.book


def _frequent(wanted: Wanted, asked: dict[str, str]) -> list[dict[str, Any]]:
    shown_words = (("subject", "集中的主题"), ("place", "集中的地点"), ("explanation", "写明的事由"))
    found = figures.most_frequent(wanted)
    return [
        {
            "title": title,
            "words": [
                {"word": word, "count": count, "url": _url({**asked, column: word}) if column != "explanation" else ""}
                for word, count in found[column]
            ],
        }
        for column, title in shown_words
    ]


def _by_unit(groups: Lines, asked: dict[str, str]) -> list[dict[str, Any]]:
    names = dict(unit_names([unit for unit, _ in groups]))
    return present.lines(groups, asked, "unit", names, _url, _orders_url)


def _by_platform(groups: Lines, asked: dict[str, str]) -> list[dict[str, Any]]:
    if len(groups) < 2:
        return []
    found = {row.pk: row for row in Platform.objects.filter(pk__in=[key for key, _ in groups])}
    coded = [(found[key].code, line) for key, line in groups if key in found]
    names = {row.code: row.name for row in found.values()}
    return present.lines(coded, asked, "platform", names, _url, _orders_url)


def _url(asked: dict[str, str], path: str = "/figures/") -> str:
    return path + (f"?{urlencode(asked)}" if asked else "")


def _orders_url(measure: str, asked: dict[str, str]) -> str:
    return _url(asked, f"/figures/orders/{measure}/")
