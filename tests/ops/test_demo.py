"""The demo: five hotlines of the right levels, orders in many states, and a second run that adds nothing."""

from __future__ import annotations

import pytest
from django.db.models import Count

from yixian.ops import demo, demo_people, demo_stories
from yixian.orders import rebuild
from yixian.orders.models import Event, Order
from yixian.parties import access
from yixian.parties.models import Platform, Unit, User
from yixian.parties.roles import ROLES

ORDERS = 150


@pytest.fixture
def built(db, capsys: pytest.CaptureFixture[str]) -> str:
    demo.build(ORDERS)
    return capsys.readouterr().out


@pytest.mark.slow
def test_the_demo_is_whole_and_made_once(built: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert Order.objects.count() >= ORDERS
    states = dict(Order.objects.values_list("state").annotate(Count("id")))
    assert {"archived", "handling"} <= set(states)
    assert rebuild.run().different == 0
    assert Event.objects.exclude(actor_user=None).values("actor_user").distinct().count() > 10
    for user in ("zhuhai.agent", "lezhi.reviewer", "anhui.u01.leader"):
        assert user in built
    assert demo_people.password() in built
    assert built.count("yx_") == 5
    orders, events = Order.objects.count(), Event.objects.count()
    demo.build(ORDERS)
    assert (Order.objects.count(), Event.objects.count()) == (orders, events)
    assert "已在首次生成时显示" in capsys.readouterr().out


@pytest.mark.django_db
def test_platforms_units_and_staff() -> None:
    hotlines = demo_people.settle()
    assert [(h.code, h.platform.level) for h in hotlines] == [
        ("anhui", "province"), ("zhuhai", "city"), ("lezhi", "county"), ("changzhi", "city"), ("neimenggu", "province"),
    ]  # fmt: skip
    assert Platform.objects.get(code="lezhi").path == "sichuan/ziyang/lezhi/"
    assert Platform.objects.filter(parent__code="changzhi", level="station").count() >= 2
    for hotline in hotlines:
        assert 15 <= len(hotline.units) <= 40
        given = {role for role, found in ROLES.items() if found.granted}
        held = set(hotline.staff) | {"unit_clerk", "unit_leader"}
        assert held == given
    assert Unit.objects.filter(in_assessment=False).exists()
    assert Unit.objects.filter(mandatory=False).exists()
    assert User.objects.get(username="zhuhai.agent").check_password(demo_people.password())
    assert access.actor_of_token(str(hotlines[0].token)) is not None


@pytest.mark.django_db
def test_a_larger_demo_holds_the_smaller_one() -> None:
    hotlines = demo_people.settle()
    until = 1_790_000_000
    small = {case.key: case for case in demo_stories.stories(hotlines, 60, until)}
    large = {case.key: case for case in demo_stories.stories(hotlines, 400, until)}
    assert small.items() <= large.items()
    assert len(large) == 400
    assert all(until - 366 * 86400 < case.at < until for case in large.values())
    texts = {case.register["text"] for case in large.values()}
    assert len(texts) > 330, "few people say the same in the same words"
    assert {case.register["category"] for case in large.values()} >= {"咨询", "投诉", "求助", "举报"}
