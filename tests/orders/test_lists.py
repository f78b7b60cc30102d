"""Lists: stable pages, every filter and sort, only what the actor may see, Chinese search."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection

from yixian.lifecycle import parse
from yixian.orders import actions, desks, filters, queries, session, words
from yixian.orders.errors import BadInput, NotFound
from yixian.orders.models import Order
from yixian.orders.outcome import Item
from yixian.orders.queries import Filters
from yixian.parties import access
from yixian.parties.access import Actor

from .conftest import COUNTY_UNIT, ROADS, START, WATER, World

TEXTS = [
    "香洲区翠香街道夜间施工噪音扰民, 严重影响老人休息",
    "小区消防栓漏水, 请尽快维修",
    "公交站牌被撞倒, 存在安全隐患",
    "咨询新生入学需要准备的材料",
    "路灯不亮, 夜间出行不便",
]


def _many(world: World, count: int = 60) -> list[str]:
    dice = random.Random(3)
    numbers = []
    for turn in range(count):
        item = Item(
            None,
            parse(
                "register",
                {
                    "category": dice.choice(["咨询", "投诉", "求助"]),
                    "channel": dice.choice(["phone", "web"]),
                    "text": TEXTS[turn % len(TEXTS)],
                    "subject": TEXTS[turn % len(TEXTS)][:8],
                    "requester": {"phone": f"1390000{turn:04d}"},
                },
            ),
            platform="zhuhai" if turn % 3 else "xiangzhou",
        )
        numbers += [
            one.order_no
            for one in actions.handle_many([item], access.SYSTEM, START + turn // 2)
            if isinstance(one, actions.Outcome)
        ]
    city = set(Order.objects.filter(platform=world.city).values_list("number", flat=True))
    for number in numbers[::2]:
        choices: list[tuple[str, list[str]]] = [(WATER, [ROADS]), (ROADS, []), (WATER, [])]
        lead, co = dice.choice(choices) if number in city else (COUNTY_UNIT, [])
        actions.handle(
            number, parse("dispatch", {"lead": lead, "co": co, "mode": "lead"}), access.SYSTEM, now=START + 600
        )
    for number in numbers[::4]:
        lead = Order.objects.get(number=number).lead or ""
        actions.handle(number, parse("sign", {}, lead), access.SYSTEM, now=START + 700)
    return numbers


def _all_pages(wanted: Filters, actor: Actor, size: int = 7, sort: str = "registered") -> list[queries.Row]:
    rows: list[queries.Row] = []
    cursor: str | None = None
    for _ in range(200):
        page = queries.page(wanted, actor, cursor, size, sort)
        assert len(page.rows) <= size
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return rows
    raise AssertionError("pages without end")


CASES: list[tuple[Filters, dict[str, Any]]] = [
    (Filters(), {}),
    (Filters(platform="zhuhai"), {}),
    (Filters(platform="xiangzhou"), {"platform__code": "xiangzhou"}),
    (Filters(states=("dispatched",)), {"state": "dispatched"}),
    (Filters(states=("registered", "handling")), {"state__in": ["registered", "handling"]}),
    (Filters(category="投诉"), {"category": "投诉"}),
    (Filters(channel="web", category="咨询"), {"channel": "web", "category": "咨询"}),
    (Filters(card="red"), {"card": "red"}),
    (Filters(emergency=True), {"emergency__isnull": False}),
    (Filters(flags=("emergency",)), {"flags__contains": ["emergency"]}),
    (Filters(platform="xiangzhou", states=("handling",), channel="phone"),
     {"platform__code": "xiangzhou", "state": "handling", "channel": "phone"}),
]  # fmt: skip


@pytest.mark.parametrize("who", ["system", "dispatcher"])
@pytest.mark.parametrize(("wanted", "same"), CASES)
def test_every_filter_gives_what_the_table_says(world: World, wanted: Filters, same: dict[str, Any], who: str) -> None:
    _many(world)
    actor = access.SYSTEM if who == "system" else world.actor(who)
    table = Order.objects.filter(**same)
    expected = list(table.order_by("-registered_at", "-id").values_list("number", flat=True))
    assert [row.number for row in _all_pages(wanted, actor)] == expected
    due = table.filter(due_at__isnull=False).order_by("due_at", "id").values_list("number", flat=True)
    assert [row.number for row in _all_pages(wanted, actor, sort="due")] == list(due)


def test_moments_bound_a_list(world: World) -> None:
    _many(world)
    rows = _all_pages(Filters(registered_from=START + 5, registered_to=START + 10), access.SYSTEM)
    assert {row.registered for row in rows} == set(range(START + 5, START + 10))
    dues = sorted({row.due for row in _all_pages(Filters(), access.SYSTEM, sort="due") if row.due})
    found = _all_pages(Filters(due_after=dues[0], due_before=dues[-1]), access.SYSTEM)
    assert {row.due for row in found} == set(dues[1:])


def test_units_see_what_they_lead_and_what_they_help_with(world: World) -> None:
    _many(world)
    for name, unit in (("water", WATER), ("roads", ROADS)):
        mine = {row.number for row in _all_pages(Filters(), world.actor(name))}
        with connection.cursor() as cursor:
            cursor.execute(
                "select number from orders_order o where exists (select from orders_assignment a "
                "where a.order_id = o.id and a.unit = %s)",
                [unit],
            )
            expected = {row[0] for row in cursor.fetchall()}
        assert mine == expected
        assert {row.number for row in _all_pages(Filters(unit=unit), access.SYSTEM)} == expected
        handling = {row.number for row in _all_pages(Filters(states=("handling",)), world.actor(name))}
        assert handling == {row.number for row in _all_pages(Filters(unit=unit, states=("handling",)), access.SYSTEM)}
        assert {row.number for row in _all_pages(Filters(), world.actor(name), sort="due")} <= expected
    assert _all_pages(Filters(unit=ROADS), world.actor("water")) == []


def test_nobody_sees_beyond_their_scope(world: World) -> None:
    numbers = _many(world)
    county = world.actor("county_dispatcher")
    assert {row.platform for row in _all_pages(Filters(), county)} == {"xiangzhou"}
    assert _all_pages(Filters(platform="zhuhai"), county) == _all_pages(Filters(platform="xiangzhou"), county)
    city_only = Order.objects.filter(platform=world.city).values_list("number", flat=True)
    for number in list(city_only)[:5]:
        for read in (queries.detail, queries.timeline, queries.actions_of, queries.related):
            with pytest.raises(NotFound, match="不在您的数据范围内"):
                read(number, county)
        with pytest.raises(NotFound):
            actions.handle(number, parse("supplement", {"text": "越权"}), county, now=START + 900)
    assert queries.page(Filters(number=city_only[0]), county).rows == ()
    assert queries.page(Filters(text="消防栓", platform="zhuhai"), county).rows != ()
    assert {row.platform for row in _all_pages(Filters(text="消防栓"), county)} == {"xiangzhou"}
    for unit_user in ("water", "roads"):
        unassigned = Order.objects.filter(lead=None).values_list("number", flat=True)[0]
        with pytest.raises(NotFound):
            queries.detail(unassigned, world.actor(unit_user))
    nobody = access.actor_for("requester", "zhuhai", order_no=numbers[0])
    assert [row.number for row in _all_pages(Filters(), nobody)] == [numbers[0]]


def test_new_orders_do_not_move_later_pages(world: World) -> None:
    _many(world)
    first = queries.page(Filters(), access.SYSTEM, size=10)
    before = _all_pages(Filters(), access.SYSTEM, size=10)
    for turn in range(15):
        world.register(now=START + 1000 + turn)
    rest: list[str] = []
    cursor = first.next_cursor
    while cursor:
        page = queries.page(Filters(), access.SYSTEM, cursor, 10)
        rest += [row.number for row in page.rows]
        cursor = page.next_cursor
    assert rest == [row.number for row in before[10:]]


@pytest.mark.parametrize("cursor", ["x", "!!!", "WzFd", filters.pack("due", 1, 1), "WyJyZWdpc3RlcmVkIiwxZTk5LDFd"])
def test_a_bad_cursor(world: World, cursor: str) -> None:
    with pytest.raises(BadInput, match="从第一页重新查询"):
        queries.page(Filters(), access.SYSTEM, cursor)


def test_bad_questions(world: World) -> None:
    for wrong in ({"sort": "price"}, {"size": 0}, {"size": 101}):
        with pytest.raises(BadInput):
            queries.page(Filters(), access.SYSTEM, **wrong)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="没有状态"):
        queries.page(Filters(states=("lost",)), access.SYSTEM)
    with pytest.raises(BadInput, match="没有代码为"):
        queries.page(Filters(platform="nowhere"), access.SYSTEM)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("施工噪音", 0),
        ("消防", 1),
        ("消防栓漏水", 1),
        ("站牌", 2),
        ("新生 材料", 3),
        ("夜间", None),
        ("路灯不亮", 4),
        ("翠香", 0),
    ],
)
def test_chinese_search(world: World, asked: str, found: int | None) -> None:
    _many(world, 10)
    rows = _all_pages(Filters(text=asked), access.SYSTEM)
    texts = {row.excerpt for row in rows}
    assert texts == ({TEXTS[0], TEXTS[4]} if found is None else {TEXTS[found]})
    assert [row.id for row in rows] == sorted((row.id for row in rows), reverse=True)
    by_due = _all_pages(Filters(text=asked), access.SYSTEM, sort="due")
    assert {row.number for row in by_due} == {row.number for row in rows if row.due is not None}


def test_search_is_not_a_language_of_its_own(world: World) -> None:
    numbers = _many(world, 10)
    for odd in ("'", "a' | 'b", "\\", "!(消防)", "消防 & !漏水", "<->", "::", "%", "100%", "😀", "。,;", " "):
        queries.page(Filters(text=odd), access.SYSTEM)
        queries.page(Filters(number=odd), access.SYSTEM)
    assert queries.page(Filters(text="。,;"), access.SYSTEM).rows == ()
    assert [row.number for row in queries.page(Filters(number=numbers[3]), access.SYSTEM).rows] == [numbers[3]]
    assert len(_all_pages(Filters(number="2023100"), access.SYSTEM)) == 10
    assert words.lexemes("消防栓, 漏水!") == ["消防", "消防栓", "漏水"]


def test_desks_count_what_lists_show(world: World) -> None:
    _many(world)
    for actor in (access.SYSTEM, world.actor("dispatcher"), world.actor("county_dispatcher")):
        found = queries.counts(actor)
        for state in desks.COUNTED_STATES:
            assert found[state] == len(_all_pages(Filters(states=(state,)), actor)), state


def test_a_page_asks_two_questions(world: World) -> None:
    _many(world)
    asked: list[str] = []
    fetch = session.fetch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "yixian.orders.session.fetch", lambda query, *a, **k: (asked.append(query), fetch(query, *a, **k))[1]
        )
        queries.page(Filters(platform="zhuhai"), access.SYSTEM, size=50)
    assert len(asked) <= 2
    assert not any("offset" in query.lower() or "count(*)" in query.lower() for query in asked)


def test_the_timeline_shows_each_article(world: World) -> None:
    number = world.handling()
    entries = queries.timeline(number, world.actor("dispatcher"))
    assert [(entry.title, entry.by_name) for entry in entries] == [
        ("登记", "热线平台"),
        ("派单", "热线平台"),
        ("签收", WATER),
    ]
    assert all(entry.basis for entry in entries)


def test_actions_are_those_that_the_door_would_take(world: World) -> None:
    number = world.register().order_no
    for name in ("agent", "dispatcher", "reviewer"):
        for answer in queries.actions_of(number, world.actor(name), START + 60):
            assert answer.ok or answer.reason
    able = {answer.command for answer in queries.actions_of(number, world.actor("dispatcher"), START) if answer.ok}
    assert "dispatch" in able
    assert "sign" not in able
    unable = {one.command: one for one in queries.actions_of(number, world.actor("reviewer"), START) if not one.ok}
    assert "待审核" in unable["pass_review"].reason
