"""The clause table (条文对照表): what each clause of a paper asks, where it lives, and what shows that it works.

One file a book in `rulebook/clauses/`. `clauses_check` holds it against the book, the code, scenarios and tests.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from yixian.rulebook.articles import chinese_article
from yixian.rulebook.yaml_source import SourceError, read_yaml

FOLDER = Path(__file__).resolve().parents[1] / "rulebook" / "clauses"
KINDS = {"S": "软件办理", "R": "软件支持", "M": "元数据", "-": "原文缺"}
SHOWN, PARTLY, METADATA, ROOM, MISSING = "已示例", "部分", "元数据", "未实现", "缺"
STATUSES = (SHOWN, METADATA, PARTLY, MISSING, ROOM)

_TOP = ("book", "articles", "rooms", "clauses")
_ROW = ("id", "article", "kind", "asks", "lives", "shown", "room", "todo")


class ClausesError(ValueError):
    """A clause table that cannot be read: file, line, what is wrong, what would be right."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its articles, what it asks in our own words, where it lives, what shows it, or what is missing.

    `lives`: parameters of the book, `command:NAME`, or `yixian.module[:name]`. `shown`: scenarios and tests by path.
    `room`: a part of the platform still to come. `todo`: what is missing today; with `shown` it is there in part.
    """

    id: str
    articles: tuple[str, ...]
    kinds: tuple[str, ...]
    asks: str
    lives: tuple[str, ...]
    shown: tuple[str, ...]
    room: str | None
    todo: str | None
    line: int

    @property
    def status(self) -> str:
        """已示例, 元数据, 部分 (shown in part), 缺, or 未实现 (a room still to come)."""
        if self.todo is not None:
            return PARTLY if self.shown else MISSING
        if self.room is not None:
            return ROOM
        return SHOWN if self.shown and self.kinds != ("M",) else METADATA

    def cited(self, numbering: str = "articles") -> str:
        """The clause's articles in Chinese words."""
        return "、".join(chinese_article(article, numbering) for article in self.articles)


@dataclass(frozen=True, slots=True)
class ClauseTable:
    """The clauses of one book; `articles` is what the paper holds, `rooms` what may wait for a room and for which."""

    book: str
    file: Path
    articles: tuple[str, ...]
    rooms: Mapping[str, tuple[str, ...]]
    clauses: tuple[Clause, ...]

    def of(self, article: str) -> tuple[Clause, ...]:
        """The clauses that an article holds, or that it is a part of: "10" and "10.4" both find the row of "10.4"."""
        return tuple(
            clause
            for clause in self.clauses
            if any(one == article or inside(one, article) or inside(article, one) for one in clause.articles)
        )

    def counted(self) -> dict[str, int]:
        """How many clauses have each status."""
        found = [clause.status for clause in self.clauses]
        return {status: found.count(status) for status in STATUSES}


def inside(article: str, whole: str) -> bool:
    """Whether an article is a part of another: "10.4" and "10(1)" of "10", never "101"."""
    return article.startswith(whole) and article[len(whole) :][:1] in (".", "(")


def names(folder: Path = FOLDER) -> list[str]:
    """The books that have a clause table."""
    return sorted(file.stem for file in folder.glob("*.yaml"))


def load(name: str, folder: Path = FOLDER) -> ClauseTable:
    """The clause table of one book, read again only when its file changes.

    Raises ClausesError for an unknown book or a file that is no clause table.
    """
    file = folder / f"{name}.yaml"
    if not file.is_file():
        raise ClausesError(f"没有 {name!r} 的条文对照表; 有的是: {'、'.join(names(folder)) or '无'}")
    about = file.stat()
    return _table(file, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=64)
def _table(file: Path, changed: int, size: int) -> ClauseTable:
    try:
        data = read_yaml(file)
    except SourceError as error:
        raise ClausesError(f"{file} 第 {error.line} 行: {error.message}。{error.remedy}") from None
    if not isinstance(data, dict) or not isinstance(data.get("clauses"), list):
        raise ClausesError(f"{file}: 应是 book、articles、rooms、clauses 组成的一张表")
    _known(file, data, _TOP)
    rooms = data.get("rooms") or {}
    return ClauseTable(
        str(data.get("book")),
        file,
        _words(data.get("articles")),
        {str(room): _words(articles) for room, articles in rooms.items()},
        tuple(_clause(file, row) for row in data["clauses"]),
    )


def _clause(file: Path, row: Any) -> Clause:
    if not isinstance(row, dict):
        raise ClausesError(f"{file}: 每一条应写作 {{id, article, kind, asks, lives, shown}}, 而不是 {row!r}")
    _known(file, row, _ROW)
    line = int(getattr(row, "line", 0))
    for key in ("id", "article", "kind", "asks"):
        if not row.get(key):
            raise ClausesError(f"{file} 第 {line} 行: 缺少 {key!r}")
    kinds = tuple(str(row["kind"]).split("/"))
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise ClausesError(f"{file} 第 {line} 行: 没有 {unknown[0]!r} 这一类, 可用的有 {'、'.join(KINDS)}")
    return Clause(
        str(row["id"]),
        _words(row["article"]),
        kinds,
        str(row["asks"]),
        _words(row.get("lives")),
        _words(row.get("shown")),
        str(row["room"]) if row.get("room") else None,
        str(row["todo"]) if row.get("todo") else None,
        line,
    )


def _words(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _known(file: Path, data: Mapping[str, Any], known: Iterable[str]) -> None:
    listed = list(known)
    for key in data:
        if key not in listed:
            near = difflib.get_close_matches(str(key), listed, 1)
            hint = f"是否指 {near[0]!r}" if near else "可用的有 " + "、".join(listed)
            line = int(getattr(data, "lines", {}).get(key, getattr(data, "line", 0)))
            raise ClausesError(f"{file} 第 {line} 行: 没有 {key!r} 这一项, {hint}")
