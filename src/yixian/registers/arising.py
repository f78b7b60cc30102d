"""Entries that arise from orders: a meeting convened, a unit designated. One an event, however often it is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from yixian.orders.books import LOCAL
from yixian.orders.reacting import Happening
from yixian.parties.models import Unit
from yixian.registers import reading
from yixian.registers.kinds import LONG
from yixian.registers.kinds_oversight import MEETING
from yixian.registers.models import Entry, EntryOrder, EntryUnit, EntryVersion

_FORMS = (("领导小组", "领导小组会议"), ("联席", "联席会议"), ("专题", "专题协商"), ("分管", "分管负责同志召集"))
_LEVELS = {"领导小组会议": "上报领导小组", "联席会议": "提交联席会议"}
BY = "系统"


def meetings(happenings: Sequence[Happening]) -> None:
    """Enter the convenings and designations of a batch in the register of meetings; those entered already stay."""
    told = {f"{item.number}:{item.seq}": item for item in happenings}
    known = set(Entry.objects.filter(origin__in=told).values_list("origin", flat=True))
    fresh = [(origin, item) for origin, item in told.items() if origin not in known]
    if not fresh:
        return
    named = {code for _, item in fresh for code in _units_in(item.data)}
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=named)}
    entries = Entry.objects.bulk_create([_entry(origin, item, units) for origin, item in fresh])
    EntryVersion.objects.bulk_create(
        EntryVersion(entry=entry, number=1, deed="arisen", at=entry.filed_at, by=BY, values=entry.values)
        for entry in entries
    )
    EntryOrder.objects.bulk_create(EntryOrder(entry=entry, order_no=entry.values["orders"][0]) for entry in entries)
    EntryUnit.objects.bulk_create(
        EntryUnit(entry=entry, unit=units[code]) for entry in entries for code in entry.values["units"]
    )


def _entry(origin: str, item: Happening, units: dict[str, Unit]) -> Entry:
    data = item.data
    at = dt.datetime.fromtimestamp(item.at, dt.UTC)
    by = str(data.get("convened_by") or data.get("decided_by") or "")
    form = next((name for word, name in _FORMS if word in by), MEETING.fields[0].options[0])
    values: dict[str, Any] = {
        "form": form,
        "day": at.astimezone(LOCAL).date().isoformat(),
        "time": _short(data.get("time") or ""),
        "matter": _short(data.get("matter") or data.get("reason") or f"工单 {item.number} 的承办单位"),
        "members": _short("、".join(filter(None, (by, *_named(data.get("members"), units))))),
        "decision": _short(_decision(item, units)),
        "ground": _short(data.get("reason") or "") if item.kind == "designated" else "",
        "level": _LEVELS.get(form, "管理机构协调"),
        "units": [code for code in _units_in(data) if code in units],
        "orders": [item.number],
    }
    values = {code: value for code, value in values.items() if value or code == "units"}
    return Entry(
        platform_id=item.platform_id,
        kind=MEETING.code,
        title=reading.title(MEETING, values),
        values=values,
        search=" ".join(reading.said(one, values.get(one.code)) for one in MEETING.fields).lower()[:8000],
        event_day=at.astimezone(LOCAL).date(),
        filed_at=at,
        filer=BY,
        basis=list(item.basis),
        origin=origin,
    )


def _units_in(data: Any) -> list[str]:
    """The units that an event names: who leads, who helps, who was called together."""
    found = (data.get("lead"), *(data.get("co") or ()), *(data.get("members") or ()))
    return list(dict.fromkeys(str(code) for code in found if code))


def _named(codes: Any, units: dict[str, Unit]) -> list[str]:
    return [units[str(code)].name if str(code) in units else str(code) for code in codes or ()]


def _decision(item: Happening, units: dict[str, Unit]) -> str:
    if item.kind == "convened":
        return "召集协商, 尚未作出决定"
    data = item.data
    lead, co = _named([data["lead"]] if data.get("lead") else [], units), _named(data.get("co"), units)
    said = f"指定{'、'.join(lead)}主办" + (f", {'、'.join(co)}协办" if co else "")
    return f"{said}。{data['decision']}" if data.get("decision") else said


def _short(text: Any) -> str:
    return str(text)[:LONG]
