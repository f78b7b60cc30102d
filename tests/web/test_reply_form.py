"""The reply in parts: what goes in comes out, for every form of every book; the official words stand as they are."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yixian.lifecycle.state import OrderState
from yixian.rulebook import Library
from yixian.web.present.reply_form import ReplyForm, compose, form_of, made, shown, split, text_of

DAY = dt.date(2026, 3, 2)
SOURCES = (
    "市12345热线平台",
    "人民网",
    "资阳网",
    "政民互动",
    "国务院小程序",
    "天府通办直派",
    "中国政府网",
    "国家政务服务平台",
)
OWN = made("测试", ["〔甲〕说〔乙〕完", "一、〔丙〕", "中间一句", "〔丁?〕谢谢", "〔单位名称〕", "〔年月日〕"])


@cache
def _form(book: str, source: str | None = None) -> ReplyForm | None:
    found = Library.load().version(book, DAY).book
    assert found is not None
    state = OrderState("1", book, found.version, "handling", "投诉", "phone", "内容", 0, 0, source=source)
    return form_of(state, found)


def _all() -> list[ReplyForm]:
    found = [_form("lezhi", source) for source in SOURCES] + [_form("zhuhai"), OWN]
    assert None not in found
    return [form for form in found if form is not None]


def _values(form: ReplyForm, filled: bool) -> st.SearchStrategy[list[str]]:
    line = st.text("木火土金水abc123 ,.", max_size=12).map(str.strip)
    area = st.text("木火土金水abc123 ,.\n", max_size=40).map(str.strip)
    kinds = [area if blank.area else line for blank in form.blanks]
    return st.tuples(*(kind.filter(bool) if filled else kind for kind in kinds)).map(list)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_parts_to_text_and_back(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(_all()))
    values = data.draw(_values(form, filled=True))
    assert split(form, compose(form, values)) == values


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_text_is_taken_apart_only_where_it_comes_together_again(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(_all()))
    fixed = [piece for line in form.lines for piece in line.pieces if isinstance(piece, str)]
    words = st.one_of(st.sampled_from(fixed), st.text("木火\n一、：", max_size=8))
    text = "".join(data.draw(st.lists(words, max_size=12))).strip()
    parts = split(form, text)
    assert parts is None or compose(form, parts) == text


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_text_with_parts_left_out_is_read_again(data: st.DataObject) -> None:
    form = _form("lezhi", "政民互动")
    assert form is not None
    values = data.draw(_values(form, filled=False))
    if not all(values[:2]):
        values[:2] = ["王女士", "路灯"]
    again = split(form, compose(form, values))
    assert again == values


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("市12345热线平台", ["尊敬的王女士您好，您在资阳市12345政务服务平台反映的路灯问题已收悉，经调查，现回复如下：",
                             "一、您的主要诉求：", "二、调查核实情况：", "三、调查处理意见：", "四、沟通情况：",
                             "感谢您对资阳市12345政务服务热线的关注和支持！", "资阳市乐至县"]),
        ("人民网", ["尊敬的网友：\n您在人民网“领导留言板”中的留言已收悉，现将相关情况回复如下：",
                    "感谢您的留言，欢迎对我们的工作提出宝贵意见和建议！"]),
        ("中国政府网", ["尊敬的网友您好！您在中国政府网反映的关于路灯的问题已收悉。经",
                        "感谢您对中国政府网的关注和支持！"]),
    ],
)  # fmt: skip
def test_the_official_words_stand_exactly(source: str, words: list[str]) -> None:
    form = _form("lezhi", source)
    assert form is not None
    known = {"称呼": "王女士", "事项": "路灯"}
    text = compose(form, [known.get(blank.name, "已办") for blank in form.blanks])
    at = 0
    for part in words:
        assert part in text[at:], part
        at = text.index(part, at)


def test_a_line_whose_blanks_are_empty_is_left_out_so_that_the_check_finds_it() -> None:
    form = _form("zhuhai")
    assert form is not None
    assert compose(form, ["当日", "", "已修", ""]) == "时间：当日\n结果：已修"


@pytest.mark.parametrize("book", ["anhui", "changzhi", "neimenggu", "national"])
def test_a_book_without_parts_has_no_form(book: str) -> None:
    assert _form(book) is None


def test_what_a_page_sends_becomes_one_text() -> None:
    sent: dict[str, Any] = {"text.parts": ["1"], "text.0": ["当日"], "text.1": [" 到场\r\n查看 "], "text": ["整篇"]}
    assert text_of(_form("zhuhai"), "text", sent) == "时间：当日\n经过：到场\n查看"
    assert text_of(None, "text", sent) == "整篇"
    assert text_of(_form("zhuhai"), "text", {"text": [" 整篇 "]}) == "整篇"
    assert text_of(_form("zhuhai"), "text", {"text.parts": ["1"]}) == ""


def test_what_the_template_says_is_not_said_twice() -> None:
    form = _form("lezhi", "市12345热线平台")
    _, parts, _ = shown(form, "text", None, {"单位名称": "乐至县住房和城乡建设局", "年月日": "2026年3月2日"})
    assert compose(form, parts).endswith("资阳市乐至县住房和城乡建设局\n2026年3月2日")  # type: ignore[arg-type]
