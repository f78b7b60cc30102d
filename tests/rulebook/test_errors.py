"""Errors of a book: all of them, each with file, line, path and remedy."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rulebook.books import Shelf
from yixian.rulebook import RulebookError

DAY = dt.date(2024, 6, 1)
LIMITS = "clocks: {reply: {limits: [%s]}}"


@pytest.mark.parametrize(
    ("body", "path", "words"),
    [
        ("clock: {}", "clock", "clocks"),
        ("clocks: {reply: {limt: 5wd}}", "clocks.reply.limt", "limit"),
        ("clocks: {reply: {owner: unt}}", "clocks.reply.owner", "unit"),
        ("clocks: {reply: {starts: dispached}}", "clocks.reply.starts", "dispatched"),
        ("clocks: {reply: {limit: 5 days}}", "clocks.reply.limit", "10d"),
        ("clocks: {reply: {limit: 0wd}}", "clocks.reply.limit", "same_day"),
        ("clocks: {reply: {limit: 99999wd}}", "clocks.reply.limit", "2500"),
        ("clocks: {reply: {limit: 5wd, limits: []}}", "clocks.reply.limits", "只能写一个"),
        (LIMITS % "{when: {catgory: 咨询}, limit: 1wd}", "clocks.reply.limits[0].when.catgory", "category"),
        (LIMITS % "{when: {emergency: specal}, limit: 1wd}", "clocks.reply.limits[0].when.emergency", "special"),
        (LIMITS % "{when: {}}", "clocks.reply.limits[0]", "limit"),
        (
            LIMITS % "{when: {item: [a, b]}, limit: 1wd}, {when: {item: b}, limit: 2wd}",
            "clocks.reply.limits",
            "重叠",
        ),
        ("clocks: {reply: {cards: [{card: green, at: due_day}]}}", "clocks.reply.cards[0].card", "yellow"),
        ("clocks: {reply: {cards: [{card: red, at: 1wd}]}}", "clocks.reply.cards[0].at", "-1wd"),
        ("clocks: {reply: {backward: yes}}", "clocks.reply.backward", "true 或 false"),
        ("counting: {start: {vlaue: moment}}", "counting.start.vlaue", "value"),
        ("counting: {start: {value: moment, bais: '1'}}", "counting.start.bais", "basis"),
        ("counting: {start: {value: moment, basis: 第十条}}", "counting.start.basis", "10.4"),
        ("counting: {start: {value: moment, basis: 'zhuhai:10'}}", "counting.start.basis", "10.4"),
        ("counting: {hours: ['17:00-09:00']}", "counting.hours", "09:00-12:00"),
        (
            "categories: [咨询]\n" + LIMITS % "{when: {category: 资询}, limit: 1wd}",
            "clocks.reply.limits",
            "'资询'",
        ),
        ("review: {result_notice: {value: notice}}", "review.result_notice", "时限"),
        ("emergency: [{tier: special, clocks: [first]}]", "emergency[0].clocks", "时限"),
        ("replies: [{banned: ['**']}]", "replies[0].banned", "正则"),
        ("extension: {apply_by: 1wd}", "extension.apply_by", "before_due"),
        ("extension: {length: {limit: 1wd}}", "extension.length.limit", "limits"),
        ("return: {refused: {count: 1, exclude: true}}", "return.refused.exclude", "exclude_review_time"),
        ("return: {not_for: [precedant]}", "return.not_for", "precedent"),
        ("stages: {replly: '1'}", "stages.replly", "reply"),
        ("supervision: [{key: a, trigger: overdu}]", "supervision[0].trigger", "overdue"),
        ("intake: {abuse: {restrict: {chanel: phone}}}", "intake.abuse.restrict.chanel", "channel"),
        ("dispatch: {multi_unit: both}", "dispatch.multi_unit", "split"),
        ("extends: nationl", "extends", "national"),
        ("clocks: [a]", "clocks", "映射"),
        ("sources: {name: a}", "sources", "列表"),
        ("assessment: {indicators: [{name: a, basis: 第一条}]}", "assessment.indicators[0].basis", "10.4"),
    ],
)
def test_errors_name_the_path_and_the_remedy(shelf: Shelf, body: str, path: str, words: str) -> None:
    shelf.put("a", body + "\n")
    found = shelf.errors("a")
    assert [one for one in found if one[0] == path and words in one[1]], found
    with pytest.raises(RulebookError, match=r"2024-01-01\.yaml 第 "):
        shelf.library().version("a", DAY)


def test_all_errors_are_listed(shelf: Shelf) -> None:
    shelf.put("a", "clock: {}\ncounting: {start: now, end: noon}\nclocks: {reply: {owner: nobody, owner: unit}}\n")
    assert {path for path, _ in shelf.errors("a")} >= {"clock", "counting.start", "counting.end", "clocks.reply.owner"}


def test_broken_yaml_is_an_error_of_the_book(shelf: Shelf) -> None:
    file = shelf.put("a", "clocks: {reply: [\n")
    with pytest.raises(RulebookError) as caught:
        shelf.library().version("a", DAY)
    assert str(file) in str(caught.value)
    assert "没有写完, 缺少值或右括号" in str(caught.value)
    # the other books are not touched by it
    assert shelf.library().version("zhuhai", DAY).status == "in_force"


def test_cycles_of_extends(shelf: Shelf) -> None:
    shelf.put("a", "extends: b\n")
    shelf.put("b", "extends: a\n")
    assert any("绕成了圈" in words for _, words in shelf.errors("a"))
    shelf.put("c", "extends: c\n")
    assert any("绕成了圈" in words for _, words in shelf.errors("c"))


def test_a_broken_parent_stops_the_child(shelf: Shelf) -> None:
    shelf.put("p", "counting: {start: now}\n")
    shelf.put("a", "extends: p\n")
    with pytest.raises(RulebookError) as caught:
        shelf.library().version("a", DAY)
    assert "counting.start" in str(caught.value)
