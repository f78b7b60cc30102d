"""The leader's view (领导视图): what waits for them, few large figures, what people say, units; and the wall."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from yixian.orders import clock, queries
from yixian.orders.filters import OPEN
from yixian.orders.queries import Filters
from yixian.parties.roles import READ_FIGURES
from yixian.supervision import cases, figures, trends
from yixian.supervision.figures import Wanted
from yixian.web import shell
from yixian.web.access import StaffRequest, needs
from yixian.web.present import figures as periods
from yixian.web.present import leader as present
from yixian.web.present import moments

COUNTED = 10_000
SHOWN_UNITS = 12
WALL_UNITS = 6
WALL_SECONDS = 60
WAITS: tuple[tuple[str, str, str, dict[str, str], str, str], ...] = (
    ("signoff", "答复待签发", "unit", {"flag": "drafted"}, "return_draft", "/desks/unit/?tab=signoff"),
    ("extension", "延期待批", "desk", {"pending": "extension"}, "approve_extension", "/desks/review/?tab=extension"),
    ("return", "退单待定", "desk", {"pending": "return"}, "approve_return", "/desks/review/?tab=return"),
    ("interim", "临时办结待批", "desk", {"pending": "interim_close"}, "approve_interim_close",
     "/desks/review/?tab=interim"),
    ("terminate", "终结待批", "desk", {"pending": "terminate"}, "accept_terminate", "/desks/review/?tab=terminate"),
)  # fmt: skip
"""What can wait for a leader: code, title, whose, the list's filters, the command it takes, where it is decided."""


@require_safe
@needs(READ_FIGURES)
def shown(request: StaffRequest) -> HttpResponse:
    """The whole view."""
    now = clock.now()
    context = _figures(request, now) | {
        "whose": _whose(request),
        "waits": _waits(request, now),
        "pains": _matters(request, now),
        "wall": "/leader/wall/",
    }
    return shell.page(request, "web/leader/view.html", context)


@require_safe
@needs(READ_FIGURES)
def wall(request: StaffRequest) -> HttpResponse:
    """The same for a wall screen: dark, large, renewed by itself."""
    now = clock.now()
    context = _figures(request, now)
    day = moments.local(now)
    context |= {
        "whose": _whose(request),
        "pains": _matters(request, now),
        "units": context["units"][:WALL_UNITS],
        "clock": f"{day:%H:%M}",
        "date": f"{day.year} 年 {day.month} 月 {day.day} 日 周{moments.WEEKDAYS[day.weekday()]}",
        "seconds": WALL_SECONDS,
    }
    return shell.fragment(request, "web/leader/wall.html", context)


def _whose(request: StaffRequest) -> str:
    return request.user.unit.name if request.user.unit is not None else request.user.platform.name


def _figures(request: StaffRequest, now: int) -> dict[str, Any]:
    period = figures.period(periods.this_month(now))
    earlier = figures.period(period.before)
    wanted = figures.within(request.actor, Wanted(period))
    months = trends.by_month(wanted, now)
    found, before = months[-1][1], months[-2][1]
    own = request.actor.kind == "unit"
    whole = figures.whole(wanted, ("unit",))
    units = [] if own and len(request.actor.unit_codes) < 2 else whole.groups["unit"]
    names = queries.unit_names([unit for unit, _ in units])
    as_of = figures.as_of()
    return {
        "large": _large(request, wanted, found, before, earlier, now),
        "charts": [present.bars(months, name) for name in ("on_time_rate", "satisfaction")],
        "units": present.ranked(units, names, period.code)[:SHOWN_UNITS],
        "period": period,
        "as_of": moments.short(as_of, now) if as_of else "",
    }


def _large(
    request: StaffRequest,
    wanted: Wanted,
    found: figures.Figures,
    before: figures.Figures,
    earlier: figures.Period,
    now: int,
) -> list[dict[str, Any]]:
    period = wanted.period
    then = Wanted(earlier, wanted.units, wanted.platform_ids)

    def orders(measure: str) -> str:
        return f"/figures/orders/{measure}/?period={period.code}"

    def counted(filters: Filters) -> int:
        return queries.count(filters, request.actor, COUNTED)

    open_states = ",".join(OPEN)
    returned, before_returned = figures.returns(wanted).asked, figures.returns(then).asked
    here = "截至现在"
    return [
        present.rate("on_time_rate", found, before, period, earlier, f"/figures/?period={period.code}"),
        present.rate("satisfaction", found, before, period, earlier, orders("base")),
        present.count("在办", counted(Filters(states=OPEN)), None, here, "", f"/orders/?state={open_states}",
                      "还没有办结的工单"),
        present.count("已超期", counted(Filters(due_before=now)), None, here, "", "/orders/?due=late",
                      "最近一个在走的时限已过的工单"),
        present.count("红牌", counted(Filters(states=OPEN, card="red")), None, here, "",
                      f"/orders/?card=red&state={open_states}", "还没有办结、亮着红牌的工单"),
        present.count("督办中", cases.counts(request.actor).get("open", 0), None, here, "",
                      "/supervision/?stands=open", "还没有结论的督办"),
        present.count("重办", found.counts["redone"], before.counts["redone"], period.title, earlier.title,
                      orders("redone"), "这个时段登记的工单里责成重办过的"),
        present.count("申请退单", returned, before_returned, period.title, earlier.title, orders("return_asked"),
                      "对这个时段登记的工单提出的退单申请"),
    ]  # fmt: skip


def _waits(request: StaffRequest, now: int) -> list[dict[str, Any]]:
    """What waits for a decision that this person's role may take, each with its count."""
    mine = shell.commands_of(request.actor)
    own = request.actor.kind == "unit"
    lines = []
    for code, title, whose, asked, command, url in WAITS:
        if command in mine and (whose == "unit") == own:
            filters = Filters(
                flags=(asked["flag"],) if "flag" in asked else (),
                pending=(asked["pending"],) if "pending" in asked else (),
            )
            number = queries.count(filters, request.actor)
            lines.append({"code": code, "title": title, "count": number, "url": url})
    standing = cases.counts(request.actor)
    if "confirm_case" in mine and not own:
        url = "/supervision/?stands=proposed"
        lines.append({"code": "case", "title": "督办待确认", "count": standing.get("proposed", 0), "url": url})
    if "conclude_case" in mine:
        url = "/supervision/?stands=open"
        lines.append({"code": "open", "title": "督办待结论", "count": standing.get("open", 0), "url": url})
    return lines


def _matters(request: StaffRequest, now: int) -> list[dict[str, Any]]:
    wanted = figures.within(request.actor, Wanted(trends.last_days(now)))
    span = {
        "from": f"{moments.local(wanted.period.start):%Y-%m-%d}",
        "to": f"{moments.local(wanted.period.end - 1):%Y-%m-%d}",
    }
    urls = {
        "category": f"/orders/?category=WORD&{urlencode(span)}",
        "subject": "/figures/orders/received/?period=30d&subject=WORD",
        "place": "/figures/orders/received/?period=30d&place=WORD",
    }
    return present.matters(trends.matters(wanted, now), urls)
