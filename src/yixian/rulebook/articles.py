"""An article in words: "zhuhai:10.4" is 珠海办法第十条第四款. Pure; what pages and API show beside every decision."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yixian.rulebook.model import Rulebook

_DIGITS = "零一二三四五六七八九"
_ANNEX = re.compile(r"^(附件\d*)\.?(.*)$")
_PART = re.compile(r"\((\d+)\)|\.(\d+)|(\d+)|([^\d().]+)")
_GENRES = "办法|条例|规定|细则|规则|机制|意见|方案|通知|制度|规范|标准"
_GENRE = re.compile(f"({_GENRES})")
_DIVIDED_INTO_ARTICLES = re.compile(r"(办法|条例|规定|细则|规则)")
_RANK = re.compile(r"(维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区|自治州|自治县|省|市|县|区)$")


def numeral(number: int) -> str:
    """A number from 0 to 999 in Chinese as laws write it: 十, 二十一, 一百零三."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = _DIGITS[hundreds] + "百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    return words + (_DIGITS[ones] if ones or not words else "")


def in_words(article: str, *, by_article: bool = True) -> str:
    """第十条第四款 of "10.4", 第十一条第一项 of "11(1)"; where the text has sections instead of 条, 三（二） of "3(2)"."""
    annex = _ANNEX.match(article)
    if annex:
        return f"{annex[1]} {annex[2]}".strip()
    words = ""
    parts = _PART.findall(article)
    for index, (item, paragraph, plain, other) in enumerate(parts):
        if other:
            words += other
        elif plain:
            number = numeral(int(plain))
            words += f"第{number}条" if by_article else number if len(parts) > 1 else f"第{number}部分"
        elif paragraph:
            words += f"第{numeral(int(paragraph))}" + ("款" if by_article else "段")
        elif by_article or index != 1:
            words += f"第{numeral(int(item))}项"
        else:
            words += f"（{numeral(int(item))}）"
    return words or article


def by_article(book: Rulebook) -> bool:
    """Whether a paper of this kind is divided into 条 (办法, 条例, 规定) and not into sections (意见, 机制)."""
    return bool(_DIVIDED_INTO_ARTICLES.search(book.document.title))


def short_title(book: Rulebook) -> str:
    """珠海办法: the region without its rank and the kind of paper, or the book's own short title."""
    if book.document.short:
        return book.document.short
    region = _RANK.sub("", book.jurisdiction.name) or book.jurisdiction.name
    genres = _GENRE.findall(book.document.title)
    return region + (genres[-1] if genres else "规则")


def cite(article: str, book: Rulebook | None) -> str:
    """The article with its paper, 珠海办法第十条第四款; the bare article where the book is not known."""
    if book is None:
        return in_words(article)
    return short_title(book) + in_words(article, by_article=by_article(book))
