"""Readers of single values and leaves: each takes what YAML holds, and raises Wrong with the remedy.

A leaf is `{value, basis, reading, local, waiver}` or a plain value with those keys beside it in its mapping.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yixian.rulebook import patterns
from yixian.rulebook.durations import Duration
from yixian.rulebook.findings import Place, Wrong, choose
from yixian.rulebook.model import Basis, Leaf
from yixian.rulebook.yaml_source import Map, PlainFloat, PlainInt

ORIGIN_KEYS = ("basis", "reading", "local", "waiver")
LEAF_KEYS = ("value", *ORIGIN_KEYS)
LONGEST = {"min": 5_256_000, "h": 87_600, "h@wd": 87_600, "wh": 30_000, "wd": 2_500, "d": 3_650, "w": 520}
_ARTICLE = re.compile(r"\d+(?:\.\d+|\(\d+\))*[a-z]?")
_NAMED = re.compile(r"[A-Za-z\u4e00-\u9fff][\w.\-\u4e00-\u9fff]*(?:\(\d+\)[\w.]*)*")
_SPELLED = re.compile("第|条|款|项")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from, before it is a leaf."""

    book: str
    basis: Basis = ()
    reading: str | None = None
    local: bool = False
    waiver: str | None = None

    @property
    def stated(self) -> bool:
        """True where an article, a reading or the local mark is given."""
        return bool(self.basis or self.reading or self.local)

    def leaf(self, value: Any) -> Leaf[Any]:
        """A leaf of this origin."""
        return Leaf(value, self.basis, self.reading, self.local, self.book, self.waiver)


Reader = Callable[[Any, Place, Origin], Any]


def text(raw: Any, _place: Place, _origin: Origin) -> str:
    """One piece of text; numbers keep their digits, true and false are text too."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, (str, PlainInt)) and str(raw).strip():
        return str(raw)
    raise Wrong("这里应是一段文字" if raw is not None else "没有写内容", "写上文字, 或删去这一行")


def texts(raw: Any, place: Place, origin: Origin) -> tuple[str, ...]:
    """A list of texts; a single text stands for a list of one."""
    if isinstance(raw, list):
        return tuple(text(one, place, origin) for one in raw)
    return (text(raw, place, origin),)


def joined(raw: Any, place: Place, origin: Origin) -> str:
    """One text, or several as one (a paper that replaces two)."""
    return "、".join(texts(raw, place, origin))


def name_pattern(raw: Any, place: Place, origin: Origin) -> str:
    """The name of the hotlines below, with {name} where the place's name goes."""
    found = text(raw, place, origin)
    if "{name}" not in found:
        raise Wrong(f"{found!r} 里没有 {{name}}", '在地名的位置写 {name}, 例如 "{name}12345热线"')
    return found


def boolean(raw: Any, _place: Place, _origin: Origin) -> bool:
    """true or false."""
    if isinstance(raw, bool):
        return raw
    raise Wrong(f"{raw!s} 不是真假值", "写 true 或 false")


def count(raw: Any, _place: Place, _origin: Origin) -> int:
    """A whole number from 0 up."""
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= 1_000_000:
        return int(raw)
    raise Wrong(f"{raw!s} 不是非负整数", "写 0、1、2 这样的整数")


def count_or_none(raw: Any, place: Place, origin: Origin) -> int | None:
    """A whole number, or `none`: without bound."""
    return None if raw == "none" else count(raw, place, origin)


def one_of(*words: str) -> Reader:
    """One of these words."""

    def read(raw: Any, place: Place, origin: Origin) -> str:
        word = text(raw, place, origin)
        if word not in words:
            raise Wrong(f"不认识 {word!r}", choose(word, words))
        return word

    return read


def some_of(*words: str) -> Reader:
    """A list of these words."""
    single = one_of(*words)

    def read(raw: Any, place: Place, origin: Origin) -> tuple[str, ...]:
        return tuple(single(one, place, origin) for one in (raw if isinstance(raw, list) else [raw]))

    return read


def words_near(*words: str) -> Reader:
    """A list of free texts in which a misspelt one of these words is refused."""

    def read(raw: Any, place: Place, origin: Origin) -> tuple[str, ...]:
        found = texts(raw, place, origin)
        for word in found:
            if word not in words and word.isascii() and "是不是" in choose(word, words):
                raise Wrong(f"不认识 {word!r}", choose(word, words))
        return found

    return read


def duration(raw: Any, place: Place, origin: Origin) -> Duration:
    """A length of time; zero and absurdly long ones are refused."""
    try:
        found = Duration.parse(text(raw, place, origin))
    except ValueError as error:
        raise Wrong(*(str(error).split("; ", 1) if "; " in str(error) else (str(error), ""))) from None
    if found.unit in LONGEST and not 1 <= found.amount <= LONGEST[found.unit]:
        raise Wrong(
            f"时限 {found} 过短或过长", f"写 1 到 {LONGEST[found.unit]} 之间的数, 当日用 same_day, 不设时限用 none"
        )
    return found


def running_duration(raw: Any, place: Place, origin: Origin) -> Duration:
    """A length of time that is one: not none, not unset."""
    found = duration(raw, place, origin)
    if not found.runs:
        raise Wrong(f"这里不能写 {found}", "写一个具体的时长, 例如 15wd")
    return found


def date(raw: Any, place: Place, origin: Origin) -> dt.date | None:
    """A day such as 2023-09-01, or `unknown`."""
    words = text(raw, place, origin)
    if words in ("unknown", "none"):
        return None
    try:
        if not _DATE.fullmatch(words):
            raise ValueError(words)
        found = dt.date.fromisoformat(words)
    except ValueError:
        raise Wrong(f"日期写法不对: {words!r}", "写作 2023-09-01, 原文没有的写 unknown") from None
    if not 1949 <= found.year <= 2060:
        raise Wrong(f"日期 {words} 不在 1949 至 2060 年之间", "检查年份")
    return found


def hours(raw: Any, place: Place, origin: Origin) -> tuple[tuple[int, int], ...]:
    """Working periods such as ["09:00-12:00", "13:00-17:00"], as minutes after midnight, in order."""
    remedy = '写作 ["09:00-12:00", "13:00-17:00"], 按先后、不重叠'
    periods: list[tuple[int, int]] = []
    for words in texts(raw, place, origin):
        found = re.fullmatch(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)", words)
        if not found:
            raise Wrong(f"工作时段写法不对: {words!r}", remedy)
        opens, closes = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        late = max(int(found[2]), int(found[4])) > 59 or closes > 1440
        if late or opens >= closes or (periods and opens < periods[-1][1]):
            raise Wrong(f"工作时段 {words} 不成立或与前一段重叠", remedy)
        periods.append((opens, closes))
    if not periods:
        raise Wrong("没有工作时段", remedy)
    return tuple(periods)


def regexes(raw: Any, place: Place, origin: Origin) -> tuple[str, ...]:
    """A list of regular expressions that compile."""
    found = texts(raw, place, origin)
    for pattern in found:
        try:
            re.compile(pattern)
        except re.error as error:
            raise Wrong(
                f"正则表达式 {pattern!r} 不成立 ({error})", "成对写括号; 星号、点等作普通字时前面加反斜杠"
            ) from None
    for pattern in found:
        if why := patterns.hazard(pattern):
            raise Wrong(f"正则表达式 {pattern!r} 不能用: {why}", patterns.REMEDY)
    return found


def article(raw: Any) -> str:
    """One article as written: 10, 10.4, 11(1), 附件2.注2, 附则20."""
    remedy = '写作 "10"、"10.4" (款)、"11(1)" (项)、"附件2.注2" 或 "附则20"'
    if not isinstance(raw, (str, PlainInt)) or isinstance(raw, bool):
        raise Wrong("条款应是文字", remedy)
    words = str(raw).strip()
    if not _ARTICLE.fullmatch(words) and (not _NAMED.fullmatch(words) or _SPELLED.search(words)):
        raise Wrong(f"条款写法不对: {words!r}", remedy)
    return words


def articles(raw: Any) -> tuple[str, ...]:
    """One article or a list of them."""
    found = tuple(article(one) for one in (raw if isinstance(raw, list) else [raw]))
    if not found:
        raise Wrong("条款是空的", '写条款, 例如 basis: "10.4"')
    return found


def basis_of(raw: Any, book: str) -> Basis:
    """Articles as basis entries of a book: "10.4" -> "zhuhai:10.4"."""
    return tuple(f"{book}:{one}" for one in articles(raw))


def origin_in(raw: Mapping[str, Any], place: Place, default: Origin) -> Origin:
    """The origin a mapping states beside its values, else `default`; its errors are noted."""
    basis: Basis = ()
    reading: str | None = None
    waiver: str | None = None
    local = False
    try:
        basis = basis_of(raw["basis"], default.book) if "basis" in raw else ()
    except Wrong as wrong:
        place.key(raw, "basis").note(wrong)
        basis = default.basis
    for key in ("reading", "waiver", "local"):
        if key not in raw:
            continue
        try:
            if key == "local":
                local = boolean(raw[key], place, default)
            elif key == "reading":
                reading = text(raw[key], place, default)
            else:
                waiver = text(raw[key], place, default)
        except Wrong as wrong:
            place.key(raw, key).note(wrong)
    if basis or reading or local:
        return Origin(default.book, basis, reading, local, waiver)
    return Origin(default.book, default.basis, default.reading, default.local, waiver)


def without(raw: Map, keys: Iterable[str]) -> Map:
    """A copy of a mapping without some keys, that still knows its lines."""
    left = Map((key, value) for key, value in raw.items() if key not in keys)
    left.line, left.lines = raw.line, raw.lines
    return left


def unknown_keys(raw: Mapping[str, Any], known: Iterable[str], place: Place) -> None:
    """Refuse every key outside `known`, naming the nearest known one."""
    words = list(known)
    for key in raw:
        if key not in words:
            place.key(raw, key).error(f"不认识的键 {key!r}", choose(key, words))


def generic(raw: Any, book: str, place: Place) -> Any:
    """Data of a free form (figures): plain dicts, lists, numbers; each `basis` in it is checked and names its book."""
    if isinstance(raw, Map):
        made: dict[str, Any] = {}
        for key, value in raw.items():
            try:
                made[key] = list(basis_of(value, book)) if key == "basis" else generic(value, book, place.key(raw, key))
            except Wrong as wrong:
                place.key(raw, key).note(wrong)
        return made
    if isinstance(raw, list):
        return [generic(value, book, place.item(raw, index)) for index, value in enumerate(raw)]
    if isinstance(raw, PlainInt):
        return int(raw)
    return float(raw) if isinstance(raw, PlainFloat) else raw


def redo_limit(raw: Any, place: Place, origin: Origin) -> Any:
    """half, same, or a length."""
    return raw if raw in ("half", "same") else duration(raw, place, origin)


def attempts(raw: Any, place: Place, origin: Origin) -> int:
    """A whole number from 1 up."""
    found = count(raw, place, origin)
    if found < 1:
        raise Wrong("次数不能是 0", "写 1 以上的整数; 不回访写 who: none")
    return found


def silence(raw: Any, place: Place, origin: Origin) -> str:
    """A level, or {counts_as: level}."""
    if isinstance(raw, Map):
        unknown_keys(raw, ("counts_as",), place)
        raw = raw.get("counts_as")
    return text(raw, place, origin)


def free_form(raw: Any, place: Place, origin: Origin) -> Any:
    """Data of a free form: see `generic`."""
    return generic(raw, origin.book, place)
