"""What petitioners owe (诉求人的义务), as the rules of each open hotline say it: for the public first page."""

from __future__ import annotations

from dataclasses import dataclass

from yixian.parties import queries as parties
from yixian.web import books
from yixian.web.present import articles


@dataclass(frozen=True, slots=True)
class Duties:
    """One paper's sentences, where they hold, and its articles in words."""

    place: str
    sentences: tuple[str, ...]
    articles: str


def all_told() -> list[Duties]:
    """The duties under every paper that governs a hotline open to the public, each paper once."""
    found: list[Duties] = []
    for name in dict.fromkeys(platform.book for platform in parties.open_to_the_public()):
        book = books.newest(name)
        leaf = book.intake.duties if book else None
        if book is None or leaf is None:
            continue
        cited = "、".join(tag.text for tag in articles.tags(leaf.basis, books.library()))
        found.append(Duties(book.jurisdiction.name, leaf.value, cited))
    return found
