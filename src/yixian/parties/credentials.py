"""What changes how people and programs prove who they are: passwords, locks, API tokens. Same habits as `actions`."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from yixian.parties import guards, passwords
from yixian.parties.access import TOKEN_MARK, forget_cached, token_digest
from yixian.parties.actions import changed, require_manager_of
from yixian.parties.errors import NotAllowed, PartyError
from yixian.parties.journal import audit
from yixian.parties.models import LOCKED_FOREVER, ApiToken, User
from yixian.parties.permission import Actor
from yixian.parties.roles import COMMAND_NAMES, MANAGE, PERMISSIONS, who_holds

SCOPES = COMMAND_NAMES | frozenset(PERMISSIONS) | {"read", "*"}


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token: its row and `raw`, which is shown this once and kept nowhere."""

    token: ApiToken
    raw: str


@transaction.atomic
def set_password(*, actor: Actor, user: User, password: str, old: str | None = None) -> None:
    """Change one's own password (`old` must be right), or as an administrator set another's, who must then change it.

    All other sessions of the user end, because Django ties them to the password.
    """
    own = actor.user_id is not None and actor.user_id == user.pk
    if own:
        if actor.scopes is not None:
            raise NotAllowed("修改密码须登录网页办理, 不能使用接口令牌")
        if old is None or not user.check_password(old):
            raise PartyError("原密码不对", "old")
        if old == password:
            raise PartyError("新密码不能与原密码相同", "password")
    else:
        require_manager_of(actor, user)
    passwords.check(password, username=user.username)
    user.set_password(password)
    user.must_change_password = not own
    user.failed_logins, user.locked_until = 0, user.locked_until if own else None
    user.save(update_fields=["password", "must_change_password", "failed_logins", "locked_until"])
    audit(actor, "set_password", f"user:{user.username}", platform_path=user.platform.path, after={"own": own})
    changed(user)


@transaction.atomic
def lock_user(*, actor: Actor, user: User) -> None:
    """Lock an account until it is unlocked; its tokens stop within seconds, its sessions at their next request."""
    require_manager_of(actor, user)
    guards.not_oneself(actor, user, "锁定")
    guards.another_administrator(actor, user)
    user.locked_until = LOCKED_FOREVER
    user.save(update_fields=["locked_until"])
    audit(actor, "lock_user", f"user:{user.username}", platform_path=user.platform.path)
    changed(user)


@transaction.atomic
def end_sessions(*, actor: Actor, user: User) -> None:
    """End all sessions of an account (强制下线); its password stays, its tokens are not touched."""
    require_manager_of(actor, user)
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    audit(actor, "end_sessions", f"user:{user.username}", platform_path=user.platform.path)
    changed(user)


@transaction.atomic
def unlock_user(*, actor: Actor, user: User) -> None:
    """Lift a lock, whether by an administrator or after wrong passwords."""
    require_manager_of(actor, user)
    user.locked_until, user.failed_logins = None, 0
    user.save(update_fields=["locked_until", "failed_logins"])
    audit(actor, "unlock_user", f"user:{user.username}", platform_path=user.platform.path)
    changed(user)


@transaction.atomic
def issue_token(
    *,
    actor: Actor,
    user: User,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    for_system: bool = False,
) -> IssuedToken:
    """Make an API token that may do what the user may, within `scopes`; for oneself or by an administrator.

    Scopes are command names, "read", or "*". `for_system`: for the own system of the user's unit, which then says
    itself who signed for an answer (内部审核由单位系统完成); only an administrator gives that, to another's account.
    """
    _own_or_managed(actor, user)
    if for_system:
        _for_a_units_system(actor, user)
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if not wanted or unknown:
        said = f"没有 {'、'.join(unknown)}" if unknown else "不能为空"
        raise PartyError(f"令牌的权限范围{said}; 应为指令名、read (只读) 或 * (全部)", "scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise PartyError("令牌的有效期应晚于现在", "expires_at")
    title = " ".join(name.replace("\0", "").split())[:100]
    if not title:
        raise PartyError("请写明令牌的用途", "name")
    prefix = f"{TOKEN_MARK}{secrets.token_hex(4)}"
    raw = f"{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=title,
        prefix=prefix,
        digest=token_digest(raw),
        scopes=wanted,
        expires_at=expires_at,
        of_system=for_system,
        issued_by=actor.username[:80],
    )
    after = {
        "name": title,
        "prefix": prefix,
        "scopes": wanted,
        "of_system": for_system,
        "expires_at": expires_at.isoformat() if expires_at else None,
    }
    audit(actor, "issue_token", f"user:{user.username}", platform_path=user.platform.path, after=after)
    forget_cached()
    return IssuedToken(token, raw)


@transaction.atomic
def revoke_token(*, actor: Actor, token: ApiToken) -> None:
    """End a token: in this process at once, in all others within five seconds."""
    _own_or_managed(actor, token.user)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        before = {"prefix": token.prefix}
        audit(
            actor, "revoke_token", f"user:{token.user.username}", platform_path=token.user.platform.path, before=before
        )
    forget_cached()
    transaction.on_commit(forget_cached)


def _for_a_units_system(actor: Actor, user: User) -> None:
    """Who speaks for a unit's system is decided by an administrator, never by the unit's user for themselves."""
    if actor.user_id is not None and actor.user_id == user.pk:
        raise NotAllowed("单位系统的令牌由系统管理员签发, 不能给自己签发", who_holds(MANAGE))
    require_manager_of(actor, user)
    if user.unit_id is None:
        raise PartyError("单位系统的令牌只能签发给承办单位的账号", "for_system")


def _own_or_managed(actor: Actor, user: User) -> None:
    if actor.scopes is not None and "*" not in actor.scopes:
        raise NotAllowed("权限受限的接口令牌不能管理令牌, 请登录网页办理")
    if actor.user_id is None or actor.user_id != user.pk:
        require_manager_of(actor, user)
