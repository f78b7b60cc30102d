"""Platforms, units and people to act with, and the everyday path of an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connections

from yixian.lifecycle import parse
from yixian.orders import actions
from yixian.orders.outcome import Outcome
from yixian.parties import access
from yixian.parties.access import Actor
from yixian.parties.models import Platform, RoleGrant, Unit, User

LOCAL = timezone(timedelta(hours=8))
WATER, ROADS, COUNTY_UNIT = "市水务局", "市交通局", "区住建局"
ASKED = "新生入学需要准备哪些材料"
REPLIED = "经核实, 您反映的事项已办理完毕, 时间、经过、结果和依据已当面说明。"


def moment(text: str) -> int:
    """Unix seconds of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp())


START = moment("2023-10-09T10:00")


@dataclass
class World:
    """Two platforms, one above the other, with two units and people."""

    city: Platform
    county: Platform
    users: dict[str, User]

    def actor(self, name: str) -> Actor:
        """The actor that a user is."""
        return access.actor_of(self.users[name])

    def register(self, *, platform: str = "zhuhai", now: int = START, key: str | None = None, **fields: Any) -> Outcome:
        """Register an order by the system."""
        told = {"category": "咨询", "channel": "phone", "text": ASKED, "requester": {"phone": "13800138000"}} | fields
        return actions.handle(None, parse("register", told), access.SYSTEM, platform=platform, now=now, key=key)

    def give(self, number: str, name: str, by: str = "hotline", *, now: int = START, **payload: Any) -> Outcome:
        """Give a command by the system's hand."""
        return actions.handle(number, parse(name, payload, by), access.SYSTEM, now=now)

    def handling(self, *, now: int = START, **fields: Any) -> str:
        """An order that its unit has signed."""
        number = self.register(now=now, **fields).order_no
        self.give(number, "dispatch", lead=WATER, now=now + 60)
        self.give(number, "sign", WATER, now=now + 120)
        return number


def _user(name: str, platform: Platform, role: str, unit: Unit | None = None) -> User:
    user = User.objects.create(username=name, name=f"{name}的人", platform=platform, unit=unit, password="!")
    RoleGrant.objects.create(user=user, role=role, platform=platform)
    return user


def build() -> World:
    """Make the world in the database."""
    city = Platform.objects.create(code="zhuhai", name="珠海热线", level="city", path="zhuhai/", book="zhuhai")
    county = Platform.objects.create(
        code="xiangzhou", name="香洲热线", level="county", path="zhuhai/xiangzhou/", book="zhuhai", parent=city
    )
    units = {
        code: Unit.objects.create(
            code=code, name=f"珠海{code}", short_name=code, platform=city, path=f"{code}/", search=""
        )
        for code in (WATER, ROADS)
    }
    Unit.objects.create(
        code=COUNTY_UNIT, name=COUNTY_UNIT, short_name=COUNTY_UNIT, platform=county, path=f"{COUNTY_UNIT}/", search=""
    )
    users = {
        "agent": _user("agent", city, "agent"),
        "dispatcher": _user("dispatcher", city, "dispatcher"),
        "other_dispatcher": _user("other_dispatcher", city, "dispatcher"),
        "county_dispatcher": _user("county_dispatcher", county, "dispatcher"),
        "reviewer": _user("reviewer", city, "reviewer"),
        "water": _user("water", city, "unit_clerk", units[WATER]),
        "water_too": _user("water_too", city, "unit_clerk", units[WATER]),
        "roads": _user("roads", city, "unit_clerk", units[ROADS]),
    }
    return World(city, county, users)


@pytest.fixture
def world(db: None) -> World:
    """The world inside the test's transaction."""
    return build()


@pytest.fixture
def shared_world(transactional_db: None) -> World:
    """The world committed, so that other connections see it."""
    return build()


@pytest.fixture
def in_thread() -> Callable[[Callable[[], Any]], Any]:
    """Wraps a callable so that its thread's connections are closed after it."""

    def wrap(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    return wrap
