"""The figures' page: rates with formulas, every number a link to as many orders, nobody sees another unit's."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook

from tests.web.conftest import In
from tests.web.reading import page, words
from tests.web.seed import Town
from yixian.orders import clock
from yixian.supervision import counting
from yixian.web.present import figures as present


@pytest.fixture
def counted(busy: Town) -> Town:
    counting.refresh()
    return busy


def _month() -> str:
    return present.this_month(clock.now())


def test_a_unit_leader_sees_the_units_figures_with_formula_and_comparison(counted: Town, enter: In) -> None:
    said = words(enter("water-clerk").get("/figures/"))
    assert "市水务局" in said
    for word in ("按期办结率", "满意率", "怎样计算", "本平台平均", "退单申请", "上期"):
        assert word in said, word
    assert "承办单位 受理" not in said, "no list of other units"


def test_every_number_leads_to_as_many_orders(counted: Town, enter: In) -> None:
    client = enter("supervisor")
    text = page(client.get("/figures/"))
    found = re.findall(r'<dd class="num"><a href="(/figures/orders/[^"]+)">(\d+)</a>', text)
    assert found
    for url, count in found:
        rows = page(client.get(url.replace("&amp;", "&"))).count("<tr data-open")
        assert rows == min(int(count), 50), url


def test_nothing_counted_is_not_a_rate(counted: Town, enter: In) -> None:
    text = words(enter("water-clerk").get("/figures/?period=2019"))
    assert "不适用" in text
    assert "这个时段没有登记的工单" in text
    assert "0.0%" not in text


def test_narrowed_and_refused(counted: Town, enter: In) -> None:
    leader, chief = enter("water-clerk"), enter("supervisor")
    assert leader.get("/figures/?unit=housing").status_code == 403
    assert chief.get("/figures/?unit=housing").status_code == 200
    assert "类别: 投诉" in words(chief.get("/figures/?category=投诉"))
    for bad in ("period=2026-13", "platform=nowhere"):
        assert chief.get(f"/figures/?{bad}").status_code in (400, 404, 422), bad
    assert chief.get("/figures/orders/nothing/").status_code in (400, 404, 422)
    assert enter("agent").get("/figures/").status_code == 403


def test_the_figures_go_into_a_file(counted: Town, enter: In) -> None:
    answer = enter("supervisor").get("/figures/export.xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    groups = [row[0] for row in sheet.iter_rows(values_only=True)]
    assert groups[:3] == ["分组", "合计", "类别"]
    assert any("本地" in str(group) for group in groups)


def test_the_page_speaks_chinese(counted: Town, enter: In) -> None:
    found = set(re.findall(r"[A-Za-z][A-Za-z0-9_]*", words(enter("supervisor").get("/figures/"))))
    assert not found - {"Ctrl", "Enter", "Esc", "F1", "j", "k", "x"}
