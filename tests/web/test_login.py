"""Login: plain words for a wrong password and a lock, safe ways onward, changing the password."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import In
from tests.web.reading import words
from tests.web.seed import PASSWORD, Town


def test_a_wrong_password_is_said_plainly_and_the_name_stays(town: Town) -> None:
    answer = Client().post("/login/", {"username": "agent", "password": "wrong-guess"})
    assert answer.status_code == 403
    assert "用户名或密码不对" in words(answer)
    assert 'value="agent"' in answer.content.decode()


def test_five_wrong_passwords_lock_the_account_and_say_until_when(town: Town) -> None:
    for _ in range(5):
        answer = Client().post("/login/", {"username": "agent", "password": "wrong-guess"})
    assert "已锁定" in words(answer)
    right = Client().post("/login/", {"username": "agent", "password": PASSWORD})
    assert right.status_code == 403
    assert "之后再试" in words(right)


def test_a_lock_does_not_tell_which_names_there_are(town: Town) -> None:
    told = [
        [words(Client().post("/login/", {"username": name, "password": "wrong-guess"})) for _ in range(6)]
        for name in ("agent", "nobody-here")
    ]
    assert "已锁定" in told[0][4]
    known, unknown = ([re.sub(r"\d\d:\d\d", "时刻", text) for text in answers] for answers in told)
    assert known == unknown


def test_many_failures_from_one_address_shut_it_out_whatever_the_names(town: Town, settings: Any) -> None:
    settings.PUBLIC_RATES = {"failed-login": (3, 600)}
    for name in ("a1", "a2", "a3"):
        Client().post("/login/", {"username": name, "password": "wrong-guess"})
    right = {"username": "agent", "password": PASSWORD}
    refused = Client().post("/login/", right, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert refused.status_code == 403
    assert "登录失败过多" in words(refused)
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    forged = Client().post("/login/", right, HTTP_X_FORWARDED_FOR="198.51.100.7, 127.0.0.1")
    assert forged.status_code == 302, "behind a trusted proxy the last foreign address counts"


@pytest.mark.parametrize(
    ("onward", "where"),
    [
        ("/orders/?due=late", "/orders/?due=late"),
        ("https://elsewhere.example/", "/agent/"),
        ("//elsewhere", "/agent/"),
    ],
)
def test_after_login_one_goes_where_one_was_going_but_never_elsewhere(town: Town, onward: str, where: str) -> None:
    answer = Client().post("/login/", {"username": "agent", "password": PASSWORD, "next": onward})
    assert answer["Location"] == where


def test_forms_need_the_csrf_token(town: Town) -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "agent", "password": PASSWORD})
    assert answer.status_code == 403
    assert "浏览器没有保存 Cookie" in words(answer)
    visitor = Client(enforce_csrf_checks=True)
    visitor.get("/login/")
    assert "页面已过期" in words(visitor.post("/login/", {"username": "agent", "password": PASSWORD}))


def test_logging_out_ends_the_session(town: Town, enter: In) -> None:
    client = enter("agent")
    client.post("/logout/")
    assert client.get("/orders/").status_code == 302


def test_changing_the_password(town: Town, enter: In) -> None:
    client = enter("agent")
    new = "nine-lamps-on-the-quay"
    wrong = client.post("/account/", {"old": PASSWORD, "new": new, "again": "other"})
    assert "不一样" in words(wrong)
    assert "密码太短" in words(client.post("/account/", {"old": PASSWORD, "new": "short", "again": "short"}))
    assert "原密码不对" in words(client.post("/account/", {"old": "nonsense", "new": new, "again": new}))
    assert client.post("/account/", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert client.get("/orders/").status_code == 200, "one's own session stays"
    assert Client().post("/login/", {"username": "agent", "password": new}).status_code == 302


def test_a_first_password_must_be_changed_before_anything_else(town: Town, enter: In) -> None:
    user = town.users["agent"]
    user.must_change_password = True
    user.save()
    answer = enter("agent").get("/orders/")
    assert answer["Location"] == "/account/"
