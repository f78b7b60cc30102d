"""The live process as it runs beside the pages, on the run's own database; and a reader of its stream."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg.conninfo
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from tests.ops.running import of_this_run
from yixian.ops import serve
from yixian.parties.models import User
from yixian.parties.sessions import BACKEND
from yixian.web.live import connecting

Result = TypeVar("Result")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def in_a_loop_of_its_own(work: Coroutine[Any, Any, Result]) -> Result:
    """What the work gives, run in another thread: a browser's tests may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@contextmanager
def process(port: int, pages: int) -> Iterator[subprocess.Popen[bytes]]:
    """The live process, started as `yixian up` starts it; answered when it is entered."""
    database = psycopg.conninfo.make_conninfo(**connecting.to_database())
    environment = {**of_this_run(), "DATABASE_URL": database, "YIXIAN_LIVE_FOR_PORT": str(pages), "YIXIAN_DB_ROLE": ""}
    running = subprocess.Popen(serve.live_command("127.0.0.1", port), env=environment, start_new_session=True)
    try:
        deadline = time.monotonic() + 40
        while status(port) == 0 and time.monotonic() < deadline:
            assert running.poll() is None, "the live process ended"
            time.sleep(0.2)
        time.sleep(0.6)  # it has begun to follow
        yield running
    finally:
        running.terminate()
        running.wait(15)
        kill(running)


def kill(running: subprocess.Popen[bytes]) -> None:
    """End it and its worker at once, as a machine that is out of memory does."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait(10)


def status(port: int, headers: str = "", path: str = "/live/stream/") -> int:
    """The status with which the process answers; 0 when nobody does."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode())
            return int(line.recv(100).split()[1])
    except (OSError, IndexError):
        return 0


def session_of(user: User) -> str:
    """The key of a session of this user, as the pages make it."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client.cookies["sessionid"].value


def end_session(key: str) -> None:
    """What a logout does."""
    SessionStore(key).delete()


@dataclass
class Reader:
    """A browser's EventSource, as far as tests need it: one connection, its messages in order."""

    port: int
    session: str
    last: str = ""
    line: socket.socket = field(init=False)
    rest: bytes = b""

    def __post_init__(self) -> None:
        self.line = socket.create_connection(("127.0.0.1", self.port), 10)
        asked = f"Cookie: sessionid={self.session}\r\n" + (f"Last-Event-ID: {self.last}\r\n" if self.last else "")
        self.line.sendall(f"GET /live/stream/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{asked}\r\n".encode())

    def until(self, event: str, seconds: float = 5) -> dict[str, Any]:
        """The data of the next message of this kind. Raises AssertionError when none comes in time."""
        seen = []
        for kind, data in self.messages(seconds):
            if kind == event:
                return data
            seen.append(kind)
        raise AssertionError(f"no {event} within {seconds} s, heard {seen}")

    def quiet(self, event: str, seconds: float = 1.5) -> bool:
        """Whether no message of this kind comes for a while."""
        return all(kind != event for kind, _ in self.messages(seconds))

    def messages(self, seconds: float) -> Iterator[tuple[str, dict[str, Any]]]:
        """What comes within the time; ends also when the other side does."""
        deadline = time.monotonic() + seconds
        while True:
            while b"\n\n" in self.rest:
                block, _, self.rest = self.rest.partition(b"\n\n")
                found = dict(
                    line.split(": ", 1) for line in block.decode(errors="replace").splitlines() if ": " in line
                )
                self.last = found.get("id", self.last)
                if "event" in found:
                    yield found["event"], json.loads(found["data"])
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self.line.settimeout(left)
            try:
                more = self.line.recv(65536)
            except TimeoutError:
                return
            if not more:
                self.closed = True
                return
            self.rest += more

    closed: bool = False

    def close(self) -> None:
        """Go away."""
        self.line.close()
