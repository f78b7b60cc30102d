"""A child that is looser than its parent (放宽): allowed, but said.

Compared are limits for every case either book names, how often and how long one may extend, what must be given with a
request, what is excluded, and periodic duties. Lengths of different units are compared by their usual span.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from yixian.rulebook.durations import Duration
from yixian.rulebook.findings import LOOSER
from yixian.rulebook.model import ExtensionLength, Leaf, LimitRow, RowTable
from yixian.rulebook.sections import FlatBook

_SPANS = {
    "min": 60.0,
    "h": 3600.0,
    "h@wd": 3600 * 1.4,
    "wh": 3600 * 4.2,
    "d": 86400.0,
    "wd": 86400 * 1.4,
    "w": 604800.0,
}
_AFTER_SIGN = ("never", "with_reason", "always")
_MAX_CASES = 20_000


def warn(flat: FlatBook, parent: Mapping[str, Leaf[Any]], merged: Mapping[str, Leaf[Any]]) -> None:
    """Add a warning for each of the file's own leaves that is looser than the parent's leaf it replaces."""
    categories = merged["categories"].value if "categories" in merged else None
    for path, leaf in flat.leaves.items():
        above = parent.get(path)
        if above is None:
            continue
        for words in _compare(path, leaf.value, above.value, merged, categories):
            place = flat.places[path]
            flat.findings.add(
                LOOSER, place.line, place.path, f"比上级规则书 {above.book} 宽: {words}", "确认条文确实如此"
            )


def _compare(path: str, own: Any, above: Any, merged: Mapping[str, Leaf[Any]], categories: Any) -> Iterator[str]:
    head, _, last = path.rpartition(".")
    if last == "limits" and path.startswith(("clocks.", "registers.", "knowledge.")):
        owner, backward = merged.get(f"{head}.owner"), merged.get(f"{head}.backward")
        if not (owner and owner.value == "requester"):
            yield from _limits(own, above, categories, shorter=bool(backward and backward.value))
    elif path == "extension.max_times":
        if above is not None and (own is None or own > above):
            yield f"可延期 {'不限' if own is None else own} 次, 上级 {above} 次"
    elif path == "extension.length":
        yield from _lengths(own, above, categories)
    elif path == "extension.apply_by":
        if above is not None and (own is None or _span(own) < _span(above)):
            yield f"申请延期的截止更晚, 上级须在到期前 {above.chinese()}"
    elif path == "return.after_sign":
        if _AFTER_SIGN.index(own) > _AFTER_SIGN.index(above):
            yield "签收后更容易退单"
    elif last == "repeat" or path == "interim_close.progress_every":
        if _span(own) > _span(above):
            yield f"{own.chinese()}一次, 上级{above.chinese()}一次"
    elif last in ("requires", "not_for", "approvers") and head in (
        "return",
        "extension",
        "interim_close",
        "terminate",
        "intake",
    ):
        missing = [word for word in above if word not in own]
        if missing:
            yield f"少了 {'、'.join(missing)}"


def _limits(own: tuple[LimitRow, ...], above: tuple[LimitRow, ...], categories: Any, *, shorter: bool) -> Iterator[str]:
    mine, theirs = RowTable(own), RowTable(above)
    seen: set[str] = set()
    for case in _cases((*own, *above)):
        if categories is not None and any(word not in categories for word in case.get("category", ())):
            continue
        now, before = mine.match(case), theirs.match(case)
        if before is None or not before.limit.runs:
            continue
        named = "、".join(f"{key}={values[0]}" for key, values in case.items()) or "其余情形"
        if now is None:
            words = f"{named} 没有时限, 上级 {before.limit.chinese()}"
        elif (_span(now.limit) < _span(before.limit)) if shorter else (_span(now.limit) > _span(before.limit)):
            words = f"{named} {now.limit.chinese()}, 上级 {before.limit.chinese()}"
        else:
            continue
        if words not in seen:
            seen.add(words)
            yield words


def _cases(rows: tuple[LimitRow, ...]) -> Iterator[dict[str, tuple[str, ...]]]:
    """Every case that some row names, as an order's attributes."""
    seen: set[tuple[tuple[str, str], ...]] = set()
    for row in rows:
        for combination in product(*(sorted(values) for values in row.when.values)):
            case = tuple(zip(row.when.keys, combination, strict=True))
            if case not in seen and len(seen) < _MAX_CASES:
                seen.add(case)
                yield {key: (value,) for key, value in case}


def _lengths(own: ExtensionLength, above: ExtensionLength, categories: Any) -> Iterator[str]:
    if own.mode == above.mode == "cap" and own.cap and above.cap and _span(own.cap) > _span(above.cap):
        yield f"每次可延 {own.cap.chinese()}, 上级 {above.cap.chinese()}"
    elif own.limits is not None and above.limits is not None:
        yield from _limits(own.limits.rows, above.limits.rows, categories, shorter=False)


def _span(length: Duration) -> float:
    """Seconds it usually takes on the wall clock; without end for none and unset."""
    if not length.runs:
        return float("inf")
    return 86400.0 if length.unit == "same_day" else length.amount * _SPANS[length.unit]
