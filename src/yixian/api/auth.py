"""Who is calling: a Bearer token, or a login session whose writes carry the CSRF token.

With a token neither session nor CSRF is looked at. Here only what a route asks for as a whole is decided; what the
actor may do with one order is decided in `orders`, which also knows the order's platform and units.
"""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from yixian.api.call import Call
from yixian.api.problems import Problem
from yixian.api.routes import COMMAND, PUBLIC, SIGNED_IN, Route
from yixian.lifecycle.commands import COMMANDS
from yixian.parties import access, permission
from yixian.parties.access import Actor
from yixian.parties.errors import PartyError
from yixian.parties.models import User
from yixian.parties.roles import PERMISSIONS, READ_ORDERS, ROLES, who_holds, who_may

_CHALLENGE = [("WWW-Authenticate", 'Bearer realm="yixian"')]
_csrf = CsrfViewMiddleware(lambda request: HttpResponse())
_sessions = import_module(settings.SESSION_ENGINE)


def admit(route: Route, call: Call) -> None:
    """Let the call through or refuse it; afterwards `call.actor` is who calls, None on public routes.

    Raises Problem unauthenticated, csrf or forbidden (which names the roles that could).
    """
    if route.permission == PUBLIC:
        return
    actor = call.actor = identify(call)
    if route.permission != SIGNED_IN:
        _check(actor, route.permission)


def actor_of(call: Call) -> Actor:
    """The actor of an admitted call."""
    if call.actor is None:
        raise Problem("unauthenticated", headers=_CHALLENGE)
    return call.actor


def identify(call: Call) -> Actor:
    """The actor behind the token or the session. Raises Problem unauthenticated or csrf."""
    given = call.header("HTTP_AUTHORIZATION")
    if given is not None:
        scheme, _, token = given.partition(" ")
        actor = access.actor_of_token(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
        if actor is None:
            raise Problem("unauthenticated", "令牌无效、已吊销或已过期; 请向管理员申请新的令牌", headers=_CHALLENGE)
        return actor
    if settings.SESSION_COOKIE_NAME in (call.header("HTTP_COOKIE") or ""):
        return _of_session(call)
    raise Problem("unauthenticated", headers=_CHALLENGE)


def _of_session(call: Call) -> Actor:
    request = call.django
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    request.session = _sessions.SessionStore(key)
    user = get_user(request)
    if not isinstance(user, User):
        raise Problem("unauthenticated", "登录已失效, 请重新登录", headers=_CHALLENGE)
    try:
        actor = access.actor_of(user)
    except PartyError as error:
        raise Problem("unauthenticated", error.message, headers=_CHALLENGE) from None
    if call.method not in ("GET", "HEAD"):
        _check_csrf(request)
    return actor


def _check_csrf(request: HttpRequest) -> None:
    _csrf.process_request(request)
    if _csrf.process_view(request, _protected, (), {}) is not None:
        raise Problem("csrf")


def _protected(request: HttpRequest) -> HttpResponse:
    """Stands for the view in Django's CSRF check."""
    return HttpResponse()


def _check(actor: Actor, wanted: str) -> None:
    if wanted.startswith(COMMAND):
        name = wanted.removeprefix(COMMAND)
        if actor.scopes is not None and not actor.scopes & {"*", name}:
            raise Problem("forbidden", f"令牌的权限范围不包括指令 {name} ({COMMANDS[name].title})")
        if actor.kind != "system" and not any(name in ROLES[role].commands for role in actor.roles):
            raise Problem(
                "forbidden", f"没有办理“{COMMANDS[name].title}”的权限; 可以办理的有: {_titles(who_may(name))}"
            )
        return
    if wanted == READ_ORDERS and actor.scopes is not None and not actor.scopes & {"*", "read"}:
        raise Problem("forbidden", "令牌的权限范围不包括查看工单 (read)")
    if not permission.holds(actor, wanted):
        words = PERMISSIONS.get(wanted, wanted)
        raise Problem("forbidden", f"没有“{words}”的权限; 具有该权限的有: {_titles(who_holds(wanted))}")


def _titles(titles: tuple[str, ...]) -> str:
    return "、".join(titles) or "无"
