"""Searching the journals (审计): administrative acts, logins, looks at personal data.

Newest first, paged by key, within the platforms whose logs the actor may read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from yixian.parties.errors import PartyError
from yixian.parties.models import AuditEntry, LoginLog, UnmaskLog, User
from yixian.parties.permission import Actor
from yixian.parties.queries import LONGEST_PAGE, Page, newest

KINDS: dict[str, type[Model]] = {"audit": AuditEntry, "login": LoginLog, "unmask": UnmaskLog}
TITLES = {"audit": "管理操作", "login": "登录", "unmask": "查看个人信息"}
LOCAL = dt.timezone(dt.timedelta(hours=8))
MOST_PEOPLE = 200
MOST_EXPORTED = 50_000
SYSTEM_NAMES = frozenset({"system", "系统"})
_SUBJECTS = ("", "user:", "unit:", "platform:", "requester:")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `who`: user name or name; `about`: an order's number, or a code or name of the object;
    `result`: of logins, ok or failed; `since` and `until` are local days, both included."""

    who: str = ""
    verb: str = ""
    about: str = ""
    address: str = ""
    result: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


def page(actor: Actor, kind: str, wanted: Wanted, cursor: str = "", size: int = 50) -> Page[Any]:
    """One page of a journal. Raises NotAllowed, PartyError for a kind, a span of days or a cursor that is none."""
    return newest(_rows(kind, wanted), actor, cursor or None, size)


def everything(actor: Actor, kind: str, wanted: Wanted) -> Iterator[Any]:
    """The same whole, at most 50,000 of the newest, read page by page."""
    cursor: str | None = None
    for _ in range(MOST_EXPORTED // LONGEST_PAGE):
        found = newest(_rows(kind, wanted), actor, cursor, LONGEST_PAGE)
        yield from found.rows
        cursor = found.next_cursor
        if cursor is None:
            return


def _rows(kind: str, wanted: Wanted) -> QuerySet[Any]:
    model = KINDS.get(kind)
    if model is None:
        raise PartyError("没有这种日志, 请从上面重新选择", "kind")
    if wanted.since and wanted.until and wanted.until < wanted.since:
        raise PartyError("结束日期早于开始日期, 请核对", "until")
    rows: QuerySet[Any] = model._default_manager.all()
    if wanted.since:
        rows = rows.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_midnight(wanted.until + dt.timedelta(days=1)))
    if wanted.who:
        rows = rows.filter(_of(wanted.who))
    if wanted.address:
        rows = rows.filter(address=wanted.address[:64])
    if wanted.verb and kind == "audit":
        rows = rows.filter(verb=wanted.verb[:40])
    if wanted.result and kind == "login":
        rows = rows.filter(success=wanted.result == "ok")
    if wanted.about:
        rows = rows.filter(_about(kind, wanted.about))
    return rows


def _of(who: str) -> Q:
    """The entries of everyone whose name or user name has these words; of the system by its name."""
    if who in SYSTEM_NAMES:
        return Q(user_id__isnull=True)
    people = User.objects.filter(Q(username__icontains=who) | Q(name__icontains=who)).order_by("id")
    return Q(user_id__in=list(people.values_list("id", flat=True)[:MOST_PEOPLE]))


def _about(kind: str, about: str) -> Q:
    if kind == "unmask":
        return Q(order_no=about)
    if kind == "login":
        return Q(username=about.lower())
    if ":" in about:
        return Q(subject=about)
    return Q(subject__in=[mark + about for mark in _SUBJECTS]) | Q(subject__startswith=about)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), LOCAL)
