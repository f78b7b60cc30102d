"""The transition table (流转表). Everything that decides from which state a command may be given is here.

RULEBOOK.md section 2 is its public form. A command that is not listed for a state is refused there.
"""

from __future__ import annotations

OPEN = frozenset({"registered", "accepted", "dispatched", "handling", "replied", "surveying", "calling_back"})
BEFORE_ARCHIVED = OPEN | {"closed", "declined", "answered", "transferred"}
WITH_UNIT = frozenset({"dispatched", "handling"})
AFTER_REPLY = frozenset({"replied", "surveying", "calling_back", "closed"})

FROM: dict[str, frozenset[str]] = {
    "decline": frozenset({"registered", "accepted"}),
    "answer": frozenset({"registered", "accepted"}),
    "accept": frozenset({"registered"}),
    "verify": frozenset({"registered", "accepted"}),
    "mark_unverified": frozenset({"registered", "accepted"}),
    "dispatch": frozenset({"registered", "accepted"}),
    "designate": frozenset({"registered", "accepted", "dispatched", "handling"}),
    "transfer": frozenset({"registered", "accepted"}),
    "sign": WITH_UNIT,
    "contact": WITH_UNIT,
    "respond": WITH_UNIT,
    "report_progress": frozenset({"handling"}),
    "submit_opinion": WITH_UNIT,
    "request_return": WITH_UNIT,
    "approve_return": WITH_UNIT,
    "refuse_return": OPEN,
    "request_extension": frozenset({"handling"}),
    "approve_extension": OPEN,
    "refuse_extension": OPEN,
    "draft_reply": frozenset({"handling"}),
    "return_draft": frozenset({"handling"}),
    "reply": frozenset({"handling"}),
    "send_back": frozenset({"replied"}),
    "pass_review": frozenset({"replied"}),
    "request_interim_close": frozenset({"handling"}),
    "approve_interim_close": frozenset({"handling"}),
    "refuse_interim_close": OPEN,
    "terminate": frozenset({"handling"}),
    "accept_terminate": frozenset({"handling"}),
    "file_statement": frozenset({"handling", "replied"}),
    "explain_rating": frozenset({"calling_back", "closed"}),
    "merge": frozenset({"registered", "accepted", "dispatched", "handling"}),
    "withdraw": OPEN,
    "supplement": BEFORE_ARCHIVED,
    "urge": BEFORE_ARCHIVED,
    "evaluate": frozenset({"surveying", "calling_back"}),
    "call_back": frozenset({"calling_back"}),
    "order_redo": frozenset({"calling_back"}),
    "refuse_redo": frozenset({"calling_back"}),
    "appeal": frozenset({"handling", "replied", "surveying", "calling_back", "closed"}),
    "uphold_appeal": BEFORE_ARCHIVED,
    "reject_appeal": BEFORE_ARCHIVED,
    "screen": frozenset({"handling", "replied", "surveying", "calling_back", "closed"}),
    "confirm_screen": BEFORE_ARCHIVED,
    "refuse_screen": BEFORE_ARCHIVED,
    "close": frozenset({"surveying", "calling_back", "answered", "handling", "closed"}),
    "archive": frozenset({"closed", "answered", "declined", "transferred"}),
    "convene": BEFORE_ARCHIVED,
    "supervise": BEFORE_ARCHIVED,
    "confirm_case": BEFORE_ARCHIVED,
    "dismiss_case": BEFORE_ARCHIVED,
    "conclude_case": BEFORE_ARCHIVED,
    "self_supervise": BEFORE_ARCHIVED,
    "withhold": BEFORE_ARCHIVED | {"archived"},
    "publish": BEFORE_ARCHIVED | {"archived"},
    "refer": BEFORE_ARCHIVED,
    "notify_unit": BEFORE_ARCHIVED,
    "restrict_caller": BEFORE_ARCHIVED,
    "lift_restriction": BEFORE_ARCHIVED,
    "recalculate": BEFORE_ARCHIVED,
    "note_repeat": BEFORE_ARCHIVED | {"archived"},
    "relay": BEFORE_ARCHIVED | {"archived"},
    "expire": BEFORE_ARCHIVED | {"archived"},
}

REDO_BY_UPSTREAM = frozenset({"replied", "surveying", "calling_back", "closed"})
"""From where a redo may be ordered in a book whose `redo.asks` is upstream."""

PENDING_OF: dict[str, str] = {
    "approve_return": "return",
    "refuse_return": "return",
    "approve_extension": "extension",
    "refuse_extension": "extension",
    "approve_interim_close": "interim_close",
    "refuse_interim_close": "interim_close",
    "accept_terminate": "terminate",
    "uphold_appeal": "appeal",
    "reject_appeal": "appeal",
    "return_draft": "draft",
    "confirm_screen": "screening",
    "refuse_screen": "screening",
}
"""Decisions and the request that must be pending for them."""
