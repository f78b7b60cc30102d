"""One account (账号): who it is, what it may do and since when, what stands against leaving, and every deed on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yixian.orders import administering, clock
from yixian.orders.errors import OrderError
from yixian.parties import actions, credentials, journals, organising, passwords, staffing
from yixian.parties import queries as parties
from yixian.parties.errors import Missing, NotAllowed, Overtaken, PartyError
from yixian.parties.journals import Wanted
from yixian.parties.models import LOCKED_FOREVER, POSTS, User
from yixian.parties.permission import Actor
from yixian.parties.roles import MANAGE, ROLES
from yixian.rulemaking import queries as rulemaking
from yixian.web import drafts, managing
from yixian.web.access import StaffRequest, needs, sent
from yixian.web.managing import field, managed
from yixian.web.present import manage as present

USERS = "/manage/users/"
LATEST = 8


@require_safe
@needs(MANAGE)
@managed
def show(request: StaffRequest, user_id: int) -> HttpResponse:
    """One account."""
    secret = managing.reveal(request)
    user = staffing.one(request.actor, user_id)
    now = clock.now()
    held, problem = _above(request.actor, user), ""
    if held:
        problem = f"这个账号在{'、'.join(held)}也有角色, 账号本身只有那里的系统管理员能改。"
    grants = sorted(user.grants.all(), key=lambda grant: (grant.platform.path, grant.role))
    places = list(organising.platforms(request.actor)[: parties.LONGEST_LIST])
    context = {
        "one": present.person(user, now) | {"created": present.when(user.created_at, now)},
        "user_": user,
        "secret": secret,
        "above": problem,
        "own": user.pk == request.user.pk,
        "locked": user.locked_until is not None and present.state(user)[0].startswith("已锁定"),
        "grants": [_grant(grant, {one.pk for one in places}) for grant in grants],
        "offered": present.roles(of_unit=user.unit is not None),
        "places": places,
        "tokens": [_token(token, now) for token in parties.tokens(user)],
        "leaves": _leaves(user),
        "log": _log(request, user),
        "seen": user.access_version,
        "form_key": drafts.new_key(request),
    }
    return managing.page(request, "users", "user.html", context)


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
@managed
def edit(request: StaffRequest, user_id: int) -> HttpResponse:
    """Change name, unit and post."""
    user = staffing.one(request.actor, user_id)
    given, problem = managing.typed(request), ""
    errors: dict[str, str] = {}
    if request.method == "POST":

        def act() -> str:
            with staffing.held(request.actor, user_id, given.get("seen", "")) as found:
                unit = organising.named(found.platform, given.get("unit", ""))
                staffing.change(
                    actor=request.actor, user=found, name=given.get("name", ""), unit=unit, post=given.get("post", "")
                )
            return f"{USERS}{user_id}/"

        try:
            return managing.do(request, act, said="已保存")
        except Missing:
            raise
        except (PartyError, OrderError) as error:
            errors, problem = managing.wrong(error, {"name", "unit", "post"})
    else:
        now = {"name": user.name, "unit": user.unit.code if user.unit else "", "post": user.post}
        given = {**now, "seen": str(user.access_version), **given}
    context = {
        "title": f"修改 {user.name}",
        "crumbs": [("人员", USERS), (user.name, f"{USERS}{user_id}/")],
        "fields": [
            field(given, errors, "name", "姓名", must=True, most=60),
            managing.unit_field(given, errors, "unit", "承办单位", user.platform, none="不属于承办单位 (平台人员)"),
            field(given, errors, "post", "职务", "select", options=tuple(POSTS.items())),
        ],
        "seen": given.get("seen", ""),
        "problem": problem,
        "form_key": drafts.new_key(request),
        "back": f"{USERS}{user_id}/",
    }
    return managing.page(request, "users", "form.html", context, 422 if errors or problem else 200)


@sent(USERS)
@sensitive_post_parameters()
@needs(MANAGE)
@managed
def act(request: StaffRequest, user_id: int, deed: str) -> HttpResponseRedirect:
    """One deed on an account: its form names what was seen, and is done once."""
    back = f"{USERS}{user_id}/"
    known = _DEEDS.get(deed)
    if known is None:
        raise Http404
    staffing.one(request.actor, user_id)
    said, what = known
    password = passwords.initial() if deed == "reset" else ""

    def done() -> str:
        with staffing.held(request.actor, user_id, request.POST.get("seen", "")) as user:
            what(request, user, password)
        return back

    if not password:
        return managing.try_(request, back, done, said=said)
    try:
        return managing.do(request, done, said=said, secret=password)
    except (NotAllowed, Overtaken) as error:
        return managing.refused(request, back, error.message)


Deed = Callable[[StaffRequest, User, str], Any]


def _granted(request: StaffRequest, user: User, _: str) -> None:
    place = organising.platform(request.actor, request.POST.get("platform", ""))
    actions.grant_role(actor=request.actor, user=user, role=request.POST.get("role", ""), platform=place)


def _revoked(request: StaffRequest, user: User, _: str) -> None:
    place = organising.platform(request.actor, request.POST.get("platform", ""))
    actions.revoke_role(actor=request.actor, user=user, role=request.POST.get("role", ""), platform=place)


def _left(request: StaffRequest, user: User, _: str) -> None:
    """Leave: the account stops, and with it every token of its own."""
    actions.set_user_active(actor=request.actor, user=user, active=False)
    for token in parties.tokens(user):
        credentials.revoke_token(actor=request.actor, token=token)


_DEEDS: dict[str, tuple[str, Deed]] = {
    "grant": ("已授予角色", _granted),
    "revoke": ("已收回角色", _revoked),
    "lock": ("账号已锁定", lambda r, user, _: credentials.lock_user(actor=r.actor, user=user)),
    "unlock": ("已解除锁定", lambda r, user, _: credentials.unlock_user(actor=r.actor, user=user)),
    "end": ("已让此账号在各处退出登录", lambda r, user, _: credentials.end_sessions(actor=r.actor, user=user)),
    "leave": ("账号已停用, 它的令牌一并吊销", _left),
    "return": ("账号已启用", lambda r, user, _: actions.set_user_active(actor=r.actor, user=user, active=True)),
    "reset": (
        "密码已重置, 原来的登录都已失效",
        lambda r, user, password: credentials.set_password(actor=r.actor, user=user, password=password),
    ),
}


def _above(actor: Actor, user: User) -> list[str]:
    """The platforms outside the actor's reach over which this account has a role."""
    found = []
    for grant in user.grants.all():
        try:
            actions.require_manager(actor, grant.platform.path)
        except NotAllowed:
            found.append(grant.platform.name)
    return found


def _grant(grant: Any, mine: set[int]) -> dict[str, Any]:
    known = ROLES.get(grant.role)
    said = present.role(known) if known else {"title": grant.role, "acts": "", "may": ""}
    return said | {
        "role": grant.role,
        "place": grant.platform.name,
        "code": grant.platform.code,
        "mine": grant.platform_id in mine,
        "since": grant.granted_at,
    }


def _token(token: Any, now: int) -> dict[str, Any]:
    return {"name": token.name, "prefix": token.prefix, "used": present.when(token.last_used, now)}


def _leaves(user: User) -> list[str]:
    """What the person would leave behind, to be said before their account is stopped."""
    found = []
    if user.unit is not None:
        others = User.objects.filter(unit=user.unit, is_active=True).exclude(pk=user.pk)
        others = others.exclude(locked_until=LOCKED_FOREVER)
        count = administering.open_at_units([user.unit.code]).get(user.unit.code, 0)
        if not others.exists():
            found.append(f"{user.unit.name}再没有其他在用的账号" + (f", 还有 {count} 件在办工单" if count else ""))
        elif count:
            found.append(f"{user.unit.name}有 {count} 件在办工单, 由其他人员接着办")
    drafts_ = rulemaking.unfinished_of(user.pk)
    if drafts_:
        found.append(f"有 {drafts_} 份未办结的规则草稿")
    tokens = user.tokens.filter(revoked_at=None).count()
    if tokens:
        found.append(f"有 {tokens} 个接口令牌, 停用时一并吊销")
    return found


def _log(request: StaffRequest, user: User) -> list[dict[str, str]]:
    """The latest acts on this account."""
    page = journals.page(request.actor, "audit", Wanted(about=f"user:{user.username}"), size=LATEST)
    names = dict(User.objects.filter(pk__in=[row.user_id for row in page.rows]).values_list("id", "name"))
    return [present.entry(row, names) for row in page.rows]


__all__ = ["act", "edit", "show"]
