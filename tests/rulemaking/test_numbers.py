"""The values of a draft as a form: each is changed where it stands, alone; nothing else of the text moves."""

from __future__ import annotations

import difflib
import re

import pytest

from yixian.orders.errors import BadInput
from yixian.rulebook import Leaf, Library
from yixian.rulebook.sections import read_text
from yixian.rulemaking import numbers, texts

LIBRARY = Library.load()
OTHERS = {
    "duration": ("7wd", "90min"), "count": ("4", "5"), "date": ("2031-02-03", "2032-02-03"), "card": ("-2wd", "+1wd"),
    "length": ("up_to_limit", "3wd"),
}  # fmt: skip


def text_of(name: str) -> str:
    """The newest text of a book."""
    return LIBRARY.source(name, LIBRARY.flat(name)[-1].version)


def other(one: numbers.Number) -> str:
    """Another value that may stand there."""
    choices = [code for code, _ in one.options] or list(OTHERS[one.kind])
    return next(value for value in choices if value != one.value)


def _plain(leaf: Leaf | None) -> object:
    """A leaf to be compared: tables of rows as their rows."""
    table = getattr(getattr(leaf, "value", None), "limits", None)
    return leaf if table is None else (table.rows, leaf and leaf.basis)


@pytest.mark.parametrize("name", LIBRARY.names())
def test_every_value_is_changed_alone_where_it_stands(name: str) -> None:
    text = text_of(name)
    found = numbers.numbers(text)
    assert len({one.name for one in found}) == len(found) > 5
    assert numbers.written(text, {one.name: one.value for one in found}) == text
    before = read_text(name, text, "x", "2020-01-01").leaves
    for one in found:
        made = numbers.written(text, {one.name: other(one)})
        lines = [line for line in difflib.ndiff(text.splitlines(), made.splitlines()) if line[0] in "+-"]
        assert len(lines) == 2, one
        after = read_text(name, made, "x", "2020-01-01").leaves
        moved = {path for path in before.keys() | after.keys() if _plain(before.get(path)) != _plain(after.get(path))}
        assert len(moved) == 1, (one, moved)
        assert moved.pop().split(".")[0].split("[")[0] == one.path[0]


def test_titles_are_chinese_and_told_apart() -> None:
    for name in LIBRARY.names():
        titles = [(one.section, one.title) for one in numbers.numbers(text_of(name))]
        latin = [title for _, title in titles if re.search("[A-Za-z]{3,}", title)]
        assert not latin


@pytest.mark.parametrize(
    "value", ["", "2 wd", "zwei", "{a: 1}", "2wd, basis: x", "2wd # x", "2wd\nx: 1", "９wd", "-1wd"]
)
def test_what_is_no_length_is_refused_with_the_right_way(value: str) -> None:
    text = next(text_of(name) for name in LIBRARY.names() if "limit: 2wd" in text_of(name))
    one = next(item for item in numbers.numbers(text) if item.kind == "duration")
    with pytest.raises(BadInput, match="写作 30min") as refused:
        numbers.written(text, {one.name: value})
    assert refused.value.path == one.name


def test_a_text_that_cannot_be_read_has_no_values() -> None:
    for text in ("", "[", "只有话", "a: " * 5000, "- " * 5000):
        assert numbers.numbers(text) == []


def test_quotes_flow_blocks_and_references_keep_their_form() -> None:
    text = (
        "# 头\nclocks:\n  reply: {limit: '10wd', basis: \"11\"}  # 甲\n"
        '  sign:\n    limit: &a\n      value: 1wd   # 乙\n      basis: "9"\n  contact:\n    limit: *a\n'
    )
    made = texts.replaced(text, {("clocks", "reply", "limit"): "9wd", ("clocks", "sign", "limit"): "2wd"})
    assert made == text.replace("'10wd'", "9wd").replace("value: 1wd ", "value: 2wd ")
