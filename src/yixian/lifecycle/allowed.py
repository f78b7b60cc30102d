"""Which commands may be given now and, for each one that may not, why not (为什么不能)."""

from __future__ import annotations

import msgspec

from yixian.lifecycle.commands import COMMANDS, ROLES_OF_HOTLINE
from yixian.lifecycle.decide import GUARDS, check_permitted
from yixian.lifecycle.draft import Draft, Refused
from yixian.lifecycle.state import Basis, Facts, OrderState
from yixian.rulebook import Rulebook, WorkCalendar

_LIKELY = (
    "verify", "accept", "answer", "dispatch", "decline", "sign", "contact", "reply", "approve_return", "refuse_return",
    "approve_extension", "refuse_extension", "pass_review", "send_back", "call_back", "order_redo", "evaluate", "close",
    "archive",
)  # fmt: skip


class Allowed(msgspec.Struct, frozen=True):
    """One command for one actor: allowed, or the reason and articles why not."""

    command: str
    title: str
    ok: bool
    reason: str = ""
    basis: Basis = ()


def allowed(
    state: OrderState, book: Rulebook, calendar: WorkCalendar, now: int, by: str, facts: Facts | None = None
) -> list[Allowed]:
    """Every command this actor could ever give, likeliest first, each with whether it would be taken now.

    Commands of another kind of actor are left out. What only the payload decides is not foreseen.
    """
    kind = by if by in ROLES_OF_HOTLINE else "unit"
    found: list[Allowed] = []
    for name, spec in COMMANDS.items():
        if spec.moment == "system" or kind not in spec.who or name == "register":
            continue
        draft = Draft(state, book, calendar, max(now, state.changed), facts, by, kind)
        try:
            check_permitted(draft, name)
            if name in GUARDS:
                GUARDS[name](draft)
            if name == "close" and state.state == "closed":
                draft.refuse("工单已经办结")
        except Refused as refused:
            found.append(Allowed(name, spec.title, False, refused.reason, refused.basis))
        else:
            found.append(Allowed(name, spec.title, True))
    rank = {name: index for index, name in enumerate(_LIKELY)}
    return sorted(found, key=lambda item: (not item.ok, rank.get(item.command, 99)))
