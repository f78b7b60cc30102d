"""Regular expressions of a book, looked at before they run on people's texts: those that could run without end.

A repeat inside a repeat, or choices that begin alike inside one, take time that doubles with every character
(catastrophic backtracking); each further open repeat multiplies it by the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

_parser: Any = re._parser  # type: ignore[attr-defined]  # what `re` itself compiles from
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_MANY = 4
_OPEN = 100
"""From how many times on a repeat counts as open."""
MOST_OPEN = 2
MOST_UNCERTAIN = 12
REMEDY = "改写成不套叠的形式, 例如 (?:甲+)+ 写成 甲+, (?:甲|甲乙)+ 写成 (?:甲乙?), 每个式子最多两处不限次数"


def hazard(pattern: str) -> str:
    """Why a regular expression must not run on people's texts, in Chinese; "" where it may. One that compiles."""
    try:
        tree = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return ""
    if _nested(tree) or _uncertain(tree) > MOST_UNCERTAIN:
        return "重复里套着重复、开头相同的选择, 或可有可无的部分太多, 遇到长文字会算不完"
    return "不限次数的部分太多, 遇到长文字会算不完" if open_repeats(pattern) > MOST_OPEN else ""


@lru_cache(maxsize=1024)
def open_repeats(pattern: str) -> int:
    """How many open repeats can be tried in turn; one at the very end never has to be tried again."""
    try:
        tree = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return 0
    last = tree[-1] if len(tree) else None
    trailing = last is not None and str(last[0]) in _REPEATS and last[1][1] >= _OPEN and last[1][0] <= 1
    return _opens(tree) - trailing


def _opens(items: Iterable[Any]) -> int:
    count = 0
    for kind, given in items:
        if str(kind) == "BRANCH":
            count += max(_opens(branch) for branch in given[1])
            continue
        count += sum(_opens(part) for part in _parts(kind, given))
        count += (str(kind) in _REPEATS and given[1] >= _OPEN) or str(kind) == "GROUPREF"
    return count


def _uncertain(items: Iterable[Any]) -> int:
    """How many parts there may be more or fewer of."""
    return sum(
        sum(_uncertain(part) for part in _parts(kind, given)) + (str(kind) in _REPEATS and given[0] != given[1])
        for kind, given in items
    )


def _nested(items: Iterable[Any], inside: bool = False) -> bool:
    """Whether something that can be matched in several ways stands inside a repeat."""
    for kind, given in items:
        repeat = str(kind) in _REPEATS
        if inside and ((repeat and given[0] != given[1]) or (str(kind) == "BRANCH" and _alike(given[1]))):
            return True
        within = inside or (repeat and given[1] > _MANY)
        if any(_nested(part, within) for part in _parts(kind, given)):
            return True
    return False


def _alike(branches: list[Any]) -> bool:
    """Whether two choices may begin with the same character: only different plain characters surely do not."""
    first = [branch[0] if len(branch) else None for branch in branches]
    letters = [chr(item[1]).lower() if item is not None and str(item[0]) == "LITERAL" else None for item in first]
    return None in letters or len(set(letters)) < len(letters)


def _parts(kind: Any, given: Any) -> list[Any]:
    """The patterns inside a part of a pattern."""
    word = str(kind)
    if word == "BRANCH":
        return list(given[1])
    if word in _REPEATS:
        return [given[2]]
    if word == "SUBPATTERN":
        return [given[3]]
    if word in ("ASSERT", "ASSERT_NOT"):
        return [given[1]]
    if word == "GROUPREF_EXISTS":
        return [part for part in given[1:] if part is not None]
    return [given] if word == "ATOMIC_GROUP" else []
