"""A whole simulated life across the day on which a published version comes into force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.rulemaking.office import BOOK, FIRST, LONGER, revised

from yixian.ops import simulate
from yixian.orders import books
from yixian.orders.models import Order, PublishedBook

CHANGE = "2024-03-06"


@pytest.fixture(autouse=True)
def books_of_this_test_only() -> Iterator[None]:
    """The published version is rolled back; the process must not remember it."""
    books.forget()
    yield
    books.forget()


@pytest.mark.django_db
def test_orders_of_both_versions_are_lived_swept_and_rebuilt(messages_xlsx: Callable[[int], Path]) -> None:
    PublishedBook.objects.create(
        name=BOOK, version=CHANGE, text=revised(CHANGE, LONGER), sha256="0" * 64, drafted_by="甲", approved_by="乙",
        published_at=dt.datetime(2024, 3, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    books.look_again()
    run = simulate.prepare(messages_xlsx(40), BOOK, "1", None, dt.date(2024, 3, 4))
    figures, _, _ = simulate.simulate(msgspec.structs.replace(run, per_day=10), None)
    assert figures.faults == []
    assert figures.states == {"archived": figures.orders}
    assert figures.rebuild_different == 0
    versions = set(Order.objects.values_list("version", flat=True))
    assert versions == {FIRST, CHANGE}
    for order in Order.objects.all():
        late = books.local_day(int(order.registered_at.timestamp())) >= dt.date.fromisoformat(CHANGE)
        assert order.version == (CHANGE if late else FIRST)
