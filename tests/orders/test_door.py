"""The one door: what a command writes, refuses, replays; personal data stays in the vault."""

from __future__ import annotations

import pytest
from django.db import connection

from yixian.lifecycle import parse
from yixian.orders import actions, audit, queries, rebuild, store
from yixian.orders.errors import BadInput, Changed, Denied, KeyClash, NotFound, Refused
from yixian.orders.models import Assignment, Deadline, Event, Order, Precedent, Snapshot
from yixian.orders.outcome import Item
from yixian.parties import access

from .conftest import REPLIED, ROADS, START, WATER, World


def test_an_order_from_words_to_reply(world: World) -> None:
    number = world.register().order_no
    assert number == f"20231009{world.city.id:03d}00001"
    assert world.give(number, "dispatch", lead=WATER, co=[ROADS], mode="lead").state.state == "dispatched"
    assert world.give(number, "sign", WATER).state.state == "handling"
    outcome = world.give(number, "reply", WATER, text=REPLIED, contacted=True, signed_by="分管负责人", now=START + 3600)
    assert outcome.state.state == "replied"
    row = Order.objects.get(number=number)
    assert (row.state, row.lead, row.book, row.version) == ("replied", WATER, "zhuhai", "2023-09-01")
    assert set(Assignment.objects.filter(order_id=row.id).values_list("unit", "role")) == {
        (WATER, "lead"),
        (ROADS, "co"),
    }
    reply = Deadline.objects.get(order_id=row.id, clock="reply")
    assert (reply.status, reply.unit) == ("stopped", WATER)
    assert Snapshot.objects.get(order_id=row.id).seq == Event.objects.filter(order_id=row.id).count() == 4
    assert all(event.basis for event in Event.objects.filter(order_id=row.id))
    assert rebuild.run().different == 0
    assert audit.verify().whole


def test_no_personal_data_reaches_an_event_or_a_list(world: World) -> None:
    told = {
        "text": "请回电 13912345678, 身份证 11010519491231002X",
        "requester": {"name": "欧阳小明", "phone": "13912345678", "address": "香洲区人民东路1号"},
    }
    number = world.register(**told).order_no
    world.give(number, "supplement", text="另一个电话 13712345678 也可以", now=START + 60)
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(data::text, '') from orders_event")
        events = cursor.fetchone()[0]
        cursor.execute(
            "select string_agg(body::text, '') || string_agg(o.excerpt, '') from orders_snapshot, orders_order o"
        )
        tables = cursor.fetchone()[0]
    for secret in ("13912345678", "13712345678", "11010519491231002X", "欧阳小明", "人民东路"):
        assert secret not in events
        assert secret not in tables
    sealed = Event.objects.get(kind="registered").data["sealed"]
    assert set(sealed) == {"text"}
    detail = queries.detail(number, world.actor("agent"))
    assert detail.requester is not None
    assert detail.requester["phone"] == "139****5678"


def test_a_refusal_cites_articles_and_changes_nothing(world: World) -> None:
    number = world.handling()
    before = Event.objects.count()
    with pytest.raises(Refused) as caught:
        world.give(number, "dispatch", lead=ROADS)
    assert caught.value.status == 409
    assert caught.value.basis
    assert "sign" not in caught.value.allowed
    assert "办理中" in caught.value.detail
    assert Event.objects.count() == before


def test_a_refused_command_still_fires_the_timers_before_it(world: World) -> None:
    number = world.handling()
    with pytest.raises(Refused):
        world.give(number, "dispatch", lead=ROADS, now=START + 30 * 86400)
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"late", "card_shown"} <= kinds
    row = Order.objects.get(number=number)
    assert row.card == "red"
    assert rebuild.run().different == 0


def test_the_actor_decides_who_speaks(world: World) -> None:
    number = world.register().order_no
    with pytest.raises(Denied, match="派单员"):
        actions.handle(number, parse("dispatch", {"lead": WATER}, "manager"), world.actor("agent"), now=START)
    with pytest.raises(NotFound):
        actions.handle(number, parse("dispatch", {"lead": WATER}, "manager"), world.actor("water"), now=START)
    outcome = actions.handle(number, parse("dispatch", {"lead": WATER}, "system"), world.actor("dispatcher"), now=START)
    assert outcome.events[-1].by == "hotline"
    assert Event.objects.get(kind="dispatched").actor_user == world.users["dispatcher"].id
    signed = actions.handle(number, parse("sign", {}, ROADS), world.actor("water"), now=START)
    assert signed.events[-1].by == WATER
    with pytest.raises(NotFound):
        actions.handle(number, parse("sign", {}, WATER), world.actor("roads"), now=START)


def test_an_unknown_order_and_bad_words(world: World) -> None:
    with pytest.raises(NotFound, match="没有编号为"):
        world.give("2023100900000001", "sign", WATER)
    number = world.register().order_no
    for text in ("空字符\x00在此", "坏表情\ud83d"):
        with pytest.raises(BadInput, match="请删除后重试"):
            world.give(number, "supplement", text=text)
        with pytest.raises(BadInput):
            world.register(text=text)
    assert world.give(number, "supplement", text="好表情😀和反斜杠\\u0000").events
    with pytest.raises(BadInput, match="电话"):
        world.register(requester={"phone": "不是电话"})
    with pytest.raises(BadInput, match="没有代码为"):
        world.register(platform="nowhere")
    assert Order.objects.count() == 1


def test_a_key_does_once_and_replays_the_same(world: World) -> None:
    first = world.register(key="k1")
    again = world.register(key="k1")
    assert again.replayed
    assert (again.order_no, again.query_code, again.state) == (first.order_no, first.query_code, first.state)
    assert Order.objects.count() == 1
    command = parse("dispatch", {"lead": WATER})
    done = actions.handle(first.order_no, command, access.SYSTEM, key="k2", now=START + 60)
    world.give(first.order_no, "sign", WATER, now=START + 90)
    replayed = actions.handle(first.order_no, command, access.SYSTEM, key="k2", now=START + 999)
    assert replayed.replayed
    assert replayed.state == done.state
    assert [event.kind for event in replayed.events] == [event.kind for event in done.events]
    with pytest.raises(KeyClash, match="另一请求"):
        actions.handle(first.order_no, parse("dispatch", {"lead": ROADS}), access.SYSTEM, key="k2", now=START)
    with pytest.raises(KeyClash):
        world.register(key="k1", text="另一件事")


def test_a_page_that_is_out_of_date_is_told_what_changed(world: World) -> None:
    number = world.register().order_no
    seen = queries.detail(number, world.actor("dispatcher")).seq
    actions.handle(number, parse("dispatch", {"lead": WATER}), world.actor("other_dispatcher"), now=START + 60)
    with pytest.raises(Changed, match="other_dispatcher的人 已派单"):
        actions.handle(
            number, parse("supplement", {"text": "补充"}), world.actor("dispatcher"), now=START + 70, seen=seen
        )


def test_a_repeat_is_told_to_the_first_order_of_the_matter(world: World) -> None:
    first = world.register(requester={"phone": "13800000001"}).order_no
    second = world.register(requester={"phone": "13800000002"}, same_as=first, now=START + 60).order_no
    third = world.register(requester={"phone": "13800000003"}, same_as=second, now=START + 120).order_no
    loaded = store.load(first)
    assert loaded is not None
    assert loaded.state is not None
    assert loaded.state.counts.repeats == 2
    assert Order.objects.values_list("matter", flat=True).distinct().get() == loaded.id
    assert {row.number for row in queries.related(first, access.SYSTEM)} == {second, third}
    with pytest.raises(BadInput, match="没有编号"):
        world.register(same_as="1999")
    assert rebuild.run().different == 0


def test_a_split_dispatch_opens_sub_orders_in_the_same_transaction(world: World) -> None:
    number = world.register().order_no
    outcome = world.give(number, "dispatch", lead=WATER, co=[ROADS], mode="split")
    assert outcome.opened
    children = Order.objects.filter(number__in=outcome.opened)
    assert {child.state for child in children} == {"dispatched"}
    assert ROADS in {child.lead for child in children}
    assert all(child.number.startswith(f"{number}.") for child in children)
    assert rebuild.run().different == 0
    assert audit.verify().whole


def test_a_designation_is_a_precedent(world: World) -> None:
    number = world.register(subject="河道清淤", place="香洲区").order_no
    actions.handle(number, parse("designate", {"lead": WATER, "by": "联席会议"}), access.SYSTEM, now=START)
    row = Precedent.objects.get()
    assert (row.subject, row.territory, row.lead, row.order_no) == ("河道清淤", "香洲区", WATER, number)


def test_many_at_once_each_with_its_own_result(world: World) -> None:
    numbers = [world.register().order_no for _ in range(5)]
    dispatch = parse("dispatch", {"lead": WATER})
    items = [Item(number, dispatch, key=f"m{place}") for place, number in enumerate(numbers)]
    items.insert(2, Item("2023100999999", dispatch))
    items.insert(4, Item(numbers[0], parse("sign", {}, ROADS)))
    register = parse(
        "register", {"category": "投诉", "channel": "web", "text": "路灯不亮", "requester": {"phone": "13900000000"}}
    )
    items += [Item(None, register, platform="zhuhai", key="new"), Item(None, register, platform="nowhere")]
    results = actions.handle_many(items, access.SYSTEM, START + 60)
    kinds = [type(result).__name__ for result in results]
    assert kinds == [
        "Outcome",
        "Outcome",
        "NotFound",
        "Outcome",
        "Refused",
        "Outcome",
        "Outcome",
        "Outcome",
        "BadInput",
    ]
    again = actions.handle_many(items, access.SYSTEM, START + 120)
    assert all(result.replayed for result in again if isinstance(result, actions.Outcome))
    assert [type(result).__name__ for result in again] == kinds
    assert Order.objects.count() == 6
    assert rebuild.run().different == 0
    assert audit.verify().whole


def test_several_commands_on_one_order_in_one_call(world: World) -> None:
    number = world.register().order_no
    steps = [("dispatch", "hotline", {"lead": WATER}), ("sign", WATER, {}), ("contact", WATER, {"reached": True})]
    items = [Item(number, parse(name, payload, by), key=name) for name, by, payload in steps]
    results = actions.handle_many(items, access.SYSTEM, START + 60)
    assert [result.state.state for result in results if isinstance(result, actions.Outcome)] == [
        "dispatched",
        "handling",
        "handling",
    ]
    replayed = actions.handle(number, items[1].command, access.SYSTEM, key="sign", now=START + 99)
    assert [event.kind for event in replayed.events] == ["signed"]
    assert replayed.state == results[1].state  # type: ignore[union-attr]
