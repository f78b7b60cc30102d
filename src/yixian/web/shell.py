"""The shell around every desk page: platform, person, working-day status, desks with live counts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from yixian.exchange import queries as notices
from yixian.orders import clock, queries
from yixian.parties import preferences
from yixian.parties.permission import Actor, holds
from yixian.parties.roles import (
    EDIT_RULES,
    KEEP_CAMPAIGNS,
    MANAGE,
    READ_FIGURES,
    READ_LOGS,
    READ_ORDERS,
    ROLES,
    SEE_RESTRICTIONS,
    TRY_RULES,
)
from yixian.web import books, saved
from yixian.web.access import StaffRequest
from yixian.web.desks import listing, table
from yixian.web.desks.table import commands_of as commands_of
from yixian.web.live import connecting
from yixian.web.present import alarms, help_words, moments, tours, words

TOURED = "toured"
"""The preference and the session's word for the roles whose first look around was offered."""
DAY_TONES = {"工作日": "", "调休上班": "makeup", "法定节假日": "rest", "周末": "rest"}


TIMES = (("今天到期", "clock", "today", False), ("已超期", "alert", "late", True))
"""Lists of what is due: (title, icon, the word of the list's address, whether a count there is alarming)."""

PAGES: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "督办",
        (
            ("紧急告警", "alert", "/alarms/", READ_ORDERS),
            ("督办", "eye", "/supervision/", READ_ORDERS),
            ("领导视图", "home", "/leader/", READ_FIGURES),
            ("统计", "star", "/figures/", READ_FIGURES),
        ),
    ),
    ("台账", (("台账与名录", "file", "/registers/", READ_ORDERS),)),
    (
        "公众",
        (
            ("征集与调查", "chat", "/campaigns/", KEEP_CAMPAIGNS),
            ("限制名单", "shield", "/restrictions/", SEE_RESTRICTIONS),
        ),
    ),
    ("管理", (("系统管理", "building", "/manage/", MANAGE), ("日志", "eye", "/manage/journal/", READ_LOGS))),
)
"""Groups of the rail below the orders': (title, icon, address, permission) of each page."""


def page(request: StaffRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a desk page inside the shell."""
    return render(request, template, {**context, "shell": _shell(request)}, status=status)


def _shell(request: StaffRequest) -> dict[str, Any]:
    actor, user = request.actor, request.user
    now = clock.now()
    today = moments.local(now)
    kind = books.calendar(user.platform.book).day_kind(today.date())
    return {
        "now": now,
        "place": user.unit.name if user.unit else user.platform.formal,
        "name": user.name,
        "initial": user.name[:1],
        "roles": "、".join(ROLES[role].title for role in ROLES if role in actor.roles),
        "query": request.GET.get("q", "") if request.path == "/orders/" else "",
        "date": f"{today.month}月{today.day}日 周{moments.WEEKDAYS[today.weekday()]}",
        "day_kind": kind,
        "day_tone": DAY_TONES.get(kind, ""),
        "day_title": moments.absolute(now),
        "desks": _desks(request, actor),
        "watches": holds(actor, READ_ORDERS) and not actor.must_change_password,
        "alarms": alarms.bar(actor, now),
        "unread": bounded(notices.unread(actor), notices.COUNTED),
        "news": connecting.url(request),
        "help": _help(request),
        "tour": tours.next_of(actor.roles, toured(request)) if not actor.must_change_password else "",
    }


def _help(request: StaffRequest) -> str:
    """Under which name the help of this page stands."""
    match = request.resolver_match
    if match is None or match.url_name is None:
        return ""
    return help_words.named(match.url_name, str(match.kwargs.get("code", "")))


def toured(request: StaffRequest) -> list[str]:
    """The roles whose tour this person has been offered; looked up once in a session."""
    known = request.session.get(TOURED)
    if known is None:
        known = request.session[TOURED] = preferences.get(request.user, TOURED, [])
    return list(known)


def _desks(request: StaffRequest, actor: Actor) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    if holds(actor, READ_ORDERS) and not actor.must_change_password:
        mine = commands_of(actor)
        groups += _work(request, actor, mine)
        counts = queries.counts(actor)
        times = [_item(request, title, icon, f"due={due}", counts[due], hot) for title, icon, due, hot in TIMES]
        groups.append({"title": "时限", "items": times})
        rest = [_plain(request, "全部工单", "list", "/orders/")]
        if "supervise" in mine:
            rest.append(_plain(request, "导出批次", "file", "/exports/"))
        rest += _own_lists(request)
        groups.append({"title": "工单", "items": rest})
        if views := saved.rail(request):
            groups.append({"title": "我的视图", "items": views})
    for title, pages in PAGES:
        found = [_plain(request, *page[:3]) for page in pages if holds(actor, page[3])]
        if found:
            groups.append({"title": title, "items": found})
    reference = [_plain(request, "规则书", "book", "/rulebooks/")]
    if holds(actor, EDIT_RULES):
        reference.append(_plain(request, "规则修订", "pen", "/rulebooks/drafts/"))
    if holds(actor, TRY_RULES):
        reference.append(_plain(request, "规则推演", "again", "/rulebooks/whatif/"))
    groups.append({"title": "参考", "items": reference})
    return _one_here(groups)


def _one_here(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of several lines that lead to where one is, the one with the longest address is marked."""
    marked = [item for group in groups for item in group["items"] if item["here"]]
    longest = max((len(item["url"]) for item in marked), default=0)
    for item in marked:
        item["here"] = len(item["url"]) == longest
    return groups


def _own_lists(request: StaffRequest) -> list[dict[str, Any]]:
    """Categories and sources for which the platform's rules keep a list of their own (单列清单)."""
    book = books.newest(request.user.platform.book)
    if book is None:
        return []
    categories = book.categories.value if book.categories else ()
    named = book.intake.desks.value if book.intake.desks else ()
    lists = [(word, {"category" if word in categories else "source": word}) for word in named]
    coordinated = {word for row in book.dispatch.levels for word in row.when.values_of("region")}
    lists += [(words.FLAGS[flag], {"flag": flag}) for flag in ("cross_region", "cross_level") if flag in coordinated]
    found = []
    for title, asked in lists:
        query = urlencode(asked)
        here = request.path == "/orders/" and request.GET.urlencode() == query
        found.append({"title": title, "icon": "flag", "url": f"/orders/?{query}", "here": here, "count": ""})
    return found


def _work(request: StaffRequest, actor: Actor, mine: frozenset[str]) -> list[dict[str, Any]]:
    """The desks at which the person sits, each with how much waits there."""
    items = [_plain(request, "受理台", "phone", "/agent/")] if "register" in mine else []
    now = clock.now()
    for desk in table.of_actor(actor):
        waiting = [tab for tab in table.tabs_of(desk, actor) if tab.command]
        count = sum(listing.counts(waiting, actor, now).values())
        items.append(_plain(request, desk.title, desk.icon, f"/desks/{desk.code}/") | {"count": bounded(count, 1000)})
    return [{"title": "工作台", "items": items}] if items else []


def _item(request: StaffRequest, title: str, icon: str, query: str, count: int, hot: bool) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "url": "/orders/?" + query,
        "here": request.path == "/orders/" and request.GET.urlencode() == query,
        "count": bounded(count, 1000),
        "hot": hot,
    }


def bounded(count: int, most: int) -> str:
    """A count in words of the page: nothing for none, 99+ where counting stopped."""
    return "" if not count else f"{most - 1}+" if count >= most else str(count)


def _plain(request: StaffRequest, title: str, icon: str, url: str) -> dict[str, Any]:
    here = request.path.startswith(url) and (url != "/orders/" or not request.GET)
    return {"title": title, "icon": icon, "url": url, "here": here, "count": ""}


def fragment(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a part of a page, or a page without the desk's shell."""
    return render(request, template, {**context, "shell": {"now": clock.now()}}, status=status)
