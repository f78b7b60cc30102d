"""The stream's ASGI application: one address, GET, a session's cookie; everything else is refused in a line.

Started with granian's lifespan: the follower, the counter and the doorkeeper are tasks of the one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs

import psycopg
from django.conf import settings
from django.http.cookie import parse_cookie

from yixian.parties.limits import address_of
from yixian.web.live import connecting
from yixian.web.live.admission import Doorkeeper, Refused, Threads
from yixian.web.live.counting import Counter
from yixian.web.live.following import Follower
from yixian.web.live.hub import Hub, Listener

LOOK_SECONDS = 0.4
HEARTBEAT = 15.0
STUCK = 15.0
"""A reader who takes nothing for so long is given up."""
AWAY = (0.5, 1.0, 2.0, 5.0)

log = logging.getLogger(__name__)
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Live:
    """The application: `await live(scope, receive, send)`."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.follower = Follower()
        self.threads = Threads("door"), Threads("counts")
        self.door = Doorkeeper(self.hub, self.threads[0])
        self.counter = Counter(self.hub, self.threads[1])
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, or the process's own life."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    # ---- the process ----------------------------------------------------------------------------------------------

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            word = await receive()
            if word["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif word["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def start(self) -> None:
        """Begin to follow."""
        work: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = (
            self.follow,
            self.door.serve,
            self.door.watch,
            self.counter.serve,
        )
        self._tasks = [asyncio.create_task(_for_ever(one)) for one in work]

    async def stop(self) -> None:
        """End every stream and every task."""
        for listener in list(self.hub.listeners):
            listener.close("stopping")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for threads in self.threads:
            threads.close()

    async def follow(self) -> None:
        """Look at the database a few times a second; when it is away come back, and go on from the same place."""
        failures = 0
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **connecting.to_database(), autocommit=True
                ) as database:
                    await self.follower.begin(database)
                    while True:
                        items, flooded = await self.follower.look(database, self.hub.addresses())
                        self.hub.publish(items, flooded=flooded)
                        failures = 0
                        await asyncio.sleep(LOOK_SECONDS)
            except psycopg.Error as error:
                if failures == 0:
                    log.warning("the database is away: %s", type(error).__name__)
                await asyncio.sleep(AWAY[min(failures, len(AWAY) - 1)])
                failures += 1

    # ---- one connection -------------------------------------------------------------------------------------------

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in scope["headers"]}
        if not scope["path"].endswith("/stream/"):
            await _short(send, 404)
            return
        if scope["method"] != "GET":
            await _short(send, 405)
            return
        origin = connecting.allowed_origin(headers, scope.get("scheme", "http"))
        if origin is None:
            await _short(send, 403)
            return
        try:
            asked = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=8)
        except ValueError:
            await _short(send, 400, origin)
            return
        session = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
        peer = (scope.get("client") or ("",))[0]
        address = address_of({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": headers.get("x-forwarded-for", "")})
        try:
            listener = await self.door.admit(session, address)
        except Refused as refused:
            await _short(send, refused.status, origin)
            return
        last = headers.get("last-event-id", "") or asked.get("last", [""])[0]
        await self._stream(listener, last[:60], _moment(asked.get("since", [""])[0]), origin, receive, send)

    async def _stream(
        self, listener: Listener, last: str, since: float | None, origin: str, receive: Receive, send: Send
    ) -> None:
        gone = asyncio.create_task(_until_gone(receive, listener))
        try:
            self.hub.join(listener, last, since)
            self.counter.greet(listener.person)
            await send({"type": "http.response.start", "status": 200, "headers": _headers(origin, "text/event-stream")})
            while not listener.closed:
                chunk = await listener.take(HEARTBEAT)
                if listener.closed:
                    break
                body = {"type": "http.response.body", "body": chunk or b":\n\n", "more_body": True}
                await asyncio.wait_for(send(body), STUCK)
                if listener.ending and not listener.waiting:
                    break
            if listener.closed != "gone":
                await asyncio.wait_for(send({"type": "http.response.body", "body": b"", "more_body": False}), 1)
        except (TimeoutError, OSError):
            pass  # a reader who takes nothing, or who is gone: the connection ends with this call
        finally:
            self.hub.leave(listener)
            gone.cancel()


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.close("gone")


async def _for_ever(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Keep a task alive: what it did not foresee is logged, and it begins again."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("a task of the live process failed and begins again")
            await asyncio.sleep(1)


async def _short(send: Send, status: int, origin: str = "") -> None:
    await send({"type": "http.response.start", "status": status, "headers": _headers(origin, "text/plain")})
    with contextlib.suppress(OSError):
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _headers(origin: str, kind: str) -> list[tuple[bytes, bytes]]:
    found = [
        (b"content-type", f"{kind}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
        (b"vary", b"Origin"),
    ]
    if origin:
        found.append((b"access-control-allow-origin", origin.encode("latin-1")))
        found.append((b"access-control-allow-credentials", b"true"))
    return found


def _moment(text: str) -> float | None:
    """A page's moment; what lies ahead of our clock counts as now."""
    return min(float(text), time.time()) if text.isdecimal() and len(text) < 12 else None
