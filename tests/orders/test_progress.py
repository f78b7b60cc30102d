"""The public's view: by number and code, no personal data of others, guessing is stopped."""

from __future__ import annotations

import msgspec
import pytest
from django.db import connection

from yixian.orders import clock, expiry, numbers, queries
from yixian.orders.errors import NotFound, TooMany
from yixian.orders.models import Order

from .conftest import REPLIED, START, WATER, World


def test_number_and_code_show_the_progress(world: World) -> None:
    outcome = world.register(requester={"phone": "13912345678", "name": "王小明"}, text="请回电 13912345678")
    number, code = outcome.order_no, outcome.query_code or ""
    assert set(code) <= set(numbers.ALPHABET)
    assert len(code) == 6
    world.give(number, "dispatch", lead=WATER)
    world.give(number, "sign", WATER)
    world.give(number, "reply", WATER, text=REPLIED, contacted=True, signed_by="分管负责人", now=START + 3600)
    found = queries.progress(number, code.lower(), now=START + 4000)
    assert found.reply is None, "未审核的答复不公开"
    world.give(number, "pass_review", now=START + 5000)
    found = queries.progress(number, f" {code} ", now=START + 6000)
    assert found.reply == REPLIED
    assert found.lead_name == WATER
    assert [step.kind for step in found.steps][:3] == ["registered", "dispatched", "signed"]
    assert "evaluate" in found.allowed
    shown = msgspec.json.encode(found).decode()
    assert "13912345678" not in shown
    assert "王小明" not in shown
    assert bytes(Order.objects.get(number=number).query_code_hash or b"") == numbers.code_hash(number, code)


def test_a_wrong_code_and_a_wrong_number_are_told_alike(world: World) -> None:
    number = world.register().order_no
    other = world.register(now=START + 1)
    words = set()
    for guess_number, guess in ((number, "AAAAAA"), ("20231009000000", "AAAAAA"), (number, other.query_code or "")):
        with pytest.raises(NotFound) as caught:
            queries.progress(guess_number, guess)
        words.add(caught.value.detail)
    assert len(words) == 1


def test_guessing_is_stopped_for_the_number_and_for_the_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = world.register()
    monkeypatch.setattr(clock, "real", lambda: 1_700_000_000)
    for _ in range(10):
        with pytest.raises(NotFound):
            queries.progress(outcome.order_no, "AAAAAA", address="10.0.0.1")
    with pytest.raises(TooMany, match="15 分钟"):
        queries.progress(outcome.order_no, outcome.query_code or "", address="10.0.0.2")
    other = world.register(now=START + 1)
    with pytest.raises(TooMany):
        queries.progress(other.order_no, other.query_code or "", address="10.0.0.1")
    assert queries.progress(other.order_no, other.query_code or "", address="10.0.0.3")
    monkeypatch.setattr(clock, "real", lambda: 1_700_000_000 + 15 * 60)
    assert queries.progress(outcome.order_no, outcome.query_code or "", address="10.0.0.1")


def test_old_keys_and_counts_are_forgotten(world: World) -> None:
    world.register(key="old")
    world.register(key="new", now=START + 1)
    with pytest.raises(NotFound):
        queries.progress("20231009000000", "AAAAAA")
    with connection.cursor() as cursor:
        cursor.execute("update orders_idempotencykey set at = now() - interval '8 days' where order_id = "
                       "(select min(id) from orders_order)")  # fmt: skip
        cursor.execute('update orders_progresstry set "window" = 1')
    assert expiry.purge() == 2
    assert expiry.purge() == 0
    assert world.register(key="new", now=START + 1).replayed
