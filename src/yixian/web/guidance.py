"""What a hotline takes and what not, as its rules say it, and where to go instead: for the first page of submitting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yixian.parties.models import Platform
from yixian.rulebook import Rulebook
from yixian.rulebook.model import Ground
from yixian.web import books
from yixian.web.present import articles, portal


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is not handled here: its words, where to go instead, by which article."""

    text: str
    instead: tuple[str, ...]
    article: str


@dataclass(frozen=True, slots=True)
class Guide:
    """The first page for one hotline. `urgent`: (number, what for) of those that come before any form."""

    code: str
    place: str
    hotline: str
    phone: str
    categories: tuple[tuple[str, str], ...]
    refused: tuple[Told, ...]
    guided: tuple[Told, ...]
    secret: Told | None
    urgent: tuple[tuple[str, str], ...]
    duties: tuple[str, ...]
    duties_article: str


def of(platform: Platform) -> Guide:
    """The guide of a hotline; its lists are empty where its rules say nothing."""
    book = books.newest(platform.book)
    rules = book.intake if book else None
    secret = rules.secret if rules else None
    duties = rules.duties if rules else None
    kinds = book.categories.value if book and book.categories else ()
    return Guide(
        code=platform.code,
        place=book.jurisdiction.name if book else platform.name,
        hotline=platform.formal,
        phone=platform.phone or portal.PHONE,
        categories=tuple((item, portal.CATEGORY_HELP.get(item, "")) for item in kinds),
        refused=_told(rules.refuse) if rules else (),
        guided=_told(rules.guide) if rules else (),
        secret=Told(secret.value, (), _article(secret.basis, secret.reading)) if secret else None,
        urgent=_urgent(book),
        duties=tuple(duties.value) if duties else (),
        duties_article=_article(duties.basis, duties.reading) if duties else "",
    )


def _told(grounds: Sequence[Ground]) -> tuple[Told, ...]:
    return tuple(Told(item.text, portal.instead(item.text), _article(item.basis, item.reading)) for item in grounds)


def _article(basis: Sequence[str], reading: str | None) -> str:
    """The articles in words; where a text has none, how it was read."""
    return "、".join(tag.text for tag in articles.tags(basis, books.library())) or reading or ""


def _urgent(book: Rulebook | None) -> tuple[tuple[str, str], ...]:
    """The emergency numbers that the rules link the hotline with, or those that hold in the whole country."""
    contact = book.registers.get("contact") if book else None
    linked = [item.text for item in contact.grounds if item.text in portal.EMERGENCY] if contact else []
    return tuple((number, portal.EMERGENCY[number]) for number in sorted(linked or portal.EMERGENCY))
