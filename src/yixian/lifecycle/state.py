"""What an order is: its state, clocks, assignments, pending requests, cards and counters; and what happened to it.

All moments are whole unix seconds. Everything here is plain data that encodes to JSON, so that a row of the
database can hold a state and the event log can hold events without any translation.
"""

from __future__ import annotations

from typing import Any

import msgspec

Basis = tuple[str, ...]
"""Articles as "book:article", in order of citing."""

STATES: dict[str, str] = {
    "registered": "待受理",
    "declined": "不予受理",
    "answered": "即时答复",
    "accepted": "待派单",
    "dispatched": "待签收",
    "handling": "办理中",
    "replied": "待审核",
    "surveying": "待评价",
    "calling_back": "待回访",
    "closed": "已办结",
    "archived": "已归档",
    "transferred": "已转出",
}


SETTLED_BY_CLOSING = ("return", "extension", "interim_close", "terminate", "redo", "draft")
"""Requests that end with the order; an appeal and a screening may still be decided after closing."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that happened: kind, moment, who, data (never personal data), and the articles that justify it."""

    kind: str
    at: int
    by: str = "system"
    data: dict[str, Any] = {}
    basis: Basis = ()


class Clock(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A running or stopped clock. `unit` is whose it is (None for hotline, requester, upstream).

    `status` running|stopped. `due` None where `limit` is none or unset.
    `late` is set once, when the instant after `due` came while it ran. `provisional`: crosses a year whose
    holidays are not yet published.
    """

    name: str
    owner: str
    started: int
    limit: str
    due: int | None
    unit: str | None = None
    status: str = "running"
    stopped: int | None = None
    late: bool = False
    provisional: bool = False
    shown: tuple[int, ...] = ()  # indexes of card rules already shown or passed over
    extended: tuple[str, ...] = ()  # lengths added by approved extensions
    excluded: int = 0  # working days left out (review of a refused return)
    repeat: str | None = None
    basis: Basis = ()
    co: bool = False
    stopped_by: str | None = None
    base: int | None = None  # due before extensions and exclusions

    @property
    def key(self) -> str:
        """ "reply", or "市水务局.reply" for a co-handler's; the lead's and the hotline's have no prefix."""
        return f"{self.unit}.{self.name}" if self.co else self.name

    @property
    def running(self) -> bool:
        """True while it counts, also where it has no due moment."""
        return self.status == "running"


class Card(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A yellow or red card (黄牌, 红牌) with the clock and cause it comes from."""

    card: str
    clock: str
    at: int
    cause: str | None = None
    unit: str | None = None
    basis: Basis = ()


class Assignment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A unit's part in an order: role lead (主办) or co (协办)."""

    unit: str
    role: str
    dispatched: int
    signed: int | None = None
    deemed: bool = False
    opinion: int | None = None
    replied: int | None = None


class Pending(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What waits for a decision: return, extension, interim_close, appeal, screening, redo, terminate, or the draft of
    a reply (draft)."""

    kind: str
    at: int
    by: str
    data: dict[str, Any] = {}
    approved_by: tuple[str, ...] = ()


class Case(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A supervision case (督办): what triggered it, who supervises, with which units (联合督办), and how it stands.

    `proposed`: 待确认. `outcome`: effective 已见效, no_effect 未见实效, dismissed 不予督办; None while it is open.
    """

    key: str
    trigger: str
    by: str
    at: int
    proposed: bool = False
    reason: str | None = None
    means: tuple[str, ...] = ()
    counted: int | None = None
    basis: Basis = ()
    units: tuple[str, ...] = ()
    confirmed: int | None = None
    concluded: int | None = None
    outcome: str | None = None
    note: str | None = None

    @property
    def stands(self) -> str:
        """proposed, open, effective, no_effect or dismissed."""
        return self.outcome or ("proposed" if self.proposed else "open")


class Rating(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An evaluation (评价). `deemed`: silence. `counts` False where only another one counts."""

    level: str
    at: int
    by: str | None = None
    resolved: bool | None = None
    deemed: bool = False
    counts: bool = True


class Counts(msgspec.Struct, frozen=True, gc=False):
    """Counters shown to people."""

    returns: int = 0
    urges: int = 0
    extensions: int = 0
    redos: int = 0
    supplements: int = 0
    repeats: int = 0
    send_backs: int = 0
    calls: int = 0
    bounces: int = 0  # times that a lead asked to give the order back, whatever became of it


class OrderState(msgspec.Struct, omit_defaults=True, gc=False):
    """One work order (工单). Treated as immutable: `evolve` returns a new one."""

    number: str
    book: str
    version: str
    state: str
    category: str
    channel: str
    text: str
    registered: int
    changed: int
    place: str | None = None
    source: str | None = None
    domain: str | None = None
    subject: str | None = None
    grade: str | None = None
    urgency: str | None = None
    item: str | None = None
    nature: str | None = None
    emergency: str | None = None
    petitioner: str | None = None
    requester_level: str | None = None
    requester: str | None = None  # reference into the vault
    contactable: bool = False
    handler_level: str | None = None
    statutory_limit: str | None = None
    statutory_basis: str | None = None
    upstream_platform: str | None = None
    upstream_no: str | None = None
    upstream_dispatched: int | None = None
    region: str | None = None  # cross_region, cross_level: beyond the platform's own (跨地区、跨层级)
    same_as: str | None = None
    lead: str | None = None
    assignments: tuple[Assignment, ...] = ()
    clocks: tuple[Clock, ...] = ()
    cards: tuple[Card, ...] = ()
    pending: tuple[Pending, ...] = ()
    cases: tuple[Case, ...] = ()
    ratings: tuple[Rating, ...] = ()
    flags: tuple[str, ...] = ()
    counts: Counts = Counts()
    promised: int | None = None  # promised end of an interim close (承诺办结时间)
    restricted_until: int | None = None  # end of a restriction of the caller's phone (限制使用)
    events: int = 0

    @property
    def co(self) -> tuple[str, ...]:
        """Co-handling units (协办)."""
        return tuple(part.unit for part in self.assignments if part.role == "co")

    def pending_of(self, kind: str) -> Pending | None:
        """The pending request of a kind, or None."""
        return next((item for item in self.pending if item.kind == kind), None)

    @property
    def visible_cards(self) -> tuple[Card, ...]:
        """The cards as shown: none while a return is under review."""
        reviewed = self.pending_of("return") is not None and self.state not in ("closed", "archived")
        return () if reviewed else self.cards

    @property
    def evaluation(self) -> Rating | None:
        """The rating that counts, or None."""
        return next((rating for rating in reversed(self.ratings) if rating.counts), None)


CASE_STATES: dict[str, str] = {
    "proposed": "待确认",
    "open": "督办中",
    "effective": "已见效",
    "no_effect": "未见实效",
    "dismissed": "不予督办",
}


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What a single order cannot know, gathered before deciding.

    same_requester: reports of this requester on this matter, this one included; requesters: distinct requesters of
    the matter; precedents: [{subject, territory, lead, co}], newest first; earlier: [{order, state, rating}];
    restricted_until: until when this requester's calls are restricted, by whichever order (限制使用);
    unit_kinds: unit -> what kind of body it is, for replies that a government body must give; calls: how often this
    requester called, urges included, for the evidence of a hand-over (移交); rated: (moment, requester, level) of
    every closed order of the matter that was rated; unmasked: a reply's words before masking, for its checks alone.
    """

    same_requester: int = 1
    requesters: int = 1
    reports: tuple[tuple[int, str | None], ...] = ()  # (moment, requester) of every report of the matter, for windows
    precedents: tuple[dict[str, Any], ...] = ()
    earlier: tuple[dict[str, Any], ...] = ()
    restricted_until: int | None = None
    unit_kinds: dict[str, str] = {}
    calls: int = 0
    rated: tuple[tuple[int, str | None, str], ...] = ()
    unmasked: str | None = None


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A refused command: why (Chinese), by which articles, what would be allowed; `follow_ups` are stored all the same
    (timers that fired before it, cases it causes)."""

    command: str
    reason: str
    basis: Basis = ()
    allowed: tuple[str, ...] = ()
    follow_ups: tuple[Event, ...] = ()


class Decision(msgspec.Struct, frozen=True, gc=False):
    """An accepted command: the events (due timers first) and the state after them."""

    events: tuple[Event, ...]
    state: OrderState
