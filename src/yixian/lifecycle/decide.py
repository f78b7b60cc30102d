"""The decision (裁断): what a command does to an order, or why it is refused. No database, no clock, no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yixian.lifecycle import (
    after,
    again,
    cases,
    commands,
    dispatching,
    extending,
    intake,
    linking,
    objections,
    replying,
    requests,
    supervising,
    timers,
)
from yixian.lifecycle.commands import COMMANDS, Command
from yixian.lifecycle.draft import Draft, Refused
from yixian.lifecycle.state import STATES, Decision, Facts, OrderState, Refusal
from yixian.lifecycle.table import FROM, PENDING_OF, REDO_BY_UPSTREAM
from yixian.rulebook import Rulebook, WorkCalendar

Act = Callable[[Draft, Any], None]
_ACTS: dict[str, Act] = {
    **intake.ACTS,
    **dispatching.ACTS,
    **requests.ACTS,
    **extending.ACTS,
    **replying.ACTS,
    **after.ACTS,
    **again.ACTS,
    **objections.ACTS,
    **supervising.ACTS,
    **cases.ACTS,
    **linking.ACTS,
}
GUARDS: dict[str, Callable[[Draft], object]] = {
    "verify": intake.guard_verify,
    "mark_unverified": intake.guard_unverified,
    "dispatch": dispatching.guard_dispatch,
    "sign": dispatching.guard_sign,
    "submit_opinion": dispatching.guard_opinion,
    "reply": replying.guard_reply,
    "draft_reply": replying.guard_reply,
    "return_draft": replying.guard_reply,
    "confirm_case": cases.guard_confirm,
    "dismiss_case": cases.guard_confirm,
    "conclude_case": cases.guard_conclude,
    "withhold": cases.guard_withhold,
    "publish": cases.guard_publish,
    "withdraw": intake.guard_withdraw,
    "close": after.guard_close,
    "screen": objections.guard_screen,
    "restrict_caller": supervising.guard_restrict,
    "lift_restriction": supervising.guard_lift,
    "request_return": requests.guard_return,
    "request_extension": extending.guard_extension,
    "request_interim_close": requests.guard_interim,
    "terminate": requests.guard_terminate,
    "order_redo": after.guard_redo,
    "explain_rating": objections.guard_explain,
    "appeal": objections.guard_appeal,
}


def decide(
    state: OrderState | None,
    command: Command,
    book: Rulebook,
    calendar: WorkCalendar,
    now: int,
    facts: Facts | None = None,
    *,
    number: str = "",
) -> Decision | Refusal:
    """Decide one command.

    `state`: the order, None to register one as `number`; `now`: unix seconds; `facts`: what one order cannot know.
    Timers due up to `now` fire first. Never raises on well-typed input; a moment before the order's last change
    counts as that change.
    """
    if state is None:
        return _register(command, book, calendar, now, facts or Facts(), number)
    now = max(now, state.changed)
    draft = Draft(state, book, calendar, now, facts, command.by, command.kind)
    timers.fire_due(draft, now)
    if command.name == "expire":
        return Decision(tuple(draft.events), draft.state)
    fired = len(draft.events)
    before = draft.state
    try:
        check_permitted(draft, command.name)
        _ACTS[command.name](draft, command.payload)
    except Refused as refused:
        return _refusal(draft, command, refused, fired, before)
    timers.fire_due(draft, now)
    return Decision(tuple(draft.events), draft.state)


def _register(
    command: Command, book: Rulebook, calendar: WorkCalendar, now: int, facts: Facts, number: str
) -> Decision | Refusal:
    if command.name != "register" or not isinstance(command.payload, commands.Register):
        return Refusal(command.name, "没有这个工单", (), ("register",))
    try:
        if command.kind not in COMMANDS["register"].who:
            raise Refused("承办单位不登记诉求", book.stage("register"))
        draft = intake.registration(command.payload, number, book, calendar, now, facts, command.by, command.kind)
    except Refused as refused:
        return Refusal("register", refused.reason, refused.basis)
    timers.fire_due(draft, now)
    return Decision(tuple(draft.events), draft.state)


def _refusal(draft: Draft, command: Command, refused: Refused, fired: int, before: OrderState) -> Refusal:
    """A refusal with the timers that fired before it and the cases the attempt itself causes."""
    del draft.events[fired:]
    draft.state = before
    draft.touched = {}
    draft._attributes = None
    for cause in refused.causes:
        supervising.trigger(draft, cause, state="designated")
    return Refusal(
        command.name, refused.reason, refused.basis, open_commands(before, book=draft.book, kind=draft.kind),
        tuple(draft.events),
    )  # fmt: skip


# ---- who may, and from where --------------------------------------------------------------------------------------


def check_permitted(draft: Draft, name: str) -> None:
    """Raise Refused where this actor may not give this command, or the order is not in a state for it."""
    spec = COMMANDS[name]
    stage = draft.book.stage(name)
    if draft.kind not in spec.who:
        whose = "承办单位" if spec.who == frozenset({"unit"}) else "热线工作机构"
        draft.refuse(f"{spec.title}由{whose}办理", stage)
    if draft.kind == "unit" and draft.assignment(draft.by) is None:
        draft.refuse("本单位不是该工单的主办或协办单位", stage)
    state = draft.state
    allowed = state_allows(state, name, draft.book)
    if not allowed:
        draft.refuse(_wrong_state(state, name), stage)
    wanted = PENDING_OF.get(name)
    if wanted is not None and state.pending_of(wanted) is None:
        draft.refuse("没有待审核的申请", stage)


def state_allows(state: OrderState, name: str, book: Rulebook) -> bool:
    """True where the transition table lists the command for the order's state."""
    if name == "register":
        return False
    if name == "order_redo" and book.redo is not None and book.redo.asks.value == "upstream":
        return state.state in REDO_BY_UPSTREAM
    return state.state in FROM[name]


def _wrong_state(state: OrderState, name: str) -> str:
    title = COMMANDS[name].title
    where = "、".join(STATES[item] for item in STATES if item in FROM[name])
    return f"工单{STATES[state.state]}, 不能{title}; 可{title}的状态: {where}"


def open_commands(state: OrderState, *, book: Rulebook, kind: str) -> tuple[str, ...]:
    """Commands that this kind of actor may give in this state."""
    return tuple(
        name
        for name, spec in COMMANDS.items()
        if spec.moment != "system"
        and kind in spec.who
        and state_allows(state, name, book)
        and (name not in PENDING_OF or state.pending_of(PENDING_OF[name]) is not None)
    )
