"""Registers as pages show them: the index, rows of a list, the form of an entry, one entry with its history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yixian.registers import reading
from yixian.registers.asked import Register
from yixian.registers.kinds import GROUPS, Kind
from yixian.registers.kinds import Field as Asked
from yixian.registers.models import DEEDS, Entry, EntryVersion
from yixian.registers.queries import Tally
from yixian.web.present import moments
from yixian.web.present.forms import Field, Option

OWES = {"unit": "承办单位", "hotline": "热线管理机构", "": ""}
PICKS = 7  # more choices than this stand in a list
MOST_LISTED = 200  # more units than this are looked up while one types
_KINDS = {"line": "line", "area": "area", "date": "date", "phone": "phone", "number": "number", "tick": "tick"}


def index(registers: Iterable[Register], counts: Mapping[str, Tally]) -> list[dict[str, Any]]:
    """The registers by group; those that the book asks for come first in each."""
    rows: dict[str, list[dict[str, Any]]] = {group: [] for group in GROUPS}
    for one in registers:
        count = counts.get(one.kind.code, Tally())
        rows[one.kind.group].append(
            {
                "title": one.title,
                "url": f"/registers/{one.kind.code}/",
                "purpose": one.kind.purpose,
                "owes": OWES.get(one.owes, one.owes),
                "basis": one.basis,
                "asked": one.rule is not None,
                "count": count.valid,
                "late": count.late,
            }
        )
    return [{"title": group, "rows": found} for group, found in rows.items() if found]


def rows(kind: Kind, entries: Sequence[Entry], unit_names: Mapping[str, str], now: int) -> list[dict[str, Any]]:
    """The lines of a list: the kind's columns, whose it is, when it was filed, whether late or void."""
    fields = [item for code in kind.columns if (item := kind.field(code))]
    return [
        {
            "url": f"/registers/{entry.kind}/{entry.pk}/",
            "title": entry.title,
            "cells": [(item.label, reading.said(item, entry.values.get(item.code), unit_names)) for item in fields],
            "unit": (entry.unit.short_name or entry.unit.name) if entry.unit else "",
            "when": moments.short(int(entry.filed_at.timestamp()), now),
            "when_title": moments.absolute(int(entry.filed_at.timestamp())),
            "late": entry.late,
            "early": entry.early,
            "void": entry.status == "void",
            "over": entry.ends is not None and entry.ends < moments.local(now).date(),
        }
        for entry in entries
    ]


def form(
    kind: Kind, typed: Mapping[str, Sequence[str]], errors: Mapping[str, str], units: Sequence[Option]
) -> list[Field]:
    """The fields of an entry with what was typed and what is wrong."""
    return [_field(item, list(typed.get(item.code, ())), errors.get(item.code, ""), units) for item in kind.fields]


def unit_field(typed: Sequence[str], error: str, units: Sequence[Option], must: bool) -> Field:
    """The choice of the unit that an entry belongs to."""
    value = typed[0] if typed else ""
    shape = "select" if len(units) <= MOST_LISTED else "unit"
    shown = tuple(units[:MOST_LISTED])
    return Field("unit", "单位", shape, must, None, "报送或涉及的承办单位", shown, value, (), error)


def _field(item: Asked, typed: list[str], error: str, units: Sequence[Option]) -> Field:
    shape, options = _KINDS.get(item.type, "line"), tuple((word, word) for word in item.options)
    if item.type == "choice" and options:
        shape = "choice" if len(options) <= PICKS and max(len(word) for word in item.options) < 16 else "select"
    elif item.type == "many":
        shape = "many"
    elif item.type == "units":
        shape, options = "many" if len(units) <= MOST_LISTED else "units", tuple(units[:MOST_LISTED])
    elif item.type == "orders":
        shape = "area"
    value = "\n".join(typed) if item.type == "orders" else typed[0] if typed else ""
    most = item.most if shape in ("line", "area") and item.type != "orders" else None
    return Field(item.code, item.label, shape, item.required, most, item.help, options, value, tuple(typed), error)


def facts(kind: Kind, values: Mapping[str, Any], unit_names: Mapping[str, str]) -> list[tuple[str, str]]:
    """What an entry says, field by field; linked orders stand apart."""
    known = [
        (item.label, reading.said(item, values.get(item.code), unit_names))
        for item in kind.fields
        if item.type != "orders"
    ]
    return [(label, text) for label, text in known if text]


def about(entry: Entry) -> list[tuple[str, str]]:
    """When it was filed, by whom, until when it was due."""
    found = [
        ("单位", entry.unit.name if entry.unit else ""),
        ("报送人", entry.filer),
        ("报送时间", _said(entry.filed_at)),
    ]
    if entry.due_at is not None:
        found.append(("应报时间", moments.until(int(entry.due_at.timestamp()))))
    return [(label, text) for label, text in found if text]


def history(kind: Kind, versions: Sequence[EntryVersion], unit_names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every version, newest first, with what changed against the one before."""
    told = []
    for place, version in enumerate(versions):
        before = versions[place + 1].values if place + 1 < len(versions) else None
        told.append(
            {
                "deed": DEEDS.get(version.deed, version.deed),
                "by": version.by,
                "when": _said(version.at),
                "note": version.note,
                "changes": _changes(kind, before, version.values, unit_names) if before is not None else [],
            }
        )
    return told


def _changes(
    kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    return [
        (item.label, reading.said(item, before.get(item.code), names), reading.said(item, after.get(item.code), names))
        for item in kind.fields
        if before.get(item.code) != after.get(item.code)
    ]


def _said(at: dt.datetime) -> str:
    return moments.absolute(int(at.timestamp()))
