"""Articles as the API shows them: book, article, and the Chinese words (珠海办法第十条第四款)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from yixian.orders.books import library, local_day
from yixian.orders.clock import now
from yixian.rulebook import Library, Rulebook, RulebookError
from yixian.rulebook.articles import chinese_article, cite


class Article(msgspec.Struct, frozen=True):
    """条文依据: book 规则, article 条文编号, chinese 条文的中文写法."""

    book: str
    article: str
    chinese: str


def articles(basis: Iterable[str]) -> tuple[Article, ...]:
    """The articles of a basis ("zhuhai:10.4"), in the order of citing."""
    return tuple(map(article, basis))


def article(entry: str) -> Article:
    """One entry of a basis; an entry of a book that cannot be loaded keeps its article alone."""
    return _article(library(), entry)


@lru_cache(maxsize=8192)
def _article(shelf: Library, entry: str) -> Article:
    name, _, number = entry.rpartition(":")
    try:
        book = _newest(shelf, name)
    except RulebookError:
        book = None
    return Article(name, number, chinese_article(entry) if book is None else cite(entry, book))


def newest(name: str) -> Rulebook | None:
    """The version of a book that governs today, or the nearest to today; None where there is none of this name."""
    return _newest(library(), name)


def _newest(shelf: Library, name: str) -> Rulebook | None:
    return shelf.version(name, local_day(now())).book if name in shelf.names() else None
