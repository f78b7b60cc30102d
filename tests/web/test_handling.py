"""Order pages of a unit that reviews its answers inside: drafts, supervision cases, what is not for the public."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web import seed
from tests.web.reading import hidden, page, words
from yixian.orders import clock, queries
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.sessions import BACKEND
from yixian.web.present import timeline

HX = {"HX-Request": "true"}
LETTER = (
    "尊敬的王女士您好，您在资阳市12345政务服务平台反映的积水问题已收悉，经调查，现回复如下：一、您的主要诉求：排除积水。"
    "二、调查核实情况：管网堵塞属实。三、调查处理意见：已疏通。四、沟通情况：已电话沟通。"
    "感谢您对资阳市12345政务服务热线的关注和支持！资阳市乐至县水务局"
)


@pytest.fixture
def county(quick: None) -> seed.Town:
    """A county under a book with inside review, with a clerk beside the leader of the water bureau."""
    town = seed.town(orders=False, book="lezhi")
    town.users["clerk"] = parties.create_user(
        actor=access.SYSTEM,
        platform=town.platform,
        username="clerk",
        name="赵经办",
        password=seed.PASSWORD,
        unit=town.units["water"],
        roles=("unit_clerk",),
        must_change_password=False,
        post="clerk",
    )
    return town


@pytest.fixture
def order(county: seed.Town) -> str:
    """An order that the water bureau has signed."""
    story = seed.Story(county, clock.now() - 7200).register(0)
    return str(story.give("dispatcher", "dispatch", 0.1, lead="water").give("water-clerk", "sign", 0.1).number)


def enter(town: seed.Town, username: str) -> Client:
    client = Client()
    client.force_login(town.users[username], backend=BACKEND)
    return client


def send(client: Client, number: str, command: str, **fields: str) -> str:
    """Open the form, send it, and give back the words of the answer."""
    form = client.get(f"/orders/{number}/act/{command}/", headers=HX)
    keys = {"form_key": hidden(form, "form_key"), "seen": hidden(form, "seen")}
    answer = client.post(f"/orders/{number}/act/{command}/", {**keys, **fields})
    return words(client.get(answer["Location"]) if answer.status_code == 302 else answer)


def test_a_draft_goes_from_the_clerk_to_the_leader_and_out(county: seed.Town, order: str) -> None:
    clerk, leader = enter(county, "clerk"), enter(county, "water-clerk")
    assert "须经本单位内部审核后发出" in words(clerk.get(f"/orders/{order}/"))
    missing = send(clerk, order, "draft_reply", text="尊敬的王**您好", contacted="on")
    assert "“**”不得出现" in missing
    assert "请写全姓名" in missing
    assert "拟稿送审, 已办好" in send(clerk, order, "draft_reply", text=LETTER, contacted="on")
    outside = enter(county, "supervisor")
    assert "拟稿送审" in words(outside.get(f"/orders/{order}/"))
    for path in (f"/orders/{order}/", f"/orders/{order}/act/reply/"):
        assert "已疏通" not in page(outside.get(path)), path
    assert order in page(leader.get("/orders/?flag=drafted"))
    assert "待签发" in words(leader.get("/orders/"))
    assert "待签发" not in words(clerk.get("/orders/?state=handling")).partition("工单")[0]
    form = leader.get(f"/orders/{order}/act/reply/", headers=HX)
    assert "送审稿" in words(form)
    assert "已疏通" in page(form)
    assert "办理答复, 已办好" in send(leader, order, "reply")
    detail = queries.detail(order, access.actor_of(county.users["supervisor"]))
    assert detail.state.state == "replied"
    assert "drafted" not in detail.state.flags
    said = queries.timeline(order, access.actor_of(county.users["supervisor"]))[-1]
    assert said.kind == "replied"
    assert said.person == county.users["water-clerk"].name


def test_a_case_is_shown_confirmed_and_concluded_on_the_page(county: seed.Town, order: str) -> None:
    desk = enter(county, "supervisor")
    send(
        desk,
        order,
        "supervise",
        by="县行政审批局",
        mode="书面",
        trigger="other_bureau",
        reason="多次来电",
        **{"with": "urban"},
    )
    shown = words(desk.get(f"/orders/{order}/"))
    for word in ("督办中", "县行政审批局", "会同: 城管局", "理由: 多次来电"):
        assert word in shown, word
    form = page(desk.get(f"/orders/{order}/act/conclude_case/", headers=HX))
    assert "人工认定 · 县行政审批局 · 督办中" in form
    assert "未见实效" in form
    after = send(desk, order, "conclude_case", case="other_bureau", outcome="no_effect", note="仍未到场")
    assert "县人民政府" in after
    assert "未见实效" in after


def test_not_for_the_public_needs_a_reason_and_shows(county: seed.Town, order: str) -> None:
    leader = enter(county, "water-clerk")
    assert "请写明不宜公开的理由" in send(leader, order, "withhold")
    assert "不宜公开" in send(leader, order, "withhold", reason="涉及第三人隐私")


def test_who_writes_and_who_reviews_is_told_what_the_book_wants(county: seed.Town, order: str) -> None:
    writing = words(enter(county, "clerk").get(f"/orders/{order}/act/draft_reply/", headers=HX))
    assert "不超过 1000 字" in writing
    assert "请写明是谁、在哪里、什么东西" in writing
    assert "勾选“已与诉求人联系”" in writing
    assert "承办科室、科室电话" not in writing  # asked of answers to anonymous letters alone
    leader = enter(county, "water-clerk")
    send(leader, order, "reply", text=LETTER, contacted="on")
    review = words(enter(county, "supervisor").get(f"/orders/{order}/act/pass_review/", headers=HX))
    assert "审核要点" in review
    assert "标明承办单位" in review


def test_supervision_that_a_rule_opens_is_not_the_doing_of_who_replied(county: seed.Town, order: str) -> None:
    leader = enter(county, "water-clerk")
    send(leader, order, "reply", text="已处理完毕, 感谢关注。", contacted="on")
    told = next(one for one in timeline.entries(_events(order), {}, clock.now()) if one.title == "督办")
    assert told.actor == "系统"


def _events(order: str) -> list[queries.Entry]:
    return queries.timeline(order, access.SYSTEM)
