"""A city with two units and users of several roles, and a client that speaks to the WSGI application itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from yixian.parties import access, actions, credentials
from yixian.parties.models import Platform, Unit, User

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
                actor=access.SYSTEM, user=self.users[username], name="测试", scopes=wanted[1:]
            )
            self.tokens[wanted] = issued.raw
        return self.tokens[wanted]


def forget_caches() -> None:
    """Drop what the process remembers of the database, since each test's rows are rolled back."""
    from yixian.orders import platforms

    access.forget_cached()
    platforms.forget()


@pytest.fixture
def world(db: None, settings: Any) -> Iterator[World]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_caches()
    # As Django's own test client does: the end of a request must not close the connection the test runs on.
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield build_world()
    for signal in signals:
        signal.connect(close_old_connections)
    forget_caches()


def build_world() -> World:
    system = access.SYSTEM
    city = actions.create_platform(actor=system, code="zhuhai", name="珠海市12345", level="city", book="zhuhai")
    other = actions.create_platform(actor=system, code="lezhi", name="乐至县12345", level="county", book="lezhi")
    units = {
        code: actions.create_unit(actor=system, platform=city, code=code, name=name)
        for code, name in ((WATER, "市水务局"), (ROADS, "市道路中心"))
    }
    units["elsewhere"] = actions.create_unit(actor=system, platform=other, code="elsewhere", name="县水务局")
    users = {}
    people = (
        ("agent", city, None, ["agent"]),
        ("dispatcher", city, None, ["dispatcher"]),
        ("reviewer", city, None, ["reviewer", "callback"]),
        ("chief", city, None, ["supervisor"]),
        ("auditor", city, None, ["auditor"]),
        ("editor", city, None, ["knowledge_editor"]),
        ("water", city, WATER, ["unit_clerk", "unit_leader"]),
        ("roads", city, ROADS, ["unit_clerk"]),
        ("stranger", other, None, ["supervisor"]),
    )
    for username, platform, unit, roles in people:
        users[username] = actions.create_user(
            actor=system,
            platform=platform,
            username=username,
            name=username,
            password="一线-Test-12345-long",
            unit=units[unit] if unit else None,
            roles=roles,
            must_change_password=False,
        )
    return World(city, other, units, users)


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
