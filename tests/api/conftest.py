"""A city with two units and users of several roles, and a client that speaks to the WSGI application itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django.contrib.auth.hashers import make_password
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from yixian.parties import access, credentials
from yixian.parties.models import Platform, RoleGrant, Unit, User

WATER, ROADS = "water-bureau", "roads-bureau"


@dataclass
class World:
    """What the tests act in. `token(username, *scopes)` gives a Bearer token."""

    city: Platform
    other: Platform
    units: dict[str, Unit]
    users: dict[str, User]
    tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    def token(self, username: str, *scopes: str) -> str:
        wanted = (username, *(scopes or ("*",)))
        if wanted not in self.tokens:
            issued = credentials.issue_token(
                actor=access.SYSTEM,
                user=self.users[username],
                name="测试",
                scopes=wanted[1:],
                for_system=self.users[username].unit_id is not None,
            )
            self.tokens[wanted] = issued.raw
        return self.tokens[wanted]


def forget_caches() -> None:
    """Drop what the process remembers of the database, since each test's rows are rolled back."""
    from yixian.orders import platforms

    access.forget_cached()
    platforms.forget()


@pytest.fixture
def world(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # As Django's own test client has it: the end of a request must not close the connection the test runs on.
    monkeypatch.setattr("yixian.api.door.close_old_connections", lambda: None)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    forget_caches()
    yield build_world()
    forget_caches()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


PEOPLE = (
    ("agent", "zhuhai", None, ["agent"]),
    ("dispatcher", "zhuhai", None, ["dispatcher"]),
    ("reviewer", "zhuhai", None, ["reviewer", "callback"]),
    ("chief", "zhuhai", None, ["supervisor"]),
    ("auditor", "zhuhai", None, ["auditor"]),
    ("editor", "zhuhai", None, ["knowledge_editor"]),
    ("water", "zhuhai", WATER, ["unit_clerk", "unit_leader"]),
    ("roads", "zhuhai", ROADS, ["unit_clerk"]),
    ("stranger", "lezhi", None, ["supervisor"]),
)


def build_world() -> World:
    """The rows themselves, a few statements for each test; how they come about is what tests/parties tests."""
    places = (("zhuhai", "珠海市12345", "city"), ("lezhi", "乐至县12345", "county"))
    rows = [Platform(code=code, name=name, level=level, path=f"{code}/", book=code) for code, name, level in places]
    platforms = {row.code: row for row in Platform.objects.bulk_create(rows)}
    bureaus = ((WATER, "zhuhai", "市水务局"), (ROADS, "zhuhai", "市道路中心"), ("elsewhere", "lezhi", "县水务局"))
    offices = [
        Unit(code=code, platform=platforms[place], name=name, search=f"{code} {name}", path=f"{code}/")
        for code, place, name in bureaus
    ]
    units = {row.code: row for row in Unit.objects.bulk_create(offices)}
    password = make_password("一线-Test-12345-long")
    staff = [
        User(username=name, name=name, platform=platforms[place], unit=units[unit] if unit else None, password=password)
        for name, place, unit, _ in PEOPLE
    ]
    users = {row.username: row for row in User.objects.bulk_create(staff)}
    RoleGrant.objects.bulk_create(
        RoleGrant(user=users[name], role=role, platform=platforms[place])
        for name, place, _, roles in PEOPLE
        for role in roles
    )
    return World(platforms["zhuhai"], platforms["lezhi"], units, users)


class Client:
    """Speaks to the application below HTTP; `as_` chooses who."""

    def __init__(self, world: World) -> None:
        from yixian.wiring.wsgi import application

        self.world = world
        transport = httpx.WSGITransport(app=application, raise_app_exceptions=True)
        self.http = httpx.Client(transport=transport, base_url="http://testserver")

    def send(
        self, method: str, path: str, *, as_: str | None = None, scopes: tuple[str, ...] = (), **options: Any
    ) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if as_:
            headers["Authorization"] = f"Bearer {self.world.token(as_, *scopes)}"
        if not path.startswith("/api/"):
            path = "/api/v1" + path
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        if body is not None:
            options["json"] = body
        return self.send("POST", path, **options)

    def do(self, number: str, command: str, body: Any = None, *, as_: str, **options: Any) -> httpx.Response:
        return self.post(f"/orders/{number}/commands/{command}", {} if body is None else body, as_=as_, **options)


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


REGISTER = {
    "category": "投诉",
    "channel": "电话",
    "text": "香洲区某路段自来水管爆裂, 已停水两天, 请尽快抢修。",
    "place": "香洲区某路段",
    "requester": {"name": "王小明", "phone": "13800001234"},
}


@pytest.fixture
def register(client: Client) -> Callable[..., str]:
    """Registers an order as the agent and returns its number."""

    def make(**changes: Any) -> str:
        answer = client.post("/orders", REGISTER | changes, as_="agent")
        assert answer.status_code == 201, answer.text
        number: str = answer.json()["number"]
        return number

    return make


@pytest.fixture
def dispatched(client: Client, register: Callable[..., str]) -> str:
    """An order that the water bureau has to sign."""
    number = register()
    answer = client.do(number, "dispatch", {"lead": WATER}, as_="dispatcher")
    assert answer.status_code == 200, answer.text
    return number
