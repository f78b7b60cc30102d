"""What citizens do: submit step by step without script, follow by number and code, supplement, urge, rate."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.web.reading import hidden, page, words
from tests.web.seed import Town
from yixian.orders.models import Order
from yixian.parties import access
from yixian.parties import actions as parties

ANSWERS = {
    "category": {"category": "投诉"},
    "text": {"text": "小区门口的路灯坏了一周, 晚上看不见路。"},
    "place": {"place": "香洲区银桦路"},
    "files": {"do": "on"},
    "who": {"who": "open"},
    "contact": {"name": "李先生", "phone": "13900139000"},
}


def answer_all(client: Client, **change: dict[str, str]) -> str:
    """Answer every question; returns where the last one led."""
    where = client.post("/submit/")["Location"]
    for name, given in {**ANSWERS, **change}.items():
        assert where == f"/submit/{name}/"
        where = client.post(where, given)["Location"]
    return str(where)


def submitted(client: Client) -> tuple[str, str]:
    """Submit; returns number and query code."""
    where = answer_all(client)
    key = hidden(client.get(where), "form_key")
    assert client.post(where, {"form_key": key})["Location"] == "/submit/done/"
    text = words(client.get("/submit/done/"))
    number, code = text.split("编号 ")[1].split()[0], text.split("查询码 ")[1].split()[0]
    return number, code


def test_submitting_step_by_step_and_following(town: Town) -> None:
    client = Client()
    number, code = submitted(client)
    progress = Client()
    assert progress.post("/progress/", {"number": number, "code": code.lower()})["Location"] == "/progress/"
    text = words(progress.get("/progress/"))
    for word in ("已受理", "已转办", "办理中", "已答复", "已办结", "下一步"):
        assert word in text
    assert "13900139000" not in text
    assert "李先生" not in text


def test_a_second_click_on_submit_leads_to_the_number_too(town: Town) -> None:
    client = Client()
    where = answer_all(client)
    key = hidden(client.get(where), "form_key")
    places = [client.post(where, {"form_key": key})["Location"] for _ in range(2)]
    assert places == ["/submit/done/", "/submit/done/"]
    assert client.get(where)["Location"] == "/submit/done/", "the back button leads to the number, not to a new form"
    assert Order.objects.count() == 1


def test_submissions_from_one_address_are_limited_and_nothing_typed_is_lost(town: Town, settings: Any) -> None:
    settings.PUBLIC_RATES = {"public-submit": (2, 600)}
    for _ in range(2):
        submitted(Client())
    client = Client()
    where = answer_all(client)
    refused = client.post(
        where, {"form_key": hidden(client.get(where), "form_key")}, HTTP_X_FORWARDED_FOR="203.0.113.9"
    )
    assert refused.status_code == 429
    assert "操作过于频繁: 每 10 分钟最多 2 次" in words(refused)
    assert ANSWERS["text"]["text"] in words(refused)
    assert Order.objects.count() == 2
    settings.PUBLIC_RATES = {}
    assert client.post(where, {"form_key": hidden(refused, "form_key")})["Location"] == "/submit/done/"


def test_pages_and_interface_share_one_count(town: Town, settings: Any) -> None:
    settings.PUBLIC_RATES = {"public-query": (2, 60)}
    wrong = {"number": "209901010019999", "code": "222222"}
    for _ in range(2):
        assert Client().get(f"/api/v1/public/orders/{wrong['number']}", {"code": wrong["code"]}).status_code == 404
    refused = Client().post("/progress/", wrong)
    assert refused.status_code == 429
    assert "请稍后再查" in words(refused)
    assert wrong["number"] in page(refused)


def test_urging_is_limited_and_the_words_stay(town: Town, settings: Any) -> None:
    number, code = submitted(Client())
    settings.PUBLIC_RATES = {"public-change": (0, 600)}
    client = Client()
    client.post("/progress/", {"number": number, "code": code})
    key = hidden(client.get("/progress/"), "form_key")
    refused = client.post("/progress/supplement/", {"form_key": key, "text": "第二盏灯也不亮了"})
    assert refused.status_code == 429
    assert "第二盏灯也不亮了" in page(refused)


def test_only_hotlines_are_offered_not_their_parts(town: Town) -> None:
    for code, level in (("station-1", "station"), ("harbour-2", "county")):
        parties.create_platform(
            actor=access.SYSTEM, code=code, name=f"{code}热线", level=level, book="zhuhai", parent=town.platform
        )
    shown = words(Client().get("/submit/platform/"))
    assert "harbour-2热线" in shown
    assert "station-1热线" not in shown
    offered = {row["code"] for row in Client().get("/api/v1/public/platforms").json()["platforms"]}
    assert offered == {"harbour", "harbour-2"}


def test_a_number_where_nobody_can_be_called_back_is_no_contact(town: Town) -> None:
    client = Client()
    answer_all(client)
    refused = client.post("/submit/contact/", {"name": "", "phone": "139"})
    assert refused.status_code == 422
    assert "11 位手机号" in words(refused)


def test_answers_are_checked_one_by_one(town: Town) -> None:
    client = Client()
    client.post("/submit/")
    empty = client.post("/submit/category/", {})
    assert empty.status_code == 422
    assert "请选择一项" in words(empty)
    client.post("/submit/category/", ANSWERS["category"])
    assert client.post("/submit/text/", {"text": " "}).status_code == 422
    long = client.post("/submit/text/", {"text": "长" * 5001})
    assert "现在有 5001 字" in words(long)
    assert "长长长" in page(long)


def test_a_phone_that_cannot_be_right_is_named(town: Town) -> None:
    client = Client()
    client.post("/submit/")
    for name in ("category", "text", "place", "who"):
        client.post(f"/submit/{name}/", ANSWERS[name])
    answer = client.post("/submit/contact/", {"phone": "no phone"})
    assert answer.status_code == 422
    assert 'class="summary"' in page(answer)


def test_no_question_can_be_skipped(town: Town) -> None:
    client = Client()
    client.post("/submit/")
    assert client.get("/submit/who/")["Location"] == "/submit/category/"
    assert client.get("/submit/check/")["Location"] == "/submit/category/"


def test_an_answer_can_be_changed_from_the_check_page(town: Town) -> None:
    client = Client()
    answer_all(client)
    assert client.post("/submit/place/", {"place": "香洲区人民东路"})["Location"] == "/submit/check/"
    assert "香洲区人民东路" in words(client.get("/submit/check/"))


def test_sending_twice_gives_one_order(town: Town) -> None:
    client = Client()
    where = answer_all(client)
    key = hidden(client.get(where), "form_key")
    client.post(where, {"form_key": key})
    answer_all(client)
    client.post(where, {"form_key": key})
    assert Order.objects.count() == 1


def test_answers_lie_encrypted_in_the_session(town: Town) -> None:
    client = Client()
    answer_all(client)
    assert "13900139000" not in str(dict(client.session.items()))


@pytest.mark.parametrize("wrong", ["number", "code"])
def test_a_wrong_number_and_a_wrong_code_get_the_same_answer(town: Town, wrong: str) -> None:
    number, code = submitted(Client())
    given = {"number": number, "code": code} | {wrong: "AAAAAA"}
    answer = Client().post("/progress/", given)
    assert answer.status_code == 404
    assert "工单编号或查询码不正确" in words(answer)


def test_guessing_codes_is_stopped(town: Town) -> None:
    number, code = submitted(Client())
    for _ in range(10):
        Client().post("/progress/", {"number": number, "code": "AAAAAA"})
    answer = Client().post("/progress/", {"number": number, "code": code})
    assert answer.status_code == 429
    assert "15 分钟后再试" in words(answer)


def test_supplementing_and_urging_from_the_progress_page(town: Town) -> None:
    number, code = submitted(Client())
    client = Client()
    client.post("/progress/", {"number": number, "code": code})
    shown = page(client.get("/progress/"))
    keys = [part.split('"')[0] for part in shown.split('name="form_key" value="')[1:]]
    empty = client.post("/progress/supplement/", {"form_key": keys[0], "text": ""})
    assert empty.status_code == 422
    assert "请写下要补充的内容" in words(empty)
    client.post("/progress/supplement/", {"form_key": keys[0], "text": "昨晚有人在那里摔倒。"})
    assert "已收到您补充的情况" in words(client.get("/progress/"))
    client.post("/progress/urge/", {"form_key": keys[1]})
    assert "已记录您的催办" in words(client.get("/progress/"))


def test_rating_from_the_progress_page(busy: Town) -> None:
    client = Client()
    client.post("/progress/", {"number": busy.orders["surveying"], "code": busy.codes["surveying"]})
    answer = client.get("/progress/")
    assert "管网已清淤" in words(answer), "the reply is shown once the hotline passed it"
    key = page(answer).split('action="/progress/evaluate/"')[1].split('name="form_key" value="')[1].split('"')[0]
    nothing = client.post("/progress/evaluate/", {"form_key": key})
    assert "请选择满意程度" in words(nothing)
    client.post("/progress/evaluate/", {"form_key": key, "level": "满意"})
    assert "谢谢您的评价" in words(client.get("/progress/"))


def test_before_the_review_no_reply_is_shown(busy: Town) -> None:
    client = Client()
    client.post("/progress/", {"number": busy.orders["replied"], "code": busy.codes["replied"]})
    assert "管网已清淤" not in words(client.get("/progress/"))


def test_with_several_platforms_the_place_is_asked_first(town: Town) -> None:
    from yixian.parties import access, actions

    actions.create_platform(actor=access.SYSTEM, code="hills", name="安徽省热线", level="province", book="anhui")
    client = Client()
    assert "安徽省热线" in words(client.get("/submit/")), "the place is chosen before its rules are told"
    assert client.post("/submit/")["Location"] == "/submit/platform/"
    assert client.post("/submit/platform/", {"platform": "hills"})["Location"] == "/submit/category/"
    assert "违反社会公序良俗" in words(client.get("/submit/?at=hills"))
    assert client.post("/submit/", {"platform": "hills"})["Location"] == "/submit/category/"
    assert "意见建议" in words(client.get("/submit/category/")), "the categories are those of the chosen rulebook"
