"""What a committed event leads to is queued in the caller's transaction, and nothing else is."""

from __future__ import annotations

import json

import pytest
from django.db import connection, transaction

from yixian.lifecycle.state import Event
from yixian.wiring import reactions


def _queued() -> list[tuple[str, dict[str, str]]]:
    """What is queued for the order of these tests: jobs of others may have stayed where a transaction was committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select task_name, args from procrastinate_jobs where args ->> 'order_no' = %s order by id",
            ["2024010100001"],
        )
        return [(name, args if isinstance(args, dict) else json.loads(args)) for name, args in cursor]


@pytest.mark.django_db
def test_each_reaction_of_each_event_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reactions.REACTIONS, "signed", ("clear_sessions", "anchor_events"))
    assert reactions.enqueue("2024010100001", [Event("signed", 0), Event("urged", 0)]) == 2
    facts = {"order_no": "2024010100001", "kind": "signed"}
    assert _queued() == [("clear_sessions", facts), ("anchor_events", facts)]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_queues_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reactions.REACTIONS, "signed", ("clear_sessions",))

    def fail_after_queueing() -> None:
        with transaction.atomic():
            assert reactions.enqueue("2024010100001", [Event("signed", 0)]) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_queueing()
    assert _queued() == []


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        reactions.enqueue("2024010100001", [Event("never_heard_of", 0)])
