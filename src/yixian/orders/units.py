"""The units a command names: each must be there, take orders, and belong to the order's platform or one below it.

Where people write a unit's full or short name, its code is put in place, if the name is one unit's alone.
"""

from __future__ import annotations

import difflib
import time

import msgspec

from yixian.lifecycle import Command
from yixian.lifecycle.commands import (
    ApproveReturn,
    Convene,
    Decline,
    Designate,
    Dispatch,
    NotifyUnit,
    Payload,
    Supervise,
)
from yixian.orders import platforms, session, unit_list
from yixian.orders.errors import BadInput

SECONDS = 10.0
NEAREST = 3
_UNITS = """
select u.code, u.name, u.short_name, p.path, u.is_active
from parties_unit u join parties_platform p on p.id = u.platform_id
where u.code = %s or u.name = %s or u.short_name = %s
limit 1000"""
_BELOW = """
select coalesce(nullif(u.short_name, ''), u.name), u.name, u.code
from parties_unit u join parties_platform p on p.id = u.platform_id
where u.is_active and p.path like %s order by u.code limit 2000"""
_TOLD = """
select u.code, u.name, u.phone, u.line_24h from parties_unit u
where u.is_active and (u.code = %s or u.name = %s or u.short_name = %s) limit 2"""
_FIELDS: dict[type[Payload], tuple[str, ...]] = {
    Dispatch: ("lead", "co"),
    Designate: ("lead", "co"),
    ApproveReturn: ("redispatch_to",),
    NotifyUnit: ("unit",),
}
_fit: dict[tuple[str, str], tuple[float, str]] = {}


def named(command: Command, platform_id: int) -> Command:
    """The command with the codes of the units it names. Raises BadInput for a unit that may not get the order."""
    if isinstance(command.payload, Decline):
        return msgspec.structs.replace(command, payload=_informed(command.payload))
    if isinstance(command.payload, Supervise) and command.payload.joint:
        joint = tuple(_known_or_word(word, platforms.of_id(platform_id).path) for word in command.payload.joint)
        return msgspec.structs.replace(command, payload=msgspec.structs.replace(command.payload, joint=joint))
    if isinstance(command.payload, Convene) and command.payload.members:
        members = tuple(_known_or_word(word, platforms.of_id(platform_id).path) for word in command.payload.members)
        return msgspec.structs.replace(command, payload=msgspec.structs.replace(command.payload, members=members))
    fields = _FIELDS.get(type(command.payload))
    if fields is None:
        return command
    path = platforms.of_id(platform_id).path
    changed: dict[str, str | tuple[str, ...]] = {}
    for field in fields:
        given = getattr(command.payload, field)
        if not given:
            continue
        if isinstance(given, str):
            found: str | tuple[str, ...] = _code(given, path, field)
        else:
            found = tuple(_code(word, path, f"{field}[{place}]") for place, word in enumerate(given))
        if found != given:
            changed[field] = found
    if not changed:
        return command
    return msgspec.structs.replace(command, payload=msgspec.structs.replace(command.payload, **changed))


def _known_or_word(word: str, path: str) -> str:
    """The code of a unit that supervises too; a body outside the list (a discipline office) stays as written."""
    try:
        return _code(word, path, "with")
    except BadInput:
        return word


def _informed(payload: Decline) -> Decline:
    """With name and phone of the unit that is told to the petitioner, where the list of units knows it.

    Who is competent need not be a unit of the platform (a court, an office of another region): other words stay.
    """
    if not payload.inform_unit:
        return payload
    rows = session.fetch(_TOLD, [payload.inform_unit] * 3)
    exact = [row for row in rows if row[0] == payload.inform_unit] or rows
    if len(exact) != 1:
        return payload
    _, name, phone, line = exact[0]
    return msgspec.structs.replace(
        payload, unit_name=payload.unit_name or name, unit_phone=payload.unit_phone or phone or line or None
    )


def forget() -> None:
    """Ask the database anew at the next use."""
    _fit.clear()
    unit_list.forget()


def _code(word: str, path: str, field: str) -> str:
    """The code of the unit meant; known answers hold for some seconds, since dispatching asks each time."""
    known = _fit.get((path, word))
    if known is not None and known[0] > time.monotonic():
        return known[1]
    code = _looked_up(word, path, field)
    if len(_fit) > 5000:
        _fit.clear()
    _fit[path, word] = (time.monotonic() + SECONDS, code)
    return code


def _looked_up(word: str, path: str, field: str) -> str:
    rows = session.fetch(_UNITS, [word, word, word])
    here = [row for row in rows if row[3].startswith(path)]
    able = [row for row in here if row[4]]
    exact = [row for row in able if row[0] == word] or [row for row in able if row[1] == word] or able
    if len(exact) == 1:
        return str(exact[0][0])
    if exact:
        codes = "、".join(f"{row[1]} ({row[0]})" for row in exact[:NEAREST])
        raise BadInput(f"有几个单位都叫“{word}”, 请写单位代码: {codes}。", field)
    if here:
        raise BadInput(f"{here[0][1]}已停用, 不能再派单给它。{_nearest(here[0][1], path)}", field)
    if rows:
        raise BadInput(f"“{word}”不是本平台或下级平台的承办单位。{_nearest(word, path)}", field)
    raise BadInput(f"没有“{word[:40]}”这个承办单位。{_nearest(word, path)}", field)


def _nearest(word: str, path: str) -> str:
    """Which units may have been meant."""
    by_word: dict[str, str] = {}
    for short, name, code in session.fetch(_BELOW, [_like(path)]):
        by_word |= {code: f"{name} ({code})", name: f"{name} ({code})", short: f"{name} ({code})"}
    found = difflib.get_close_matches(word[:60], by_word, NEAREST * 3, 0.4)
    close = list(dict.fromkeys(by_word[match] for match in found))[:NEAREST]
    return f"相近的有: {'、'.join(close)}。" if close else "请从承办单位名录中选择。"


def _like(path: str) -> str:
    return path.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
