"""The one table event -> reactions. Nothing reacts to an event anywhere else.

A reaction is the name of a background task, run by the job queue after the events are committed; the task gets the
order's number and the event's kind. An empty row says: known, and nothing follows from it yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from procrastinate import App

REACTIONS: dict[str, tuple[str, ...]] = {
    # coming in (受理)
    "registered": (),
    "declined": (),
    "answered": (),
    "accepted": (),
    "verified": (),
    "marked_unverified": (),
    "merged": (),
    "withdrawn": (),
    "caller_restricted": (),
    "restriction_lifted": (),
    # on its way (派单)
    "dispatched": (),
    "transferred": (),
    "convened": (),
    "designated": (),
    "referred": (),
    "unit_notified": (),
    # in the unit's hands (办理)
    "signed": (),
    "contacted": (),
    "contact_failed": (),
    "responded": (),
    "progress_reported": (),
    "opinion_submitted": (),
    "supplemented": (),
    "urged": (),
    "statement_filed": (),
    # requests of the unit and the answers to them (退单, 延期, 阶段性办结, 终结)
    "return_requested": (),
    "return_approved": (),
    "return_refused": (),
    "extension_requested": (),
    "extension_agreed": (),
    "extension_approved": (),
    "extension_refused": (),
    "interim_close_requested": (),
    "interim_closed": (),
    "interim_close_refused": (),
    "termination_proposed": (),
    "terminated": (),
    # reply, survey and after (答复, 评价, 回访, 重办)
    "reply_drafted": (),
    "draft_returned": (),
    "replied": (),
    "sent_back": (),
    "review_passed": (),
    "rated": (),
    "called_back": (),
    "redo_ordered": (),
    "redo_refused": (),
    "appealed": (),
    "appeal_upheld": (),
    "appeal_rejected": (),
    "screening_proposed": (),
    "screened": (),
    "screening_refused": (),
    "closed": (),
    "archived": (),
    # time and supervision (时限, 督办)
    "card_shown": (),
    "late": (),
    "promise_passed": (),
    "supervised": (),
    "case_confirmed": (),
    "case_dismissed": (),
    "case_concluded": (),
    "self_supervised": (),
    "withheld": (),
    "made_public": (),
    "repeated": (),
    "relayed": (),
    "recalculated": (),
}


class HasKind(Protocol):
    """Whatever carries an event's kind."""

    @property
    def kind(self) -> str: ...


def enqueue(order_no: str, events: Iterable[HasKind]) -> int:
    """Queue the reactions to the committed events of one order; returns how many were queued.

    An event kind that the table does not know raises KeyError: a habit test keeps the table complete.
    """
    jobs = [(task, event.kind) for event in events for task in REACTIONS[event.kind]]
    for task, kind in jobs:
        _queue().configure_task(task).defer(order_no=order_no, kind=kind)
    return len(jobs)


@lru_cache(maxsize=1)
def _queue() -> App:
    """The job queue on Django's own connection, also inside a worker: the caller's transaction then covers both."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    return app.with_connector(DjangoConnector(alias="default"))
