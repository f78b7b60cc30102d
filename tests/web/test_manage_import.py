"""Accounts from a table: every line is checked, and only a table without mistakes makes accounts, once."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.web.manage_town import Realm, realm, send
from tests.web.reading import page, words
from yixian.parties.models import RoleGrant, User

IMPORT = "/manage/users/import/"
HEAD = "用户名,姓名,平台代码,单位代码,职务,角色\n"
GOOD = HEAD + "li.ming,李明,east,east-water,经办人,承办单位经办人\nwang.fang,王芳,east,,,话务员、派单员\n"


@pytest.fixture
def place(quick: None) -> Realm:
    return realm()


def test_a_table_is_checked_then_made_once_and_its_passwords_shown_once(place: Realm) -> None:
    client = place.enter("east.admin")
    checked = send(client, IMPORT, file=SimpleUploadedFile("人员.csv", GOOD.encode("gb18030")))
    assert checked.status_code == 200
    assert "2 行可以建立" in words(checked)
    assert not User.objects.filter(username="li.ming").exists()
    key, table = (re.search(pattern, page(checked), re.S) for pattern in (
        r'name="form_key" value="([^"]+)"', r'<textarea name="table" hidden[^>]*>(.*?)</textarea>',
    ))  # fmt: skip
    assert key
    assert table
    sent = {"form_key": key[1], "step": "apply", "table": table[1]}
    first, second = (client.post(IMPORT, sent) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    shown = page(client.get(first["Location"]))
    user = place.user("li.ming")
    found = re.search(r"li\.ming</td><td>李明</td><td class=\"no\">([^<]+)<", shown)
    assert found
    assert user.check_password(found[1])
    assert (user.unit.code, user.post, user.must_change_password) == ("east-water", "clerk", True)
    roles = set(RoleGrant.objects.filter(user__username="wang.fang").values_list("role", flat=True))
    assert roles == {"agent", "dispatcher"}
    assert found[1] not in page(client.get(first["Location"]))


def test_mistakes_are_named_line_by_line_and_nothing_is_made(place: Realm) -> None:
    client = place.enter("east.admin")
    rows = [
        "li.ming,李明,west,,,话务员",
        "east.agent,重名,east,,,话务员",
        "a,短,east,,,皇帝",
        "clerk.one,甲,east,west-water,经办人,承办单位经办人",
        "clerk.two,乙,east,east-water,局长,话务员",
        "same.name,丙,east,,,",
        "same.name,<script>alert(1)</script>,east,,,",
        "fine.one,丁,east,,,回访员",
    ]
    before = User.objects.count()
    checked = send(client, IMPORT, table="\n".join(rows))
    assert checked.status_code == 422
    told = words(checked)
    for said in (
        "没有代码为“west”的平台",
        "east.agent 已被使用",
        "没有角色“皇帝”",
        "没有代码为“west-water”的单位",
        "没有职务“局长”",
        "只能授予不属于承办单位的人员",
        "在文件里出现了两次",
    ):
        assert said in told
    assert "<script>alert" not in page(checked)
    forced = send(client, IMPORT, table="\n".join(rows), step="apply")
    assert forced.status_code == 422
    assert User.objects.count() == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04\0\0", b"a,b\n" * 201, b"x" * 300_000])
def test_what_is_no_table_is_said(place: Realm, content: bytes) -> None:
    client = place.enter("east.admin")
    answer = send(client, IMPORT, file=SimpleUploadedFile("a.csv", content or b"\n"))
    assert answer.status_code == 422
    assert "role" not in words(answer)
    assert place.enter("east.agent").get(IMPORT).status_code == 403
