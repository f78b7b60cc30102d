"""The list as people use it: filters in the address, views, columns, both ways through the pages, sheets on A4."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web.conftest import In
from tests.web.reading import words
from tests.web.seed import Story, Town
from yixian.orders import clock
from yixian.orders.models import SavedView


def numbers(answer: object) -> list[str]:
    return re.findall(r'id="row-(\d+)"', answer.content.decode())  # type: ignore[attr-defined]


def heads(answer: object) -> list[str]:
    return re.findall(r"<th>([^<]+)</th>", answer.content.decode())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=dispatched,handling", {"unsigned", "handling", "second", "late", "returning"}),
        ("state=dispatched&state=handling", {"unsigned", "handling", "second", "late", "returning"}),
        ("pending=return", {"returning"}),
        ("pending=return,extension", {"returning"}),
        ("state=replied&channel=phone", {"replied"}),
        ("place=翠微&state=replied", {"replied"}),
        ("unit=housing", {"unsigned", "surveying"}),
        ("unit=市住房和城乡建设局", {"unsigned", "surveying"}),
        ("unit=没有的单位", set()),
        ("from=2020-01-01&to=2020-12-31", set()),
    ],
)
def test_the_address_is_the_filter(busy: Town, enter: In, query: str, expected: set[str]) -> None:
    answer = enter("supervisor").get(f"/orders/?{query}", follow=True)
    assert answer.status_code == 200
    assert set(numbers(answer)) == {busy.orders[name] for name in expected}


def test_a_clock_that_runs_and_the_dates_of_registration(busy: Town, enter: In) -> None:
    client = enter("supervisor")
    found = numbers(client.get("/orders/?clock=reply&sort=due"))
    assert busy.orders["handling"] in found
    assert busy.orders["closed"] not in found
    today = words(client.get("/orders/?from=2020-01-01"))
    assert "2020-01-01 至" in today
    assert len(numbers(client.get("/orders/?from=2020-01-01"))) == len(busy.orders)


@pytest.mark.parametrize(
    "query", ["state=lost", "pending=x", "clock=x", "from=2026-13-01", "from=2026-03-02&to=2026-03-01", "sort=price"]
)
def test_nonsense_in_the_address_is_told(busy: Town, enter: In, query: str) -> None:
    answer = enter("supervisor").get(f"/orders/?{query}")
    assert answer.status_code == 422
    assert re.search("无法识别|早于起日", words(answer))


def test_a_view_is_saved_opened_changed_and_dropped(busy: Town, enter: In) -> None:
    client = enter("dispatcher")
    made = client.post("/lists/views/", {"name": "退单待定", "query": "pending=return&sort=changed"}, follow=True)
    view = SavedView.objects.get()
    assert made.redirect_chain[-1][0] == f"/orders/?pending=return&sort=changed&view={view.pk}"
    assert "已存为视图“退单待定”" in words(made)
    assert re.search(r'aria-current="page">退单待定', made.content.decode())
    assert numbers(made) == [busy.orders["returning"]]
    moved = client.get(f"/orders/?pending=return&state=handling&view={view.pk}")
    assert "把改动存入“退单待定”" in words(moved)
    client.post(f"/lists/views/{view.pk}/rename/", {"name": "待审退单"})
    assert "待审退单" in words(client.get("/lists/views/"))
    client.post(f"/lists/views/{view.pk}/first/")
    assert client.get("/orders/")["Location"] == f"/orders/?pending=return&sort=changed&view={view.pk}"
    assert client.get("/orders/?all=1").status_code == 200
    client.post(f"/lists/views/{view.pk}/drop/")
    assert client.get("/orders/").status_code == 200
    assert enter("dispatcher").post(f"/lists/views/{view.pk}/drop/").status_code == 404


def test_views_are_ones_own_until_a_supervisor_shares(busy: Town, enter: In) -> None:
    agent, boss = enter("agent"), enter("supervisor")
    agent.post("/lists/views/", {"name": "我的", "query": "state=registered", "shared": "1"})
    assert not SavedView.objects.exists()
    boss.post("/lists/views/", {"name": "红牌", "query": "card=red", "shared": "1"})
    assert "红牌" in words(agent.get("/orders/?all=1"))
    number = SavedView.objects.get().pk
    assert agent.post(f"/lists/views/{number}/rename/", {"name": "x"}).status_code == 403
    assert agent.post(f"/lists/views/{number}/drop/").status_code == 403
    assert words(enter("agent").get("/lists/views/")).count("删除") == 0


def test_a_view_keeps_only_what_the_list_understands(busy: Town, enter: In) -> None:
    client = enter("dispatcher")
    assert client.post("/lists/views/", {"name": "坏", "query": "state=lost"}).status_code == 422
    assert client.post("/lists/views/", {"name": "", "query": ""}).status_code == 422
    client.post("/lists/views/", {"name": "<script>", "query": "state=handling&next=//evil&cursor=x"})
    assert SavedView.objects.get().query == "state=handling"
    assert "<script>" not in client.get("/orders/?all=1").content.decode().replace("<script src", "")


def test_one_chooses_columns(busy: Town, enter: In) -> None:
    client = enter("dispatcher")
    assert heads(client.get("/orders/")) == ["编号", "类别", "内容", "地点", "承办单位", "状态", "时限"]
    back = client.post("/lists/columns/", {"column": ["pending", "registered", "nosuch"], "back": "/orders/?card=red"})
    assert back["Location"] == "/orders/?card=red"
    shown = client.get("/orders/?pending=return")
    assert heads(shown) == ["编号", "内容", "状态", "时限", "待定申请", "登记时间"]
    assert "退单申请" in words(shown)
    assert len(heads(enter("agent").get("/orders/"))) == 7, "别人的列表不变"
    client.post("/lists/columns/", {"back": "/orders/"})
    assert heads(client.get("/orders/")) == ["编号", "内容", "状态", "时限"]
    assert client.post("/lists/columns/", {"usual": "1", "back": "//evil"})["Location"] == "/orders/"
    assert len(heads(client.get("/orders/"))) == 7


def test_pages_lead_on_and_back(town: Town, enter: In) -> None:
    for turn in range(60):
        Story(town, clock.now() - 3600 + turn).register(turn % 8)
    client = enter("dispatcher")
    first = client.get("/orders/")
    assert "约" in words(first)
    following = re.search(r'href="([^"]+)" rel="next"', first.content.decode())
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&"))
    earlier = re.search(r'href="([^"]+)" rel="prev"', second.content.decode())
    assert earlier is not None
    assert "回到第一页" in words(second)
    again = client.get(earlier[1].replace("&amp;", "&"))
    assert numbers(again) == numbers(first)
    assert len(set(numbers(first)) | set(numbers(second))) == 60


def test_rows_can_be_refreshed_by_themselves(busy: Town, enter: In) -> None:
    page = enter("dispatcher").get("/orders/?state=handling").content.decode()
    assert 'id="rows" data-live="orders" data-live-url="/orders/?state=handling"' in page


def test_views_and_columns_cost_two_questions(busy: Town, enter: In) -> None:
    client = enter("dispatcher")
    client.get("/orders/?all=1")
    with CaptureQueriesContext(connection) as few:
        client.get("/orders/?all=1")
    for turn in range(20):
        client.post("/lists/views/", {"name": f"视图 {turn}", "query": "state=handling"})
    client.post("/lists/columns/", {"column": ["platform", "pending", "due"], "back": "/orders/"})
    client.get("/orders/?all=1")
    with CaptureQueriesContext(connection) as many:
        client.get("/orders/?all=1")
    assert len(many) <= len(few) + 1


def test_sheets_of_a_selection(busy: Town, enter: In) -> None:
    chosen = [busy.orders["handling"], busy.orders["closed"]]
    page = enter("water-clerk").get("/lists/print/", {"number": [*chosen, busy.orders["new"]]})
    assert page.content.decode().count('class="sheet a4"') == 2
    assert "另有 1 件不在您的数据范围内" in words(page)
    told = words(page)
    assert all(number in told for number in chosen)
    assert "领导批示" in told
    assert enter("water-clerk").get("/lists/print/").status_code == 302
    assert enter("agent").get("/lists/print/", {"number": [str(n) for n in range(21)]}).status_code == 302


def test_a_confidential_requester_is_not_on_a_units_sheet(busy: Town, enter: In) -> None:
    number = busy.orders["new2"]
    enter("dispatcher")
    story = Story(busy, clock.now())
    story.number = number
    story.give("dispatcher", "dispatch", lead="water")
    told = words(enter("water-clerk").get("/lists/print/", {"number": number}))
    assert "要求保密" in told
    assert "王" not in told.split("诉求内容")[0]
