"""Intake on pages: duties told, who is competent, precedents offered, the letter, lists of their own."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.http import urlencode

from tests.web import seed
from tests.web.conftest import In
from tests.web.reading import hidden, page, words
from tests.web.seed import Story, Town
from yixian.orders import clock, queries
from yixian.orders.models import Precedent
from yixian.parties import access
from yixian.parties.models import Unit
from yixian.registers import actions as registers


@pytest.fixture
def lezhi(quick: None) -> Town:
    """The same people under the rules of a county that binds by precedent."""
    return seed.town(book="lezhi", orders=False)


def _enter(town: Town, username: str) -> Client:
    client = Client()
    client.force_login(town.users[username], backend="yixian.parties.sessions.Backend")
    return client


def _post(client: Client, path: str, **fields: Any) -> Any:
    return client.post(path, {"form_key": hidden(client.get(path), "form_key"), **fields})


def test_the_caller_is_told_the_duties_and_it_is_kept(town: Town, enter: In) -> None:
    """珠海 第九条第二款: the sentences stand on the page, the tick is in the record."""
    client = enter("agent")
    assert "客观评价办理情况" in words(client.get("/agent/"))
    answer = _post(client, "/agent/", category="求助", channel="phone", text="楼道照明坏了", place="吉大",
                   **{"requester.phone": "13800138111", "duties_told": "yes"})  # fmt: skip
    number = answer["Location"].strip("/").rpartition("/")[2]
    first = queries.timeline(number, access.actor_of(town.users["agent"]))[0]
    assert first.data["duties_told"] is True
    assert "zhuhai:9.2" in first.basis


def test_the_first_page_says_the_duties_with_their_article(town: Town) -> None:
    text = words(Client().get("/"))
    assert "如实反映诉求" in text
    assert "第九条第二款" in text


def test_a_refusal_takes_name_and_phone_from_the_list_and_tells_the_petitioner(town: Town, enter: In) -> None:
    """安徽 第十条末款, A-38: on the order's page and on the petitioner's own."""
    Unit.objects.filter(code="eco").update(phone="0756-2155000")
    story = Story(town, clock.now() - 600).register(4)
    client = enter("dispatcher")
    path = f"/orders/{story.number}/act/decline/"
    assert '<option value="市生态环境局">' in page(client.get(path))
    _post(client, path, ground="petition_channel", inform_unit="eco")
    told = "请向市生态环境局反映, 电话 0756-2155000"
    assert told in words(client.get(f"/orders/{story.number}/"))
    visitor = Client()
    visitor.post("/progress/", {"number": story.number, "code": story.code})
    assert told in words(visitor.get("/progress/"))


def test_an_unclear_message_is_marked_and_verified_on_pages(town: Town, enter: In) -> None:
    story = Story(town, clock.now() - 600).register(4)
    client = enter("agent")
    _post(client, f"/orders/{story.number}/act/mark_unverified/", reason="没有写明在哪个站")
    assert "待核实" in words(client.get("/orders/?flag=unverified"))
    assert "待核实" in words(enter("dispatcher").get(f"/orders/{story.number}/"))
    _post(client, f"/orders/{story.number}/act/verify/", subject="候车设施", place="人民东路站")
    order = queries.detail(str(story.number), access.actor_of(town.users["agent"])).state
    assert (order.flags, order.subject, order.place) == ((), "候车设施", "人民东路站")


def test_a_binding_precedent_is_offered_and_chosen(lezhi: Town) -> None:
    """乐至 第六条: the same kind of matter goes the same way; the form says so and has it filled in."""
    Precedent.objects.create(
        platform=lezhi.platform, subject="餐饮油烟", territory="", lead="urban", co=["eco"], order_no="-",
        created_at="2026-01-01T00:00+08:00",
    )  # fmt: skip
    story = Story(lezhi, clock.now() - 600).register(7, subject="餐饮油烟")
    text = page(_enter(lezhi, "dispatcher").get(f"/orders/{story.number}/act/dispatch/"))
    assert "指定先例" in text
    assert '<input type="checkbox" name="lead" value="urban" checked>' in text
    assert '<input type="checkbox" name="co" value="eco" checked>' in text


def test_history_names_who_handled_such_matters_most_often(town: Town, enter: In) -> None:
    """内蒙古 第十六条: counted over the platform's latest orders, as advice only."""
    now = clock.now() - 6000
    for unit in ("eco", "urban", "urban"):
        Story(town, now).register(7, subject="餐饮油烟").give("dispatcher", "dispatch", lead=unit)
    story = Story(town, now + 600).register(7, subject="餐饮油烟")
    found = queries.advice(str(story.number), access.actor_of(town.users["dispatcher"]))
    assert [(one.unit, one.orders) for one in found.usual] == [("urban", 2), ("eco", 1)]
    said = words(enter("dispatcher").get(f"/orders/{story.number}/act/dispatch/"))
    assert "城管局 2 件" in said
    assert "仅供参考" in said


def test_the_letter_holds_what_the_unit_needs(lezhi: Town) -> None:
    """乐至 第六条: an order handed on by the office network goes with a letter."""
    story = Story(lezhi, clock.now() - 600).register(3)
    client = _enter(lezhi, "dispatcher")
    assert client.get(f"/orders/{story.number}/letter/").status_code == 404
    story.give("dispatcher", "dispatch", lead="eco", via="协同办公网", requirements="夜间到场核查")
    said = words(client.get(f"/orders/{story.number}/letter/"))
    for part in (
        str(story.number),
        "协同办公网",
        "夜间到场核查",
        "7 个工作日",
        "乐至办法 第七条",
        "签收人",
        "生态环境局",
    ):
        assert part in said
    assert "138****" in said
    assert "13800138003" not in page(client.get(f"/orders/{story.number}/letter/"))


def test_a_letter_says_nothing_of_who_asked_for_secrecy(lezhi: Town) -> None:
    story = Story(lezhi, clock.now() - 600).register(3, confidential=True).give("dispatcher", "dispatch", lead="eco")
    said = words(_enter(lezhi, "dispatcher").get(f"/orders/{story.number}/letter/"))
    assert "诉求人要求保密" in said
    assert "138****" not in said
    assert "王" not in said


def test_priority_orders_come_first_among_equally_urgent(lezhi: Town) -> None:
    """乐至 第七条第六项: of orders that are due at the same moment; pages follow one another without a gap."""
    at = clock.now() - 600
    made = []
    for index in range(6):
        more = {"topics": ["反映集中"]} if index in (2, 4) else {}
        story = Story(lezhi, at).register(6, requester={"phone": f"1380013900{index}"}, **more)
        made.append(str(story.give("dispatcher", "dispatch", lead="housing").number))
    actor = access.actor_of(lezhi.users["dispatcher"])
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        found = queries.page(queries.Filters(), actor, cursor, 2, "due")
        seen += [row.number for row in found.rows]
        cursor = found.next_cursor
    assert seen == [made[2], made[4], made[0], made[1], made[3], made[5]]
    only = queries.page(queries.Filters(flags=("priority",)), actor)
    assert {row.number for row in only.rows} == {made[2], made[4]}
    assert "优先" in words(_enter(lezhi, "dispatcher").get("/orders/?flag=priority"))


def test_concentrated_topics_of_the_register_are_offered_and_go_first(lezhi: Town) -> None:
    """乐至 第七条第六项: what the register knows as concentrated is chosen at the desk beside the book's topics."""
    told = {"nature": "反映集中", "matter": "城南片区自来水发黄", "plan": "每日会商"}
    registers.file(access.SYSTEM, "topic", told, platform=lezhi.platform)
    client = _enter(lezhi, "agent")
    said = words(client.get("/agent/"))
    assert "农民工工资" in said
    assert "反映集中: 城南片区自来水发黄" in said
    fields = {
        "category": "投诉",
        "channel": "phone",
        "text": "家里的水又黄了",
        "topics": "反映集中: 城南片区自来水发黄",
    }
    answer = _post(client, "/agent/", **fields, **{"requester.phone": "13800138112"})
    number = answer["Location"].strip("/").rpartition("/")[2]
    order = queries.detail(number, access.actor_of(lezhi.users["agent"])).state
    assert "priority" in order.flags


def test_a_class_of_its_own_has_a_list_of_its_own(quick: None) -> None:
    """内蒙古 第五条第五项、第六条第四项、第六项: complaints on the business environment, messages of the platform."""
    town = seed.town(book="neimenggu", orders=False)
    client = _enter(town, "dispatcher")
    Story(town, clock.now() - 600).register(1, category="营商环境投诉")
    Story(town, clock.now() - 500).register(4, category="意见建议", source="政务服务平台")
    text = page(client.get("/orders/"))
    for name in ("营商环境投诉", "政务服务平台"):
        assert f">{name}</a>" in text.replace("</svg>", ">")
    assert "积分入学" in words(client.get("/orders/?" + urlencode({"category": "营商环境投诉"})))
    other = words(client.get("/orders/?" + urlencode({"source": "政务服务平台"})))
    assert "遮雨棚" in other
    assert "积分入学" not in other


def test_matters_across_regions_have_a_list_where_the_rules_coordinate_them(quick: None) -> None:
    """安徽 第六条第四项, 内蒙古 第十一条第二项: who coordinates is told at dispatch, the list stands in the rail."""
    town = seed.town(book="anhui", orders=False)
    story = Story(town, clock.now() - 600).register(3, category="投诉", region="cross_region")
    Story(town, clock.now() - 500).register(5)
    client = _enter(town, "dispatcher")
    assert '<a href="/orders/?flag=cross_region"' in page(client.get("/orders/"))
    said = words(client.get("/orders/?flag=cross_region"))
    assert "浇筑混凝土" in said
    assert "红绿灯" not in said
    assert "由省级热线工作机构协调" in words(client.get(f"/orders/{story.number}/act/dispatch/"))


def test_a_secret_matter_is_not_registered(lezhi: Town) -> None:
    """乐至 第十六条第二款: nothing is kept, the special way is told."""
    client = _enter(lezhi, "agent")
    answer = _post(client, "/agent/", category="举报", channel="phone", text="一项涉密工程", secret="yes")
    assert answer.status_code in (409, 422)
    assert "专门的保密渠道" in words(answer)
    assert queries.page(queries.Filters(), access.actor_of(lezhi.users["dispatcher"])).rows == ()
