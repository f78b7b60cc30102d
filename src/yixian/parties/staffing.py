"""Administering people: the list with its filters, one account held while it is changed, and its particulars.

An account is found only within what the actor administers; `seen` is the `access_version` that the form showed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from yixian.parties import guards
from yixian.parties.actions import _check_post, _text, changed, require_manager_of
from yixian.parties.errors import Missing, Overtaken, PartyError
from yixian.parties.journal import audit
from yixian.parties.models import RoleGrant, Unit, User
from yixian.parties.permission import Actor
from yixian.parties.queries import LONGEST_PAGE, Page, within
from yixian.parties.roles import MANAGE, ROLES

STATES = {
    "active": "在用",
    "locked": "已锁定",
    "initial": "初始密码未改",
    "never": "从未登录",
    "inactive": "已停用",
}
OVERTAKEN = "您打开以后, 这个账号已被同事改过。请刷新, 看过现在的样子再改。"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows: words in name, user name or unit; a role; a state of `STATES`; a platform's path; a unit."""

    words: str = ""
    role: str = ""
    state: str = ""
    below: str = ""
    unit: str = ""


def everyone(actor: Actor) -> QuerySet[User]:
    """The users whom the actor administers."""
    return User.objects.filter(within(actor, MANAGE, "platform__path"))


def page(actor: Actor, wanted: Wanted, cursor: str = "", size: int = 50) -> Page[User]:
    """One page of people by user name, with platform, unit and grants. Raises PartyError for an unknown filter."""
    rows = matching(actor, wanted)
    if cursor:
        rows = rows.filter(username__gt=cursor[:60])
    size = max(1, min(size, LONGEST_PAGE))
    loaded = rows.select_related("platform", "unit").prefetch_related("grants__platform").order_by("username")
    found = list(loaded[: size + 1])
    return Page(found[:size], found[size - 1].username if len(found) > size else None)


def matching(actor: Actor, wanted: Wanted) -> QuerySet[User]:
    """The people whom one administers and who match. Raises PartyError for an unknown filter."""
    rows = everyone(actor)
    for word in wanted.words.replace("\0", "").lower().split()[:5]:
        part = word[:60]
        rows = rows.filter(Q(username__contains=part) | Q(name__icontains=part) | Q(unit__search__contains=part))
    if wanted.role:
        if wanted.role not in ROLES:
            raise PartyError("没有这个角色, 请从上面重新选择", "role")
        rows = rows.filter(Exists(RoleGrant.objects.filter(user=OuterRef("pk"), role=wanted.role)))
    if wanted.below:
        rows = rows.filter(platform__path__startswith=wanted.below)
    if wanted.unit:
        rows = rows.filter(unit__code=wanted.unit[:64])
    if wanted.state:
        rows = rows.filter(_in_state(wanted.state))
    return rows


def _in_state(state: str) -> Q:
    locked = Q(locked_until__gt=timezone.now())
    found = {
        "active": Q(is_active=True) & (Q(locked_until__isnull=True) | Q(locked_until__lte=timezone.now())),
        "locked": Q(is_active=True) & locked,
        "initial": Q(is_active=True, must_change_password=True),
        "never": Q(is_active=True, last_login__isnull=True),
        "inactive": Q(is_active=False),
    }.get(state)
    if found is None:
        raise PartyError("没有这种状态, 请从上面重新选择", "state")
    return found


def one(actor: Actor, user_id: int) -> User:
    """One account with platform, unit and grants. Raises Missing beside or above what the actor administers."""
    rows = everyone(actor).select_related("platform", "unit").prefetch_related("grants__platform")
    found = rows.filter(pk=user_id).first()
    if found is None:
        raise Missing("没有这个账号, 或不在您的管理范围内")
    return found


@contextmanager
def held(actor: Actor, user_id: int, seen: str) -> Iterator[User]:
    """One account, its row held to the end of the block. Raises Missing, Overtaken when it is no longer as seen."""
    with transaction.atomic():
        found = everyone(actor).select_for_update(of=("self",)).select_related("platform", "unit").filter(pk=user_id)
        user = found.first()
        if user is None:
            raise Missing("没有这个账号, 或不在您的管理范围内")
        if seen != str(user.access_version):
            raise Overtaken(OVERTAKEN)
        yield user


@transaction.atomic
def change(*, actor: Actor, user: User, name: str, unit: Unit | None, post: str) -> None:
    """Change a person's name, unit and post there; between the hotline and a unit only once their roles are revoked.

    Raises NotAllowed for oneself and for who stands above, PartyError for what cannot be.
    """
    require_manager_of(actor, user)
    if unit is not None and unit.platform_id != user.platform_id:
        raise PartyError("用户的承办单位应属于同一平台", "unit")
    if unit is not None and not unit.is_active and unit.pk != user.unit_id:
        raise PartyError(f"{unit.name}已停用, 不能再安排人员", "unit")
    if unit != user.unit:
        guards.not_oneself(actor, user, "换单位")
        if (unit is None) != (user.unit is None) and user.grants.exists():
            raise PartyError("平台人员与承办单位人员互换以前, 请先收回现有的角色", "unit")
    _check_post(post, unit)
    before = {"name": user.name, "unit": user.unit.code if user.unit else None, "post": user.post}
    user.name, user.unit, user.post = _text(name, "name", "姓名", 60), unit, post
    after = {"name": user.name, "unit": unit.code if unit else None, "post": post}
    if before == after:
        return
    user.save(update_fields=["name", "unit", "post"])
    changed(user)
    audit(actor, "change_user", f"user:{user.username}", platform_path=user.platform.path, before=before, after=after)
