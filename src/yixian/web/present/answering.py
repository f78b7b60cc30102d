"""What a rulebook wants of an answer, told to those who write it and those who review it (回复模板, 审核要点)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yixian.lifecycle.draft import attributes_of
from yixian.lifecycle.state import OrderState
from yixian.rulebook import Rulebook, WorkCalendar
from yixian.rulebook.model import ReplyRow
from yixian.web.present import moments, reviewing
from yixian.web.present.offering import Line

_READABLE = ((r"\s*", ""), (".+", "…"), (".*", "…"))
_OWN = {
    "contacted": "沟通情况 (勾选“已与诉求人联系”)",
    "office": "承办科室",
    "office_phone": "科室电话",
    "signed_by": "签批人",
}


def wanted(state: OrderState, book: Rulebook, command: str, calendar: WorkCalendar | None = None) -> list[Line]:
    """The lines above the form of `command`: templates for an answer or its draft, points for a review, what the
    book allows of an extension (by its `calendar`) or a return."""
    if command in ("reply", "draft_reply"):
        return _for_writing(state, book)
    if command in ("pass_review", "send_back") and book.review and book.review.checks:
        checks = book.review.checks
        return [Line("审核要点", "; ".join(checks.value) + "。", checks.basis)]
    if command == "request_extension":
        clock = next((item for item in state.clocks if item.key == "reply"), None)
        return _lines(reviewing.extension_rules(state, book, clock, calendar)) if calendar else []
    if command in ("request_return", "request_interim_close", "terminate"):
        return [
            *(_window(state) if command == "request_return" else []),
            *_lines(reviewing.rules_of(command.removeprefix("request_"), book)),
        ]
    return []


def _window(state: OrderState) -> list[Line]:
    """Until when a return may be asked for."""
    clock = next((item for item in state.clocks if item.name == "return" and item.running and not item.co), None)
    return [Line("申请期限", f"{moments.until(clock.due)} 前", clock.basis)] if clock is not None and clock.due else []


def _lines(rules: Sequence[Mapping[str, Any]]) -> list[Line]:
    """What the law allows, before one writes."""
    return [Line(rule["title"], rule["text"], tuple(rule["basis"])) for rule in rules]


def _for_writing(state: OrderState, book: Rulebook) -> list[Line]:
    attributes = attributes_of(state, book)
    rows = [row for row in book.replies if row.when.matches(attributes)]
    exact = any(row.openings and len(row.openings) < 3 for row in rows)
    lines = []
    for row in rows:
        general = exact and len(row.openings) >= 3  # one of these forms is the exact one, which says more
        said = "" if general else _said(row)
        if said:
            lines.append(Line(row.template or "答复要求", f"{said}。", row.basis))
    return lines


def _said(row: ReplyRow) -> str:
    parts = []
    if row.openings:
        which = "下列之一: " if len(row.openings) > 1 else ""
        parts.append(f"开头用{which}{_plain(row.openings)}")
    if row.requires:
        parts.append("写明" + "、".join(_OWN.get(item, item) for item in row.requires))
    if row.closings:
        parts.append(f"结尾用{_plain(row.closings)}")
    if row.max_chars is not None:
        parts.append(f"不超过 {row.max_chars} 字")
    if row.banned and row.remedy:
        parts.append(row.remedy)
    return "; ".join(parts)


def _plain(patterns: Sequence[str]) -> str:
    said = []
    for text in patterns:
        for mark, plain in _READABLE:
            text = text.replace(mark, plain)
        said.append(f"“{text}”")
    return "、".join(said)
