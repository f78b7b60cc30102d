"""What a person keeps about the list: saved views (视图) and which columns it shows."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.views.decorators.http import require_http_methods, require_POST

from yixian.orders import views
from yixian.orders.errors import BadInput, OrderError, Unavailable
from yixian.parties.masking import mask_text
from yixian.parties.roles import READ_ORDERS
from yixian.web import asked as asking
from yixian.web import columns, saved, shell
from yixian.web.access import StaffRequest, needs


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def kept(request: StaffRequest) -> HttpResponse:
    """One's views and the shared ones; saving the filter of the list as one more."""
    problem = ""
    if request.method == "POST":
        try:
            return HttpResponseRedirect(_save(request))
        except Unavailable:
            raise
        except OrderError as error:
            problem = error.detail
    found = views.seen(request.user)
    first = columns.kept(request.user).get("first")
    context = {
        "problem": problem,
        "may_share": views.may_share(request.actor),
        "views": [
            {
                "id": view.pk,
                "name": view.name,
                "url": saved.url(view),
                "said": asking.title_of(saved.asked_of(view)),
                "shared": view.shared,
                "own": view.user_id == request.user.pk,
                "by": view.user_name,
                "first": view.pk == first,
            }
            for view in found
        ],
        "name": request.POST.get("name", ""),
    }
    return shell.page(request, "web/views.html", context, 422 if problem else 200)


def _save(request: StaffRequest) -> str:
    asked = asking.of(QueryDict(request.POST.get("query", "")[:4000]))
    asked.pop("view", None)
    asking.checked(asked)
    if any(mask_text(text) != text for text in asked.values()):
        raise BadInput("视图里不能保存电话、证件号码, 请先去掉再保存", "query")
    shown = columns.of(columns.kept(request.user))
    shared = bool(request.POST.get("shared"))
    name = request.POST.get("name", "")
    made = views.save(request.user, request.actor, name, urlencode(asked), shown, shared=shared)
    if request.POST.get("first"):
        columns.keep(request.user, first=made.pk)
    messages.success(request, f"已存为视图“{made.name}”{', 全平台共用' if made.shared else ''}")
    return saved.url(made)


@require_POST
@needs(READ_ORDERS)
def change(request: StaffRequest, number: int, deed: str) -> HttpResponse:
    """Rename, share, stop sharing, put first, or delete one view."""
    user, actor = request.user, request.actor
    try:
        if deed == "rename":
            messages.success(
                request, f"已改名为“{views.change(user, actor, number, name=request.POST.get('name')).name}”"
            )
        elif deed in ("share", "unshare"):
            view = views.change(user, actor, number, shared=deed == "share")
            messages.success(request, f"“{view.name}”{'已全平台共用' if view.shared else '不再共用'}")
        elif deed in ("first", "unfirst"):
            view = views.one(user, number)
            columns.keep(user, first=view.pk if deed == "first" else None)
            messages.success(request, f"打开列表时{'先看' if deed == 'first' else '不再先看'}“{view.name}”")
        elif deed == "drop":
            messages.success(request, f"已删除视图“{views.drop(user, actor, number)}”")
        else:
            raise Http404
    except BadInput as error:
        messages.error(request, error.detail)
    return HttpResponseRedirect("/lists/views/")


@require_POST
@needs(READ_ORDERS)
def chosen_columns(request: StaffRequest) -> HttpResponse:
    """Keep which columns the list shows, then back to it."""
    usual = bool(request.POST.get("usual"))
    columns.keep(request.user, columns=None if usual else list(columns.chosen(request.POST.getlist("column"))))
    back = request.POST.get("back", "")
    return HttpResponseRedirect(back if back == "/orders/" or back.startswith("/orders/?") else "/orders/")
