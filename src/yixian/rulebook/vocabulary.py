"""The words of the rulebook language: events, commands, selector keys, triggers. A word outside these is refused."""

from __future__ import annotations

EVENTS = (
    "registered",
    "upstream_dispatched",
    "answered",
    "declined",
    "transferred",
    "dispatched",
    "signed",
    "contacted",
    "responded",
    "progress_reported",
    "unit_notified",
    "return_requested",
    "return_decided",
    "replied",
    "sent_back",
    "reviewed",
    "notified",
    "rated",
    "appealed",
    "redo_ordered",
    "interim_closed",
    "closed",
    "published",
    "publication",
    "publication_date",
)
"""Events that start and stop clocks; `published` (publication_date) is the date a clock is counted back from."""

RESETS = ("supplement", "urge", *EVENTS)
SURVIVES = ("redispatch",)

COMMANDS = (
    "register",
    "verify",
    "mark_unverified",
    "decline",
    "answer",
    "accept",
    "dispatch",
    "designate",
    "transfer",
    "sign",
    "contact",
    "respond",
    "report_progress",
    "submit_opinion",
    "request_return",
    "approve_return",
    "refuse_return",
    "request_extension",
    "approve_extension",
    "refuse_extension",
    "reply",
    "send_back",
    "pass_review",
    "notify_result",
    "evaluate",
    "call_back",
    "order_redo",
    "refuse_redo",
    "supplement",
    "urge",
    "appeal",
    "uphold_appeal",
    "reject_appeal",
    "screen",
    "confirm_screen",
    "refuse_screen",
    "request_interim_close",
    "approve_interim_close",
    "refuse_interim_close",
    "terminate",
    "accept_terminate",
    "convene",
    "supervise",
    "refer",
    "notify_unit",
    "file_statement",
    "explain_rating",
    "merge",
    "withdraw",
    "restrict_caller",
    "lift_restriction",
    "close",
    "archive",
    "joint_supervision",
    "draft_reply",
    "return_draft",
    "confirm_case",
    "dismiss_case",
    "conclude_case",
    "self_supervise",
    "withhold",
    "publish",
    "mark_unverified",
    "statutory_limit",
)
"""Commands whose stage a book may cite; `statutory_limit` is the article that lets a law set the limit,
`joint_supervision` the one by which several units supervise together."""

SELECTOR_VALUES: dict[str, tuple[str, ...]] = {
    "emergency": ("special", "special_emergency", "event", "any"),
    "grade": ("重点", "一般"),
    "petitioner": ("person", "enterprise", "organisation", "anonymous"),
    "handler_level": ("province", "city", "county", "township"),
    "region": ("cross_region", "cross_level"),
    "state": ("supervised", "redo", "recheck", "designated"),
}
SELECTOR_KEYS = (
    "category",
    "channel",
    "source",
    "domain",
    "emergency",
    "urgency",
    "grade",
    "petitioner",
    "item",
    "handler_level",
    "region",
    "state",
    "statutory",
    "nature",
    "requester_level",
    "rating",
    "clock",
)
"""Keys of `when`. `rating` (dissatisfied, satisfied, or a level) is for clocks that run after one; `clock` names the
late clock in a row of the trigger `overdue`; state `designated` is for returns refused after a designation."""

UNIT_KINDS = ("government", "institution", "enterprise", "social")
LEVELS = ("province", "city", "county", "station")
OWNERS = ("hotline", "unit", "co_unit", "requester", "upstream")
ON_LATE = ("red_card", "refused", "deemed_accepted", "close_as_silent", "none")
TRIGGERS = (
    "overdue",
    "sent_back",
    "redo",
    "repeats",
    "people",
    "co",
    "emergency",
    "source",
    "leader",
    "media",
    "interim_promise_passed",
    "refused_return",
    "returns",
    "co_overdue",
    "dissatisfied",
    "form",
    "manual",
)
DUPLICATE_WHEN = ("same_fact_same_reason", "supplement", "urge", "closed", "past_limit")
DUPLICATE_DO = ("refuse", "append", "urge", "count", "new_order", "merge")
NOT_FOR = ("designated", "precedent", "redo")
SIGN_OFF_BEFORE = ("handling", "reply")
