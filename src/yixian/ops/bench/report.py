"""What a run found: lines with their targets, as a Chinese table and as JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from yixian.ops.bench.machine import Machine


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One figure. `target`: what it should be, as people read it; `reached`: None where nothing was promised."""

    part: str
    title: str
    value: float
    unit: str
    target: str = ""
    reached: bool | None = None
    note: str = ""


class Part(msgspec.Struct):
    """One of the parts (a) to (i): its figures, what took the time, and the load of the machine meanwhile."""

    part: str
    title: str
    lines: list[Line] = []
    where: list[str] = []
    details: dict[str, Any] = {}
    seconds: float = 0.0
    load: float = 0.0


class Report(msgspec.Struct):
    """The whole run."""

    machine: Machine
    started: str
    parts: list[Part]


def at_least(
    part: str, title: str, value: float, unit: str, target: float | None = None, note: str = ""
) -> Line:  # the more the better
    """A figure that should not be below its target."""
    if target is None:
        return Line(part, title, value, unit, note=note)
    return Line(part, title, value, unit, f"≥ {shown(target)}", value >= target, note)


def below(part: str, title: str, value: float, unit: str, target: float | None = None, note: str = "") -> Line:
    """A figure that should stay below its target."""
    if target is None:
        return Line(part, title, value, unit, note=note)
    return Line(part, title, value, unit, f"< {shown(target)}", value < target, note)


def shown(value: float) -> str:
    """A figure as people read it."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which this share of all lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def table(parts: Sequence[Part]) -> str:
    """All figures as a table, each part with where its time goes."""
    out: list[str] = []
    for part in parts:
        out.append(f"\n({part.part}) {part.title}    [用时 {part.seconds:.0f} 秒, 期间机器负载 {part.load}]")
        rows = [
            (line.title, f"{shown(line.value)} {line.unit}", line.target, _verdict(line), line.note)
            for line in part.lines
        ]
        widths = [max((width(row[column]) for row in rows), default=0) for column in range(4)]
        for row in rows:
            cells = [padded(cell, size) for cell, size in zip(row, widths, strict=False)]
            out.append(("  " + "  ".join([*cells, row[4]])).rstrip())
        out += [f"    · {words}" for words in part.where]
    return "\n".join(out)


def _verdict(line: Line) -> str:
    return "" if line.reached is None else "达到" if line.reached else "未达到"


def width(text: str) -> int:
    """How many columns a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, size: int) -> str:
    """A text filled up to a width."""
    return text + " " * (size - width(text))
