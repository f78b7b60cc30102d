"""What events lead to: the right people hear of it in words, once, and nobody else; every row of the table is sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError

from tests.supervision.conftest import NOW, actor, drain
from tests.web.seed import HOUR, Story, Town
from yixian.exchange import queries
from yixian.exchange.models import Audience, Notice
from yixian.exchange.telling import Tell, compose
from yixian.lifecycle.events import EVENT_KINDS
from yixian.orders import clock, reacting
from yixian.orders.models import Waiting
from yixian.orders.reacting import Happening
from yixian.wiring.reactions import REACTIONS

REPLY = "时间: 接单当日。经过: 已到场核查。结果: 已处理完毕。依据: 城镇排水与污水处理条例。"


def _heard(town: Town, username: str) -> list[tuple[str, str, str]]:
    return [(row.kind, row.title.partition(" · ")[0], row.text) for row in queries.page(actor(town, username)).rows]


def test_the_unit_hears_of_a_dispatch_with_number_due_and_article(town: Town) -> None:
    story = (
        Story(town, NOW - 3 * HOUR)
        .register(0)
        .give("dispatcher", "dispatch", 1, lead="water", co=["housing"], mode="lead")
    )
    drain()
    kind, title, text = _heard(town, "water-clerk")[0]
    assert (kind, title) == ("order", "新派工单, 请签收")
    assert "办理 3 月" in text
    row = queries.page(actor(town, "water-clerk")).rows[0]
    assert f"工单 {story.number}" in row.title
    assert row.url == f"/orders/{story.number}/"
    assert any(article.startswith("zhuhai:") for article in row.basis)
    assert _heard(town, "housing-clerk")[0][1] == "新派工单, 请签收"
    assert _heard(town, "reviewer") == []


def test_a_life_tells_each_the_next_step(town: Town) -> None:
    story = Story(town, NOW - 80 * HOUR).register(7).give("dispatcher", "dispatch", 1, lead="water")
    story.give("water-clerk", "request_return", 4, reason="油烟由城管查处。", basis="职能配置规定", suggestion="urban")
    drain()
    assert [row[1] for row in _heard(town, "dispatcher")] == ["申请退单, 待审定"]
    assert "水务局" in _heard(town, "dispatcher")[0][2]
    assert "油烟由城管查处" in _heard(town, "dispatcher")[0][2]
    story.give("reviewer", "refuse_return", 2, reason="请按首接负责制办理")
    story.give("water-clerk", "sign", 1).give("water-clerk", "reply", 20, text=REPLY, contacted=True)
    story.give("reviewer", "send_back", 2, defects=["没有写明办理依据"], reason="请补充")
    drain()
    heard = {title: text for _, title, text in _heard(town, "water-clerk")}
    assert "请按首接负责制办理" in heard["退单未获同意, 请继续办理"]
    assert "没有写明办理依据" in heard["审核退回, 请修改后重新答复"]
    assert "已答复, 待审核" in [row[1] for row in _heard(town, "reviewer")]
    story.give("water-clerk", "reply", 5, text=REPLY, contacted=True).give("reviewer", "pass_review", 3)
    story.give("caller", "evaluate", 8, level="不满意", resolved=False, by="human", note="问题还在")
    drain()
    rated = {title: text for _, title, text in _heard(town, "water-clerk")}["诉求人评价已反馈"]
    assert rated == "评价: 不满意; 问题没有解决; 意见: 问题还在"


def test_nothing_is_told_twice_and_the_outbox_is_empty(town: Town) -> None:
    Story(town, NOW - 3 * HOUR).register(0).give("dispatcher", "dispatch", 1, lead="water")
    assert drain() == 1
    count = Audience.objects.count()
    assert drain() == 0
    assert (Waiting.objects.count(), Audience.objects.count()) == (0, count)


def test_a_database_that_is_away_leaves_the_outbox_whole(town: Town) -> None:
    Story(town, NOW - 3 * HOUR).register(0).give("dispatcher", "dispatch", 1, lead="water")

    def fail(batch: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with pytest.raises(OperationalError):
        reacting.drain(react=fail)
    assert Waiting.objects.count() == 1
    assert drain() == 1
    assert Notice.objects.count() == 1


def test_one_that_cannot_be_done_does_not_hold_up_the_others(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    stories = [
        Story(town, NOW - (9 - turn) * HOUR).register(turn).give("dispatcher", "dispatch", 1, lead="water")
        for turn in range(3)
    ]
    done: list[str] = []

    def react(batch: Sequence[Happening]) -> None:
        for item in batch:
            if item.number == stories[1].number:
                raise ValueError("规则书已卸载")
            done.append(item.number)

    assert reacting.drain(react=react) == 3
    assert done[-2:] == [stories[0].number, stories[2].number]
    assert Waiting.objects.count() == 0
    assert "已略过" in caplog.text


def test_old_news_is_told_to_nobody(town: Town) -> None:
    Story(town, NOW - 90 * 24 * HOUR).register(0).give("dispatcher", "dispatch", 1, lead="water")
    assert drain() == 1
    assert Notice.objects.count() == 0


def test_a_plain_registration_costs_no_row_in_the_outbox(town: Town) -> None:
    Story(town, NOW).register(0)
    assert Waiting.objects.count() == 0
    Story(town, NOW).register(2, emergency="event")
    assert Waiting.objects.count() == 1


def test_phone_numbers_in_words_do_not_reach_a_notice(town: Town) -> None:
    story = Story(town, NOW - 5 * HOUR).register(7).give("dispatcher", "dispatch", 1, lead="water")
    story.give(
        "water-clerk", "request_return", 1, reason="请联系王丽华 13800138007 核实", basis="职能规定", suggestion="urban"
    )
    drain()
    told = " ".join(f"{row.title} {row.text}" for row in Notice.objects.all())
    assert "13800138007" not in told


def test_every_row_can_be_said_of_a_bare_event(town: Town) -> None:
    """No row fails where an event lacks what it would say; every kind has its row."""
    assert set(REACTIONS) == set(EVENT_KINDS)
    bare = [
        Happening(
            order_id=1, number="1", platform_id=town.platform.pk, book="zhuhai", version="", state="handling",
            category="投诉", emergency=None, lead="water", seq=place, kind=kind, at=NOW, by="hotline", data={},
            basis=(), units=("water",),
        )
        for place, kind in enumerate(sorted(EVENT_KINDS))
    ]  # fmt: skip
    with clock.use(NOW):
        said = compose(REACTIONS, bare)
    unconditional = sum(1 for rows in REACTIONS.values() for row in rows if isinstance(row, Tell) and row.when is None)
    assert len(said) >= unconditional
    assert all(notice.title.endswith("工单 1 (投诉)") for notice in said)
