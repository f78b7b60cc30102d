"""Units as a list to choose from: marks (先例, 属地, 工作站), duty and what each has in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yixian.orders.queries import Advice
from yixian.orders.unit_list import Found, Load
from yixian.parties.models import LEVELS


@dataclass(frozen=True, slots=True)
class Mark:
    """A word beside a unit's name."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of the list. `load`: open, late and red in words, () where the reader may not know."""

    code: str
    name: str
    marks: tuple[Mark, ...]
    duty: str
    load: tuple[str, str, str] | tuple[()]


def rows(
    found: Sequence[Found], loads: Mapping[str, Load] | None, advice: Advice | None, home: str = ""
) -> list[UnitRow]:
    """The lines of the list. `loads` None: the reader is not told; `home`: the order's platform."""
    return [
        UnitRow(
            item.unit.code,
            item.unit.name,
            tuple(_marks(item, advice, home)),
            item.unit.duty,
            _in_hand(loads[item.unit.code]) if loads is not None else (),
        )
        for item in found
    ]


def _marks(item: Found, advice: Advice | None, home: str) -> list[Mark]:
    marks: list[Mark] = []
    unit = item.unit
    precedents = advice.precedents if advice else ()
    precedent = next((one for one in precedents if unit.code in (one.lead, *one.co)), None)
    if precedent is not None:
        marks.append(Mark("先例, 应照办" if precedent.binding else "有先例", "blue"))
    if item.near:
        marks.append(Mark("属地", "blue"))
    usual = next((one for one in (advice.usual if advice else ()) if one.unit == unit.code), None)
    if usual is not None:
        marks.append(Mark(f"近来办过 {usual.orders} 件"))
    if item.terms:
        marks.append(Mark(f"职责含{'、'.join(item.terms)}"))
    if unit.stands_for:
        marks.append(Mark(LEVELS.get(unit.level, "下级平台")))
    if unit.above:
        marks.append(Mark(f"属{unit.above}"))
    if home and unit.path != home:
        marks.append(Mark(unit.platform))
    return marks


def in_words(load: Load) -> str:
    """What a unit has in hand, in one line."""
    return " · ".join(filter(None, _in_hand(load)))


def _in_hand(load: Load) -> tuple[str, str, str]:
    late = f"超期 {load.late}" if load.late else ""
    return f"在办 {load.open} 件" if load.open else "手上没有在办件", late, f"红牌 {load.red}" if load.red else ""
