"""The red bar stands on every desk until somebody confirms; the page says whom to call and takes the confirmation."""

from __future__ import annotations

import re

from tests.web.conftest import In
from tests.web.reading import hidden, page, words
from tests.web.seed import Story, Town
from yixian.exchange import addresses
from yixian.orders import clock, reacting
from yixian.parties import access
from yixian.registers import actions as registers


def _emergency(town: Town) -> Story:
    addresses.forget()
    story = Story(town, clock.now() - 7 * 60).register(2, emergency="event")
    reacting.drain()
    return story


def test_the_bar_is_on_every_desk_and_fades_when_confirmed(town: Town, enter: In) -> None:
    agent = enter("agent")
    assert "alarmbar" not in page(agent.get("/orders/"))
    story = _emergency(town)
    for path in ("/orders/", "/notices/", "/account/"):
        text = page(agent.get(path))
        assert "alarmbar" in text, path
        assert "已等待 7 分钟" in text, path
    assert str(story.number) in page(agent.get("/alarms/bar/"))
    assert "alarmbar" not in page(enter("housing-clerk").get("/orders/"))
    agent.post("/alarms/confirm/", {"order": story.number, "note": "已转 120"})
    assert page(agent.get("/alarms/bar/")).strip() == ""
    assert "已转 120" in page(agent.get("/alarms/"))


def test_the_newest_alarm_is_always_in_the_bar_and_the_others_are_counted(town: Town, enter: In) -> None:
    addresses.forget()
    stories = [Story(town, clock.now() - back * 60).register(2, emergency="event") for back in (50, 40, 30, 20, 1)]
    reacting.drain()
    bar = page(enter("agent").get("/alarms/bar/"))
    assert str(stories[-1].number) in bar
    assert str(stories[0].number) not in bar
    assert "另有 2 件" in bar


def test_without_saying_how_it_is_not_confirmed(town: Town, enter: In) -> None:
    story = _emergency(town)
    answer = enter("agent").post("/alarms/confirm/", {"order": story.number, "note": " "})
    assert answer.status_code == 422
    assert "请写明如何处置" in page(answer)
    clerk = enter("water-clerk").post("/alarms/confirm/", {"order": story.number, "note": "收到"})
    assert clerk.status_code == 422, "not theirs to see"
    assert enter("auditor").post("/alarms/confirm/", {"order": story.number, "note": "看过"}).status_code == 403


def test_lines_that_fit_come_first(town: Town, enter: In) -> None:
    for name, sort, phone in (("公安", "110", "110"), ("消防救援", "119", "0756-8899119")):
        registers.file(
            access.actor_of(town.users["supervisor"]), "contact",
            {"name": name, "sort": sort, "phone": phone, "way": "三方通话"}, platform=town.platform,
        )  # fmt: skip
    addresses.forget()
    told = {"category": "求助", "text": "仓库起火冒烟, 请马上派人。", "place": "香洲区", "channel": "phone"}
    Story(town, clock.now()).give("agent", "register", emergency="event", requester={"phone": "13800138999"}, **told)
    reacting.drain()
    said = words(enter("agent").get("/alarms/"))
    assert said.index("0756-8899119") < said.index("公安")


def test_a_unit_is_told_to_answer_and_cannot_confirm(town: Town, enter: In) -> None:
    _emergency(town).give("dispatcher", "dispatch", 0.05, lead="water")
    text = page(enter("water-clerk").get("/alarms/"))
    assert "电话通知并记录" not in text
    assert "确认, 不再提醒" not in text


def test_the_call_to_the_unit_comes_first_while_it_runs_out(town: Town, enter: In) -> None:
    number = Story(town, clock.now()).register(2, emergency="event").number
    agent = enter("agent")
    assert _first_button(agent.get(f"/orders/{number}/")) == "notify_unit"
    sent = agent.get(f"/orders/{number}/act/notify_unit/", headers={"HX-Request": "true"})
    keys = {"form_key": hidden(sent, "form_key"), "seen": hidden(sent, "seen")}
    agent.post(f"/orders/{number}/act/notify_unit/", {**keys, "unit": "water", "answered_by": "值班员"})
    assert _first_button(agent.get(f"/orders/{number}/")) != "notify_unit"


def _first_button(answer: object) -> str:
    found = re.search(r"/act/(\w+)/", page(answer).split('id="todo"', 1)[1])
    assert found
    return found[1]
