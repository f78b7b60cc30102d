"""An office that revises rules: a city, a county below it, and the people who may and may not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connections

from yixian.lifecycle import parse
from yixian.orders import actions as orders
from yixian.orders import books, clock
from yixian.orders.models import PublishedBook
from yixian.orders.outcome import Outcome
from yixian.parties import access
from yixian.parties.access import Actor
from yixian.parties.models import Platform, RoleGrant, Unit, User
from yixian.rulemaking import actions, running, texts
from yixian.rulemaking.models import Draft

BOOK, FIRST = "zhuhai", "2023-09-01"
WATER = "市水务局"
LOCAL = dt.timezone(dt.timedelta(hours=8))


def moment(text: str) -> int:
    """Unix seconds of a local time."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp())


def day_after(days: int) -> str:
    """A day so many days from today, as a book writes it."""
    return (books.local_day(clock.now()) + dt.timedelta(days=days)).isoformat()


def revised(effective: str, *changes: tuple[str, str], name: str = BOOK, version: str = FIRST) -> str:
    """The text of a version with another day in force and some words replaced; each must be there."""
    text = texts.replaced(books.library().source(name, version), {("document", "effective"): effective})
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


LONGER = ('limit: 2wd, basis: "11(1)"', 'limit: 3wd, basis: "11(1)"')
"""咨询: three working days in place of two."""


@dataclass
class Office:
    """Two platforms and their people."""

    city: Platform
    county: Platform
    users: dict[str, User]

    def actor(self, name: str) -> Actor:
        """The actor that a user is."""
        return access.actor_of(self.users[name])

    def start(self, text: str, *, by: str = "author", name: str = BOOK, based_on: str = FIRST) -> Draft:
        """A draft of this text."""
        return actions.start(self.actor(by), name=name, title="咨询时限调整", text=text, based_on=based_on)

    def proved(self, draft: Draft, by: str = "author") -> Draft:
        """The draft with its scenarios run."""
        running.play(running.ask(self.actor(by), draft.pk).pk)
        return Draft.objects.get(pk=draft.pk)

    def submitted(self, text: str, **more: Any) -> Draft:
        """A draft that waits for approval."""
        draft = self.proved(self.start(text, **more))
        return actions.submit(self.actor("author"), draft.pk, sha256=draft.sha256, note="按市政府办通知修改")

    def published(self, text: str, **more: Any) -> PublishedBook:
        """A version published by two people."""
        draft = self.submitted(text, **more)
        return actions.approve(self.actor("approver"), draft.pk, sha256=draft.sha256)

    def register(self, at: int, platform: str = "zhuhai", **told: Any) -> Outcome:
        """Register an order at a moment."""
        fields = {
            "category": "咨询",
            "channel": "phone",
            "text": "新生入学需要哪些材料",
            "requester": {"phone": "13800138000"},
        } | told
        return orders.handle(None, parse("register", fields), access.SYSTEM, platform=platform, now=at)

    def give(self, number: str, name: str, at: int, by: str = "hotline", **payload: Any) -> Outcome:
        """Give a command by the system's hand."""
        return orders.handle(number, parse(name, payload, by), access.SYSTEM, now=at)


def _user(name: str, platform: Platform, role: str) -> User:
    user = User.objects.create(username=name, name=f"{name}的人", platform=platform, password="!")
    RoleGrant.objects.create(user=user, role=role, platform=platform)
    return user


def database_url() -> str:
    """The test's database, for another process."""
    facts = connections["default"].settings_dict
    place = f"host={facts['HOST']}&port={facts['PORT']}"
    return f"postgresql://{facts['USER']}:{facts['PASSWORD']}@/{facts['NAME']}?{place}"


def build() -> Office:
    """Make the office in the database."""
    city = Platform.objects.create(code="zhuhai", name="珠海热线", level="city", path="zhuhai/", book=BOOK)
    county = Platform.objects.create(
        code="xiangzhou", name="香洲热线", level="county", path="zhuhai/xiangzhou/", book=BOOK, parent=city
    )
    Unit.objects.create(code=WATER, name=WATER, short_name=WATER, platform=city, path=f"{WATER}/", search="")
    users = {
        "author": _user("author", city, "administrator"),
        "approver": _user("approver", city, "administrator"),
        "third": _user("third", city, "administrator"),
        "county": _user("county", county, "administrator"),
        "agent": _user("agent", city, "agent"),
    }
    return Office(city, county, users)
