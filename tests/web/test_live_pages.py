"""What pages ask for by themselves: counts, how far an order is, why a clock or card is so; where the stream is."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.web import seed
from tests.web.conftest import In


def test_counts_are_those_of_the_pages(busy: seed.Town, enter: In) -> None:
    client = enter("water-clerk")
    found = client.get("/live/shell/").json()
    page = client.get("/desks/unit/").content.decode()
    for url, count in found["counts"].items():
        if count and url.startswith("/desks/unit/?tab="):
            assert f'href="{url}"' in page
    assert found["counts"]["/desks/unit/"]
    assert f'<span class="n">{found["counts"]["/desks/unit/"]}</span>' in page


def test_an_order_is_asked_for_only_by_those_who_may_read_it(busy: seed.Town, enter: In) -> None:
    number = busy.orders["handling"]
    assert enter("water-clerk").get(f"/live/orders/{number}/").json() == {"seq": 4, "state": "handling"}
    for url in (f"/live/orders/{number}/", f"/live/why/{number}/"):
        assert enter("housing-clerk").get(url).status_code == 404
        assert Client().get(url).status_code == 302


def test_a_card_and_a_clock_say_why(busy: seed.Town, enter: In) -> None:
    page = enter("supervisor").get(f"/live/why/{busy.orders['late']}/", headers={"HX-Request": "true"})
    text = page.content.decode()
    assert "红牌" in text
    assert "超过时限亮红牌" in text
    assert "/rulebooks/zhuhai/" in text
    assert "<html" not in text
    calm = enter("supervisor").get(f"/live/why/{busy.orders['handling']}/").content.decode()
    assert "截止" in calm
    assert "红牌" not in calm


def test_pages_name_the_stream_and_may_reach_it_alone(busy: seed.Town, enter: In, settings: Any) -> None:
    client = enter("dispatcher")
    policy = client.get("/orders/").headers["Content-Security-Policy"]
    assert "connect-src 'self';" in policy
    settings.LIVE_PORT = "8001"
    page = client.get("/orders/")
    assert 'data-news="http://testserver:8001/live/stream/"' in page.content.decode()
    assert "connect-src 'self' http://testserver:8001;" in page.headers["Content-Security-Policy"]
    secure = client.get("/orders/", secure=True)
    assert "data-news" not in secure.content.decode()
    settings.LIVE_URL = "/live/stream/"
    page = client.get("/orders/", secure=True)
    assert 'data-news="/live/stream/"' in page.content.decode()
    assert "connect-src 'self';" in page.headers["Content-Security-Policy"]
