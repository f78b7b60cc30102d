"""Which columns of the list a person sees, and what each says; their order is fixed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from yixian.orders.queries import Row
from yixian.parties import preferences
from yixian.parties.models import User
from yixian.web.present import moments, words

PREFERENCE = "orders.list"
OPTIONAL: dict[str, str] = {
    "category": "类别",
    "subject": "主题",
    "place": "地点",
    "unit": "承办单位",
    "platform": "平台",
    "channel": "渠道",
    "source": "来源",
    "grade": "等级",
    "pending": "待定申请",
    "registered": "登记时间",
    "changed": "最近变动",
    "due": "到期时间",
    "closed": "办结时间",
}
"""Columns that may be left out; number, content, state and clock always stand."""
USUAL = ("category", "place", "unit")
_PLACED = frozenset(USUAL)
_MOMENTS = frozenset({"registered", "changed", "due", "closed"})


def kept(user: User) -> dict[str, Any]:
    """What a person keeps about the list: `columns`, and `first`, the view that opens first."""
    found = preferences.get(user, PREFERENCE, {})
    return found if isinstance(found, dict) else {}


def keep(user: User, **changed: Any) -> None:
    """Keep some of it anew; None forgets."""
    told = {key: value for key, value in {**kept(user), **changed}.items() if value is not None}
    preferences.put(user, PREFERENCE, told)


def chosen(words_: Iterable[Any]) -> tuple[str, ...]:
    """Those columns that there are, in their fixed order."""
    wanted = {word for word in words_ if isinstance(word, str)}
    return tuple(key for key in OPTIONAL if key in wanted)


def of(settings: dict[str, Any]) -> tuple[str, ...]:
    """The columns that a person keeps, else the usual ones."""
    found = settings.get("columns")
    return chosen(found) if isinstance(found, list) else USUAL


def extra(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that stand after the clock as plain words."""
    return tuple(key for key in columns if key not in _PLACED)


def heads(columns: Sequence[str]) -> list[tuple[str, str]]:
    """Title and width of the columns that stand as plain words."""
    return [(OPTIONAL[key], "w-when" if key in _MOMENTS else "w-unit") for key in extra(columns)]


def cells(row: Row, columns: Sequence[str], now: int) -> list[tuple[str, str]]:
    """Words and hover text of these plain columns."""
    return [_cell(row, key, now) for key in columns]


def _cell(row: Row, key: str, now: int) -> tuple[str, str]:
    if key in _MOMENTS:
        at = getattr(row, key)
        return (moments.short(at, now), moments.absolute(at)) if at else ("", "")
    if key == "pending":
        said = "、".join(words.PENDING.get(kind, kind) for kind in row.pending)
    elif key == "channel":
        said = words.value(row.channel)
    elif key == "platform":
        said = row.platform_name
    else:
        said = getattr(row, key) or ""
    return said, said
