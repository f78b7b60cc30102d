"""Offices that revise rules, in a transaction or committed; no published version outlives its test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rulemaking.office import Office, build
from yixian.orders import books


@pytest.fixture(autouse=True)
def books_of_this_test_only() -> Iterator[None]:
    """What a test published is rolled back; the process must not remember it."""
    books.forget()
    yield
    books.forget()


@pytest.fixture
def office(db: None) -> Office:
    """The office inside the test's transaction."""
    return build()


@pytest.fixture
def shared_office(transactional_db: None) -> Office:
    """The office committed, so that other connections and processes see it."""
    return build()
