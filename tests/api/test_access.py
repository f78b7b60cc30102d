"""Who may do what over the API: tokens, scopes, sessions with CSRF, and data that stays inside its scope."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.api.conftest import REGISTER, ROADS, WATER, Client

from yixian.api.routes import COMMAND, PUBLIC, SIGNED_IN
from yixian.api.table import ROUTES
from yixian.lifecycle.commands import COMMANDS
from yixian.parties import access, credentials
from yixian.parties.roles import PERMISSIONS

PUBLIC_ROUTES = {
    "health", "openapi", "problems", "rulebooks", "rulebook", "public_platforms", "public_submit", "public_progress",
    "public_supplement", "public_urge", "public_evaluate",
}  # fmt: skip


@pytest.mark.parametrize("route", ROUTES.all, ids=lambda route: f"{route.method} {route.template}")
def test_every_route_declares_its_permission(route) -> None:
    if route.permission == PUBLIC:
        assert route.name in PUBLIC_ROUTES, "a new public route is decided here, by name"
        return
    if route.permission.startswith(COMMAND):
        assert route.permission.removeprefix(COMMAND) in COMMANDS
        return
    assert route.permission in {SIGNED_IN, *PERMISSIONS}


def test_every_url_pattern_belongs_to_the_table() -> None:
    from yixian.api.urls import permissions, urlpatterns

    patterns = {"/api/v1/" + str(item.pattern).replace("<str:", "{").replace(">", "}") for item in urlpatterns[:-1]}
    assert patterns <= set(permissions)


def test_nobody_gets_in_without_proof(client: Client) -> None:
    proofs: tuple[dict[str, str], ...] = (
        {},
        {"Authorization": "Bearer yx_wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "x"},
        {"Cookie": "sessionid=abc"},
    )
    for route in ROUTES.all:
        if route.permission != PUBLIC:
            for headers in proofs:
                answer = client.send(route.method, route.template.replace("{number}", "20260101001"), headers=headers)
                assert answer.status_code == 401, (route, headers, answer.text)
                assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_token_is_refused(client: Client) -> None:
    issued = credentials.issue_token(actor=access.SYSTEM, user=client.world.users["agent"], name="x", scopes=["*"])
    headers = {"Authorization": f"Bearer {issued.raw}"}
    assert client.send("GET", "/orders", headers=headers).status_code == 200
    credentials.revoke_token(actor=access.SYSTEM, token=issued.token)
    assert client.send("GET", "/orders", headers=headers).status_code == 401


def test_scopes_narrow_a_token(client: Client, dispatched: str) -> None:
    reads = client.get(f"/orders/{dispatched}", as_="water", scopes=("sign",))
    assert reads.status_code == 403
    writes = client.do(dispatched, "sign", as_="water", scopes=("read",))
    assert writes.status_code == 403
    assert "sign" in writes.json()["detail"]
    bulk = client.post("/commands", [{"command": "sign", "order": dispatched}], as_="water", scopes=("read",))
    assert bulk.json()["results"][0]["problem"]["status"] == 403
    assert client.do(dispatched, "sign", as_="water", scopes=("sign",)).status_code == 200
    assert client.get(f"/orders/{dispatched}", as_="water", scopes=("read",)).status_code == 200


def test_a_refusal_names_the_role_that_could(client: Client, dispatched: str) -> None:
    answer = client.do(dispatched, "dispatch", {"lead": WATER}, as_="auditor")
    assert answer.status_code == 403
    assert "派单员" in answer.json()["detail"]
    assert client.get("/orders", as_="editor").status_code == 403


def test_a_unit_cannot_know_of_anothers_order(client: Client, dispatched: str) -> None:
    for path in (f"/orders/{dispatched}", f"/orders/{dispatched}/timeline", f"/orders/{dispatched}/actions"):
        assert client.get(path, as_="water").status_code == 200
        foreign = client.get(path, as_="roads")
        unknown = client.get(path.replace(dispatched, "209901010010001"), as_="roads")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json()["type"] == unknown.json()["type"]
    assert client.get("/orders", as_="roads").json()["orders"] == []
    assert [row["number"] for row in client.get("/orders", as_="water").json()["orders"]] == [dispatched]
    assert client.do(dispatched, "sign", as_="roads").status_code in (403, 404)
    assert client.post(f"/orders/{dispatched}/unmask", {"reason": "想看看是谁"}, as_="roads").status_code in (403, 404)


def test_another_platform_sees_nothing(client: Client, dispatched: str) -> None:
    assert client.get(f"/orders/{dispatched}", as_="stranger").status_code == 404
    assert client.get("/orders", as_="stranger").json()["orders"] == []
    assert client.get(f"/orders?q={dispatched}", as_="stranger").json()["orders"] == []
    assert client.do(dispatched, "urge", as_="stranger").status_code in (403, 404)
    assert client.post("/orders?platform=zhuhai", REGISTER, as_="stranger").status_code == 403


def test_a_filter_cannot_widen_the_scope(client: Client, dispatched: str) -> None:
    assert client.get(f"/orders?unit={WATER}", as_="roads").json()["orders"] == []
    assert client.get(f"/orders?unit={ROADS}", as_="water").json()["orders"] == []


def test_a_unit_never_sees_who_asked_for_secrecy(client: Client, register: Callable[..., str]) -> None:
    number = register(confidential=True)
    assert client.do(number, "dispatch", {"lead": WATER}, as_="dispatcher").status_code == 200
    seen = client.get(f"/orders/{number}", as_="water").json()
    assert seen["requester"] is None
    assert client.post(f"/orders/{number}/unmask", {"reason": "联系诉求人了解情况"}, as_="water").status_code == 403


def test_a_session_reads_and_writes_only_with_the_csrf_token(client: Client, dispatched: str) -> None:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    user = client.world.users["water"]
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "yixian.parties.sessions.Backend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    token = "a" * 32
    cookies = f"sessionid={session.session_key}; csrftoken={token}"
    assert client.get(f"/orders/{dispatched}", headers={"Cookie": cookies}).status_code == 200
    path = f"/orders/{dispatched}/commands/sign"
    without = client.post(path, {}, headers={"Cookie": cookies})
    assert without.status_code == 403
    assert without.json()["type"] == "/problems/csrf"
    wrong = client.post(path, {}, headers={"Cookie": cookies, "X-CSRFToken": "b" * 32})
    assert wrong.status_code == 403
    answer = client.post(path, {}, headers={"Cookie": cookies, "X-CSRFToken": token})
    assert answer.status_code == 200, answer.text
