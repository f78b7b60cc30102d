"""Articles in words: "10.4" -> 第十条第四款, "11(1)" -> 第十一条第(一)项, "附件2.注2" -> 附件2注2.

A text without 条 (numbering `sections`) reads "3(2)" as 三、(二). What is not of a known form is shown as written.
"""

from __future__ import annotations

import re

from yixian.rulebook.model import Rulebook, article_of

_DIGITS = "零一二三四五六七八九"
_GENRE = re.compile("办法|条例|规定|细则|规则|机制|意见|方案|通知|制度|规范|标准")
_RANK = re.compile("(维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区|自治州|自治县|省|市|县|区)$")
_PART = re.compile(r"\.(\d+)|\((\d+)\)|([a-z])")


def chinese_number(number: int) -> str:
    """A number below 1000 in Chinese: 12 -> 十二, 105 -> 一百零五."""
    if number >= 1000:
        return str(number)
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = _DIGITS[hundreds] + "百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    return words + (_DIGITS[ones] if ones or not words else "")


def chinese_article(basis: str, numbering: str = "articles") -> str:
    """How people cite a basis entry; the book's name before the colon is left out.

    Args: "zhuhai:10.4" or "10.4"; `numbering` of the document: articles, or sections for a text without 条.
    """
    words = article_of(basis)
    supplement = re.fullmatch(r"附则(\d+)(.*)", words)
    if supplement:
        return f"附则第{chinese_number(int(supplement[1]))}条" + _rest(supplement[2], words)
    attached = re.match(r"附件(\d*)", words)
    if attached:
        return words.replace(".", "", 1)
    head = re.match(r"\d+", words)
    if not head:
        return words
    number = chinese_number(int(head[0]))
    rest = words[head.end() :]
    if numbering == "sections":
        parts = list(_PART.finditer(rest))
        if "".join(match[0] for match in parts) != rest:
            return words
        tail = "".join(f"({chinese_number(int(part[2]))})" if part[2] else f"{part[1] or part[3]}." for part in parts)
        return f"{number}、{tail}" if tail else f"{number}、"
    return f"第{number}条" + _rest(rest, words)


def _rest(rest: str, whole: str) -> str:
    """The paragraphs (款) and items (项) after an article's number."""
    parts = list(_PART.finditer(rest))
    if "".join(match[0] for match in parts) != rest:
        return f"({whole})"
    said = ""
    for part in parts:
        if part[1]:
            said += f"第{chinese_number(int(part[1]))}款"
        elif part[2]:
            said += f"第({chinese_number(int(part[2]))})项"
        else:
            said += f"第{part[3]}目"
    return said


def short_title(book: Rulebook) -> str:
    """A paper in passing: its own short title, else the region without its rank and the kind of paper (某某办法)."""
    if book.document.short:
        return book.document.short
    region = _RANK.sub("", book.jurisdiction.name) or book.jurisdiction.name
    genres = _GENRE.findall(book.document.title)
    return region + (genres[-1] if genres else "规则")


def cite(article: str, book: Rulebook | None) -> str:
    """An article with its paper, 某某办法第十条第四款; the bare article where the book is not known."""
    if book is None:
        return chinese_article(article)
    return short_title(book) + chinese_article(article, book.document.numbering)
