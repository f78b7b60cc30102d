"""Entries that arise from orders: a meeting convened, a unit designated. One an event, however often it is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from yixian.orders import platforms
from yixian.orders.models import Event, Order
from yixian.parties.access import SYSTEM
from yixian.parties.models import Unit
from yixian.registers import actions, asked
from yixian.registers.models import Entry

LOCAL = dt.timezone(dt.timedelta(hours=8))
KINDS = ("convened", "designated")
_FORMS = (("领导小组", "领导小组会议"), ("联席", "联席会议"), ("专题", "专题协商"), ("分管", "分管负责同志召集"))
_LEVELS = {"领导小组会议": "上报领导小组", "联席会议": "提交联席会议"}


def from_order(order_no: str) -> int:
    """Enter every convening and designation of an order that is not entered yet; returns how many were new."""
    order = Order.objects.filter(number=order_no).first()
    if order is None:
        return 0
    events = list(Event.objects.filter(order_id=order.pk, kind__in=KINDS).order_by("seq")[:100])
    origins = {f"{order_no}:{event.seq}": event for event in events}
    known = set(Entry.objects.filter(origin__in=origins).values_list("origin", flat=True))
    fresh = [(origin, event) for origin, event in origins.items() if origin not in known]
    for origin, event in fresh:
        _enter(order, origin, event)
    return len(fresh)


def _enter(order: Order, origin: str, event: Event) -> None:
    data = event.data
    by = str(data.get("convened_by") or data.get("decided_by") or "")
    form = next((name for word, name in _FORMS if word in by), "管理机构协调")
    named = [str(code) for code in (data.get("lead"), *(data.get("co") or ()), *(data.get("members") or ())) if code]
    units = dict(Unit.objects.filter(code__in=named).values_list("code", "name"))
    values: dict[str, Any] = {
        "form": form,
        "day": event.at.astimezone(LOCAL).date().isoformat(),
        "matter": str(data.get("matter") or data.get("reason") or order.subject or "工单所涉事项的承办单位"),
        "members": _members(by, data, units),
        "decision": _decision(event, data, units),
        "ground": str(data.get("reason") or "") or "见所引条文",
        "level": _LEVELS.get(form, "管理机构协调"),
        "units": [code for code in named if code in units],
        "orders": [order.number],
    }
    place = platforms.of_id(order.platform_id)
    at = int(event.at.timestamp())
    register = asked.register_of(asked.book_of(place.book, event.at.astimezone(LOCAL).date()), "meeting")
    for item in register.kind.fields if register else ():
        if item.required and not values.get(item.code):
            values[item.code] = values["day"] if item.type == "date" else "待补"
    actions.file(SYSTEM, "meeting", values, platform=order.platform_id, at=at, origin=origin)


def _members(by: str, data: dict[str, Any], units: dict[str, str]) -> str:
    words = [by, *(units.get(str(one), str(one)) for one in data.get("members") or ())]
    return "、".join(filter(None, words))


def _decision(event: Event, data: dict[str, Any], units: dict[str, str]) -> str:
    if event.kind == "convened":
        return "召集协商, 尚未作出决定"
    lead = units.get(str(data.get("lead")), str(data.get("lead") or ""))
    co = "、".join(units.get(str(one), str(one)) for one in data.get("co") or ())
    said = f"指定{lead}主办" + (f", {co}协办" if co else "")
    return f"{said}。{data['decision']}" if data.get("decision") else said
