"""What reads platforms, units, users and journals. Every list is bounded; those that grow are paged by key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from yixian.parties.errors import NotAllowed, PartyError
from yixian.parties.models import (
    PARTS_OF_A_HOTLINE,
    ApiToken,
    AuditEntry,
    Confidentiality,
    LoginLog,
    Platform,
    Unit,
    UnmaskLog,
    User,
)
from yixian.parties.permission import Actor, holds
from yixian.parties.roles import MANAGE, READ_LOGS, ROLES, who_holds

LONGEST_PAGE = 100
LONGEST_LIST = 5000

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Branch:
    """A platform with the branches directly below it."""

    platform: Platform
    children: list[Branch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list and the cursor of the next, None at the end."""

    rows: list[Row]
    next_cursor: str | None


# --- platforms and units ------------------------------------------------------------------------------------------


def platform(code: str) -> Platform | None:
    """The platform with this code."""
    return Platform.objects.filter(code=code).first()


def platforms(*, below: str = "") -> list[Platform]:
    """All platforms at and below a path, parents before children, at most 5,000."""
    return list(Platform.objects.filter(path__startswith=below).order_by("path")[:LONGEST_LIST])


def open_to_the_public() -> list[Platform]:
    """The hotlines that people can turn to: in use, with rules, and no mere part of another (station, sub-centre)."""
    rows = Platform.objects.filter(is_active=True).exclude(book="").exclude(level__in=PARTS_OF_A_HOTLINE)
    return list(rows.order_by("path")[:LONGEST_LIST])


def platform_tree(*, below: str = "") -> list[Branch]:
    """The same as a tree, in one query; usually one root."""
    roots: list[Branch] = []
    known: dict[int, Branch] = {}
    for found in platforms(below=below):
        branch = known[found.pk] = Branch(found)
        above = known.get(found.parent_id) if found.parent_id else None
        (above.children if above else roots).append(branch)
    return roots


def unit(code: str) -> Unit | None:
    """The unit with this code, its platform loaded."""
    return Unit.objects.select_related("platform").filter(code=code).first()


def units_by_code(codes: Iterable[str]) -> dict[str, Unit]:
    """The units with these codes, in one query; unknown codes are absent."""
    return {found.code: found for found in Unit.objects.filter(code__in=set(codes))}


def units(
    platform: Platform, *, words: str = "", subtree: bool = False, inactive: bool = False, limit: int = LONGEST_PAGE
) -> list[Unit]:
    """The units of a platform (with `subtree` of all below it too) that match every word, by code, at most `limit`.

    A word matches in the name, short name, code, full pinyin or initials: 水务, shuiwu and swj all find 市水务局.
    """
    rows = Unit.objects.all()
    rows = rows.filter(platform__path__startswith=platform.path) if subtree else rows.filter(platform=platform)
    if not inactive:
        rows = rows.filter(is_active=True)
    for word in words.replace("\0", "").lower().split()[:5]:
        rows = rows.filter(search__contains=word[:60])
    return list(rows.select_related("platform").order_by("code")[: max(1, min(limit, LONGEST_LIST))])


def confidentialities(unit: Unit) -> list[Confidentiality]:
    """What secrecy requirements a unit has filed, newest first, at most 100."""
    return list(unit.confidentialities.order_by("-filed_at")[:LONGEST_PAGE])


# --- users --------------------------------------------------------------------------------------------------------


def users(actor: Actor, *, words: str = "", cursor: str | None = None, size: int = 50) -> Page[User]:
    """The users whom the actor administers, by user name, with platform, unit and grants loaded."""
    rows = User.objects.filter(within(actor, MANAGE, "platform__path"))
    for word in words.replace("\0", "").split()[:5]:
        rows = rows.filter(Q(username__icontains=word[:60]) | Q(name__icontains=word[:60]))
    if cursor:
        rows = rows.filter(username__gt=cursor.replace("\0", "")[:60])
    size = max(1, min(size, LONGEST_PAGE))
    loaded = rows.select_related("platform", "unit").prefetch_related("grants__platform").order_by("username")
    found = list(loaded[: size + 1])
    return Page(found[:size], found[size - 1].username if len(found) > size else None)


def tokens(user: User) -> list[ApiToken]:
    """A user's tokens that are not revoked, newest first, at most 100."""
    return list(user.tokens.filter(revoked_at=None).order_by("-created_at")[:LONGEST_PAGE])


# --- journals -----------------------------------------------------------------------------------------------------


def audit_entries(actor: Actor, *, cursor: str | None = None, size: int = 50) -> Page[AuditEntry]:
    """Administrative acts in the auditor's subtree, newest first."""
    return newest(AuditEntry.objects.all(), actor, cursor, size)


def logins(actor: Actor, *, cursor: str | None = None, size: int = 50) -> Page[LoginLog]:
    """Attempts to log in, newest first; those with unknown names belong to no platform: only the system sees them."""
    return newest(LoginLog.objects.all(), actor, cursor, size)


def unmaskings(actor: Actor, *, ref: str | None = None, cursor: str | None = None, size: int = 50) -> Page[UnmaskLog]:
    """Looks at personal data, newest first, of one person or text if `ref` is given."""
    rows = UnmaskLog.objects.filter(ref=ref) if ref else UnmaskLog.objects.all()
    return newest(rows, actor, cursor, size)


def newest(rows: QuerySet[Row], actor: Actor, cursor: str | None, size: int) -> Page[Row]:
    """One page of a journal within what the actor may read, newest first. Raises NotAllowed, PartyError."""
    rows = rows.filter(within(actor, READ_LOGS, "platform_path"))
    if cursor:
        at, pk = _parse_cursor(cursor)
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    size = max(1, min(size, LONGEST_PAGE))
    found: list[Any] = list(rows.order_by("-at", "-pk")[: size + 1])
    more = len(found) > size
    return Page(found[:size], f"{found[size - 1].at.isoformat()}~{found[size - 1].pk}" if more else None)


def _parse_cursor(cursor: str) -> tuple[datetime, int]:
    at, _, pk = cursor.partition("~")
    try:
        return datetime.fromisoformat(at), int(pk)
    except ValueError as error:
        raise PartyError("翻页标记无法识别, 请从第一页重新查看", "cursor") from error


def within(actor: Actor, permission: str, column: str) -> Q:
    """Rows within the platforms over which the actor holds the permission. Raises NotAllowed when there are none."""
    if not holds(actor, permission):
        titles = who_holds(permission)
        raise NotAllowed(f"只有{'、'.join(titles)}可以查看", titles)
    found = Q()
    if actor.kind != "system":
        for role, path in actor.grants:
            if permission in ROLES[role].permissions:
                found |= Q(**{f"{column}__startswith": path})
    return found
