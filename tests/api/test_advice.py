"""Advice for the dispatch over the API."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.conftest import WATER, Client


def test_history_is_offered_to_who_dispatches(client: Client, dispatched: str, register: Callable[..., str]) -> None:
    number = register()
    found = client.get(f"/orders/{number}/advice", as_="dispatcher").json()
    assert found["usual"][0] == {"unit": WATER, "orders": 1, "same_subject": 0, "same_place": 1}
    assert found["precedents"] == []
    assert client.get(f"/orders/{number}/advice", as_="water").status_code == 404
    assert client.get(f"/orders/{dispatched}/advice", as_="water").status_code == 403
