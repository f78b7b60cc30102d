"""Every page opens for those it is for, speaks Chinese, and obeys the content security policy."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.web.conftest import In
from tests.web.reading import page, words
from tests.web.seed import STAFF, Town
from yixian.lifecycle.commands import COMMANDS
from yixian.web.access import PUBLIC, SIGNED_IN

PUBLIC_PAGES = ("/", "/login/", "/submit/category/", "/progress/", "/rulebooks/", "/rulebook/article/?b=zhuhai:10.4")
STAFF_PAGES = ("/orders/", "/orders/?due=late", "/orders/?q=车库", "/rulebooks/", "/rulebooks/zhuhai/", "/account/")
# Keys people press, and nothing else.
LATIN = {"Ctrl", "Enter", "Esc", "Alt", "F1", "P", "W", "S", "j", "k", "x", "g", "A4", "App"}


def test_public_pages_open_without_login(town: Town) -> None:
    for path in PUBLIC_PAGES:
        assert Client().get(path).status_code == 200, path


def test_each_desk_opens_for_each_role(busy: Town, enter: In) -> None:
    for username in STAFF:
        client = enter(username)
        for path in STAFF_PAGES:
            assert client.get(path).status_code == 200, (username, path)


def test_every_order_and_every_form_opens(busy: Town, enter: In) -> None:
    client = enter("supervisor")
    for name, number in busy.orders.items():
        assert client.get(f"/orders/{number}/").status_code == 200, name
    for command, spec in COMMANDS.items():
        wanted = 404 if spec.moment == "system" or command == "register" else 200
        assert client.get(f"/orders/{busy.orders['handling']}/act/{command}/").status_code == wanted, command


def test_pages_speak_chinese_only(busy: Town, enter: In) -> None:
    client = enter("supervisor")
    paths = [*STAFF_PAGES, "/agent/", *(f"/orders/{number}/" for number in busy.orders.values())]
    paths += [f"/orders/{busy.orders['handling']}/act/{name}/" for name in ("dispatch", "evaluate", "supervise")]
    for path in paths:
        found = set(re.findall(r"[A-Za-z][A-Za-z0-9_]*", words(client.get(path)))) - LATIN - {"supervisor"}
        assert not found, f"{path}: {found}"


def test_no_inline_script_style_or_handler(busy: Town, enter: In) -> None:
    client = enter("water-clerk")
    for path in ("/orders/", f"/orders/{busy.orders['handling']}/", f"/orders/{busy.orders['handling']}/act/reply/"):
        text = page(client.get(path))
        assert not re.search(r"\son[a-z]+=", text)
        assert not re.search(r"\sstyle=|<style|<script(?![^>]* src=)", text)


def test_headers_forbid_foreign_scripts_and_shared_caches(town: Town) -> None:
    answer = Client().get("/")
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


def test_every_view_declares_who_may_open_it() -> None:
    from yixian.parties.roles import PERMISSIONS
    from yixian.web import urls

    for pattern in urls.urlpatterns:
        assert pattern.callback.permission in {PUBLIC, SIGNED_IN, *PERMISSIONS}, pattern  # type: ignore[union-attr]
    assert get_resolver().resolve("/orders/")


def test_without_login_a_page_leads_to_the_login_and_back(town: Town) -> None:
    answer = Client().get("/orders/?due=late")
    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=%2Forders%2F%3Fdue%3Dlate"


def test_a_unit_cannot_see_another_units_order(busy: Town, enter: In) -> None:
    answer = enter("housing-clerk").get(f"/orders/{busy.orders['handling']}/")
    assert answer.status_code == 404
    assert "没有这件工单" in words(answer)


def test_an_unknown_order_says_so(town: Town, enter: In) -> None:
    answer = enter("agent").get("/orders/209901010000001/")
    assert answer.status_code == 404
    assert "核对编号" in words(answer)


def test_the_auditor_sees_orders_but_no_action(busy: Town, enter: In) -> None:
    text = words(enter("auditor").get(f"/orders/{busy.orders['handling']}/"))
    assert "这一单目前不需要您办理" in text


def test_a_confidential_caller_is_withheld_from_units_and_masked_for_others(busy: Town, enter: In) -> None:
    text = words(enter("supervisor").get(f"/orders/{busy.orders['new2']}/"))
    assert "王**" in text
    assert "13800138001" not in text


def test_the_chips_are_the_url(busy: Town, enter: In) -> None:
    client = enter("supervisor")
    text = words(client.get("/orders/?state=handling&category=投诉"))
    assert busy.orders["handling"] in text
    assert busy.orders["late"] not in text  # 举报
    assert busy.orders["new"] not in text


def test_one_search_box_finds_phone_words_and_place(busy: Town, enter: In) -> None:
    client = enter("supervisor")
    for asked in ("13800138000", "车库积水", "翠微西路"):
        assert busy.orders["handling"] in words(client.get("/orders/", {"q": asked})), asked


def test_a_whole_number_opens_the_order(busy: Town, enter: In) -> None:
    answer = enter("supervisor").get("/orders/", {"q": busy.orders["late"]})
    assert answer["Location"] == f"/orders/{busy.orders['late']}/"


def test_pages_of_a_list_hold_every_order_once(busy: Town, enter: In, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yixian.web.pages.queue.SIZE", 5)
    client, path, seen = enter("supervisor"), "/orders/", []
    for _ in range(9):
        text = page(client.get(path))
        seen += re.findall(r'data-open="/orders/(\d+)/"', text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        if not following:
            break
        path = following[1].replace("&amp;", "&")
    assert sorted(seen) == sorted(busy.orders.values())


@pytest.mark.parametrize("query", ["cursor=xx", "state=nowhere", "sort=size"])
def test_a_broken_address_says_what_is_wrong(town: Town, enter: In, query: str) -> None:
    answer = enter("supervisor").get("/orders/?" + query)
    assert answer.status_code == 422
    assert "note warn" in page(answer)


def test_an_empty_list_says_so_and_offers_a_way_out(town: Town, enter: In) -> None:
    text = words(enter("supervisor").get("/orders/?q=没有这样的词"))
    assert "没有找到" in text
    assert "清除筛选" in text


def test_the_drawer_shows_parameter_origin_and_paper(town: Town) -> None:
    text = words(Client().get("/rulebook/article/?b=zhuhai:10.4", headers={"HX-Request": "true"}))
    assert "珠海办法 第十条第四款" in text
    assert "2 个工作日" in text
    assert "条文" in text
    assert Client().get("/rulebook/article/?b=nowhere:1").status_code == 404


def test_an_expired_session_leads_the_whole_window_to_the_login(busy: Town) -> None:
    order = f"/orders/{busy.orders['handling']}/"
    asked = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{order}"}
    answer = Client().get(order + "act/reply/", headers=asked)
    assert answer["HX-Redirect"] == "/login/?next=" + order.replace("/", "%2F")


def test_a_part_of_a_page_that_fails_is_a_note_and_not_a_page(town: Town, enter: In) -> None:
    answer = enter("agent").get("/orders/209901010000001/unmask/", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert "<html" not in page(answer)
    assert "核对编号" in words(answer)


def test_an_order_under_every_rulebook_shows_its_clocks_and_articles(quick: None) -> None:
    from tests.web import seed
    from tests.web.conftest import BACKEND
    from yixian.orders import clock
    from yixian.parties.models import Platform
    from yixian.rulebook.articles import short_title
    from yixian.web import books

    city = seed.town(orders=False)
    client = Client()
    client.force_login(city.users["supervisor"], backend=BACKEND)
    for name in books.library().names():
        Platform.objects.filter(pk=city.platform.pk).update(book=name)
        platforms_forget()
        book = books.newest(name)
        assert book
        assert book.categories
        told = seed.Story(city, clock.now() - 7200)
        told.give("agent", "register", category=book.categories.value[0], text="想问社保卡怎么补办", channel="phone",
                  requester={"phone": "13900139000"}, place="人民路")  # fmt: skip
        told.give("dispatcher", "dispatch", 1, lead="water")
        text = words(client.get(f"/orders/{told.number}/"))
        assert "派单" in text
        assert name == "national" or short_title(book) in text, name


def platforms_forget() -> None:
    from yixian.orders import platforms

    platforms.forget()
