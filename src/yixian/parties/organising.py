"""Administering the organisation: platforms and units as a tree, found by pinyin, changed, moved, taken out of use.

`mark_of` says how a platform or unit looked when its form was shown; who was slower is told so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, Q, QuerySet

from yixian.parties import actions
from yixian.parties.access import forget_cached
from yixian.parties.actions import DEEPEST, _text, require_manager, search_words
from yixian.parties.errors import Missing, Overtaken, PartyError
from yixian.parties.journal import audit
from yixian.parties.models import Platform, Unit, User
from yixian.parties.permission import Actor
from yixian.parties.queries import LONGEST_LIST, LONGEST_PAGE, Page, within
from yixian.parties.roles import MANAGE

_SHOWN_PLATFORM = ("name", "full_name", "short_name", "phone", "division_code", "is_active")
_SHOWN_UNIT = (
    "name",
    "short_name",
    "kind",
    "in_assessment",
    "mandatory",
    "phone",
    "line_24h",
    "duty",
    "is_active",
    "path",
)
_LENGTHS = {"phone": ("电话", 40), "line_24h": ("24 小时电话", 40), "short_name": ("简称", 40)}
_Kept = TypeVar("_Kept", Platform, Unit)


# --- finding --------------------------------------------------------------------------------------------------------


def platforms(actor: Actor) -> QuerySet[Platform]:
    """The platforms that the actor administers, parents before children."""
    return Platform.objects.filter(within(actor, MANAGE, "path")).order_by("path")


def units(actor: Actor) -> QuerySet[Unit]:
    """The units of those platforms, each after the one it belongs to."""
    return Unit.objects.filter(within(actor, MANAGE, "platform__path"))


def platform(actor: Actor, code: str) -> Platform:
    """One platform. Raises Missing beside or above what the actor administers."""
    found = platforms(actor).select_related("parent").filter(code=code[:40]).first()
    if found is None:
        raise Missing("没有这个平台, 或不在您的管理范围内")
    return found


def unit(actor: Actor, code: str) -> Unit:
    """One unit with its platform. Raises Missing likewise."""
    found = units(actor).select_related("platform", "parent", "represents").filter(code=code[:64]).first()
    if found is None:
        raise Missing("没有这个单位, 或不在您的管理范围内")
    return found


def page_of_units(place: Platform, *, words: str = "", cursor: str = "", size: int = LONGEST_PAGE) -> Page[Unit]:
    """The units of one platform as a tree in reading order, or those that match; sub-units follow their unit."""
    rows = Unit.objects.filter(platform=place)
    for word in words.replace("\0", "").lower().split()[:5]:
        rows = rows.filter(search__contains=word[:60])
    if cursor:
        rows = rows.filter(path__gt=cursor.replace("\0", "")[:400])
    found = list(rows.select_related("represents").order_by("path")[: size + 1])
    return Page(found[:size], found[size - 1].path if len(found) > size else None)


def named(place: Platform, text: str, field: str = "unit") -> Unit | None:
    """The platform's unit with this code, name or short name, or the only one whose words match; None for no text.

    Raises PartyError where there is none, or where several could be meant.
    """
    plain = " ".join(text.replace("\0", "").split())[:100]
    if not plain:
        return None
    rows = Unit.objects.filter(platform=place)
    exact = list(rows.filter(Q(code=plain) | Q(name=plain) | Q(short_name=plain)).order_by("path")[:4])
    found = [one for one in exact if one.code == plain] or exact or page_of_units(place, words=plain, size=4).rows
    if len(found) == 1:
        return found[0]
    if not found:
        raise PartyError(f"没有“{plain[:30]}”这个单位, 请填写本平台单位的名称、简称或代码", field)
    said = "、".join(f"{one.name} ({one.code})" for one in found[:3])
    raise PartyError(f"“{plain[:30]}”可能是几个单位: {said}, 请写代码", field)


def search(actor: Actor, words: str, most: int = 60) -> tuple[list[Platform], list[Unit]]:
    """Platforms and units whose names, codes or pinyin hold every word, at most so many of each."""
    parts = [word[:60] for word in words.replace("\0", "").lower().split()[:5]]
    if not parts:
        return [], []
    known = platforms(actor)[:LONGEST_LIST]
    places = [one for one in known if all(part in _words_of(one.code, one.name, one.short_name) for part in parts)]
    rows = units(actor)
    for part in parts:
        rows = rows.filter(search__contains=part)
    return places[:most], list(rows.select_related("platform").order_by("platform__path", "path")[:most])


@lru_cache(maxsize=8192)
def _words_of(*names: str) -> str:
    return search_words(*names)


# --- holding --------------------------------------------------------------------------------------------------------


def mark_of(row: Platform | Unit) -> str:
    """A short mark of everything that the form of this platform or unit shows."""
    names = _SHOWN_PLATFORM if isinstance(row, Platform) else (*_SHOWN_UNIT, "represents_id")
    shown = "\x1f".join(str(getattr(row, name)) for name in names)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


@contextmanager
def held(row: _Kept, seen: str) -> Iterator[_Kept]:
    """The row as it is now, held to the end of the block. Raises Overtaken when it is no longer as seen."""
    with transaction.atomic():
        fresh = type(row)._default_manager.select_for_update().get(pk=row.pk)
        if seen != mark_of(fresh):
            raise Overtaken("您打开以后, 同事已经改过这里。请刷新, 看过现在的样子再改; 您填的内容没有保存。")
        yield fresh


# --- changing -------------------------------------------------------------------------------------------------------


@transaction.atomic
def change_platform(*, actor: Actor, platform: Platform, **changes: Any) -> Platform:
    """Change a platform's name, full_name, short_name, phone, division_code or is_active. Its code and place stay.

    Raises NotAllowed, PartyError.
    """
    require_manager(actor, platform.path)
    unknown = sorted(set(changes) - set(_SHOWN_PLATFORM))
    if unknown:
        raise PartyError(f"平台没有可修改的项 {'、'.join(unknown)}", unknown[0])
    for field, title, longest in (
        ("name", "平台名称", 100),
        ("full_name", "规范全称", 100),
        ("short_name", "简称", 60),
    ):
        if field in changes and (changes[field].strip() or field == "name"):
            changes[field] = _text(changes[field], field, title, longest)
    _fits(changes, {"phone": ("电话", 40)})
    code = changes.get("division_code", "")
    if code and not (code.isascii() and code.isdigit() and 2 <= len(code) <= 12):
        raise PartyError("行政区划代码应为 2 至 12 位数字, 例如 440400", "division_code")
    before = {key: getattr(platform, key) for key in changes if getattr(platform, key) != changes[key]}
    if not before:
        return platform
    for key in before:
        setattr(platform, key, changes[key])
    platform.save(update_fields=list(before))
    after = {key: changes[key] for key in before}
    audit(
        actor, "change_platform", f"platform:{platform.code}", platform_path=platform.path, before=before, after=after
    )
    forget_cached()
    transaction.on_commit(forget_cached)
    return platform


@transaction.atomic
def change_unit(*, actor: Actor, unit: Unit, parent: Unit | None, represents: Platform | None, **changes: Any) -> Unit:
    """Change a unit whole: its particulars, the unit it belongs to, and the platform that it stands for.

    Raises NotAllowed, PartyError.
    """
    _fits(changes, _LENGTHS)
    if parent != unit.parent:
        move_unit(actor=actor, unit=unit, parent=parent)
    if represents != unit.represents:
        _represent(actor, unit, represents)
    different = {key: value for key, value in changes.items() if getattr(unit, key) != value}
    return actions.change_unit(actor=actor, unit=unit, **different) if different else unit


@transaction.atomic
def move_unit(*, actor: Actor, unit: Unit, parent: Unit | None) -> None:
    """Put a unit, with all below it, under another of the same platform, or at its top. Codes and orders stay.

    Raises NotAllowed, PartyError for a circle, another platform, or more than four levels.
    """
    require_manager(actor, unit.platform.path)
    if parent is not None and parent.platform_id != unit.platform_id:
        raise PartyError("上级单位应属于同一平台", "parent")
    if parent is not None and parent.path.startswith(unit.path):
        raise PartyError("不能把单位移到它自己或它的下级单位之下", "parent")
    below = list(Unit.objects.select_for_update().filter(path__startswith=unit.path).order_by("path"))
    old, new = unit.path, (parent.path if parent else "") + f"{unit.code}/"
    if any((new + one.path[len(old) :]).count("/") > DEEPEST for one in below):
        raise PartyError(f"承办单位最多 {DEEPEST} 级, 这样移动会超过", "parent")
    for one in below:
        one.path = new + one.path[len(old) :]
    Unit.objects.bulk_update(below, ["path"])
    unit.parent, unit.path = parent, new
    unit.save(update_fields=["parent", "path"])
    tops = [old.split("/")[0] + "/", new.split("/")[0] + "/"]
    touched = Q()
    for top in tops:
        touched |= Q(unit__path__startswith=top)
    User.objects.filter(touched).update(access_version=F("access_version") + 1)  # what they read has changed
    audit(actor, "move_unit", f"unit:{unit.code}", platform_path=unit.platform.path,
          before={"path": old}, after={"path": new})  # fmt: skip
    forget_cached()
    transaction.on_commit(forget_cached)


def _represent(actor: Actor, unit: Unit, platform: Platform | None) -> None:
    """Let a unit stand for a platform below its own (工作站): orders for it go on there."""
    if platform is not None:
        require_manager(actor, platform.path)
        if platform.path == unit.platform.path or not platform.path.startswith(unit.platform.path):
            raise PartyError("单位只能代表本平台下面的平台", "represents")
        other = Unit.objects.filter(represents=platform, platform=unit.platform).exclude(pk=unit.pk).first()
        if other is not None:
            raise PartyError(f"{platform.name}已由{other.name}代表", "represents")
    before = unit.represents.code if unit.represents else None
    unit.represents = platform
    unit.save(update_fields=["represents"])
    audit(actor, "represent_platform", f"unit:{unit.code}", platform_path=unit.platform.path,
          before={"represents": before}, after={"represents": platform.code if platform else None})  # fmt: skip


def fits_unit(changes: dict[str, Any]) -> None:
    """Put a unit's phones and short name in order. Raises PartyError where one is too long."""
    _fits(changes, _LENGTHS)


def _fits(changes: dict[str, Any], lengths: dict[str, tuple[str, int]]) -> None:
    for field, (title, longest) in lengths.items():
        if field in changes:
            changes[field] = " ".join(str(changes[field]).replace("\0", "").split())
            if len(changes[field]) > longest:
                raise PartyError(f"{title}最多 {longest} 个字, 现有 {len(changes[field])} 个", field)
