"""An answer leaves the unit by the hand of whom the book wants: posts, delegation, inside review, drafts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from yixian.lifecycle import parse
from yixian.orders import actions, progress, queries
from yixian.orders.errors import BadInput, Denied, Refused
from yixian.orders.outcome import Outcome
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.access import SYSTEM, Actor
from yixian.parties.errors import PartyError
from yixian.parties.models import Platform, RoleGrant, Unit, User

from .conftest import START

UNIT = "市供水局"
TEXT = "经核实, 您反映的停水系管道检修所致, 已于当日恢复供水, 依据供水条例办理。"
LETTER = (
    "尊敬的王女士您好，您在资阳市12345政务服务平台反映的停水问题已收悉，经调查，现回复如下：一、您的主要诉求：恢复供水。"
    "二、调查核实情况：检修属实。三、调查处理意见：已恢复供水，联系电话 0832-2330000。四、沟通情况：已电话沟通。"
    "感谢您对资阳市12345政务服务热线的关注和支持！资阳市乐至县供水局 2023年10月9日"
)


class Bureau:
    """A platform under one book with one unit and its people."""

    def __init__(self, book: str) -> None:
        self.platform = Platform.objects.create(code=book, name=book, level="province", path=f"{book}/", book=book)
        self.unit = Unit.objects.create(
            code=UNIT, name=UNIT, short_name=UNIT, platform=self.platform, path=f"{UNIT}/", search="", kind="enterprise"
        )

    def person(self, name: str, role: str, post: str = "") -> Actor:
        user = User.objects.create(
            username=name, name=f"{name}同志", platform=self.platform, unit=self.unit, password="!", post=post
        )
        RoleGrant.objects.create(user=user, role=role, platform=self.platform)
        return access.actor_of(user)

    def handling(self, **fields: Any) -> str:
        told = {
            "category": "投诉",
            "channel": "phone",
            "text": "小区停水",
            "requester": {"phone": "13800138000"},
        } | fields
        number = actions.handle(None, parse("register", told), SYSTEM, platform=self.platform.code, now=START).order_no
        actions.handle(number, parse("dispatch", {"lead": UNIT}, "hotline"), SYSTEM, now=START + 60)
        actions.handle(number, parse("sign", {}, UNIT), SYSTEM, now=START + 120)
        return number


def give(number: str, name: str, actor: Actor, **payload: Any) -> Outcome:
    return actions.handle(number, parse(name, payload), actor, now=START + 3600)


def last(outcome: Outcome, kind: str) -> dict[str, Any]:
    return next(event.data for event in outcome.events if event.kind == kind)


@pytest.mark.django_db
def test_the_post_signs_and_an_insufficient_one_is_refused_with_the_article() -> None:
    bureau = Bureau("anhui")
    deputy = bureau.person("deputy", "unit_leader", "deputy")
    principal = bureau.person("principal", "unit_leader", "principal")
    number = bureau.handling(grade="重点")
    with pytest.raises(Denied) as denied:
        give(number, "reply", deputy, text=TEXT, contacted=True, signed_by="主要负责人")
    assert denied.value.basis == ("anhui:24",)
    assert "主要负责人" in denied.value.detail
    assert "分管负责人" in denied.value.detail
    outcome = give(number, "reply", principal, text=TEXT, contacted=True)
    assert last(outcome, "replied")["signed_by"] == "主要负责人"


@pytest.mark.django_db
def test_a_clerk_who_signs_for_receipt_cannot_name_a_leader_as_having_approved() -> None:
    bureau = Bureau("anhui")
    clerk, principal = bureau.person("clerk", "unit_clerk", "clerk"), bureau.person("top", "unit_leader", "principal")
    told = {"category": "投诉", "channel": "phone", "text": "停水", "requester": {"phone": "13800138000"}}
    numbers = []
    for _ in range(3):
        register = parse("register", {**told, "grade": "重点"})
        number = actions.handle(None, register, SYSTEM, platform="anhui", now=START).order_no
        actions.handle(number, parse("dispatch", {"lead": UNIT}, "hotline"), SYSTEM, now=START + 60)
        numbers.append(number)
    with pytest.raises(Denied) as denied:
        give(numbers[0], "sign", clerk, signed_by="主要负责人")
    assert denied.value.basis == ("anhui:24",)
    assert last(give(numbers[0], "sign", clerk), "signed")["signed_by"] is None
    delegated = last(
        give(numbers[1], "sign", clerk, signed_by="主要负责人", delegation="电话委托 13912345678"), "signed"
    )
    assert delegated["delegation"] == "电话委托 139****5678"
    assert last(give(numbers[2], "sign", principal, signed_by="主要负责人"), "signed")["signed_by"] == "主要负责人"


@pytest.mark.django_db
def test_a_clerk_drafts_and_the_leader_releases_the_draft_or_returns_it() -> None:
    bureau = Bureau("anhui")
    clerk = bureau.person("clerk", "unit_clerk", "clerk")
    leader = bureau.person("leader", "unit_leader")  # no post recorded: taken for the leader in charge
    number = bureau.handling()
    with pytest.raises(Denied):
        give(number, "reply", clerk, text=TEXT, contacted=True, signed_by="分管负责人")
    drafted = give(number, "draft_reply", clerk, text=TEXT, contacted=True)
    assert drafted.state.state == "handling"
    with pytest.raises(Denied):
        give(number, "return_draft", clerk, reason="再改改")
    give(number, "return_draft", leader, reason="写明恢复时间")
    with pytest.raises(Refused):
        give(number, "reply", leader)
    give(number, "draft_reply", clerk, text=TEXT + "已于 18 时恢复。", contacted=True)
    outcome = give(number, "reply", leader)
    said = last(outcome, "replied")
    assert said["text"].endswith("18 时恢复。")
    assert said["contacted"] is True
    assert said["signed_by"] == "分管负责人"
    assert said["drafted"] == START + 3600
    assert outcome.state.pending == ()


@pytest.mark.django_db
def test_a_delegation_is_recorded_with_who_signs_and_in_whose_place() -> None:
    bureau = Bureau("anhui")
    clerk = bureau.person("clerk", "unit_clerk", "section")
    number = bureau.handling()
    with pytest.raises(BadInput) as half:
        give(number, "reply", clerk, text=TEXT, contacted=True, delegated_to="办公室主任")
    assert half.value.path == "delegation"
    said = last(
        give(number, "reply", clerk, text=TEXT, contacted=True, delegation="分管负责人外出, 电话委托"), "replied"
    )
    assert said["signed_by"] == "分管负责人"
    assert said["delegated_to"] == "clerk同志"
    assert said["delegation"].startswith("分管负责人外出")


@pytest.mark.django_db
def test_where_the_unit_reviews_inside_a_clerk_does_not_release_but_its_own_system_may() -> None:
    bureau = Bureau("lezhi")
    clerk = bureau.person("clerk", "unit_clerk")
    leader = bureau.person("leader", "unit_leader")
    number = bureau.handling()
    with pytest.raises(Denied) as denied:
        give(number, "reply", clerk, text=LETTER, contacted=True)
    assert denied.value.basis == ("lezhi:7.1",)
    offered = {item.command: item for item in queries.actions_of(number, clerk)}
    assert not offered["reply"].ok
    assert offered["draft_reply"].ok
    assert {item.command: item.ok for item in queries.actions_of(number, leader)}["reply"]
    own_token = replace(clerk, token_id=1, scopes=frozenset({"*"}))
    with pytest.raises(Denied) as denied:
        give(number, "reply", own_token, text=LETTER, contacted=True)
    assert denied.value.basis == ("lezhi:7.1",)
    token = replace(own_token, of_system=True)
    assert give(number, "reply", token, text=LETTER, contacted=True).state.state == "replied"


@pytest.mark.django_db
def test_a_phone_that_we_mask_ourselves_is_no_masking_sign_but_one_typed_is() -> None:
    bureau = Bureau("lezhi")
    leader = bureau.person("leader", "unit_leader")
    number = bureau.handling()
    with pytest.raises(Refused) as refused:
        give(number, "reply", leader, text=LETTER.replace("0832-2330000", "0832-2***000"), contacted=True)
    assert "lezhi:附件2.注2" in refused.value.basis
    give(number, "draft_reply", bureau.person("clerk", "unit_clerk"), text=LETTER, contacted=True)
    outcome = give(number, "reply", leader)  # the draft holds our masks; it was checked when it was handed in
    assert "0832-2330000" not in last(outcome, "replied")["text"]


@pytest.mark.django_db
def test_on_the_national_platform_an_enterprise_may_not_be_the_answering_unit() -> None:
    bureau = Bureau("lezhi")
    leader = bureau.person("leader", "unit_leader")
    number = bureau.handling(source="国家政务服务平台")
    with pytest.raises(Refused) as refused:
        give(number, "reply", leader, text=LETTER, contacted=True)
    assert "承办单位须为行政机关, 现主办单位是企业" in refused.value.detail
    Unit.objects.filter(code=UNIT).update(kind="government")
    assert give(number, "reply", leader, text=LETTER, contacted=True).state.state == "replied"


@pytest.mark.django_db
def test_a_leader_supervises_inside_and_only_a_leader() -> None:
    bureau = Bureau("lezhi")
    clerk = bureau.person("clerk", "unit_clerk")
    leader = bureau.person("leader", "unit_leader")
    number = bureau.handling()
    with pytest.raises(Denied):
        give(number, "self_supervise", clerk, reason="进度慢")
    state = give(number, "self_supervise", leader, reason="进度慢", about="办理过程").state
    assert [(case.by, case.stands) for case in state.cases] == [(UNIT, "open")]
    assert "supervised" not in state.flags
    ended = give(number, "conclude_case", leader, case="self_supervised", outcome="effective").state
    assert [case.stands for case in ended.cases] == ["effective"]


@pytest.mark.django_db
def test_a_post_is_one_of_the_known_ones_and_a_units() -> None:
    bureau = Bureau("anhui")
    person = bureau.person("someone", "unit_clerk")
    user = User.objects.get(pk=person.user_id)
    parties.set_post(actor=SYSTEM, user=user, post="principal")
    assert access.actor_of(User.objects.get(pk=user.pk)).post == "principal"
    with pytest.raises(PartyError, match="没有职务"):
        parties.set_post(actor=SYSTEM, user=user, post="boss")
    user.unit = None
    with pytest.raises(PartyError, match="承办单位的人员"):
        parties.set_post(actor=SYSTEM, user=user, post="deputy")


@pytest.mark.django_db
def test_the_office_named_for_an_anonymous_message_reaches_whoever_asks_with_the_code() -> None:
    bureau = Bureau("lezhi")
    told = {"category": "投诉", "channel": "web", "text": "小区停水", "requester": {"anonymous": True}}
    made = actions.handle(None, parse("register", told), SYSTEM, platform=bureau.platform.code, now=START)
    number, code = made.order_no, made.query_code
    leader = bureau.person("leader", "unit_leader")
    actions.handle(number, parse("dispatch", {"lead": UNIT}, "hotline"), SYSTEM, now=START + 60)
    actions.handle(number, parse("sign", {}, UNIT), SYSTEM, now=START + 120)
    with pytest.raises(Refused, match="缺少科室电话"):
        give(
            number,
            "reply",
            leader,
            text=LETTER.replace("，联系电话 0832-2330000", ""),
            contacted=False,
            office="营业科",
        )
    give(number, "reply", leader, text=LETTER, contacted=False, office="营业科", office_phone="0832-2330000")
    give(number, "pass_review", SYSTEM)
    assert code is not None
    seen = progress.progress(number, code, address="203.0.113.9", now=START + 7200)
    assert (seen.reply or "").endswith("联系科室: 营业科 0832-2330000")


@pytest.mark.django_db
def test_repeats_count_anew_after_a_closing_that_satisfied() -> None:
    bureau = Bureau("lezhi")
    first = bureau.handling()
    give(first, "reply", bureau.person("leader", "unit_leader"), text=LETTER, contacted=True)
    give(first, "pass_review", SYSTEM)
    give(first, "evaluate", SYSTEM, level="满意", by="human")
    for day in (1, 2, 3):
        told = {"category": "投诉", "channel": "phone", "text": "小区又停水", "requester": {"phone": "13800138000"}}
        again = parse("register", told | {"same_as": first})
        actions.handle(None, again, SYSTEM, platform=bureau.platform.code, now=START + day * 86400)
        cases = queries.detail(first, SYSTEM).state.cases
        assert [(case.key, case.counted) for case in cases] == ([("repeated", 3)] if day == 3 else [])
