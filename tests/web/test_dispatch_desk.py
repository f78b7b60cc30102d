"""The dispatch desk: its tabs, whom it offers, both sides of a return, several orders at once, and bad input."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import In
from tests.web.reading import hidden, page, words
from tests.web.seed import Story, Town
from yixian.orders import clock, queries, unit_list
from yixian.orders import units as orders_units
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.models import Platform, Unit

HX = {"HX-Request": "true"}
REASON = "餐饮油烟由城市管理部门负责查处, 不属于本局职责。"


def state_of(town: Town, number: str) -> Any:
    return queries.detail(number, access.actor_of(town.users["supervisor"])).state


def accepted(town: Town, text: int = 0, **more: Any) -> str:
    return str(Story(town, clock.now() - 3600).register(text, **more).give("agent", "accept").number)


def returning(town: Town, suggestion: str = "urban") -> str:
    story = Story(town, clock.now() - 7200).register(7).give("agent", "accept")
    story.give("dispatcher", "dispatch", lead="water", requirements="请到现场查看油烟排放口")
    story.give(
        "water-clerk", "request_return", 1, reason=REASON, basis="市城市管理局职能配置规定", suggestion=suggestion
    )
    return str(story.number)


def pane(client: Client, number: str, tab: str) -> Any:
    return client.get(f"/desks/dispatch/{number}/?tab={tab}", headers=HX)


def options(client: Client, **asked: Any) -> list[str]:
    """The codes that the list offers, in its order."""
    answer = client.get("/units/find/", asked, headers=HX)
    assert answer.status_code == 200
    return re.findall(r'data-code="([^"]*)"', page(answer))


# --- the list of units ---------------------------------------------------------------------------------------------


def test_units_are_found_by_name_pinyin_initials_and_duty(town: Town, enter: In) -> None:
    parties.change_unit(actor=access.SYSTEM, unit=town.units["urban"], duty="占道经营、路灯和公厕")
    orders_units.forget()
    client = enter("dispatcher")
    assert options(client, q="水务")[0] == "water"
    assert options(client, q="shuiwu")[0] == "water"
    assert options(client, q="swj")[0] == "water"
    assert options(client, q="路灯") == ["urban"]
    assert options(client, q="没有这样的单位") == []
    assert "占道经营" in words(client.get("/units/find/", {"q": "城管"}, headers=HX))


def test_the_territory_of_the_place_comes_first_and_is_marked(town: Town, enter: In) -> None:
    number = accepted(town, 0)
    client = enter("dispatcher")
    assert options(client, order=number)[0] == "xz"
    assert "属地" in words(client.get("/units/find/", {"order": number}, headers=HX))


def test_units_out_of_use_and_of_other_platforms_are_not_offered(town: Town, enter: In) -> None:
    other = parties.create_platform(actor=access.SYSTEM, code="inland", name="内陆市热线", level="city", book="zhuhai")
    parties.create_unit(actor=access.SYSTEM, platform=other, code="far-water", name="内陆市水务局")
    parties.change_unit(actor=access.SYSTEM, unit=town.units["water"], is_active=False)
    orders_units.forget()
    assert options(enter("dispatcher"), q="水务") == []


def test_a_station_is_marked_and_those_chosen_are_left_out(town: Town, enter: In) -> None:
    station = parties.create_platform(
        actor=access.SYSTEM, code="bay", name="斗门区工作站", level="station", parent=town.platform, book="zhuhai"
    )
    parties.create_unit(
        actor=access.SYSTEM, platform=town.platform, code="bay-unit", name="斗门区工作站", represents=station
    )
    orders_units.forget()
    client = enter("dispatcher")
    assert "工作站" in re.findall(r'class="chip[^"]*">([^<]*)<', page(client.get("/units/find/?q=doumen", headers=HX)))
    assert options(client, q="doumen", **{"not": ["bay-unit"]}) == []


def test_what_a_unit_has_in_hand_is_told_to_staff_only(busy: Town, enter: In) -> None:
    told = words(enter("dispatcher").get("/units/find/?q=水务", headers=HX))
    assert re.search(r"在办 \d+ 件", told)
    assert "超期 1" in told
    assert "在办" not in words(enter("water-clerk").get("/units/find/?q=城管", headers=HX))


def test_another_persons_order_gives_no_list(town: Town, enter: In) -> None:
    number = accepted(town)
    assert enter("housing-clerk").get("/units/find/", {"order": number}, headers=HX).status_code == 404
    assert Client().get("/units/find/").status_code in (302, 401)


def test_five_thousand_units_are_searched_in_fifty_milliseconds(town: Town) -> None:
    root = Platform.objects.get(code="harbour")
    Unit.objects.bulk_create(
        Unit(
            code=f"many-{number}",
            platform=root,
            name=f"第{number}街道办事处",
            search=f"第{number}街道办事处 di{number}jiedaobanshichu d{number}jdbsc many-{number}",
            path=f"many-{number}/",
            duty="社区事务、环境卫生、矛盾调解",
        )
        for number in range(5000)
    )
    unit_list.forget()
    unit_list.listed(root.path)
    spent = []
    for typed in ("d42", "jdbsc", "环境", "街道", ""):
        began = time.process_time()
        found = unit_list.find(typed, root.path, place="香洲区人民东路第17街道", text="垃圾没人清, 环境卫生差")
        unit_list.loads(item.unit.code for item in found)
        spent.append(time.process_time() - began)
        assert found
    assert sorted(spent)[2] < 0.05


# --- the field ------------------------------------------------------------------------------------------------------


def test_the_field_works_as_plain_text_with_names(town: Town, enter: In) -> None:
    number = accepted(town)
    client = enter("dispatcher")
    answer = client.get(f"/orders/{number}/act/dispatch/", headers=HX)
    assert '<option value="市水务局">' in page(answer)
    form = {"form_key": hidden(answer, "form_key"), "seen": hidden(answer, "seen")}
    sent = {**form, "lead": "市水务局", "co": "城管局、市教育局", "mode": "lead"}
    assert client.post(f"/orders/{number}/act/dispatch/", sent).status_code == 302
    assert state_of(town, number).lead == "water"
    assert state_of(town, number).co == ("urban", "edu")


def test_what_was_chosen_stays_chosen_after_an_error(town: Town, enter: In) -> None:
    number = accepted(town)
    client = enter("dispatcher")
    answer = client.get(f"/orders/{number}/act/dispatch/", headers=HX)
    form = {"form_key": hidden(answer, "form_key"), "seen": hidden(answer, "seen")}
    sent = {**form, "lead": "没有的局", "co": ["urban"]}
    again = client.post(f"/orders/{number}/act/dispatch/", sent, headers=HX)
    assert again.status_code == 422
    assert 'value="urban" checked' in page(again)
    assert 'value="没有的局"' in page(again)
    assert state_of(town, number).state == "accepted"


def test_a_unit_of_another_platform_forged_into_the_form_is_refused(town: Town, enter: In) -> None:
    other = parties.create_platform(actor=access.SYSTEM, code="inland", name="内陆市热线", level="city", book="zhuhai")
    parties.create_unit(actor=access.SYSTEM, platform=other, code="far-water", name="内陆市水务局")
    number = accepted(town)
    client = enter("dispatcher")
    answer = client.get(f"/orders/{number}/act/dispatch/", headers=HX)
    form = {"form_key": hidden(answer, "form_key"), "seen": hidden(answer, "seen")}
    sent = client.post(f"/orders/{number}/act/dispatch/", {**form, "lead": "far-water"}, headers=HX)
    assert sent.status_code == 422
    assert "不是本平台或下级平台的承办单位" in words(sent)


def test_a_unit_taken_out_of_use_meanwhile_is_refused(town: Town, enter: In) -> None:
    number = accepted(town)
    client = enter("dispatcher")
    answer = client.get(f"/orders/{number}/act/dispatch/", headers=HX)
    form = {"form_key": hidden(answer, "form_key"), "seen": hidden(answer, "seen")}
    parties.change_unit(actor=access.SYSTEM, unit=town.units["water"], is_active=False)
    sent = client.post(f"/orders/{number}/act/dispatch/", {**form, "lead": "water"}, headers=HX)
    assert sent.status_code == 422
    assert "已停用" in words(sent)


# --- the desk -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["new", "dispatch", "return", "extension", "again", "unsigned", "above", "meeting"])
def test_each_tab_opens_empty_and_full(town: Town, enter: In, tab: str) -> None:
    client = enter("dispatcher")
    assert client.get(f"/desks/dispatch/?tab={tab}").status_code == 200
    accepted(town)
    returning(town)
    assert client.get(f"/desks/dispatch/?tab={tab}").status_code == 200


def test_orders_stand_where_they_wait(town: Town, enter: In) -> None:
    fresh = str(Story(town, clock.now() - 600).register(1).number)
    waiting, given_back = accepted(town, 2), returning(town)
    came = str(Story(town, clock.now() - 600).register(3, channel="transfer").number)
    client = enter("dispatcher")

    def there(tab: str) -> str:
        return page(client.get(f"/desks/dispatch/rows/?tab={tab}", headers=HX))

    assert fresh in there("new")
    assert fresh not in there("dispatch")
    assert waiting in there("dispatch")
    assert given_back in there("return")
    assert came in there("above")
    assert waiting not in there("above")
    answer = client.get(f"/orders/{given_back}/act/approve_return/", headers=HX)
    form = {"form_key": hidden(answer, "form_key"), "seen": hidden(answer, "seen")}
    client.post(f"/orders/{given_back}/act/approve_return/", form)
    assert given_back in there("again")
    assert waiting not in there("again")


def test_a_return_shows_both_sides_and_a_preset_decision(town: Town, enter: In) -> None:
    number = returning(town)
    client = enter("dispatcher")
    shown = pane(client, number, "return")
    told = words(shown)
    assert REASON in told
    assert "市城市管理局职能配置规定" in told
    assert "请到现场查看油烟排放口" in told
    assert "珠海办法" in told
    assert f"/orders/{number}/act/refuse_return/" in page(shown)
    form = client.get(f"/orders/{number}/act/approve_return/", headers=HX)
    assert '<input type="checkbox" name="redispatch_to" value="urban" checked>' in page(form)


def test_earlier_returns_of_the_order_are_told(town: Town, enter: In) -> None:
    story = Story(town, clock.now() - 90000).register(7).give("agent", "accept")
    story.give("dispatcher", "dispatch", lead="water").give(
        "water-clerk", "request_return", 1, reason="第一次的理由", basis="文件", suggestion="edu"
    )
    story.give("dispatcher", "refuse_return", 1, reason="请继续办理")
    number = str(
        story.give("water-clerk", "request_return", 1, reason="又一次的理由", basis="文件", suggestion="urban").number
    )
    told = words(pane(enter("dispatcher"), number, "return"))
    assert "本单此前的退单 2 条" in told
    assert "第一次的理由" in told
    assert "请继续办理" in told


def test_a_meeting_is_convened_and_ends_with_a_designation(town: Town, enter: In) -> None:
    number = accepted(town)
    client = enter("dispatcher")
    answer = client.get(f"/orders/{number}/act/convene/", headers=HX)
    form = {"form_key": hidden(answer, "form_key"), "seen": hidden(answer, "seen")}
    said = {
        "matter": "职责交叉, 请议定主办",
        "members": ["water", "市委编办"],
        "time": "3月12日 14:30",
        "by": "热线工作机构",
    }
    assert client.post(f"/orders/{number}/act/convene/", {**form, **said}).status_code == 302
    told = words(pane(client, number, "meeting"))
    assert "市水务局、市委编办" in told
    assert "3月12日 14:30" in told
    assert number in page(client.get("/desks/dispatch/rows/?tab=meeting", headers=HX))
    assert "会议决定由督办管理员记下" in told
    client = enter("supervisor")
    assert f"/orders/{number}/act/designate/" in page(pane(client, number, "meeting"))
    answer = client.get(f"/orders/{number}/act/designate/", headers=HX)
    form = {"form_key": hidden(answer, "form_key"), "seen": hidden(answer, "seen")}
    client.post(f"/orders/{number}/act/designate/", {**form, "lead": "water", "decision": "由水务局主办"})
    assert state_of(town, number).lead == "water"
    assert number not in page(client.get("/desks/dispatch/rows/?tab=meeting", headers=HX))


def test_script_in_the_requirements_is_text(town: Town, enter: In) -> None:
    number = accepted(town)
    client = enter("dispatcher")
    answer = client.get(f"/orders/{number}/act/dispatch/", headers=HX)
    form = {"form_key": hidden(answer, "form_key"), "seen": hidden(answer, "seen")}
    evil = "<script>alert(1)</script>"
    client.post(f"/orders/{number}/act/dispatch/", {**form, "lead": "water", "requirements": evil})
    shown = page(pane(client, number, "unsigned"))
    assert evil not in shown
    assert "&lt;script&gt;" in shown
    assert "<script>" not in page(client.get("/units/find/", {"q": evil}, headers=HX))


# --- several at once ------------------------------------------------------------------------------------------------


def asked(client: Client, command: str, numbers: list[str]) -> dict[str, Any]:
    """The form for several orders as the page sends it."""
    answer = client.post(f"/desks/dispatch/together/{command}/", {"number": numbers, "tab": "dispatch"}, headers=HX)
    assert answer.status_code == 200
    seen = dict(re.findall(r'name="(seen\.[^"]+)" value="(\d+)"', page(answer)))
    return {"form_key": hidden(answer, "form_key"), "sent": "1", "number": numbers, **seen}


def test_several_orders_go_to_one_unit_each_with_its_own_result(town: Town, enter: In) -> None:
    one, two, three = accepted(town, 0), accepted(town, 1), accepted(town, 2)
    client = enter("dispatcher")
    form = asked(client, "dispatch", [one, two, three])
    faster = Story(town, clock.now() - 60)
    faster.number = two
    faster.give("supervisor", "dispatch", lead="edu")
    answer = client.post(
        "/desks/dispatch/together/dispatch/", {**form, "lead": "water", "requirements": "今天到场"}, headers=HX
    )
    told = words(answer)
    assert "办好 2 件, 1 件没有办成" in told
    assert "刚刚有变化" in told
    assert [state_of(town, number).lead for number in (one, two, three)] == ["water", "edu", "water"]
    assert "toast" in answer["HX-Trigger"]


def test_a_double_click_dispatches_once(town: Town, enter: In) -> None:
    number = accepted(town)
    client = enter("dispatcher")
    form = {**asked(client, "dispatch", [number]), "lead": "water"}
    client.post("/desks/dispatch/together/dispatch/", form, headers=HX)
    again = words(client.post("/desks/dispatch/together/dispatch/", form, headers=HX))
    assert "已经办过了" in again
    assert len([event for event in queries.timeline(number, access.SYSTEM) if event.kind == "dispatched"]) == 1


def test_a_wrong_unit_stops_all_and_is_said_at_the_field(town: Town, enter: In) -> None:
    one, two = accepted(town, 0), accepted(town, 1)
    client = enter("dispatcher")
    form = asked(client, "dispatch", [one, two])
    answer = client.post(
        "/desks/dispatch/together/dispatch/", {**form, "lead": "没有的局", "requirements": "今天"}, headers=HX
    )
    assert answer.status_code == 422
    assert "没有“没有的局”这个承办单位" in words(answer)
    assert ">今天</textarea>" in page(answer)
    assert state_of(town, one).state == state_of(town, two).state == "accepted"
    empty = client.post("/desks/dispatch/together/dispatch/", form, headers=HX)
    assert empty.status_code == 422
    assert "请填写这一项" in words(empty)


def test_none_chosen_and_orders_out_of_reach_are_told(town: Town, enter: In) -> None:
    client = enter("dispatcher")
    assert "还没有选中工单" in words(client.post("/desks/dispatch/together/dispatch/", {}, headers=HX))
    strange = client.post("/desks/dispatch/together/dispatch/", {"number": ["0000"]}, headers=HX)
    assert "已不在您的范围内" in words(strange)
    assert enter("water-clerk").post("/desks/dispatch/together/dispatch/", {}).status_code == 404
    assert client.get("/desks/dispatch/together/archive/").status_code == 404


def test_extensions_are_decided_together_with_one_reason(town: Town, enter: In) -> None:
    numbers = []
    for text in (0, 5):
        story = Story(town, clock.now() - 3 * 3600).register(text).give("agent", "accept")
        story.give("dispatcher", "dispatch", lead="water").give("water-clerk", "sign", 1)
        numbers.append(str(story.give("water-clerk", "request_extension", 1, reason="需要排期开挖").number))
    client = enter("dispatcher")
    assert "需要排期开挖" in words(pane(client, numbers[0], "extension"))
    form = asked(client, "refuse_extension", numbers)
    assert client.post("/desks/dispatch/together/refuse_extension/", form, headers=HX).status_code == 422
    client.post("/desks/dispatch/together/refuse_extension/", {**form, "reason": "请按期办理"}, headers=HX)
    assert [state_of(town, number).pending_of("extension") for number in numbers] == [None, None]


def test_those_who_do_not_sign_are_urged_together(town: Town, enter: In) -> None:
    number = str(Story(town, clock.now() - 3600).register(0).give("dispatcher", "dispatch", lead="water").number)
    client = enter("dispatcher")
    form = asked(client, "urge", [number])
    client.post("/desks/dispatch/together/urge/", {**form, "note": "请尽快签收"}, headers=HX)
    assert state_of(town, number).counts.urges == 1


def test_without_script_the_forms_are_pages(town: Town, enter: In) -> None:
    number = accepted(town)
    client = enter("dispatcher")
    answer = client.post("/desks/dispatch/together/dispatch/", {"number": [number]})
    assert "<html" in page(answer)
    form = {"form_key": hidden(answer, "form_key"), "sent": "1", "number": [number], "lead": "市水务局"}
    assert "1 件已办好" in words(client.post("/desks/dispatch/together/dispatch/", form))
