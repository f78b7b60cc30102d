"""Articles in words."""

from __future__ import annotations

import pytest

from yixian.rulebook import Library
from yixian.rulebook.articles import chinese_article, chinese_number, cite


@pytest.mark.parametrize(
    ("basis", "numbering", "words"),
    [
        ("zhuhai:10.4", "articles", "第十条第四款"),
        ("zhuhai:11(1)", "articles", "第十一条第(一)项"),
        ("anhui:17", "articles", "第十七条"),
        ("lezhi:7.2", "articles", "第七条第二款"),
        ("lezhi:附则20", "articles", "附则第二十条"),
        ("lezhi:附件2.注2", "articles", "附件2注2"),
        ("lezhi:附件2", "articles", "附件2"),
        ("x:105.12(3)", "articles", "第一百零五条第十二款第(三)项"),
        ("changzhi:3(2)", "sections", "三、(二)"),
        ("changzhi:3", "sections", "三、"),
        ("10.4", "articles", "第十条第四款"),
    ],
)
def test_words(basis: str, numbering: str, words: str) -> None:
    assert chinese_article(basis, numbering) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (101, "一百零一"), (110, "一百一十"), (999, "九百九十九")],
)
def test_numbers(number: int, words: str) -> None:
    assert chinese_number(number) == words


def test_with_the_paper() -> None:
    library = Library.load()
    zhuhai, changzhi = (library.versions(name)[-1] for name in ("zhuhai", "changzhi"))
    assert cite("10.4", zhuhai) == "珠海办法第十条第四款"
    assert cite("3(2)", changzhi) == "长治机制三、(二)"
    assert cite("10.4", None) == "第十条第四款"
