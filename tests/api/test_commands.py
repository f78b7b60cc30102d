"""Commands over the API: a whole order, what an answer holds, idempotency, bulk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.api.conftest import REGISTER, WATER, Client

from yixian.lifecycle.commands import COMMANDS
from yixian.orders.models import Event, Order


def events_of(number: str) -> int:
    order = Order.objects.get(number=number)
    return Event.objects.filter(order_id=order.pk).count()


def test_a_registration_answers_number_code_and_clocks(client: Client) -> None:
    answer = client.post("/orders", REGISTER, as_="agent")
    done = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/orders/{done['number']}"
    assert done["state_title"] == "待受理"
    assert len(done["query_code"]) == 6
    assert done["events"][0]["kind"] == "registered"
    assert done["events"][0]["at"].endswith("+08:00")
    clock = next(clock for clock in done["clocks"] if clock["name"] == "dispatch")
    assert clock["due"] is not None
    article = clock["basis"][0]
    assert (article["book"], article["article"]) == ("zhuhai", "8(2)")
    assert article["chinese"].endswith("办法第八条第(二)项")


def test_an_order_from_registration_to_archive(client: Client, dispatched: str) -> None:
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("water", "sign", {}),
        ("water", "contact", {"reached": True}),
        ("water", "reply", {"text": "经查, 系管道老化爆裂; 已于当日抢修完毕, 恢复供水, 依据供水条例办理。",
                            "contacted": True, "signed_by": "主要负责人"}),
        ("reviewer", "pass_review", {}),
    ]  # fmt: skip
    state = ""
    for who, command, payload in steps:
        answer = client.do(dispatched, command, payload, as_=who)
        assert answer.status_code == 200, answer.text
        state = answer.json()["state"]
    assert state in ("surveying", "calling_back", "closed")
    timeline = client.get(f"/orders/{dispatched}/timeline", as_="reviewer").json()
    kinds = [event["kind"] for event in timeline["events"]]
    for kind in ("registered", "dispatched", "signed", "contacted", "replied", "review_passed"):
        assert kind in kinds
    assert any(event["basis"] and event["basis"][0]["chinese"] for event in timeline["events"])


def test_allowed_actions_say_why_the_others_are_not(client: Client, dispatched: str) -> None:
    actions = client.get(f"/orders/{dispatched}/actions", as_="water").json()["actions"]
    by_name = {action["command"]: action for action in actions}
    assert by_name["sign"]["ok"] is True
    assert by_name["reply"]["ok"] is False
    assert by_name["reply"]["reason"]
    assert "dispatch" not in by_name or by_name["dispatch"]["ok"] is False


def test_the_same_key_again_does_nothing_more(client: Client, dispatched: str) -> None:
    headers = {"Idempotency-Key": "sign-1"}
    first = client.do(dispatched, "sign", as_="water", headers=headers)
    count = events_of(dispatched)
    second = client.do(dispatched, "sign", as_="water", headers=headers)
    assert first.status_code == second.status_code == 200
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert second.json()["events"] == first.json()["events"]
    assert events_of(dispatched) == count


def test_a_registration_with_a_key_registers_once(client: Client) -> None:
    headers = {"Idempotency-Key": "r-1"}
    first = client.post("/orders", REGISTER, as_="agent", headers=headers).json()
    second = client.post("/orders", REGISTER, as_="agent", headers=headers)
    assert second.status_code == 201
    assert second.json()["number"] == first["number"]
    assert second.json()["query_code"] == first["query_code"]
    assert Order.objects.count() == 1


def test_a_key_for_another_request_clashes(client: Client, dispatched: str) -> None:
    headers = {"Idempotency-Key": "k"}
    assert client.do(dispatched, "sign", as_="water", headers=headers).status_code == 200
    answer = client.do(dispatched, "contact", {"reached": True}, as_="water", headers=headers)
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/idempotency-clash"


def test_bulk_gives_each_item_its_own_result(client: Client, register: Callable[..., str]) -> None:
    one, two = register(), register(requester={"phone": "13900001111"})
    items = [
        {"command": "dispatch", "order": one, "payload": {"lead": WATER}, "key": "a"},
        {"command": "dispatch", "order": two, "payload": {"laed": WATER}},
        {"command": "dispatch", "order": "20200101001", "payload": {"lead": WATER}},
        {"command": "pass_review", "order": two, "payload": {}},
        {"command": "nonsense", "order": two},
        {"command": "accept"},
        {"command": "register", "payload": REGISTER | {"requester": {"phone": "13700001111"}}},
        {"command": "register", "order": one, "payload": REGISTER},
        {"command": "register", "payload": REGISTER | {"text": "空\0字符"}},
        {"command": "dispatch", "order": two, "payload": {"lead": WATER}},
    ]
    answer = client.post("/commands", items, as_="dispatcher")
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert [result["index"] for result in done["results"]] == list(range(len(items)))
    statuses = [result.get("problem", {}).get("status", 0) for result in done["results"]]
    assert statuses == [0, 422, 404, statuses[3], 422, 422, 0, 422, 422, 0], done
    assert statuses[3] in (403, 409)
    assert done["accepted"] == 3
    assert done["refused"] == 7
    assert done["results"][1]["problem"]["path"] == "laed"
    assert done["results"][6]["result"]["query_code"]
    assert Order.objects.get(number=two).state == "dispatched"
    again = client.post("/commands", items[:1], as_="dispatcher").json()
    assert again["results"][0]["result"]["replayed"] is True


@pytest.mark.parametrize(
    ("content", "status"),
    [([], 422), ({}, 422), ([1], 422), ([{"command": "accept"}] * 501, 422), ([{"order": "1"}], 422)],
    ids=["empty", "an object", "numbers", "501 items", "no command"],
)
def test_bad_bulk(client: Client, content: Any, status: int) -> None:
    answer = client.post("/commands", content, as_="dispatcher")
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_every_command_has_its_endpoint(client: Client) -> None:
    from yixian.api.table import ROUTES

    named = {route.name for route in ROUTES.all if route.permission.startswith("command:")} - {"rating_links"}
    assert named == set(COMMANDS)


def test_personal_data_is_masked_until_unmasked_with_a_reason(client: Client, register: Callable[..., str]) -> None:
    from yixian.parties.models import UnmaskLog

    number = register(text="请回电13800001234, 家里停水。")
    for path in (f"/orders/{number}", f"/orders/{number}/timeline", "/orders"):
        shown = client.get(path, as_="dispatcher")
        assert shown.status_code == 200, shown.text
        assert "13800001234" not in shown.text
        assert "王小明" not in shown.text
    detail = client.get(f"/orders/{number}", as_="dispatcher").json()
    assert detail["requester"]["phone"].startswith("138")
    assert "*" in detail["requester"]["phone"]
    before = UnmaskLog.objects.count()
    answer = client.post(f"/orders/{number}/unmask", {"reason": "回电核实停水地点"}, as_="dispatcher")
    assert answer.status_code == 200, answer.text
    assert answer.json()["requester"]["phone"] == "13800001234"
    assert answer.json()["requester"]["name"] == "王小明"
    assert answer.json()["text"] == "请回电13800001234, 家里停水。"
    assert UnmaskLog.objects.count() > before
    assert client.post(f"/orders/{number}/unmask", {"reason": "看"}, as_="dispatcher").status_code == 422
    assert client.post(f"/orders/{number}/unmask", {"reason": "核对电话号码"}, as_="auditor").status_code == 403
