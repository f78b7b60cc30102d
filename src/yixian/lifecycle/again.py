"""The requester speaks again (补充, 催办): appended, counted, refused or opened as a new order, as the book says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from yixian.lifecycle import clocks, commands
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import Assignment, OrderState
from yixian.rulebook.model import DuplicateRule

ENDED = frozenset({"closed", "answered", "declined", "transferred"})


def _said_again(draft: Draft, when: str) -> DuplicateRule | None:
    return next((rule for rule in draft.book.intake.duplicate if rule.when == when), None)


def _past_limit(draft: Draft) -> bool:
    clock = draft.clock("reply")
    return clock is not None and clock.running and clock.due is not None and draft.now > clock.due


def supplement(draft: Draft, payload: commands.Supplement) -> None:
    """补充诉求: appended within the limit, a new order once closed or past the limit, as the book says."""
    ended = draft.state.state in ENDED
    rule = _said_again(draft, "closed") if ended else None
    if rule is None and not ended and _past_limit(draft):
        rule = _said_again(draft, "past_limit")
    if rule is None and not ended:
        rule = _said_again(draft, "supplement")
    if ended and rule is None:
        draft.refuse("工单已办结, 有新情况请另行登记", draft.book.stage("supplement"))
    basis = rule.basis if rule else ()
    count = {"supplements": draft.state.counts.supplements + 1}
    body: dict[str, Any] = {"text": payload.text, "counts": count}
    if rule is not None and rule.do == "refuse":
        draft.refuse("按规定不再受理补充, 请另行登记", basis)
    if rule is not None and rule.do == "new_order":
        body["opens"] = [{"number": None, "commands": [["register", _again(draft, payload.text)]]}]
        draft.emit("supplemented", body, basis, stage="supplement")
        return
    clocks.react(draft, "supplemented")
    if any(_window_anew(draft, part) for part in draft.state.assignments):
        body["assignments"] = tuple(
            structs.replace(part, signed=None, deemed=False) if _window_anew(draft, part) else part
            for part in draft.state.assignments
        )
    draft.emit("supplemented", body, basis, stage="supplement", notices=("unit",) if draft.state.lead else ())


def _window_anew(draft: Draft, part: Assignment) -> bool:
    """A supplement restarted this unit's `return` window, so it signs once more."""
    name = "return" if part.role == "lead" else f"{part.unit}.return"
    return part.signed is not None and name in draft.touched


def _again(draft: Draft, text: str) -> dict[str, Any]:
    state = draft.state
    plain = {
        "category": state.category,
        "text": text,
        "channel": state.channel,
        "source": state.source,
        "domain": state.domain,
        "place": state.place,
        "subject": state.subject,
        "same_as": state.number,
        "requester": requester_again(state),
    }
    return {key: value for key, value in plain.items() if value is not None}


def requester_again(state: OrderState) -> dict[str, Any] | None:
    """The requester part of a further order for the same person; None where nobody was described."""
    known = {"ref": state.requester, "type": state.petitioner, "level": state.requester_level}
    made: dict[str, Any] = {key: value for key, value in known.items() if value is not None}
    if not state.contactable:
        made["anonymous"] = True
    return made or None


def urge(draft: Draft, payload: commands.Urge) -> None:
    """催办: counted on the order, not dispatched anew."""
    closed = _said_again(draft, "closed") if draft.state.state in ENDED else None
    if draft.state.state in ENDED and (closed is None or closed.do not in ("count", "urge", "append")):
        rule = _said_again(draft, "same_fact_same_reason")
        draft.refuse("工单已办结, 不再催办; 有新情况请补充诉求", rule.basis if rule else draft.book.stage("urge"))
    rule = closed or _said_again(draft, "urge")
    if rule is not None and rule.do == "refuse":
        draft.refuse("按规定不受理催办", rule.basis, draft.book.stage("urge"))
    clocks.react(draft, "urged")
    body = {"note": payload.note, "counts": {"urges": draft.state.counts.urges + 1}}
    draft.emit("urged", body, rule.basis if rule else (), stage="urge")


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {"supplement": supplement, "urge": urge}
