"""The rulebooks as pages need them: the version of a name that governs today, and the one an order remembers."""

from __future__ import annotations

from yixian.orders import books
from yixian.orders.books import calendar as calendar_of
from yixian.orders.books import library
from yixian.rulebook import Rulebook, WorkCalendar
from yixian.web.present import articles

__all__ = ["calendar", "library", "newest", "version"]


def calendar(book: str) -> WorkCalendar:
    """The working calendar of a jurisdiction; the country's alone where the book is unknown."""
    return calendar_of(book) if book in library().names() else _country()


def _country() -> WorkCalendar:
    names = library().names()
    return calendar_of(next(iter(names))) if names else WorkCalendar()


def newest(book: str) -> Rulebook | None:
    """The version of a book that governs today, or the nearest to today; None where there is none."""
    return articles.newest(book, library())


def version(book: str, number: str) -> Rulebook:
    """The version of a book that an order was registered under. Raises orders.errors.Unavailable."""
    return books.version(book, number)
