"""What can only be checked once a book is whole: rows that collide, names that lead nowhere, dates that contradict."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product

from yixian.rulebook.findings import ERROR, INCOMPLETE, choose
from yixian.rulebook.model import ExtensionLength, Row, Rulebook, Selector
from yixian.rulebook.patterns import REMEDY, hazard
from yixian.rulebook.sections import FlatBook

_TABLES = ("dispatch.levels", "extension.length")


def check_book(flat: FlatBook, book: Rulebook) -> None:
    """Check a file's own values against the whole book; what is wrong is added to the file's findings."""
    _overlaps(flat)
    _clock_names(flat, book)
    _categories(flat, book)
    _dates(flat)
    _clocks_complete(flat, book)
    _closings(flat)
    _same_keys(flat)
    _cascades(flat, book)
    _survey(flat, book)


def _same_keys(flat: FlatBook) -> None:
    """A ground that people name by its key has a key of its own; supervision rows may share one, not its condition."""
    for path in ("supervision", "intake.refuse", "intake.guide"):
        seen: dict[tuple[object, ...], int] = {}
        for index, row in enumerate(flat.value(path, ())):
            told = (row.trigger, row.when, row.at_least, row.by) if path == "supervision" else ()
            first = seen.setdefault((row.key, *told), index)
            if first != index:
                flat.places[path].error(
                    f"第 {first + 1} 行和第 {index + 1} 行的 key 都是 {row.key!r}, 分不出指哪一行", "给其中一行另起 key"
                )


def _cascades(flat: FlatBook, book: Rulebook) -> None:
    """Supervision without effect goes on to a row of the book (or to the body of one)."""
    keys = [row.key for row in book.supervision]
    known = {*keys, *(row.by for row in book.supervision)}
    for index, row in enumerate(flat.value("supervision", ())):
        if row.cascade_to is not None and row.cascade_to not in known:
            flat.places["supervision"].incomplete(
                f"第 {index + 1} 行的 cascade_to: supervision 里没有 {row.cascade_to!r} 这一行, 督办无效后不会升级",
                choose(row.cascade_to, keys),
            )


def _survey(flat: FlatBook, book: Rulebook) -> None:
    """Silence counts as a level that exists, and some level is a bad one."""
    levels = book.survey.levels if book.survey is not None else None
    if levels is None:
        return
    silent, bad = flat.value("survey.silence"), flat.value("survey.dissatisfied")
    if silent is not None and silent not in levels.value:
        flat.places["survey.silence"].error(f"评价等次里没有 {silent!r}", choose(silent, levels.value))
    if bad and not set(bad) & set(levels.value):
        flat.places["survey.dissatisfied"].error(
            f"{'、'.join(bad)} 都不在评价等次里, 没有一级算不满意", f"可用: {'、'.join(levels.value)}"
        )


def _closings(flat: FlatBook) -> None:
    """Closings are words, and are tried as patterns too: as such they must come to an end."""
    for index, row in enumerate(flat.value("replies", ())):
        for words in row.closings:
            if why := hazard(words):
                flat.places["replies"].error(f"第 {index + 1} 行的结尾 {words!r} 不能用: {why}", REMEDY)


def _overlaps(flat: FlatBook) -> None:
    for path, leaf in flat.leaves.items():
        if path not in _TABLES and not path.endswith(".limits"):
            continue
        table = leaf.value
        if isinstance(table, ExtensionLength):
            if table.limits is None:
                continue
            table = table.limits.rows
        for first, second, case in _colliding(tuple(table)):
            flat.places[path].error(
                f"第 {first + 1} 行和第 {second + 1} 行条件的键相同、取值又有重叠 ({case}), 分不出用哪一行",
                "把取值分开, 或给其中一行多加一个条件",
            )


def _colliding(rows: tuple[Row, ...]) -> Iterable[tuple[int, int, str]]:
    """Pairs of rows with the same keys that both match some order, and that order; linear in the number of cases."""
    first_with: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    told: set[tuple[int, int]] = set()
    for index, row in enumerate(rows):
        for case in product(*row.when.values):
            other = first_with.setdefault((row.when.keys, case), index)
            if other != index and (other, index) not in told:
                told.add((other, index))
                named = (f"{key}: {value}" for key, value in zip(row.when.keys, case, strict=True))
                yield other, index, "、".join(named) or "都不写条件"


def _clock_names(flat: FlatBook, book: Rulebook) -> None:
    for path in ("review.result_notice", "appeal.clock"):
        name = flat.value(path)
        if name is not None and name not in book.clocks:
            flat.places[path].error(f"没有名为 {name!r} 的时限", _clock_remedy(name, book))
    for index, row in enumerate(flat.value("emergency", ())):
        for name in row.clocks:
            if name not in book.clocks:
                place = flat.places["emergency"]
                place.findings.add(
                    "error",
                    place.line,
                    f"emergency[{index}].clocks",
                    f"没有名为 {name!r} 的时限",
                    _clock_remedy(name, book),
                )


def _clock_remedy(name: str, book: Rulebook) -> str:
    return choose(name, book.clocks) if book.clocks else "在 clocks 里补上这个时限"


def _categories(flat: FlatBook, book: Rulebook) -> None:
    if "categories" not in flat.leaves or not book.categories:
        return  # a book that takes its parent's list may know more of them
    known = set(book.categories.value)
    for path, leaf in flat.leaves.items():
        value = leaf.value
        if isinstance(value, ExtensionLength) and value.limits is not None:
            value = value.limits.rows
        for when in _selectors(value):
            for word in when.values[when.keys.index("category")] - known if "category" in when.keys else ():
                flat.places[path].error(f"categories 里没有 {word!r} 这一类", choose(word, known))
        if path == "intake.direct_answer":
            for word in leaf.value:
                if word not in known:
                    flat.places[path].error(f"categories 里没有 {word!r} 这一类", choose(word, known))


def _selectors(value: object) -> Iterable[Selector]:
    if isinstance(value, Selector):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            when = getattr(one, "when", one)
            if isinstance(when, Selector):
                yield when


def _dates(flat: FlatBook) -> None:
    effective, expires = flat.value("document.effective"), flat.value("document.expires")
    if effective and expires and effective > expires:
        flat.places["document.expires"].error(
            f"失效日期 {expires} 早于施行日期 {effective}", "检查两个日期; 有效期最后一日不早于施行之日"
        )
    named = "undated" if flat.value("document.effective") is None else str(effective)
    if "document.effective" in flat.places and flat.version != named:
        flat.places["document.effective"].error(
            f"施行日期与文件名 {flat.version}.yaml 不一致", f"把文件改名为 {named}.yaml, 或改正日期"
        )


def _clocks_complete(flat: FlatBook, book: Rulebook) -> None:
    """A clock that can never run is said so, unless an error in it already explains why."""
    for name, rule in book.clocks.items():
        here = f"clocks.{name}"
        place = flat.places.get(here)
        if place is None or any(error.path.startswith(here + ".") for error in flat.findings.errors):
            continue
        if not rule.starts.value:
            place.incomplete("没有写从何时起算, 不会起算", "补上 starts, 例如 starts: dispatched")
        if not len(rule.limits) and rule.repeat is None:
            place.incomplete("没有写多长, 不会起算", "补上 limit; 原文没有数字的写 limit: unset")


def version_conflicts(flats: list[FlatBook]) -> None:
    """Two published versions of one book should not claim the same days; said of the later file.

    The later one governs from its first day, so only the same first day is an error.
    """
    for first, second in combinations(sorted(flats, key=lambda flat: str(flat.value("document.effective") or "")), 2):
        begins, ends = second.value("document.effective"), first.value("document.expires")
        same = begins == first.value("document.effective")
        inside = bool(begins and ends and begins <= ends and second.value("document.supersedes") is None)
        if same or inside:
            place = second.places.get("document.effective")
            line = place.line if place else 1
            second.findings.add(
                ERROR if same else INCOMPLETE,
                line,
                "document.effective",
                f"与 {first.file.name} 的施行期重叠",
                "改正其中一个的 effective 或 expires; 新文本提前取代旧文本的, 写明 document.supersedes",
            )
