"""Events as timeline entries: who, what, when, the words that were said, and the articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from yixian.lifecycle.cases import OWN
from yixian.web.present import moments, words
from yixian.web.present.clocks import name_of, parse

TONES = {
    "registered": "key",
    "dispatched": "key",
    "replied": "key",
    "closed": "good",
    "archived": "good",
    "review_passed": "good",
    "late": "red",
    "sent_back": "amber",
    "return_requested": "amber",
    "redo_ordered": "amber",
    "supervised": "amber",
    "urged": "amber",
}
LINKED = {
    "opened": "关联平台已立单",
    "received": "接收关联平台来单",
    "answer": "关联工单答复",
    "progress": "关联工单进展",
    "returned": "关联工单退回",
    "closed": "关联工单结束",
}
"""What an order of another platform tells this one."""
# The parts of an event that people read, in this order; the rest is for the machine.
SHOWN = {
    "from_no": "关联工单",
    "refused": "未能在本单办理",
    "lead": "主办",
    "units": "单位",
    "co": "协办",
    "unit": "单位",
    "requirements": "要求",
    "via": "转交方式",
    "ground": "情形",
    "told": "告知",
    "let_through": "限制来电至",
    "until": "限制来电至",
    "unit_name": "办理单位",
    "unit_phone": "电话",
    "party": "参加",
    "to_body": "移交给",
    "calls": "来电次数",
    "attachments": "随附",
    "coordinated_by": "由其协调",
    "topics": "主题词",
    "duties_told": "义务已告知",
    "subject": "主题",
    "place": "地点",
    "about": "对象",
    "supervisor": "督办",
    "trigger": "情形",
    "outcome": "结论",
    "reason": "理由",
    "basis": "依据",
    "text": "",
    "note": "",
    "defects": "问题",
    "warnings": "提醒",
    "drafted": "送审",
    "opinion": "意见",
    "suggestion": "建议",
    "redispatch_to": "改派给",
    "length": "延长",
    "evidence": "证据",
    "progress": "进展",
    "plan": "计划",
    "promised": "承诺办结",
    "matter": "事项",
    "level": "评价",
    "resolved": "是否解决",
    "reached": "是否接通",
    "wants_redo": "要求重办",
    "signed_by": "签发",
    "delegated_to": "受托签批",
    "delegation": "委托说明",
    "explanation": "事由",
    "office": "科室",
    "office_phone": "电话",
    "members": "参会",
    "time": "时间",
    "decision": "决定",
    "platform": "转往",
    "mode": "方式",
    "means": "方式",
    "clock": "时限",
    "into": "并入",
}
UNIT_KEYS = frozenset({"lead", "co", "unit", "units", "redispatch_to", "suggestion", "supervisor", "members"})
BY_PEOPLE = frozenset({"manual", OWN})
IN_WORDS = frozenset({"ground", "unit_name", "unit_phone"})
MOMENTS = frozenset({"let_through", "until", "drafted"})
LONG = 90


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    title: str
    actor: str
    when: str
    title_time: str
    tone: str
    lines: tuple[tuple[str, str], ...]
    basis: tuple[str, ...]
    folded: bool
    card: str = ""


class Told(Protocol):
    """What the orders room tells of an event."""

    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def at(self) -> int: ...
    @property
    def by(self) -> str: ...
    @property
    def by_name(self) -> str: ...
    @property
    def person(self) -> str | None: ...
    @property
    def data(self) -> dict[str, Any]: ...
    @property
    def basis(self) -> tuple[str, ...]: ...


def units_in(events: Iterable[Told]) -> set[str]:
    """The codes of all units that these events speak of."""
    codes: set[str] = set()
    for event in events:
        data = _told(event)
        for key in UNIT_KEYS & data.keys():
            content = data[key]
            codes |= (
                {content} if isinstance(content, str) else {item for item in content or () if isinstance(item, str)}
            )
    return codes


def entries(events: Sequence[Told], units: Mapping[str, str], now: int) -> list[Entry]:
    """The timeline, newest first."""
    return [_entry(event, units, now) for event in reversed(events)]


def _entry(event: Told, units: Mapping[str, str], now: int) -> Entry:
    data = _told(event)
    card = str(data.get("card", "")) if event.kind == "card_shown" else ""
    title, tone = event.title, TONES.get(event.kind, "")
    if event.kind == "relayed":
        title = LINKED.get(str(data.get("kind")), title)
        tone = "amber" if data.get("refused") else tone
        data = {key: data[key] for key in ("from_no", "text", "refused") if key in data}
    if card:
        title, tone = ("亮黄牌", "amber") if card == "yellow" else ("亮红牌", "red")
    lines = tuple(_lines(event, data, units))
    # A rule's own supervision fires within what somebody does, but it is not that person's doing.
    fired = event.kind == "supervised" and data.get("trigger") not in BY_PEOPLE
    return Entry(
        title=title,
        actor="系统" if fired else " ".join(filter(None, (event.by_name, event.person))),
        when=moments.short(event.at, now),
        title_time=moments.absolute(event.at),
        tone=tone,
        lines=lines,
        basis=event.basis,
        folded=sum(len(text) for _, text in lines) > LONG,
        card=card,
    )


def _told(event: Told) -> dict[str, Any]:
    """What an event says, with what the request, card or case inside it says."""
    data = dict(event.data)
    inner = [data.get("pending"), *data.get("cards", ())[-1:], *data.get("cases", ())[-1:]]
    for part in inner:
        if isinstance(part, dict):
            said = part.get("data") if isinstance(part.get("data"), dict) else part
            data = {**{key: value for key, value in (said or {}).items() if key != "kind"}, **data}
    return data


def _lines(event: Told, data: Mapping[str, Any], units: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    for key, title in SHOWN.items():
        content = data.get(key)
        if content in (None, "", (), []) or (event.kind == "registered" and key == "text"):
            continue
        if key == "basis" and not isinstance(content, str):
            continue
        if key in IN_WORDS and "told" in data:
            continue  # the words told say it, with its article
        if key == "unit" and content == event.by:
            continue
        found.append((title, _say(key, content, units)))
    return found


def _say(key: str, content: Any, units: Mapping[str, str]) -> str:
    if isinstance(content, bool):
        return "是" if content else "否"
    if isinstance(content, list | tuple):
        return "、".join(_say(key, item, units) for item in content)
    if isinstance(content, dict):
        return "、".join(_say(key, item, units) for item in content.values())
    text = str(content)
    if key in MOMENTS and isinstance(content, int):
        return moments.until(content)
    if key in UNIT_KEYS:
        return units.get(text, text)
    if key == "clock":
        return name_of(text)
    if key == "length":
        return parse(text).chinese() if parse(text).runs else text
    return words.value(text)
