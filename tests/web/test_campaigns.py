"""Opinion collection and surveys: made by staff, answered by people once, counted, published, made orders."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from tests.web.conftest import In
from tests.web.reading import page, words
from tests.web.seed import Town
from yixian.intake import actions, queries, questions
from yixian.intake.models import Campaign, Response
from yixian.orders import session
from yixian.parties import access

HOME = "/campaigns/"
ZONE = dt.timezone(dt.timedelta(hours=8))


def form(**changed: str) -> dict[str, str]:
    """The builder's form as a person fills it in."""
    now = dt.datetime.now(ZONE)
    return {
        "kind": "survey",
        "title": "夜间公交延长服务调查",
        "text": "为了安排冬季运力, 请说说您晚上出行的情况。",
        "opens_at": f"{now - dt.timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "closes_at": f"{now + dt.timedelta(days=7):%Y-%m-%dT%H:%M}",
        "once_per": "browser",
        "title1": "您晚上几点以后还坐公交",
        "kind1": "single",
        "options1": "20 点\n21 点\n22 点以后",
        "required1": "yes",
        "title2": "坐车是为了",
        "kind2": "multiple",
        "options2": "上下班\n上学\n购物",
        "title3": "您满意吗",
        "kind3": "scale",
        "options3": "很不满意\n很满意",
        "title5": "还有什么建议",
        "kind5": "text",
        **changed,
    }


def opened(enter: In, **changed: str) -> Campaign:
    """A campaign made and begun through the pages."""
    client = enter("supervisor")
    answer = client.post(f"{HOME}new/", form(**changed))
    assert answer.status_code == 302, words(answer)
    campaign = Campaign.objects.latest("id")
    assert client.post(f"{HOME}{campaign.pk}/", {"to": "open"}).status_code == 302
    campaign.refresh_from_db()
    assert campaign.status == "open"
    return campaign


def said(**changed: Any) -> dict[str, Any]:
    """One person's answers."""
    return {"q1": "21 点", "q2": ["上学", "上下班"], "q3": "4", "q4": "希望 9 路延长到 23 点。", **changed}


def close(campaign: Campaign) -> None:
    """Let the campaign's time be over."""
    now = dt.datetime.now(dt.UTC)
    Campaign.objects.filter(pk=campaign.pk).update(
        opens_at=now - dt.timedelta(days=2), closes_at=now - dt.timedelta(days=1)
    )


def test_a_survey_from_the_draft_to_the_published_result(town: Town, enter: In) -> None:
    staff = enter("supervisor")
    campaign = opened(enter)
    assert [item.kind for item in questions.read(campaign.questions)] == ["single", "multiple", "scale", "text"]
    public = f"/consult/{campaign.pk}/"
    assert campaign.title in words(Client().get("/consult/"))
    assert "征集调查" in words(Client().get("/"))
    for step in ("20 点", "21 点", "21 点"):
        visitor = Client()
        assert "必答" not in words(visitor.get(public))
        answer = visitor.post(public, said(q1=step))
        assert answer.status_code == 302
        assert "感谢" in words(visitor.get(answer["Location"]))
    result = words(staff.get(f"{HOME}{campaign.pk}/"))
    assert "3 人参与" in result
    assert "66.7%" in result
    assert "平均 4.0 分" in result
    table = b"".join(staff.get(f"{HOME}{campaign.pk}/csv/").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert table.count("希望 9 路延长到 23 点。") == 3
    assert "上下班、上学" in table
    early = staff.post(f"{HOME}{campaign.pk}/", {"to": "published", "summary": "多数人希望延长"})
    assert early.status_code == 422
    assert "结束以后才能公布" in words(early)
    close(campaign)
    assert "正在汇总" in words(Client().get(public))
    assert "平均" not in words(Client().get(public)), "figures are for the public only once they are published"
    empty = staff.post(f"{HOME}{campaign.pk}/", {"to": "published", "summary": " "})
    assert empty.status_code == 422
    told = {"to": "published", "summary": "多数人希望延长到 22 点半。", "adopted": "9 路、27 路延长到 22 点半。"}
    assert staff.post(f"{HOME}{campaign.pk}/", told).status_code == 302
    shown = words(Client().get(public))
    for word in ("多数人希望延长到 22 点半。", "9 路、27 路延长", "66.7%", "共 3 人参与"):
        assert word in shown
    assert "希望 9 路延长到 23 点。" not in shown, "what one person wrote is not published"


def test_one_person_answers_once(town: Town, enter: In) -> None:
    campaign = opened(enter)
    public = f"/consult/{campaign.pk}/"
    visitor = Client()
    assert visitor.post(public, said()).status_code == 302
    again = visitor.post(public, said(q1="20 点", q4="我要写的话还在"))
    assert again.status_code == 409
    assert "已经参与过" in words(again)
    assert "我要写的话还在" in page(again)
    assert Response.objects.count() == 1
    with pytest.raises(IntegrityError):
        Response.objects.create(campaign=campaign, answers={}, mark=Response.objects.get().mark, at=campaign.opens_at)


def test_one_phone_answers_once_and_is_not_kept(town: Town, enter: In) -> None:
    campaign = opened(enter, once_per="phone", districts="香洲区\n斗门区")
    public = f"/consult/{campaign.pk}/"
    wrong = Client().post(public, said(phone="123", district="火星"))
    assert wrong.status_code == 422
    assert "11 位手机号" in words(wrong)
    assert "请选择您所在的区域" in words(wrong)
    assert Client().post(public, said(phone="138 0013 8000", district="斗门区")).status_code == 302
    assert Client().post(public, said(phone="13800138000", district="香洲区")).status_code == 409
    assert Client().post(public, said(phone="13800138001", district="香洲区")).status_code == 302
    rows = session.fetch("select to_jsonb(r)::text from intake_response r")
    assert len(rows) == 2
    assert not any("1380013800" in row[0] for row in rows)
    other = opened(enter, once_per="phone")
    assert actions.mark(other, "", "13800138000") != actions.mark(campaign, "", "13800138000")


def test_personal_data_in_words_is_masked_before_it_is_kept(town: Town, enter: In) -> None:
    campaign = opened(enter)
    Client().post(f"/consult/{campaign.pk}/", said(q4="请打 13912345678 找我, 身份证 440402199001011237"))
    kept = Response.objects.get().answers["q4"]
    assert "13912345678" not in kept
    assert "440402199001011237" not in kept
    assert "请打" in kept


def test_ballot_stuffing_from_one_address_is_stopped(town: Town, enter: In, settings: Any) -> None:
    settings.PUBLIC_RATES = {"public-answer": (3, 3600)}
    campaign = opened(enter)
    public = f"/consult/{campaign.pk}/"
    codes = [Client().post(public, said()).status_code for _ in range(4)]
    assert codes == [302, 302, 302, 429]
    assert Client().post(public, said(), REMOTE_ADDR="10.9.8.7").status_code == 302


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"q1": ""}, "请选择一项"),
        ({"q1": "25 点"}, "请从列出的选项里选"),
        ({"q1": ["20 点", "21 点"]}, "只能选一项"),
        ({"q2": ["上学", "上学"]}, "请从列出的选项里选"),
        ({"q3": "9"}, "请从列出的选项里选"),
        ({"q4": "长" * 1001}, "最多 1000 字"),
        ({"q1": "<script>alert(1)</script>"}, "请从列出的选项里选"),
    ],
)
def test_hostile_answers_are_refused_and_nothing_is_kept(
    town: Town, enter: In, given: dict[str, Any], told: str
) -> None:
    campaign = opened(enter)
    answer = Client().post(f"/consult/{campaign.pk}/", said(**given))
    assert answer.status_code == 422
    assert told in words(answer)
    assert "<script>alert" not in page(answer)
    assert not Response.objects.exists()


def test_strange_characters_do_no_harm(town: Town, enter: In) -> None:
    campaign = opened(enter)
    answer = Client().post(f"/consult/{campaign.pk}/", said(q4="空\x00字 '; drop table intake_response; -- <b>粗</b>"))
    assert answer.status_code == 302
    assert Response.objects.get().answers["q4"] == "空字 '; drop table intake_response; -- <b>粗</b>"
    assert "<b>粗</b>" not in page(enter("supervisor").get(f"{HOME}{campaign.pk}/"))
    Response.objects.update(answers={"q1": "20 点", "q4": "=cmd()"})
    table = b"".join(enter("supervisor").get(f"{HOME}{campaign.pk}/csv/").streaming_content).decode()  # type: ignore[attr-defined]
    assert ",'=cmd()" in table


def test_before_and_after_its_time_nobody_takes_part(town: Town, enter: In) -> None:
    now = dt.datetime.now(ZONE)
    later = opened(enter, opens_at=f"{now + dt.timedelta(days=1):%Y-%m-%dT%H:%M}")
    assert Client().get(f"/consult/{later.pk}/").status_code == 404
    campaign = opened(enter)
    close(campaign)
    assert Client().post(f"/consult/{campaign.pk}/", said()).status_code == 200
    assert not Response.objects.exists()
    assert Client().get("/consult/999999/").status_code == 404
    draft = enter("supervisor").post(f"{HOME}new/", form())
    assert Client().get(draft["Location"].replace("campaigns", "consult")).status_code == 404


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"title": ""}, "请写标题"),
        ({"closes_at": "2020-01-01T00:00"}, "截止时间应晚于开始时间"),
        ({"opens_at": "明天"}, "请填写开始时间"),
        ({"options1": "只有一个"}, "第 1 题: 选择题至少写两个选项"),
        ({"kind2": "essay"}, "第 2 题: 请选择题型"),
        ({"title3": ""}, "第 3 题: 缺少题目"),
        ({"title1": "", "options1": "", "title2": "", "options2": "", "title3": "", "options3": "", "title5": ""},
         "至少要有一道题"),
        ({"once_per": "dna"}, "怎样防止重复"),
    ],
)  # fmt: skip
def test_a_wrong_form_is_told_and_keeps_what_was_typed(
    town: Town, enter: In, changed: dict[str, str], told: str
) -> None:
    answer = enter("supervisor").post(f"{HOME}new/", form(**changed))
    assert answer.status_code == 422
    assert told in words(answer)
    assert "为了安排冬季运力" in page(answer)
    assert not Campaign.objects.exists()


def test_more_questions_without_script(town: Town, enter: In) -> None:
    answer = enter("supervisor").post(f"{HOME}new/", form(more="1"))
    assert answer.status_code == 200
    assert 'name="title8"' in page(answer)
    assert "22 点以后" in page(answer)
    assert not Campaign.objects.exists()


def test_a_draft_is_changed_and_an_old_page_changes_nothing(town: Town, enter: In) -> None:
    staff = enter("supervisor")
    staff.post(f"{HOME}new/", form())
    campaign = Campaign.objects.get()
    where = f"{HOME}{campaign.pk}/edit/"
    assert "22 点以后" in page(staff.get(where))
    assert staff.post(where, form(title="改过的标题", revision="1")).status_code == 302
    assert staff.post(where, form(title="另一人的旧页面", revision="1")).status_code == 422
    campaign.refresh_from_db()
    assert campaign.title == "改过的标题"
    staff.post(f"{HOME}{campaign.pk}/", {"to": "open"})
    assert staff.get(where).status_code == 302, "what has begun is no longer changed"


def test_an_opinion_becomes_an_order_once(town: Town, enter: In) -> None:
    campaign = opened(enter, kind="collection")
    Client().post(f"/consult/{campaign.pk}/", said())
    row = Response.objects.get()
    staff = enter("supervisor")
    url = f"{HOME}{campaign.pk}/answers/{row.pk}/order/"
    assert staff.post(url).status_code == 302
    row.refresh_from_db()
    assert row.order_no
    assert staff.post(url).status_code == 302
    orders = session.fetch("select number, category, subject from orders_order")
    assert [(number, subject) for number, _, subject in orders] == [(row.order_no, campaign.title)]
    assert "建议" in orders[0][1]
    assert row.order_no in words(staff.get(f"{HOME}{campaign.pk}/"))


def test_who_may_keep_them(town: Town, enter: In) -> None:
    for path in (HOME, f"{HOME}new/"):
        assert enter("agent").get(path).status_code == 403
        assert enter("water-clerk").get(path).status_code == 403
        assert Client().get(path).status_code == 302
    assert enter("supervisor").get(f"{HOME}424242/").status_code == 404
    assert "还没有征集或调查" in words(enter("supervisor").get(HOME))


def test_results_cost_the_same_few_queries_whatever_the_number(
    town: Town, enter: In, django_assert_max_num_queries: Any
) -> None:
    campaign = opened(enter)
    asked = {"q1": "20 点", "q2": ["上学"], "q3": "5", "q4": "早一点。"}
    Response.objects.bulk_create(
        [Response(campaign=campaign, answers=asked, mark=str(n).encode(), at=campaign.opens_at) for n in range(400)]
    )
    with django_assert_max_num_queries(3):
        found = queries.results(campaign)
    assert [share.count for share in found[0].shares] == [400, 0, 0]
    rows, following = queries.opinions(campaign)
    assert len(rows) == 30
    assert following
    with connection.cursor() as cursor:
        cursor.execute("set enable_seqscan = off")
        query = str(campaign.responses.order_by("-id")[:31].query)
        cursor.execute("explain " + query)
        assert "response_newest" in " ".join(row[0] for row in cursor.fetchall())


def test_every_page_speaks_chinese_and_carries_no_inline_script_or_style(town: Town, enter: In) -> None:
    campaign = opened(enter)
    Client().post(f"/consult/{campaign.pk}/", said())
    staff, visitor = enter("supervisor"), Client()
    pages = {path: staff.get(path) for path in (
        HOME, f"{HOME}new/", f"{HOME}{campaign.pk}/", "/restrictions/", "/rulebooks/whatif/")}  # fmt: skip
    pages |= {path: visitor.get(path) for path in (
        "/", "/consult/", f"/consult/{campaign.pk}/", f"/consult/{campaign.pk}/done/")}  # fmt: skip
    for path, answer in pages.items():
        assert answer.status_code == 200, path
        found = set(re.findall(r"[A-Za-z][A-Za-z0-9_]*", words(answer))) - {"Ctrl", "Enter", "Esc", "F1", "j", "k", "x"}
        assert not found, f"{path}: {found}"
        assert not re.search(r"\son[a-z]+=|\sstyle=|<style|<script(?![^>]* src=)", page(answer)), path


def test_the_room_itself_asks_who_acts(town: Town) -> None:
    from yixian.orders.errors import Denied

    actor = access.actor_of(town.users["agent"])
    with pytest.raises(Denied):
        actions.keep(actor, town.users["agent"], {}, ())
