"""The demo's linked orders, batches and published answers come through the doors, and only once."""

from __future__ import annotations

import pytest

from yixian.ops import demo_links
from yixian.orders import platforms, public_copies
from yixian.orders.models import Attachment, Link, Order
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.models import Platform, Unit

NOW = 1_760_000_000


@pytest.mark.django_db
def test_seeding_twice_makes_it_once() -> None:
    def platform(code: str, name: str, level: str, parent: str | None, book: str) -> Platform:
        above = Platform.objects.get(code=parent) if parent else None
        return parties.create_platform(actor=access.SYSTEM, code=code, name=name, level=level, parent=above, book=book)

    platform("shanxi", "山西省12345热线", "province", None, "national")
    platform("changzhi", "长治市12345热线", "city", "shanxi", "changzhi")
    platform("changzhi-luzhou", "潞州区工作站", "station", "changzhi", "changzhi")
    platform("changzhi-tunliu", "屯留区工作站", "station", "changzhi", "changzhi")
    platforms.forget()
    demo_links.seed(NOW)
    seen = (Order.objects.count(), Link.objects.count(), Unit.objects.count(), Attachment.objects.count())
    assert seen == (8, 4, 3, 1)
    states = set(Order.objects.filter(platform__code="changzhi").values_list("state", flat=True))
    assert states == {"dispatched", "replied", "handling", "transferred"}
    assert public_copies.page().rows == ()
    demo_links.seed(NOW)
    assert seen == (Order.objects.count(), Link.objects.count(), Unit.objects.count(), Attachment.objects.count())
