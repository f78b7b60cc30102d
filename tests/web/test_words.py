"""The pure part: clocks in the rule's own unit, moments, forms made from payload types."""

from __future__ import annotations

import datetime as dt

import pytest

from yixian.lifecycle.commands import COMMANDS
from yixian.lifecycle.state import Card, Clock
from yixian.rulebook import WorkCalendar
from yixian.web import books
from yixian.web.present import clocks, forms, moments, portal
from yixian.web.present.moments import ZONE

CALENDAR = WorkCalendar()
HOURS = ((9 * 60, 12 * 60), (13 * 60, 17 * 60))


def at(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


@pytest.mark.parametrize(
    ("limit", "now", "due", "said"),
    [
        ("2wd", "2024-03-04T10:00", "2024-03-07T00:00", "还剩 2 个工作日 14 小时"),
        ("2wd", "2024-03-08T20:00", "2024-03-12T00:00", "还剩 1 个工作日 4 小时"),  # a weekend lies between
        ("1wd", "2024-02-18T23:30", "2024-02-19T00:00", "还剩 30 分钟"),  # 调休上班: a Sunday that counts
        ("2wd", "2024-03-05T02:00", "2024-03-05T00:00", "已超 2 小时"),
        ("2wd", "2024-03-12T05:00", "2024-03-09T00:00", "已超 1 个工作日 5 小时"),
        ("1wd", "2024-03-09T03:00", "2024-03-09T00:00", "已超 3 小时"),  # Saturday: no working time has passed
        ("30min", "2024-03-04T10:00", "2024-03-04T10:20", "还剩 20 分钟"),
        ("24h", "2024-03-04T10:00", "2024-03-05T09:15", "还剩 23 小时 15 分钟"),
        ("5d", "2024-03-04T10:00", "2024-03-09T00:00", "还剩 4 天 14 小时"),
        ("5wh", "2024-03-08T16:00", "2024-03-11T12:00", "还剩 4 个工作小时"),
        ("24h@wd", "2024-03-08T12:00", "2024-03-11T12:00", "还剩 24 小时"),
    ],
)
def test_time_left_is_said_in_the_rules_own_unit(limit: str, now: str, due: str, said: str) -> None:
    words, _, _ = clocks.countdown(at(due), limit, at(now), CALENDAR, HOURS)
    assert words == said


def test_the_browser_gets_what_does_not_count() -> None:
    _, form, free = clocks.countdown(at("2024-03-12T00:00"), "2wd", at("2024-03-08T20:00"), CALENDAR, HOURS)
    assert form == "wd"
    assert free == f"{at('2024-03-09T00:00')}-{at('2024-03-11T00:00')}"


@pytest.mark.parametrize(
    ("due", "now", "card", "tone"),
    [
        ("2024-03-07T00:00", "2024-03-05T10:00", "", "calm"),
        ("2024-03-07T00:00", "2024-03-06T10:00", "", "today"),
        ("2024-03-07T00:00", "2024-03-05T10:00", "yellow", "today"),
        ("2024-03-07T00:00", "2024-03-07T00:00", "", "calm"),
        ("2024-03-07T00:00", "2024-03-07T00:00:01", "", "late"),
        ("2024-03-09T00:00", "2024-03-05T00:00", "red", "late"),
    ],
)
def test_colour_follows_cards_and_the_due_day(due: str, now: str, card: str, tone: str) -> None:
    moment = at(now)
    expected = "today" if (due, now) == ("2024-03-07T00:00", "2024-03-07T00:00") and tone == "today" else tone
    assert clocks.tone_of(at(due), moment, card) == expected


def test_a_chip_tells_start_limit_due_and_articles() -> None:
    clock = Clock(
        "reply", "unit", at("2024-03-04T10:00"), "2wd", at("2024-03-07T00:00"), unit="w", basis=("zhuhai:11(1)",)
    )
    card = Card("yellow", "reply", at("2024-03-06T00:00"), unit="w")
    chip = clocks.chip(clock, at("2024-03-06T09:00"), CALENDAR, cards=(card,), units={"w": "水务局"})
    facts = dict(chip.facts)
    assert facts["责任方"] == "水务局"
    assert facts["时限"] == "2 个工作日"
    assert facts["截止"] == "2024 年 3 月 6 日 周三 24:00"
    assert chip.card == "yellow"
    assert chip.tone == "today"
    assert 0 < chip.share < 100


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("2024-03-06T11:59:30", "刚刚"),
        ("2024-03-06T11:30", "30 分钟前"),
        ("2024-03-06T08:05", "今天 08:05"),
        ("2024-03-05T23:00", "昨天 23:00"),
        ("2024-01-02T09:00", "1月2日 09:00"),
        ("2023-12-31T09:00", "2023-12-31"),
    ],
)
def test_moments_are_relative_in_lists(then: str, said: str) -> None:
    assert moments.short(at(then), at("2024-03-06T12:00")) == said


@pytest.mark.django_db
@pytest.mark.parametrize("command", [name for name, spec in COMMANDS.items() if spec.moment != "system"])
def test_every_field_of_every_command_has_chinese_words(command: str) -> None:
    offered = forms.choices(books.newest("zhuhai"), [("water", "市水务局")])
    for item in forms.fields_of(command, offered):
        assert item.label != "其他", item.path
        for _, text in item.options:
            assert not text.isascii(), (item.path, text)


def test_a_form_is_read_back_as_the_payload() -> None:
    form = forms.fields_of("dispatch", forms.choices(None, [("water", "水务局"), ("urban", "城管局")]))
    typed = {"lead": ["water"], "co": ["urban"], "requirements": [" "], "grade": ["重点"]}
    assert forms.read(form, typed) == {"lead": "water", "co": ["urban"], "grade": "重点"}
    contact = forms.fields_of("contact", forms.choices(None, ()))
    assert forms.read(contact, {"reached": ["no"]}) == {"reached": False}
    back = forms.fields_of("send_back", forms.choices(None, ()))
    assert forms.read(back, {"defects": ["缺依据\n\n 缺时间 "]}) == {"defects": ["缺依据", "缺时间"]}


def test_the_path_shows_dates_of_what_was_reached_only() -> None:
    steps = portal.path("handling", [("registered", at("2024-03-04T10:00")), ("dispatched", at("2024-03-05T10:00"))])
    assert [step.stand for step in steps] == ["done", "done", "now", "todo", "todo"]
    assert [step.date for step in steps] == ["3 月 4 日", "3 月 5 日", "", "", ""]
    due = at("2024-03-07T00:00")
    assert "最迟 3 月 6 日" in portal.next_words("handling", due, at("2024-03-05T12:00"))
    assert "现在已经超过" in portal.next_words("handling", due, at("2024-03-08T00:00"))
