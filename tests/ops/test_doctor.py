"""The doctor: says what is well, warns of what comes, and names the remedy."""

from __future__ import annotations

from datetime import date

import pytest

from yixian.ops import doctor

LAST_YEAR = 2026


@pytest.mark.parametrize(
    ("today", "level", "word"),
    [
        (date(LAST_YEAR, 3, 1), "正常", f"{LAST_YEAR} 年"),
        (date(LAST_YEAR, 12, 1), "注意", f"{LAST_YEAR + 1} 年节假日通知尚未收录"),
        (date(LAST_YEAR + 1, 1, 2), "错误", f"只收录到 {LAST_YEAR} 年"),
    ],
)
def test_the_calendar_is_judged_by_how_far_it_reaches(today: date, level: str, word: str) -> None:
    (finding,) = doctor.calendar({2024, 2025, LAST_YEAR}, today)
    assert finding.level == level
    assert word in finding.detail


def test_every_book_is_looked_at_and_an_expiry_is_announced() -> None:
    found = {finding.subject: finding for finding in doctor.law(date(2028, 7, 1))}
    assert {f"规则书 {name}" for name in ("anhui", "zhuhai", "lezhi", "changzhi", "neimenggu")} <= set(found)
    assert "工作日历" in found
    assert "2028-08-31 失效" in found["规则书 zhuhai"].detail
    assert found["规则书 zhuhai"].level == "注意"


def test_a_database_that_is_away_is_one_clear_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@127.0.0.1:9/none")
    (finding,) = doctor.database()
    assert finding.level == "错误"
    assert "连不上数据库" in finding.detail
