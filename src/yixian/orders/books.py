"""The rulebooks that orders run under: one library per process; an order keeps the version it was registered under.

Versions that people published stand beside the files; every process takes them up within some seconds.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.db.models import Count, Max

from yixian.lifecycle.state import OrderState, Refusal
from yixian.lifecycle.timers import next_timer
from yixian.orders.errors import Refused, Unavailable
from yixian.rulebook import BookText, Library, Rulebook, RulebookError, WorkCalendar
from yixian.rulebook.calendar_days import DayNotice

CALENDAR_SECONDS = 30.0
PUBLICATION_SECONDS = 4.0

_calendars: dict[str, WorkCalendar] = {}
_days: dict[str, tuple[Any, ...]] = {}
_checked = -CALENDAR_SECONDS

LOCAL = dt.timezone(dt.timedelta(hours=8))


_shelf: Library | None = None
_published: tuple[int, int] | None = None
_looked = -PUBLICATION_SECONDS
_lock = threading.Lock()


def library() -> Library:
    """The built-in books, those in the folders of YIXIAN_RULEBOOKS (separated by ":"), and what people published.

    A version published in another process is on the shelf here within PUBLICATION_SECONDS. The library is another
    object then: whatever is remembered of books is remembered together with the library it came from.
    """
    global _looked
    if _shelf is None or time.monotonic() - _looked > PUBLICATION_SECONDS:
        with _lock:
            if _shelf is None or time.monotonic() - _looked > PUBLICATION_SECONDS:
                _looked = time.monotonic()
                _take_publications()
    assert _shelf is not None
    return _shelf


def look_again() -> Library:
    """The library with every version published up to now: for whoever cannot wait some seconds."""
    global _looked
    with _lock:
        _looked = time.monotonic()
        _take_publications()
    assert _shelf is not None
    return _shelf


def _take_publications() -> None:
    """Load the library anew where something was published; a database that is away changes nothing."""
    global _shelf, _published
    from yixian.orders.models import PublishedBook

    texts: list[BookText] = []
    try:
        found = PublishedBook.objects.aggregate(last=Max("id"), count=Count("id"))
        seen = (found["count"], found["last"] or 0)
        if _shelf is not None and seen == _published:
            return
        rows = PublishedBook.objects.order_by("id").values_list("name", "version", "text")
        texts = [BookText(*row) for row in rows]
    except DatabaseError:
        if _shelf is not None:
            return
        seen = None
    extra = [Path(part) for part in os.environ.get("YIXIAN_RULEBOOKS", "").split(":") if part]
    _shelf = Library.load(extra=tuple(extra), texts=texts)
    _published = seen
    _calendars.clear()


def version(name: str, number: str) -> Rulebook:
    """The version of a book that an order was registered under. Raises Unavailable where it is no longer installed."""
    try:
        return _version(library(), name, number)
    except RulebookError:
        pass
    try:
        return _version(look_again(), name, number)  # another process may have used a version published just now
    except RulebookError as error:
        raise Unavailable(
            f"规则 {name} 的版本 {number} 没有安装, 依据它的工单暂不能办理。请恢复该规则文件后重试。"
        ) from error


@lru_cache(maxsize=512)
def _version(shelf: Library, name: str, number: str) -> Rulebook:
    return shelf.book(name, number)


def calendar(name: str) -> WorkCalendar:
    """The working calendar of a book's jurisdiction, with the days that administrators loaded.

    Days loaded in another process are seen here after half a minute at most.
    """
    global _checked
    if time.monotonic() - _checked > CALENDAR_SECONDS:
        _checked = time.monotonic()
        _take_days()
    found = _calendars.get(name)
    if found is None:
        found = _calendars[name] = _calendar(name)
    return found


def _take_days() -> None:
    from yixian.orders.models import CalendarDay

    rows = tuple(CalendarDay.objects.order_by("book", "day").values_list("book", "day", "working", "name"))
    if rows != _days.get("rows", ()):
        _calendars.clear()
    _days["rows"] = rows


def _calendar(name: str) -> WorkCalendar:
    base = library().calendar(name)
    lineage = {"", name, *(library().versions(name)[-1].lineage if name in library().names() else ())}
    rows = [row for row in _days.get("rows", ()) if row[0] in lineage]
    if not rows:
        return base
    whole = frozenset(day.year for _, day, _, _ in rows if (day.month, day.day) == (1, 1))  # a year's own table
    notice = DayNotice({day: not working for _, day, working, _ in rows}, whole, None, {row[1]: row[3] for row in rows})
    return WorkCalendar((*base.additions, notice))


def in_force(name: str, day: dt.date) -> Rulebook:
    """The version that governs an order registered that day.

    Raises Refused, citing the articles on coming into force, where no version is in force and the book does not say
    that it continues.
    """
    try:
        return _in_force(library(), name, day)
    except RulebookError as error:
        raise Unavailable(f"规则 {name} 有错误, 暂时不能依据它登记, 请规则管理员改正: {error}"[:400]) from error


@lru_cache(maxsize=4096)
def _in_force(shelf: Library, name: str, day: dt.date) -> Rulebook:
    answer = shelf.version(name, on=day)
    if answer.book is None or answer.status not in ("in_force", "continued"):
        raise Refused(Refusal("register", answer.message, tuple(answer.basis)))
    return answer.book


def local_day(moment: int) -> dt.date:
    """The local day (Asia/Shanghai) of a moment."""
    return dt.datetime.fromtimestamp(moment, LOCAL).date()


def forget() -> None:
    """Load books and calendars anew at the next use."""
    global _checked, _shelf
    _shelf = None
    _version.cache_clear()
    _in_force.cache_clear()
    _calendars.clear()
    _checked = -CALENDAR_SECONDS


def timer(state: OrderState) -> int | None:
    """When the sweep must look at this order again, or None."""
    return next_timer(state, version(state.book, state.version), calendar(state.book))


def of_state(state: OrderState | None) -> Rulebook:
    """The version that governs an order."""
    if state is None:
        raise AssertionError("an order that is not yet open has no rules")
    return version(state.book, state.version)
