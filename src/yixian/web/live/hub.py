"""Who listens, and handing on: each tick's news is encoded once for those who may hear the same.

A listener's queue is bounded: one who does not read is dropped and comes back with its last id, others never wait.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from yixian.parties.permission import Actor
from yixian.web.live.news import NOTICE, Ears, Item, message, told

QUEUE = 64
RING_ITEMS = 5000
RING_SECONDS = 600.0
RETRY_SECONDS = (1.0, 3.0)
BYE = "bye"
OVERFLOW = "overflow"


@dataclass(frozen=True, slots=True)
class Person:
    """Who holds a session: the ears, the addresses of notices, and what rail they see (`rail` groups equal ones)."""

    user_id: int
    actor: Actor
    ears: Ears
    addresses: frozenset[str]
    rail: Hashable


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream."""

    session: str
    person: Person
    address: str
    waiting: deque[bytes] = field(default_factory=deque)
    closed: str = ""
    ending: bool = False
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, chunk: bytes) -> None:
        """Hand over a message; a listener that has too many unread ones is dropped."""
        if self.closed or self.ending:
            return
        if len(self.waiting) >= QUEUE:
            self.close(OVERFLOW)
            return
        self.waiting.append(chunk)
        self._woken.set()

    def close(self, why: str) -> None:
        """End the stream; what waits is not sent any more."""
        if not self.closed:
            self.closed = why
            self.waiting.clear()
            self._woken.set()

    def end(self) -> None:
        """End the stream after what waits has been sent."""
        self.ending = True
        self._woken.set()

    async def take(self, seconds: float) -> bytes:
        """All that waits, joined; b"" when nothing came in time or the stream is closed."""
        if not self.waiting and not self.closed and not self.ending:
            try:
                await asyncio.wait_for(self._woken.wait(), seconds)
            except TimeoutError:
                return b""
        self._woken.clear()
        found = b"".join(self.waiting)
        self.waiting.clear()
        return found


class Hub:
    """All open streams and what was told lately. Lives in one event loop; nothing here waits."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.boot = secrets.token_hex(4)
        self.tick = 0
        self.listeners: set[Listener] = set()
        self.on_orders: Callable[[set[Hashable]], None] = lambda rails: None
        self.on_notices: Callable[[set[int]], None] = lambda users: None
        self._clock = clock
        self._began = clock()
        self._ring: deque[tuple[int, float, list[Item]]] = deque()
        self._held = 0
        self._lost_tick = 0
        self._lost_at = self._began

    @property
    def mark(self) -> str:
        """The place that the stream has reached."""
        return f"{self.boot}-{self.tick}"

    def addresses(self) -> set[str]:
        """The addresses of notices of everyone who listens."""
        return set().union(*(listener.person.addresses for listener in self.listeners))

    def join(self, listener: Listener, last: str = "", since: float | None = None) -> None:
        """Open a stream: greet, and tell what was missed after `last` or, for a page made at `since`, after that.

        Where that is no longer known the page is asked to look for itself (`reload`).
        """
        pause = int(1000 * random.uniform(*RETRY_SECONDS))
        listener.offer(f"retry: {pause}\n\n".encode())
        missed = self._missed(last, since)
        if missed is None:
            listener.offer(message("reload", {}, self.mark))
        else:
            found = told(missed, listener.person.ears)
            listener.offer(message("news" if found else "hello", found, self.mark))
        self.listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """The stream is over."""
        listener.close("left")
        self.listeners.discard(listener)

    def publish(self, items: list[Item], *, flooded: bool = False) -> None:
        """Hand the news of one look to everyone who may hear it."""
        if not items and not flooded:
            return
        self.tick += 1
        self._keep(items, flooded)
        encoded: dict[Ears, bytes] = {}
        rails: set[Hashable] = set()
        users: set[int] = set()
        reached = frozenset().union(*(item.addresses for item in items if item.kind == NOTICE))
        for listener in list(self.listeners):
            person = listener.person
            if person.ears not in encoded:
                found = {} if flooded else told(items, person.ears)
                event = "reload" if flooded else "news"
                encoded[person.ears] = message(event, found, self.mark) if found or flooded else b""
            if chunk := encoded[person.ears]:
                listener.offer(chunk)
                rails.add(person.rail)
            if reached & person.addresses or flooded:
                users.add(person.user_id)
        if rails:
            self.on_orders(rails)
        if users:
            self.on_notices(users)

    def _keep(self, items: list[Item], flooded: bool) -> None:
        now = self._clock()
        if flooded:
            self._ring.clear()
            self._held, self._lost_tick, self._lost_at = 0, self.tick, now
            return
        self._ring.append((self.tick, now, items))
        self._held += len(items)
        while self._ring and (self._held > RING_ITEMS or self._ring[0][1] < now - RING_SECONDS):
            self._lost_tick, self._lost_at, gone = self._ring.popleft()
            self._held -= len(gone)

    def _missed(self, last: str, since: float | None) -> list[Item] | None:
        """The items told after a mark or a moment, None where they are no longer kept."""
        if last:
            boot, _, tick = last.partition("-")
            if boot != self.boot or not tick.isdecimal() or not self._lost_tick <= int(tick[:18]) <= self.tick:
                return None
            return [item for number, _, items in self._ring if number > int(tick) for item in items]
        if since is None:
            return []
        if since < self._lost_at:
            return None
        return [item for _, at, items in self._ring if at >= since for item in items]
