"""Exports of the list of orders: small ones at once, large ones in the background with progress, and fetching them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import (
    FileResponse,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yixian.orders import clock, export_runs, exporting, lists
from yixian.orders.errors import BadInput
from yixian.orders.models import ExportRun
from yixian.orders.models_lists import DONE, QUEUED, RUNNING, STATUSES
from yixian.parties.roles import READ_ORDERS
from yixian.parties.sessions import address_of
from yixian.web import asked as asking
from yixian.web import columns, problems, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.pages.exports import sent
from yixian.web.present import moments

_MEGABYTE = 1024 * 1024
_SAME = {"excerpt", "state", "number"}


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def runs(request: StaffRequest) -> HttpResponseBase:
    """One's exports; asking for one, which is made at once where it is small."""
    if request.method == "POST":
        try:
            return _asked(request)
        except BadInput as error:
            return problems.show(request, 422, "没有导出", error.detail)
    return shell.page(request, "web/export_runs.html", _shown(request) | {"others": _others(request)})


def _asked(request: StaffRequest) -> HttpResponseBase:
    asked = asking.of(QueryDict(request.POST.get("query", "")[:4000]))
    asked.pop("view", None)
    asking.checked(asked)
    wanted = asking.filters_of(asked, clock.now())
    ending, title = request.POST.get("ending", ""), asking.title_of(asked)
    shown = request.POST.get("which") == "shown"
    keys = _keys(columns.of(columns.kept(request.user))) if shown else ()
    told: dict[str, Any] = {"title": title, "columns": keys, "address": address_of(request)}
    if ending in exporting.TYPES and lists.counted(wanted, request.actor, export_runs.AT_ONCE) < export_runs.AT_ONCE:
        made = exporting.export(wanted, request.actor, ending, most=export_runs.AT_ONCE, **told)
        answer: FileResponse = sent(made)
        return answer
    run = export_runs.start(request.user, request.actor, wanted, ending, **told)
    messages.success(request, f"“{run.title}”正在后台生成, 好了会提醒您, 可以先做别的事。")
    return HttpResponseRedirect("/lists/exports/")


def _keys(shown: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of the list as columns of the file, with card and lateness, which the list shows as colours."""
    return (*shown, *_SAME, "card", "late", "due", "registered")


@require_safe
@needs(READ_ORDERS)
def progress(request: StaffRequest) -> HttpResponse:
    """One's exports alone, as they go on."""
    return shell.fragment(request, "web/parts/export_runs.html", _shown(request))


def _shown(request: StaffRequest) -> dict[str, Any]:
    now = clock.now()
    found = export_runs.own(request.user)
    going = any(run.status in (QUEUED, RUNNING) for run in found)
    return {"runs": [_line(run, now) for run in found], "going": going, "kept": export_runs.KEPT.days}


def _others(request: StaffRequest) -> list[dict[str, Any]]:
    now = clock.now()
    return [_line(run, now) for run in export_runs.others(request.user, request.actor)]


def _line(run: ExportRun, now: int) -> dict[str, Any]:
    at = int(run.asked_at.timestamp())
    share = min(99, 100 * run.done // run.total) if run.total else 0
    return {
        "id": run.pk,
        "title": run.title,
        "by": run.user_name,
        "ending": {"xlsx": "电子表格", "csv": "纯文本表格"}.get(run.ending, run.ending),
        "status": STATUSES.get(run.status, run.status),
        "going": run.status in (QUEUED, RUNNING),
        "queued": run.status == QUEUED,
        "done": run.status == DONE,
        "count": run.done,
        "total": run.total,
        "share": share,
        "size": _size(run.size) if run.size else "",
        "problem": run.problem,
        "again": run.tries > 1,
        "at": moments.short(at, now),
        "at_title": moments.absolute(at),
    }


def _size(count: int) -> str:
    return f"{count / _MEGABYTE:.1f} MB" if count >= _MEGABYTE else f"{max(1, count // 1024)} KB"


@require_POST
@needs(READ_ORDERS)
def stop(request: StaffRequest, run_id: int) -> HttpResponse:
    """Cancel one's export."""
    if export_runs.stop(request.user, run_id):
        messages.success(request, "已取消导出")
    return HttpResponseRedirect("/lists/exports/")


@require_safe
@needs(READ_ORDERS)
def fetch(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """The finished file, opened part by part as it is sent."""
    run, content = export_runs.fetch(request.user, request.actor, run_id, address=address_of(request))
    answer = StreamingHttpResponse(content, content_type=exporting.TYPES[run.ending])
    answer["Content-Disposition"] = content_disposition_header(True, f"{run.title}.{run.ending}") or "attachment"
    answer["Content-Length"] = str(run.size)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    return answer
