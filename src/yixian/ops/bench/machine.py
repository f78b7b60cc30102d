"""What the machine says: CPU time and memory of processes from /proc, load, cores. Linux only; elsewhere zeros."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

_TICKS = os.sysconf("SC_CLK_TCK")


class Memory(msgspec.Struct, frozen=True):
    """Megabytes of one process: resident, and its fair share of what it shares."""

    pid: int
    name: str
    rss: float
    pss: float


class Machine(msgspec.Struct, frozen=True):
    """What a run was measured on."""

    cores: int
    memory_mb: int
    system: str
    python: str
    load: tuple[float, float, float]
    pace: tuple[float, float]


def machine() -> Machine:
    """This machine, now."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    load = os.getloadavg()
    return Machine(len(os.sched_getaffinity(0)), memory, platform.platform(), platform.python_version(), load, pace())


def pace() -> tuple[float, float]:
    """Milliseconds that one core needs for the same small piece of work, at best and usually.

    Far apart, they tell that the cores are shared with somebody else's work, here or on the host.
    """
    times = []
    for _ in range(60):
        began = time.perf_counter()
        sum(index * index % 7 for index in range(20_000))
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return round(times[0], 2), round(times[30], 2)


def load() -> float:
    """The load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def family(root: int) -> list[int]:
    """A process and all below it."""
    found = [root]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(pid) for pid in task.read_text().split()]
            except OSError:
                continue
    return found


def cpu(pids: Iterable[int]) -> float:
    """CPU seconds used by these processes and by their children that ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(value) for value in fields[11:15])
    return total / _TICKS


def memory(pid: int) -> Memory | None:
    """The memory of a process, or None where it is gone or the system does not tell."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in rollup.splitlines()[1:]}
    return Memory(pid, name, round(found.get("Rss", 0.0), 1), round(found.get("Pss", 0.0), 1))


class Cores(msgspec.Struct, frozen=True):
    """Seconds of all cores since the machine started: in all, idle, and taken away by the host for others."""

    total: float
    idle: float
    stolen: float

    def since(self, before: Cores) -> tuple[float, float]:
        """Which shares of the time since another reading were idle and stolen."""
        spent = self.total - before.total
        if spent <= 0:
            return 0.0, 0.0
        return round((self.idle - before.idle) / spent, 3), round((self.stolen - before.stolen) / spent, 3)


def cores() -> Cores:
    """The cores' time, now."""
    try:
        fields = [int(value) / _TICKS for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return Cores(0.0, 0.0, 0.0)
    return Cores(sum(fields), fields[3] + fields[4], fields[7])
