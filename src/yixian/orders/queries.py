"""What reads orders, always within the actor's scope. Here are the names; each module beside says how.

`page` (lists), `counts`, `count` (desks), `advice` (whom to dispatch to),
`detail`, `timeline`, `related`, `actions_of` (single), `progress` (progress).
"""

from __future__ import annotations

from yixian.orders.advice import Advice, Usual, advice
from yixian.orders.desks import count, counts
from yixian.orders.filters import Filters
from yixian.orders.lists import Page, Row, page
from yixian.orders.progress import Progress, progress
from yixian.orders.single import (
    Detail,
    Entry,
    actions_of,
    detail,
    formal_names,
    readable,
    related,
    timeline,
    unit_names,
)

__all__ = [
    "Advice",
    "Detail",
    "Entry",
    "Filters",
    "Page",
    "Progress",
    "Row",
    "Usual",
    "actions_of",
    "advice",
    "count",
    "counts",
    "detail",
    "formal_names",
    "page",
    "progress",
    "readable",
    "related",
    "timeline",
    "unit_names",
]
