"""What nobody should send, and what hurried people do: plain answers, and nobody learns what is not theirs."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.conftest import In
from tests.web.reading import hidden, page, words
from tests.web.seed import PASSWORD, Story, Town
from yixian.orders import clock, queries
from yixian.parties import access

NUL_PATHS = ("/orders/%00/", "/orders/%00/unmask/", "/orders/2026%00/act/urge/", "/orders/%F0%9F%99%82/")
ONLY_SENT = ("/progress/supplement/", "/progress/leave/", "/logout/")
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_a_number_that_cannot_be_one_is_not_found(town: Town, enter: In) -> None:
    client = enter("dispatcher")
    for path in NUL_PATHS:
        assert client.get(path).status_code == 404, path
    assert Client().post("/progress/", {"number": "\0" * 16, "code": "\0" * 6}).status_code == 404
    key = hidden(client.get("/orders/"), "form_key")
    answer = client.post("/orders/together/", {"command": "accept", "number": ["\0"], "form_key": key}, follow=True)
    assert "没有受理" in words(answer)


def test_an_address_that_only_takes_forms_leads_back_when_it_is_loaded(town: Town) -> None:
    for path in ONLY_SENT:
        assert Client().get(path).status_code == 302, path
        assert Client().put(path).status_code == 405, path


def test_many_orders_chosen_before_the_session_ended_are_not_done_unseen(busy: Town, enter: In) -> None:
    client = enter("dispatcher")
    form = {"form_key": hidden(client.get("/orders/"), "form_key"), "command": "accept", "back": "/orders/?due=late"}
    client.cookies.pop("sessionid")
    asked = client.post("/orders/together/", {**form, "number": [busy.orders["new"]]})
    assert asked.status_code == 401
    told = {"username": "dispatcher", "password": PASSWORD, "next": hidden(asked, "next")}
    client.post("/login/", {**told, "draft": hidden(asked, "draft")})
    answer = client.get("/orders/together/")
    assert answer["Location"] == "/orders/?due=late"
    assert "选中的 1 件没有办理" in words(client.get("/orders/"))


@pytest.mark.parametrize("username", ["water-clerk", "dispatcher"])
def test_a_known_phone_does_not_tell_a_unit_who_asked_for_secrecy(town: Town, enter: In, username: str) -> None:
    phone = "13800139999"
    for secret in (False, True):
        Story(town, clock.now() - 7200).register(0, requester={"phone": phone}, confidential=secret).give(
            "dispatcher", "dispatch", lead="water"
        )
    shown = page(enter(username).get(f"/orders/?q={phone}")).count("<tr data-open=")
    assert shown == (1 if username == "water-clerk" else 2)


def test_a_role_that_may_not_see_people_is_refused_as_such(busy: Town, enter: In) -> None:
    path = f"/orders/{busy.orders['new']}/unmask/"
    assert enter("supervisor").post(path, {"reason": "短"}).status_code == 422
    secret = Story(busy, clock.now() - 7200).register(0, confidential=True).give("dispatcher", "dispatch", lead="water")
    refused = enter("water-clerk").post(f"/orders/{secret.number}/unmask/", {"reason": "核实地址需要联系诉求人"})
    assert refused.status_code == 403
    assert "要求保密" in words(refused)


def test_script_in_any_words_stays_words(town: Town, enter: In) -> None:
    story = Story(town, clock.now() - 7200).register(
        0, place=EVIL, subject=EVIL, requester={"name": EVIL, "phone": "13800139998", "address": EVIL}
    )
    story.give("dispatcher", "dispatch", lead="water", requirements=EVIL).give("water-clerk", "sign", signed_by=EVIL)
    story.give("water-clerk", "report_progress", text=EVIL).give("agent", "supplement", text=EVIL)
    client = enter("dispatcher")
    number = story.number
    seen = [client.get(path) for path in (f"/orders/{number}/", "/orders/", f"/orders/?q={EVIL}")]
    seen.append(client.post(f"/orders/{number}/unmask/", {"reason": "核实地址需要联系诉求人"}))
    public = Client()
    public.post("/progress/", {"number": number, "code": story.code})
    seen.append(public.get("/progress/"))
    for answer in seen:
        assert answer.status_code == 200
        assert "<script>alert" not in page(answer)
        assert "<img src=x" not in page(answer)
    assert "&lt;script&gt;" in page(seen[0])


def test_what_is_too_long_is_said_with_its_measure(town: Town, enter: In) -> None:
    client = enter("agent")
    form = {"form_key": hidden(client.get("/agent/"), "form_key"), "category": "投诉", "channel": "phone"}
    answer = client.post("/agent/", {**form, "text": "路灯不亮", "place": "长" * 300})
    assert answer.status_code == 422
    assert "过长, 最多 200 字" in words(answer)
    story = Story(town, clock.now() - 60).register(0)
    public = Client()
    public.post("/progress/", {"number": story.number, "code": story.code})
    key = hidden(public.get("/progress/"), "form_key")
    answer = public.post("/progress/supplement/", {"form_key": key, "text": "长" * 30000})
    assert answer.status_code == 422
    assert "过长" in words(answer)


def test_a_form_sent_again_with_other_words_is_said_plainly(town: Town, enter: In) -> None:
    client = enter("agent")
    form = {"form_key": hidden(client.get("/agent/"), "form_key"), "category": "投诉", "channel": "phone"}
    assert client.post("/agent/", {**form, "text": "路灯不亮"}).status_code == 302
    again = client.post("/agent/", {**form, "text": "井盖坏了"})
    assert again.status_code == 409
    assert "这张表单已经提交过" in words(again)
    assert "幂等" not in words(again)
    assert "井盖坏了" in page(again)


def test_a_lapsed_right_makes_no_order_late(town: Town, enter: In) -> None:
    reply = "时间: 接单当日。经过: 到场核查。结果: 已修好。依据: 城市照明管理规定。"
    story = Story(town, clock.now() - 90 * 86400).register(0).give("dispatcher", "dispatch", 0.5, lead="water")
    story.give("water-clerk", "sign", 0.5).give("water-clerk", "contact", 0.5, reached=True)
    story.give("water-clerk", "reply", 1, text=reply, contacted=True, signed_by="主要负责人")
    story.give("supervisor", "pass_review", 1).give("supervisor", "evaluate", 1, level="不满意")
    story.give("supervisor", "call_back", 1, reached=True, level="不满意", wants_redo=False)
    state = queries.detail(str(story.number), access.actor_of(town.users["supervisor"])).state
    assert any(one.name == "appeal" and one.status == "running" for one in state.clocks), state.state
    client = enter("dispatcher")
    assert str(story.number) not in page(client.get("/orders/?due=late"))
    shown = words(client.get(f"/orders/{story.number}/"))
    assert "期限已过" in shown
    assert "已超" not in shown.replace("已超期", "")


@pytest.mark.parametrize("query", ["state=xyz", "due=tomorrow", "card=purple", "sort=;drop"])
def test_a_choice_nobody_offers_is_said_without_codes(busy: Town, enter: In, query: str) -> None:
    answer = enter("dispatcher").get(f"/orders/?{query}")
    assert answer.status_code == 422
    assert "无法识别, 请从上面重新选择" in words(answer)
    assert "registered" not in words(answer)
