"""What is done beside an order: files up and down, asking the platform above, publishing the copy."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from yixian.lifecycle.commands import COMMANDS, PayloadError
from yixian.orders import attachments, linked, public_copies, queries
from yixian.orders.errors import BadInput, OrderError, Unavailable
from yixian.parties.roles import READ_ORDERS
from yixian.parties.sessions import address_of
from yixian.web import drafts, shell, uploads
from yixian.web.access import StaffRequest, needs
from yixian.web.present import forms


def _back(number: str) -> HttpResponse:
    return HttpResponseRedirect(f"/orders/{number}/")


@require_http_methods(["POST"])
@needs(READ_ORDERS)
def upload(request: StaffRequest, number: str) -> HttpResponse:
    """Keep the files that were chosen."""
    try:
        files = uploads.uploads_of(request)
        if not files:
            raise BadInput("请先选择要上传的文件", "file")
        kept = attachments.attach(number, files, request.actor, address=address_of(request))
        messages.success(request, f"已上传 {len(kept)} 个附件")
    except BadInput as error:
        messages.error(request, error.detail)
    return _back(number)


@require_safe
@needs(READ_ORDERS)
def download(request: StaffRequest, number: str, file: int) -> HttpResponse:
    """One file, to be saved."""
    return uploads.sent_as_file(*attachments.download(number, file, request.actor, address=address_of(request)))


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def above(request: StaffRequest, number: str, command: str) -> HttpResponse:
    """Say something to the platform above, in the voice of the unit that stands for this one there."""
    if command not in linked.ASKS:
        raise Http404
    found = queries.detail(number, request.actor)
    book = linked.rules_above(number, request.actor)
    form = forms.fields_of(command, forms.choices(book, ()), demanded=forms.demanded(book, command))
    wrong: dict[str, Any] = {}
    if request.method == "POST":
        try:
            payload = forms.read(form, drafts.typed(request))
            linked.ask_above(number, command, payload, request.actor, key=drafts.key_of(request))
            messages.success(request, f"已向上级平台提出: {COMMANDS[command].title}")
            return HttpResponse(headers={"HX-Redirect": f"/orders/{number}/"}) if _part(request) else _back(number)
        except PayloadError as error:
            wrong = {"error_title": "还不能提交", "error": error.message, "errors": {error.path: error.message}}
        except Unavailable:
            raise
        except OrderError as error:
            wrong = {"error_title": error.title, "error": error.detail, "basis": error.basis}
    title = COMMANDS[command].title
    context = {
        "title": f"向上级平台{title}",
        "number": found.number,
        "url": f"/orders/{found.number}/above/{command}/",
        "fields": forms.filled(form, drafts.typed(request), wrong.get("errors", {})),
        "note": "" if form else f"确认后由上级工单记为{title}。",
        "button": title,
        "key": request.POST.get(drafts.FIELD) or drafts.new_key(request),
        "seen": "",
        **{name: value for name, value in wrong.items() if name != "errors"},
    }
    status = 422 if wrong else 200
    if _part(request):
        return shell.fragment(request, "web/parts/act.html", {"form": context}, status)
    return shell.page(request, "web/order_above.html", {"form": context}, status)


def _part(request: StaffRequest) -> bool:
    return bool(request.headers.get("HX-Request"))


@require_http_methods(["POST"])
@needs(READ_ORDERS)
def copy(request: StaffRequest, number: str, deed: str) -> HttpResponse:
    """Release the public copy, or take it back."""
    if deed not in ("release", "take-back"):
        raise Http404
    try:
        if deed == "release":
            public_copies.release(number, request.actor, address=address_of(request))
            messages.success(request, "已公开, 任何人都可以在公开答复中看到")
        elif public_copies.take_back(number, request.actor, address=address_of(request)):
            messages.success(request, "已撤下, 公众不能再看到")
        else:
            messages.success(request, "这件工单没有公开, 无需撤下")
    except public_copies.NotPublic as error:
        messages.error(request, error.detail)
    return _back(number)
