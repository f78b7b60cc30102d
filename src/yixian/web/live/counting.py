"""Numbers that change by themselves: what waits in each line of the rail and each tab of a desk, and unread notices."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable
from typing import TypeVar

from django.db import DatabaseError, InterfaceError

from yixian.exchange import queries as notices
from yixian.orders import clock, desks, queries
from yixian.orders.errors import OrderError
from yixian.parties.permission import Actor
from yixian.rulebook import RulebookError
from yixian.web import shell
from yixian.web.desks import listing, table
from yixian.web.live.admission import Threads
from yixian.web.live.hub import Hub, Person
from yixian.web.live.news import message

PAUSE = 0.6
EVERY = 60.0
"""Seconds after which counts are made anew though nothing happened: what is due today depends on the hour."""
AT_ONCE = 40
COUNT_TITLE = 1000

Taken = TypeVar("Taken")
log = logging.getLogger(__name__)


def counted(actor: Actor) -> dict[str, str]:
    """What the pages show beside each address: lines of the rail and tabs of desks."""
    now = clock.now()
    counts = queries.counts(actor)
    found = {f"/orders/?due={due}": shell.bounded(counts[due], COUNT_TITLE) for _, _, due, _ in shell.TIMES}
    for desk in table.of_actor(actor):
        tabs = table.tabs_of(desk, actor)
        each = listing.counts(tabs, actor, now)
        found |= {listing.url(desk, tab): shell.bounded(each[tab.code], COUNT_TITLE) for tab in tabs}
        waiting = sum(each[tab.code] for tab in tabs if tab.command)
        found[f"/desks/{desk.code}/"] = shell.bounded(waiting, COUNT_TITLE)
    return found


def unread(actor: Actor) -> str:
    """The number on the bell."""
    return shell.bounded(notices.unread(actor), notices.COUNTED)


class Counter:
    """Counts anew what the news touched: each kind of rail once for all who see it, a bounded number at a time.

    It rests as long as it worked, so that many changes make counts later, never the database slow.
    """

    def __init__(
        self,
        hub: Hub,
        threads: Threads,
        count: Callable[[Actor], dict[str, str]] = counted,
        ring: Callable[[Actor], str] = unread,
    ) -> None:
        self._hub, self._threads, self._count, self._ring = hub, threads, count, ring
        self._rails: dict[Hashable, None] = {}
        self._bells: dict[int, None] = {}
        self._woken = asyncio.Event()
        hub.on_orders = self._touch
        hub.on_notices = self._rang

    def greet(self, person: Person) -> None:
        """A stream was opened: its page may be older than the counts."""
        self._rails[person.rail] = None
        self._bells[person.user_id] = None
        self._woken.set()

    def _touch(self, rails: set[Hashable]) -> None:
        self._rails |= dict.fromkeys(rails)
        self._woken.set()

    def _rang(self, users: set[int]) -> None:
        self._bells |= dict.fromkeys(users)
        self._woken.set()

    async def serve(self) -> None:
        """Count, for ever."""
        while True:
            try:
                await asyncio.wait_for(self._woken.wait(), EVERY)
            except TimeoutError:
                self._touch({listener.person.rail for listener in self._hub.listeners})
            self._woken.clear()
            began = time.monotonic()
            try:
                await self.round()
            except (DatabaseError, InterfaceError):
                log.warning("counts could not be made, the database is away")
                self._touch({listener.person.rail for listener in self._hub.listeners})
            await asyncio.sleep(max(PAUSE, time.monotonic() - began))

    async def round(self) -> None:
        """Count for what was touched, at most `AT_ONCE` of each."""
        by_rail = {listener.person.rail: listener.person.actor for listener in self._hub.listeners}
        by_user = {listener.person.user_id: listener.person.actor for listener in self._hub.listeners}
        rails = [rail for rail in _taken(self._rails) if rail in by_rail]
        bells = [user for user in _taken(self._bells) if user in by_user]
        counts, rings = await self._threads.run(
            self._work, [by_rail[rail] for rail in rails], [by_user[user] for user in bells]
        )
        of_rail = {rail: message("counts", found) for rail, found in zip(rails, counts, strict=True)}
        of_user = {user: message("unread", {"unread": found}) for user, found in zip(bells, rings, strict=True)}
        for listener in list(self._hub.listeners):
            for chunk in (of_rail.get(listener.person.rail), of_user.get(listener.person.user_id)):
                if chunk:
                    listener.offer(chunk)
        if self._rails or self._bells:
            self._woken.set()

    def _work(self, rails: list[Actor], bells: list[Actor]) -> tuple[list[dict[str, str]], list[str]]:
        if rails:
            desks.forget()
        return [self._counted(actor) for actor in rails], [self._ring(actor) for actor in bells]

    def _counted(self, actor: Actor) -> dict[str, str]:
        try:
            return self._count(actor)
        except (OrderError, RulebookError) as error:
            log.warning("counts of one kind of desk could not be made: %s", error)
            return {}


def _taken(asked: dict[Taken, None]) -> list[Taken]:
    """The first of those that were asked for; they are asked for no more."""
    found = list(asked)[:AT_ONCE]
    for one in found:
        del asked[one]
    return found
