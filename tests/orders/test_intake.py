"""At registration and on refusal: restricted callers, what is told of the competent unit, the evidence of calls."""

from __future__ import annotations

import pytest
from tests.orders.conftest import START, WATER, World, moment

from yixian.lifecycle import parse
from yixian.orders import actions
from yixian.orders.errors import Refused
from yixian.orders.outcome import Item
from yixian.parties import access
from yixian.parties.models import Unit

RUDE = {"phone": "13900000009"}
DAY = 86400


def test_a_restricted_caller_is_refused_by_phone_until_the_restriction_ends(world: World) -> None:
    """珠海 第九条第三款: thirty natural days, by phone only; the article, the end and the way left open are said."""
    first = world.register(requester=RUDE).order_no
    world.give(first, "restrict_caller", reason="反复辱骂话务人员", now=START + 60)
    with pytest.raises(Refused) as refused:
        world.register(requester=RUDE, now=START + 3600)
    assert refused.value.refusal.basis == ("zhuhai:9.3",)
    assert "2023年11月8日24时" in refused.value.refusal.reason
    assert "网站" in refused.value.refusal.reason
    assert world.register(requester=RUDE, channel="web", now=START + 3600).state.state == "registered"
    assert world.register(requester={"phone": "13900000008"}, now=START + 3600).state.state == "registered"
    assert world.register(requester=RUDE, now=moment("2023-11-09T00:01")).state.state == "registered"


def test_an_emergency_of_a_restricted_caller_is_let_through_and_noted(world: World) -> None:
    first = world.register(requester=RUDE).order_no
    world.give(first, "restrict_caller", reason="反复辱骂话务人员", now=START + 60)
    urgent = world.register(requester=RUDE, emergency="event", now=START + 3600)
    assert urgent.events[0].data["let_through"] == moment("2023-11-09T00:00")
    assert "zhuhai:9.3" in urgent.events[0].basis


def test_a_lifted_restriction_lets_the_caller_in_again(world: World) -> None:
    first = world.register(requester=RUDE).order_no
    world.give(first, "restrict_caller", reason="反复辱骂话务人员", now=START + 60)
    world.give(first, "lift_restriction", reason="已致歉", now=START + 120)
    assert world.register(requester=RUDE, now=START + 180).state.state == "registered"


def test_one_platform_does_not_lift_the_restriction_of_another(world: World) -> None:
    """The same phone is restricted by the city and by the county: each decides on its own."""
    first, second = world.register(requester=RUDE), world.register(requester=RUDE, platform="xiangzhou")
    assert first.state.requester == second.state.requester
    city, county = first.order_no, second.order_no
    for number in (city, county):
        world.give(number, "restrict_caller", reason="反复辱骂话务人员", now=START + 60)
    world.give(city, "lift_restriction", reason="已致歉", now=START + 120)
    assert world.register(requester=RUDE, now=START + 180).state.state == "registered"
    with pytest.raises(Refused):
        world.register(requester=RUDE, platform="xiangzhou", now=START + 180)


def test_among_many_registrations_only_the_restricted_callers_is_refused(world: World) -> None:
    first = world.register(requester=RUDE).order_no
    world.give(first, "restrict_caller", reason="反复辱骂话务人员", now=START + 60)
    told = {"category": "咨询", "channel": "phone", "text": "新生入学需要准备哪些材料"}
    items = [
        Item(None, parse("register", {**told, "requester": who}), platform="zhuhai")
        for who in (RUDE, {"phone": "13900000007"}, RUDE | {"phone": "13900000006"})
    ]
    answers = actions.handle_many(items, access.SYSTEM, START + 3600)
    assert [isinstance(answer, Refused) for answer in answers] == [True, False, False]


def test_a_refusal_tells_the_unit_of_the_list_with_its_phone(world: World) -> None:
    """A-38: a unit's code is enough; name and phone come from the list, other words stay as they are."""
    Unit.objects.filter(code=WATER).update(phone="0756-2120000")
    number = world.register().order_no
    told = world.give(number, "decline", ground="7(2)", inform_unit=WATER).events[-1].data
    assert (told["unit_name"], told["unit_phone"]) == (f"珠海{WATER}", "0756-2120000")
    assert "珠海办法第七条第(二)项" in told["told"]
    assert f"请向珠海{WATER}反映, 电话 0756-2120000" in told["told"]
    other = world.register(text="请求撤销判决").order_no
    told = world.give(other, "decline", ground="7(1)", inform_unit="市中级人民法院").events[-1].data
    assert "unit_name" not in told
    assert "请向市中级人民法院反映" in told["told"]


def test_a_hand_over_counts_the_calls_of_the_caller(world: World) -> None:
    """安徽 第十三条, 内蒙古 第二十六条, 珠海 第九条: orders by phone and urges on them are the evidence."""
    for index in range(3):
        last = world.register(requester=RUDE, text=f"第{index}次来电").order_no
    world.give(last, "urge", now=START + 60)
    event = world.give(
        last, "refer", to="公安机关", reason="反复来电辱骂", evidence="录音 8 段", now=START + 120
    ).events[-1]
    assert (event.data["calls"], event.data["evidence"]) == (4, "录音 8 段")
    assert "zhuhai:9.3" in event.basis
