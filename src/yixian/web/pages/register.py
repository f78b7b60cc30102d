"""Registering an order at the agent's desk: caller, words, particulars on one page."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from yixian.parties.roles import READ_ORDERS
from yixian.registers import queries as registers
from yixian.rulebook import Rulebook
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
TOPICS = "topics"
MOST_TOPICS = 50
MOST_SAID = 100


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def register(request: StaffRequest) -> HttpResponse:
    """The form, and its sending."""
    if "register" not in shell.commands_of(request.actor):
        return problems.show(request, 403, "没有权限", "您的角色不登记诉求; 话务员和派单员可以登记。")
    book = books.newest(request.user.platform.book)
    duties = book.intake.duties if book else None
    topics = _topics(request, book)
    left_out = LEFT_OUT | (set() if duties else {DUTIES}) | (set() if topics else {TOPICS})
    offered = forms.choices(book, ())
    offered = replace(offered, options={**offered.options, TOPICS: topics})
    form = forms.fields_of("register", offered, leave_out=left_out)
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


def _topics(request: StaffRequest, book: Rulebook | None) -> tuple[forms.Option, ...]:
    """What goes first by the rules (优先办理), and the topics that the register knows as concentrated or seasonal."""
    if book is None or book.intake.priority is None:
        return ()
    words = list(book.intake.priority.value)
    for entry in registers.entries("topic", platform_path=request.user.platform.path, limit=MOST_TOPICS):
        words.append(f"{entry.values.get('nature', '')}: {entry.values.get('matter', '')}"[:MOST_SAID])
    return tuple((word, word) for word in dict.fromkeys(words))
