"""Unit fields of a form: what may be chosen, how what was chosen is shown again, and what a form begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from yixian.lifecycle.state import OrderState
from yixian.orders import platforms, unit_list
from yixian.orders.queries import Advice, Detail
from yixian.parties.permission import Actor, hotline_path
from yixian.registers import phrases
from yixian.web.access import StaffRequest
from yixian.web.present.forms import BETWEEN_UNITS, Field

MOST = 300
"""How many names stand in the page itself, for browsers without script; others can be typed."""
USES = {
    "dispatch": ("requirements", "派单要求"),
    "refuse_return": ("reason", "退单意见"),
    "approve_return": ("reason", "退单意见"),
}
"""Which field of a command takes words that are written again and again, and their use in the register of phrases."""


def spoken_for(advice: Advice | None) -> tuple[list[str], list[str]]:
    """The units that precedents name, and those that handled such matters before."""
    if advice is None:
        return [], []
    named = [unit for one in advice.precedents for unit in (one.lead, *one.co)]
    return list(dict.fromkeys(named)), [one.unit for one in advice.usual]


def path_of(found: Detail | None, request: StaffRequest) -> str:
    """The platform's path whose units may get the order; without an order those of the person's hotline."""
    return platforms.of_code(found.platform).path if found else hotline_path(request.actor.platform_path)


def options(path: str) -> tuple[tuple[str, str], ...]:
    """The units of a platform by code, as many as a page takes."""
    return tuple((unit.code, unit.name) for unit in unit_list.listed(path)[:MOST])


def shown(fields: Sequence[Field], path: str, number: str = "") -> list[Field]:
    """The fields with what was chosen as chips, other words as they were typed, and where the list is asked for."""
    words = {word for item in fields if item.kind in ("unit", "units") for word in _words(item)}
    known = unit_list.of_words(words, path)
    return [_dressed(item, known, number) if item.kind in ("unit", "units") else item for item in fields]


def _dressed(item: Field, known: dict[str, unit_list.Listed], number: str) -> Field:
    words = _words(item)
    chosen = {known[word].code: known[word].name for word in words if word in known}
    rest = [word for word in words if word not in known]
    pairs = tuple(chosen.items()) if item.kind == "units" else tuple(chosen.items())[:1]
    url = "/units/find/?" + urlencode({"order": number} if number else {})
    return replace(item, chosen=pairs, value="、".join(rest), url=url)


def _words(item: Field) -> list[str]:
    """What the field holds; a name with a comma in it that is one unit's stays whole where nothing else is typed."""
    given = [text.strip() for text in item.values or (item.value,) if text.strip()]
    if item.kind == "unit":
        return given[:1]
    return list(dict.fromkeys(word.strip() for text in given for word in BETWEEN_UNITS.split(text) if word.strip()))


def phrased(fields: Sequence[Field], command: str, actor: Actor, category: str) -> list[Field]:
    """The fields with the phrases that this person may insert, where the words of one use are written."""
    path, use = USES.get(command, ("", ""))
    return [
        replace(item, phrases=tuple(phrases.for_use(use, actor, category))) if use and item.path == path else item
        for item in fields
    ]


def preset(state: OrderState, path: str, command: str) -> dict[str, list[str]]:
    """What a form begins with: an approved return goes where the unit that gave it back suggests."""
    asked = state.pending_of("return") if command == "approve_return" else None
    said = str(asked.data.get("suggestion") or "").strip() if asked else ""
    unit = unit_list.of_words([said], path).get(said)
    return {"redispatch_to": [unit.code]} if unit is not None and asked and unit.code != asked.by else {}
