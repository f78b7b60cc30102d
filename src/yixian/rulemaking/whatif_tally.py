"""What a what-if counts: figures before and after, in all and by category, unit and month, and orders that differ."""

from __future__ import annotations

import datetime as dt

import msgspec

from yixian.lifecycle.whatif import KINDS, Compared, Side
from yixian.rulemaking.whatif_records import Row

MOST_SAMPLES = 200
MOST_GROUPS = 2000
_ZONE = dt.timezone(dt.timedelta(hours=8))


class Figures(msgspec.Struct):
    """One side's figures. `on_time`, `late`: orders by their handling limit; `open`: it runs; `none`: there is none."""

    orders: int = 0
    on_time: int = 0
    late: int = 0
    open: int = 0
    none: int = 0
    late_other: int = 0
    yellow: int = 0
    red: int = 0
    returns: int = 0
    extensions: int = 0
    cases: int = 0
    redos: int = 0

    @property
    def rate(self) -> float | None:
        """The on-time rate (按时率): on time among those on time or late; None where there is none of either."""
        base = self.on_time + self.late
        return self.on_time / base if base else None

    def count(self, side: Side) -> None:
        """Count one order in."""
        self.orders += 1
        setattr(self, side.reply, getattr(self, side.reply) + 1)
        self.late_other += bool(set(side.late) - {"reply"})
        for name in ("yellow", "red", "returns", "extensions", "cases", "redos"):
            setattr(self, name, getattr(self, name) + getattr(side, name))

    def add(self, other: Figures) -> None:
        """Count another's figures in."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Group(msgspec.Struct):
    """Figures before and after of some orders, and how many of them end otherwise."""

    old: Figures = msgspec.field(default_factory=Figures)
    new: Figures = msgspec.field(default_factory=Figures)
    different: int = 0
    not_taken: int = 0

    def count(self, found: Compared) -> None:
        """Count one order in."""
        self.old.count(found.old)
        self.different += bool(found.kinds) and found.kinds != ("form",)  # written otherwise, it ends the same
        if found.new is None:
            self.not_taken += 1
        else:
            self.new.count(found.new)

    def add(self, other: Group) -> None:
        """Count another group in."""
        self.old.add(other.old)
        self.new.add(other.new)
        self.different += other.different
        self.not_taken += other.not_taken


class Sample(msgspec.Struct, frozen=True):
    """One order that differs, as the list shows it."""

    number: str
    registered: int
    category: str
    unit: str | None
    old: Side
    new: Side | None
    kinds: tuple[str, ...]
    reasons: tuple[tuple[str, tuple[str, ...]], ...]


class Tally(msgspec.Struct):
    """Everything counted. `samples`: by kind of difference, at most MOST_SAMPLES each. `unread`: records that could
    not be told as commands; `unknown`: kinds of events that no command is known for, with how often."""

    whole: Group = msgspec.field(default_factory=Group)
    by_category: dict[str, Group] = msgspec.field(default_factory=dict)
    by_unit: dict[str, Group] = msgspec.field(default_factory=dict)
    by_month: dict[str, Group] = msgspec.field(default_factory=dict)
    kinds: dict[str, int] = msgspec.field(default_factory=dict)
    samples: dict[str, list[Sample]] = msgspec.field(default_factory=dict)
    events: int = 0
    unread: int = 0
    without_own: int = 0
    unknown: dict[str, int] = msgspec.field(default_factory=dict)
    control_failed: list[str] = msgspec.field(default_factory=list)

    def count(self, row: Row, found: Compared) -> None:
        """Count one compared order in."""
        month = dt.datetime.fromtimestamp(row.registered, _ZONE).strftime("%Y-%m")
        groups = (self.by_category, row.category), (self.by_unit, row.lead or ""), (self.by_month, month)
        self.whole.count(found)
        for table, key in groups:
            if key in table or len(table) < MOST_GROUPS:
                table.setdefault(key, Group()).count(found)
        for kind in found.unknown:
            self.unknown[kind] = self.unknown.get(kind, 0) + 1
        sample: Sample | None = None
        for kind in found.kinds:
            self.kinds[kind] = self.kinds.get(kind, 0) + 1
            listed = self.samples.setdefault(kind, [])
            if len(listed) < MOST_SAMPLES:
                sample = sample or _sample(row, found)
                listed.append(sample)

    def add(self, other: Tally) -> None:
        """Count another part's tally in; samples stay newest first and bounded."""
        self.whole.add(other.whole)
        for mine, theirs in (
            (self.by_category, other.by_category), (self.by_unit, other.by_unit), (self.by_month, other.by_month)
        ):  # fmt: skip
            for key, group in theirs.items():
                mine.setdefault(key, Group()).add(group)
        for counts, more in ((self.kinds, other.kinds), (self.unknown, other.unknown)):
            for key, number in more.items():
                counts[key] = counts.get(key, 0) + number
        for kind, listed in other.samples.items():
            merged = sorted([*self.samples.get(kind, ()), *listed], key=lambda one: -one.registered)
            self.samples[kind] = merged[:MOST_SAMPLES]
        self.events += other.events
        self.unread += other.unread
        self.without_own += other.without_own
        self.control_failed = [*self.control_failed, *other.control_failed][:MOST_SAMPLES]


def _sample(row: Row, found: Compared) -> Sample:
    return Sample(row.number, row.registered, row.category, row.lead, found.old, found.new, found.kinds,
                  found.reasons[:6])  # fmt: skip


def encoded(tally: Tally) -> bytes:
    """A tally as JSON; one order that differs in several ways is written once for each kind."""
    return msgspec.json.encode(tally)


decoded = msgspec.json.Decoder(Tally).decode

__all__ = ["KINDS", "MOST_SAMPLES", "Figures", "Group", "Sample", "Tally", "decoded", "encoded"]
