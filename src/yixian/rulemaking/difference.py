"""What a draft changes against the version it is based on: parameters, limits by category and source, text."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from yixian.lifecycle import COMMANDS
from yixian.rulebook import Rulebook, present, words_zh
from yixian.rulebook.model import ClockRule

MOST_LINES = 4000
MOST_COMPARED = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter that differs: `before` or `after` empty where only one side has it."""

    section: str
    path: str
    name: str
    before: str
    before_articles: str
    after: str
    after_articles: str


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A limit that differs for some category and source."""

    clock: str
    category: str
    source: str
    before: str
    after: str


def parameters(before: Rulebook, after: Rulebook) -> list[Change]:
    """Parameters whose value or article differs, in the order of the language; rows of a list count as one."""
    left, right = _grouped(before), _grouped(after)
    found: list[Change] = []
    for path in dict.fromkeys((*left, *right)):
        old, new = left.get(path, []), right.get(path, [])
        gone = [line for line in old if line not in new]
        come = [line for line in new if line not in old]
        if gone or come:
            name = present.parameter(path) if not path.startswith("stages.") else _stage(path)
            found.append(Change(_section(path), path, name, *_said(gone), *_said(come)))
    order = {title: index for index, title in enumerate(words_zh.SECTIONS.values())}
    return sorted(found, key=lambda one: order.get(one.section, len(order)))


def _grouped(book: Rulebook) -> dict[str, list[tuple[str, str]]]:
    """Value and articles of each parameter; a list's rows together under the list's path."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for line in present.lines(book):
        grouped.setdefault(line.path.partition("[")[0], []).append((line.value, line.articles))
    return grouped


def _said(rows: list[tuple[str, str]]) -> tuple[str, str]:
    articles = dict.fromkeys(article for _, article in rows if article)
    return "；".join(value for value, _ in rows), "；".join(articles)


def _section(path: str) -> str:
    head = path.partition(".")[0]
    return words_zh.SECTIONS.get(head, head)


def _stage(path: str) -> str:
    spec = COMMANDS.get(path.removeprefix("stages."))
    return spec.title if spec else path.removeprefix("stages.")


def limits(before: Rulebook, after: Rulebook) -> list[LimitChange]:
    """Every clock's limit that differs, for each category and each source either book names."""
    categories = _both(before.categories, after.categories)
    sources = ["", *dict.fromkeys(source for book in (before, after) for source in book.sources)]
    found: list[LimitChange] = []
    for name in dict.fromkeys((*before.clocks, *after.clocks)):
        old, new = before.clocks.get(name), after.clocks.get(name)
        if old and new and old.limits.rows == new.limits.rows:
            continue
        rows = [
            LimitChange(words_zh.CLOCKS.get(name, name), category, source, *sides)
            for category in categories
            for source in sources
            if (sides := (_limit(old, category, source), _limit(new, category, source)))[0] != sides[1]
        ]
        found += _without_repeats(rows)
    return found


def _without_repeats(rows: list[LimitChange]) -> list[LimitChange]:
    """A source whose limits are those of any source needs no row of its own."""
    usual = {(row.category, row.before, row.after) for row in rows if not row.source}
    return [row for row in rows if not row.source or (row.category, row.before, row.after) not in usual]


def _both(*leaves: object) -> list[str]:
    words = [word for leaf in leaves for word in (getattr(leaf, "value", None) or ())]
    return list(dict.fromkeys(map(str, words)))


def _limit(rule: ClockRule | None, category: str, source: str) -> str:
    if rule is None:
        return "无此时限"
    attributes = {"category": (category,), "statutory": ("false",)} | ({"source": (source,)} if source else {})
    row = rule.limits.match(attributes)
    return "不计时" if row is None else row.limit.chinese()


def text(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ with three around them: ("+" | "-" | " " | "@", line); at most MOST_LINES."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_COMPARED:  # the time grows with the square of the lines
        return [("@", f"全文超过 {MOST_COMPARED} 行, 不在这里逐行对照; 请下载前后两稿, 用文件对照工具查看")]
    lines = difflib.unified_diff(old, new, lineterm="", n=3)
    found: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith(("---", "+++")) and not found:
            continue
        found.append((line[:1] or " ", line[1:]) if not line.startswith("@@") else ("@", _place(line)))
        if len(found) >= MOST_LINES:
            break
    return found


def _place(header: str) -> str:
    return f"第 {header.split('+')[1].split(',')[0].split(' ')[0]} 行起"
