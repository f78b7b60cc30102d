"""Whom notices are for, as words of an index: a unit, a role over a platform, a role within a unit, a user.

A role's notice goes to the staff of the hotline it happened at; where nobody holds the role there, to the nearest
platform above at which somebody does. Parts of a hotline (工作站, 分中心) count as the hotline.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from yixian.orders import platforms
from yixian.parties.models import RoleGrant
from yixian.parties.permission import Actor
from yixian.parties.roles import ROLES

GRANT_SECONDS = 30.0
_held: dict[str, frozenset[str]] = {}
_held_until = 0.0


def forget() -> None:
    """Drop what the process remembers of roles."""
    global _held_until
    _held_until = 0.0


def of_unit(code: str) -> str:
    """The address of everybody in a unit."""
    return f"unit:{code}"


def of_unit_role(code: str, role: str) -> str:
    """The address of those in a unit who hold a role."""
    return f"unit:{code}#{role}"


def of_role(role: str, path: str) -> str:
    """The address of those who hold a role at a platform."""
    return f"role:{role}@{path}"


def of_user(user_id: int) -> str:
    """The address of one person."""
    return f"user:{user_id}"


def addresses(
    *, units: Sequence[str] = (), roles: Sequence[str] = (), platform_id: int | None = None, users: Sequence[int] = ()
) -> tuple[str, ...]:
    """The addresses of recipients. Roles of units narrow the units given; other roles are those over the platform."""
    inside = [role for role in roles if role in ROLES and ROLES[role].kind == "unit"]
    found = [of_unit_role(code, role) for code in units for role in inside]
    if not inside:
        found += [of_unit(code) for code in units]
    over = [role for role in roles if role not in inside]
    if over and platform_id is not None:
        path = platforms.of_id(platform_id).path
        found += [of_role(role, _seat(role, path)) for role in over]
    found += [of_user(user_id) for user_id in users]
    return tuple(dict.fromkeys(found))


def of_actor(actor: Actor) -> tuple[str, ...]:
    """Every address that reaches this person."""
    found = [of_user(actor.user_id)] if actor.user_id is not None else []
    if actor.kind == "unit":
        for code in sorted(actor.unit_codes):
            found.append(of_unit(code))
            found += [of_unit_role(code, role) for role in sorted(actor.roles)]
    else:
        found += [of_role(role, path) for role, path in actor.grants]
    return tuple(dict.fromkeys(found))


def _seat(role: str, path: str) -> str:
    """The path of the nearest platform, upwards, at which somebody holds the role; the platform's own if none is."""
    holding = _holders().get(role, frozenset())
    segments = path.split("/")[:-1]
    while segments:
        here = "".join(f"{segment}/" for segment in segments)
        if here in holding:
            return here
        segments.pop()
    return path


def _holders() -> dict[str, frozenset[str]]:
    global _held, _held_until
    if _held_until < time.monotonic():
        rows: Iterable[tuple[str, str]] = (
            RoleGrant.objects.filter(user__is_active=True, user__unit=None)
            .values_list("role", "platform__path")
            .distinct()
        )
        known: dict[str, set[str]] = {}
        for role, path in rows:
            known.setdefault(role, set()).add(path)
        _held = {role: frozenset(paths) for role, paths in known.items()}
        _held_until = time.monotonic() + GRANT_SECONDS
    return _held
