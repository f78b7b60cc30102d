"""The desks after an answer: review, call-back, screening and appeals, with what must stand beside the order."""

from __future__ import annotations

import re

import pytest

from tests.web.conftest import In
from tests.web.reading import hidden, page, words
from tests.web.seed import DAY, HOUR, Story, Town
from yixian.orders import clock, desks, queries
from yixian.parties import access
from yixian.supervision import counting

HX = {"HX-Request": "true"}
REPLY = "时间: 接单当日。经过: 已到场核查。结果: 已处理完毕。依据: 城镇排水与污水处理条例。"


def _dispatched(town: Town, ago: float = 30, text: int = 0) -> Story:
    story = Story(town, clock.now() - int(ago * HOUR)).register(text)
    return story.give("dispatcher", "dispatch", 1, lead="water").give("water-clerk", "sign", 1)


def _replied(town: Town, ago: float = 30, text: int = 0) -> Story:
    story = _dispatched(town, ago, text).give("water-clerk", "contact", 1, reached=True, note="约定次日到场")
    return story.give("water-clerk", "reply", 2, text=REPLY, contacted=True, signed_by="分管负责人")


def _rated(town: Town, level: str, ago: float = 72, text: int = 0) -> Story:
    story = _replied(town, ago, text).give("reviewer", "pass_review", 1)
    return story.give("caller", "evaluate", 1, level=level, by="web", resolved=False)


def _tabs(text: str) -> dict[str, str]:
    """Tab title -> count of a desk's page."""
    found = re.search(r'<nav class="tabs0".*?</nav>', text, re.S)
    assert found
    return dict(re.findall(r"<a [^>]*>([^<]+)(?:<span class=\"n[^\"]*\">([^<]*)</span>)?</a>", found[0]))


def test_a_reviewer_reads_the_answer_beside_the_question(town: Town, enter: In) -> None:
    story = _replied(town)
    answer = enter("reviewer").get("/desks/review/")
    said = words(answer)
    assert _tabs(page(answer))["待审核"] == "1"
    for word in (
        "已到场核查",
        "分管负责人",
        "没有缺漏",
        "审核要点",
        "列明办理经过",
        "约定次日到场",
        "审核通过后发给诉求人",
    ):
        assert word in said, word
    assert str(story.number) in said


def test_an_extension_tells_the_due_moment_that_would_follow(town: Town, enter: In) -> None:
    story = _dispatched(town, 20).give("water-clerk", "request_extension", 2, reason="管网改造需要停水审批")
    client = enter("reviewer")
    said = words(client.get("/desks/review/?tab=extension"))
    due = re.search(r"同意后 (\d+ 年 \d+ 月 \d+ 日 周. [\d:]+)", said)
    assert due
    assert "管网改造需要停水审批" in said
    assert "以 1 次为限" in said
    assert "申请期限" in said
    story.give("reviewer", "approve_extension", 1)
    actor = access.actor_of(town.users["reviewer"])
    clock_of = next(item for item in queries.detail(str(story.number), actor).state.clocks if item.key == "reply")
    from yixian.web.present import moments

    assert clock_of.due is not None
    assert moments.until(clock_of.due) == due[1]


def test_a_return_shows_both_sides(busy: Town, enter: In) -> None:
    said = words(enter("reviewer").get("/desks/review/?tab=return"))
    assert "退单理由" in said
    assert "热线平台" in said
    assert "派单人" in said


def test_calls_go_through_their_tabs(town: Town, enter: In) -> None:
    story = _rated(town, "不满意")
    client = enter("caller")
    first = client.get("/desks/callback/")
    said = words(first)
    assert _tabs(page(first))["待回访"] == "1"
    assert not _tabs(page(first))["未接通再拨"]
    for word in ("第 1 次, 共 3 次", "对办理结果是否满意", "要告知的答复", "已到场核查", "不满意", "还可再拨 2 次"):
        assert word in said, word
    assert f'hx-get="/orders/{story.number}/act/call_back/" hx-trigger="load"' in page(first)
    story.give("caller", "call_back", 1, reached=False, note="无人接听")
    desks.forget()
    again = client.get("/desks/callback/?tab=again")
    assert _tabs(page(again))["未接通再拨"] == "1"
    assert not _tabs(page(again))["待回访"]
    assert "第 2 次, 共 3 次" in words(again)
    assert "无人接听" in words(again)
    story.give("caller", "call_back", 1, reached=True, level="不满意", wants_redo=True)
    desks.forget()
    redo = client.get("/desks/callback/?tab=redo")
    assert _tabs(page(redo))["不满意待处理"] == "1"
    assert not _tabs(page(redo))["未接通再拨"]
    assert "责成重办" in words(redo)


def test_an_appeal_shows_evidence_and_what_leaves_the_base(town: Town, enter: In) -> None:
    _rated(town, "满意", 100, 1)
    story = _rated(town, "不满意", 90).give("caller", "call_back", 1, reached=True, level="不满意", wants_redo=False)
    story.give("water-clerk", "appeal", 1, evidence="现场照片三张, 积水已排除")
    counting.refresh()
    client = enter("reviewer")
    answer = client.get("/desks/screening/?tab=appeal")
    said = words(answer)
    assert _tabs(page(answer))["申诉待定"] == "1"
    for word in ("现场照片三张", "应提交", "申诉期限", "不计入满意率", "剔除后", "离开分母"):
        assert word in said, word
    url = f"/orders/{story.number}/act/uphold_appeal/"
    form = client.get(url, headers=HX)
    sent = {"form_key": hidden(form, "form_key"), "seen": hidden(form, "seen"), "reason": "证据充分"}
    here = {**HX, "HX-Current-URL": "http://testserver/desks/screening/?tab=appeal"}
    done = client.post(url, sent, headers=here)
    assert "HX-Location" in done.headers
    desks.forget()
    assert not _tabs(page(client.get("/desks/screening/?tab=appeal")))["申诉待定"]


def test_a_screening_tells_until_when(quick: None) -> None:
    from django.test import Client

    from tests.web import seed
    from yixian.parties.sessions import BACKEND

    county = seed.town(orders=False, book="lezhi")
    now = clock.now()
    story = Story(county, now - 6 * DAY).register(0).give("dispatcher", "dispatch", 1, lead="water")
    story.give("water-clerk", "sign", 1)
    client = Client()
    client.force_login(county.users["reviewer"], backend=BACKEND)
    story.give("water-clerk", "screen", 1, ground="诉求人期望过高", evidence="要求超出补偿标准")
    said = words(client.get("/desks/screening/"))
    for word in ("诉求人期望过高", "要求超出补偿标准", "可以甄别的", "热线管理机构"):
        assert word in said, word


@pytest.mark.parametrize(
    "path",
    ["/desks/review/?tab=nothing", "/desks/review/?cursor=abc", "/desks/callback/?at=000", "/desks/screening/?tab=%00"],
)
def test_odd_addresses_are_no_fault(busy: Town, enter: In, path: str) -> None:
    assert enter("supervisor").get(path).status_code in (200, 404)


def test_nobody_else_sits_there(busy: Town, enter: In) -> None:
    for name in ("agent", "water-clerk"):
        for desk in ("review", "callback", "screening"):
            assert enter(name).get(f"/desks/{desk}/").status_code in (403, 404), (name, desk)


def test_a_supervisor_sees_why_an_order_stands_there(busy: Town, enter: In) -> None:
    from yixian.supervision import alarms, cases

    cases.rebuild()
    client = enter("supervisor")
    first = client.get("/desks/supervision/")
    tabs = _tabs(page(first))
    assert set(tabs) >= {"紧急未确认", "红牌", "黄牌", "督办待确认", "督办中", "退回过", "承诺已过"}
    assert int(tabs["红牌"]) >= 1
    said = words(client.get("/desks/supervision/?tab=red"))
    for word in ("为什么在这里", "红牌", "交办单", "水务局", "办理"):
        assert word in said, word
    assert not alarms.waiting(access.actor_of(busy.users["supervisor"])) or tabs["紧急未确认"]
    assert enter("auditor").get("/desks/supervision/").status_code in (403, 404)


def test_supervision_names_a_situation_of_the_book(busy: Town, enter: In) -> None:
    client = enter("supervisor")
    url = f"/orders/{busy.orders['late']}/act/supervise/"
    form = client.get(url, headers=HX)
    said = words(form)
    assert "督办手段" not in said
    assert "督办方式" in said
    assert "人工认定" in said
    assert re.search(r"珠海办法 第十八条", said)
    sent = {"form_key": hidden(form, "form_key"), "seen": hidden(form, "seen"), "reason": "久拖不决"}
    wrong = client.post(url, {**sent, "trigger": "随便写的"}, headers=HX)
    assert wrong.status_code in (409, 422)
    assert "没有督办情形" in words(wrong)
    form = client.get(url, headers=HX)
    sent["form_key"] = hidden(form, "form_key")
    here = {**HX, "HX-Current-URL": "http://testserver/desks/supervision/?tab=red"}
    assert "HX-Location" in client.post(url, {**sent, "trigger": "passive"}, headers=here).headers


def test_defects_are_ticked_from_the_book_and_written(town: Town, enter: In) -> None:
    story = _replied(town)
    client = enter("reviewer")
    url = f"/orders/{story.number}/act/send_back/"
    form = client.get(url, headers=HX)
    assert '<input type="checkbox" name="defects" value="没有做到: 列明办理结果">' in page(form)
    sent = {
        "form_key": hidden(form, "form_key"),
        "seen": hidden(form, "seen"),
        "defects": ["没有做到: 列明办理结果", "没有写复查时间\n附件打不开"],
        "reason": "请补充",
    }
    client.post(url, sent, headers=HX)
    events = queries.timeline(str(story.number), access.actor_of(town.users["reviewer"]))
    back = next(event for event in events if event.kind == "sent_back")
    assert list(back.data["defects"]) == ["没有做到: 列明办理结果", "没有写复查时间", "附件打不开"]


def test_an_answered_order_shows_no_window_for_giving_it_back(quick: None) -> None:
    from tests.web import seed
    from tests.web.test_handling import LETTER
    from yixian.web import books
    from yixian.web.present import order as present

    county = seed.town(orders=False, book="lezhi")
    story = Story(county, clock.now() - 3 * HOUR).register(0).give("dispatcher", "dispatch", 1, lead="water")

    def running() -> set[str]:
        state = queries.detail(str(story.number), access.actor_of(county.users["reviewer"])).state
        book = books.version(state.book, state.version)
        return {chip.name for chip in present.chips(state, book, books.calendar(state.book), {}, clock.now())[0]}

    story.give("water-clerk", "sign", 0.1)
    assert "退单" in running()
    story.give("water-clerk", "reply", 0.2, text=LETTER, contacted=True, signed_by="分管负责人")
    assert "退单" not in running()
