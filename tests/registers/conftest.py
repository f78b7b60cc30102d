"""A hotline with two units and its people, to file entries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest

from yixian.parties import access, actions
from yixian.parties.models import Platform, Unit
from yixian.parties.permission import Actor

PASSWORD = "seven-rivers-meet"
ROSTER = {
    "period": "国庆节",
    "day": "2023-09-29",
    "until": "2023-10-06",
    "person": "黄伟强",
    "phone": "0756-2123456",
    "hours": "全天24小时",
}
WORKS = {
    "work": "停水",
    "day": "2023-10-16",
    "until": "2023-10-20",
    "place": "香洲区翠微西路 188 号",
    "length": "5 天",
    "scope": "翠微西路至翠景路管段",
    "responsible": "市供水公司",
    "person": "李工",
    "phone": "0756-2100000",
}


def at(text: str) -> int:
    """A local moment as unix seconds."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp())


@dataclass
class Town:
    """The platform, its units and actors by user name."""

    platform: Platform
    units: dict[str, Unit]
    actors: dict[str, Actor]


def town_of(book: str, code: str) -> Town:
    """A city under a book."""
    platform = actions.create_platform(actor=access.SYSTEM, code=code, name=f"{code}热线", level="city", book=book)
    units = {
        name: actions.create_unit(actor=access.SYSTEM, platform=platform, code=f"{code}-{name}", name=title)
        for name, title in (("water", "市水务局"), ("urban", "市城市管理局"))
    }
    people = {
        "agent": (None, ("agent",)),
        "supervisor": (None, ("supervisor",)),
        "auditor": (None, ("auditor",)),
        "water": ("water", ("unit_clerk", "unit_leader")),
        "urban": ("urban", ("unit_clerk",)),
    }
    actors = {
        name: access.actor_of(
            actions.create_user(
                actor=access.SYSTEM,
                platform=platform,
                username=f"{code}.{name}",
                name=name,
                password=PASSWORD,
                unit=units[unit] if unit else None,
                roles=roles,
                must_change_password=False,
            )
        )
        for name, (unit, roles) in people.items()
    }
    return Town(platform, units, actors)


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Any) -> None:
    """Passwords that cost no time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def town(db: None) -> Town:
    """A city under Zhuhai's rules."""
    return town_of("zhuhai", "harbour")


@pytest.fixture
def county(db: None) -> Town:
    """A county under Lezhi's rules."""
    return town_of("lezhi", "hill")
