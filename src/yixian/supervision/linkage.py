"""Whom to call in an emergency (联动): linkage lines and people on duty from the registers, the fitting ones first.

安徽 第十二条(三), 内蒙古 第十条 name the lines (110, 119, 120, 122, water, power, gas, heating); 珠海 第十五条 the
emergency bodies' own lines. Which of them fits is guessed from words of the order (本地) and all are shown.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from yixian.orders import platforms
from yixian.parties.permission import hotline_path
from yixian.registers import queries as registers

SORTS: dict[str, tuple[str, ...]] = {
    "110": ("打架", "抢", "盗", "诈骗", "走失", "报警", "治安", "持刀"),
    "119": ("火", "冒烟", "爆炸", "被困", "坍塌", "电梯困人", "山体", "滑坡"),
    "120": ("受伤", "昏迷", "急救", "晕倒", "中毒", "流血", "心脏", "救护"),
    "122": ("交通事故", "车祸", "撞车", "追尾", "肇事"),
    "供水": ("停水", "自来水", "供水", "水管", "爆管", "漏水", "水压"),
    "供电": ("停电", "供电", "漏电", "电线", "变压器", "触电"),
    "供气": ("燃气", "煤气", "天然气", "供气", "停气"),
    "供热": ("暖气", "供热", "供暖", "停暖", "不热"),
    "应急专线": ("内涝", "积水", "洪", "台风", "地震", "险情", "灾", "应急"),
}
MOST = 30


class Line(msgspec.Struct, frozen=True):
    """A line to call: `fits` where the order's words speak of what it is for."""

    name: str
    sort: str
    phone: str
    backup: str
    way: str
    always: bool
    fits: bool


class OnDuty(msgspec.Struct, frozen=True):
    """Somebody on duty today (值班), of a unit or of the hotline itself."""

    unit: str
    person: str
    phone: str
    hours: str
    leader: str
    leader_phone: str
    service: str


def fitting(words: str) -> frozenset[str]:
    """The sorts of lines that these words speak of."""
    return frozenset(sort for sort, marks in SORTS.items() if any(mark in words for mark in marks))


def lines(platform_id: int, words: str = "") -> list[Line]:
    """The linkage lines of a platform and of the hotline it is a part of, those that fit first."""
    fit = fitting(words)
    found = [
        Line(
            name=str(entry.values.get("name", "")),
            sort=str(entry.values.get("sort", "")),
            phone=str(entry.values.get("phone", "")),
            backup=str(entry.values.get("backup") or ""),
            way=str(entry.values.get("way") or ""),
            always=bool(entry.values.get("always")),
            fits=_sort(str(entry.values.get("sort", ""))) in fit,
        )
        for path in _paths(platform_id)
        for entry in registers.entries("contact", platform_path=path, limit=MOST)
    ]
    order = list(SORTS)
    return sorted(found, key=lambda line: (not line.fits, order.index(line.sort) if line.sort in order else len(order)))


def on_duty(platform_id: int, day: dt.date, unit: str | None = None) -> list[OnDuty]:
    """Who is on duty on a day, of one unit or of all."""
    return [
        OnDuty(
            unit=(entry.unit.short_name or entry.unit.name) if entry.unit else "热线平台",
            person=str(entry.values.get("person", "")),
            phone=str(entry.values.get("phone", "")),
            hours=str(entry.values.get("hours") or ""),
            leader=str(entry.values.get("leader") or ""),
            leader_phone=str(entry.values.get("leader_phone") or ""),
            service="、".join(entry.values.get("service") or ()),
        )
        for path in _paths(platform_id)
        for entry in registers.entries("roster", platform_path=path, unit=unit, day=day, limit=MOST)
    ]


def _sort(word: str) -> str:
    """The sort that a rulebook's own word for a line means: 供暖 is 供热, a body's own emergency line is 应急专线."""
    return "供热" if word == "供暖" else "应急专线" if "应急" in word else word


def _paths(platform_id: int) -> tuple[str, ...]:
    path = platforms.of_id(platform_id).path
    return tuple(dict.fromkeys((path, hotline_path(path))))
