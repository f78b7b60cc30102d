"""The filters of the list as people see them: chips that are links, and the panel for what needs writing."""

from __future__ import annotations

from typing import Any

from yixian.lifecycle.state import STATES
from yixian.rulebook import words_zh
from yixian.web import asked as asking
from yixian.web import books
from yixian.web.access import StaffRequest
from yixian.web.asked import Asked
from yixian.web.present import words

IN_PANEL = ("state", "pending", "clock", "unit", "place", "from", "to")
"""What the panel of further filters asks for."""


def chips(request: StaffRequest, asked: Asked) -> list[dict[str, Any]]:
    """The filters above the list: each is a link to the list with that filter changed."""

    def with_(key: str, value: str | None) -> str:
        return asking.url(asked, **{key: value})

    def choice(key: str, title: str, options: dict[str, str]) -> dict[str, Any]:
        here = asking.several(asked, key)
        lines = [{"title": "不限", "url": with_(key, None), "on": not here}]
        lines += [{"title": text, "url": with_(key, code), "on": code in here} for code, text in options.items()]
        said = options.get(here[0], here[0]) if len(here) == 1 else f"{title} {len(here)} 项" if here else title
        return {"title": said, "on": bool(here), "options": lines}

    book = books.newest(request.user.platform.book)
    categories = book.categories.value if book and book.categories else ()
    urgent = "emergency" in asked
    found: list[dict[str, Any]] = [
        {"title": "全部", "url": "/orders/?all=1", "on": not asked},
        {"sep": True},
        choice("state", "状态", STATES),
        choice("due", "期限", asking.DUE),
        choice("category", "类别", {item: item for item in categories}),
        choice("channel", "渠道", {code: words.value(code) for code in words.CHANNELS}),
        choice("card", "亮牌", asking.CARDS),
        choice("flag", "标记", asking.FLAGS),
        choice("pending", "待定申请", words.PENDING),
        {"title": "紧急", "url": with_("emergency", None if urgent else "1"), "on": urgent},
        {"sep": True},
        choice("sort", "排序", asking.SORTS),
    ]
    for key, title in (("clock", "时限"), ("unit", "单位"), ("place", "地点"), ("source", "来源"), ("q", "查找")):
        if key in asked:
            said = f"{title}: {asking.said_of(asked, key)}"
            found.append({"title": said, "url": with_(key, None), "on": True, "close": True})
    if "from" in asked or "to" in asked:
        dates = asking.said_of(asked, "from")
        without = asking.url(asked, **{"from": None, "to": None})
        found.append({"title": dates, "url": without, "on": True, "close": True})
    return found


def panel(asked: Asked, *, unit: str, by_unit: bool) -> dict[str, Any]:
    """What the panel of further filters shows: its choices with what is asked for, and what it carries along.

    `unit`: the name of the unit asked for; `by_unit`: whether there are several to choose from.
    """

    def ticks(key: str, options: dict[str, str]) -> list[dict[str, Any]]:
        here = asking.several(asked, key)
        return [{"value": code, "title": title, "on": code in here} for code, title in options.items()]

    return {
        "states": ticks("state", STATES),
        "pending": ticks("pending", words.PENDING),
        "clocks": ticks("clock", words_zh.CLOCKS),
        "unit": unit,
        "by_unit": by_unit,
        "place": asked.get("place", ""),
        "from": asked.get("from", ""),
        "to": asked.get("to", ""),
        "kept": [(key, text) for key, text in asked.items() if key not in IN_PANEL],
    }
