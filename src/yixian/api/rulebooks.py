"""Rulebooks over the API: which there are, their versions, and every parameter with its article. Law is public."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yixian.api.basis import Article, articles
from yixian.api.call import Answer, Call, answer
from yixian.api.problems import Problem
from yixian.api.schemas import Out
from yixian.orders.books import library, local_day
from yixian.orders.clock import now
from yixian.rulebook import Duration, Library, RowTable, Rulebook, Selector
from yixian.rulebook.articles import short_title
from yixian.rulebook.model import Leaf

STATUS = {
    "in_force": "有效",
    "continued": "期满后继续执行",
    "not_yet": "尚未施行",
    "expired": "已失效",
    "unknown": "未知",
}
Day = Annotated[str, Meta(description="日期, 如 2024-03-01", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
_BESIDE = frozenset({"basis", "reading", "local", "book", "offset", "sign"})


class Version(Out):
    """规则的一个版本."""

    version: str
    title: str
    number: Annotated[str | None, Meta(description="文号")]
    effective: Day | None
    expires: Day | None


class Book(Out):
    """一部规则."""

    name: str
    short_title: str
    jurisdiction: str
    level: str
    status: Annotated[str, Meta(description="今日效力: in_force、continued、not_yet、expired、unknown")]
    status_title: str
    versions: tuple[Version, ...]


class Books(Out):
    """全部规则."""

    rulebooks: tuple[Book, ...]


class Parameter(Out):
    """规则中的一个参数, 附依据; origin: 条文、解释、本地."""

    path: str
    value: Any
    origin: str
    reading: str | None
    basis: tuple[Article, ...]


class BookDetail(Book):
    """一部规则在某一天有效的版本, 附全部参数."""

    on: Day
    version: str
    parameters: tuple[Parameter, ...]


def listed(call: Call) -> Answer:
    """All rulebooks with their versions and today's status."""
    today = local_day(now())
    return answer(Books(rulebooks=tuple(_book(name, today) for name in sorted(library().names()))))


def shown(call: Call) -> Answer:
    """One rulebook on a day (`on`, default today): status, version and all parameters."""
    name = call.params["name"]
    if name not in library().names():
        raise Problem(
            "unknown-rulebook", f"没有名为 {name[:60]} 的规则; 可用的有 {'、'.join(sorted(library().names()))}"
        )
    return answer(_detail(library(), name, day_of(call.query.get("on")) or local_day(now())))


def day_of(text: str | None, parameter: str = "on") -> dt.date | None:
    """A date from a query parameter. Raises Problem bad-parameter saying how to write one."""
    if not text:
        return None
    try:
        if len(text) != 10:
            raise ValueError(text)
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Problem("bad-parameter", "日期应写作 2024-03-01, 且为实有的日期", path=parameter) from None


def _facts(name: str, day: dt.date) -> dict[str, Any]:
    answered = library().version(name, on=day)
    versions = library().versions(name)
    newest = answered.book or versions[-1]
    return {
        "name": name,
        "short_title": short_title(newest),
        "jurisdiction": newest.jurisdiction.name,
        "level": newest.jurisdiction.level,
        "status": answered.status,
        "status_title": STATUS.get(answered.status, answered.status),
        "versions": tuple(map(_version, versions)),
    }


def _book(name: str, day: dt.date) -> Book:
    return Book(**_facts(name, day))


def _version(book: Rulebook) -> Version:
    paper = book.document
    return Version(
        version=book.version,
        title=paper.title,
        number=paper.number,
        effective=_iso(paper.effective.value),
        expires=_iso(paper.expires.value),
    )


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


@lru_cache(maxsize=64)
def _detail(shelf: Library, name: str, day: dt.date) -> BookDetail:
    book = shelf.version(name, on=day).book or shelf.versions(name)[-1]
    parameters = tuple(_parameter(path, leaf) for path, leaf in sorted(book.leaves.items()))
    return BookDetail(**_facts(name, day), on=day.isoformat(), version=book.version, parameters=parameters)


def _parameter(path: str, leaf: Leaf[Any]) -> Parameter:
    basis = articles(leaf.basis)
    return Parameter(path=path, value=plain(leaf.value), origin=leaf.origin, reading=leaf.reading, basis=basis)


def plain(value: Any) -> Any:
    """A value of law as plain JSON: durations as they are written, selectors as `when`, rows as lists."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Duration):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Leaf):
        return plain(value.value)
    if isinstance(value, Selector):
        return {key: sorted(wanted) for key, wanted in zip(value.keys, value.values, strict=True)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(plain, value), key=str)
    if isinstance(value, (list, tuple, RowTable)):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value) if item.name not in _BESIDE}
    return msgspec.to_builtins(value, enc_hook=str)
