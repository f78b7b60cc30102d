"""Reading what was typed into an entry: each field by its type, all mistakes at once, in words of the form. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yixian.parties.masking import mask_text
from yixian.registers.kinds import Field, Kind

MOST_ORDERS = 100
MOST_UNITS = 50
FIRST, LAST = dt.date(1990, 1, 1), dt.date(2060, 12, 31)
_PHONE = re.compile(r"[0-9+()（） \-—转,，;；、/分机]{3,60}")
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,2})?")
_UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_SPLIT = re.compile(r"[\s,，;；、]+")

Typed = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Answers:
    """What was read: values by field, and what is wrong by field."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def read(kind: Kind, typed: Typed) -> Answers:
    """The values of an entry and everything that is wrong with them; empty fields are left out."""
    found = Answers()
    for item in kind.fields:
        given = [_plain(text) for text in typed.get(item.code, ())]
        given = [text for text in given if text]
        if not given:
            if item.required:
                found.errors[item.code] = _missing(item)
            continue
        try:
            found.values[item.code] = _READERS.get(item.type, _line)(item, given)
        except _Wrong as wrong:
            found.errors[item.code] = str(wrong)
    for code in typed:
        if kind.field(code) is None:
            found.errors.setdefault(code, f"“{kind.title}”没有“{code[:20]}”这一项")
    _together(kind, found)
    return found


def as_typed(kind: Kind, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Values as a form holds them."""
    return {
        code: [str(one) for one in value] if isinstance(value, list) else [str(value)] for code, value in values.items()
    }


def said(item: Field, value: Any, unit_names: Mapping[str, str] | None = None) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return ""
    if item.type == "tick":
        return "是"
    if item.type == "units":
        return "、".join((unit_names or {}).get(str(one), str(one)) for one in value)
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def title(kind: Kind, values: Mapping[str, Any]) -> str:
    """The words by which an entry is known in lists."""
    parts = [said(item, values.get(code)) for code in kind.head if (item := kind.field(code))]
    words = " ".join(" ".join(part.split()) for part in parts if part)
    return words[:118] or kind.title


def day(values: Mapping[str, Any], code: str) -> dt.date | None:
    """A date field's day."""
    text = values.get(code) if code else None
    return dt.date.fromisoformat(text) if isinstance(text, str) and text else None


class _Wrong(ValueError):
    pass


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _missing(item: Field) -> str:
    return f"请选择{item.label}" if item.type in ("choice", "many") else f"请填写{item.label}"


def _line(item: Field, given: list[str]) -> str:
    text = given[0]
    if item.type != "area" and "\n" in text:
        raise _Wrong(f"{item.label}只写一行")
    if _UNSAFE.search(text):
        raise _Wrong(f"{item.label}里有不能保存的控制字符, 请删去后重写")
    if len(text) > item.most:
        raise _Wrong(f"{item.label}最多 {item.most} 个字, 现有 {len(text)} 个字")
    return text


def _date(item: Field, given: list[str]) -> str:
    text = given[0].replace("/", "-").replace("年", "-").replace("月", "-").removesuffix("日")
    try:
        year, month, number = (int(part) for part in text.split("-"))
        found = dt.date(year, month, number)
    except ValueError:
        raise _Wrong(f"{item.label}写法不对: {given[0][:20]}; 应写作 2026-11-23") from None
    if not FIRST <= found <= LAST:
        raise _Wrong(f"{item.label}应在 {FIRST.year} 年至 {LAST.year} 年之间")
    return found.isoformat()


def _phone(item: Field, given: list[str]) -> str:
    text = _line(item, given)
    if not _PHONE.fullmatch(text) or sum(sign.isdigit() for sign in text) < 3:
        raise _Wrong(f"{item.label}应是电话号码, 例如 0756-2123456 或 110")
    return text


def _number(item: Field, given: list[str]) -> str:
    text = given[0]
    if not text.isascii() or not _NUMBER.fullmatch(text):
        raise _Wrong(f"{item.label}应是数字, 最多两位小数")
    if "百分制" in item.label and float(text) > 100:
        raise _Wrong(f"{item.label}应在 0 至 100 之间")
    return text


def _choice(item: Field, given: list[str]) -> str:
    if not item.options:
        return _line(item, given)
    if given[0] not in item.options:
        raise _Wrong(f"{item.label}请从所列各项中选择")
    return given[0]


def _many(item: Field, given: list[str]) -> list[str]:
    if any(one not in item.options for one in given):
        raise _Wrong(f"{item.label}请从所列各项中选择")
    return [one for one in item.options if one in given]


def _listed(item: Field, given: list[str], most: int) -> list[str]:
    words = [word for text in given for word in _SPLIT.split(text) if word]
    if len(words) > most:
        raise _Wrong(f"{item.label}最多 {most} 个, 现有 {len(words)} 个")
    if any(len(word) > 64 or _UNSAFE.search(word) for word in words):
        raise _Wrong(f"{item.label}里有不成编号的内容")
    return list(dict.fromkeys(words))


def _tick(_item: Field, _given: list[str]) -> bool:
    return True


def _some_units(item: Field, given: list[str]) -> list[str]:
    return _listed(item, given, MOST_UNITS)


def _some_orders(item: Field, given: list[str]) -> list[str]:
    return _listed(item, given, MOST_ORDERS)


_READERS: dict[str, Callable[[Field, list[str]], Any]] = {
    "date": _date,
    "phone": _phone,
    "number": _number,
    "choice": _choice,
    "many": _many,
    "tick": _tick,
    "units": _some_units,
    "orders": _some_orders,
}


def _together(kind: Kind, found: Answers) -> None:
    """What only shows when fields are seen together."""
    first, last = kind.field(kind.starts or kind.event), kind.field(kind.ends)
    both = first and last and first.code in found.values and last.code in found.values
    if first and last and both and found.values[last.code] < found.values[first.code]:
        found.errors[last.code] = f"{last.label}早于{first.label}, 请核对"
    duties = kind.duties.get(str(found.values.get(kind.fields[0].code))) if kind.fields and kind.duties else None
    if duties and kind.event and kind.event not in found.values and (event := kind.field(kind.event)):
        found.errors.setdefault(event.code, f"这一类要填{event.label}: {event.help}")
    if kind.protects:
        for item in kind.fields:
            text = found.values.get(item.code)
            if isinstance(text, str) and item.type in ("line", "area") and mask_text(text) != text:
                found.errors[item.code] = f"{item.label}里不能写电话、身份证号: 这里不登记举报人和诉求人"
