"""Administration of people: who is found, what is done once, and what nobody may do to themselves or above."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.web.manage_town import Realm, realm, send
from tests.web.reading import page, words
from yixian.parties import access, credentials
from yixian.parties import actions as parties
from yixian.parties.models import AuditEntry, RoleGrant, User


@pytest.fixture
def place(quick: None) -> Realm:
    return realm()


def url(place: Realm, username: str) -> str:
    return f"/manage/users/{place.user(username).pk}/"


def test_an_administrator_sees_their_own_and_below_never_beside_or_above(place: Realm) -> None:
    east = words(place.enter("east.admin").get("/manage/users/"))
    assert "east.agent" in east
    assert "west.agent" not in east
    assert "top.admin" not in east
    assert "west.agent" in words(place.enter("top.admin").get("/manage/users/"))
    client = place.enter("east.admin")
    for name in ("west.agent", "top.admin"):
        target = url(place, name)
        assert client.get(target).status_code == 404
        assert client.get(target + "edit/").status_code == 404
        for deed in ("lock", "leave", "reset", "grant", "revoke", "end", "unlock", "return"):
            assert client.post(target + f"{deed}/", {"form_key": "x"}).status_code == 404
        assert place.user(name).is_active


@pytest.mark.parametrize("name", ["east.agent", "east.auditor", "east.clerk"])
def test_whoever_is_no_administrator_does_not_enter(place: Realm, name: str) -> None:
    client = place.enter(name)
    for path in ("/manage/tree/", "/manage/users/", "/manage/users/new/", url(place, "east.agent")):
        assert client.get(path).status_code == 403


def test_a_new_account_shows_its_password_once_and_must_change_it(place: Realm) -> None:
    client = place.enter("east.admin")
    fields = {"username": "Li.Ming", "name": "李明", "unit": "east-water", "post": "clerk", "role": ["unit_clerk"]}
    answer = send(client, "/manage/users/new/?at=east", **fields)
    assert answer.status_code == 302
    made = place.user("li.ming")
    assert (made.unit.code, made.post, made.must_change_password) == ("east-water", "clerk", True)
    shown = client.get(answer["Location"])
    found = re.search(r'data-copy="([^"]+)"', page(shown))
    assert found
    assert made.check_password(found[1])
    assert shown["Cache-Control"] == "no-store, private"
    assert found[1] not in page(client.get(answer["Location"]))
    assert found[1] not in page(place.enter("top.admin").get(answer["Location"]))
    assert not any(found[1] in str(entry.after) for entry in AuditEntry.objects.all())
    assert AuditEntry.objects.get(verb="create_user", subject="user:li.ming").address == "127.0.0.1"


def test_a_double_click_makes_one_account_and_both_lead_to_it(place: Realm) -> None:
    client = place.enter("east.admin")
    form = client.get("/manage/users/new/?at=east")
    key = re.search(r'name="form_key" value="([^"]+)"', page(form))
    assert key
    fields = {"form_key": key[1], "platform": "east", "username": "twice", "name": "双击", "unit": "", "post": ""}
    first, second = (client.post("/manage/users/new/", fields) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert User.objects.filter(username="twice").count() == 1
    assert "初始密码只显示这一次" in words(client.get(second["Location"]))
    other = client.post("/manage/users/new/", {**fields, "username": "another"})
    assert other["Location"] != first["Location"]


def test_a_wrong_form_keeps_what_was_typed_and_says_where(place: Realm) -> None:
    client = place.enter("east.admin")
    answer = send(client, "/manage/users/new/?at=east", username="east.agent", name="<script>alert(1)</script>")
    assert answer.status_code == 422
    assert "已被使用" in words(answer)
    assert "<script>alert(1)" not in page(answer)
    assert "&lt;script&gt;" in page(answer)
    answer = send(client, "/manage/users/new/?at=east", username="new.one", name="新", role=["unit_clerk"])
    assert answer.status_code == 422
    assert "只能授予属于承办单位的用户" in words(answer)
    assert not User.objects.filter(username="new.one").exists()
    assert client.post("/manage/users/new/", {"platform": "west", "username": "x.y"}).status_code == 404


def test_nobody_raises_or_removes_themselves(place: Realm) -> None:
    client = place.enter("east.admin")
    own = place.user("east.admin")
    shown = client.get(f"/manage/users/{own.pk}/")
    assert "由另一位系统管理员办理" in words(shown)
    key = re.search(r'name="form_key" value="([^"]+)"', page(shown))
    assert key
    sent = {"form_key": key[1], "seen": str(own.access_version), "platform": "east", "role": "supervisor"}
    for deed in ("grant", "lock", "leave"):
        answer = client.post(f"/manage/users/{own.pk}/{deed}/", sent, follow=True)
        assert "不能给自己的账号" in words(answer)
    now = place.user("east.admin")
    assert (now.is_active, now.locked_until) == (True, None)
    assert set(RoleGrant.objects.filter(user=now).values_list("role", flat=True)) == {"administrator"}


def test_a_role_above_is_not_given_and_who_stands_above_is_not_touched(place: Realm) -> None:
    client = place.enter("east.admin")
    agent = url(place, "east.agent")
    for code in ("top", "west"):
        answer = send(client, agent, "grant", platform=code, role="agent")
        assert answer.status_code in (302, 404)
    assert not RoleGrant.objects.filter(user=place.user("east.agent")).exclude(platform__code="east").exists()
    parties.grant_role(
        actor=access.SYSTEM, user=place.user("east.agent"), role="supervisor", platform=place.places["top"]
    )
    shown = client.get(agent)
    assert "在南海省12345热线也有角色" in words(shown)
    version = place.user("east.agent").access_version
    key = re.search(r'name="form_key" value="([^"]+)"', page(shown))
    assert key
    for deed in ("reset", "lock", "leave", "end"):
        client.post(f"{agent}{deed}/", {"form_key": key[1], "seen": str(version)})
    now = place.user("east.agent")
    assert (now.is_active, now.locked_until, now.access_version) == (True, None, version)


def test_the_last_administrator_stays(place: Realm) -> None:
    parties.revoke_role(
        actor=access.SYSTEM, user=place.user("top.admin"), role="administrator", platform=place.places["top"]
    )
    client = place.enter("east.admin")
    gone = send(client, url(place, "east.admin2"), "leave", follow=True)
    assert "账号已停用" in words(gone)
    own = place.user("east.admin")
    answer = send(client, f"/manage/users/{own.pk}/", "revoke", follow=True, role="administrator", platform="east")
    assert "最后一位系统管理员" in words(answer)
    assert RoleGrant.objects.filter(user=own, role="administrator").exists()


def test_two_administrators_who_remove_each_other_do_not_both_succeed(place: Realm) -> None:
    parties.revoke_role(
        actor=access.SYSTEM, user=place.user("top.admin"), role="administrator", platform=place.places["top"]
    )
    first, second = place.enter("east.admin"), place.enter("east.admin2")
    assert "账号已停用" in words(send(first, url(place, "east.admin2"), "leave", follow=True))
    assert second.get(url(place, "east.admin")).status_code in (302, 403)
    assert place.user("east.admin").is_active


def test_a_colleague_was_faster(place: Realm) -> None:
    client = place.enter("east.admin")
    target = url(place, "east.agent")
    page_ = client.get(target + "edit/")
    key, seen = (re.search(rf'name="{name}" value="([^"]+)"', page(page_)) for name in ("form_key", "seen"))
    assert key
    assert seen
    credentials.end_sessions(actor=access.SYSTEM, user=place.user("east.agent"))
    answer = client.post(target + "edit/", {"form_key": key[1], "seen": seen[1], "name": "改了名"})
    assert answer.status_code == 422
    assert "已被同事改过" in words(answer)
    assert 'value="改了名"' in page(answer)
    assert place.user("east.agent").name == "east.agent同志"


def test_locking_ending_and_leaving_end_the_sessions(place: Realm) -> None:
    admin, agent = place.enter("east.admin"), place.enter("east.agent")
    assert agent.get("/account/").status_code == 200
    assert "各处退出登录" in words(send(admin, url(place, "east.agent"), "end", follow=True))
    assert agent.get("/account/").status_code == 302
    for deed, back in (("lock", "unlock"), ("leave", "return")):
        agent = place.enter("east.agent")
        send(admin, url(place, "east.agent"), deed)
        assert agent.get("/account/").status_code == 302
        send(admin, url(place, "east.agent"), back)
        assert place.enter("east.agent").get("/account/").status_code == 200


def test_leaving_revokes_the_tokens_and_says_what_is_left_behind(place: Realm) -> None:
    clerk = place.user("east.clerk")
    issued = credentials.issue_token(actor=access.SYSTEM, user=clerk, name="对接", scopes=["read"])
    admin = place.enter("east.admin")
    told = words(admin.get(url(place, "east.clerk")))
    assert "再没有其他在用的账号" in told
    assert "有 1 个接口令牌" in told
    send(admin, url(place, "east.clerk"), "leave")
    access.forget_cached()
    assert access.actor_of_token(issued.raw) is None
    issued.token.refresh_from_db()
    assert issued.token.revoked_at is not None


def test_a_reset_password_is_shown_once_and_ends_what_was_open(place: Realm) -> None:
    admin, agent = place.enter("east.admin"), place.enter("east.agent")
    answer = send(admin, url(place, "east.agent"), "reset")
    found = re.search(r'data-copy="([^"]+)"', page(admin.get(answer["Location"])))
    assert found
    assert place.user("east.agent").check_password(found[1])
    assert place.user("east.agent").must_change_password
    assert agent.get("/account/").status_code == 302


def test_moving_between_units_keeps_to_the_platform_and_the_kind(place: Realm) -> None:
    client = place.enter("east.admin")
    target = url(place, "east.clerk") + "edit/"
    refused = send(client, target, name="小王", unit="west-water", post="")
    assert refused.status_code == 422
    assert "没有“west-water”这个单位" in words(refused)
    refused = send(client, target, name="小王", unit="", post="")
    assert "请先收回现有的角色" in words(refused)
    done = send(client, target, name="小王", unit="east-water", post="section")
    assert done.status_code == 302
    now = place.user("east.clerk")
    assert (now.name, now.post) == ("小王", "section")


def test_the_list_finds_by_words_state_and_role(place: Realm, django_assert_max_num_queries: Any) -> None:
    client = place.enter("east.admin")
    with django_assert_max_num_queries(25):
        client.get("/manage/users/")
    assert "east.clerk" in words(client.get("/manage/users/?q=水务局"))
    assert "east.agent" not in words(client.get("/manage/users/?role=auditor"))
    assert "没有符合条件" in words(client.get("/manage/users/?state=locked"))
    assert "east.agent" in words(client.get("/manage/users/?state=never"))
    assert client.get("/manage/users/?state=nonsense").status_code == 422
    assert client.get("/manage/users/?role='--").status_code == 422
    assert client.get("/manage/users/?at=west").status_code == 404


def test_a_form_without_its_token_or_with_anothers_key_does_nothing(place: Realm) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(place.user("east.admin"))
    target = url(place, "east.agent")
    assert strict.post(target + "lock/", {"seen": "1"}).status_code == 403
    theirs = re.search(r'name="form_key" value="([^"]+)"', page(place.enter("east.admin2").get(target)))
    assert theirs
    version = str(place.user("east.agent").access_version)
    place.enter("east.admin").post(target + "lock/", {"form_key": theirs[1], "seen": version})
    assert place.user("east.agent").locked_until is None
