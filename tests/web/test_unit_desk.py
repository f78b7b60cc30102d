"""The unit desk: its tabs, the reply editor, routing, sign-off, figures; what goes wrong is told, nothing is lost."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web import seed
from tests.web.conftest import In
from yixian.lifecycle.commands import parse
from yixian.orders import actions, clock, inside, inside_lists, progress, queries, reply_drafts, session
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.web.desks import unit_figures
from yixian.web.desks.unit import DESK

TEXT = "时间：当日\n经过：到场疏通\n结果：已修复\n依据：排水条例"
PARTS = {"text.parts": "1", "text.0": "当日", "text.1": "到场疏通", "text.2": "已修复", "text.3": "排水条例"}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    unit_figures.forget()
    inside_lists.forget()


def _client(town: seed.Town, name: str) -> Client:
    from yixian.parties.sessions import BACKEND

    client = Client()
    client.force_login(town.users[name], backend=BACKEND)
    return client


def _handling(town: seed.Town, text: int = 0, hours: float = 5) -> str:
    story = seed.Story(town, clock.now() - int(hours * 3600)).register(text)
    story.give("dispatcher", "dispatch", 0.5, lead="water").give("water-clerk", "sign", 1)
    return str(story.number)


def _key(client: Client, url: str) -> dict[str, str]:
    page = client.get(url).content.decode()
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    seen = re.search(r'name="seen" value="(\d+)"', page)
    return {"form_key": unescape(key[1]) if key else "", "seen": seen[1] if seen else ""}


def _tabs(page: str) -> dict[str, str]:
    found = re.findall(r'<a href="/desks/unit/\?tab=(\w+)"[^>]*>[^<]*(?:<span class="n[^"]*">([^<]*)</span>)?', page)
    return dict(found)


# ---- tabs -----------------------------------------------------------------------------------------------------------


def test_each_tab_holds_what_it_says(busy: seed.Town, enter: In) -> None:
    page = enter("water-clerk").get("/desks/unit/").content.decode()
    tabs = _tabs(page)
    assert "contact" not in tabs  # this book has no contact clock
    assert {"appeal", "redo", "asked", "explain"} <= set(tabs)
    assert tabs["asked"] == "1"
    assert int(tabs["reply"]) >= 3
    assert tabs["done"] == "2"  # 待审核, 待回访
    assert tabs["cards"] == "1"


@pytest.mark.parametrize("code", [tab.code for tab in DESK.tabs])
def test_every_tab_opens(busy: seed.Town, enter: In, code: str) -> None:
    answer = enter("water-clerk").get(f"/desks/unit/?tab={code}")
    assert answer.status_code == 200


def test_a_co_handler_owes_an_opinion_and_a_signature(town: seed.Town) -> None:
    story = seed.Story(town, clock.now() - 7200).register(0)
    story.give("dispatcher", "dispatch", 0.5, lead="water", co=["housing"], mode="lead")
    desk = _client(town, "housing-clerk").get("/desks/unit/").content.decode()
    assert _tabs(desk)["sign"] == "1"
    story.give("housing-clerk", "sign", 0.5).give("water-clerk", "sign", 0.1)
    desk = _client(town, "housing-clerk").get("/desks/unit/?tab=opinion").content.decode()
    assert story.number in desk
    answer = queries.page(queries.Filters(part="opinion", states=("handling",)), _actor(town, "housing-clerk"))
    assert [row.number for row in answer.rows] == [story.number]
    story.give("housing-clerk", "submit_opinion", 0.1, text="物业已检查")
    answer = queries.page(queries.Filters(part="opinion", states=("handling",)), _actor(town, "housing-clerk"))
    assert answer.rows == ()


def test_a_batch_is_signed_and_the_rest_is_told_why(town: seed.Town) -> None:
    numbers = []
    for text in range(3):
        story = seed.Story(town, clock.now() - 3600).register(text).give("dispatcher", "dispatch", 0.2, lead="water")
        numbers.append(str(story.number))
    client = _client(town, "water-clerk")
    actions.handle(numbers[0], parse("sign", {}), _actor(town, "water-clerk"))  # a colleague was faster
    key = re.search(r'name="form_key" value="([^"]+)"', client.get("/desks/unit/?tab=sign").content.decode())
    assert key
    sent = {"form_key": unescape(key[1]), "command": "sign", "number": numbers, "back": "/desks/unit/?tab=sign"}
    page = client.post("/orders/together/", sent, follow=True).content.decode()
    assert "签收 2 件" in page
    assert numbers[0] in page
    states = [queries.detail(number, _actor(town, "water-clerk")).state.state for number in numbers]
    assert states == ["handling"] * 3


def test_what_review_sent_back_stands_in_its_tab_until_it_is_answered_again(town: seed.Town) -> None:
    number = _handling(town)
    story = seed.Story(town, clock.now() - 3000)
    story.number = number
    story.give("water-clerk", "reply", text=TEXT, contacted=True)
    story.give("reviewer", "send_back", 0.1, defects=["没有写明依据"], reason="请补充")
    wanted = queries.Filters(happened="sent_back", part="lead", states=("handling",))
    assert [row.number for row in queries.page(wanted, _actor(town, "water-clerk")).rows] == [number]
    page = _client(town, "water-clerk").get(f"/desks/unit/?tab=back&at={number}").content.decode()
    assert "没有写明依据" in page
    assert "审核退回" in page
    story.give("water-clerk", "reply", 0.1, text=TEXT, contacted=True)
    assert queries.page(wanted, _actor(town, "water-clerk")).rows == ()


def _actor(town: seed.Town, name: str) -> access.Actor:
    return access.actor_of(town.users[name])


# ---- the reply editor -----------------------------------------------------------------------------------------------


def test_the_editor_sends_one_text_of_its_parts(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    url = f"/orders/{number}/act/reply/"
    page = client.get(url).content.decode()
    assert 'class="fixed0">时间：</span>' in page
    answer = client.post(url, _key(client, url) | PARTS | {"contacted": "yes"})
    assert answer.status_code == 302, answer.content.decode()[:500]
    event = queries.timeline(number, _actor(town, "water-clerk"))[-1]
    assert event.kind == "replied"
    assert event.data["text"] == TEXT


def test_a_refused_reply_keeps_every_part(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    url = f"/orders/{number}/act/reply/"
    sent = _key(client, url) | PARTS
    story = seed.Story(town, clock.now())
    story.number = number
    story.give("water-clerk", "report_progress", text="同事先报了进展")
    answer = client.post(url, sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "刚刚有变化" in page
    assert "到场疏通" in page
    assert "已修复" in page


def test_the_check_is_the_commands_own_and_shows_what_the_requester_gets(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    sent = PARTS | {"text.3": "", "text.2": "已修复, 有事请拨 13800138000", "draft_version": "0"}
    page = client.post(f"/replies/{number}/reply/", sent).content.decode()
    assert "缺少“依据”" in page
    assert "138****8000" in page
    assert "13800138000" not in page
    assert "已暂存" in page
    page = client.post(f"/replies/{number}/reply/", PARTS | {"draft_version": "1"}).content.decode()
    assert "没有发现问题" in page
    assert [entry.kind for entry in queries.timeline(number, _actor(town, "water-clerk"))][-1] == "signed"


def test_the_preview_is_what_the_requester_reads_on_their_page(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    sent = PARTS | {"text.1": "到场疏通, 请拨 13800138000", "contacted": "yes"}
    page = client.post(f"/replies/{number}/reply/", sent | {"draft_version": "0"}).content.decode()
    told = re.search(r'<div class="told0"><p class="pre">([^<]+)</p>', page)
    assert told
    url = f"/orders/{number}/act/reply/"
    assert client.post(url, _key(client, url) | sent).status_code == 302
    actions.handle(number, parse("pass_review", {}), _actor(town, "reviewer"))
    assert progress.shown(number).reply == unescape(told[1])


def test_a_disguised_file_is_refused_and_every_part_is_kept(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    url = f"/orders/{number}/act/reply/"
    file = SimpleUploadedFile("现场.jpg", b"MZ\x90\x00 not a picture", content_type="image/jpeg")
    answer = client.post(url, _key(client, url) | PARTS | {"file": file})
    assert answer.status_code == 422
    assert "附件" in answer.content.decode()
    assert "到场疏通" in answer.content.decode()
    assert queries.timeline(number, _actor(town, "water-clerk"))[-1].kind == "signed"


def test_what_was_typed_is_there_after_a_crash_and_gone_once_sent(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    client.post(f"/replies/{number}/reply/", PARTS | {"draft_version": "0"})
    url = f"/orders/{number}/act/reply/"
    page = _client(town, "water-clerk").get(url).content.decode()  # another browser
    assert "已恢复您" in page
    assert "到场疏通" in page
    row = session.fetch("select sealed from orders_replydraft")[0]
    assert "到场疏通".encode() not in bytes(row[0])
    client.post(url, _key(client, url) | PARTS | {"contacted": "yes"})
    assert reply_drafts.read(number, _actor(town, "water-clerk")) is None


def test_a_draft_is_its_writers_alone(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    client.post(f"/replies/{number}/reply/", PARTS | {"draft_version": "0"})
    assert reply_drafts.read(number, _actor(town, "supervisor")) is None
    stranger = _client(town, "housing-clerk").post(f"/replies/{number}/reply/", PARTS)
    assert stranger.status_code == 404
    assert "到场疏通" not in stranger.content.decode()


def test_two_windows_do_not_overwrite_each_other(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    client.post(f"/replies/{number}/reply/", PARTS | {"draft_version": "0"})
    client.post(f"/replies/{number}/reply/", PARTS | {"draft_version": "1", "text.0": "第一个窗口"})
    late = client.post(f"/replies/{number}/reply/", PARTS | {"draft_version": "1", "text.0": "第二个窗口"})
    assert "另一个窗口" in late.content.decode()
    kept = reply_drafts.read(number, _actor(town, "water-clerk"))
    assert kept is not None
    assert kept.fields["text.0"] == ["第一个窗口"]


def test_an_expired_session_in_a_long_reply_loses_nothing(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    url = f"/orders/{number}/act/reply/"
    sent = _key(client, url) | PARTS | {"text.1": "很长的经过。" * 900}
    client.logout()
    assert client.post(f"/replies/{number}/reply/", sent).status_code == 401
    login = client.post(url, sent)
    assert login.status_code == 401
    packed = re.search(r'name="draft" value="([^"]+)"', login.content.decode())
    assert packed
    answer = client.post(
        "/login/", {"username": "water-clerk", "password": seed.PASSWORD, "draft": unescape(packed[1]), "next": url}
    )
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "很长的经过。" * 900 in page
    assert "排水条例" in page


def test_whole_and_parts_turn_into_each_other_without_loss(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    url = f"/orders/{number}/act/reply/"
    whole = client.post(url, _key(client, url) | PARTS | {"as": "whole"}).content.decode()
    assert 'name="text" rows="14"' in whole
    assert TEXT in unescape(whole)
    parts = client.post(url, _key(client, url) | {"text": TEXT, "text.whole": "1", "as": "parts"}).content.decode()
    assert 'name="text.3" ' in parts
    free = client.post(url, _key(client, url) | {"text": "没有格式", "text.whole": "1", "as": "parts"}).content.decode()
    assert "不能分段" in free
    assert "没有格式" in free
    assert queries.timeline(number, _actor(town, "water-clerk"))[-1].kind == "signed"


def test_script_is_shown_as_words_everywhere(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    page = client.post(f"/replies/{number}/reply/", PARTS | {"text.0": SCRIPT, "draft_version": "0"}).content.decode()
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page
    assert SCRIPT not in client.get(f"/orders/{number}/act/reply/").content.decode()


@pytest.mark.parametrize("version", ["", "-1", "9" * 30, "x", SCRIPT])
def test_a_forged_version_is_no_error_page(town: seed.Town, version: str) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    assert client.post(f"/replies/{number}/reply/", PARTS | {"draft_version": version}).status_code == 200


def test_other_commands_and_orders_have_no_editor(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    assert client.post(f"/replies/{number}/dispatch/", PARTS).status_code == 404
    assert client.post("/replies/20990101000000001/reply/", PARTS).status_code == 404
    assert client.get(f"/replies/{number}/reply/").status_code == 405


# ---- sign-off -------------------------------------------------------------------------------------------------------


def test_a_leader_signs_the_waiting_draft_with_one_button(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")  # clerk and leader in one
    url = f"/orders/{number}/act/draft_reply/"
    assert client.post(url, _key(client, url) | PARTS | {"contacted": "yes"}).status_code == 302
    page = client.get(f"/desks/unit/?tab=signoff&at={number}").content.decode()
    assert "待您签发" in page
    assert "结果：已修复" in page
    keys = re.findall(r'name="form_key" value="([^"]+)"', page[page.index('id="signoff"') :])
    seen = re.search(r'name="seen" value="(\d+)"', page[page.index('id="signoff"') :])
    assert seen
    sent = {"form_key": unescape(keys[0]), "seen": seen[1], "text.keep": "1"}
    first, second = (client.post(f"/orders/{number}/act/reply/", sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)  # a double click does it once
    replied = [entry for entry in queries.timeline(number, _actor(town, "water-clerk")) if entry.kind == "replied"]
    assert [entry.data["text"] for entry in replied] == [TEXT]


def test_a_draft_that_was_masked_is_not_found_fault_with(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    story = seed.Story(town, clock.now())
    story.number = number
    story.give("water-clerk", "draft_reply", text=f"{TEXT}, 电话 13800138000", contacted=True)
    page = client.get(f"/desks/unit/?tab=signoff&at={number}").content.decode()
    panel = page[page.index('id="signoff"') :]
    assert "138****8000" in panel
    assert "没有发现问题" in panel


def test_a_waiting_draft_is_read_by_its_unit_alone(town: seed.Town) -> None:
    story = seed.Story(town, clock.now() - 7200).register(0)
    story.give("dispatcher", "dispatch", 0.5, lead="water", co=["housing"], mode="lead").give(
        "water-clerk", "sign", 0.2
    )
    story.give("housing-clerk", "sign", 0.1).give("water-clerk", "draft_reply", 0.1, text=TEXT, contacted=True)
    for name in ("housing-clerk", "supervisor", "dispatcher", "reviewer"):
        client = _client(town, name)
        for answer in (
            client.get(f"/orders/{story.number}/act/reply/"),
            client.get(f"/desks/unit/?at={story.number}"),
            client.post(f"/replies/{story.number}/reply/", {"text.keep": "1"}),
            client.post(f"/replies/{story.number}/reply/", PARTS | {"text.1": "别的经过"}),
        ):
            assert "到场疏通" not in answer.content.decode(), name


def test_a_returned_draft_tells_why(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    story = seed.Story(town, clock.now())
    story.number = number
    story.give("water-clerk", "draft_reply", text=TEXT, contacted=True)
    url = f"/orders/{number}/act/return_draft/"
    client.post(url, _key(client, url) | {"reason": "请写明处理依据"})
    page = client.get(f"/desks/unit/?tab=back&at={number}").content.decode()
    assert "请写明处理依据" in page
    assert "退回修改" in page


def test_a_clerk_sees_no_sign_off(town: seed.Town) -> None:
    story = seed.Story(town, clock.now() - 7200).register(0)
    story.give("dispatcher", "dispatch", 0.5, lead="housing").give("housing-clerk", "sign", 0.2)
    story.give("housing-clerk", "draft_reply", 0.1, text=TEXT, contacted=True)
    page = _client(town, "housing-clerk").get(f"/desks/unit/?at={story.number}").content.decode()
    assert "待您签发" not in page
    assert "signoff" not in _tabs(page)


# ---- inside the unit ------------------------------------------------------------------------------------------------


@pytest.fixture
def parts(town: seed.Town) -> seed.Town:
    """The water authority with a sub-unit and its clerk."""
    law = parties.create_unit(
        actor=access.SYSTEM, platform=town.platform, code="water-law", name="水务局法规科", short_name="法规科",
        parent=town.units["water"],
    )  # fmt: skip
    town.users["law"] = parties.create_user(
        actor=access.SYSTEM, platform=town.platform, username="law", name="王敏", password=seed.PASSWORD, unit=law,
        roles=("unit_clerk",), must_change_password=False,
    )  # fmt: skip
    access.forget_cached()
    return town


def test_routing_is_shown_told_and_comes_back_into_the_reply(parts: seed.Town) -> None:
    number, office = _handling(parts), _client(parts, "water-clerk")
    law = _client(parts, "law")
    assert law.get(f"/orders/{number}/").status_code == 404
    url = f"/inside/{number}/send/"
    sent = _key(office, url) | {"to": f"p:{parts.users['law'].pk}", "note": f"请核实 {SCRIPT}"}
    assert office.post(url, sent).status_code == 302
    page = office.get(f"/orders/{number}/").content.decode()
    assert "现在: 法规科 王敏" in page
    assert SCRIPT not in page
    desk = law.get("/desks/unit/?tab=inside").content.decode()
    assert number in desk
    assert "请核实" in desk
    assert number in law.get("/notices/").content.decode()
    url = f"/inside/{number}/report/"
    page = law.get(url).content.decode()
    step = re.search(r'name="step" value="(\d+)"', page)
    assert step
    law.post(url, _key(law, url) | {"step": step[1], "text": TEXT})
    page = office.get(f"/desks/unit/?tab=routed&at={number}").content.decode()
    use = re.search(r'href="(/orders/\d+/act/reply/\?from=\d+)"', page)
    assert use
    editor = office.get(use[1]).content.decode()
    assert "到场疏通" in editor


def test_nothing_of_it_reaches_requester_hotline_or_another_unit(parts: seed.Town) -> None:
    number = _handling(parts)
    inside.send(number, _actor(parts, "water-clerk"), to_unit="water-law", note="内部的话")
    for name in ("dispatcher", "reviewer", "supervisor", "agent"):
        page = _client(parts, name).get(f"/orders/{number}/").content.decode()
        assert "内部的话" not in page
        assert "内部流转" not in page
        assert _client(parts, name).get(f"/inside/{number}/back/").status_code in (200, 403, 404)
        assert "内部的话" not in _client(parts, name).get(f"/inside/{number}/back/").content.decode()
    assert _client(parts, "housing-clerk").get(f"/inside/{number}/send/").status_code == 404
    assert queries.timeline(number, _actor(parts, "dispatcher"))[-1].kind == "signed"


@pytest.mark.parametrize("to", ["", "u:housing", "u:", "p:", "p:x", "p:" + "9" * 40, "x:water-law", SCRIPT, "u:water"])
def test_a_forged_receiver_is_refused_and_the_note_is_kept(parts: seed.Town, to: str) -> None:
    number, office = _handling(parts), _client(parts, "water-clerk")
    url = f"/inside/{number}/send/"
    answer = office.post(url, _key(office, url) | {"to": to, "note": "请核实"})
    assert answer.status_code == 422
    assert "请核实" in answer.content.decode()
    assert SCRIPT not in answer.content.decode()


def test_the_second_of_two_clicks_is_told(parts: seed.Town) -> None:
    number, office = _handling(parts), _client(parts, "water-clerk")
    url = f"/inside/{number}/send/"
    sent = _key(office, url) | {"to": "u:water-law", "note": "请核实"}
    assert office.post(url, sent).status_code == 302
    again = office.post(url, sent)
    assert again.status_code == 409
    assert "先收回" in again.content.decode()


# ---- figures, extension ---------------------------------------------------------------------------------------------


def test_the_strip_names_its_formulas_and_invents_nothing(town: seed.Town) -> None:
    page = _client(town, "water-clerk").get("/desks/unit/").content.decode()
    assert "按期答复 ÷" in page
    assert "不适用" in page


def test_an_extension_shows_what_the_law_allows_and_the_new_due_time(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    page = client.get(f"/orders/{number}/act/request_extension/").content.decode()
    assert "次为限" in page
    assert "批准后为" in page
    before = queries.detail(number, _actor(town, "water-clerk")).state
    wrong = client.post(f"/extensions/{number}/", {"length": "九天"}).content.decode()
    assert "延期时长写法不对" in wrong
    over = client.post(f"/extensions/{number}/", {"length": "90wd"}).content.decode()
    assert "批准后为" not in over
    assert queries.detail(number, _actor(town, "water-clerk")).state == before


def test_the_due_time_shown_is_the_one_that_comes(town: seed.Town) -> None:
    number, client = _handling(town), _client(town, "water-clerk")
    page = client.post(f"/extensions/{number}/", {"reason": "管网改造"}).content.decode()
    then = re.search(r"批准后为 <b>([^<]+)</b>", page)
    assert then
    actor = _actor(town, "water-clerk")
    actions.handle(number, parse("request_extension", {"reason": "管网改造"}), actor)
    approver: Any = _actor(town, "supervisor")
    actions.handle(number, parse("approve_extension", {}), approver)
    state = queries.detail(number, actor).state
    due = next(item.due for item in state.clocks if item.key == "reply")
    from yixian.web.present import moments

    assert due is not None
    assert moments.until(due) == then[1]
