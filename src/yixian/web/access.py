"""Who may open a page: every view says so with `needs`, and a habit test walks the URLs to see that it does.

What may be done with one order is decided in `orders` and `parties`, never here. The decorator also turns what the
rooms below raise into pages, and sends an expired session to the login without losing what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import urlencode

from yixian.orders.errors import OrderError, Unavailable
from yixian.parties import access
from yixian.parties.errors import PartyError
from yixian.parties.models import User
from yixian.parties.permission import Actor
from yixian.parties.roles import PERMISSIONS, who_holds
from yixian.rulebook import RulebookError
from yixian.web import drafts, problems

PUBLIC = "public"
SIGNED_IN = "signed_in"
PASSWORD_PAGE = "/account/"

View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request on a page that needs a login: who acts is known."""

    user: User
    actor: Actor


def needs(permission: str) -> Callable[[View], View]:
    """Declare who may open a page: `PUBLIC`, `SIGNED_IN`, or a permission of parties.roles."""
    if permission not in (PUBLIC, SIGNED_IN) and permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission!r}")

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            try:
                if any(isinstance(word, str) and "\0" in word for word in kwargs.values()):
                    raise Http404
                if permission == PUBLIC:
                    return view(request, *args, **kwargs)
                return _admitted(view, permission, request, *args, **kwargs)
            except OrderError as error:
                return problems.page(request, error)
            except RulebookError as error:
                said = f"一本已安装的规则书有错误, 这一页暂时不能显示, 请规则管理员改正: {error}"[:600]
                return problems.show(request, 503, "规则书有错误", said)
            except (OperationalError, InterfaceError):
                return problems.page(request, Unavailable())

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return declare


def sent(back: str) -> Callable[[View], View]:
    """Declare a view that only takes what a form sends: to load its address leads `back` instead of to a blank page."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method in ("GET", "HEAD"):
                return HttpResponseRedirect(back)
            if request.method != "POST":
                return HttpResponseNotAllowed(["GET", "POST"])
            return view(request, *args, **kwargs)

        return guarded

    return declare


def _admitted(view: View, permission: str, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
    user = request.user
    if not isinstance(user, User):
        if request.method == "POST":
            return drafts.ask_login(request)
        return _to_login(request)
    try:
        actor = access.actor_of(user)
    except PartyError as error:
        return problems.show(request, 403, "不能进入", error.message)
    request.actor = actor  # type: ignore[attr-defined]
    if actor.must_change_password and request.path != PASSWORD_PAGE:
        return _go(request, PASSWORD_PAGE)
    _without_nul(request)
    if permission != SIGNED_IN and not access.holds(actor, permission):
        able = "、".join(who_holds(permission)) or "无"
        return problems.show(request, 403, "没有权限", f"您的角色不能{PERMISSIONS[permission]}; 可以的有: {able}。")
    return view(request, *args, **kwargs)


def _without_nul(request: HttpRequest) -> None:
    """Take NUL out of the address: no page means it, and PostgreSQL takes it nowhere."""
    if "%00" in request.META.get("QUERY_STRING", ""):
        cleaned = request.GET.copy()
        for name, texts in request.GET.lists():
            cleaned.setlist(name, [text.replace("\0", "") for text in texts])
        request.GET = cleaned  # type: ignore[assignment]


def _to_login(request: HttpRequest) -> HttpResponse:
    """To the login and back: to this page, or for a part of a page to the page it belongs to."""
    try:
        onward = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return _go(request, "/login/")
    path = f"{onward.path}?{onward.query}".rstrip("?") if onward.path else request.get_full_path()
    return _go(request, "/login/?" + urlencode({"next": path}))


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """Lead the whole window there, also when only a part of the page was asked for."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
