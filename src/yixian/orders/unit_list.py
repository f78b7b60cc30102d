"""The units that an order can go to, as people look for them: by name, pinyin, code and duty (职责); and their load.

A platform's list is kept in the process for some seconds, so that each key of a type-ahead costs no query of thousands
of rows; who was taken out of use meanwhile is refused by `units.named` when the command is given.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from yixian.orders import clock, session

SECONDS = 10.0
LOAD_SECONDS = 20.0
MOST = 20_000
KEPT = 8
LONGEST = 60
MOST_TERMS = 3
_LIST = """
select u.code, u.name, coalesce(nullif(u.short_name, ''), u.name), u.search, u.duty, p.path,
    coalesce(nullif(p.short_name, ''), p.name), coalesce(nullif(a.short_name, ''), a.name, ''),
    coalesce(r.name, ''), coalesce(r.level, '')
from parties_unit u join parties_platform p on p.id = u.platform_id
    left join parties_unit a on a.id = u.parent_id left join parties_platform r on r.id = u.represents_id
where u.is_active and p.path like %s order by u.code limit %s"""
_LOAD = """
select o.lead, count(*), count(*) filter (where o.due_at <= to_timestamp(%s)), count(*) filter (where o.card = 'red')
from orders_order o where o.lead = any (%s) and o.state in ('dispatched', 'handling') group by o.lead"""
_ENDS = re.compile(r"(人民政府|街道办事处|行政公署|管理委员会|管委会|工作站|12345热线|分中心|政府)$")
_TERMS = re.compile(r"[、，。；：,;:()（）\s]|以及|和|及|与|或")


class Listed(msgspec.Struct, frozen=True):
    """One unit of the list. `above`: the unit it is part of; `stands_for`: the platform it represents, by `level`;
    `territory`: the place whose government it is (属地), as addresses write it; `called`: code and names in small
    letters; `terms`: those of its duty."""

    code: str
    name: str
    short: str
    search: str
    duty: str
    path: str
    platform: str
    above: str
    stands_for: str
    level: str
    territory: str
    called: tuple[str, ...]
    terms: tuple[str, ...]


class Load(msgspec.Struct, frozen=True):
    """What a unit has in hand as lead: open orders, those past their time, those with a red card."""

    open: int = 0
    late: int = 0
    red: int = 0


class Found(msgspec.Struct, frozen=True):
    """A unit that was looked for. `near`: the place is its territory; `terms`: what of its duty the order names."""

    unit: Listed
    near: bool = False
    terms: tuple[str, ...] = ()


_lists: dict[str, tuple[float, tuple[Listed, ...]]] = {}
_loads: dict[str, tuple[float, Load]] = {}


def listed(path: str) -> tuple[Listed, ...]:
    """The units in use of the platform with this path and of all below it, by code."""
    known = _lists.get(path)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    like = path.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = tuple(_listed(row) for row in session.fetch(_LIST, [like, MOST]))
    if len(_lists) >= KEPT:
        _lists.clear()
    _lists[path] = (time.monotonic() + SECONDS, rows)
    return rows


def _listed(row: session.Row) -> Listed:
    code, name, short, _, duty, *_, stands_for, _ = row
    plain = stands_for or name
    place = _ENDS.sub("", plain)
    territory = place if place != plain and len(place) >= 2 else ""
    terms = tuple(dict.fromkeys(term for term in _TERMS.split(duty) if len(term) >= 2))
    values: tuple[Any, ...] = (*row, territory, (code.lower(), name.lower(), short.lower()), terms)
    return Listed(*values)


def find(
    words: str,
    path: str,
    *,
    place: str = "",
    text: str = "",
    first: Sequence[str] = (),
    often: Sequence[str] = (),
    without: Collection[str] = (),
    limit: int = 12,
) -> list[Found]:
    """The units that match every word, best first: by how they match, then whom rules name, then whose territory it is.

    Args: what was typed; the platform's path; the order's place and words; units that rules name, that history names;
    those chosen already. Without words: only units that rules, place, history or the order's words speak for.
    """
    asked = [word[:LONGEST] for word in words.replace("\0", "").lower().split()[:5]]
    rank = {code: at for at, code in enumerate(first)}
    usual = {code: at for at, code in enumerate(often)}
    scored = []
    for unit in listed(path):
        if unit.code in without:
            continue
        tier = max((_tier(unit, word) for word in asked), default=0)
        if tier > _DUTY:
            continue
        near = _near(unit, place)
        terms = () if asked else tuple(term for term in unit.terms if term in text)[:MOST_TERMS]
        if not (asked or near or terms or unit.code in rank or unit.code in usual):
            continue
        place_in = (rank.get(unit.code, 99), not near, usual.get(unit.code, 99), -len(terms))
        key = (tier, *place_in, bool(unit.above), unit.code)
        scored.append((key, Found(unit, near, terms)))
    scored.sort(key=lambda item: item[0])
    return [found for _, found in scored[:limit]]


_DUTY = 4


def _tier(unit: Listed, word: str) -> int:
    """How well a word fits: 0 is the unit, 1 begins its name or pinyin, 2 in its name, 3 in pinyin, 4 in its duty."""
    _, name, short = unit.called
    if word in unit.called:
        return 0
    if name.startswith(word) or short.startswith(word) or f" {word}" in unit.search:
        return 1
    if word in name or word in short:
        return 2
    if word in unit.search:
        return 3
    return _DUTY if word in unit.duty.lower() else _DUTY + 1


def _near(unit: Listed, place: str) -> bool:
    return bool(place) and bool(unit.territory) and unit.territory in place


def near(path: str, place: str, limit: int = 3) -> list[Listed]:
    """The units whose territory a place is (属地), the narrowest first."""
    found = [unit for unit in listed(path) if _near(unit, place)] if place else []
    return sorted(found, key=lambda unit: (-place.rfind(unit.territory), unit.code))[:limit]


def of_words(words: Iterable[str], path: str) -> dict[str, Listed]:
    """Each word that is a unit's code, or one unit's full or short name alone -> the unit."""
    wanted = {word.strip() for word in words if word.strip()}
    if not wanted:
        return {}
    found: dict[str, list[Listed]] = {}
    for unit in listed(path):
        for word in wanted & {unit.code, unit.name, unit.short}:
            found.setdefault(word, []).append(unit)
    exact = {word: next((unit for unit in units if unit.code == word), units[0]) for word, units in found.items()}
    return {word: unit for word, unit in exact.items() if len(found[word]) == 1 or unit.code == word}


def loads(codes: Iterable[str]) -> dict[str, Load]:
    """What these units have in hand, in one query; known answers hold for some seconds."""
    wanted = set(codes)
    moment = time.monotonic()
    known = {code: kept[1] for code in wanted if (kept := _loads.get(code)) is not None and kept[0] > moment}
    missing = sorted(wanted - known.keys())
    if missing:
        rows = {row[0]: Load(*row[1:]) for row in session.fetch(_LOAD, [clock.now(), missing])}
        if len(_loads) > MOST:
            _loads.clear()
        for code in missing:
            known[code] = rows.get(code, Load())
            _loads[code] = (moment + LOAD_SECONDS, known[code])
    return known


def forget() -> None:
    """Ask the database anew at the next use."""
    _lists.clear()
    _loads.clear()
