"""The agent desk: a call and its endings, each whole or not at all; drafts; what is shown beside; hostile input."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.conftest import In
from tests.web.reading import hidden, page, words
from tests.web.seed import Story, Town
from yixian.intake import calls
from yixian.intake.models import Call, CallDraft, OrderPlace
from yixian.lifecycle.commands import parse
from yixian.orders import actions, clock, queries
from yixian.orders.models import Attachment, Order
from yixian.parties import access, divisions
from yixian.parties.models import AuditEntry, UnmaskLog
from yixian.parties.models_places import Division

PHONE = "13900139000"
TEXT = "小区门口的路灯坏了一周, 晚上看不见路, 老人容易摔倒。"
HX = {"HX-Request": "true"}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


def form_of(client: Client, **more: Any) -> dict[str, Any]:
    """A call's form as it is sent."""
    opened = client.get("/agent/")
    names = ("form_key", "draft_id", "draft_version")
    return {
        **{name: hidden(opened, name) for name in names},
        "category": "投诉",
        "text": TEXT,
        "place": "香洲区银桦路 12 号",
        "requester.phone": PHONE,
        **more,
    }


def number_of(answer: Any) -> str:
    assert answer.status_code == 302, words(answer)[:600]
    return str(answer["Location"]).strip("/").rpartition("/")[2]


def state_of(number: str, town: Town) -> Any:
    return queries.detail(number, access.actor_of(town.users["supervisor"])).state


def test_a_call_is_registered_and_wrapped_up(town: Town, enter: In) -> None:
    client = enter("agent")
    number = number_of(client.post("/agent/", form_of(client)))
    card = words(client.get(f"/agent/done/{number}/"))
    for said in ("请告诉来电人", number, "查询码", "139****9000", "珠海办法"):
        assert said in card
    answer = client.post(f"/agent/done/{number}/", {"notes": "来电人 13911112222 情绪平稳", "next": "1"})
    assert answer["Location"] == "/agent/?next=1"
    found = Call.objects.get()
    assert found.ending == "register"
    assert found.notes == "来电人 139****2222 情绪平稳"
    assert found.notes_ref is not None
    assert "情绪平稳" in words(enter("dispatcher").get(f"/agent/calls/{number}/"))
    assert enter("water-clerk").get(f"/agent/calls/{number}/").status_code == 404


def test_the_former_address_leads_to_the_desk(town: Town, enter: In) -> None:
    answer = enter("agent").get("/register/?phone=13900139000")
    assert answer["Location"] == "/agent/?phone=13900139000"
    assert 'value="13900139000"' in page(enter("agent").get("/agent/?phone=13900139000"))


@pytest.mark.parametrize("username", ["caller", "reviewer", "water-clerk", "auditor"])
def test_who_registers_nothing_has_no_desk(town: Town, enter: In, username: str) -> None:
    assert enter(username).get("/agent/").status_code == 403
    assert enter(username).post("/agent/", {"text": TEXT}).status_code == 403


@pytest.mark.parametrize(
    ("ending", "fields", "state"),
    [
        ("answer", {"answer.text": "路灯报修请拨 0756-2222222, 已为您转报。", "category": "咨询"}, "answered"),
        ("dispatch", {"dispatch.lead": "市城市管理局", "dispatch.requirements": "今晚前修好"}, "dispatched"),
        ("decline", {"decline.ground": "", "decline.unit_name": "香洲区人民法院"}, "declined"),
        ("transfer", {"transfer.to": "广东省12345热线"}, "transferred"),
    ],
)
def test_register_and_the_next_step_are_one(
    town: Town, enter: In, ending: str, fields: dict[str, str], state: str
) -> None:
    client = enter("dispatcher")
    if ending == "decline":
        opened = page(client.get("/agent/"))
        fields["decline.ground"] = opened.partition('name="decline.ground" value="')[2].partition('"')[0]
        assert fields["decline.ground"]
    number = number_of(client.post("/agent/", form_of(client, ending=ending, **fields)))
    assert state_of(number, town).state == state
    assert Call.objects.get().ending == ending
    card = words(client.get(f"/agent/done/{number}/"))
    told = {
        "answer": "已当场答复",
        "dispatch": "由城管局办理",
        "decline": "香洲区人民法院",
        "transfer": "广东省12345热线",
    }
    assert told[ending] in card


@pytest.mark.parametrize(
    ("ending", "fields", "said"),
    [
        ("answer", {"answer.text": ""}, "请填写这一项"),
        ("dispatch", {"dispatch.lead": "没有这个单位"}, "没有这个单位"),
        ("decline", {"decline.ground": "自编的理由"}, "不予受理"),
        ("transfer", {"transfer.to": ""}, "请填写这一项"),
        ("three_party", {"three_party.party": ""}, "请写明参加通话的单位"),
    ],
)
def test_where_the_next_step_is_refused_nothing_is_registered(
    town: Town, enter: In, ending: str, fields: dict[str, str], said: str
) -> None:
    client = enter("dispatcher")
    answer = client.post("/agent/", form_of(client, ending=ending, **fields))
    assert answer.status_code in (409, 422)
    assert said in words(answer)
    assert TEXT in page(answer)
    assert f'name="ending" value="{ending}"' in page(answer)
    assert not Order.objects.exists()
    assert not Call.objects.exists()


def test_an_agent_who_may_not_dispatch_is_not_offered_it_and_forging_it_registers_only(town: Town, enter: In) -> None:
    client = enter("agent")
    assert 'data-ending="dispatch"' not in page(client.get("/agent/"))
    number = number_of(client.post("/agent/", form_of(client, ending="dispatch", **{"dispatch.lead": "water"})))
    assert state_of(number, town).state == "registered"


def test_a_three_party_call_names_who_joined_whether_it_settled_the_matter_or_not(town: Town, enter: In) -> None:
    client = enter("agent")
    fields = {"three_party.party": "市水务局", "three_party.text": "水务局当场说明: 明早恢复供水。"}
    number = number_of(client.post("/agent/", form_of(client, ending="three_party", category="咨询", **fields)))
    answered = queries.timeline(number, access.actor_of(town.users["agent"]))[-1]
    assert answered.data["mode"] == "three_party"
    assert answered.data["party"] == "市水务局"
    fields["three_party.text"] = ""
    open_one = number_of(client.post("/agent/", form_of(client, ending="three_party", text="又停水了", **fields)))
    assert state_of(open_one, town).state == "registered"
    assert "参加通话: 市水务局" in words(client.get(f"/agent/done/{open_one}/"))


def test_the_same_form_registers_once(town: Town, enter: In) -> None:
    client = enter("dispatcher")
    form = form_of(client, ending="dispatch", **{"dispatch.lead": "water"})
    first, second = client.post("/agent/", form), client.post("/agent/", form)
    assert number_of(first) == number_of(second)
    assert Order.objects.count() == Call.objects.count() == 1


def test_what_was_said_more_is_added_to_the_open_order_or_urges_it(town: Town, enter: In) -> None:
    story = Story(town, clock.now() - 7200).register(6)
    client = enter("agent")
    form = form_of(client, ending="supplement", target=story.number, text="昨晚又摔了一位老人")
    assert number_of(client.post("/agent/", form)) == story.number
    number_of(client.post("/agent/", form_of(client, ending="urge", target=story.number, text="催一下")))
    assert Order.objects.count() == 1
    found = state_of(str(story.number), town)
    assert (found.counts.supplements, found.counts.urges) == (1, 1)
    card = client.get(f"/agent/done/{story.number}/")
    assert story.code not in page(card)  # who adds to an order is not told its query code


def test_a_repeated_report_names_the_first(town: Town, enter: In) -> None:
    story = Story(town, clock.now() - 7200).register(6)
    client = enter("agent")
    number = number_of(client.post("/agent/", form_of(client, same_as=story.number)))
    assert Order.objects.get(number=number).same_as == story.number


def test_files_come_with_the_call_and_a_disguised_one_keeps_the_form(town: Town, enter: In) -> None:
    client = enter("agent")
    disguised = SimpleUploadedFile("照片.jpg", b"MZ\x90\x00 this is a program", content_type="image/jpeg")
    answer = client.post("/agent/", form_of(client, file=disguised))
    assert answer.status_code == 422
    assert "附件不能上传" in words(answer)
    assert TEXT in page(answer)
    assert not Order.objects.exists()
    number_of(client.post("/agent/", form_of(client, file=SimpleUploadedFile("路灯.png", PNG))))
    assert Attachment.objects.get().name == "路灯.png"


# --- the caller ---------------------------------------------------------------------------------------------------


def test_the_caller_is_known_masked_with_history_and_the_look_is_journaled(busy: Town, enter: In) -> None:
    client = enter("agent")
    shown = client.post("/agent/caller/", {"requester.phone": "13800138000"}, headers=HX)
    text = words(shown)
    assert "王**" in text
    assert "138****8000" in text
    assert "以往诉求" in text
    assert "满意" in text
    assert "13800138000" not in page(shown)
    entry = AuditEntry.objects.filter(verb="按来电号码查询").get()
    assert entry.after == {"phone": "138****8000", "known": True}
    assert "首次来电" in words(client.post("/agent/caller/", {"requester.phone": "13712345678"}, headers=HX))
    assert "电话号码无法识别" in words(client.post("/agent/caller/", {"requester.phone": "12x"}, headers=HX))


def test_a_callers_particulars_are_shown_for_a_reason_only(busy: Town, enter: In) -> None:
    client = enter("agent")
    told = {"requester.phone": "13800138000"}
    assert "请写明查看原因" in words(client.post("/agent/caller/reveal/", {**told, "reason": "看"}, headers=HX))
    assert not UnmaskLog.objects.exists()
    assert "王丽华" in words(client.post("/agent/caller/reveal/", {**told, "reason": "核对积水楼栋门牌"}, headers=HX))
    assert UnmaskLog.objects.count() == 1


def test_a_restricted_caller_is_said_with_ground_and_what_stays_open(town: Town, enter: In) -> None:
    """珠海 第九条第三款: no calls for a time, emergencies let through."""
    story = Story(town, clock.now() - 3 * 86400).register(0)
    reason = parse("restrict_caller", {"reason": "一天来电四十次, 辱骂话务员"})
    actions.handle(story.number, reason, access.actor_of(town.users["supervisor"]), now=clock.now() - 2 * 86400)
    client = enter("agent")
    text = words(client.post("/agent/caller/", {"requester.phone": "13800138000"}, headers=HX))
    for said in ("限制使用电话", "一天来电四十次", "紧急情况照常登记", "第九条第三款"):
        assert said in text
    refused = client.post("/agent/", form_of(client, **{"requester.phone": "13800138000"}))
    assert "限制使用" in words(refused)
    let = {"requester.phone": "13800138000", "emergency": "event"}
    number_of(client.post("/agent/", form_of(client, **let)))


def test_the_history_is_paged_and_within_reach(busy: Town, enter: In) -> None:
    ref = Order.objects.filter(requester__isnull=False).values_list("requester", flat=True)[0]
    assert enter("agent").get(f"/agent/caller/{ref}/").status_code == 200
    assert "没有此人的诉求" in words(enter("agent").get(f"/agent/caller/{uuid.uuid4()}/"))
    assert enter("agent").get(f"/agent/caller/{ref}/?cursor=abc").status_code == 422


# --- beside -------------------------------------------------------------------------------------------------------


def test_open_orders_of_the_person_and_similar_words_stand_beside(busy: Town, enter: In) -> None:
    client = enter("agent")
    typed = {"text": "路口红绿灯又损坏了, 早晚高峰车辆抢行", "requester.phone": "13800138004", "place": "迎宾北路"}
    text = words(client.post("/agent/beside/", typed, headers=HX))
    assert "此人在办的工单" in text
    assert "遮雨棚" in text  # the person's own, whatever they say now
    assert "补充到此单" in text
    assert "内容相近的工单" in text
    assert "红绿灯损坏" in text
    assert "按重复反映登记" in text
    assert "第十四条" in text or "第七条" in text


def test_similar_orders_stay_within_reach_and_bounded(busy: Town, enter: In) -> None:
    from tests.web import seed

    other = seed.parties.create_platform(
        actor=access.SYSTEM, code="elsewhere", name="另一市12345", level="city", book="zhuhai"
    )
    stranger = seed.parties.create_user(
        actor=access.SYSTEM,
        platform=other,
        username="stranger",
        name="外地",
        password=seed.PASSWORD,
        roles=("agent",),
        must_change_password=False,
    )
    client = Client()
    client.force_login(stranger, backend="yixian.parties.sessions.Backend")
    typed = {"text": "路口红绿灯又损坏了, 早晚高峰车辆抢行", "requester.phone": "13800138004"}
    text = words(client.post("/agent/beside/", typed, headers=HX))
    assert "红绿灯" not in text
    assert "遮雨棚" not in text


def test_the_panels_ask_a_bounded_number_of_queries(busy: Town, enter: In) -> None:
    from django.db import connection

    client = enter("agent")
    typed = {"text": "路口红绿灯又损坏了, 早晚高峰车辆抢行", "requester.phone": "13800138000", "place": "迎宾北路"}
    for path in ("/agent/beside/", "/agent/caller/"):
        client.post(path, typed, headers=HX)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.post(path, typed, headers=HX)
        assert len(seen) < 25, path


# --- places -------------------------------------------------------------------------------------------------------


@pytest.fixture
def placed(town: Town) -> Town:
    """The city with its divisions."""
    town.platform.division_code = "440400"
    town.platform.save()
    divisions.load("code,name,parent\n44,广东省,\n4404,珠海市,44\n440402,香洲区,4404\n440402004,吉大街道,440402\n")
    divisions.load("code,name,parent\n34,安徽省,\n3404,淮南市,34\n")
    return town


def test_the_confirmed_division_goes_with_the_order(placed: Town, enter: In) -> None:
    client = enter("agent")
    shown = client.post("/agent/place/", {"place": "香洲吉大景园路 12 号"}, headers=HX)
    assert 'value="440402004" checked' in page(shown)
    number = number_of(client.post("/agent/", form_of(client, place="香洲吉大景园路 12 号", division="440402004")))
    assert state_of(number, placed).place == "珠海市香洲区吉大街道 · 景园路 12 号"
    assert OrderPlace.objects.get(order_no=number).division == "440402004"


def test_pinyin_and_the_tree_offer_divisions(placed: Town, enter: In) -> None:
    client = enter("agent")
    assert "珠海市香洲区吉大街道" in words(client.post("/agent/place/", {"place": "jdjd"}, headers=HX))
    assert "香洲区" in words(client.get("/agent/divisions/"))
    assert "吉大街道" in words(client.get("/agent/divisions/?under=440402"))
    assert "安徽" not in words(client.get("/agent/divisions/?under=34"))
    assert client.get("/agent/divisions/?under=%00'").status_code == 200


def test_a_division_that_is_not_the_platforms_or_not_the_texts_is_not_kept(placed: Town, enter: In) -> None:
    client = enter("agent")
    refused = client.post("/agent/", form_of(client, division="3404"))
    assert refused.status_code == 422
    assert "不在本平台范围内" in words(refused)
    number = number_of(client.post("/agent/", form_of(client, place="香洲区某处", division="440402004")))
    assert state_of(number, placed).place == "香洲区某处"
    assert not OrderPlace.objects.exists()


# --- drafts -------------------------------------------------------------------------------------------------------


def keep(client: Client, form: dict[str, Any], **more: Any) -> Any:
    return client.post("/agent/draft/", {**form, **more})


def test_what_was_typed_is_kept_sealed_found_again_and_destroyed_by_registering(town: Town, enter: In) -> None:
    client = enter("agent")
    form = form_of(client)
    kept = keep(client, form)
    assert kept.status_code == 200
    assert kept.json()["version"] == 1
    row = CallDraft.objects.get()
    for secret in (PHONE, TEXT[:6]):
        assert secret.encode() not in bytes(row.sealed)
    opened = client.get("/agent/")
    assert "有一份未完成的登记" in words(opened)
    assert PHONE not in page(opened)
    back = client.get(f"/agent/?draft={form['draft_id']}")
    assert TEXT in page(back)
    assert f'value="{PHONE}"' in page(back)
    assert "已打开暂存的登记" in words(back)
    number_of(client.post("/agent/", {**form, "draft_version": "1"}))
    assert not CallDraft.objects.exists()


def test_two_windows_do_not_overwrite_each_other(town: Town, enter: In) -> None:
    client = enter("agent")
    form = form_of(client)
    keep(client, form)
    assert keep(client, form, draft_version="1", text="另一个窗口写得更多").json()["version"] == 2
    late = keep(client, form, draft_version="1", text="旧窗口")
    assert late.status_code == 409
    assert "另一个窗口" in late.json()["said"]
    assert calls.take(access.actor_of(town.users["agent"]), form["draft_id"]).fields["text"] == ["另一个窗口写得更多"]


def test_a_call_that_another_window_registered_is_not_registered_again_unasked(town: Town, enter: In) -> None:
    client = enter("agent")
    form = form_of(client)
    keep(client, form)
    number_of(client.post("/agent/", {**form, "draft_version": "1"}))
    other = {**form, "form_key": hidden(client.get("/agent/"), "form_key"), "draft_version": "1"}
    refused = client.post("/agent/", other)
    assert refused.status_code == 409
    assert "另一个窗口" in words(refused)
    assert TEXT in page(refused)
    assert Order.objects.count() == 1
    again = {**other, "draft_id": hidden(refused, "draft_id"), "draft_version": hidden(refused, "draft_version")}
    number_of(client.post("/agent/", again))
    assert Order.objects.count() == 2


def test_another_agents_draft_is_nobody_elses(town: Town, enter: In) -> None:
    agent, dispatcher = enter("agent"), enter("dispatcher")
    form = form_of(agent)
    keep(agent, form)
    own = hidden(dispatcher.get("/agent/"), "form_key")
    guess = dispatcher.get(f"/agent/?draft={form['draft_id']}")
    assert TEXT not in page(guess)
    assert "已经提交、丢弃或超过一天" in words(guess)
    for version in ("0", "1"):
        assert keep(dispatcher, form, form_key=own, draft_version=version, text="盗用").status_code == 404
    dispatcher.post(f"/agent/draft/{form['draft_id']}/discard/")
    assert calls.take(access.actor_of(town.users["agent"]), form["draft_id"]).fields["text"] == [TEXT]


def test_forged_keys_and_nonsense_are_refused_in_words(town: Town, enter: In) -> None:
    client, other = enter("agent"), enter("dispatcher")
    form = form_of(client)
    foreign = hidden(other.get("/agent/"), "form_key")
    assert keep(client, form, form_key=foreign).status_code == 422
    assert "失效" in keep(client, form, form_key="x").json()["said"]
    assert keep(client, form, draft_id="nonsense").status_code == 422
    assert client.post("/agent/", {**form, "form_key": foreign}).status_code == 422
    assert client.post("/agent/", {**form, "draft_id": "nonsense", "draft_version": "9"}).status_code in (409, 422)
    assert not Order.objects.exists()
    assert client.get("/agent/?draft=nonsense").status_code == 200
    assert client.get("/agent/done/202601010000001/").status_code == 404
    assert client.post("/agent/draft/nonsense/discard/").status_code == 302


def test_drafts_are_bounded_and_die_after_a_day(town: Town, enter: In, monkeypatch: pytest.MonkeyPatch) -> None:
    client = enter("agent")
    form = form_of(client)
    for _ in range(calls.MOST_DRAFTS):
        assert keep(client, form, draft_id=str(uuid.uuid4())).status_code == 200
    full = keep(client, form, draft_id=str(uuid.uuid4()))
    assert full.status_code == 422
    assert "暂存的登记已有 20 份" in full.json()["said"]
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + 25 * 3600)
    assert calls.kept(access.actor_of(town.users["agent"])) == []
    assert calls.purge() == calls.MOST_DRAFTS
    assert not CallDraft.objects.exists()


def test_an_expired_session_loses_nothing(town: Town, enter: In) -> None:
    client = enter("agent")
    form = form_of(client, **{"answer.text": ""})
    client.cookies.pop("sessionid")
    assert keep(client, form).status_code == 401
    refused = client.post("/agent/", form)
    assert refused.status_code == 401
    draft = hidden(refused, "draft")
    from tests.web.seed import PASSWORD

    back = client.post("/login/", {"username": "agent", "password": PASSWORD, "draft": draft, "next": "/agent/"})
    assert back["Location"] == "/agent/"
    shown = client.get("/agent/")
    assert "已恢复您登录前填写的内容" in words(shown)
    assert TEXT in page(shown)
    assert PHONE in page(shown)


SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_script_in_any_field_stays_words(town: Town, enter: In) -> None:
    client = enter("dispatcher")
    names = ("text", "place", "requester.name", "requester.address", "subject", "item", "nature")
    fields = dict.fromkeys(names, SCRIPT) | {"requester.phone": SCRIPT, "same_as": "", "target": SCRIPT}
    fields |= {"dispatch.lead": SCRIPT, "dispatch.requirements": SCRIPT, "ending": "dispatch", "division": ""}
    refused = client.post("/agent/", form_of(client, **fields))
    assert refused.status_code == 422
    seen = [refused, keep(client, form_of(client, **fields))]
    number = number_of(
        client.post("/agent/", form_of(client, **{**fields, "ending": "register", "requester.phone": "13700137000"}))
    )
    client.post(f"/agent/done/{number}/", {"notes": SCRIPT, "stay": "1"})
    seen += [client.get(f"/agent/done/{number}/"), client.get("/agent/")]
    seen += [client.post("/agent/caller/", {"requester.phone": value}, headers=HX) for value in (SCRIPT, "13700137000")]
    seen += [client.post("/agent/beside/", {"text": SCRIPT, "place": SCRIPT}, headers=HX)]
    seen += [client.post("/agent/place/", {"place": SCRIPT}, headers=HX)]
    for answer in seen:
        assert "<script>alert" not in page(answer)
        assert "<img src=x" not in page(answer)


def test_no_divisions_no_trouble(town: Town, enter: In) -> None:
    assert not Division.objects.exists()
    assert enter("agent").post("/agent/place/", {"place": "香洲区"}, headers=HX).status_code == 200
    assert "还没有导入" in words(enter("agent").get("/agent/divisions/"))
