"""What stands beside an order at the review desk: the answer beside the question, what was checked, what a unit asks.

Nothing is decided here: a resulting due moment is what `decide` says would follow, the rules are the book's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yixian.lifecycle import Decision, decide, parse
from yixian.lifecycle.state import Clock, OrderState, Pending
from yixian.orders.queries import Entry
from yixian.rulebook import Rulebook, WorkCalendar
from yixian.rulebook.model import Leaf
from yixian.web.present import moments, words
from yixian.web.present.clocks import parse as parse_limit

MOST_SIGNATURES = 3
FIELDS = {"signed_by": "签发", "delegated_to": "受托签批", "explanation": "不能满足的事由", "office": "联系科室",
          "office_phone": "科室电话"}  # fmt: skip
ASKED = {
    "return": (("reason", "退单理由"), ("basis", "依据"), ("suggestion", "建议改派给")),
    "interim_close": (("progress", "目前进展"), ("plan", "后续计划"), ("promised", "承诺办结")),
    "terminate": (("opinion", "终结意见"),),
}
DECIDING = {"return": "approve_return", "interim_close": "approve_interim_close", "terminate": "accept_terminate"}
APPROVERS = {"hotline": "热线工作机构", "upstream": "上级平台", "manager": "热线管理人员"}


def rule(title: str, text: str, leaf: Leaf[Any] | None, basis: Sequence[str] = ()) -> dict[str, Any]:
    """One rule as a line: what it says, its articles, how it was read."""
    return {
        "title": title,
        "text": text,
        "basis": tuple(leaf.basis if leaf is not None else basis),
        "reading": leaf.reading if leaf is not None else "",
        "local": leaf.local if leaf is not None else False,
    }


def answer(events: Sequence[Entry], now: int) -> dict[str, Any] | None:
    """The last reply: its words, who sent it when, its other fields and what was warned of."""
    found = next((event for event in reversed(events) if event.kind in ("replied", "answered")), None)
    if found is None:
        return None
    data = found.data
    contacted = data.get("contacted")
    said = [(title, str(data[key])) for key, title in FIELDS.items() if data.get(key)]
    if contacted is not None:
        said.append(("与诉求人联系", contacted if isinstance(contacted, str) else "已联系" if contacted else "未联系"))
    return {
        "text": data.get("text") or "",
        "by": found.by_name,
        "person": found.person or "",
        "when": moments.short(found.at, now),
        "title": moments.absolute(found.at),
        "facts": said,
        "warnings": list(data.get("warnings") or ()),
        "told": "\n联系科室: ".join(filter(None, (data.get("text"), _office(data)))),
        "basis": found.basis,
    }


def _office(data: Mapping[str, Any]) -> str:
    return " ".join(str(data[name]) for name in ("office", "office_phone") if data.get(name))


def contacts(events: Sequence[Entry], now: int) -> list[dict[str, Any]]:
    """How the unit got in touch with the requester, newest first."""
    return [
        {
            "reached": "已联系上" if event.data.get("reached") else "没有联系上",
            "good": bool(event.data.get("reached")),
            "by": event.by_name,
            "when": moments.short(event.at, now),
            "title": moments.absolute(event.at),
            "note": event.data.get("note") or "",
        }
        for event in reversed(events)
        if event.kind == "contacted"
    ]


def sent_back(events: Sequence[Entry], now: int) -> list[dict[str, Any]]:
    """How often the answer was sent back already, and what for, newest first."""
    return [
        {"when": moments.short(event.at, now), "title": moments.absolute(event.at), "why": _why(event.data)}
        for event in reversed(events)
        if event.kind == "sent_back"
    ]


def _why(data: Mapping[str, Any]) -> str:
    defects = data.get("defects") or ()
    listed = [defects] if isinstance(defects, str) else list(defects)
    return "; ".join([*listed, *([str(data["reason"])] if data.get("reason") else [])]) or "没有写明"


def points(book: Rulebook) -> dict[str, Any] | None:
    """What the book wants looked at in a review (审核要点)."""
    checks = book.review.checks if book.review else None
    return {"items": checks.value, "basis": checks.basis, "reading": checks.reading} if checks else None


def receivers(state: OrderState, book: Rulebook) -> dict[str, Any]:
    """Who gets the answer once it has passed, and by which article."""
    secrecy = book.confidential.reply_to if "confidential" in state.flags else None
    if secrecy is not None and "requester" not in secrecy.value:
        return {"who": "诉求人要求保密, 答复只发给平台", "basis": secrecy.basis}
    if not state.contactable:
        return {"who": "没有留下联系方式, 凭编号和查询码查看", "basis": ()}
    return {"who": "审核通过后发给诉求人", "basis": book.stage("pass_review")}


# ---- what a unit asks for -------------------------------------------------------------------------------------------


def requests(
    state: OrderState,
    book: Rulebook,
    calendar: WorkCalendar,
    events: Sequence[Entry],
    units: Mapping[str, str],
    now: int,
) -> list[dict[str, Any]]:
    """Everything that waits for a decision of the hotline: who asks, why, what the book says."""
    made = []
    for waiting in state.pending:
        if waiting.kind == "extension":
            made.append(_extension(state, book, calendar, waiting, units, now))
        elif waiting.kind in ASKED:
            made.append(_plain(state, book, waiting, events, units, now))
    return made


def _head(waiting: Pending, units: Mapping[str, str], now: int) -> dict[str, Any]:
    return {
        "kind": waiting.kind,
        "title": words.PENDING[waiting.kind],
        "by": units.get(waiting.by, waiting.by),
        "when": moments.short(waiting.at, now),
        "when_title": moments.absolute(waiting.at),
    }


def _plain(
    state: OrderState, book: Rulebook, waiting: Pending, events: Sequence[Entry], units: Mapping[str, str], now: int
) -> dict[str, Any]:
    said = []
    for key, title in ASKED[waiting.kind]:
        text = waiting.data.get(key)
        if text:
            said.append((title, units.get(str(text), str(text)) if key == "suggestion" else str(text)))
    rules = rules_of(waiting.kind, book)
    earlier = [event for event in events if event.kind == {"return": "return_refused"}.get(waiting.kind, "")]
    refused = [
        {"when": moments.short(event.at, now), "why": str(event.data.get("reason") or "没有写明")} for event in earlier
    ]
    other = _other_side(events, waiting) if waiting.kind == "return" else []
    return _head(waiting, units, now) | {"said": said, "rules": rules, "refused": refused, "other": other}


def _other_side(events: Sequence[Entry], waiting: Pending) -> list[tuple[str, str]]:
    """Why the order was sent to the unit that wants to give it back."""
    found = next((event for event in reversed(events) if event.kind in ("dispatched", "designated")), None)
    if found is None:
        return []
    lines = [("派单人", found.person or found.by_name), ("派单", moments.absolute(found.at))]
    for key, title in (("requirements", "办理要求"), ("reason", "指定理由"), ("decision", "决定事项")):
        if found.data.get(key):
            lines.append((title, str(found.data[key])))
    return lines


def rules_of(kind: str, book: Rulebook) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if kind == "return" and book.returns:
        found.append(rule("应写明", _named(book.returns.requires.value), book.returns.requires))
        if book.returns.refused and book.returns.refused.value.count:
            found.append(rule("不同意时", "计一次退单", book.returns.refused))
    if kind == "interim_close" and book.interim_close:
        found.append(rule("应写明", _named(book.interim_close.requires.value), book.interim_close.requires))
        every = book.interim_close.progress_every
        if every is not None and every.value is not None:
            found.append(rule("同意后", f"每 {every.value.chinese()} 报送一次进展, 直到真正办结", every))
    if kind == "terminate" and book.terminate:
        when = book.terminate.when
        said = f"同一诉求人就同一事项反映 {when.value.get('same_requester', 1)} 次以上, 此前已依法办结"
        found.append(rule("条件", said, when))
        found.append(rule("应写明", _named(book.terminate.requires.value), book.terminate.requires))
    return found


def _named(keys: Sequence[str]) -> str:
    return "、".join(words.LABELS.get(key, key) for key in keys) or "没有要求"


def _extension(
    state: OrderState, book: Rulebook, calendar: WorkCalendar, waiting: Pending, units: Mapping[str, str], now: int
) -> dict[str, Any]:
    clock = next((item for item in state.clocks if item.key == "reply"), None)
    after = _extended(state, book, calendar, waiting, now)
    length = parse_limit(str(waiting.data.get("length", "")))
    approvers = tuple(waiting.data.get("approvers") or ("hotline",))
    said = [("延期理由", str(waiting.data.get("reason") or "没有写明"))]
    if waiting.data.get("waiver"):
        said.append(("特批说明", waiting.data["waiver"] if waiting.data["waiver"] is not True else "申请特批"))
    return _head(waiting, units, now) | {
        "said": said,
        "length": length.chinese() if length.runs else "条文未定时长",
        "due_now": moments.until(clock.due) if clock and clock.due else "",
        "due_then": moments.until(after.due) if after and after.due else "",
        "level": f"第 {len(waiting.approved_by) + 1} 级, 由{_said(approvers, len(waiting.approved_by))}审批"
        if len(approvers) > 1
        else f"由{_said(approvers, 0)}审批",
        "rules": extension_rules(state, book, clock, calendar),
    }


def _said(approvers: Sequence[str], place: int) -> str:
    word = approvers[min(place, len(approvers) - 1)]
    return APPROVERS.get(word, word)


def _extended(state: OrderState, book: Rulebook, calendar: WorkCalendar, waiting: Pending, now: int) -> Clock | None:
    """The handling limit as it would stand once everyone has agreed; None where nothing comes of it."""
    current = state
    for _ in range(MOST_SIGNATURES):
        decision = decide(current, parse("approve_extension", {}, "system"), book, calendar, now)
        if not isinstance(decision, Decision):
            return None
        current = decision.state
        if current.pending_of("extension") is None:
            return next((item for item in current.clocks if item.key == "reply"), None)
    return None


def extension_rules(
    state: OrderState, book: Rulebook, clock: Clock | None, calendar: WorkCalendar
) -> list[dict[str, Any]]:
    law = book.extension
    if law is None:
        return []
    most = law.max_times.value
    times = f"已延 {state.counts.extensions} 次, " + (f"以 {most} 次为限" if most is not None else "次数没有限制")
    if law.max_times.waiver:
        times += f", 超过的由{APPROVERS.get(law.max_times.waiver, law.max_times.waiver)}特批"
    found = [rule("次数", times, law.max_times), rule("时长", _length_said(law.length.value), law.length)]
    early = law.apply_by.value
    if clock is not None and clock.due is not None:
        latest = clock.due
        if early is not None and early.runs and early.amount:
            latest = calendar.shift(clock.due, early, -1, hours=book.counting.hours.value)
        found.append(rule("申请期限", f"{moments.until(latest)} 前", law.apply_by))
    return found


def _length_said(length: Any) -> str:
    said = {"equal_to_limit": "与原办理时限相同", "up_to_limit": "不超过原办理时限", "limits": "按类别规定"}
    if length.mode in said:
        return said[length.mode]
    return f"不超过 {length.cap.chinese()}" if length.cap is not None and length.cap.runs else "条文未定时长"


def statements(events: Sequence[Entry], now: int) -> list[dict[str, Any]]:
    """Written statements of units (书面说明), newest first."""
    return [
        {"by": event.by_name, "when": moments.short(event.at, now), "text": str(event.data.get("text") or "")}
        for event in reversed(events)
        if event.kind == "statement_filed"
    ]
