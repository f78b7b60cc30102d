"""Units that commands name: unknown, inactive, of another platform; and names in place of codes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.orders.conftest import ROADS, WATER, World

from yixian.orders import units
from yixian.orders.errors import BadInput, OrderError
from yixian.orders.models import Order
from yixian.orders.outcome import Item
from yixian.parties import access
from yixian.parties.models import Platform, Unit


@pytest.fixture
def elsewhere(world: World) -> Platform:
    """Another city with a unit of its own, beside the world's."""
    other = Platform.objects.create(code="wuhu", name="芜湖热线", level="city", path="wuhu/", book="anhui")
    Unit.objects.create(code="wuhu-water", name="芜湖市水务局", platform=other, path="wuhu-water/", search="")
    return other


def dispatch(world: World, **payload: Any) -> str:
    """Register and dispatch; returns the lead's code."""
    number = world.register().order_no
    world.give(number, "dispatch", **payload)
    return str(Order.objects.get(number=number).lead)


@pytest.mark.parametrize(
    ("payload", "path", "words"),
    [
        ({"lead": "市水务"}, "lead", ["没有“市水务”", "珠海市水务局 (市水务局)"]),
        ({"lead": WATER, "co": ("市公路局",)}, "co[0]", ["没有“市公路局”", "珠海市交通局"]),
        ({"lead": "wuhu-water"}, "lead", ["不是本平台或下级平台"]),
        ({"lead": "🙂\ud800"[:1] * 60}, "lead", ["没有“", "名录"]),
    ],
)
def test_a_unit_that_may_not_get_the_order_is_named_with_those_that_may(
    world: World, elsewhere: Platform, payload: dict[str, Any], path: str, words: list[str]
) -> None:
    number = world.register().order_no
    with pytest.raises(BadInput) as refused:
        world.give(number, "dispatch", **payload)
    assert refused.value.path == path
    assert all(word in refused.value.detail for word in words), refused.value.detail
    assert Order.objects.get(number=number).state == "registered"


def test_an_inactive_unit_gets_nothing(world: World) -> None:
    Unit.objects.filter(code=ROADS).update(is_active=False)
    with pytest.raises(BadInput, match="珠海市交通局已停用"):
        dispatch(world, lead=ROADS)


def test_a_return_is_not_sent_on_to_nobody(world: World) -> None:
    number = world.register().order_no
    world.give(number, "dispatch", lead=WATER)
    world.give(number, "request_return", WATER, reason="属交通部门职责", basis="三定方案", suggestion=ROADS)
    with pytest.raises(BadInput) as refused:
        world.give(number, "approve_return", redispatch_to="市没有局")
    assert refused.value.path == "redispatch_to"
    world.give(number, "approve_return", redispatch_to="珠海市交通局")
    assert Order.objects.get(number=number).lead == ROADS


def test_a_name_stands_for_its_code_where_it_is_one_units_alone(world: World) -> None:
    assert dispatch(world, lead="珠海市水务局") == WATER
    Unit.objects.create(
        code="xz-water", name="珠海市水务局", platform=world.county, path="xz-water/", search="", short_name="区水务局"
    )
    units.forget()
    with pytest.raises(BadInput, match=r"有几个单位都叫.*xz-water"):
        dispatch(world, lead="珠海市水务局")
    assert dispatch(world, lead="区水务局") == "xz-water", "a unit of a platform below"


def test_of_many_commands_only_the_wrong_one_fails(world: World) -> None:
    from yixian.lifecycle import parse
    from yixian.orders import actions

    numbers = [world.register().order_no for _ in range(2)]
    items = [
        Item(number, parse("dispatch", {"lead": lead}, "hotline"))
        for number, lead in zip(numbers, (WATER, "nobody"), strict=True)
    ]
    good, bad = actions.handle_many(items, access.SYSTEM)
    assert not isinstance(good, OrderError)
    assert isinstance(bad, BadInput)
