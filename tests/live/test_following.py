"""The follower on a real database: events of every order, late commits, cards, alarms, notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections

from tests.live.running import in_a_loop_of_its_own
from tests.web import seed
from tests.web.conftest import forget_caches
from yixian.exchange import addresses
from yixian.exchange.actions import Telling, tell_all
from yixian.orders import clock
from yixian.web.live import connecting
from yixian.web.live.following import Follower
from yixian.web.live.news import ALARM, NOTICE, ORDER, Item

pytestmark = pytest.mark.usefixtures("city")


@pytest.fixture
def city(transactional_db: None) -> Iterator[seed.Town]:
    """The city in committed rows: the follower has a connection of its own."""
    forget_caches()
    yield seed.town(orders=False)
    forget_caches()


def follow(*steps: Callable[[], Any], listening: tuple[str, ...] = ()) -> list[list[Item]]:
    """Begin, then after each step what the follower found."""

    async def run() -> list[list[Item]]:
        found = []
        follower = Follower()
        async with await psycopg.AsyncConnection.connect(**connecting.to_database(), autocommit=True) as database:
            await follower.begin(database)
            assert await follower.look(database, listening) == ([], False)
            for step in steps:
                await sync_to_async(step)()
                items, flooded = await follower.look(database, listening)
                assert not flooded
                found.append(items)
        await sync_to_async(connections.close_all)()
        return found

    return in_a_loop_of_its_own(run())


def test_each_step_of_an_order_is_news_for_its_platform_and_units(city: seed.Town) -> None:
    story = seed.Story(city, clock.now() - 7200)
    first, second, nothing = follow(
        lambda: story.register(0), lambda: story.give("dispatcher", "dispatch", 0.1, lead="water"), lambda: None
    )
    assert [(one.kind, one.platform_id, one.units) for one in first if one.kind == ORDER] == [
        (ORDER, city.platform.pk, frozenset())
    ]
    [sent] = [one for one in second if one.kind == ORDER]
    assert sent.units == {"water"}
    assert sent.said == {"number": story.number, "state": "dispatched", "card": "", "seq": 2, "kinds": ["dispatched"]}
    assert nothing == []


def test_a_unit_whose_return_was_approved_is_told_that_the_order_left(city: seed.Town) -> None:
    story = seed.Story(city, clock.now() - 7200).register(0).give("dispatcher", "dispatch", 0.1, lead="water")
    said = {"reason": "不属于我局职责", "basis": "市水务局职能配置规定", "suggestion": "housing"}
    _, allowed = follow(
        lambda: story.give("water-clerk", "request_return", 0.1, **said),
        lambda: story.give("dispatcher", "approve_return", 0.1, redispatch_to="housing"),
    )
    orders = [one for one in allowed if one.kind == ORDER]
    assert frozenset({"water"}) in {one.left for one in orders}


def test_an_event_that_commits_after_a_later_one_is_not_lost(city: seed.Town) -> None:
    story = seed.Story(city, clock.now() - 7200).register(0)
    with connection.cursor() as cursor:
        cursor.execute("select order_id from orders_event order by id desc limit 1")
        order_id = cursor.fetchone()[0]
    late = psycopg.connect(**connecting.to_database())
    insert = """insert into orders_event (order_id, seq, kind, at, by, data, basis, prev, hash, recorded_at)
        values (%s, %s, 'supplemented', now(), 'hotline', '{}', '{}', '', '', now())"""
    try:

        def overtaken() -> None:
            late.execute(insert, [order_id, 900])  # takes its id, is not committed
            story.give("dispatcher", "dispatch", 0.1, lead="water")

        before, after = follow(overtaken, late.commit)
    finally:
        late.close()
    assert [one.said["kinds"] for one in before if one.kind == ORDER] == [["dispatched"]]
    assert [one.said["kinds"] for one in after if one.kind == ORDER] == [["supplemented"]]


def test_what_is_routed_inside_a_unit_is_news_for_the_sub_unit(city: seed.Town) -> None:
    story = seed.Story(city, clock.now() - 7200).register(0).give("dispatcher", "dispatch", 0.1, lead="water")

    def route() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into orders_insidestep (order_id, unit, from_unit, from_user, from_name, to_unit, to_name,"
                " at, stands, ended_by, key_id, wrapped_key, sealed) select id, 'water', 'water', 1, '',"
                " 'water-office', '', now(), 'open', '', '', '', '' from orders_order where number = %s",
                [story.number],
            )

    routed, signed = follow(route, lambda: story.give("water-clerk", "sign", 0.1))
    assert [one.units for one in routed] == [{"water", "water-office"}]
    assert routed[0].said["number"] == story.number
    assert [one.units for one in signed if one.kind == ORDER] == [{"water", "water-office"}]


def test_an_alarm_and_its_end_are_told_once_each(city: seed.Town) -> None:
    story = seed.Story(city, clock.now() - 60).register(2)
    with connection.cursor() as cursor:
        cursor.execute("select id from orders_order where number = %s", [story.number])
        order_id = cursor.fetchone()[0]

    def sql(text: str) -> Callable[[], None]:
        def run() -> None:
            with connection.cursor() as cursor:
                cursor.execute(text, [order_id])

        return run

    opened, same, settled = follow(
        sql(
            "insert into supervision_alarm (order_id, order_no, platform_id, emergency, opened_at, rounds, settled,"
            " settled_by, called_unit, called_phone, answered_by, note) select id, number, platform_id, 'event', now(),"
            " 0, '', '', '', '', '', '' from orders_order where id = %s"
        ),
        lambda: None,
        sql("update supervision_alarm set settled_at = now() where order_id = %s"),
    )
    assert [(one.kind, one.platform_id) for one in opened] == [(ALARM, city.platform.pk)]
    assert same == []
    assert [one.kind for one in settled] == [ALARM]


def test_a_notice_is_told_once_and_only_for_those_who_listen(city: seed.Town) -> None:
    me, other = (addresses.of_user(city.users[name].pk) for name in ("agent", "dispatcher"))

    def tell() -> None:
        whom = ((me,), (other,))
        tell_all(
            [
                Telling(key=f"t{i}", kind="other", title="提醒", to_whom=one, at=clock.now())
                for i, one in enumerate(whom)
            ]
        )

    found, again = follow(tell, lambda: None, listening=(me,))
    assert found == [Item(NOTICE, addresses=frozenset({me}))]
    assert again == []
