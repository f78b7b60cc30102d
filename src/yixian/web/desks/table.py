"""Every desk, in the order of the rail. A new desk is a module beside this one and a line here."""

from __future__ import annotations

from yixian.parties.permission import Actor, holds
from yixian.parties.roles import READ_ORDERS, ROLES
from yixian.web.desks import callback, dispatch, review, screening, supervision, unit
from yixian.web.desks.shapes import Desk, Tab
from yixian.web.desks.unit_figures import book_of

DESKS: tuple[Desk, ...] = (dispatch.DESK, unit.DESK, review.DESK, callback.DESK, screening.DESK, supervision.DESK)
FIRST_OF_ROLE = (
    ("agent", "/agent/"),
    ("dispatcher", "/desks/dispatch/"),
    ("unit_clerk", "/desks/unit/"),
    ("unit_leader", "/desks/unit/"),
    ("reviewer", "/desks/review/"),
    ("callback", "/desks/callback/"),
    ("supervisor", "/desks/supervision/"),
    ("assessor", "/desks/screening/"),
    ("auditor", "/leader/"),
    ("administrator", "/manage/"),
)
"""Where a person's day begins, by the first role of this list that they hold."""


def of_code(code: str) -> Desk | None:
    """The desk of this code."""
    return next((desk for desk in DESKS if desk.code == code), None)


def commands_of(actor: Actor) -> frozenset[str]:
    """Every command that one of the actor's roles may give somewhere."""
    return frozenset().union(*(ROLES[role].commands for role in actor.roles if role in ROLES))


def of_actor(actor: Actor) -> list[Desk]:
    """The desks at which this person may sit."""
    if not holds(actor, READ_ORDERS) or actor.must_change_password:
        return []
    mine = commands_of(actor)
    return [desk for desk in DESKS if actor.kind in desk.kinds and desk.commands & mine]


def tabs_of(desk: Desk, actor: Actor) -> list[Tab]:
    """The tabs of a desk that concern this person, and that their platform's rules can fill."""
    mine = commands_of(actor)
    book = book_of(actor)
    tabs = [tab for tab in desk.tabs if not tab.command or tab.command in mine]
    return [tab for tab in tabs if tab.fits is None or book is None or tab.fits(book)]


def first_page(actor: Actor) -> str:
    """Where this person's day begins; "" where no desk is theirs."""
    return next((url for role, url in FIRST_OF_ROLE if role in actor.roles), "")
