"""The time of orders: real by default, injectable for simulations and tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_source: ContextVar[Callable[[], int] | None] = ContextVar("orders_clock", default=None)


def now() -> int:
    """Whole unix seconds: the injected time where there is one, else the system's."""
    source = _source.get()
    return int(time.time()) if source is None else source()


@contextmanager
def use(moment: int | Callable[[], int]) -> Iterator[None]:
    """Within the block, `now()` is this moment or what this callable says (this thread and task only)."""
    token = _source.set(moment if callable(moment) else lambda: moment)
    try:
        yield
    finally:
        _source.reset(token)


def shown(moment: int) -> str:
    """A moment as people read it, in local time (Asia/Shanghai)."""
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(moment + 8 * 3600))


def real() -> int:
    """The system's time, whatever is injected: for rate limits."""
    return int(time.time())
