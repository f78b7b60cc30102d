"""API tokens (接口令牌): which programs speak for whom and within what; issuing one that is shown once, revoking."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yixian.lifecycle.commands import COMMANDS
from yixian.orders import clock
from yixian.orders.errors import OrderError
from yixian.parties import credentials, staffing, tokens
from yixian.parties.errors import PartyError
from yixian.parties.models import ApiToken, User
from yixian.parties.queries import Page
from yixian.parties.roles import MANAGE, PERMISSIONS, ROLES
from yixian.parties.tokens import Wanted
from yixian.web import drafts, managing
from yixian.web.access import StaffRequest, needs, sent
from yixian.web.managing import field, managed
from yixian.web.present import manage as present
from yixian.web.present import moments

TOKENS = "/manage/tokens/"
KNOWN = ("q", "state", "user")
LIVES = {"90": "三个月", "180": "半年", "365": "一年", "730": "两年"}


@require_safe
@needs(MANAGE)
@managed
def listed(request: StaffRequest) -> HttpResponse:
    """The tokens of everyone whom one administers, newest first; one just issued is shown above, once."""
    secret = managing.reveal(request)
    given = {key: request.GET[key].strip()[:60] for key in KNOWN if request.GET.get(key, "").strip()}
    cursor, problem = request.GET.get("cursor", ""), ""
    try:
        found = tokens.page(
            request.actor, Wanted(given.get("q", ""), given.get("state", ""), given.get("user", "")), cursor
        )
    except PartyError as error:
        found, problem = Page([], None), error.message
    now = clock.now()
    context = {
        "secret": secret,
        "rows": [_line(token, now) for token in found.rows],
        "words": given.get("q", ""),
        "kept": [(key, value) for key, value in given.items() if key != "q"],
        "chips": _chips(given),
        "problem": problem,
        "filtered": bool(given),
        "form_key": drafts.new_key(request),
        "first_page": _url(given) if cursor else "",
        "next_page": _url({**given, "cursor": found.next_cursor}) if found.next_cursor else "",
    }
    return managing.page(request, "tokens", "tokens.html", context, 422 if problem else 200)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@needs(MANAGE)
@managed
def new(request: StaffRequest) -> HttpResponse:
    """Issue a token to an account: what it may do is the account's rights within the scopes chosen here."""
    given, problem = managing.typed(request), ""
    errors: dict[str, str] = {}
    username = given.get("user", "") or request.GET.get("user", "")
    user = staffing.everyone(request.actor).select_related("platform", "unit").filter(username=username).first()
    if username and user is None:
        errors["user"] = "没有这个账号, 或不在您的管理范围内"
    if request.method == "POST":
        try:
            if user is None:
                raise PartyError(errors.get("user", "请填写账号的用户名"), "user")
            return _issue(request, user, given)
        except (PartyError, OrderError) as error:
            errors, problem = managing.wrong(error, {"user", "name", "scopes", "days", *_own(user)})
    chosen = request.POST.getlist("scope")
    context = {
        "problem": problem,
        "errors": errors,
        "user_": user,
        "person": present.person(user, clock.now()) if user else None,
        "find": field({"user": username}, errors, "user", "账号的用户名", must=True, most=60),
        "fields": _fields(given, errors, user),
        "reading": [_scope(code, chosen) for code in ("*", "read")],
        "scopes": [_scope(code, chosen) for code in _offered(user)] if user else [],
        "form_key": drafts.new_key(request),
    }
    return managing.page(request, "tokens", "token_new.html", context, 422 if errors or problem else 200)


def _issue(request: StaffRequest, user: User, given: dict[str, str]) -> HttpResponse:
    """Issue it; the token is in the answer of the deed, sealed, and seen once on the list."""
    days = given.get("days", "")
    if days not in LIVES:
        raise PartyError("请选择有效期", "days")
    raw: dict[str, str] = {}

    def act() -> str:
        issued = credentials.issue_token(
            actor=request.actor,
            user=user,
            name=given.get("name", ""),
            scopes=request.POST.getlist("scope"),
            expires_at=timezone.now() + dt.timedelta(days=int(days)),
            for_system=bool(given.get("for_system")),
        )
        raw["token"] = issued.raw
        return TOKENS

    return managing.do(request, act, said="令牌已签发", secret=lambda: raw["token"])


@sent(TOKENS)
@needs(MANAGE)
@managed
def revoke(request: StaffRequest, token_id: int) -> HttpResponseRedirect:
    """End a token at once."""
    token = tokens.one(request.actor, token_id)

    def act() -> str:
        credentials.revoke_token(actor=request.actor, token=token)
        return TOKENS

    return managing.try_(request, TOKENS, act, said=f"令牌“{token.name}”已吊销, 几秒内处处失效")


def _offered(user: User) -> list[str]:
    """The scopes that would mean anything for this account: what its roles may do."""
    held = [ROLES[grant.role] for grant in user.grants.all() if grant.role in ROLES]
    commands = frozenset().union(*(role.commands for role in held))
    rights = frozenset().union(*(role.permissions for role in held))
    return [code for code in COMMANDS if code in commands] + [code for code in PERMISSIONS if code in rights]


def _scope(code: str, chosen: list[str]) -> dict[str, Any]:
    return {"code": code, "title": present.scope(code), "on": code in chosen}


def _fields(given: dict[str, str], errors: dict[str, str], user: User | None) -> list[Any]:
    found = [
        field(given, errors, "name", "用途", must=True, most=100, help="哪个系统用它做什么, 例如: 水务局工单系统对接"),
        field({"days": "365", **given}, errors, "days", "有效期", "select", must=True, options=tuple(LIVES.items())),
    ]
    if user is not None and user.unit is not None:
        said = "由单位自己的系统使用, 内部审核和签批在那个系统里完成, 由它写明谁签批。个人使用的不要勾选"
        found.append(field(given, errors, "for_system", f"这是{user.unit.name}的业务系统", "tick", help=said))
    return found


def _own(user: User | None) -> tuple[str, ...]:
    return ("for_system",) if user is not None and user.unit is not None else ()


def _line(token: ApiToken, now: int) -> dict[str, Any]:
    moment = timezone.now()
    ended = token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= moment)
    soon = not ended and token.expires_at is not None and token.expires_at <= moment + tokens.SOON
    state = "已吊销" if token.revoked_at else "已到期" if ended else "即将到期" if soon else "有效"
    return {
        "id": token.pk,
        "name": token.name,
        "prefix": token.prefix,
        "user": token.user.username,
        "url": f"/manage/users/{token.user_id}/",
        "whose": token.user.unit.name if token.user.unit else token.user.platform.brief,
        "scopes": "、".join(present.scope(code) for code in token.scopes),
        "system": token.of_system,
        "until": f"{moments.local(int(token.expires_at.timestamp())):%Y-%m-%d}" if token.expires_at else "长期",
        "used": present.when(token.last_used, now),
        "by": present.ACTORS.get(token.issued_by, token.issued_by),
        "state": state,
        "tone": "" if ended else "amber" if soon else "green",
        "ended": ended,
    }


def _url(given: dict[str, Any]) -> str:
    return TOKENS + (f"?{urlencode(given)}" if given else "")


def _chips(given: dict[str, str]) -> list[dict[str, Any]]:
    def with_(key: str, value: str) -> str:
        rest = {name: text for name, text in given.items() if name != key}
        return _url(rest if given.get(key) == value else {**rest, key: value})

    chips: list[dict[str, Any]] = [{"title": "全部", "url": TOKENS, "on": not given}]
    chips += [
        {"title": title, "url": with_("state", code), "on": given.get("state") == code}
        for code, title in tokens.STATES.items()
    ]
    for key, title in (("q", "查找"), ("user", "账号")):
        if key in given:
            chips.append({"title": f"{title}: {given[key]} ×", "url": with_(key, given[key]), "on": True})
    return chips
