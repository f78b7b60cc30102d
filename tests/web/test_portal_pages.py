"""The portal's pages: the voice of the regulation, no name asked of who wants none, rating by link, bad input."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import In
from tests.web.reading import hidden, page, words
from tests.web.seed import Town
from tests.web.test_portal import ANSWERS, answer_all
from tests.web.test_portal_links import actor, asked, word_of
from yixian.intake import rating_links
from yixian.orders.models import Order
from yixian.parties.models import AuditEntry

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


def test_the_first_page_says_what_is_taken_what_not_and_where_to_go(town: Town) -> None:
    text = words(Client().get("/submit/"))
    for said in ("110", "119", "120", "已进入信访渠道的事项", "珠海办法 第七条", "诉讼服务热线 12368", "12388"):
        assert said in text, said
    assert "如实反映诉求" in text, "what petitioners owe"
    assert "军队" in text, "what is guided elsewhere"


def test_who_wants_no_contact_is_not_asked_for_one(town: Town) -> None:
    client = Client()
    client.post("/submit/")
    for name in ("category", "text", "place", "files"):
        client.post(f"/submit/{name}/", ANSWERS[name])
    assert client.post("/submit/who/", {"who": "anonymous"})["Location"] == "/submit/check/"
    assert "phone" not in page(client.get("/submit/who/"))
    assert client.get("/submit/contact/")["Location"] == "/submit/check/"


def test_a_phone_given_before_is_forgotten_by_who_then_wants_no_contact(town: Town) -> None:
    client = Client()
    answer_all(client)
    assert client.post("/submit/who/", {"who": "anonymous"})["Location"] == "/submit/check/"
    shown = client.get("/submit/check/")
    assert "13900139000" not in page(shown)
    assert client.post("/submit/who/", {"who": "confidential"})["Location"] == "/submit/contact/"


def test_the_acknowledgement_says_what_is_next_and_by_when(town: Town) -> None:
    client = Client()
    where = answer_all(client)
    client.post(where, {"form_key": hidden(client.get(where), "form_key")})
    text = words(client.get("/submit/done/"))
    assert "下一步转给承办单位, 最迟" in text
    assert "请留意来电" in text


def test_position_is_allowed_on_the_page_of_the_place_alone(town: Town) -> None:
    client = Client()
    answer_all(client)
    assert "geolocation=(self)" in client.get("/submit/place/")["Permissions-Policy"]
    assert "geolocation=()" in client.get("/submit/text/")["Permissions-Policy"]


def test_what_is_typed_after_the_session_ran_out_is_kept(town: Town) -> None:
    client = Client()
    answer_all(client)
    client.cookies.pop("sessionid")
    answer = client.post("/submit/text/", {"text": "写了很久的一段话"})
    assert answer["Location"] == "/submit/category/"
    assert "刚才填的这一项还在" in words(client.get("/submit/category/"))
    client.post("/submit/category/", ANSWERS["category"])
    assert "写了很久的一段话" in page(client.get("/submit/text/"))


def test_the_form_of_another_tab_is_not_registered_under_the_old_key(town: Town) -> None:
    client = Client()
    where = answer_all(client)
    key = hidden(client.get(where), "form_key")
    client.post(where, {"form_key": key})
    answer_all(client, text={"text": "另外一件事"})
    clash = client.post(where, {"form_key": key})
    assert clash.status_code == 422
    assert "会作为另一件诉求登记" in words(clash)
    assert client.post(where, {"form_key": hidden(clash, "form_key")})["Location"] == "/submit/done/"
    assert Order.objects.count() == 2


def test_without_cookies_the_page_says_so_and_gives_back_what_was_typed(town: Town) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/submit/text/", {"text": "小区的路灯坏了"})
    assert answer.status_code == 403
    assert "没有保存 Cookie" in words(answer)
    assert "小区的路灯坏了" in page(answer)


def test_a_body_over_the_limit_gets_a_page(town: Town) -> None:
    answer = Client(enforce_csrf_checks=True).post("/submit/text/", {"text": "长" * 2_000_000})
    assert answer.status_code == 413
    assert "内容太长" in words(answer)
    assert "请返回上一页" in words(answer)


def test_script_and_very_long_words_stay_words(town: Town) -> None:
    client = Client()
    answer_all(client, text={"text": EVIL}, place={"place": EVIL}, contact={"name": EVIL, "phone": "13900139000"})
    shown = page(client.get("/submit/check/"))
    assert "<script>alert(1)" not in shown
    assert "<img src=x" not in shown
    for path in (f"/published/?q={EVIL}", f"/published/?category={EVIL}&since={EVIL}", f"/submit/?at={EVIL}",
                 f"/type/?to={EVIL}&back={EVIL}", "/rate/%3Cscript%3E/"):  # fmt: skip
        assert "<script>alert(1)" not in page(Client().get(path, follow=True)), path


def test_large_type_is_remembered_and_leads_back_only_here(town: Town) -> None:
    client = Client()
    assert client.get("/type/?to=large&back=/progress/")["Location"] == "/progress/"
    assert 'class="portal large"' in page(client.get("/progress/"))
    assert client.get("/type/?to=plain&back=//evil.example/")["Location"] == "/"
    assert 'class="portal large"' not in page(client.get("/progress/"))


def test_each_step_has_a_title_of_its_own(town: Town) -> None:
    client = Client()
    answer_all(client)
    names = [*ANSWERS, "check"]
    titles = {page(client.get(f"/submit/{name}/")).split("<title>")[1].split("</title>")[0] for name in names}
    assert len(titles) == len(names)
    client.post("/submit/")
    assert "<title>请改正" in page(client.post("/submit/category/", {}))


def test_rating_by_the_link_and_never_twice(town: Town) -> None:
    number = str(asked(town).number)
    word = word_of(rating_links.of_order(number, actor(town, "caller")))
    shown = Client().get(f"/rate/{word}/")
    assert "管网已清淤" in words(shown)
    assert "1380013" not in page(shown)
    assert shown["Referrer-Policy"] == "same-origin", "no other site learns the link; none at all and no form is taken"
    empty = Client().post(f"/rate/{word}/", {"form_key": hidden(shown, "form_key"), "note": "想说的话"})
    assert empty.status_code == 422
    assert "请选择满意程度" in words(empty)
    assert "想说的话" in page(empty)
    done = Client().post(f"/rate/{word}/", {"form_key": hidden(empty, "form_key"), "level": "满意"})
    assert done["Location"] == "/rate/done/"
    again = Client().post(f"/rate/{word}/", {"form_key": hidden(shown, "form_key"), "level": "不满意"})
    forged = Client().get("/rate/AAAAAAAAAAAAAAAAAAAAAAAAAAAA/")
    used = Client().get(f"/rate/{word}/")
    assert [answer.status_code for answer in (again, forged, used)] == [404, 404, 404]
    assert words(forged) == words(used) == words(again), "nobody learns whether a link ever was one"
    assert number not in page(used)


def test_links_are_not_guessed_at_leisure(town: Town, settings: Any) -> None:
    settings.PUBLIC_RATES = {"public-rate": (3, 600)}
    answers = [Client().get(f"/rate/guess{turn}/").status_code for turn in range(5)]
    assert answers == [404, 404, 404, 429, 429]


def test_the_panel_shows_the_link_when_asked_and_writes_it_down(town: Town, enter: In) -> None:
    number = str(asked(town).number)
    path = f"/rate/of/{number}/"
    client = enter("caller")
    assert "显示链接" in words(client.get(path))
    assert not AuditEntry.objects.filter(verb="取评价链接").exists()
    shown = client.post(path)
    assert "/rate/" in page(shown).split("data-copy")[1]
    assert AuditEntry.objects.get(verb="取评价链接").subject == number
    assert enter("water-clerk").get(path).content == b""
    refused = enter("water-clerk").post(path)
    assert b"data-copy" not in refused.content


@pytest.mark.parametrize("path", ["/rate/done/", "/submit/", "/type/", "/published/", "/progress/"])
def test_public_pages_answer_an_open_question(town: Town, path: str) -> None:
    assert Client().get(path).status_code in (200, 302)


def test_published_answers_are_narrowed_by_category_and_month(busy: Town, enter: In) -> None:
    from yixian.orders import public_copies

    public_copies.release(busy.orders["closed"], actor(busy, "reviewer"))
    copy = public_copies.page().rows[0]
    for query, there in (
        (f"category={copy.category}", True),
        ("category=咨询", False),
        (f"since={copy.month}", True),
        (f"q=积水&category={copy.category}&since={copy.month}", True),
        ("category=没有的类别", True),
    ):
        assert (copy.slug in page(Client().get(f"/published/?{query}"))) is there, query
