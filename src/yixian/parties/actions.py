"""What changes platforms, units, users and roles: one verb, one function, permitted, journaled, in one transaction.

Passwords, locks and tokens are in `credentials`. All raise NotAllowed or PartyError.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from yixian.parties import guards, passwords
from yixian.parties.access import forget_cached
from yixian.parties.errors import NotAllowed, PartyError
from yixian.parties.journal import audit
from yixian.parties.models import (
    LEVELS,
    PARTS_OF_A_HOTLINE,
    POSTS,
    UNIT_KINDS,
    Confidentiality,
    Platform,
    RoleGrant,
    Unit,
    User,
)
from yixian.parties.permission import Actor, holds
from yixian.parties.roles import MANAGE, ROLES, who_holds

RESERVED_UNIT_CODES = frozenset({"hotline", "upstream", "requester", "manager", "system"})
LONGEST_DUTY = 1000
DEEPEST = 4
"""Levels of units below one platform."""
_BELOW = {
    "province": frozenset({"city", "county", "station", "sub_centre"}),
    "city": frozenset({"county", "station", "sub_centre"}),
    "county": frozenset({"station", "sub_centre"}),
}


def below(level: str) -> frozenset[str]:
    """The levels that a platform may have directly below one of this level."""
    return _BELOW.get(level, frozenset())


def require_manager(actor: Actor, platform_path: str) -> None:
    """Raises NotAllowed unless the actor administers the platform at this path."""
    if not holds(actor, MANAGE, platform_path=platform_path):
        titles = who_holds(MANAGE)
        raise NotAllowed(f"只有该平台或其上级平台的{'、'.join(titles)}可以办理", titles)


def require_manager_of(actor: Actor, user: User) -> None:
    """Raises NotAllowed unless the actor administers the user's platform and every platform the user has a role on.

    Otherwise who administers a county could take over the account of someone with a role over the province.
    """
    require_manager(actor, user.platform.path)
    for path in user.grants.values_list("platform__path", flat=True):
        require_manager(actor, path)


# --- platforms and units ------------------------------------------------------------------------------------------


@transaction.atomic
def create_platform(
    *,
    actor: Actor,
    code: str,
    name: str,
    level: str,
    parent: Platform | None = None,
    book: str = "",
    division_code: str = "",
    phone: str = "",
    full_name: str = "",
    short_name: str = "",
) -> Platform:
    """Add a platform, below `parent` or at the top (only the system may do the latter).

    `full_name`, `short_name`: the names that its rules give it (规范全称、简称), where they do.
    """
    require_manager(actor, parent.path if parent else "")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", code):
        raise PartyError("平台代码应为 1 至 40 位小写字母、数字或连字符, 以字母或数字开头", "code")
    if level not in LEVELS:
        raise PartyError(f"平台层级应为 {'、'.join(LEVELS)} 之一", "level")
    if parent is None and level in PARTS_OF_A_HOTLINE:
        raise PartyError(f"{LEVELS[level]}必须有所属的热线平台", "parent")
    if parent is not None and level not in _BELOW.get(parent.level, frozenset()):
        raise PartyError(f"{LEVELS[level]}不能设在{LEVELS[parent.level]}之下", "level")
    segment = f"~{code}/" if level in PARTS_OF_A_HOTLINE else f"{code}/"
    platform = Platform(
        code=code,
        name=_text(name, "name", "平台名称", 100),
        level=level,
        parent=parent,
        path=(parent.path if parent else "") + segment,
        book=book,
        division_code=division_code,
        phone=phone,
        full_name=_text(full_name, "full_name", "规范全称", 100) if full_name else "",
        short_name=_text(short_name, "short_name", "规范简称", 60) if short_name else "",
    )
    _insert(platform, f"平台代码 {code} 已被使用, 请换一个", "code")
    audit(
        actor, "create_platform", f"platform:{code}", platform_path=platform.path, after={"level": level, "book": book}
    )
    return platform


@transaction.atomic
def create_unit(
    *,
    actor: Actor,
    platform: Platform,
    code: str,
    name: str,
    short_name: str = "",
    kind: str = "government",
    in_assessment: bool = True,
    mandatory: bool = True,
    parent: Unit | None = None,
    phone: str = "",
    line_24h: str = "",
    represents: Platform | None = None,
    duty: str = "",
) -> Unit:
    """Add a handling unit to a platform, below `parent` if it is a sub-unit; it may stand for another platform."""
    require_manager(actor, platform.path)
    if not re.fullmatch(r"[^\s/\0]{1,64}", code) or code in RESERVED_UNIT_CODES:
        raise PartyError("单位代码应为 1 至 64 个字符, 不含空白和斜杠, 且不是 hotline、system 等系统用词", "code")
    if kind not in UNIT_KINDS:
        raise PartyError(f"单位性质应为 {'、'.join(UNIT_KINDS)} 之一", "kind")
    if parent is not None and parent.platform_id != platform.pk:
        raise PartyError("上级单位应属于同一平台", "parent")
    if parent is not None and parent.path.count("/") >= DEEPEST:
        raise PartyError(f"承办单位最多 {DEEPEST} 级, {parent.name}之下不能再设", "parent")
    name = _text(name, "name", "单位名称", 100)
    unit = Unit(
        code=code,
        platform=platform,
        name=name,
        short_name=short_name[:40],
        search=search_words(code, name, short_name),
        kind=kind,
        in_assessment=in_assessment,
        mandatory=mandatory,
        parent=parent,
        path=(parent.path if parent else "") + f"{code}/",
        phone=phone,
        line_24h=line_24h,
        represents=represents,
        duty=duty.replace("\0", "").strip()[:LONGEST_DUTY],
    )
    _insert(unit, f"单位代码 {code} 已被使用, 请换一个", "code")
    after = {"platform": platform.code, "kind": kind, "in_assessment": in_assessment, "mandatory": mandatory}
    audit(actor, "create_unit", f"unit:{code}", platform_path=platform.path, after=after)
    return unit


@transaction.atomic
def change_unit(*, actor: Actor, unit: Unit, **changes: Any) -> Unit:
    """Change a unit's name, short_name, kind, in_assessment, mandatory, phone, line_24h, duty or is_active."""
    require_manager(actor, unit.platform.path)
    known = ("name", "short_name", "kind", "in_assessment", "mandatory", "phone", "line_24h", "duty", "is_active")
    unknown = sorted(set(changes) - set(known))
    if unknown:
        raise PartyError(f"承办单位没有可修改的项 {'、'.join(unknown)}; 可修改的有 {'、'.join(known)}", unknown[0])
    if "name" in changes:
        changes["name"] = _text(changes["name"], "name", "单位名称", 100)
    if changes.get("kind", "government") not in UNIT_KINDS:
        raise PartyError(f"单位性质应为 {'、'.join(UNIT_KINDS)} 之一", "kind")
    if "duty" in changes:
        changes["duty"] = str(changes["duty"]).replace("\0", "").strip()[:LONGEST_DUTY]
    before = {key: getattr(unit, key) for key in changes}
    for key, value in changes.items():
        setattr(unit, key, value)
    unit.search = search_words(unit.code, unit.name, unit.short_name)
    unit.save()
    audit(actor, "change_unit", f"unit:{unit.code}", platform_path=unit.platform.path, before=before, after=changes)
    forget_cached()
    return unit


@transaction.atomic
def file_confidentiality(
    *, actor: Actor, unit: Unit, requirement: str, until: dt.date | None = None
) -> Confidentiality:
    """File a unit's secrecy requirement in advance (报备); by the unit's leader or an administrator."""
    leader = "unit_leader" in actor.roles and unit.code in actor.unit_codes
    if not leader:
        require_manager(actor, unit.platform.path)
    requirement = _text(requirement, "requirement", "保密要求", 2000)
    filed = Confidentiality.objects.create(
        unit=unit, requirement=requirement, until=until, filed_by=actor.username[:60]
    )
    audit(actor, "file_confidentiality", f"unit:{unit.code}", platform_path=unit.platform.path)
    return filed


def search_words(*names: str) -> str:
    """What a unit is found by: its names, their full pinyin and its initials, in small letters."""
    from pypinyin import Style, lazy_pinyin  # its dictionaries are large and seldom needed in a web process

    words: list[str] = []
    for name in dict.fromkeys(filter(None, names)):
        full = "".join(lazy_pinyin(name))
        initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
        words += [name, full, initials]
    return " ".join(dict.fromkeys(word.lower() for word in words))


# --- users and roles ----------------------------------------------------------------------------------------------


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    platform: Platform,
    username: str,
    name: str,
    password: str,
    unit: Unit | None = None,
    roles: Iterable[str] = (),
    must_change_password: bool = True,
    post: str = "",
) -> User:
    """Add a user, with `roles` over their own platform; `unit` makes them speak for that unit, `post` what they are
    there (职务)."""
    require_manager(actor, platform.path)
    plain = username.strip().lower()
    if not re.fullmatch(r"[\w.@-]{2,60}", plain):
        raise PartyError("用户名应为 2 至 60 位字母、汉字、数字或 . @ - _", "username")
    if unit is not None and unit.platform_id != platform.pk:
        raise PartyError("用户的承办单位应属于同一平台", "unit")
    _check_post(post, unit)
    passwords.check(password, username=plain)
    user = User(
        username=plain,
        name=_text(name, "name", "姓名", 60),
        platform=platform,
        unit=unit,
        post=post,
        must_change_password=must_change_password,
    )
    user.set_password(password)
    _insert(user, f"用户名 {plain} 已被使用, 请换一个", "username")
    after = {"platform": platform.code, "unit": unit.code if unit else None}
    audit(actor, "create_user", f"user:{plain}", platform_path=platform.path, after=after)
    for role in roles:
        grant_role(actor=actor, user=user, role=role, platform=platform)
    return user


def _check_post(post: str, unit: Unit | None) -> None:
    if post not in ("", *POSTS):
        known = "、".join(f"{code} ({title})" for code, title in POSTS.items())
        raise PartyError(f"没有职务 {post!r}; 可以填写的有: {known}", "post")
    if post and unit is None:
        raise PartyError("只有承办单位的人员登记职务", "post")


@transaction.atomic
def set_post(*, actor: Actor, user: User, post: str) -> None:
    """Record what a unit's user is there (职务): it decides which answers they may sign for (签批)."""
    require_manager_of(actor, user)
    _check_post(post, user.unit)
    before, user.post = user.post, post
    user.save(update_fields=["post"])
    changed(user)
    audit(actor, "set_post", f"user:{user.username}", platform_path=user.platform.path,
          before={"post": before}, after={"post": post})  # fmt: skip


@transaction.atomic
def grant_role(*, actor: Actor, user: User, role: str, platform: Platform) -> RoleGrant:
    """Give a user a role over a platform and all below it; giving it twice changes nothing.

    Roles of a unit are for users of a unit, all others for those without one.
    """
    require_manager(actor, platform.path)
    require_manager(actor, user.platform.path)
    guards.not_oneself(actor, user, "授予角色")
    found = ROLES.get(role)
    if found is None or not found.granted:
        known = "、".join(f"{item.code} ({item.title})" for item in ROLES.values() if item.granted)
        raise PartyError(f"没有可授予的角色 {role}; 可用的有 {known}", "role")
    if (found.kind == "unit") != (user.unit_id is not None):
        need = "属于承办单位的用户" if found.kind == "unit" else "不属于承办单位的用户"
        raise PartyError(f"角色 {found.title} 只能授予{need}", "role")
    grant, made = RoleGrant.objects.get_or_create(user=user, role=role, platform=platform)
    if made:
        audit(actor, "grant_role", f"user:{user.username}", platform_path=platform.path, after={"role": role})
        changed(user)
    return grant


@transaction.atomic
def revoke_role(*, actor: Actor, user: User, role: str, platform: Platform) -> bool:
    """Take a role away; returns whether the user had it."""
    require_manager(actor, platform.path)
    if role in guards.ADMINISTERING:
        guards.another_administrator(actor, user, only=platform.path)
    gone, _ = RoleGrant.objects.filter(user=user, role=role, platform=platform).delete()
    if gone:
        audit(actor, "revoke_role", f"user:{user.username}", platform_path=platform.path, before={"role": role})
        changed(user)
    return bool(gone)


@transaction.atomic
def set_user_active(*, actor: Actor, user: User, active: bool) -> None:
    """Deactivate a user (their sessions and tokens end) or take them back."""
    require_manager_of(actor, user)
    if user.is_active != active:
        if not active:
            guards.not_oneself(actor, user, "停用账号")
            guards.another_administrator(actor, user)
        user.is_active = active
        user.save(update_fields=["is_active"])
        verb = "activate_user" if active else "deactivate_user"
        audit(actor, verb, f"user:{user.username}", platform_path=user.platform.path)
        changed(user)


def changed(user: User) -> None:
    """Let every cached actor of this user be made anew: here at once, in other processes through the version."""
    User.objects.filter(pk=user.pk).update(access_version=F("access_version") + 1)
    user.refresh_from_db(fields=["access_version"])
    forget_cached()
    transaction.on_commit(forget_cached)


def _insert(row: Platform | Unit | User, taken: str, field: str) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise PartyError(taken, field) from error
    forget_cached()
    transaction.on_commit(forget_cached)


def _text(value: str, field: str, title: str, longest: int) -> str:
    plain = " ".join(value.replace("\0", "").split())
    if not plain:
        raise PartyError(f"{title}不能为空", field)
    if len(plain) > longest:
        raise PartyError(f"{title}过长: 最多 {longest} 个字, 现为 {len(plain)} 个字", field)
    return plain
