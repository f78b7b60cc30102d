"""The rulebooks that orders run under: one library per process; an order keeps the version it was registered under."""

from __future__ import annotations

import datetime as dt
import os
from functools import lru_cache
from pathlib import Path

from yixian.lifecycle.state import OrderState, Refusal
from yixian.lifecycle.timers import next_timer
from yixian.orders.errors import Refused, Unavailable
from yixian.rulebook import Library, Rulebook, WorkCalendar

LOCAL = dt.timezone(dt.timedelta(hours=8))


@lru_cache(maxsize=1)
def library() -> Library:
    """The built-in books and those in the folders of YIXIAN_RULEBOOKS (separated by ":")."""
    extra = [Path(part) for part in os.environ.get("YIXIAN_RULEBOOKS", "").split(":") if part]
    return Library.load(extra=tuple(extra))


@lru_cache(maxsize=512)
def version(name: str, number: str) -> Rulebook:
    """The version of a book that an order was registered under. Raises Unavailable where it is no longer installed."""
    for book in library().versions(name):
        if book.version == number:
            return book
    raise Unavailable(f"规则 {name} 的版本 {number} 没有安装, 依据它的工单暂不能办理。请恢复该规则文件后重试。")


@lru_cache(maxsize=128)
def calendar(name: str) -> WorkCalendar:
    """The working calendar of a book's jurisdiction, with the days that administrators added."""
    return library().calendar(name)


@lru_cache(maxsize=4096)
def in_force(name: str, day: dt.date) -> Rulebook:
    """The version that governs an order registered that day.

    Raises Refused, citing the articles on coming into force, where no version is in force and the book does not say
    that it continues.
    """
    answer = library().version(name, on=day)
    if answer.book is None or answer.status not in ("in_force", "continued"):
        raise Refused(Refusal("register", answer.message, tuple(answer.basis)))
    return answer.book


def local_day(moment: int) -> dt.date:
    """The local day (Asia/Shanghai) of a moment."""
    return dt.datetime.fromtimestamp(moment, LOCAL).date()


def forget() -> None:
    """Load books and calendars anew at the next use."""
    for cached in (library, version, calendar, in_force):
        cached.cache_clear()


def timer(state: OrderState) -> int | None:
    """When the sweep must look at this order again, or None."""
    return next_timer(state, version(state.book, state.version), calendar(state.book))


def of_state(state: OrderState | None) -> Rulebook:
    """The version that governs an order."""
    if state is None:
        raise AssertionError("an order that is not yet open has no rules")
    return version(state.book, state.version)
