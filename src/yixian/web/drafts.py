"""Forms that are sent once, and what was typed into them when the session had ended.

Each form carries a signed key: the idempotency key of its command, bound to the person it was shown to. When a form
comes back without a session, its values travel as a signed, short-lived draft through the login page and are put
back into the form for the same person. Passwords are never kept.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yixian.orders.errors import BadInput
from yixian.web import keeping

FIELD = "form_key"
_KEYS = signing.Signer(salt="yixian.web.form")
_SALT = "yixian.web.draft"
_SESSION = "draft"
LIVES = 2 * 3600
LARGEST = 120_000
_NEVER = frozenset({"csrfmiddlewaretoken", "password", "old", "new", "again", "draft"})

Fields = dict[str, list[str]]


def owner_of(request: HttpRequest) -> str:
    """Who a form is shown to: the user's id, "" for the public."""
    return str(request.user.pk) if request.user.is_authenticated else ""


def new_key(request: HttpRequest) -> str:
    """A fresh signed key for a form."""
    return _KEYS.sign(f"{owner_of(request)}.{uuid.uuid4().hex}")


def key_of(request: HttpRequest) -> str:
    """The idempotency key of the form that was sent. Raises BadInput where it is missing or was shown to another."""
    owner, key = _unsigned(request.POST.get(FIELD, ""))
    if owner is None or owner != owner_of(request):
        raise BadInput("这张表单已经失效, 请刷新页面后重新提交。")
    return key


def _unsigned(text: str) -> tuple[str | None, str]:
    try:
        owner, _, key = _KEYS.unsign(text).partition(".")
    except signing.BadSignature:
        return None, ""
    return owner, key


def typed(request: HttpRequest) -> Fields:
    """What was typed into the form, without what must never be kept."""
    return {name: [str(item) for item in values] for name, values in request.POST.lists() if name not in _NEVER}


def ask_login(request: HttpRequest) -> HttpResponse:
    """The login page in place of a form's answer, with what was typed inside it."""
    fields = typed(request)
    owner, _ = _unsigned(request.POST.get(FIELD, ""))
    packed = signing.dumps({"path": request.path, "fields": fields, "owner": owner}, salt=_SALT, compress=True)
    kept = owner is not None and len(packed) <= LARGEST
    context = {"draft": packed if kept else "", "next": request.path, "kept": kept, "expired": True}
    answer = render(request, "web/login.html", context, status=401)
    if request.headers.get("HX-Request"):
        answer["HX-Retarget"], answer["HX-Reswap"] = "body", "innerHTML"
    return answer


def restore(request: HttpRequest, packed: str) -> str | None:
    """After a login: keep the draft for its form and return that form's path; None where it is not this person's."""
    try:
        draft: dict[str, Any] = signing.loads(packed, salt=_SALT, max_age=LIVES)
    except signing.BadSignature:
        return None
    if draft["owner"] != owner_of(request):
        return None
    keeping.put(request.session, _SESSION, {"path": draft["path"], "fields": draft["fields"]})
    return str(draft["path"])


def take(request: HttpRequest) -> Fields | None:
    """The kept values for the form at this path, once; None where there are none."""
    draft = keeping.get(request.session, _SESSION)
    if not isinstance(draft, dict) or draft.get("path") != request.path:
        return None
    keeping.drop(request.session, _SESSION)
    return {name: list(values) for name, values in draft["fields"].items()}
