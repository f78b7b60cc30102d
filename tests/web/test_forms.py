"""Action forms: what is wrong is said where it is wrong, what was typed stays, nothing is done twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import In
from tests.web.reading import hidden, page, words
from tests.web.seed import PASSWORD, Story, Town
from yixian.orders import actions, clock, queries
from yixian.orders.errors import Unavailable
from yixian.parties import access
from yixian.parties.models import UnmaskLog

HX = {"HX-Request": "true"}


def state_of(town: Town, number: str) -> Any:
    return queries.detail(number, access.actor_of(town.users["supervisor"])).state


@pytest.fixture
def order(town: Town) -> str:
    """A newly registered order."""
    return str(Story(town, clock.now() - 600).register(0).number)


def opened(client: Client, number: str, command: str) -> dict[str, str]:
    """The hidden fields of an action form."""
    answer = client.get(f"/orders/{number}/act/{command}/", headers=HX)
    return {"form_key": hidden(answer, "form_key"), "seen": hidden(answer, "seen")}


def test_dispatch_by_form_moves_the_order(town: Town, order: str, enter: In) -> None:
    client = enter("dispatcher")
    form = opened(client, order, "dispatch")
    answer = client.post(f"/orders/{order}/act/dispatch/", {**form, "lead": "water", "co": ["urban"], "mode": "lead"})
    assert answer.status_code == 302
    assert state_of(town, order).lead == "water"
    assert state_of(town, order).co == ("urban",)
    assert "已办好" in words(client.get(answer["Location"]))


def test_with_htmx_the_answer_is_a_redirect_for_the_browser(town: Town, order: str, enter: In) -> None:
    client = enter("dispatcher")
    form = opened(client, order, "dispatch")
    answer = client.post(f"/orders/{order}/act/dispatch/", {**form, "lead": "water"}, headers=HX)
    assert answer["HX-Redirect"] == f"/orders/{order}/"


def test_a_missing_field_is_marked_and_the_rest_stays(town: Town, order: str, enter: In) -> None:
    client = enter("dispatcher")
    form = opened(client, order, "dispatch")
    answer = client.post(f"/orders/{order}/act/dispatch/", {**form, "requirements": "请今天到场"}, headers=HX)
    assert answer.status_code == 422
    assert "请填写这一项" in words(answer)
    assert "请今天到场" in page(answer)
    assert hidden(answer, "form_key") == form["form_key"]
    assert state_of(town, order).state == "registered"


@pytest.mark.parametrize(("text", "status"), [("解决了 👍🏽 谢谢", 302), ("长" * 20001, 422), ("长" * 350_000, 422)])
def test_emoji_pass_and_endless_texts_are_named(town: Town, order: str, enter: In, text: str, status: int) -> None:
    client = enter("agent")
    form = opened(client, order, "supplement")
    answer = client.post(f"/orders/{order}/act/supplement/", {**form, "text": text})
    assert answer.status_code == status
    if status == 422:
        assert "过长" in words(answer)


def test_sending_twice_does_it_once(town: Town, order: str, enter: In) -> None:
    client = enter("agent")
    form = opened(client, order, "urge")
    for _ in range(2):
        assert client.post(f"/orders/{order}/act/urge/", {**form, "note": "请快一点"}).status_code == 302
    assert state_of(town, order).counts.urges == 1


def test_a_form_without_its_key_is_refused(town: Town, order: str, enter: In) -> None:
    answer = enter("agent").post(f"/orders/{order}/act/urge/", {"note": "请快一点", "form_key": "made-up"})
    assert answer.status_code == 422
    assert "表单已经失效" in words(answer)
    assert state_of(town, order).counts.urges == 0


def test_a_faster_colleague_is_told_of_and_nothing_is_lost(town: Town, order: str, enter: In) -> None:
    client = enter("dispatcher")
    form = opened(client, order, "dispatch")
    actor = access.actor_of(town.users["supervisor"])
    from yixian.lifecycle.commands import parse

    actions.handle(order, parse("dispatch", {"lead": "housing"}), actor)
    answer = client.post(
        f"/orders/{order}/act/dispatch/", {**form, "lead": "water", "requirements": "请今天到场"}, headers=HX
    )
    assert answer.status_code == 409
    assert "郭建平 已派单" in words(answer)
    assert "请今天到场" in page(answer)
    assert state_of(town, order).lead == "housing"


def test_a_refusal_cites_its_articles(town: Town, order: str, enter: In) -> None:
    Story(town, clock.now() - 300).number = order
    story = Story(town, clock.now() - 300)
    story.number = order
    story.give("dispatcher", "dispatch", lead="water").give("water-clerk", "sign")
    client = enter("water-clerk")
    form = opened(client, order, "request_return")
    answer = client.post(f"/orders/{order}/act/request_return/", form, headers=HX)
    assert answer.status_code == 409
    assert "珠海办法 第十条第四款" in words(answer)


def test_an_expired_session_keeps_what_was_typed(town: Town, order: str, enter: In) -> None:
    client = enter("dispatcher")
    path = f"/orders/{order}/act/dispatch/"
    form = opened(client, order, "dispatch")
    client.cookies.pop("sessionid")
    answer = client.post(path, {**form, "lead": "water", "requirements": "请今天到场"})
    assert answer.status_code == 401
    assert "您填写的内容已保留" in words(answer)
    draft = hidden(answer, "draft")
    back = client.post("/login/", {"username": "dispatcher", "password": PASSWORD, "draft": draft, "next": path})
    assert back["Location"] == path
    again = client.get(path)
    assert "请今天到场" in page(again)
    assert "已恢复" in words(again)
    assert "请今天到场" not in page(client.get(path)), "a draft is given back once"


def test_a_draft_is_not_shown_to_somebody_else(town: Town, order: str, enter: In) -> None:
    client = enter("dispatcher")
    path = f"/orders/{order}/act/dispatch/"
    form = opened(client, order, "dispatch")
    client.cookies.pop("sessionid")
    draft = hidden(client.post(path, {**form, "requirements": "请今天到场"}), "draft")
    back = client.post("/login/", {"username": "agent", "password": PASSWORD, "draft": draft, "next": path})
    assert back["Location"] == "/agent/"
    assert "请今天到场" not in page(client.get(path))


def test_what_was_typed_lies_encrypted_in_the_session(town: Town, order: str, enter: In) -> None:
    client = enter("dispatcher")
    path = f"/orders/{order}/act/dispatch/"
    form = opened(client, order, "dispatch")
    client.cookies.pop("sessionid")
    draft = hidden(client.post(path, {**form, "requirements": "13900139000"}), "draft")
    client.post("/login/", {"username": "dispatcher", "password": PASSWORD, "draft": draft, "next": path})
    assert "13900139000" not in str(dict(client.session.items()))


def test_a_lost_database_keeps_the_form(town: Town, order: str, enter: In, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> None:
        raise Unavailable

    client = enter("dispatcher")
    form = opened(client, order, "dispatch")
    monkeypatch.setattr(actions, "handle", lost)
    answer = client.post(f"/orders/{order}/act/dispatch/", {**form, "lead": "water", "requirements": "请今天到场"})
    assert answer.status_code == 503
    assert "再提交一次" in words(answer)
    assert "请今天到场" in page(answer)
    assert form["form_key"] in page(answer)


def test_registering_gives_number_and_code(town: Town, enter: In) -> None:
    client = enter("agent")
    key = hidden(client.get("/agent/"), "form_key")
    typed = {"category": "投诉", "channel": "phone", "text": "楼下烧烤摊占道经营", "requester.phone": "13900139000"}
    answer = client.post("/agent/", {**typed, "form_key": key})
    assert answer.status_code == 302
    text = words(client.get(answer["Location"]))
    assert "查询码" in text
    assert "139****9000" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [({"text": ""}, "请填写这一项"), ({"category": ""}, "请填写这一项"), ({"requester.phone": "12"}, "电话")],
)
def test_registering_names_what_is_wrong(town: Town, enter: In, change: dict[str, str], said: str) -> None:
    client = enter("agent")
    key = hidden(client.get("/agent/"), "form_key")
    typed = {
        "category": "投诉",
        "channel": "phone",
        "text": "楼下烧烤摊占道经营",
        "place": "海滨路 3 号",
        "form_key": key,
    }
    answer = client.post("/agent/", {**typed, **change})
    assert answer.status_code == 422
    assert said in words(answer)
    assert "海滨路 3 号" in page(answer)


def test_unmasking_needs_a_reason_and_is_journaled(town: Town, order: str, enter: In) -> None:
    client = enter("agent")
    path = f"/orders/{order}/unmask/"
    refused = client.post(path, {"reason": "看"}, headers=HX)
    assert refused.status_code == 422
    assert "请写明查看原因" in words(refused)
    shown = client.post(path, {"reason": "电话核实积水的楼栋"}, headers=HX)
    assert "13800138000" in words(shown)
    assert UnmaskLog.objects.get().order_no == order
    assert "13800138000" not in words(client.get(f"/orders/{order}/"))


def test_several_orders_are_signed_at_once_and_each_failure_is_named(town: Town, enter: In) -> None:
    numbers = []
    for text in range(3):
        story = Story(town, clock.now() - 600).register(text).give("dispatcher", "dispatch", lead="water")
        numbers.append(str(story.number))
    story.give("water-clerk", "sign")
    client = enter("water-clerk")
    shown = client.get("/orders/?state=dispatched")
    form = {"form_key": hidden(shown, "form_key"), "back": hidden(shown, "back"), "command": "sign"}
    answer = client.post("/orders/together/", {**form, "number": numbers})
    assert answer["Location"] == "/orders/?state=dispatched"
    text_after = words(client.get(answer["Location"]))
    assert "签收 2 件, 已办好" in text_after
    assert f"{numbers[2]}没有签收" in text_after
    assert {state_of(town, number).state for number in numbers} == {"handling"}
    assert client.post("/orders/together/", {**form, "command": "reply", "number": numbers}).status_code == 404
