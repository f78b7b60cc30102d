"""What a dispatcher sees beside an order: suggestions, both sides of a return, an extension asked for, meetings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yixian.lifecycle.state import OrderState, Pending
from yixian.orders import attachments, clock, queries, unit_list
from yixian.orders.errors import Denied
from yixian.orders.queries import Advice, Detail, Entry
from yixian.orders.unit_list import Listed
from yixian.parties.roles import ROLES
from yixian.registers import queries as registers
from yixian.registers.kinds_oversight import MEETING
from yixian.rulebook.model import ReturnRule
from yixian.web import books, picking, uploads
from yixian.web.access import StaffRequest
from yixian.web.present import clocks, moments, offering, unit_rows

RETURNS = {"return_requested": "申请退单", "return_approved": "同意退单", "return_refused": "不同意退单"}
SENT = frozenset({"dispatched", "designated", "return_approved"})
BEFORE_UNIT = frozenset({"registered", "accepted"})
CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Side:
    """A unit as the panel shows it: name, duty text, what it has in hand."""

    name: str
    duty: str
    load: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows from a decision, in words, by which articles."""

    text: str
    basis: tuple[str, ...]


def panel(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """The parts that concern this order now; an empty mapping where none does."""
    state = found.state
    shown: dict[str, Any] = {}
    asked, longer = state.pending_of("return"), state.pending_of("extension")
    met = "coordinating" in state.flags
    entries = queries.timeline(found.number, request.actor) if asked or longer or met else []
    if asked is not None:
        shown["ret"] = _return(request, found, asked, entries)
    if longer is not None:
        shown["longer"] = _extension(found, longer, entries)
    if met:
        shown["meetings"] = _meetings(request, found, entries)
        shown["deciders"] = "、".join(
            role.title for role in ROLES.values() if role.granted and "designate" in role.commands
        )
    if state.state in BEFORE_UNIT and asked is None:
        shown |= _candidates(request, found)
    return shown


def _return(request: StaffRequest, found: Detail, asked: Pending, entries: Sequence[Entry]) -> dict[str, Any]:
    now, path = clock.now(), picking.path_of(found, request)
    said = str(asked.data.get("suggestion") or "")
    known = unit_list.of_words([asked.by, said], path)
    names = found.units | {unit.code: unit.short for unit in known.values()}
    suggested = known.get(said)
    loads = unit_list.loads([unit.code for unit in known.values()])
    book = books.version(found.state.book, found.state.version)
    advice = _advice(request, found)
    return {
        "unit": _side(known.get(asked.by), loads, found.units.get(asked.by, asked.by)),
        "role": "主办" if asked.by == found.state.lead else "协办",
        "reason": asked.data.get("reason") or "",
        "basis": asked.data.get("basis") or "",
        "suggestion": suggested.name if suggested else said,
        "suggested": _side(suggested, loads, said) if suggested else None,
        "when": moments.short(asked.at, now),
        "when_title": moments.absolute(asked.at),
        "waited": clocks.said(max(60, now - asked.at), "d"),
        "files": _files(request, found, asked.by),
        "earlier": _earlier(entries, names, asked, now),
        "sent": _sent(entries, names, now),
        "advice": offering.offered(advice, history=False) if advice else [],
        "rules": _rules(book.returns),
    }


def _side(unit: Listed | None, loads: Mapping[str, unit_list.Load], name: str) -> Side:
    if unit is None:
        return Side(name, "", "")
    return Side(unit.name, unit.duty, unit_rows.in_words(loads[unit.code]))


def _files(request: StaffRequest, found: Detail, unit: str) -> list[dict[str, Any]]:
    rows = [row for row in attachments.of_order(found.number, request.actor) if row.purpose == "request_return"]
    return uploads.size_words([row for row in rows if row.by == unit])


def _earlier(
    entries: Sequence[Entry], names: Mapping[str, str], asked: Pending, now: int
) -> list[tuple[str, str, str, str]]:
    """Returns of this order before the one that waits: when, what, who, why; newest first."""
    rows = []
    for entry in entries:
        if entry.kind not in RETURNS or (entry.kind == "return_requested" and entry.at == asked.at):
            continue
        inner = (entry.data.get("pending") or {}).get("data") or {}
        why = str(entry.data.get("reason") or inner.get("reason") or "")
        unit = str(entry.data.get("unit") or entry.by)
        rows.append((moments.short(entry.at, now), RETURNS[entry.kind], names.get(unit, unit), why))
    return rows[::-1]


def _sent(entries: Sequence[Entry], names: Mapping[str, str], now: int) -> dict[str, Any] | None:
    """How the order came to the unit: the latest dispatch, what was required and by which articles."""
    last = next((entry for entry in reversed(entries) if entry.kind in SENT and entry.data.get("lead")), None)
    if last is None:
        return None
    co = [names.get(str(code), str(code)) for code in last.data.get("co") or ()]
    return {
        "title": last.title,
        "by": " ".join(filter(None, (last.by_name, last.person))),
        "when": moments.short(last.at, now),
        "when_title": moments.absolute(last.at),
        "lead": names.get(str(last.data["lead"]), str(last.data["lead"])),
        "co": "、".join(co),
        "requirements": str(last.data.get("requirements") or last.data.get("reason") or ""),
        "decision": str(last.data.get("decision") or ""),
        "basis": last.basis,
    }


def _rules(rule: ReturnRule | None) -> list[Rule]:
    """What the book says follows from agreeing and from refusing."""
    if rule is None:
        return []
    keep = rule.approved.value == "keep_clock"
    found = [
        Rule("同意后, 办理时限" + ("连续计算, 不重新起算。" if keep else "由新单位重新起算。"), rule.approved.basis)
    ]
    refused = rule.refused.value
    said = [
        f"计退单 {refused.count} 次" if refused.count else "",
        "审核时间不计入办理时限" if refused.exclude_review_time else "",
    ]
    if any(said):
        found.append(Rule(f"不同意的, {', '.join(filter(None, said))}。", rule.refused.basis))
    return found


def _extension(found: Detail, asked: Pending, entries: Sequence[Entry]) -> dict[str, Any]:
    now, state = clock.now(), found.state
    book = books.version(state.book, state.version)
    length = clocks.parse(str(asked.data.get("length") or ""))
    running = next((item for item in state.clocks if item.name == "reply" and not item.co), None)
    request = next((entry for entry in reversed(entries) if entry.kind == "extension_requested"), None)
    waiver = asked.data.get("waiver")
    return {
        "unit": found.units.get(asked.by, asked.by),
        "when": moments.short(asked.at, now),
        "when_title": moments.absolute(asked.at),
        "reason": asked.data.get("reason") or "",
        "length": length.chinese() if length.runs else str(asked.data.get("length") or ""),
        "due": moments.until(running.due) if running is not None and running.due is not None else "",
        "count": state.counts.extensions,
        "most": book.extension.max_times.value if book.extension else None,
        "waiver": waiver if isinstance(waiver, str) else "按特殊情况申请" if waiver else "",
        "basis": request.basis if request else (),
    }


def _meetings(request: StaffRequest, found: Detail, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The meetings convened about this order that have not decided, with their entry in the register."""
    now = clock.now()
    decided = max((entry.at for entry in entries if entry.kind == "designated"), default=0)
    held = [entry for entry in entries if entry.kind == "convened" and entry.at >= decided]
    codes = {str(code) for entry in held for code in entry.data.get("members") or ()}
    names = queries.formal_names(sorted(codes))
    rows = registers.of_order(request.actor, found.number) if held else []
    kept = {row.origin: row for row in rows if row.kind == MEETING.code}
    return [
        {
            "by": str(entry.data.get("convened_by") or entry.by_name),
            "person": entry.person or "",
            "when": moments.short(entry.at, now),
            "when_title": moments.absolute(entry.at),
            "time": str(entry.data.get("time") or ""),
            "matter": str(entry.data.get("matter") or ""),
            "members": [names.get(str(code), str(code)) for code in entry.data.get("members") or ()],
            "basis": entry.basis,
            "entry": row.pk if (row := kept.get(f"{found.number}:{entry.seq}")) else None,
            "decision": str(row.values.get("decision") or "") if row else "",
        }
        for entry in reversed(held)
    ]


def _candidates(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """Whom the order may go to, by rules, place, history and duty, before anything is typed."""
    state, path = found.state, picking.path_of(found, request)
    advice = _advice(request, found)
    if advice is None:
        return {}
    first, often = picking.spoken_for(advice)
    place = state.place or ""
    rows = unit_list.find("", path, place=place, text=state.text, first=first, often=often, limit=CANDIDATES)
    loads = unit_list.loads(row.unit.code for row in rows)
    lines = offering.offered(advice)
    if not rows and not lines:
        return {}
    return {"candidates": unit_rows.rows(rows, loads, advice, path), "lines": lines, "unclear": _unclear(state)}


def _unclear(state: OrderState) -> bool:
    return "unverified" in state.flags


def _advice(request: StaffRequest, found: Detail) -> Advice | None:
    try:
        return queries.advice(found.number, request.actor)
    except Denied:
        return None
