"""Filters of the desks: pending requests, running clocks, places; pages both ways; counts to a bound."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from yixian.orders import desks, lists, queries, rebuild
from yixian.orders.errors import BadInput
from yixian.orders.models import Order
from yixian.orders.queries import Filters
from yixian.parties import access
from yixian.parties.access import Actor

from .conftest import ROADS, START, WATER, World
from .test_lists import _many

SORTS = ("registered", "oldest", "due", "changed")


def numbers(wanted: Filters, actor: Actor, sort: str = "registered") -> list[str]:
    return [row.number for row in queries.page(wanted, actor, None, 100, sort).rows]


def returning(world: World, **told: Any) -> str:
    number = world.register(**told).order_no
    world.give(number, "dispatch", lead=WATER, now=START + 60)
    world.give(
        number, "request_return", WATER, reason="不属本局职责", basis="三定方案", suggestion=ROADS, now=START + 120
    )
    return number


def test_orders_with_a_request_that_waits(world: World) -> None:
    waiting = returning(world)
    world.handling()
    for actor in (access.SYSTEM, world.actor("dispatcher"), world.actor("water")):
        assert numbers(Filters(pending=("return",)), actor) == [waiting]
        assert numbers(Filters(pending=("return", "extension")), actor, "changed") == [waiting]
        assert numbers(Filters(pending=("extension",)), actor) == []
        assert queries.count(Filters(pending=("return",)), actor) == 1
    assert numbers(Filters(pending=("return",)), world.actor("roads")) == []
    assert queries.page(Filters(pending=("return",)), access.SYSTEM).rows[0].pending == ("return",)
    world.give(waiting, "approve_return", now=START + 180)
    assert numbers(Filters(pending=("return",)), access.SYSTEM) == []


def test_requests_are_projected_and_rebuilt(world: World) -> None:
    number = returning(world)
    assert rebuild.run().different == 0
    with connection.cursor() as cursor:
        cursor.execute("update orders_order set pending = '{appeal}'")
    assert rebuild.run().different == 1
    rebuild.run(repair=True)
    assert Order.objects.get(number=number).pending == ["return"]


def test_the_backfill_finds_what_waits(world: World) -> None:
    from importlib import import_module

    number = returning(world)
    world.handling()
    with connection.cursor() as cursor:
        cursor.execute("update orders_order set pending = '{}'")
        cursor.execute(import_module("yixian.orders.migrations.0010_views_and_exports").BACKFILL)
    assert list(Order.objects.exclude(pending=[]).values_list("number", "pending")) == [(number, ["return"])]


def test_orders_whose_clock_runs(world: World) -> None:
    signed = world.handling()
    waiting = world.register().order_no
    world.give(waiting, "dispatch", lead=WATER, now=START + 60)
    running = set(Order.objects.raw(
        "select o.id from orders_order o join orders_deadline d on d.order_id = o.id"
        " where d.status = 'running' and d.clock = 'reply'"
    ))  # fmt: skip
    expected = {order.number for order in running}
    assert signed in expected
    for actor in (access.SYSTEM, world.actor("dispatcher"), world.actor("water")):
        for sort in SORTS:
            assert set(numbers(Filters(clock="reply"), actor, sort)) == expected
        assert queries.count(Filters(clock="reply"), actor) == len(expected)
        assert numbers(Filters(clock=min(_clocks(waiting)), states=("dispatched",)), actor) == [waiting]
    assert numbers(Filters(clock="nosuch"), access.SYSTEM) == []


def test_a_co_handlers_clock_is_its_own(world: World) -> None:
    number = world.register().order_no
    world.give(number, "dispatch", lead=WATER, co=[ROADS], mode="lead", now=START + 60)
    own = {row.rpartition(".")[2] for row in _clocks(number) if row.startswith(f"{ROADS}.")}
    for name in {row.rpartition(".")[2] for row in _clocks(number)}:
        assert (numbers(Filters(clock=name), world.actor("roads")) == [number]) == (name in own)


def _clocks(number: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select d.clock from orders_deadline d join orders_order o on o.id = d.order_id"
            " where o.number = %s and d.status = 'running'",
            [number],
        )
        return {row[0] for row in cursor.fetchall()}


def test_words_of_the_place(world: World) -> None:
    here = world.register(place="香洲区翠微西路 188 号").order_no
    world.register(place="金湾区三灶镇", text="说的是翠微那边的事")
    assert numbers(Filters(place="翠微"), access.SYSTEM) == [here]
    assert numbers(Filters(place="翠微 香洲"), access.SYSTEM, "changed") == [here]
    assert numbers(Filters(place="%"), access.SYSTEM) == []
    assert numbers(Filters(place="翠微", text="说的"), access.SYSTEM) == []


def test_what_changed_last_comes_first(world: World) -> None:
    first, second = world.register().order_no, world.register(now=START + 10).order_no
    world.give(first, "supplement", text="又有新的情况", now=START + 500)
    for actor in (access.SYSTEM, world.actor("dispatcher")):
        assert numbers(Filters(), actor, "changed") == [first, second]
        assert numbers(Filters(states=("registered", "accepted")), actor, "changed") == [first, second]


@pytest.mark.parametrize("who", ["system", "dispatcher", "water"])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_lead_back_the_way_they_came(world: World, sort: str, who: str) -> None:
    _many(world, 50)
    actor = access.SYSTEM if who == "system" else world.actor(who)
    ahead: list[queries.Page] = []
    cursor: str | None = None
    while True:
        page = queries.page(Filters(), actor, cursor, 4, sort)
        ahead.append(page)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert len(ahead) > 1
    assert ahead[0].previous_cursor is None
    page = ahead[-1]
    for earlier in reversed(ahead[:-1]):
        page = queries.page(Filters(), actor, page.previous_cursor, 4, sort)
        assert page.rows == earlier.rows
        assert page.next_cursor == earlier.next_cursor
    assert page.previous_cursor is None


def test_counts_stop_at_their_bound_and_agree_with_the_list(world: World) -> None:
    _many(world)
    for actor in (access.SYSTEM, world.actor("dispatcher"), world.actor("water"), world.actor("county_dispatcher")):
        for wanted in (Filters(), Filters(states=("dispatched", "handling")), Filters(due_before=START + 40 * 86400)):
            assert queries.count(wanted, actor) == len(numbers(wanted, actor)), (actor.username, wanted)
            assert lists.counted(wanted, actor, 3) == min(3, len(numbers(wanted, actor)))
    assert queries.count(Filters(unit=ROADS), world.actor("water")) == 0


def test_a_count_is_kept_for_some_seconds_whatever_the_second(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Filters] = []
    monkeypatch.setattr(lists, "counted", lambda wanted, actor, most: asked.append(wanted) or 7)
    moment = START // 60 * 60
    for second in range(5):
        assert desks.count(Filters(due_before=moment + second), access.SYSTEM) == 7
    assert len(asked) == 1


def test_nonsense_is_told(world: World) -> None:
    with pytest.raises(BadInput, match="没有申请"):
        queries.page(Filters(pending=("holiday",)), access.SYSTEM)
    with pytest.raises(BadInput, match="没有排序方式"):
        queries.page(Filters(), access.SYSTEM, sort="price")


def test_units_are_found_by_name(world: World) -> None:
    assert lists.unit_named(f"珠海{WATER}", world.actor("dispatcher")) == WATER
    assert lists.unit_named(WATER, world.actor("dispatcher")) == WATER
    assert lists.unit_named("无此单位", world.actor("dispatcher")) is None
