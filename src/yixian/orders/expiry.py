"""What need not be kept for ever: idempotency keys of a week ago, counted wrong codes of past windows.

Called by the sweep's loop every hour; small batches, so that nobody waits for it.
"""

from __future__ import annotations

from yixian.orders import clock, session
from yixian.orders.progress import WINDOW

KEY_DAYS = 7
BATCH = 5000

_KEYS = """
delete from orders_idempotencykey where id in (
    select id from orders_idempotencykey where at < now() - make_interval(days => %s) limit %s) returning 1"""
_TRIES = """delete from orders_progresstry where "window" < %s returning 1"""


def purge(days: int = KEY_DAYS) -> int:
    """Delete keys older than so many days and stale counts; returns how many rows went.

    A request repeated after that long would be decided anew, and refused by the order's state.
    """
    gone = len(session.fetch(_TRIES, [clock.real() // WINDOW - 1]))
    while batch := len(session.fetch(_KEYS, [days, BATCH])):
        gone += batch
        if batch < BATCH:
            break
    return gone
