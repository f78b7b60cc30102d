"""The notices page: what is for me, marked read one by one or all at once, narrowed by kind, counted in the top bar."""

from __future__ import annotations

import re

from tests.web.conftest import In
from tests.web.reading import page
from tests.web.seed import Town
from yixian.exchange import actions, addresses

AT = 1_760_000_000


def _tell(town: Town, count: int, kind: str = "order") -> None:
    addresses.forget()
    for index in range(count):
        actions.tell(
            kind=kind,
            title=f"{kind} 第{index}条",
            units=["water"],
            order_no=f"2026{index}",
            key=f"{kind}{index}",
            at=AT,
        )


def test_the_bar_counts_what_is_unread(town: Town, enter: In) -> None:
    _tell(town, 3)
    assert "未读 3 条" in page(enter("water-clerk").get("/orders/"))
    assert "未读" not in page(enter("housing-clerk").get("/orders/"))
    _tell(town, 130, "card")
    assert "未读 99+ 条" in page(enter("water-clerk").get("/orders/"))


def test_reading_one_leads_to_its_order_and_all_clears_the_count(town: Town, enter: In) -> None:
    _tell(town, 3)
    client = enter("water-clerk")
    first = re.search(r'name="one" value="(\d+)"', page(client.get("/notices/")))
    assert first
    answer = client.post("/notices/read/", {"one": first[1], "to": "/orders/20262/"})
    assert answer.headers["Location"] == "/orders/20262/"
    assert "未读 2 条" in page(client.get("/notices/"))
    newest = re.search(r'name="up_to" value="(\d+)"', page(client.get("/notices/")))
    assert newest
    assert client.post("/notices/read/", {"up_to": newest[1]}).headers["Location"] == "/notices/"
    assert "未读" not in page(client.get("/orders/"))
    assert "没有未读的提醒" in page(client.get("/notices/?new=1"))


def test_it_leads_nowhere_else(town: Town, enter: In) -> None:
    client = enter("water-clerk")
    for bad in ("https://example.com/", "//example.com/", "javascript:alert(1)", "/\\example.com"):
        assert client.post("/notices/read/", {"one": "1", "to": bad}).headers["Location"] == "/notices/"


def test_narrowed_by_kind_and_paged(town: Town, enter: In) -> None:
    _tell(town, 60)
    _tell(town, 2, "rating")
    client = enter("water-clerk")
    assert "rating 第1条" in page(client.get("/notices/?kind=rating"))
    assert "order 第5条" not in page(client.get("/notices/?kind=rating"))
    following = re.search(r'href="(/notices/\?cursor=[^"]+)" rel="next"', page(client.get("/notices/")))
    assert following
    assert "order 第0条" in page(client.get(following[1]))
    assert client.get("/notices/?kind=zzz").status_code == 422
    assert client.get("/notices/?cursor=zzz").status_code == 422
