"""Logging in: lock-out, equal words and time for unknown names, sessions that end when they must."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth import authenticate, get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils import timezone

from yixian.parties import actions, credentials, passwords, queries, sessions
from yixian.parties.access import SYSTEM, actor_of
from yixian.parties.errors import LoginRefused, PartyError
from yixian.parties.models import LoginLog, User

from .conftest import PASSWORD, MakeUser, Tree


def request() -> HttpRequest:
    made = HttpRequest()
    made.session = SessionStore()  # type: ignore[assignment]
    made.META["REMOTE_ADDR"] = "10.0.0.9"
    return made


def fail(username: str) -> LoginRefused:
    with pytest.raises(LoginRefused) as caught:
        sessions.login(username, "不是这个密码呀呀", "10.0.0.9")
    return caught.value


def test_login_begins_a_session_and_logout_ends_it(make_user: MakeUser) -> None:
    user = make_user("hua", "agent")
    http = request()
    http.session["planted"] = 1
    http.session.save()
    before = http.session.session_key
    assert sessions.login(" HUA ", PASSWORD, "10.0.0.9", request=http) == user
    assert http.session.session_key != before
    assert get_user(http) == user
    row = LoginLog.objects.get()
    assert (row.success, row.user_id, row.address) == (True, user.pk, "10.0.0.9")
    sessions.logout(http)
    assert get_user(http).is_anonymous


def test_five_wrong_passwords_lock_for_fifteen_minutes(make_user: MakeUser) -> None:
    user = make_user("hua", "agent")
    assert [fail("hua").reason for _ in range(5)] == ["wrong"] * 4 + ["locked"]
    with pytest.raises(LoginRefused, match="之后再试") as caught:
        sessions.login("hua", PASSWORD, "10.0.0.9")
    assert caught.value.reason == "locked"
    user.refresh_from_db()
    assert user.locked_until is not None
    left = (user.locked_until - timezone.now()).total_seconds()
    assert 14 * 60 < left <= 15 * 60
    User.objects.filter(pk=user.pk).update(locked_until=timezone.now())
    assert sessions.login("hua", PASSWORD, "10.0.0.9") == user
    user.refresh_from_db()
    assert (user.failed_logins, user.locked_until) == (0, None)


def test_a_right_password_in_between_starts_the_count_anew(make_user: MakeUser) -> None:
    make_user("hua", "agent")
    for _ in range(3):
        for _ in range(4):
            assert fail("hua").reason == "wrong"
        sessions.login("hua", PASSWORD, "")
    assert LoginLog.objects.filter(success=False).count() == 12


def test_an_administrator_unlocks(make_user: MakeUser) -> None:
    user = make_user("hua", "agent")
    for _ in range(5):
        fail("hua")
    credentials.unlock_user(actor=SYSTEM, user=user)
    assert sessions.login("hua", PASSWORD, "") == user


def test_unknown_and_wrong_read_the_same_and_take_alike(make_user: MakeUser) -> None:
    make_user("hua", "agent")

    def spent(username: str) -> float:
        start = time.perf_counter()
        fail(username)
        return time.perf_counter() - start

    assert str(fail("hua")) == str(fail("wu-ci-ren"))
    known, unknown = min(spent("hua") for _ in range(3)), min(spent("wu-ci-ren") for _ in range(3))
    assert known < unknown * 3
    assert unknown < known * 3


def test_a_password_typed_as_the_name_is_not_kept(db: None) -> None:
    fail(PASSWORD)
    assert PASSWORD not in LoginLog.objects.get().username


@pytest.mark.parametrize("username", ["", "\0", "x" * 5000, "' or 1=1 --", "😀"])
def test_odd_names_are_refused_like_any_other(db: None, username: str) -> None:
    assert fail(username).reason == "wrong"


def test_deactivated_and_locked_users_lose_their_sessions(make_user: MakeUser) -> None:
    user = make_user("hua", "agent")
    http = request()
    sessions.login("hua", PASSWORD, "", request=http)
    credentials.lock_user(actor=SYSTEM, user=user)
    assert get_user(http).is_anonymous
    assert fail("hua").reason == "locked"
    credentials.unlock_user(actor=SYSTEM, user=user)
    assert get_user(http) == user
    actions.set_user_active(actor=SYSTEM, user=user, active=False)
    assert get_user(http).is_anonymous
    with pytest.raises(LoginRefused, match="停用"):
        sessions.login("hua", PASSWORD, "")
    with pytest.raises(PartyError):
        actor_of(user)


def test_a_new_password_ends_other_sessions(make_user: MakeUser) -> None:
    user = make_user("hua", "agent")
    http = request()
    sessions.login("hua", PASSWORD, "", request=http)
    new = "山后那条小路通向车站"
    with pytest.raises(PartyError, match="原密码"):
        credentials.set_password(actor=actor_of(user), user=user, password=new, old="不对")
    credentials.set_password(actor=actor_of(user), user=user, password=new, old=PASSWORD)
    assert get_user(http).is_anonymous
    assert sessions.login("hua", new, "") == user
    credentials.set_password(actor=SYSTEM, user=user, password=PASSWORD)
    assert user.must_change_password


@pytest.mark.parametrize("password", ["短", "123456789", "1234567890", "aaaaaaaaaaaa", "Password123", "hua12345678"])
def test_weak_passwords_are_refused_in_chinese(password: str) -> None:
    username = "hua12345" if password.startswith("hua") else "hua"
    with pytest.raises(PartyError, match="密码"):
        passwords.check(password, username=username)


def test_passwords_are_argon2_and_django_logs_in_by_them(make_user: MakeUser) -> None:
    user = make_user("hua", "agent")
    assert user.password.startswith("argon2$argon2id$")
    assert authenticate(request(), username="hua", password=PASSWORD) == user
    assert authenticate(request(), username="hua", password="不是这个密码呀") is None
    assert LoginLog.objects.filter(success=False, address="10.0.0.9").count() == 1


def test_logins_are_seen_by_the_auditor_of_the_subtree(tree: Tree, make_user: MakeUser) -> None:
    make_user("hua", "agent")
    make_user("nan", "agent", at=tree.other_city)
    for username in ("hua", "nan", "wu-ci-ren"):
        fail(username)
    auditor = actor_of(make_user("shen", "auditor"))
    assert [row.username for row in queries.logins(auditor).rows] == ["hua"]
    assert len(queries.logins(SYSTEM).rows) == 3
