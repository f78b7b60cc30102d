"""What stands beside an order at the unit desk: who has it inside, why it came back, the draft to be signed off."""

from __future__ import annotations

from typing import Any

from yixian.lifecycle.commands import Reply
from yixian.orders import clock, inside, queries, rehearsing, signing
from yixian.orders.errors import OrderError
from yixian.orders.inside import Inside, Step
from yixian.orders.models_inside import STANDS
from yixian.orders.queries import Detail, Entry
from yixian.parties.roles import ROLES
from yixian.web import books, drafts
from yixian.web.access import StaffRequest
from yixian.web.present import moments, order

RETURNED = {"sent_back": "审核退回", "draft_returned": "退回修改"}
ANSWERED = frozenset({"replied", "reply_drafted"})


def panel(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """The context of the desk's panel, beside what the order's page shows too (`routed`)."""
    return {
        "signoff": _signoff(request, found),
        "back": _back(queries.timeline(found.number, request.actor), clock.now()),
    }


def _back(events: list[Entry], now: int) -> dict[str, Any] | None:
    """Why the last answer came back, where none was given since."""
    last = next((event for event in reversed(events) if event.kind in RETURNED or event.kind in ANSWERED), None)
    if last is None or last.kind in ANSWERED:
        return None
    defects = last.data.get("defects") or ()
    return {
        "title": RETURNED[last.kind],
        "by": last.by_name if last.kind == "sent_back" else last.person or last.by_name,
        "when": moments.short(last.at, now),
        "when_title": moments.absolute(last.at),
        "reason": str(last.data.get("reason") or ""),
        "defects": [defects] if isinstance(defects, str) else list(defects),
        "basis": last.basis,
    }


def _signoff(request: StaffRequest, found: Detail) -> dict[str, Any] | None:
    """The waiting draft as a leader signs it: what the requester gets, what the checks say, who wrote it."""
    waiting = found.state.pending_of("draft")
    mine = waiting is not None and found.state.lead in request.actor.unit_codes
    if waiting is None or not mine or not _leads(request):
        return None
    try:
        checked = rehearsing.checked(found.number, request.actor, "reply", Reply())
    except OrderError:
        return None
    data = waiting.data
    contacted = data.get("contacted")
    said = [("与诉求人联系", contacted if isinstance(contacted, str) else "已联系" if contacted else "")]
    said += [("事由", data.get("explanation") or "")]
    return {
        "told": checked.told,
        "warnings": (*checked.refusals, *checked.warnings),
        "basis": checked.basis,
        "refused": checked.refused,
        "refused_basis": checked.refused_basis,
        "said": [(title, str(text)) for title, text in said if text],
        "when": moments.short(waiting.at, clock.now()),
        "when_title": moments.absolute(waiting.at),
        "key": drafts.new_key(request),
        "back_key": drafts.new_key(request),
        "seen": found.seq,
        "url": f"/orders/{found.number}/act/reply/",
        "back_url": f"/orders/{found.number}/act/return_draft/",
    }


def _leads(request: StaffRequest) -> bool:
    """Whether the person may send a draft back, and so signs off."""
    return any("return_draft" in ROLES[role].commands for role in request.actor.roles if role in ROLES)


# ---- inside the unit ------------------------------------------------------------------------------------------------


def routed(request: StaffRequest, found: Detail) -> dict[str, Any] | None:
    """Where the order is inside the unit, for its own people; None for everybody else."""
    if request.actor.kind != "unit":
        return None
    known = inside.of_order(found.number, request.actor)
    if known is None or not (known.steps or known.may):
        return None
    now = clock.now()
    holder, reported = known.holder, known.reported
    book = books.version(found.state.book, found.state.version)
    answer = "draft_reply" if signing.barred("reply", request.actor, book) else "reply"
    uses = reported is not None and known.unit == found.state.lead and known.unit in request.actor.unit_codes
    return {
        "number": found.number,
        "holder": _step(holder, known, now) if holder else None,
        "reported": _step(reported, known, now) if reported else None,
        "use_url": f"/orders/{found.number}/act/{answer}/?from={reported.id}"
        if uses and reported is not None and found.state.state == "handling" and not order.draft_text(found.state)
        else "",
        "steps": [_step(step, known, now) for step in known.steps],
        "may": known.may,
    }


def _step(step: Step, known: Inside, now: int) -> dict[str, Any]:
    late = step.due is not None and step.stands == "open" and now > step.due
    return {
        "id": step.id,
        "who": inside.whose(step, known.names),
        "from": " ".join(filter(None, (known.names.get(step.from_unit, step.from_unit), step.from_name))),
        "note": step.note,
        "text": step.text,
        "at": moments.short(step.at, now),
        "at_title": moments.absolute(step.at),
        "due": day(step.due - 1, now) if step.due else "",
        "due_title": moments.until(step.due) if step.due else "",
        "late": late,
        "stands": STANDS[step.stands],
        "open": step.stands == "open",
        "ended": f"{step.ended_by} {moments.short(step.ended, now)}" if step.ended else "",
    }


def day(at: int, now: int) -> str:
    """今天, 明天, or the day."""
    days = (moments.local(at).date() - moments.local(now).date()).days
    return {0: "今天", 1: "明天"}.get(days, moments.day_words(at))
