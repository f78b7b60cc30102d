"""A city with people and orders whose events have gone through the outbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web import seed
from yixian.exchange import addresses
from yixian.orders import clock, desks, numbers, platforms, reacting
from yixian.parties import access
from yixian.parties.permission import Actor

NOW = 1_773_022_000  # 2026-03-09 10:06 local, a Monday

Drain = Callable[[], int]


@pytest.fixture
def quick(db: None, settings: pytest.FixtureRequest) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    forget()


def forget() -> None:
    """What a process remembers is of the test before."""
    access.forget_cached()
    platforms.forget()
    numbers.forget()
    desks.forget()
    addresses.forget()


@pytest.fixture
def town(quick: None) -> seed.Town:
    """The city without orders."""
    return seed.town(orders=False)


def drain(now: int = NOW) -> int:
    """Do what follows from all events so far, as the worker does."""
    done = 0
    with clock.use(now):
        while count := reacting.drain():
            done += count
    return done


def actor(town: seed.Town, username: str) -> Actor:
    """The actor that a user of the city is."""
    return access.actor_of(town.users[username])
