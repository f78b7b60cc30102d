"""Taking lists out: the current filter of the list of orders as a file, and the numbered batches for others."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from yixian.orders import batches, clock, export_runs, exporting, lists
from yixian.orders.errors import BadInput, OrderError, Unavailable
from yixian.orders.exporting import Exported
from yixian.parties.roles import READ_ORDERS
from yixian.parties.sessions import address_of
from yixian.web import shell
from yixian.web.access import StaffRequest, needs
from yixian.web.pages import queue
from yixian.web.present import moments


@require_safe
@needs(READ_ORDERS)
def orders(request: StaffRequest, ending: str) -> FileResponse:
    """The list of orders that the address describes, as a file; a long one is made in the background instead."""
    asked = queue.asked_of(request)
    wanted = queue.filters_of(asked, clock.now())
    if lists.counted(wanted, request.actor, export_runs.AT_ONCE) >= export_runs.AT_ONCE:
        raise BadInput(f"超过 {export_runs.AT_ONCE} 件的请在列表里点“导出”, 在后台生成, 好了会提醒您。", "type")
    made = exporting.export(wanted, request.actor, ending, title=queue.title_of(asked), address=address_of(request))
    return sent(made)


def sent(made: Exported) -> FileResponse:
    """A finished file as a download, read as it is sent."""
    answer = FileResponse(made.file, as_attachment=True, filename=made.name, content_type=made.mime)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    return answer


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def listed(request: StaffRequest) -> HttpResponse:
    """The batches, and making the next one."""
    actor, problem = request.actor, ""
    if request.method == "POST":
        kind, platform = request.POST.get("kind", ""), request.POST.get("platform", "")
        try:
            made = batches.make(kind, platform, actor, address=address_of(request))
            messages.success(request, f"已生成{made.title}, 共 {made.count} 件")
            return HttpResponseRedirect("/exports/")
        except Unavailable:
            raise
        except (BadInput, OrderError) as error:
            problem = error.detail
    now = clock.now()
    waiting = batches.waiting(actor, now)
    context = {
        "problem": problem,
        "desks": [
            {"code": desk.code, "name": desk.name, "kinds": _kinds(waiting[desk.code])} for desk in batches.desks(actor)
        ],
        "rows": [
            {"row": row, "at": moments.short(row.at, now), "title": moments.absolute(row.at)}
            for row in batches.listed(actor)
        ],
    }
    return shell.page(request, "web/exports.html", context, 422 if problem else 200)


def _kinds(counts: dict[str, int]) -> list[dict[str, object]]:
    return [{"kind": kind, "title": batches.KINDS[kind], "count": count} for kind, count in counts.items()]


@require_safe
@needs(READ_ORDERS)
def batch(request: StaffRequest, number: int, ending: str) -> FileResponse:
    """One batch as it was written."""
    return sent(batches.file_of(number, ending, request.actor, address=address_of(request)))
