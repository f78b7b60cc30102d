"""What a notice about an event says and to whom: rows of `Tell` (the table is wiring/reactions.py) put into words.

Only words that the event holds are said: free text in events is masked before it is stored. An event that happened long
before it was recorded (imported history, a demo's year) is told to nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yixian.exchange import addresses
from yixian.exchange.actions import Telling
from yixian.orders import clock
from yixian.orders.queries import unit_names
from yixian.orders.reacting import Happening
from yixian.parties.roles import ROLES
from yixian.rulebook.words_zh import CLOCKS

OLD = 30 * 86400
"""Seconds after which an event is no news any more."""
LONGEST = 160
CARDS = {"yellow": "黄牌", "red": "红牌"}
OUTCOMES = {"effective": "已见效", "no_effect": "未见实效"}
BEFORE_CARD = frozenset({"late"})

Test = Callable[[Happening], bool]
Names = Mapping[str, str]
Saying = Callable[[Happening, Names], str]


@dataclass(frozen=True, slots=True)
class Tell:
    """One reaction: tell somebody. `to`: words of `recipients`; `says`: words of `SAYINGS`; `when`: only then."""

    kind: str
    title: str
    to: tuple[str, ...]
    says: tuple[str, ...] = ()
    when: Test | None = None


# ---- when -----------------------------------------------------------------------------------------------------------


def card_is(colour: str) -> Test:
    """The card shown is of this colour."""
    return lambda happening: any(card.get("card") == colour for card in happening.data.get("cards", ()))


def proposed(happening: Happening) -> bool:
    """The case waits for confirmation (待确认)."""
    return any(case.get("proposed") for case in happening.data.get("cases", ()))


def standing(happening: Happening) -> bool:
    """The case stands at once."""
    return not proposed(happening)


def of_unit(happening: Happening) -> bool:
    """It concerns a unit."""
    return bool(happening.data.get("unit"))


def of_hotline(happening: Happening) -> bool:
    """It concerns no single unit: the hotline itself is late."""
    return not happening.data.get("unit") and bool(happening.data.get("clock"))


def was_reached(happening: Happening) -> bool:
    """The call-back reached somebody."""
    return happening.data.get("reached") is not False


def went_back(happening: Happening) -> bool:
    """The order waits to be dispatched anew."""
    return happening.data.get("to") == "accepted"


# ---- to whom --------------------------------------------------------------------------------------------------------


def recipients(to: Sequence[str], happening: Happening) -> tuple[str, ...]:
    """Addresses: `unit` (whom it concerns), `lead`, `parties` (all handling), `new` (assigned by it), `joint` (joint
    supervision), `leader` (the leaders of the unit concerned), or a role of the hotline."""
    found: list[str] = []
    for word in to:
        if word == "leader":
            found += [addresses.of_unit_role(unit, "unit_leader") for unit in _concerned(happening)]
        elif word in ROLES:
            found += addresses.addresses(roles=[word], platform_id=happening.platform_id)
        else:
            found += [addresses.of_unit(unit) for unit in _units(word, happening)]
    return tuple(dict.fromkeys(found))


def _concerned(happening: Happening) -> tuple[str, ...]:
    data = happening.data
    named = data.get("unit") or next((card.get("unit") for card in data.get("cards", ()) if card.get("unit")), None)
    unit = named or happening.lead
    return (unit,) if unit else ()


def _units(word: str, happening: Happening) -> tuple[str, ...]:
    if word == "parties":
        return happening.units
    if word == "lead":
        return (happening.lead,) if happening.lead else ()
    if word == "new":
        parts = happening.data.get("assignments", ())
        return tuple(part["unit"] for part in parts if part.get("dispatched") == happening.at)
    if word == "joint":
        return tuple(unit for case in happening.data.get("cases", ()) for unit in case.get("units", ()))
    return _concerned(happening)


# ---- in what words --------------------------------------------------------------------------------------------------


def _due(happening: Happening, names: Names) -> str:
    """The nearest duties of the unit concerned, or of the lead: 办理 3 月 5 日 24:00 前."""
    unit = next(iter(_concerned(happening)), "")
    mine = [due for due in happening.dues if due.unit == unit and unit]
    said = [f"{_clock(due.clock)} {moment(due.at)} 前" for due in mine if due.clock.rpartition(".")[2] != "appeal"]
    return "、".join(said[:3])


def moment(at: int) -> str:
    """3 月 5 日 18:00; midnight belongs to the day that ends."""
    day = time.gmtime(at + 8 * 3600)
    if day.tm_hour == day.tm_min == day.tm_sec == 0:
        day = time.gmtime(at - 1 + 8 * 3600)
        return f"{day.tm_mon} 月 {day.tm_mday} 日 24:00"
    return f"{day.tm_mon} 月 {day.tm_mday} 日 {day.tm_hour:02d}:{day.tm_min:02d}"


def _clock(key: str) -> str:
    name = key.rpartition(".")[2]
    return CLOCKS.get(name, name)


def _case(happening: Happening, names: Names) -> str:
    """Who supervises, why, by which means."""
    said = []
    for case in happening.data.get("cases", ()):
        parts = [f"督办单位 {names.get(case['by'], case['by'])}"]
        if case.get("reason"):
            parts.append(f"事由 {case['reason']}")
        if case.get("counted"):
            parts.append(f"累计 {case['counted']} 次")
        if case.get("means"):
            parts.append(f"方式 {'、'.join(case['means'])}")
        if case.get("units"):
            parts.append(f"会同 {'、'.join(names.get(unit, unit) for unit in case['units'])}")
        said.append(", ".join(parts))
    return "; ".join(said)


def _cards(happening: Happening, names: Names) -> str:
    return "、".join(
        f"{_clock(card.get('clock', ''))}亮{CARDS.get(card.get('card', ''), '牌')}"
        for card in happening.data.get("cards", ())
    )


def _said(name: str, label: str) -> Saying:
    def say(happening: Happening, names: Names) -> str:
        value = happening.data.get(name)
        if isinstance(value, list | tuple):
            value = "、".join(str(item) for item in value)
        return f"{label}{value}" if value not in (None, "") else ""

    return say


def _of_pending(name: str, label: str) -> Saying:
    def say(happening: Happening, names: Names) -> str:
        pending: dict[str, Any] = happening.data.get("pending") or {}
        value = pending.get("data", {}).get(name)
        return f"{label}{value}" if isinstance(value, str | int) and value != "" else ""

    return say


def _level(happening: Happening, names: Names) -> str:
    value = happening.data.get("level") or (happening.data.get("rating") or {}).get("level")
    return f"评价: {value}" if value else ""


def _resolved(happening: Happening, names: Names) -> str:
    value = happening.data.get("resolved")
    if value is None:
        value = (happening.data.get("rating") or {}).get("resolved")
    return "" if value is None else "问题已解决" if value else "问题没有解决"


def _promised(happening: Happening, names: Names) -> str:
    at = (happening.data.get("set") or {}).get("promised") or happening.data.get("promised")
    return f"承诺 {moment(at)} 前办结" if isinstance(at, int) else ""


def _passed(happening: Happening, names: Names) -> str:
    name = happening.data.get("clock")
    return f"{_clock(str(name))}时限已过" if name else ""


def _asker(happening: Happening, names: Names) -> str:
    unit = str(happening.data.get("unit") or happening.by)
    return f"申请单位 {names.get(unit, unit)}"


def _outcome(happening: Happening, names: Names) -> str:
    return f"结论: {OUTCOMES.get(str(happening.data.get('outcome')), '已结束')}"


SAYINGS: dict[str, Saying] = {
    "due": _due,
    "case": _case,
    "cards": _cards,
    "clock": _passed,
    "reason": _said("reason", "理由: "),
    "defects": _said("defects", "存在的问题: "),
    "note": _said("note", "意见: "),
    "level": _level,
    "text": _said("text", ""),
    "resolved": _resolved,
    "promised": _promised,
    "length": _said("length", "延长 "),
    "decided": _said("decision", "决定: "),
    "asked_by": _asker,
    "asked_for": _of_pending("reason", "理由: "),
    "evidence": _of_pending("evidence", "依据: "),
    "outcome": _outcome,
    "supervisor": _said("supervisor", "督办单位 "),
}  # fmt: skip


def compose(table: Mapping[str, Sequence[object]], happenings: Sequence[Happening]) -> list[Telling]:
    """The notices of a batch by the table; a clock that showed a card is not told once more as late."""
    news = clock.now() - OLD
    carded = {(item.order_id, item.at) for item in happenings if item.kind == "card_shown"}
    names = unit_names(sorted(_units_said(happenings)))
    found: list[Telling] = []
    for item in happenings:
        if item.at < news or (item.kind in BEFORE_CARD and (item.order_id, item.at) in carded):
            continue
        for place, row in enumerate(table[item.kind]):
            if isinstance(row, Tell) and (row.when is None or row.when(item)):
                found.append(_telling(row, item, place, names))
    return found


def _units_said(happenings: Iterable[Happening]) -> set[str]:
    found: set[str] = set()
    for item in happenings:
        found |= {item.by, str(item.data.get("unit") or "")}
        for case in item.data.get("cases", ()):
            found |= {case["by"], *case.get("units", ())}
    return found - {"", "system"}


def _telling(row: Tell, item: Happening, place: int, names: Names) -> Telling:
    return Telling(
        key=f"event:{item.order_id}:{item.seq}:{place}",
        kind=row.kind,
        title=f"{row.title} · 工单 {item.number} ({item.category})",
        to_whom=recipients(row.to, item),
        at=item.at,
        text="; ".join(part for part in _parts(row.says, item, names) if part),
        order_no=item.number,
        basis=item.basis,
    )


def _parts(says: Iterable[str], item: Happening, names: Names) -> Iterable[str]:
    for word in says:
        part = SAYINGS[word](item, names)
        yield part if len(part) <= LONGEST else part[: LONGEST - 1] + "…"
