"""Logging in and out: lock-out after wrong passwords, a log of every attempt, Django's sessions behind it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import auth
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from yixian.parties import limits
from yixian.parties.errors import LoginRefused, TooOften
from yixian.parties.models import LOCKED_FOREVER, LoginLog, User

FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
BACKEND = "yixian.parties.sessions.Backend"
_WRONG = f"用户名或密码不对; 同一账号连续错 {FAILURES} 次将锁定 {LOCKED_FOR.seconds // 60} 分钟"


class Backend(BaseBackend):
    """Django's way in: `authenticate` is `login` without a session, `get_user` loads request.user in one query."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """The user with this name and password, None when refused; every attempt is logged and counted."""
        if username is None or password is None:
            return None
        try:
            return login(username, password, address_of(request))
        except LoginRefused:
            return None

    def get_user(self, user_id: int) -> User | None:
        """The user of a session, with platform and unit; None when gone, deactivated or locked by an administrator."""
        user = User.objects.select_related("platform", "unit").filter(pk=user_id, is_active=True).first()
        return None if user is not None and user.locked_until == LOCKED_FOREVER else user


def login(username: str, password: str, address: str, *, request: HttpRequest | None = None) -> User:
    """Check a password and, with `request`, begin a session (its key changes, so a planted one is worthless).

    Five wrong passwords in a row lock the account for fifteen minutes; many from one address, whatever the accounts,
    shut out that address for a while. Raises LoginRefused. Unknown and wrong take the same time and give the same
    words, the lock included. Must not run inside a transaction that a refusal rolls back.
    """
    meta = {"REMOTE_ADDR": address}
    try:
        limits.look("failed-login", meta)
        return _checked(username, password, address, request)
    except TooOften as refused:
        raise LoginRefused(f"这里的登录失败过多。{refused.message}", "often") from None
    except LoginRefused:
        with suppress(TooOften):
            limits.count("failed-login", meta)
        raise


def _checked(username: str, password: str, address: str, request: HttpRequest | None) -> User:
    now = timezone.now()
    username = username.replace("\0", "").strip()
    user = User.objects.select_related("platform", "unit").filter(username=username.lower()[:60]).first()
    if user is None:
        make_password(password)
        _log(now, None, username, address, "unknown")
        raise _unknown(username)
    if user.locked_until is not None and user.locked_until > now:
        make_password(password)
        _log(now, user, username, address, "locked")
        raise LoginRefused(_locked_words(user.locked_until), "locked")
    if not check_password(password, user.password):
        raise _failed(user, now, username, address)
    if not user.is_active:
        _log(now, user, username, address, "inactive")
        raise LoginRefused("该账号已停用, 请联系管理员", "inactive")
    if user.failed_logins or user.locked_until:
        User.objects.filter(pk=user.pk).update(failed_logins=0, locked_until=None)
        user.failed_logins, user.locked_until = 0, None
    _log(now, user, username, address, "")
    if request is not None:
        auth.login(request, user, backend=BACKEND)
    return user


def logout(request: HttpRequest) -> None:
    """End the session."""
    auth.logout(request)


def address_of(request: HttpRequest | None) -> str:
    """Where a request comes from, "" without one."""
    return limits.address_of(request.META) if request is not None else ""


def _failed(user: User, now: datetime, username: str, address: str) -> LoginRefused:
    """Count one wrong password in a single statement, so that parallel guesses are all counted."""
    User.objects.filter(pk=user.pk).update(
        failed_logins=Case(When(failed_logins__gte=FAILURES - 1, then=Value(0)), default=F("failed_logins") + 1),
        locked_until=Case(When(failed_logins__gte=FAILURES - 1, then=Now() + LOCKED_FOR), default=F("locked_until")),
    )
    user.refresh_from_db(fields=["failed_logins", "locked_until"])
    _log(now, user, username, address, "wrong")
    if user.locked_until is not None and user.locked_until > now:
        return LoginRefused(_locked_words(user.locked_until), "locked")
    return LoginRefused(_WRONG, "wrong")


def _unknown(username: str) -> LoginRefused:
    """A name that nobody has is locked like one that somebody has: a lock must not tell which names there are."""
    seconds = int(LOCKED_FOR.total_seconds())
    until = limits.strike("unknown-login", username.lower()[:60], most=FAILURES, seconds=seconds)
    if until is None:
        return LoginRefused(_WRONG, "wrong")
    return LoginRefused(_locked_words(datetime.fromtimestamp(until, UTC)), "locked")


def _locked_words(until: datetime) -> str:
    if until == LOCKED_FOREVER:
        return "该账号已被管理员锁定, 请联系管理员"
    return f"密码连续输错, 账号已锁定, 请在 {timezone.localtime(until):%H:%M} 之后再试, 或请管理员解锁"


def _log(at: datetime, user: User | None, username: str, address: str, reason: str) -> None:
    """An unknown name is cut to two characters: people type their password into that field by mistake."""
    LoginLog.objects.create(
        at=at,
        username=user.username if user else username[:2] + "***",
        user_id=user.pk if user else None,
        platform_path=user.platform.path if user else "",
        success=not reason,
        reason=reason,
        address=address[:64],
    )
