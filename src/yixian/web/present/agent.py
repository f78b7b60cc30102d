"""The agent desk (受理台) in words: its form in the order of a call, the caller, drafts, the wrap-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yixian.intake.callers import Caller, Earlier
from yixian.intake.calls import Draft
from yixian.intake.restrictions import Restricted
from yixian.lifecycle.state import OrderState
from yixian.parties.masking import mask_phone, mask_text
from yixian.rulebook import Rulebook
from yixian.web.present import clocks, forms, moments
from yixian.web.present.clocks import Chip
from yixian.web.present.forms import Choices, Field

CALLER = ("requester.name", "requester.address")
# What few calls need stands folded away; what the API alone uses is left out.
RARE = (
    *("subject", "channel", "requester.type", "requester.id_number", "source", "domain", "grade", "urgency"),
    *("item", "nature", "same_as", "region", "topics", "unclear", "secret"),
)
TICKS = ("confidential", "requester.anonymous", "duties_told")
LEFT_OUT = frozenset({"requester.level", "unverified"})
SECONDS = {
    "answer": "answer",
    "dispatch": "dispatch",
    "decline": "decline",
    "transfer": "transfer",
    "three_party": "answer",
}
"""Ending -> the command that follows the registration in the same transaction."""
JOINED = ("supplement", "urge")
"""Endings that give a command on an order that is there already, and register nothing."""
BUTTONS = {
    "register": "登记",
    "answer": "登记并答复",
    "dispatch": "登记并派单",
    "decline": "登记, 不予受理",
    "transfer": "登记并转出",
    "three_party": "登记三方通话",
    "supplement": "补充原工单",
    "urge": "催办原工单",
}
TABS = {
    "answer": "即时答复",
    "dispatch": "派单",
    "decline": "不予受理",
    "transfer": "转出",
    "three_party": "三方通话",
}
_UNUSED = {
    "answer": frozenset({"mode", "party"}),
    "three_party": frozenset({"mode"}),
    "dispatch": frozenset({"co", "grade", "handler_level", "mode", "via"}),
    "decline": frozenset({"note"}),
    "transfer": frozenset(),
}
_FIRST = {"three_party": ("party", "text")}
_EXCERPT = 18


def prefixed(ending: str, offered: Choices) -> list[Field]:
    """The fields of an ending's second command under names of their own: answer.text, decline.ground."""
    form = forms.fields_of(SECONDS[ending], offered, leave_out=_UNUSED[ending])
    first = _FIRST.get(ending, ())
    form.sort(key=lambda item: first.index(item.path) if item.path in first else len(first))
    return [replace(item, path=f"{ending}.{item.path}", required=item.required or item.path in first) for item in form]


def plain(form: Sequence[Field], ending: str) -> list[Field]:
    """The same fields under the command's own names."""
    return [replace(item, path=item.path.removeprefix(f"{ending}.")) for item in form]


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground on which a matter is declined or guided, as the desk offers it."""

    key: str
    text: str
    basis: tuple[str, ...]
    guided: bool = False


def grounds(book: Rulebook | None) -> list[Ground]:
    """The book's grounds in its order, those that only guide the caller last."""
    if book is None:
        return []
    refused = [Ground(item.key, item.text, tuple(item.basis)) for item in book.intake.refuse]
    return refused + [Ground(item.key, item.text, tuple(item.basis), True) for item in book.intake.guide]


# --- drafts and callers -------------------------------------------------------------------------------------------


def draft_line(draft: Draft, now: int) -> dict[str, str]:
    """A draft in one line: when it was kept, whose number, how its words begin; masked."""
    phone = (draft.fields.get("requester.phone") or [""])[0]
    text = " ".join(mask_text((draft.fields.get("text") or [""])[0]).split())
    return {
        "id": draft.id,
        "at": moments.short(draft.kept, now)
        if now - draft.kept > moments.DAY
        else f"{moments.local(draft.kept):%H:%M}",
        "phone": mask_phone(phone),
        "text": text[:_EXCERPT] + ("…" if len(text) > _EXCERPT else ""),
    }


def caller(found: Caller, book: Rulebook | None, now: int) -> dict[str, Any]:
    """Who calls, as the panel at the left shows it."""
    abuse = book.intake.abuse if book else None
    return {
        "phone": found.phone,
        "known": found.ref is not None,
        "ref": found.ref or "",
        "person": [
            (title, text)
            for key, title in (("name", "姓名"), ("phone", "电话"), ("address", "地址"))
            if (text := found.person.get(key))
        ],
        "orders": [earlier(one, now) for one in found.orders],
        "more": found.more,
        "restricted": [_restricted(one) for one in found.restricted],
        "rule": tuple(abuse.basis) if abuse else (),
        "place": found.place,
    }


def earlier(one: Earlier, now: int) -> dict[str, str]:
    """One earlier order in two short lines."""
    return {"number": one.row.number, "url": f"/orders/{one.row.number}/", "rating": one.rating}


def _restricted(one: Restricted) -> dict[str, Any]:
    return {
        "until": moments.until(one.ends) if one.ends is not None else "解除为止",
        "reason": one.reason or "未写明",
        "by": one.by,
        "order": one.order_no,
        "basis": one.basis,
    }


# --- the wrap-up ----------------------------------------------------------------------------------------------------


def told(state: OrderState, ending: str, units: Mapping[str, str], said: Mapping[str, Any]) -> list[str]:
    """What to tell the caller about the order, sentence by sentence. `said`: the last event's data."""
    if ending == "decline" and said.get("told"):
        return [str(said["told"])]
    if ending in ("answer", "three_party") and state.state == "answered":
        return ["您的问题已当场答复, 已登记备查。"]
    if ending == "transfer":
        return [f"已转交{said.get('platform') or '有权处理的平台'}办理。"]
    if ending == "supplement":
        return ["您补充的情况已记入原来的工单, 承办人员会一并办理。"]
    if ending == "urge":
        return ["您的催办已记入工单并转告承办人员。"]
    if state.lead:
        return [f"由{units.get(state.lead, state.lead)}办理。"]
    return ["已登记, 热线平台受理后转给承办单位办理。"]


TO_TELL = ("first_response", "contact", "reply")
"""The clocks of which a caller is told: when somebody is heard of, and by when it is answered."""


def by_when(state: OrderState, chips: Sequence[Chip]) -> list[Chip]:
    """The running clocks that a caller is told of; before it is dispatched, the hotline's own."""
    names = {clocks.name_of(name) for name in TO_TELL}
    return [chip for chip in chips if chip.due is not None and chip.name in names] or [
        chip for chip in chips if chip.due is not None and not state.lead
    ][:1]
