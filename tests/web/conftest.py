"""A small city in the run's database, and clients that are logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tests.web import seed
from yixian.orders import desks, numbers, platforms, units
from yixian.parties import access
from yixian.parties.sessions import BACKEND

In = Callable[[str], Client]


def forget_caches() -> None:
    """Drop what the process remembers of the database, since each test's rows are rolled back."""
    access.forget_cached()
    platforms.forget()
    numbers.forget()
    desks.forget()
    units.forget()


@pytest.fixture
def quick(db: None, settings: Any) -> Iterator[None]:
    """A database of this test alone, with passwords that cost no time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_caches()
    yield
    forget_caches()


@pytest.fixture
def town(quick: None) -> seed.Town:
    """The city without orders."""
    return seed.town(orders=False)


@pytest.fixture
def busy(quick: None) -> seed.Town:
    """The city with an order for each kind of page."""
    return seed.town()


@pytest.fixture
def enter(request: pytest.FixtureRequest) -> In:
    """A client logged in as a user of the seed, by user name."""

    def as_(username: str) -> Client:
        found = next(request.getfixturevalue(name) for name in ("town", "busy") if name in request.fixturenames)
        client = Client()
        client.force_login(found.users[username], backend=BACKEND)
        return client

    return as_
