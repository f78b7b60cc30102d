"""All tables derived anew from the events agree with what the commands wrote, and damage is found and mended."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from yixian.lifecycle import COMMANDS, PayloadError, parse
from yixian.orders import actions, audit, rebuild, sweep
from yixian.orders.errors import OrderError
from yixian.orders.models import Assignment, Deadline, Order, SearchText, Snapshot
from yixian.orders.outcome import Item, Outcome
from yixian.parties import access
from yixian.parties.models import Platform, Unit

from .conftest import REPLIED, ROADS, START, WATER, World

PAYLOADS: dict[str, list[dict[str, Any]]] = {
    "dispatch": [{"lead": WATER}, {"lead": WATER, "co": [ROADS], "mode": "lead"}, {"lead": ROADS, "co": [WATER]}],
    "answer": [{"text": "请到就近的政务服务大厅办理"}],
    "decline": [{"ground": "7(1)"}],
    "transfer": [{"to": "省平台"}],
    "contact": [{"reached": True}, {"reached": False}],
    "request_return": [{"reason": "不属本单位职责", "basis": "三定方案", "suggestion": ROADS}],
    "approve_return": [{"redispatch_to": ROADS}, {}],
    "request_extension": [{"reason": "情况复杂"}],
    "reply": [{"text": REPLIED, "contacted": True, "signed_by": "主要负责人"}],
    "send_back": [{"defects": ["没有答复第二个问题"]}],
    "supplement": [{"text": "补充: 电话 13800138000"}],
    "evaluate": [{"level": "满意"}, {"level": "不满意"}],
    "call_back": [{"reached": True, "level": "不满意", "wants_redo": True}, {"reached": True, "level": "满意"}],
    "designate": [{"lead": WATER, "co": [ROADS]}],
    "submit_opinion": [{"text": "我单位意见如下"}],
    "report_progress": [{"text": "正在办理"}],
    "screen": [{"ground": "诉求不合理"}],
    "terminate": [{"opinion": "终结办理的详细意见"}],
}


def _history(number: str, dice: random.Random) -> None:
    now = START
    for _ in range(25):
        now += dice.choice([60, 3600, 86400, 5 * 86400])
        name = dice.choice(
            [*PAYLOADS, *PAYLOADS, "sign", "pass_review", "close", "archive", "urge", "order_redo", "expire"]
        )
        by = dice.choice(sorted(COMMANDS[name].who)).replace("unit", dice.choice([WATER, ROADS]))
        payload = dice.choice(PAYLOADS.get(name, [{}]))
        try:
            actions.handle(number, parse(name, payload, by), access.SYSTEM, now=now)
        except (OrderError, PayloadError):
            continue


@pytest.mark.parametrize("book", ["zhuhai", "anhui", "lezhi", "changzhi", "neimenggu"])
def test_random_histories_rebuild_without_difference(world: World, book: str) -> None:
    own = Platform.objects.create(code=f"p-{book}", name=book, level="city", path=f"p-{book}/", book=book)
    Unit.objects.update(platform=own)
    dice = random.Random(book)
    first = world.register(platform=f"p-{book}").order_no
    for turn in range(12):
        again = {"same_as": first} if turn % 4 == 3 else {}
        number = world.register(
            platform=f"p-{book}", now=START + turn, requester={"phone": f"1380000{turn:04d}"}, **again
        ).order_no
        _history(number, dice)
    sweep.run(START + 400 * 86400)
    report = rebuild.run()
    assert report.differences == []
    assert report.orders >= 13
    assert report.events > 60
    assert audit.verify().whole
    states = Counter(Order.objects.values_list("state", flat=True))
    assert len(states) >= 3, states


def test_bulk_histories_rebuild_without_difference(world: World) -> None:
    numbers = [world.register(now=START + turn).order_no for turn in range(30)]
    dice = random.Random(7)
    for day in range(1, 10):
        items = []
        for number in dice.sample(numbers, 20):
            name = dice.choice([*PAYLOADS, "sign", "pass_review"])
            by = dice.choice(sorted(COMMANDS[name].who)).replace("unit", WATER)
            items.append(Item(number, parse(name, dice.choice(PAYLOADS.get(name, [{}])), by)))
        results = actions.handle_many(items, access.SYSTEM, START + day * 86400)
        assert len(results) == 20
        assert all(isinstance(result, (Outcome, OrderError)) for result in results)
    assert rebuild.run().differences == []
    assert audit.verify().whole


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("update orders_order set state = 'closed', due_at = null", "列表栏目"),
        ("update orders_order set closed_at = now()", "办结时间"),
        ("update orders_snapshot set next_timer_at = null", "下一时限"),
        ("update orders_snapshot set seq = 9", "事件数"),
        ("update orders_snapshot set body = (body::jsonb || '{\"lead\": \"别的单位\"}')::json", "完整状态"),
        ("update orders_deadline set due_at = now() where clock = 'reply'", "时限"),
        ("delete from orders_deadline", "时限"),
        ("update orders_assignment set signed_at = null", "承办"),
        ("insert into orders_assignment (order_id, unit, role, registered_at, dispatched_at, deemed) "
         "select id, '多出的单位', 'co', now(), now(), false from orders_order", "承办"),
        ("update orders_searchtext set tokens = array_to_tsvector(array['错'])", "检索词"),
        ("delete from orders_snapshot", "当前状态"),
    ],
)  # fmt: skip
def test_damage_is_found_and_mended(world: World, sql: str, what: str) -> None:
    number = world.handling()
    with connection.cursor() as cursor:
        cursor.execute(sql)
    found = rebuild.run()
    assert found.different == 1
    assert {(item.number, item.what) for item in found.differences} >= {(number, what)}
    mended = rebuild.run(repair=True)
    assert mended.repaired == 1
    assert rebuild.run().differences == []
    assert Assignment.objects.count() == 1
    assert Deadline.objects.filter(status="running").exists()
    assert Snapshot.objects.count() == SearchText.objects.count() == 1
    world.give(number, "contact", WATER, reached=True, now=START + 900)


def test_one_platform_alone(world: World) -> None:
    world.register()
    number = world.register(platform="xiangzhou").order_no
    with connection.cursor() as cursor:
        cursor.execute("update orders_order set lead = '错'")
    report = rebuild.run(world.county.id, repair=True)
    assert (report.orders, report.repaired) == (1, 1)
    assert Order.objects.get(number=number).lead is None
    assert rebuild.run().different == 1


def test_differences_are_told_without_anybodys_words(world: World) -> None:
    number = world.register(text="幸福小区三栋的王先生反映漏水").order_no
    Order.objects.filter(number=number).update(excerpt="另一句话", state="handling")
    SearchText.objects.all().delete()
    told = str(rebuild.run().differences)
    assert "handling" in told
    assert "14 字" in told
    for said in ("幸福小区", "王先生", "另一句话"):
        assert said not in told
