"""The door to permissions: makes actors of users and tokens, and hands on the pure decisions of `permission`.

Actors are cached in the process: a user's until their `access_version` rises (or half a minute passed), a token's for
seconds, so that the API's hot path asks no database and a revoked token still dies within five seconds.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from yixian.parties.errors import PartyError
from yixian.parties.keys import keyring
from yixian.parties.models import LOCKED_FOREVER, ApiToken, Platform, RoleGrant, Unit, User
from yixian.parties.permission import (
    About,
    Actor,
    Denied,
    Scope,
    holds,
    hotline_path,
    may,
    may_read,
    may_see_contact,
    may_unmask,
    permissions_of,
    scope,
    voice,
)
from yixian.parties.roles import READ_ORDERS, ROLES

__all__ = [
    "SYSTEM",
    "About",
    "Actor",
    "Denied",
    "Scope",
    "actor_for",
    "actor_of",
    "actor_of_token",
    "forget_cached",
    "holds",
    "hotline_path",
    "may",
    "may_read",
    "may_see_contact",
    "may_unmask",
    "scope",
    "token_digest",
    "voice",
]

TOKEN_MARK = "yx_"  # the visible beginning of every token
TOKEN_SECONDS = 4.0
USER_SECONDS = 30.0
USED_EVERY = timedelta(minutes=1)

SYSTEM = Actor(
    kind="system",
    username="system",
    name="系统",
    roles=frozenset({"system"}),
    grants=(("system", ""),),
    permissions=permissions_of(["system"]),
)


class _Cache:
    """A small bounded map whose entries die; safe among threads."""

    def __init__(self, size: int) -> None:
        self._entries: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._size = size
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> tuple[bool, Any]:
        entry = self._entries.get(key)
        if entry is None or entry[0] < time.monotonic():
            return False, None
        return True, entry[1]

    def put(self, key: Hashable, value: Any, seconds: float) -> None:
        with self._lock:
            self._entries[key] = (time.monotonic() + seconds, value)
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


_users = _Cache(2000)
_tokens = _Cache(2000)
_unknown_tokens = _Cache(500)  # its own map, so that a flood of guesses cannot push real tokens out


def forget_cached() -> None:
    """Drop all cached actors of this process; every action that changes what someone may do calls it."""
    for cache in (_users, _tokens, _unknown_tokens):
        cache.clear()


# --- people -------------------------------------------------------------------------------------------------------


def actor_of(user: User) -> Actor:
    """The actor that a logged-in user is. Raises PartyError for a user who was deactivated."""
    if not user.is_active:
        raise PartyError("该账号已停用, 请联系管理员")
    return _known(user)


def _known(user: User) -> Actor:
    """What the user may do, from the cache while it is younger than half a minute and of the same access version."""
    key = (user.pk, user.access_version, user.must_change_password)
    hit, actor = _users.get(key)
    if not hit:
        actor = _build(user)
        _users.put(key, actor, USER_SECONDS)
    found: Actor = actor
    return found


def _build(user: User) -> Actor:
    rows = RoleGrant.objects.filter(user=user).order_by("id").values_list("role", "platform__path")
    grants = tuple((role, path) for role, path in rows if role in ROLES)
    unit = user.unit
    kind = "unit" if unit else "manager" if any(ROLES[role].kind == "manager" for role, _ in grants) else "hotline"
    return Actor(
        kind=kind,
        username=user.username,
        name=user.name,
        user_id=user.pk,
        roles=frozenset(role for role, _ in grants),
        grants=grants,
        platform_path=user.platform.path,
        platform_ids=() if unit else _platforms_under(grants),
        unit_code=unit.code if unit else None,
        unit_codes=_units_under(unit) if unit else frozenset(),
        post=user.post,
        must_change_password=user.must_change_password,
        permissions=permissions_of(role for role, _ in grants),
    )


def _platforms_under(grants: tuple[tuple[str, str], ...]) -> tuple[int, ...]:
    """Every platform whose orders these grants let one read: those named and all below them."""
    paths = {path for role, path in grants if READ_ORDERS in ROLES[role].permissions}
    if not paths:
        return ()
    below = Q()
    for path in paths:
        below |= Q(path__startswith=path)
    return tuple(Platform.objects.filter(below).order_by("id").values_list("id", flat=True))


def _units_under(unit: Unit) -> frozenset[str]:
    return frozenset(Unit.objects.filter(path__startswith=unit.path).values_list("code", flat=True))


# --- tokens -------------------------------------------------------------------------------------------------------


def token_digest(raw: str) -> bytes:
    """The keyed hash under which a token is kept; looking it up by hash leaks nothing through timing."""
    return keyring().digest("token", raw)


def actor_of_token(raw: str) -> Actor | None:
    """The actor that an API token speaks for; None when it is unknown, expired, revoked, or its user may not log in.

    The answer may be up to four seconds old.
    """
    if not raw.startswith(TOKEN_MARK) or len(raw) > 100:
        return None
    digest = token_digest(raw)
    hit, found = _tokens.get(digest)
    if not hit:
        hit, found = _unknown_tokens.get(digest)
    if not hit:
        found, seconds = _load_token(digest)
        (_tokens if found else _unknown_tokens).put(digest, found, seconds)
    actor: Actor | None = found
    return actor


def _load_token(digest: bytes) -> tuple[Actor | None, float]:
    now = timezone.now()
    token = ApiToken.objects.select_related("user__platform", "user__unit").filter(digest=digest).first()
    if token is None or token.revoked_at is not None or not token.user.is_active:
        return None, TOKEN_SECONDS
    if token.user.locked_until == LOCKED_FOREVER:  # the short lock after wrong passwords does not stop tokens
        return None, TOKEN_SECONDS
    left = TOKEN_SECONDS if token.expires_at is None else min(TOKEN_SECONDS, (token.expires_at - now).total_seconds())
    if left <= 0:
        return None, TOKEN_SECONDS
    _note_use(token, now)
    actor = replace(_known(token.user), scopes=frozenset(token.scopes), token_id=token.pk, of_system=token.of_system)
    return actor, left


def _note_use(token: ApiToken, now: datetime) -> None:
    """At most one write a minute for each token, whatever the number of processes."""
    if token.last_used is None or token.last_used < now - USED_EVERY:
        stale = Q(last_used=None) | Q(last_used__lt=now - USED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used=now)


# --- actors that are no users -------------------------------------------------------------------------------------


def actor_for(
    kind: str,
    platform: Platform | str | None = None,
    *,
    unit: Unit | str | None = None,
    requester_ref: str | None = None,
    order_no: str | None = None,
) -> Actor:
    """An actor of a kind that is no single user: the system, a whole desk, a platform above, a requester.

    `platform` a Platform or its code; `unit` (kind "unit") a Unit or its code; a requester is known by `requester_ref`
    or, having given number and query code, by `order_no`. Raises PartyError for an unknown kind, platform or unit.
    """
    if kind == "system":
        return SYSTEM
    if kind == "unit":
        return _desk_of_unit(unit)
    path = _path_of(platform)
    if kind == "requester":
        return Actor(
            kind="requester",
            username="requester",
            name="诉求人",
            roles=frozenset({"requester"}),
            grants=(("requester", path),),
            platform_path=path,
            requester_ref=requester_ref,
            order_no=order_no,
        )
    held = {"manager": ("supervisor",), "upstream": ("upstream",), "hotline": DESK_ROLES}.get(kind)
    if held is None:
        raise PartyError(f"没有 {kind} 这种办理人", "kind")
    grants = tuple((role, path) for role in held)
    return Actor(
        kind=kind,
        username=kind,
        name={"hotline": "热线平台", "manager": "平台管理人员", "upstream": "上级平台"}[kind],
        roles=frozenset(held),
        grants=grants,
        platform_path=path,
        platform_ids=_platforms_under(grants),
        permissions=permissions_of(held),
    )


DESK_ROLES = ("agent", "dispatcher", "reviewer", "callback")


def _desk_of_unit(unit: Unit | str | None) -> Actor:
    found = Unit.objects.select_related("platform").filter(code=unit).first() if isinstance(unit, str) else unit
    if found is None:
        raise PartyError(f"没有代码为 {unit} 的承办单位", "unit")
    roles = ("unit_clerk", "unit_leader")
    return Actor(
        kind="unit",
        username=found.code,
        name=found.name,
        roles=frozenset(roles),
        grants=tuple((role, found.platform.path) for role in roles),
        platform_path=found.platform.path,
        unit_code=found.code,
        unit_codes=_units_under(found),
        permissions=permissions_of(roles),
    )


def _path_of(platform: Platform | str | None) -> str:
    if isinstance(platform, Platform):
        return platform.path
    path = Platform.objects.filter(code=platform).values_list("path", flat=True).first() if platform else None
    if path is None:
        raise PartyError(f"没有代码为 {platform} 的平台", "platform")
    return path
