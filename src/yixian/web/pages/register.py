"""Registering an order at the agent's desk: caller, words, particulars on one page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from yixian.parties.roles import READ_ORDERS
from yixian.web import books, drafts, problems, sending, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.present import forms
from yixian.web.sending import Trouble

CALLER = (
    "requester.name",
    "requester.phone",
    "requester.address",
    "requester.type",
    "requester.anonymous",
    "confidential",
)
WORDS = ("text", "place")
# What few orders need stands folded away; what the API alone uses is left out.
RARE = (
    "requester.id_number",
    "source",
    "subject",
    "grade",
    "urgency",
    "item",
    "nature",
    "domain",
    "same_as",
    "region",
    "topics",
    "unclear",
    "secret",
)
LEFT_OUT = frozenset({"requester.level", "unverified"})
DUTIES = "duties_told"


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def register(request: StaffRequest) -> HttpResponse:
    """The form, and its sending."""
    if "register" not in shell.commands_of(request.actor):
        return problems.show(request, 403, "没有权限", "您的角色不登记诉求; 话务员和派单员可以登记。")
    book = books.newest(request.user.platform.book)
    duties = book.intake.duties if book else None
    form = forms.fields_of("register", forms.choices(book, ()), leave_out=LEFT_OUT | (set() if duties else {DUTIES}))
    trouble: Trouble | None = None
    data = drafts.take(request) if request.method == "GET" else drafts.typed(request)
    if request.method == "POST":
        answer = sending.send(request, None, "register", form, request.actor)
        if not isinstance(answer, Trouble):
            messages.success(request, f"已登记, 查询码 {answer.query_code}, 请告诉诉求人。")
            return HttpResponseRedirect(f"/orders/{answer.order_no}/")
        trouble = answer
    first = data or {"channel": ["phone"]}
    shown = {item.path: item for item in forms.filled(form, first, trouble.errors if trouble else {})}
    context = {
        "caller": [shown[path] for path in CALLER if path in shown],
        "words": [shown[path] for path in WORDS],
        "kind": [item for path, item in shown.items() if path not in (*CALLER, *WORDS, *RARE, DUTIES)],
        "duties": duties,
        "told": shown.get(DUTIES),
        "rare": [shown[path] for path in RARE if path in shown],
        "rare_open": any(shown[path].value or shown[path].error for path in RARE if path in shown),
        "trouble": trouble,
        "restored": bool(data) and request.method == "GET",
        "key": request.POST.get(drafts.FIELD) or drafts.new_key(request),
    }
    return shell.page(request, "web/register.html", context, status=trouble.status if trouble else 200)
