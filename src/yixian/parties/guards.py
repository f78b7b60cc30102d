"""What no administrator may do: raise themselves, or leave a platform without anyone who administers it.

The system (the command line) may, since it is how one gets in again.
"""

from __future__ import annotations

from yixian.parties.errors import NotAllowed, PartyError
from yixian.parties.models import LOCKED_FOREVER, Platform, RoleGrant, User
from yixian.parties.permission import Actor
from yixian.parties.roles import MANAGE, ROLES, who_holds

ADMINISTERING = tuple(role.code for role in ROLES.values() if role.granted and MANAGE in role.permissions)


def not_oneself(actor: Actor, user: User, deed: str) -> None:
    """Raises NotAllowed where someone would do this to their own account."""
    if actor.user_id is not None and actor.user_id == user.pk:
        raise NotAllowed(f"不能给自己的账号{deed}, 请由另一位系统管理员办理", who_holds(MANAGE))


def another_administrator(actor: Actor, user: User, *, only: str | None = None) -> None:
    """Raises PartyError where nobody would be left to administer a platform.

    Called in the transaction that takes away the user's account, or with `only` their grant over that platform alone.
    The row of the topmost platform is held meanwhile, so that two administrators cannot remove each other at once.
    """
    if actor.kind == "system":
        return
    grants = RoleGrant.objects.filter(user=user, role__in=ADMINISTERING)
    mine = sorted(set(grants.values_list("platform__path", flat=True)))
    lost = [path for path in mine if only is None or path == only]
    if not lost or not user.is_active or user.locked_until == LOCKED_FOREVER:
        return
    roots = sorted({f"{path.split('/')[0]}/" for path in lost})
    list(Platform.objects.select_for_update().filter(path__in=roots).order_by("path"))
    for path in lost:
        above = [path[: place + 1] for place, sign in enumerate(path) if sign == "/"]
        left = RoleGrant.objects.filter(role__in=ADMINISTERING, platform__path__in=above, user__is_active=True).exclude(
            user__locked_until=LOCKED_FOREVER
        )
        left = left.exclude(user=user, platform__path=path) if only is not None else left.exclude(user=user)
        if not left.exists():
            name = Platform.objects.filter(path=path).values_list("name", flat=True).first() or ""
            raise PartyError(f"{user.name}是{name}最后一位系统管理员, 请先授予另一位, 再办理", "role")
