"""Articles as the API shows them: book, article, and the Chinese words (珠海办法第十条第四款)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from yixian.orders.books import library
from yixian.rulebook import Rulebook, RulebookError
from yixian.rulebook.articles import chinese_article, cite


class Article(msgspec.Struct, frozen=True):
    """条文依据: book 规则, article 条文编号, chinese 条文的中文写法."""

    book: str
    article: str
    chinese: str


def articles(basis: Iterable[str]) -> tuple[Article, ...]:
    """The articles of a basis ("zhuhai:10.4"), in the order of citing."""
    return tuple(map(article, basis))


@lru_cache(maxsize=8192)
def article(entry: str) -> Article:
    """One entry of a basis; an entry of a book that cannot be loaded keeps its article alone."""
    name, _, number = entry.rpartition(":")
    try:
        book = newest(name)
    except RulebookError:
        book = None
    return Article(name, number, chinese_article(entry) if book is None else cite(entry, book))


def newest(name: str) -> Rulebook | None:
    """The newest version of a book, None where there is none of this name."""
    versions = library().versions(name) if name in library().names() else []
    return versions[-1] if versions else None
