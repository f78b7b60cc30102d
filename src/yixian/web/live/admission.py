"""Who may listen: sessions are looked up in batches by one thread, so that five hundred returning at once are few
queries; every few seconds all open streams are looked at again.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, connection

from yixian.exchange import addresses
from yixian.parties import access, standing
from yixian.parties.errors import PartyError
from yixian.parties.models import User
from yixian.parties.permission import Actor
from yixian.web.live.hub import BYE, Hub, Listener, Person
from yixian.web.live.news import Ears, message

PER_USER = 12
PER_ADDRESS = 2000  # a whole hotline may come from one address
IN_ALL = 6000
AGAIN_SECONDS = 10.0
BATCH = 200
MOST_WAITING = 3000
PERSON_SECONDS = (60.0, 120.0)

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class Refused(Exception):
    """No stream is opened: `status` is the HTTP status to answer with."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Threads:
    """Where Django's database work happens: one thread, hence one connection, which a broken one replaces."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[..., Answer], *arguments: object) -> Answer:
        """Run it there. Raises what it raises; after a database error the next one gets a new connection."""

        def guarded() -> Answer:
            try:
                return work(*arguments)
            except (DatabaseError, InterfaceError):
                connection.close()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._pool, guarded)

    def close(self) -> None:
        """Take no more work."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def rail_of(actor: Actor) -> Hashable:
    """What the counts of the rail depend on: who has the same sees the same. In a unit, what was routed to oneself."""
    person = actor.user_id if actor.kind == "unit" else None
    return actor.kind, actor.grants, actor.unit_code, actor.unit_codes, actor.platform_ids, person


def people(keys: Collection[str]) -> dict[str, Person]:
    """Who holds each of these sessions, of those that stand and may read orders.

    What a person may do is kept for two minutes, or until their `access_version` rises.
    """
    now = time.monotonic()
    found: dict[str, Person] = {}
    for key, user in standing.users_of(keys).items():
        version = (user.pk, user.access_version, user.must_change_password)
        until, person = _persons.get(version, (0.0, None))
        if until < now:
            person = _person(user)
            _persons[version] = (now + random.uniform(*PERSON_SECONDS), person)
        if person is not None:
            found[key] = person
    if len(_persons) > 2 * IN_ALL:
        _persons.clear()
    return found


def _person(user: User) -> Person | None:
    try:
        actor = access.actor_of(user)
    except PartyError:
        return None
    scope = access.scope(actor)
    if scope.kind == "nothing":
        return None
    return Person(user.pk, actor, Ears.of(scope), frozenset(addresses.of_actor(actor)), rail_of(actor))


_persons: dict[Hashable, tuple[float, Person | None]] = {}


class Doorkeeper:
    """Admits streams and closes those whose session or account has ended."""

    def __init__(self, hub: Hub, threads: Threads, known: Callable[..., Mapping[str, Person]] = people) -> None:
        self._hub = hub
        self._threads = threads
        self._people = known
        self._asked: dict[str, list[asyncio.Future[Person | None]]] = {}
        self._woken = asyncio.Event()

    async def admit(self, session: str, address: str) -> Listener:
        """The listener of a new stream, not yet joined. Raises Refused: 401 no session that may listen, 429 too many
        streams of one person or address, 503 the database is away or the house is full.
        """
        if not session:
            raise Refused(401)
        if len(self._hub.listeners) >= IN_ALL or len(self._asked) >= MOST_WAITING:
            raise Refused(503)
        answer: asyncio.Future[Person | None] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(session, []).append(answer)
        self._woken.set()
        person = await answer
        if person is None:
            raise Refused(401)
        mine = sum(1 for one in self._hub.listeners if one.person.user_id == person.user_id)
        if mine >= PER_USER or Counter(one.address for one in self._hub.listeners)[address] >= PER_ADDRESS:
            raise Refused(429)
        return Listener(session, person, address)

    async def serve(self) -> None:
        """Answer those who ask, in batches, for ever."""
        while True:
            await self._woken.wait()
            keys = list(self._asked)[:BATCH]
            taken = {key: self._asked.pop(key) for key in keys}
            if not self._asked:
                self._woken.clear()
            if not taken:
                continue
            try:
                found: Mapping[str, Person] = await self._threads.run(self._people, keys)
            except (DatabaseError, InterfaceError):
                _settle(taken, Refused(503))
                await asyncio.sleep(0.5)
                continue
            for key, answers in taken.items():
                for answer in answers:
                    if not answer.done():
                        answer.set_result(found.get(key))

    async def watch(self) -> None:
        """Look at all open streams again, for ever: what has ended is closed, what changed is heard otherwise."""
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            try:
                await self.look_again()
            except (DatabaseError, InterfaceError):
                log.warning("the sessions of open streams could not be looked at, the database is away")

    async def look_again(self) -> None:
        """One look at the sessions of all open streams."""
        open_ = list(self._hub.listeners)
        keys = sorted({one.session for one in open_})
        found: dict[str, Person] = {}
        for start in range(0, len(keys), BATCH):
            found |= await self._threads.run(self._people, keys[start : start + BATCH])
        for one in open_:
            person = found.get(one.session)
            if person is None:
                one.offer(message(BYE, {}))
                one.end()
            elif person != one.person:
                one.person = person


def _settle(taken: Mapping[str, list[asyncio.Future[Person | None]]], error: Exception) -> None:
    for answers in taken.values():
        for answer in answers:
            if not answer.done():
                answer.set_exception(error)
