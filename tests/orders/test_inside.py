"""Routing inside a unit: within the unit and its sub-units alone, one holder at a time, never an event of the order."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from tests.orders.conftest import WATER, World, _user

from yixian.orders import clock, inside, inside_lists, queries, session
from yixian.orders.errors import BadInput, Changed, Denied, NotFound
from yixian.parties import access
from yixian.parties.models import Unit

LAW, PIPES = "法规科", "管网科"


def _below(world: World, code: str, parent: Unit) -> Unit:
    return Unit.objects.create(
        code=code,
        name=f"水务局{code}",
        short_name=code,
        platform=world.city,
        parent=parent,
        path=f"{parent.path}{code}/",
        search="",
    )


@pytest.fixture
def inner(world: World) -> World:
    """The water authority with two sub-units, a clerk in each."""
    access.forget_cached()
    water = Unit.objects.get(code=WATER)
    for code, name in ((LAW, "law"), (PIPES, "pipes")):
        unit = _below(world, code, water)
        world.users[name] = _user(name, world.city, "unit_clerk", unit)
        world.users[f"{name}_too"] = _user(f"{name}_too", world.city, "unit_clerk", unit)
    return world


def _order(world: World) -> str:
    return world.handling(now=clock.now() - 3600)


def _day(days: int) -> str:
    return f"{datetime.now(timezone(timedelta(hours=8))) + timedelta(days=days):%Y-%m-%d}"


def test_it_goes_to_a_sub_unit_is_passed_on_and_comes_back_with_a_text(inner: World) -> None:
    number = _order(inner)
    office, law, pipes = (inner.actor(name) for name in ("water", "law", "pipes"))
    with pytest.raises(NotFound):
        queries.detail(number, law)
    step = inside.send(number, office, to_unit=LAW, note="请核实管辖", due=_day(1))
    assert queries.detail(number, law).number == number
    assert [item.row.number for item in inside_lists.mine(law, 10)] == [number]
    onward = inside.send(number, law, to_user=inner.users["pipes"].pk, note="请到现场看")
    assert inside_lists.mine(law, 10) == []
    assert [item.to_name for item in inside_lists.mine(pipes, 10)] == [f"{PIPES} {inner.users['pipes'].name}"]
    inside.report(number, pipes, onward.id, "已修复, 电话 13800138000 已回复")
    found = inside.of_order(number, office)
    assert found is not None
    assert found.reported is not None
    assert found.reported.text == "已修复, 电话 13800138000 已回复"
    assert [(item.id, item.stands, item.note) for item in found.steps] == [
        (onward.id, "done", "请到现场看"),
        (step.id, "passed", "请核实管辖"),
    ]
    assert found.may == {"send"}
    assert [item.stands for item in inside_lists.ours(office, 10)] == ["done"]


def test_what_is_written_stands_encrypted(inner: World) -> None:
    number = _order(inner)
    inside.send(number, inner.actor("water"), to_unit=LAW, note="请回电 13800138000")
    row = session.fetch("select sealed, s::text from orders_insidestep s")[0]
    assert b"13800138000" not in bytes(row[0])
    assert "13800138000" not in row[1]


def test_a_named_clerk_alone_has_it_and_taking_back_closes_the_door(inner: World) -> None:
    number = _order(inner)
    office = inner.actor("water")
    step = inside.send(number, office, to_user=inner.users["law"].pk, note="请办理")
    with pytest.raises(NotFound):
        queries.detail(number, inner.actor("law_too"))
    with pytest.raises(NotFound):
        inside.report(number, inner.actor("law_too"), step.id, "冒名报回")
    inside.take_back(number, office, step.id)
    with pytest.raises(NotFound):
        queries.detail(number, inner.actor("law"))
    with pytest.raises(Changed, match="已办理"):
        inside.take_back(number, office, step.id)


@pytest.mark.parametrize("name", ["roads", "dispatcher", "reviewer"])
def test_nobody_outside_the_unit_sees_or_moves_it(inner: World, name: str) -> None:
    number = _order(inner)
    step = inside.send(number, inner.actor("water"), to_unit=LAW, note="内部意见")
    stranger = inner.actor(name)
    for deed in (
        lambda: inside.send(number, stranger, to_unit=LAW, note="冒名"),
        lambda: inside.take_back(number, stranger, step.id),
        lambda: inside.report(number, stranger, step.id, "冒名"),
    ):
        with pytest.raises((NotFound, Denied)):
            deed()
    if name == "roads":
        with pytest.raises(NotFound):
            inside.of_order(number, stranger)
    else:
        assert inside.of_order(number, stranger) is None
    kinds = [entry.kind for entry in queries.timeline(number, inner.actor("dispatcher"))]
    assert kinds == ["registered", "dispatched", "signed"]


def test_only_the_units_own_sub_units_and_people_can_get_it(inner: World) -> None:
    number = _order(inner)
    office = inner.actor("water")
    wrong: tuple[dict[str, object], ...] = (
        {"to_unit": "市交通局"},
        {"to_unit": WATER},
        {"to_unit": "没有这个科"},
        {"to_user": inner.users["roads"].pk},
        {"to_user": inner.users["dispatcher"].pk},
        {"to_user": inner.users["water"].pk},
        {"to_user": 10**12},
        {},
        {"to_unit": LAW, "to_user": inner.users["law"].pk},
    )
    for whom in wrong:
        with pytest.raises(BadInput):
            inside.send(number, office, note="请办理", **whom)  # type: ignore[arg-type]
    for words in ({"note": ""}, {"note": "办" * 2001}, {"due": _day(-2)}, {"due": "明天"}, {"due": _day(60)}):
        with pytest.raises(BadInput):
            inside.send(number, office, to_unit=LAW, **({"note": "请办理"} | words))
    assert inside.of_order(number, office) is not None
    offered = inside.targets(number, office)
    assert {code for code, _ in offered.units} == {LAW, PIPES}
    assert {name for _, name, _ in offered.people} == {
        inner.users[name].name for name in ("law", "law_too", "pipes", "pipes_too", "water_too")
    }


def test_of_two_clerks_at_once_one_is_told(inner: World) -> None:
    number = _order(inner)
    inside.send(number, inner.actor("water"), to_unit=LAW, note="请办理")
    with pytest.raises(Changed, match="请先收回"):
        inside.send(number, inner.actor("water_too"), to_unit=PIPES, note="请办理")
    assert [item.to_unit for item in inside_lists.ours(inner.actor("water_too"), 10)] == [LAW]


def test_a_holder_can_give_no_command_of_the_order(inner: World) -> None:
    number = _order(inner)
    inside.send(number, inner.actor("water"), to_unit=LAW, note="请办理")
    law = inner.actor("law")
    assert queries.actions_of(number, law) == []
    assert inner.actor("law").unit_code == LAW


def test_once_answered_there_is_nothing_to_route(inner: World) -> None:
    number = _order(inner)
    step = inside.send(number, inner.actor("water"), to_unit=LAW, note="请办理")
    text = "时间: 当日。经过: 到场。结果: 已办。依据: 条例。"
    inner.give(number, "reply", WATER, now=clock.now(), text=text, contacted=True)
    assert inside_lists.mine(inner.actor("law"), 10) == []
    with pytest.raises(Changed, match="不用再内部流转"):
        inside.report(number, inner.actor("law"), step.id, "迟到的报回")


def test_the_list_is_by_internal_due_day(inner: World) -> None:
    numbers = [_order(inner) for _ in range(3)]
    office = inner.actor("water")
    for number, due in zip(numbers, ("", _day(1), _day(0)), strict=True):
        inside.send(number, office, to_unit=LAW, note="请办理", due=due)
    assert [item.row.number for item in inside_lists.mine(inner.actor("law"), 10)] == [
        numbers[2],
        numbers[1],
        numbers[0],
    ]
    assert [item.row.number for item in inside_lists.mine(inner.actor("law"), 1, 1)] == [numbers[1]]
