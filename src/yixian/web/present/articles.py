"""Articles (条文) as tags: "zhuhai:10.4" is 珠海办法 第十条第四款; and what lies under an article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from yixian.orders import clock
from yixian.orders.books import local_day
from yixian.rulebook import Library, Rulebook
from yixian.rulebook.articles import chinese_article, short_title


@dataclass(frozen=True, slots=True)
class Tag:
    """What the article component shows: `basis` finds the drawer, `text` is the link."""

    basis: str
    text: str


def tag(basis: str, library: Library) -> Tag:
    """The tag of one basis entry; an entry of an unknown book keeps its article only."""
    book = newest(basis.rpartition(":")[0], library)
    return Tag(basis, chinese_article(basis) if book is None else cite(basis, book))


def tags(basis: Iterable[str], library: Library) -> list[Tag]:
    """The tags of a whole basis: each paper is named once, at its first article."""
    made: list[Tag] = []
    before = ""
    for entry in sorted(dict.fromkeys(basis), key=lambda entry: entry.rpartition(":")[0]):
        name = entry.rpartition(":")[0]
        book = newest(name, library)
        if name == before and book is not None:
            made.append(Tag(entry, chinese_article(entry, book.document.numbering)))
        else:
            made.append(tag(entry, library))
        before = name
    return made


def cite(basis: str, book: Rulebook) -> str:
    """The article with its paper."""
    return f"{short_title(book)} {chinese_article(basis, book.document.numbering)}"


def newest(name: str, library: Library) -> Rulebook | None:
    """The version of a book that governs today, or the nearest to today; None where there is none of this name."""
    return library.version(name, local_day(clock.now())).book if name in library.names() else None


def cites(article: str, asked: str) -> bool:
    """Whether an article is the asked one or lies inside it: "10" holds "10.4" and "10(1)", never "101"."""
    return article == asked or (article.startswith(asked) and article[len(asked)] in ".(")
