"""The memory of the web processes while they answer lists, details, commands and registrations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from yixian.ops.bench import commanding, machine, reading
from yixian.ops.bench.commanding import Stock
from yixian.ops.bench.ground import Ground
from yixian.ops.bench.machine import Memory
from yixian.ops.bench.report import Part, below

MOST = 250.0


def memory(ground: Ground, seconds: float) -> Part:
    """Part (h): the greatest memory of each process under load, sampled twice a second."""
    part = Part("h", "网页进程在负载下的内存")
    orders = Stock(ground).take(int(seconds * 150))
    with ground.web() as web:
        pids = machine.family(web.pid)
        idle = [found for pid in pids if (found := machine.memory(pid))]
        most: dict[int, Memory] = {}
        with _watched(pids, most):
            clients = [commanding.single(ground, web, share) for share in commanding.shares(orders, 4)]
            for _ in range(4):
                clients.append(
                    [
                        web.request("GET", f"/api/v1/orders?limit=50&{query}".rstrip("&"), ground.desk.token)
                        for _ in range(int(seconds * 20))
                        for _, query, unit in reading.LISTS
                        if unit is None
                    ]
                )
            seen = web.load(clients, seconds)
    workers = [found for pid, found in most.items() if pid != web.pid]
    rss, total = max(found.rss for found in workers), sum(found.pss for found in most.values())
    note = f"每个进程 RSS: {'、'.join(f'{found.rss:.0f}' for found in workers)} MB"
    part.lines.append(below("h", "最大的网页进程, RSS", rss, "MB", MOST, note))
    part.lines.append(below("h", "网页服务全部进程, PSS 合计", round(total, 1), "MB", MOST))
    part.where.append(f"刚启动时 PSS 合计 {sum(found.pss for found in idle):.0f} MB; 负载中应答 {seen.statuses}")
    part.details = {"processes": msgspec.to_builtins(list(most.values())), "idle": msgspec.to_builtins(idle)}
    return part


@contextmanager
def _watched(pids: list[int], most: dict[int, Memory]) -> Iterator[None]:
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(pids, most, done))
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(pids: list[int], most: dict[int, Memory], done: threading.Event) -> None:
    while True:
        for pid in pids:
            found = machine.memory(pid)
            if found and (pid not in most or found.rss > most[pid].rss):
                most[pid] = found
        if done.wait(0.5):
            return
