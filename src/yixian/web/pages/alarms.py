"""Emergencies that wait to be confirmed (紧急告警): the red bar of every desk, and the page with whom to call."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from yixian.orders import clock
from yixian.orders.errors import BadInput
from yixian.orders.queries import unit_names
from yixian.parties.roles import READ_ORDERS, ROLES
from yixian.supervision import alarms, linkage
from yixian.supervision.alarms import AlarmRow
from yixian.web import shell
from yixian.web.access import StaffRequest, needs, sent
from yixian.web.present import alarms as present
from yixian.web.present import clocks, moments

SHOWN = 20
SIZE = 30


@require_safe
@needs(READ_ORDERS)
def bar(request: StaffRequest) -> HttpResponse:
    """The red bar, asked for every fifteen seconds."""
    return shell.fragment(request, "web/parts/alarms.html", {"alarms": present.bar(request.actor, clock.now())})


@require_safe
@needs(READ_ORDERS)
def listed(request: StaffRequest) -> HttpResponse:
    """All that wait, with lines to call and people on duty; below them what was settled."""
    return _page(request)


@sent("/alarms/")
@needs(READ_ORDERS)
def confirm(request: StaffRequest) -> HttpResponse:
    """The hotline has seen to one of them."""
    number, note = (request.POST.get(name, "").replace("\0", "") for name in ("order", "note"))
    try:
        alarms.confirm(request.actor, number, note)
    except BadInput as error:
        return _page(request, {"order": number, "note": note, "said": error.detail}, 422)
    messages.success(request, f"工单 {number} 的告警已确认, 不再提醒")
    return HttpResponseRedirect("/alarms/")


def _page(request: StaffRequest, wrong: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    now = clock.now()
    waiting = alarms.waiting(request.actor, SHOWN)
    before = request.GET.get("before", "")
    at, _, order_id = before.partition("-")
    ok = at.isdecimal() and order_id.isdecimal() and len(at) < 12 and len(order_id) < 19
    done = alarms.settled(request.actor, (int(at), int(order_id)) if ok else None, SIZE + 1)
    more = done[SIZE - 1] if len(done) > SIZE else None
    context = {
        "title": "紧急告警",
        "waiting": [_whole(request, row, now, wrong) for row in waiting],
        "done": [_settled(row, now) for row in done[:SIZE]],
        "wrong": wrong,
        "may_call": "notify_unit" in shell.commands_of(request.actor),
        "may_confirm": request.actor.kind != "unit" and "notify_unit" in shell.commands_of(request.actor),
        "first_page": "/alarms/" if ok else "",
        "next_page": f"/alarms/?before={more.opened}-{more.order_id}" if more else "",
        "every": alarms.REPEAT // 60,
        "slow": alarms.SLOW // 60,
    }
    return shell.page(request, "web/alarms.html", context, status)


def _whole(request: StaffRequest, row: AlarmRow, now: int, wrong: dict[str, str] | None) -> dict[str, Any]:
    told = alarms.told(row.order_id, 12)
    units = unit_names([word for _, _, whom in told for word in whom if word not in ROLES])
    mine = wrong if wrong and wrong["order"] == row.order_no else None
    return {
        **present.short(row, now),
        "text": " ".join(row.excerpt.split()),
        "category": row.category,
        "opened": moments.absolute(row.opened),
        "due": row.due,
        "due_words": moments.until(row.due) if row.due else "",
        "due_name": clocks.name_of(row.due_clock) if row.due_clock else "",
        "basis": row.basis,
        "next": alarms.local_minute(row.next) if row.next else "",
        "told": [
            {
                "number": number,
                "at": alarms.local_minute(at),
                "whom": "、".join(ROLES[word].title if word in ROLES else units.get(word, word) for word in whom),
            }
            for number, at, whom in told
        ],
        "lines": linkage.lines(row.platform_id, f"{row.excerpt} {row.category}"),
        "duty": linkage.on_duty(row.platform_id, moments.local(now).date(), row.lead)[:6],
        "note": mine["note"] if mine else "",
        "said": mine["said"] if mine else "",
    }


def _settled(row: AlarmRow, now: int) -> dict[str, Any]:
    took = (row.settled_at or row.opened) - row.opened
    call = "、".join(part for part in (row.called_unit, row.called_phone, row.answered_by) if part)
    return {
        "number": row.order_no,
        "url": f"/orders/{row.order_no}/",
        "text": " ".join(row.excerpt.split())[:40],
        "opened": moments.short(row.opened, now),
        "opened_title": moments.absolute(row.opened),
        "outcome": row.outcome,
        "by": row.settled_by or "系统",
        "said": row.note or call,
        "took": f"{took // 60} 分钟" if took >= 60 else "1 分钟内",
        "rounds": row.rounds,
    }
