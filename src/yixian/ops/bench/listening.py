"""The live process with five hundred open streams: how long news take, what it needs, and one who does not read."""

from __future__ import annotations

import json
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from yixian.lifecycle.commands import parse
from yixian.ops.bench import commanding, machine
from yixian.ops.bench.commanding import Stock
from yixian.ops.bench.ground import Ground
from yixian.ops.bench.report import Part, below, percentile

STREAMS = 500
PEOPLE = 50
SLOW = 10
"""Streams beside the five hundred that are opened and never read."""
PER_SECOND = 10
MOST_SECONDS = 2.0
MOST_MEMORY = 300.0
PAGES = 8000

Heard = list[tuple[float, int, bytes]]


def live(ground: Ground, seconds: float) -> Part:
    """Part (i): news of dispatched orders on five hundred streams, paced, and under full load."""
    part = Part("i", f"实时消息, {STREAMS} 个打开的页面")
    stock = Stock(ground)
    paced = stock.take(int(seconds * PER_SECOND))
    full = stock.take(int(seconds * 120))
    keys = sessions(ground)
    with process(ground) as (port, root), ground.web() as web:
        idle = sum(found.rss for pid in machine.family(root) if (found := machine.memory(pid)))
        deaf = [opened(port, keys[place % len(keys)]) for place in range(SLOW)]
        with reading(port, keys) as heard:
            time.sleep(3)
            before = machine.cpu(machine.family(root))
            began = time.time()
            for place, (number, unit) in enumerate(paced):
                _dispatch(ground, number, unit)
                time.sleep(max(0.0, began + (place + 1) / PER_SECOND - time.time()))
            time.sleep(3)
            calm_cpu = (machine.cpu(machine.family(root)) - before) / (time.time() - began)
            calm, calm_missed = delays(heard, [number for number, _ in paced])
            heard.clear()
            began = time.time()
            seen = web.load([commanding.single(ground, web, share) for share in commanding.shares(full, 4)], seconds)
            time.sleep(3)
            busy, _ = delays(heard, None)
            memory = [found for pid in machine.family(root) if (found := machine.memory(pid))]
        for line in deaf:
            line.close()
    rss, pss = sum(one.rss for one in memory), sum(one.pss for one in memory)
    note = f"每秒 {PER_SECOND} 条派单, 共 {len(calm):,} 次送达"
    part.lines.append(below("i", "派单后到达页面, p50", round(percentile(calm, 0.5), 3), "秒", note=note))
    part.lines.append(below("i", "派单后到达页面, p95", round(percentile(calm, 0.95), 3), "秒", MOST_SECONDS))
    part.lines.append(below("i", "派单后到达页面, 最慢", round(max(calm, default=0), 3), "秒", MOST_SECONDS))
    part.lines.append(below("i", "没有送达的", calm_missed, "次", 1))
    note = f"4 个客户端不停地发指令 {seen.statuses}; 一次最多点名 60 件, 其余由页面自己去看"
    part.lines.append(below("i", "满负载时到达页面, p95", round(percentile(busy, 0.95), 3), "秒", MOST_SECONDS, note))
    part.lines.append(
        below("i", "实时消息进程 (两个), RSS 合计", round(rss, 1), "MB", MOST_MEMORY, f"PSS {pss:.0f} MB")
    )
    part.where.append(
        f"没有页面时 RSS {idle:.0f} MB; 平常用 {calm_cpu:.2f} 个核; 另有 {SLOW} 个页面始终不读, 不影响其余"
    )
    return part


def sessions(ground: Ground) -> list[str]:
    """Sessions of people of the desk, who all hear of every order of the platform."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from yixian.parties.models import User
    from yixian.parties.sessions import BACKEND

    keys = []
    for place in range(PEOPLE):
        name = f"live-{place}"
        if not User.objects.filter(username=name).exists():
            _person(ground, name)
        user = User.objects.get(username=name)
        store = SessionStore()
        store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()
        keys.append(str(store.session_key))
    return keys


def _person(ground: Ground, name: str) -> None:
    from yixian.ops.bench.ground import PASSWORD
    from yixian.parties import access, actions
    from yixian.parties.models import Platform

    root = Platform.objects.get(pk=ground.platform_id)
    roles = ("dispatcher",)
    actions.create_user(
        actor=access.SYSTEM,
        platform=root,
        username=name,
        name="测试人员",
        password=PASSWORD,
        roles=roles,
        must_change_password=False,
    )


@contextmanager
def process(ground: Ground) -> Iterator[tuple[int, int]]:
    """The live process as `yixian up` starts it, on a free port: the port, and the id of its first process."""
    from yixian.ops.serve import live_child

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    child = live_child("127.0.0.1", port, PAGES)
    child.start()
    assert child.process is not None
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        time.sleep(1)
        yield port, child.process.pid
    finally:
        child.process.terminate()
        child.process.wait(20)


def opened(port: int, key: str) -> socket.socket:
    """One stream, asked for and not yet read."""
    line = socket.create_connection(("127.0.0.1", port), 30)
    head = f"GET /live/stream/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: sessionid={key}\r\n\r\n"
    line.sendall(head.encode())
    return line


@contextmanager
def reading(port: int, keys: list[str]) -> Iterator[Heard]:
    """Five hundred streams that are read as soon as anything comes: (moment, stream, bytes)."""
    heard: Heard = []
    lines = [opened(port, keys[place % len(keys)]) for place in range(STREAMS)]
    chooser, done = selectors.DefaultSelector(), threading.Event()
    for place, line in enumerate(lines):
        chooser.register(line, selectors.EVENT_READ, place)

    def read() -> None:
        while not done.is_set():
            for key, _ in chooser.select(0.2):
                chunk = lines[key.data].recv(262144)
                if not chunk:
                    chooser.unregister(lines[key.data])
                heard.append((time.time(), key.data, chunk))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield heard
    finally:
        done.set()
        reader.join()
        for line in lines:
            line.close()


def _dispatch(ground: Ground, number: str, unit: str) -> None:
    from yixian.orders import actions

    actions.handle(number, parse("dispatch", commanding.payload("dispatch", unit), "hotline"), ground.actor())


def delays(heard: Heard, expected: list[str] | None) -> tuple[list[float], int]:
    """Seconds from the writing of an event to its arrival on each stream; and how many of the expected never came."""
    from yixian.orders import session

    arrived: dict[tuple[int, str, int], float] = {}
    for moment, place, chunk in heard:
        for one in _orders(chunk):
            arrived.setdefault((place, one["number"], one["seq"]), moment)
    numbers = sorted({number for _, number, _ in arrived})
    rows = session.fetch(
        "select o.number, e.seq, extract(epoch from e.recorded_at)::float8 from orders_event e"
        " join orders_order o on o.id = e.order_id where o.number = any (%s)",
        [numbers],
    )
    written = {(number, seq): at for number, seq, at in rows}
    found = [at - written[number, seq] for (_, number, seq), at in arrived.items() if (number, seq) in written]
    told = {(place, number) for place, number, _ in arrived}
    missed = sum((place, number) not in told for number in expected or () for place in range(STREAMS))
    return found, missed


def _orders(chunk: bytes) -> Iterator[dict[str, Any]]:
    for line in chunk.decode(errors="replace").split("\n"):
        if line.startswith("data: ") and '"orders"' in line:
            try:
                yield from (one for one in json.loads(line[6:]).get("orders", ()) if "seq" in one)
            except ValueError:
                continue
