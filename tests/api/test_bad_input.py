"""Bad input: each gets a clear Chinese problem, the right status, and nothing half-written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.api.conftest import REGISTER, WATER, Client

from yixian.orders.models import Event, Order

NUL_ESCAPED = '"\\u0000"'


def raw(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def body(**changes: Any) -> bytes:
    return json.dumps(REGISTER | changes, ensure_ascii=False).encode()


BAD: list[tuple[str, bytes, int, str, str | None]] = [
    ("empty", b"", 422, "缺少", "category"),
    ("not json", b"{category: 1}", 400, "JSON", None),
    ("cut off", b'{"category": "', 400, "JSON", None),
    ("two documents", b'{"category":"x"} {}', 400, "多余", None),
    ("invalid utf-8", b'{"category":"\xff\xfe"}', 400, "UTF-8", None),
    ("raw surrogate", b'{"category":"\xed\xa0\x80"}', 400, "UTF-8", None),
    ("lone surrogate", rb'{"category":"\ud800 and more","text":"x","channel":"x"}', 400, "不合法", None),
    ("lone surrogate at the end", rb'{"category":"\ud800"}', 400, "代理字符", None),
    ("control character", b'{"category":"\x01"}', 400, "JSON", None),
    ("an array", b"[]", 422, "JSON 对象", ""),
    ("null", b"null", 422, "JSON 对象", ""),
    ("a text", b'"x"', 422, "JSON 对象", ""),
    ("unknown field", body(colour="red"), 422, "没有这一项", "colour"),
    ("misspelt field", body(categry="投诉"), 422, "category", "categry"),
    ("missing field", b'{"category":"x","channel":"x"}', 422, "缺少", "text"),
    ("empty text", body(text=""), 422, "不能为空", "text"),
    ("text over 20,000 characters", body(text="长" * 20001), 422, "过长", "text"),
    ("wrong type", body(text=5), 422, "类型不对", "text"),
    ("wrong type inside", body(requester={"name": ["x"]}), 422, "类型不对", "requester.name"),
    ("not one of the words", body(grade="特重"), 422, "取值", "grade"),
    ("NUL in a text", body(text="停水\0两天"), 422, "空字符", "text"),
    ("NUL inside", body(requester={"name": "王\0明"}), 422, "空字符", "requester.name"),
    ("huge number", b'{"category":' + b"9" * 5000 + b"}", 422, "超出范围", None),
    ("huge exponent", b'{"category":1e999}', 422, "超出范围", None),
    ("deep nesting", b'{"category":' + b"[" * 100000 + b"]" * 100000 + b"}", 422, "", None),
    ("bad date", body(received_from={"platform": "国家平台", "dispatched_at": "2024-02-30T25:00"}), 422, "", None),
    ("bad duration", body(statutory_limit="五个工作日"), 422, "", None),
    ("a phone that is none", body(requester={"phone": "not a phone"}), 422, "电话", None),
]


@pytest.mark.parametrize(("content", "status", "words", "path"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_registrations(client: Client, content: bytes, status: int, words: str, path: str | None) -> None:
    answer = client.send("POST", "/orders", as_="agent", content=content, headers={"Content-Type": "application/json"})
    problem = answer.json()
    assert answer.status_code == status, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"].startswith("/problems/")
    assert words in problem["detail"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["detail"]), "the detail is in Chinese"
    if path is not None:
        assert problem.get("path") == path
    assert not Order.objects.exists()
    assert not Event.objects.exists()


def test_a_megabyte_is_too_large(client: Client) -> None:
    answer = client.post("/orders", REGISTER | {"text": "x" * 1024 * 1024}, as_="agent")
    assert answer.status_code == 413
    assert "1048576" in answer.json()["detail"]


def test_just_under_a_megabyte_is_over_long_text(client: Client) -> None:
    answer = client.post("/orders", REGISTER | {"text": "x" * 1000 * 1000}, as_="agent")
    assert answer.status_code == 422
    assert answer.json()["path"] == "text"


def test_the_longest_text_and_emoji_are_kept_whole(client: Client) -> None:
    text = "🚰" + "水" * 19_998 + "🆘"
    answer = client.post("/orders", REGISTER | {"text": text}, as_="agent")
    assert answer.status_code == 201, answer.text
    shown = client.get(f"/orders/{answer.json()['number']}", as_="agent").json()
    assert shown["text"] == text


def test_a_duplicate_json_key_is_no_error(client: Client) -> None:
    content = body(text="先写的").replace(b"}", b"}", 1)[:-1] + ', "text": "后写的诉求内容"}'.encode()
    answer = client.send("POST", "/orders", as_="agent", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text
    assert client.get(f"/orders/{answer.json()['number']}", as_="agent").json()["text"] == "后写的诉求内容"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/json; charset=gbk", "", "multipart/form-data"]
)
def test_other_content_types(client: Client, kind: str) -> None:
    answer = client.send("POST", "/orders", as_="agent", content=body(), headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/orders/", "/", "", "/orders/1/commands/sing", "/orders/1/2/3", "/..%2f"]
)
def test_unknown_paths(client: Client, path: str) -> None:
    answer = client.send("GET", f"/api/v1{path}", as_="agent")
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "application/problem+json"


def test_other_roots_of_the_api(client: Client) -> None:
    for path in ("/api/", "/api/v2/orders", "/api/v1"):
        answer = client.send("GET", path)
        assert answer.status_code == 404
        assert answer.json()["type"] == "/problems/not-found"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "QUERY"])
def test_methods_that_are_not_there(client: Client, method: str) -> None:
    answer = client.send(method, "/orders", as_="agent")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("number", ["0", "202611220010009", "%00", "%ff", "x" * 200, "1'or'1", "工单", "..."])
def test_unknown_orders(client: Client, number: str) -> None:
    for path in ("", "/timeline", "/actions"):
        answer = client.get(f"/orders/{number}{path}", as_="agent")
        assert answer.status_code == 404, answer.text
    answer = client.do(number, "accept", as_="agent")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unknown-order"


@pytest.mark.parametrize(
    "query",
    ["cursor=x", "limit=0", "limit=101", "limit=x", "limit=1&limit=2", "state=nonsense", "q=%00", "q=%ff", "nosuch=1",
     "since=2024-02-30", "limit=99999999999999999999", "cursor=" + "A" * 300, "sort=colour"],
)  # fmt: skip
def test_bad_list_parameters(client: Client, query: str) -> None:
    answer = client.get(f"/orders?{query}", as_="agent")
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == "/problems/bad-parameter"


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a b"])
def test_bad_idempotency_keys(client: Client, key: str) -> None:
    answer = client.post("/orders", REGISTER, as_="agent", headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert answer.json()["path"] == "Idempotency-Key"


def test_wrong_state_says_what_would_be_allowed_and_why(client: Client, register: Callable[..., str]) -> None:
    answer = client.do(register(), "pass_review", as_="reviewer")
    problem = answer.json()
    assert answer.status_code == 409
    assert problem["type"] == "/problems/wrong-state"
    assert {item["command"] for item in problem["allowed"]} >= {"dispatch"}
    assert problem["detail"]


def test_the_database_gone(client: Client, dispatched: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError
    from django.db.backends.base.base import BaseDatabaseWrapper

    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError("the connection is closed")

    token = client.world.token("water")
    client.get("/orders", as_="water")
    with monkeypatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "cursor", gone)
        patch.setattr("yixian.orders.session.fetch", gone)
        answer = client.send(
            "POST", f"/orders/{dispatched}/commands/sign", json={}, headers={"Authorization": f"Bearer {token}"}
        )
        assert client.send("GET", "/health").status_code == 503
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["type"] == "/problems/unavailable"
    assert "connection" not in answer.text


def test_an_unforeseen_error_shows_no_inner_words(
    client: Client, dispatched: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret inner words")

    monkeypatch.setattr("yixian.orders.actions.handle", broken)
    answer = client.do(dispatched, "sign", as_="water")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["type"] == "/problems/internal"
    assert WATER not in answer.text


def test_a_rulebook_that_does_not_load(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from yixian.rulebook import RulebookError

    def broken() -> None:
        raise RulebookError([])

    monkeypatch.setattr("yixian.api.rulebooks.library", broken)
    answer = client.get("/rulebooks")
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/rulebook-broken"
    assert "yixian rulebook check" in answer.json()["detail"]
