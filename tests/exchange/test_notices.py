"""Notices reach whom they are for, once; unread is counted cheaply; lists are paged by key."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import connection

from yixian.exchange import actions, addresses, queries
from yixian.exchange.models import Audience, Notice
from yixian.orders import platforms
from yixian.orders.errors import BadInput
from yixian.parties import access
from yixian.parties.models import Platform, RoleGrant, Unit, User
from yixian.parties.permission import Actor

AT = 1_760_000_000


@dataclass
class World:
    """A city, its station and a district below, with people at city and units."""

    city: Platform
    district: Platform
    station: Platform
    users: dict[str, User]

    def actor(self, name: str) -> Actor:
        return access.actor_of(self.users[name])


@pytest.fixture
def world(db: None) -> World:
    addresses.forget()
    platforms.forget()
    city = Platform.objects.create(code="city", name="市热线", level="city", path="city/", book="zhuhai")
    district = Platform.objects.create(
        code="d", name="区热线", level="county", path="city/d/", book="zhuhai", parent=city
    )
    station = Platform.objects.create(code="s", name="工作站", level="station", path="city/~s/", parent=city)
    water = Unit.objects.create(code="水务局", name="水务局", platform=city, path="水务局/", search="")
    pipes = Unit.objects.create(
        code="管网所", name="管网所", platform=city, path="水务局/管网所/", search="", parent=water
    )

    def user(name: str, platform: Platform, role: str, unit: Unit | None = None) -> User:
        made = User.objects.create(username=name, name=name, platform=platform, unit=unit, password="!")
        RoleGrant.objects.create(user=made, role=role, platform=platform)
        return made

    users = {
        "dispatcher": user("dispatcher", city, "dispatcher"),
        "agent": user("agent", city, "agent"),
        "county_dispatcher": user("county_dispatcher", district, "dispatcher"),
        "water_clerk": user("water_clerk", city, "unit_clerk", water),
        "water_leader": user("water_leader", city, "unit_leader", water),
        "pipes_clerk": user("pipes_clerk", city, "unit_clerk", pipes),
    }
    return World(city, district, station, users)


def test_once_for_each_key_and_recipient(world: World) -> None:
    def say() -> int:
        return actions.tell(kind="order", title="新派工单", units=["水务局"], order_no="1", key="a", at=AT)

    assert (say(), say()) == (1, 0)
    more = actions.tell(kind="order", title="新派工单", units=["水务局", "管网所"], key="a", at=AT)
    assert more == 1
    assert Notice.objects.get().url == "/orders/1/"
    assert queries.unread(world.actor("water_clerk")) == 1, "a notice to the unit and to its sub-unit counts once"
    assert queries.unread(world.actor("pipes_clerk")) == 1


def test_a_role_is_that_of_the_hotline_where_it_happened(world: World) -> None:
    def told(platform: Platform, role: str, key: str) -> set[str]:
        actions.tell(kind="request", title="申请退单", roles=[role], platform_id=platform.pk, key=key, at=AT)
        notice = Notice.objects.get(key=key).pk
        return {name for name in world.users if any(row.id == notice for row in queries.page(world.actor(name)).rows)}

    assert told(world.city, "dispatcher", "city") == {"dispatcher"}
    assert told(world.district, "dispatcher", "district") == {"county_dispatcher"}
    assert told(world.station, "dispatcher", "station") == {"dispatcher"}, "a station is a part of the hotline"
    assert told(world.district, "agent", "nobody") == {"agent"}, "nobody below: the nearest above"


def test_roles_of_units_narrow_the_units(world: World) -> None:
    actions.tell(kind="request", title="待签批", units=["水务局"], roles=["unit_leader"], key="k", at=AT)
    assert queries.unread(world.actor("water_leader")) == 1
    assert queries.unread(world.actor("water_clerk")) == 0


def test_reading_one_and_reading_all(world: World) -> None:
    for index in range(5):
        actions.tell(kind="card", title=f"黄牌 {index}", units=["水务局"], key=str(index), at=AT + index)
    clerk, leader = world.actor("water_clerk"), world.actor("water_leader")
    rows = queries.page(clerk).rows
    assert [row.title for row in rows] == [f"黄牌 {index}" for index in (4, 3, 2, 1, 0)]
    assert actions.read(clerk, [rows[2].id]) == 1
    assert actions.read(clerk, [rows[2].id]) == 0
    assert (queries.unread(clerk), queries.unread(leader)) == (4, 5)
    assert [row.read for row in queries.page(clerk).rows] == [False, False, True, False, False]
    actions.read_all(clerk, rows[1].id)
    assert queries.unread(clerk) == 1
    assert [row.title for row in queries.page(clerk, new_only=True).rows] == ["黄牌 4"]


def test_nobody_marks_what_is_not_theirs(world: World) -> None:
    actions.tell(kind="card", title="黄牌", units=["水务局"], key="x", at=AT)
    assert actions.read(world.actor("agent"), [Notice.objects.get().pk]) == 0


def test_pages_follow_each_other_without_gap_and_by_kind(world: World) -> None:
    for index in range(25):
        kind = "card" if index % 5 == 0 else "order"
        actions.tell(kind=kind, title=str(index), units=["水务局"], key=str(index), at=AT)
    clerk = world.actor("water_clerk")
    seen, cursor = [], None
    while True:
        found = queries.page(clerk, cursor=cursor, size=10)
        seen += [row.title for row in found.rows]
        cursor = found.next_cursor
        if cursor is None:
            break
    assert seen == [str(index) for index in reversed(range(25))]
    assert [row.title for row in queries.page(clerk, kind="card").rows] == ["20", "15", "10", "5", "0"]
    with pytest.raises(BadInput, match="没有这一种提醒"):
        queries.page(clerk, kind="nothing")
    with pytest.raises(BadInput, match="翻页标记"):
        queries.page(clerk, cursor="!!")


def test_a_kind_nobody_knows_stands_under_other(world: World) -> None:
    actions.tell(kind="from_elsewhere", title="x", units=["水务局"], key="x", at=AT)
    assert [row.kind_title for row in queries.page(world.actor("water_clerk"), kind="other").rows] == ["其他"]


def test_counting_reads_a_bounded_part_of_the_index(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into exchange_notice (key, kind, title, text, url, basis, at)"
            " select g::text, 'order', '', '', '', '{}', now() from generate_series(1, 30000) g"
        )
        cursor.execute(
            "insert into exchange_audience (address, notice_id, kind) select 'unit:水务局', id, 'order'"
            " from exchange_notice"
        )
        cursor.execute("analyze exchange_notice")
        cursor.execute("analyze exchange_audience")
    clerk = world.actor("water_clerk")
    assert queries.unread(clerk) == queries.COUNTED
    with connection.cursor() as cursor:
        whom = addresses.of_actor(clerk)
        cursor.execute(
            "explain (analyze, format json) " + queries._UNREAD, [clerk.user_id, list(whom), clerk.user_id, 100]
        )
        plan = cursor.fetchone()[0][0]["Plan"]
    assert _largest(plan) <= 100 * len(whom)
    assert Audience.objects.count() == 30000


def _largest(plan: dict) -> float:
    own = plan["Actual Rows"] * plan["Actual Loops"]
    return max([own, *(_largest(part) for part in plan.get("Plans", ()))])
