"""The leader's view: figures with period and comparison that lead to their orders; words are counted; the wall."""

from __future__ import annotations

import html
import re

import pytest

from tests.web.conftest import In
from tests.web.reading import page, words
from tests.web.seed import DAY, HOUR, Story, Town
from yixian.orders import clock
from yixian.supervision import counting, figures, trends
from yixian.supervision.figures import Wanted
from yixian.supervision.models import OrderFigure


@pytest.fixture
def counted(busy: Town) -> Town:
    counting.refresh()
    return busy


def test_a_leader_sees_what_waits_and_few_figures(counted: Town, enter: In) -> None:
    said = words(enter("supervisor").get("/leader/"))
    assert "督办待确认" in said
    for word in ("等您决定", "退单待定", "延期待批", "按期办结率", "满意率", "在办", "已超期", "红牌", "督办中",
                 "重办", "申请退单", "截至现在", "怎样算", "群众反映最多的", "样本少", "没有规定排名办法"):  # fmt: skip
        assert word in said, word


def test_a_unit_leader_sees_the_unit_alone(counted: Town, enter: In) -> None:
    said = words(enter("water-clerk").get("/leader/"))
    assert "市水务局" in said
    assert "退单待定" not in said
    assert "住建局" not in said


def test_every_count_leads_to_as_many_orders(counted: Town, enter: In) -> None:
    client = enter("supervisor")
    text = page(client.get("/leader/"))
    found = re.findall(r'<h2>([^<]+)</h2><p class="big num"><a href="([^"]+)"[^>]*>(\d+)</a>', text)
    assert {title for title, _, _ in found} >= {"在办", "已超期", "红牌", "申请退单"}
    for title, url, count in found:
        rows = page(client.get(html.unescape(url))).count("data-open")
        assert rows == int(count), (title, url)


def test_words_are_counted_and_lead_to_their_orders(counted: Town, enter: In) -> None:
    client = enter("supervisor")
    text = page(client.get("/leader/"))
    found = re.findall(
        r'<tr><td><a href="([^"]+)">([^<]+)</a><svg class="share0".*?</td><td class="num">(\d+)</td>', text
    )
    assert found
    for url, word, count in found:
        assert page(client.get(html.unescape(url))).count("data-open") == int(count), word


def test_days_kept_are_what_the_orders_say(counted: Town) -> None:
    now = clock.now()
    Story(counted, now - 40 * DAY).register(0, subject="积水")
    Story(counted, now - 3 * HOUR).register(0, subject="积水")
    counting.refresh()
    whole = trends.matters(Wanted(trends.last_days(now), platform_ids=(counted.platform.pk,)), now)
    flood = next(line for line in whole["subject"] if line.word == "积水")
    assert (flood.now, flood.before) == (1, 1)
    span = trends.last_days(now)
    for line in whole["category"]:
        rows = list(OrderFigure.objects.filter(category=line.word))
        assert line.now == sum(span.start <= row.registered_at.timestamp() < span.end for row in rows)
    of_unit = trends.matters(Wanted(span, units=("water",)), now)
    assert sum(line.now for line in of_unit["category"]) == sum(
        row.unit == "water" and span.start <= row.registered_at.timestamp() < span.end
        for row in OrderFigure.objects.all()
    )


def test_months_beside_each_other_are_the_figures_of_each(counted: Town) -> None:
    now = clock.now()
    wanted = Wanted(trends.last_days(now), platform_ids=(counted.platform.pk,))
    months = trends.by_month(wanted, now)
    assert len(months) == 12
    for month, found in months[-2:]:
        period = figures.period(f"{month:%Y-%m}")
        assert found == figures.summary(Wanted(period, platform_ids=(counted.platform.pk,)), direct=True)


def test_the_wall_renews_itself_and_names_nobody(counted: Town, enter: In) -> None:
    answer = enter("supervisor").get("/leader/wall/")
    assert 'data-renew="60"' in page(answer)
    assert "web/leader" in page(answer)
    said = words(answer)
    assert "按期办结率" in said
    assert "王丽华" not in said


def test_only_those_with_figures(counted: Town, enter: In) -> None:
    for path in ("/leader/", "/leader/wall/"):
        assert enter("agent").get(path).status_code == 403
        assert enter("auditor").get(path).status_code == 200
    assert enter("supervisor").get("/figures/?period=30d").status_code in (400, 422)
