"""What single clauses ask of supervision, shown under their own rulebooks."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.supervision.conftest import NOW, actor, drain
from tests.web import seed
from tests.web.seed import HOUR, Story, Town
from yixian.exchange import queries
from yixian.exchange.models import Notice
from yixian.lifecycle import parse
from yixian.orders import actions
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.models import Platform
from yixian.registers import actions as registers
from yixian.supervision import alarms, counting, figures, interim, linkage
from yixian.supervision.figures import Wanted

DAY = 24 * HOUR
MINUTE = 60
REPLY = "时间: 接单当日。经过: 已到场核查。结果: 已处理完毕。依据: 有关条例。"


def _town(book: str) -> Town:
    return seed.town(book=book, orders=False)


@pytest.mark.parametrize(
    ("book", "tier"), [("zhuhai", "event"), ("lezhi", "special"), ("lezhi", "special_emergency"), ("anhui", "event"),
                       ("neimenggu", "event")],
)  # fmt: skip
def test_an_emergency_is_repeated_until_somebody_confirms(quick: None, book: str, tier: str) -> None:
    """Zhuhai 15, Lezhi 7(4), Anhui 12(3), Inner Mongolia 10."""
    town = _town(book)
    story = Story(town, NOW).register(2, emergency=tier)
    drain(NOW)
    assert [alarms.ring(NOW + minutes * MINUTE) for minutes in (1, 5, 9, 10)] == [0, 1, 0, 1]
    alarms.confirm(actor(town, "agent"), str(story.number), "已转 120", NOW + 11 * MINUTE)
    assert alarms.ring(NOW + DAY) == 0


@pytest.mark.parametrize(
    ("text", "sort"),
    [("小区供热管网爆裂, 暖气不热", "供热"), ("楼下仓库起火冒烟", "119"), ("门口水管爆管停水", "供水"),
     ("燃气泄漏, 气味很浓", "供气"), ("路口两车追尾, 有车祸", "122"), ("老人晕倒在路边", "120")],
)  # fmt: skip
def test_the_fitting_line_is_found_by_what_was_said(text: str, sort: str) -> None:
    """Anhui 12(3): 110, 119, 120, 122, water, power, gas and heating."""
    assert sort in linkage.fitting(text)


def test_the_lines_stand_beside_the_emergency(quick: None) -> None:
    """Inner Mongolia 10: joined with the lines of emergencies and public utilities."""
    town = _town("neimenggu")
    for name, sort, phone in (("供热抢修", "供热", "0471-96005"), ("公安", "110", "110")):
        registers.file(
            actor(town, "supervisor"), "contact", {"name": name, "sort": sort, "phone": phone, "way": "三方通话"},
            platform=town.platform,
        )  # fmt: skip
    found = linkage.lines(town.platform.pk, "小区供热管网爆裂")
    assert [(line.name, line.fits) for line in found] == [("供热抢修", True), ("公安", False)]


def test_call_back_results_go_back_to_the_unit(quick: None) -> None:
    """Changzhi 3(5): what the call-back found, the rating and the suggestions are told to the unit that handled it."""
    town = _town("changzhi")
    story = Story(town, NOW - 90 * HOUR).register(4).give("dispatcher", "dispatch", 1, lead="water")
    story.give("water-clerk", "sign", 1).give("water-clerk", "reply", 20, text=REPLY, contacted=True)
    story.give("reviewer", "pass_review", 4)
    story.give(
        "caller", "call_back", 3, reached=True, level="满意", resolved=True, wants_redo=False, by="human",
        note="希望以后提前通知",
    )  # fmt: skip
    drain()
    (row,) = [row for row in queries.page(actor(town, "water-clerk")).rows if row.kind == "rating"]
    assert row.text == "评价: 满意; 问题已解决; 意见: 希望以后提前通知"
    assert "changzhi:3(5)" in row.basis
    assert not Notice.objects.filter(text__contains="1380013").exists()


def test_the_ledger_of_interim_closes_is_kept_until_they_are_settled(quick: None) -> None:
    """Lezhi 7(3): promised end, next report, late reports, until the matter is closed for good."""
    town = _town("lezhi")
    number = _interim(town, NOW - 20 * DAY)
    leader, chief = actor(town, "water-clerk"), actor(town, "supervisor")
    (row,) = interim.page(chief, "open", NOW - 10 * DAY).rows
    assert (row.order_no, row.lead, row.reports) == (number, "water", 0)
    assert row.promised == (NOW - 20 * DAY + 60 * DAY + 8 * HOUR) // DAY * DAY - 8 * HOUR + DAY
    assert row.next_report is not None
    assert interim.page(leader, "late", row.next_report - 1).rows == ()
    assert len(interim.page(leader, "late", row.next_report + 1).rows) == 1
    assert len(interim.page(chief, "passed", row.promised + 1).rows) == 1
    assert interim.page(actor(town, "housing-clerk"), "open", NOW).rows == ()
    _give(number, "report_progress", "water", row.next_report - HOUR, text="鉴定已委托")
    (again,) = interim.page(chief, "open", NOW).rows
    assert (again.reports, again.last_report) == (1, row.next_report - HOUR)
    assert again.next_report is not None
    assert again.next_report > row.next_report
    _give(number, "close", "hotline", row.next_report + DAY)
    assert interim.page(chief, "open", NOW).rows == ()
    assert [row.order_no for row in interim.page(chief, "settled", NOW).rows] == [number]


def _interim(town: Town, at: int) -> str:
    told = {"category": "投诉", "channel": "phone", "text": "施工扰民", "requester": {"phone": "13800000001"}}
    opened = actions.handle(None, parse("register", told), access.SYSTEM, platform=town.platform.code, now=at)
    number = opened.order_no
    _give(number, "dispatch", "hotline", at + 300, lead="water")
    _give(number, "sign", "water", at + 600)
    _give(
        number, "request_interim_close", "water", at + DAY, progress="正在调查", plan="委托鉴定后处理",
        promised=seed_day(at + 60 * DAY),
    )  # fmt: skip
    _give(number, "approve_interim_close", "hotline", at + 2 * DAY)
    return number


def seed_day(at: int) -> str:
    """A moment's day by local time, as people write it."""
    return f"{dt.datetime.fromtimestamp(at, dt.timezone(dt.timedelta(hours=8))):%Y-%m-%d}"


def _give(number: str, name: str, by: str, now: int, **payload: object) -> None:
    actions.handle(number, parse(name, payload, by), access.SYSTEM, now=now)


def test_each_locality_is_seen_beside_the_others(quick: None) -> None:
    """Anhui 6(1), Inner Mongolia 5(3): the body above sees every locality's handling and satisfaction."""
    town = _town("neimenggu")
    below: Platform = parties.create_platform(
        actor=access.SYSTEM, code="league", name="某旗12345热线", level="county", book="neimenggu", parent=town.platform
    )
    for platform, count in ((town.platform, 2), (below, 3)):
        for turn in range(count):
            told = {"category": "咨询", "channel": "phone", "text": "材料", "requester": {"phone": "13800000001"}}
            actions.handle(None, parse("register", told), access.SYSTEM, platform=platform.code, now=NOW - turn * HOUR)
    counting.refresh()
    access.forget_cached()
    wanted = figures.within(actor(town, "supervisor"), Wanted(figures.period("2026-03")))
    found = {key: line.counts["received"] for key, line in figures.grouped(wanted, "platform")}
    assert found == {below.pk: 3, town.platform.pk: 2}


@pytest.mark.parametrize("book", ["changzhi", "lezhi", "neimenggu"])
def test_a_unit_analyses_its_own_matters(quick: None, book: str) -> None:
    """Lezhi 22(1), Inner Mongolia 7(2), Changzhi 4(1): handling, satisfaction, and what comes most often."""
    town = _town(book)
    for turn, subject in enumerate(("积水", "积水", "噪声")):
        Story(town, NOW - (50 + turn) * HOUR).register(0, subject=subject).give(
            "dispatcher", "dispatch", 1, lead="water"
        )
    counting.refresh()
    wanted = figures.within(actor(town, "water-clerk"), Wanted(figures.period("2026-03")))
    assert figures.summary(wanted).counts["received"] == 3
    assert figures.most_frequent(wanted)["subject"] == [("积水", 2), ("噪声", 1)]
    assert set(figures.RATES) >= {"on_time_rate", "satisfaction"}
