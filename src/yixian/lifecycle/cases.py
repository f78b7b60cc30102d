"""What becomes of a supervision case (督办): confirmed, dismissed, concluded; a unit's own supervision (内部督办)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from msgspec import structs

from yixian.lifecycle import commands, supervising
from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import CASE_STATES, Case, OrderState

OWN = "self_supervised"
"""Key and trigger of a unit's own supervision; it is not the hotline's, so the order does not become `supervised`."""

_RUNNING = frozenset({"proposed", "open"})


def waiting(state: OrderState, by: str | None = None) -> list[Case]:
    """The cases that still want something done; `by`: only those that this unit supervises itself."""
    return [case for case in state.cases if case.stands in _RUNNING and (by is None or case.by == by)]


def _find(draft: Draft, key: str, stands: str, stage: str) -> int:
    """Where the case of this key stands among all; the oldest one that stands so. Refuses where there is none."""
    cases = draft.state.cases
    mine = [place for place, case in enumerate(cases) if case.key == key and _may(draft, case)]
    found = next((place for place in mine if cases[place].stands == stands), None)
    if found is None:
        _none_such(draft, key, [cases[place] for place in mine], stands, stage)
    return found


def _none_such(draft: Draft, key: str, mine: list[Case], stands: str, stage: str) -> NoReturn:
    basis = draft.book.stage(stage) or draft.book.stage("supervise")
    if mine:
        words = f"这件督办{CASE_STATES[mine[-1].stands]}, 只有{CASE_STATES[stands]}的才能这样办理"
        draft.refuse(words, mine[-1].basis, basis)
    known = "、".join(dict.fromkeys(case.key for case in waiting(draft.state) if _may(draft, case)))
    draft.refuse(f"没有督办 {key!r}" + (f", 现有: {known}" if known else ", 工单现在没有督办"), basis)


def _may(draft: Draft, case: Case) -> bool:
    """A unit speaks of its own supervision alone, everyone else of what is not a unit's own."""
    return case.by == draft.by if draft.kind == "unit" else case.trigger != OWN


def _changed(draft: Draft, place: int, event: str, stage: str, body: dict[str, Any], **values: Any) -> Case:
    """Put a changed case back and tell it; the flag falls when nothing is supervised any more."""
    cases = list(draft.state.cases)
    case = cases[place] = structs.replace(cases[place], **values)
    body |= {"cases_after": tuple(cases), "case": case.key, "supervisor": case.by}
    if "supervised" in draft.state.flags and not any(
        other.stands in _RUNNING and other.trigger != OWN for other in cases
    ):
        body["unflags"] = ("supervised",)
    draft.emit(event, body, case.basis, stage=stage)
    return case


def guard_confirm(draft: Draft) -> None:
    """Something proposed must wait."""
    if not any(case.stands == "proposed" for case in draft.state.cases):
        draft.refuse("没有待确认的督办", draft.book.stage("supervise"))


def guard_conclude(draft: Draft) -> None:
    """Something must be under supervision."""
    if not any(case.stands == "open" and _may(draft, case) for case in draft.state.cases):
        draft.refuse("没有正在督办的事项", draft.book.stage("supervise"))


def confirm_case(draft: Draft, payload: commands.OfCase) -> None:
    """确认督办: what the rules proposed is now supervised."""
    place = _find(draft, payload.case, "proposed", "confirm_case")
    _changed(draft, place, "case_confirmed", "confirm_case", {"reason": payload.reason}, proposed=False,
             confirmed=draft.now)  # fmt: skip


def dismiss_case(draft: Draft, payload: commands.OfCase) -> None:
    """不予督办: what the rules proposed does not come under supervision."""
    place = _find(draft, payload.case, "proposed", "dismiss_case")
    values = {"outcome": "dismissed", "concluded": draft.now, "note": payload.reason}
    _changed(draft, place, "case_dismissed", "dismiss_case", {"reason": payload.reason}, **values)


def conclude_case(draft: Draft, payload: commands.ConcludeCase) -> None:
    """督办结论: 已见效 ends it; 未见实效 opens the row that the book's `cascade_to` names, one level up."""
    place = _find(draft, payload.case, "open", "conclude_case")
    values = {"outcome": payload.outcome, "concluded": draft.now, "note": payload.note}
    case = _changed(
        draft, place, "case_concluded", "conclude_case", {"outcome": payload.outcome, "note": payload.note}, **values
    )
    if payload.outcome != "no_effect":
        return
    row = next((row for row in draft.book.supervision if row.key == case.key), None)
    above = next((up for up in draft.book.supervision if row is not None and up.key == row.cascade_to), None)
    if above is not None and not any(other.key == above.key and other.stands == "open" for other in draft.state.cases):
        supervising.open_case(draft, above, reason=payload.note)


def self_supervise(draft: Draft, payload: commands.SelfSupervise) -> None:
    """内部督办: the unit's leader watches over the unit's own handling, its course, result and effect."""
    if any(case.key == OWN and case.by == draft.by and case.stands == "open" for case in draft.state.cases):
        draft.refuse("本单位已在内部督办这件工单, 办结后可再次发起", draft.book.stage("self_supervise"))
    basis = draft.book.stage("self_supervise")
    case = Case(OWN, OWN, draft.by, draft.now, reason=payload.reason, basis=basis)
    body = {"cases": (case,), "unit": draft.by, "reason": payload.reason, "about": payload.about}
    draft.emit("self_supervised", body, basis)


# ---- what is not for the public (不宜公开) ---------------------------------------------------------------------------

NOT_PUBLIC = "not_public"


def guard_withhold(draft: Draft) -> None:
    """Once is enough."""
    if NOT_PUBLIC in draft.state.flags:
        draft.refuse("工单已标记不宜公开", draft.book.stage("withhold"))


def withhold(draft: Draft, payload: commands.Reasoned) -> None:
    """不宜公开: the result is never published; the requester still gets it."""
    guard_withhold(draft)
    if not payload.reason:
        draft.refuse("请写明不宜公开的理由", draft.book.stage("withhold"))
    draft.emit("withheld", {"reason": payload.reason, "flags": (NOT_PUBLIC,)}, stage="withhold")


def guard_publish(draft: Draft) -> None:
    """Only what was withheld is opened again."""
    if NOT_PUBLIC not in draft.state.flags:
        draft.refuse("工单没有标记不宜公开, 无需恢复", draft.book.stage("publish"))


def publish(draft: Draft, payload: commands.Reasoned) -> None:
    """恢复公开: the reasons against publication are gone."""
    guard_publish(draft)
    draft.emit("made_public", {"reason": payload.reason, "unflags": (NOT_PUBLIC,)}, stage="publish")


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {
    "confirm_case": confirm_case,
    "dismiss_case": dismiss_case,
    "conclude_case": conclude_case,
    "self_supervise": self_supervise,
    "withhold": withhold,
    "publish": publish,
}
