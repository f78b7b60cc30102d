"""What pages offer: nothing that the order's own state already rules out, and a reason for everything left out."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.lifecycle.test_table import LIBRARY, NOW, order_in
from yixian.lifecycle import STATES, Decision, allowed, decide, parse


def _offered(state: str, by: str) -> dict[str, bool]:
    book = LIBRARY.version("zhuhai", dt.date(2025, 6, 3)).book
    assert book is not None
    return {item.command: item.ok for item in allowed(order_in(state), book, LIBRARY.calendar("zhuhai"), NOW, by)}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("by", ["hotline", "甲局", "requester", "upstream", "manager"])
def test_what_is_refused_has_a_reason(state: str, by: str) -> None:
    book = LIBRARY.version("zhuhai", dt.date(2025, 6, 3)).book
    assert book is not None
    for item in allowed(order_in(state), book, LIBRARY.calendar("zhuhai"), NOW, by):
        assert item.ok or item.reason


def test_a_lead_that_has_signed_is_not_offered_signing_again() -> None:
    book = LIBRARY.version("zhuhai", dt.date(2025, 6, 3)).book
    assert book is not None
    calendar = LIBRARY.calendar("zhuhai")
    signed = decide(order_in("dispatched"), parse("sign", {}, "甲局"), book, calendar, NOW)
    assert isinstance(signed, Decision)
    told = {item.command: item for item in allowed(signed.state, book, calendar, NOW, "甲局")}
    assert not told["sign"].ok
    assert "已经签收" in told["sign"].reason


def test_the_lead_is_offered_the_answer_and_no_opinion() -> None:
    offered = _offered("handling", "甲局")
    assert offered["reply"]
    assert not offered["submit_opinion"]


def test_a_clear_record_needs_no_verifying_and_a_closed_order_no_closing() -> None:
    assert not _offered("registered", "hotline")["verify"]
    assert not _offered("closed", "hotline")["close"]
