"""Meetings that arise from orders, entries that orders are named in, and samples of orders drawn at random."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.registers.conftest import Town, at
from yixian.lifecycle import parse
from yixian.orders import actions as orders
from yixian.orders import reacting
from yixian.orders.errors import BadInput
from yixian.parties import access
from yixian.registers import actions, queries, sampling
from yixian.registers.models import Entry, EntryVersion
from yixian.registers.queries import Wanted

NOW = at("2023-09-04T10:00")


def give(number: str | None, name: str, by: str = "hotline", now: int = NOW, **payload: Any) -> str:
    outcome = orders.handle(number, parse(name, payload, by), access.SYSTEM, platform="harbour", now=now)
    return outcome.order_no


def say(number: str, name: str, payload: dict[str, Any], now: int) -> None:
    orders.handle(number, parse(name, payload, "manager"), access.SYSTEM, now=now)


def order(text: str = "井盖松动", now: int = NOW) -> str:
    told = {"category": "投诉", "channel": "phone", "text": text, "requester": {"phone": "13800138000"}}
    return give(None, "register", now=now, **told)


def test_a_meeting_on_an_order_enters_the_register_by_itself_and_once(town: Town) -> None:
    number = order()
    called = {"matter": "井盖由谁管", "members": ["harbour-water", "harbour-urban"], "by": "联席会议"}
    decided = {"lead": "harbour-water", "by": "联席会议", "decision": "由水务牵头"}
    say(number, "convene", called, NOW + 60)
    say(number, "designate", decided, NOW + 120)
    for _ in range(2):
        reacting.drain()
    found = queries.page(town.actors["agent"], "meeting", Wanted()).rows
    assert [(one.values["form"], one.values["level"], one.values["decision"]) for one in found] == [
        ("联席会议", "提交联席会议", "指定市水务局主办。由水务牵头"),
        ("联席会议", "提交联席会议", "召集协商, 尚未作出决定"),
    ]
    assert found[1].values["members"] == "联席会议、市水务局、市城市管理局"
    assert all(basis.startswith("zhuhai:") for one in found for basis in one.basis)
    assert EntryVersion.objects.filter(deed="arisen").count() == 2
    assert [one.kind for one in queries.of_order(town.actors["water"], number)] == ["meeting", "meeting"]


def test_an_entry_names_only_orders_that_its_filer_may_know(town: Town) -> None:
    number = order()
    topic = {"nature": "反映集中", "matter": "井盖", "plan": "排查更换", "orders": number}
    with pytest.raises(actions.Invalid):
        actions.file(town.actors["water"], "topic", topic, platform="harbour", at=NOW)
    give(number, "dispatch", lead="harbour-water", now=NOW + 60)
    made = actions.file(town.actors["water"], "topic", topic, platform="harbour", at=NOW + 120)
    assert queries.detail(town.actors["water"], made.pk).orders == [number]
    assert queries.of_order(town.actors["urban"], number) == []


def test_the_same_seed_draws_the_same_orders_and_another_seed_others(town: Town) -> None:
    for index in range(30):
        order(f"第{index}处井盖", NOW + index)
    day = dt.date(2023, 9, 4)

    def draw(seed: str, size: int = 8) -> list[str]:
        found = sampling.draw(town.actors["supervisor"], first=day, last=day, size=size, seed=seed, unfinished=True)
        return [one.number for one in found]

    assert draw("a") == draw("a")
    assert draw("a", 5) == draw("a")[:5]
    assert draw("a") != draw("b")
    assert len(draw("a")) == 8
    assert sampling.draw(town.actors["supervisor"], first=day, last=day, size=8, seed="a") == []
    assert sampling.draw(town.actors["water"], first=day, last=day, size=8, seed="a", unfinished=True) == []
    with pytest.raises(BadInput):
        sampling.draw(town.actors["supervisor"], first=day, last=day, size=1000, seed="a")


def test_a_protected_case_does_not_lead_the_unit_to_the_order(county: Town) -> None:
    told = {"category": "举报", "channel": "phone", "text": "违建", "requester": {"phone": "13800138000"}}
    number = orders.handle(None, parse("register", told), access.SYSTEM, platform="hill", now=NOW).order_no
    give(number, "dispatch", lead="hill-water", now=NOW + 60)
    case = {
        "means": "移交追责",
        "ground": "打击报复诉求人，扣押、销毁或泄露举报信息",
        "day": "2023-09-10",
        "facts": "举报材料转给了被举报人",
    }
    made = actions.file(
        county.actors["supervisor"], "accountability", case, platform="hill", unit="hill-water", orders=[number], at=NOW
    )
    assert queries.detail(county.actors["water"], made.pk).orders == []
    assert queries.of_order(county.actors["water"], number) == []
    assert [one.pk for one in queries.of_order(county.actors["supervisor"], number)] == [made.pk]
    assert Entry.objects.get(pk=made.pk).protected


def test_sheets_for_overseers_name_nobody_and_leave_out_what_is_confidential(
    town: Town, django_assert_max_num_queries: Any
) -> None:
    def answered(text: str, **more: Any) -> str:
        told = {"category": "咨询", "channel": "phone", "text": text, **more}
        told.setdefault("requester", {"name": "王丽华", "phone": "13800138000"})
        number = orders.handle(None, parse("register", told), access.SYSTEM, platform="harbour", now=NOW).order_no
        give(number, "answer", now=NOW + 60, text="王丽华您好, 请带身份证到窗口办理")
        return number

    shown = [answered(f"我是王丽华, 第{index}问: 怎样落户") for index in range(3)]
    secret = answered("举报邻居违建", confidential=True)
    day = dt.date(2023, 9, 4)
    drawn = sampling.draw(town.actors["auditor"], first=day, last=day, size=50, seed="a")
    assert {one.number for one in drawn} == set(shown)
    assert secret not in {one.number for one in drawn}
    with django_assert_max_num_queries(4):
        sheets = sampling.sheets(drawn)
    assert [one.number for one in sheets] == [one.number for one in drawn]
    assert all("落户" in one.request and "窗口办理" in one.answer for one in sheets)
    assert not any("王丽华" in one.request + one.answer for one in sheets)
    assert sampling.sheets([]) == []
