"""Login, logout, the first page, one's own account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yixian.parties import access, credentials, sessions
from yixian.parties import queries as parties
from yixian.parties.errors import LoginRefused, PartyError
from yixian.parties.models import User
from yixian.parties.permission import holds
from yixian.parties.roles import READ_ORDERS, ROLES
from yixian.web import drafts, shell
from yixian.web.access import PUBLIC, SIGNED_IN, StaffRequest, needs, sent
from yixian.web.desks import table
from yixian.web.pages import front


@require_safe
@needs(PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    """The public front page; staff go to their desk."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(_desk(request))
    return front.shown(request)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
@needs(PUBLIC)
def login(request: HttpRequest) -> HttpResponse:
    """Begin a session; afterwards go where the person was going, with what they had typed."""
    if request.method == "GET":
        if request.user.is_authenticated:
            return HttpResponseRedirect(_desk(request))
        return render(request, "web/login.html", {"next": request.GET.get("next", ""), "house": _house()})
    packed, onward = request.POST.get("draft", ""), request.POST.get("next", "")
    try:
        sessions.login(
            request.POST.get("username", ""),
            request.POST.get("password", ""),
            sessions.address_of(request),
            request=request,
        )
    except LoginRefused as refused:
        context = {
            "error": refused.message,
            "locked": refused.reason == "locked",
            "username": request.POST.get("username", "")[:60],
            "next": onward,
            "draft": packed,
            "house": _house(),
        }
        return render(request, "web/login.html", context, status=403)
    if packed and (path := drafts.restore(request, packed)):
        return HttpResponseRedirect(path)
    if packed:
        messages.warning(request, "登录的不是原来的账号, 之前填写的内容没有恢复。")
    return HttpResponseRedirect(onward if _is_ours(request, onward) else _desk(request))


def _house() -> str:
    """The full name of the hotline, where this installation serves only one."""
    served = parties.open_to_the_public()
    return served[0].formal if len(served) == 1 else ""


def _desk(request: HttpRequest) -> str:
    """Where work begins: the desk of one's role, else the list of orders, or the rulebooks for who reads no orders."""
    user = request.user
    if isinstance(user, User) and user.is_active:
        actor = access.actor_of(user)
        return table.first_page(actor) or ("/orders/" if access.holds(actor, READ_ORDERS) else "/rulebooks/")
    return "/orders/"


def _is_ours(request: HttpRequest, url: str) -> bool:
    return url_has_allowed_host_and_scheme(url, {request.get_host()}) and "/act/" not in url and url != "/logout/"


@sent("/login/")
@needs(PUBLIC)
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    sessions.logout(request)
    return HttpResponseRedirect("/login/")


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("old", "new", "again")
@needs(SIGNED_IN)
def account(request: StaffRequest) -> HttpResponse:
    """One's own particulars, and changing the password."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        new = request.POST.get("new", "")
        if new != request.POST.get("again", ""):
            errors["again"] = "两次输入的新密码不一样"
        else:
            try:
                credentials.set_password(
                    actor=request.actor, user=request.user, password=new, old=request.POST.get("old", "")
                )
            except PartyError as error:
                errors["old" if error.field == "old" else "new"] = error.message
        if not errors:
            update_session_auth_hash(request, request.user)
            messages.success(request, "密码已修改")
            return HttpResponseRedirect("/account/")
    user = request.user
    facts = [
        ("姓名", user.name),
        ("用户名", user.username),
        ("平台", user.platform.formal),
        ("单位", user.unit.name if user.unit else ""),
        ("角色", "、".join(ROLES[code].title for code in ROLES if code in request.actor.roles)),
        ("数据范围", _reach(request)),
    ]
    context = {
        "facts": [fact for fact in facts if fact[1]],
        "errors": errors,
        "must": request.actor.must_change_password,
    }
    return shell.page(request, "web/account.html", context, status=422 if errors else 200)


def _reach(request: StaffRequest) -> str:
    if not holds(request.actor, READ_ORDERS):
        return "不含工单"
    if request.user.unit:
        return f"{request.user.unit.name}承办的工单"
    count = len(request.actor.platform_ids)
    return f"{request.user.platform.name}" + (f"等 {count} 个平台的工单" if count > 1 else "的工单")
