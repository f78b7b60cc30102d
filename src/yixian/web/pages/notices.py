"""Notices (提醒) to the person at the desk: the list, and marking what has been read."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_safe

from yixian.exchange import actions, queries
from yixian.exchange.models import KINDS
from yixian.exchange.queries import NoticePage, NoticeRow
from yixian.orders import clock
from yixian.orders.errors import BadInput
from yixian.web import shell
from yixian.web.access import SIGNED_IN, StaffRequest, needs, sent
from yixian.web.present import moments

SIZE = 50


@require_safe
@needs(SIGNED_IN)
def listed(request: StaffRequest) -> HttpResponse:
    """One page of the person's notices; `kind` and `new` narrow it."""
    asked = {key: request.GET[key].strip()[:40] for key in ("kind", "new") if request.GET.get(key, "").strip()}
    cursor, now, problem = request.GET.get("cursor") or None, clock.now(), ""
    try:
        found = queries.page(request.actor, kind=asked.get("kind"), new_only="new" in asked, cursor=cursor, size=SIZE)
    except BadInput as error:
        found, problem = NoticePage((), None), error.detail
    context = {
        "title": "提醒",
        "problem": problem,
        "chips": _chips(asked),
        "rows": [_line(row, now) for row in found.rows],
        "newest": max((row.id for row in found.rows), default=0) if not cursor and "kind" not in asked else 0,
        "any_new": any(not row.read for row in found.rows),
        "empty": "没有未读的提醒。" if "new" in asked else "还没有提醒。派单、退单、亮牌、督办等事项会在这里告诉您。",
        "first_page": _url(asked) if cursor else "",
        "next_page": _url({**asked, "cursor": found.next_cursor}) if found.next_cursor else "",
        "here": _url(asked),
    }
    return shell.page(request, "web/notices.html", context, 422 if problem else 200)


@sent("/notices/")
@needs(SIGNED_IN)
def mark(request: StaffRequest) -> HttpResponse:
    """Mark one notice read and go where it leads, or all up to the newest that was shown."""
    up_to, one = request.POST.get("up_to", ""), request.POST.get("one", "")
    if up_to.isdecimal() and len(up_to) < 19:
        actions.read_all(request.actor, int(up_to))
    elif one.isdecimal() and len(one) < 19:
        actions.read(request.actor, [int(one)])
    back = request.POST.get("to", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return HttpResponseRedirect(back if safe else "/notices/")


def _line(row: NoticeRow, now: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind_title,
        "title": row.title,
        "text": row.text,
        "order_no": row.order_no,
        "url": row.url,
        "basis": row.basis,
        "read": row.read,
        "urgent": row.kind == "alarm",
        "when": moments.short(row.at, now),
        "at": moments.absolute(row.at),
    }


def _chips(asked: dict[str, str]) -> list[dict[str, Any]]:
    kind = asked.get("kind")
    rest = {key: value for key, value in asked.items() if key != "kind"}
    chips: list[dict[str, Any]] = [
        {"title": "全部", "url": _url({}), "on": not asked},
        {"title": "未读", "url": _url({**asked, "new": "1"}) if "new" not in asked else _url(
            {key: value for key, value in asked.items() if key != "new"}), "on": "new" in asked},
    ]  # fmt: skip
    options = [
        {"title": title, "url": _url({**rest, "kind": code}), "on": code == kind} for code, title in KINDS.items()
    ]
    title = f"种类: {KINDS[kind]}" if kind in KINDS else "种类"
    return [*chips, {"title": title, "options": options, "on": kind in KINDS}]


def _url(asked: dict[str, str]) -> str:
    return "/notices/" + (f"?{urlencode(asked)}" if asked else "")
