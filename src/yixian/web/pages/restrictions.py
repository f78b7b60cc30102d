"""Restricted callers (限制名单): the list, lifting one, and the notice of the decision on paper."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.intake import restrictions
from yixian.intake.restrictions import ACTIVE, STATES, Restricted
from yixian.lifecycle import parse
from yixian.lifecycle.commands import PayloadError
from yixian.orders import actions, clock
from yixian.orders.errors import BadInput, OrderError
from yixian.parties import queries as parties
from yixian.parties.models import Platform
from yixian.parties.roles import SEE_RESTRICTIONS
from yixian.web import books, shell
from yixian.web.access import StaffRequest, needs, sent
from yixian.web.present import articles, moments

HOME = "/restrictions/"
TONES = {"active": "red", "expired": "", "lifted": "green"}


@require_safe
@needs(SEE_RESTRICTIONS)
def listed(request: StaffRequest) -> HttpResponse:
    """One page of the list; those that end within three days are named above it."""
    state, cursor, problem = request.GET.get("state", ""), request.GET.get("cursor", ""), ""
    try:
        rows, following = restrictions.page(request.actor, state=state, cursor=cursor)
    except BadInput as error:
        rows, following, problem = [], "", error.detail
    now = clock.now()
    chips = {"": "全部", **STATES, "soon": "三天内到期"}
    context = {
        "rows": [_line(row, now) for row in rows],
        "soon": [_line(row, now) for row in restrictions.ending_soon(request.actor)] if state != "soon" else [],
        "chips": [
            {"title": title, "url": HOME + (f"?state={code}" if code else ""), "on": state == code}
            for code, title in chips.items()
        ],
        "problem": problem,
        "may_lift": "lift_restriction" in shell.commands_of(request.actor),
        "first_page": HOME if cursor else "",
        "next_page": f"{HOME}?{urlencode({'state': state, 'cursor': following})}" if following else "",
    }
    return shell.page(request, "web/restrictions.html", context, 422 if problem else 200)


@sent(HOME)
@needs(SEE_RESTRICTIONS)
def lift(request: StaffRequest, restriction_id: int) -> HttpResponse:
    """Lift one through its order, with the reason that was written."""
    row = restrictions.one(request.actor, restriction_id)
    try:
        reason = request.POST.get("reason", "").strip()
        if not reason:
            raise BadInput("请写明解除的理由")
        command = parse("lift_restriction", {"reason": reason})
        actions.handle(row.order_no, command, request.actor)
    except PayloadError as error:
        messages.error(request, f"理由{error.message}")
    except OrderError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, "已解除限制。")
    return HttpResponseRedirect(HOME)


@require_safe
@needs(SEE_RESTRICTIONS)
def notice(request: StaffRequest, restriction_id: int) -> HttpResponse:
    """The notice of the decision (决定告知书), one A4 page."""
    row = restrictions.one(request.actor, restriction_id)
    platform = Platform.objects.filter(pk=row.platform_id).first()
    known = parties.platform(platform.code) if platform else None
    context = {
        **_line(row, clock.now()),
        "title": (known.full_name or known.name) if known else "",
        "person": row.person,
        "number": f"{moments.local(row.starts):%Y}-{row.id}",
        "articles": "、".join(tag.text for tag in articles.tags(row.basis, books.library())),
        "decided": f"{moments.local(row.starts):%Y 年 %-m 月 %-d 日}",
        "printed": moments.absolute(clock.now()),
        "printer": request.user.name,
    }
    return shell.fragment(request, "web/restriction_notice.html", context)


def _line(row: Restricted, now: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.person.get("name") or "未留姓名",
        "phone": row.person.get("phone") or "—",
        "order_no": row.order_no,
        "order": f"/orders/{row.order_no}/",
        "by": row.by,
        "reason": row.reason or "未写明",
        "basis": row.basis,
        "from": moments.absolute(row.starts),
        "until": moments.until(row.ends) if row.ends is not None else "未定",
        "left": _left(row, now),
        "state": STATES[row.state],
        "tone": TONES[row.state],
        "active": row.state == ACTIVE,
        "soon": row.soon,
        "lifted": moments.short(row.lifted, now) if row.lifted is not None else "",
        "lifted_by": row.lifted_by,
        "lifted_why": row.lifted_why,
        "notice": f"{HOME}{row.id}/notice/",
        "lift": f"{HOME}{row.id}/lift/",
    }


def _left(row: Restricted, now: int) -> str:
    if row.state != ACTIVE or row.ends is None:
        return ""
    days = (row.ends - now) // 86400
    return f"还有 {days} 天" if days else "今天到期"
