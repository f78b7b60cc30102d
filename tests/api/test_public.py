"""The public's endpoints: submission, progress by number and code, and their limits."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.conftest import WATER, Client

from yixian.orders.models import Order
from yixian.parties.models import RateWindow

TOLD = {
    "platform": "zhuhai",
    "category": "投诉",
    "text": "小区门口路灯不亮已有一周, 请尽快修复。",
    "place": "香洲区某小区",
    "name": "李四",
    "phone": "13912345678",
}


@pytest.fixture
def submitted(client: Client) -> dict[str, Any]:
    answer = client.post("/public/orders", TOLD)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def progress(client: Client, number: str, code: str) -> Any:
    return client.get(f"/public/orders/{number}?code={code}")


def test_a_submission_becomes_an_order_from_the_web(client: Client, submitted: dict[str, Any]) -> None:
    order = Order.objects.get(number=submitted["number"])
    assert order.channel == "web"
    assert order.state == "registered"
    assert order.platform.code == "zhuhai"
    assert len(submitted["query_code"]) == 6


def test_a_submission_cannot_choose_channel_or_source(client: Client) -> None:
    for field in ("channel", "source", "grade", "requester", "received_from", "statutory_limit"):
        assert client.post("/public/orders", TOLD | {field: "x"}).status_code == 422


def test_a_resent_submission_is_one_order(client: Client) -> None:
    headers = {"Idempotency-Key": "form-77"}
    numbers = {client.post("/public/orders", TOLD, headers=headers).json()["number"] for _ in range(2)}
    assert len(numbers) == 1


def test_a_platform_that_is_not_there(client: Client) -> None:
    answer = client.post("/public/orders", TOLD | {"platform": "nowhere"})
    assert answer.status_code == 404
    assert answer.json()["path"] == "platform"


def test_progress_shows_steps_and_nobodys_personal_data(client: Client, submitted: dict[str, Any]) -> None:
    number, code = submitted["number"], submitted["query_code"]
    assert client.do(number, "dispatch", {"lead": WATER}, as_="dispatcher").status_code == 200
    answer = progress(client, number, code)
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert seen["state_title"] == "待签收"
    assert seen["lead_name"] == "市水务局"
    assert [step["title"] for step in seen["steps"]][:2] == ["登记", "派单"]
    for secret in ("李四", "13912345678", "dispatcher"):
        assert secret not in answer.text
    assert progress(client, number, code.lower()).status_code == 200


def test_a_wrong_code_and_an_unknown_number_look_the_same(client: Client, submitted: dict[str, Any]) -> None:
    code = submitted["query_code"]
    wrong = progress(client, submitted["number"], "222222" if code != "222222" else "333333")
    unknown = progress(client, "209901010019999", code)
    assert wrong.status_code == unknown.status_code == 404
    first, second = wrong.json(), unknown.json()
    assert first.pop("instance") != second.pop("instance")
    assert first == second
    for path in ("urge", "supplement", "evaluate"):
        body = {"code": "222222"} | {"urge": {}, "supplement": {"text": "x"}, "evaluate": {"level": "满意"}}[path]
        pair = [client.post(f"/public/orders/{n}/{path}", body) for n in (submitted["number"], "209901010019999")]
        assert pair[0].status_code == pair[1].status_code == 404
        assert pair[0].json()["detail"] == pair[1].json()["detail"]


def test_a_missing_code_is_a_bad_parameter(client: Client, submitted: dict[str, Any]) -> None:
    for query in ("", "?code=", "?code=12", "?code=%00abcde", "?code=1&code=2", "?code=工单查询码一"):
        assert client.get(f"/public/orders/{submitted['number']}{query}").status_code == 400


def test_the_requester_supplements_and_urges(client: Client, submitted: dict[str, Any]) -> None:
    number, code = submitted["number"], submitted["query_code"]
    answer = client.post(f"/public/orders/{number}/supplement", {"code": code, "text": "第二盏灯也不亮了"})
    assert answer.status_code == 200, answer.text
    answer = client.post(f"/public/orders/{number}/urge", {"code": code})
    assert answer.status_code == 200, answer.text
    early = client.post(f"/public/orders/{number}/evaluate", {"code": code, "level": "满意"})
    assert early.status_code == 409
    assert early.json()["type"] == "/problems/wrong-state"
    kinds = [event["kind"] for event in client.get(f"/orders/{number}/timeline", as_="agent").json()["events"]]
    assert "supplemented" in kinds
    assert "urged" in kinds


def test_queries_are_limited_by_address(client: Client, submitted: dict[str, Any], settings: Any) -> None:
    settings.PUBLIC_RATES = {"public-query": (3, 60)}
    answers = [progress(client, submitted["number"], submitted["query_code"]) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["type"] == "/problems/too-many-requests"
    assert client.get("/orders", as_="agent").status_code == 200, "staff are not limited"


def test_tries_at_one_order_are_limited_wherever_they_come_from(
    client: Client, submitted: dict[str, Any], settings: Any
) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    answers = [
        client.get(
            f"/public/orders/{submitted['number']}?code=23456{index % 8 + 2}",
            headers={"X-Forwarded-For": f"198.51.100.{index}"},
        )
        for index in range(12)
    ]
    assert [answer.status_code for answer in answers] == [404] * 10 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0


def test_submissions_are_limited(client: Client, settings: Any) -> None:
    settings.PUBLIC_RATES = {"public-submit": (2, 600)}
    assert [client.post("/public/orders", TOLD).status_code for _ in range(3)] == [201, 201, 429]
    assert Order.objects.count() == 2


def test_no_address_is_kept(client: Client, submitted: dict[str, Any]) -> None:
    assert RateWindow.objects.exists()
    assert all(len(bytes(row.key)) == 16 for row in RateWindow.objects.all())


def test_the_public_sees_platforms_and_rulebooks(client: Client) -> None:
    platforms = client.get("/public/platforms").json()["platforms"]
    found = next(item for item in platforms if item["code"] == "zhuhai")
    assert "投诉" in found["categories"]
    books = client.get("/rulebooks").json()["rulebooks"]
    assert {book["name"] for book in books} >= {"national", "anhui", "zhuhai", "lezhi", "changzhi", "neimenggu"}
    detail = client.get("/rulebooks/zhuhai?on=2024-03-01").json()
    assert detail["status"] == "in_force"
    values = {item["path"]: item for item in detail["parameters"]}
    assert any(item["basis"] and item["basis"][0]["chinese"].endswith("款") for item in values.values())
    assert client.get("/rulebooks/zhuhai?on=2020-01-01").json()["status"] == "not_yet"
    assert client.get("/rulebooks/atlantis").status_code == 404
    assert client.get("/rulebooks/zhuhai?on=1-1-1").status_code == 400
