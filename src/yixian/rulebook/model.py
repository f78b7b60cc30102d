"""The compiled rulebook (规则书): what `loader` makes of YAML and what the lifecycle reads.

Everything here is immutable. A `Leaf` is one value of law together with where it comes from; its `basis`
entries are written ``book:article`` ("zhuhai:10.4"), so that an inherited leaf keeps citing its parent's article.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Generic, TypeVar

from yixian.rulebook.durations import Duration

T = TypeVar("T")
Basis = tuple[str, ...]
Attributes = Mapping[str, tuple[str, ...]]
"""What selectors look at: selector key -> the values the order has for it (none, one, or several)."""


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """One value of law: the value, its articles, and whether it is text (条文), reading (解释) or local (本地)."""

    value: T
    basis: Basis = ()
    reading: str | None = None
    local: bool = False
    book: str = ""
    waiver: str | None = None

    @property
    def origin(self) -> str:
        """条文, 解释 or 本地: what pages show beside the value."""
        return "本地" if self.local else "解释" if self.reading else "条文"


@dataclass(frozen=True, slots=True)
class Selector:
    """A `when`: every key must match one of its values. An empty selector matches all."""

    keys: tuple[str, ...] = ()
    values: tuple[frozenset[str], ...] = ()

    def matches(self, attributes: Attributes) -> bool:
        """True where each key has at least one wanted value among the order's values."""
        for key, wanted in zip(self.keys, self.values, strict=True):
            if not any(value in wanted for value in attributes.get(key, ())):
                return False
        return True

    def values_of(self, key: str) -> frozenset[str]:
        """What it asks of one key; nothing where it does not look at it."""
        return self.values[self.keys.index(key)] if key in self.keys else frozenset()


R = TypeVar("R", bound="Row")


@dataclass(frozen=True, slots=True)
class Row:
    """A row chosen by selector. The row with most keys wins, then file order."""

    when: Selector = Selector()
    basis: Basis = ()
    reading: str | None = None
    local: bool = False


_REMEMBERED = 20_000


class RowTable(Generic[R]):
    """Rows indexed by their selector keys, so that thousands of item rows cost one look-up."""

    __slots__ = ("_groups", "_keys", "_known", "rows")

    def __init__(self, rows: tuple[R, ...]) -> None:
        self.rows = rows
        groups: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}
        for index, row in enumerate(rows):
            table = groups.setdefault(row.when.keys, {})
            for combination in product(*(sorted(values) for values in row.when.values)):
                table.setdefault(combination, index)
        self._groups = sorted(groups.items(), key=lambda item: -len(item[0]))
        self._keys = tuple(dict.fromkeys(key for keys in groups for key in keys))
        self._known: dict[tuple[tuple[str, ...], ...], R | None] = {}

    def __iter__(self) -> Iterator[R]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def match(self, attributes: Attributes) -> R | None:
        """The governing row for an order's attributes, or None where no row speaks of it. Answers are remembered."""
        asked = tuple([attributes.get(key, ()) for key in self._keys])
        known = self._known
        if asked in known:
            return known[asked]
        if len(known) >= _REMEMBERED:
            known.clear()
        found = known[asked] = self._best(attributes)
        return found

    def _best(self, attributes: Attributes) -> R | None:
        best: int | None = None
        best_keys = -1
        for keys, table in self._groups:
            if best is not None and len(keys) < best_keys:
                break
            for combination in product(*(attributes.get(key, ()) for key in keys)):
                index = table.get(combination)
                if index is not None and (best is None or index < best):
                    best, best_keys = index, len(keys)
        return None if best is None else self.rows[best]

    def matching(self, attributes: Attributes) -> list[R]:
        """Every row that matches, in file order."""
        return [row for row in self.rows if row.when.matches(attributes)]


@dataclass(frozen=True, slots=True)
class LimitRow(Row):
    """One limit of a clock under a selector."""

    limit: Duration = field(default_factory=lambda: Duration("unset", 0))


@dataclass(frozen=True, slots=True)
class CardRule:
    """A warning: `card` yellow or red, `at` due_day | overdue | a signed duration such as -1wd, -2h, +1wd."""

    card: str
    at: str
    offset: Duration | None
    sign: int
    cause: str | None = None
    tell: tuple[str, ...] = ()
    basis: Basis = ()
    reading: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A named clock (时限): whose duty, what starts and stops it, how long, what warnings, what lateness does."""

    name: str
    owner: Leaf[str]
    starts: Leaf[tuple[str, ...]]
    stops: Leaf[tuple[str, ...]]
    limits: RowTable[LimitRow]
    runs_if: Selector | None = None
    survives: frozenset[str] = frozenset()
    resets_on: Leaf[tuple[str, ...]] | None = None
    backward: bool = False
    cards: tuple[CardRule, ...] = ()
    on_late: Leaf[str] | None = None
    repeat: Leaf[Duration] | None = None


@dataclass(frozen=True, slots=True)
class RegisterGround:
    """One of the cases a register is kept for, as the text lists them. `protected`: it shields whoever reported it."""

    text: str
    protected: bool = False
    basis: Basis = ()
    reading: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class RegisterRule:
    """A register (台账) that a book asks for: who owes entries, what they must hold, when to remind.

    `clock`: by when an entry is due, None where the text gives no limit.
    """

    name: str
    title: str | None
    owes: Leaf[str]  # unit | hotline
    fields: Leaf[tuple[str, ...]] | None
    grounds: tuple[RegisterGround, ...]
    remind: tuple[CardRule, ...]
    clock: ClockRule | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class Counting:
    """How days are counted: start moment|next_day|second_working_day, end midnight|close_of_business."""

    start: Leaf[str]
    end: Leaf[str]
    hours: Leaf[tuple[tuple[int, int], ...]]  # working periods, minutes after midnight
    last_day_off: Leaf[str]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Whose rulebook: division code, name, level province|city|county|station, parent code ("000000" at the top)."""

    code: str
    name: str
    level: str
    parent: str


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A paper that this one rests on (制定依据): its title, number, issuer, and the level of whoever issued it."""

    title: str
    number: str | None = None
    issuer: str | None = None
    level: str | None = None
    basis: Basis = ()
    reading: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What a hotline is called (名称): on letters, pages (full), in SMS and lists (short); its sub-centres.

    `below_full`, `below_short` are the pattern for the hotlines below, with ``{name}`` for the place.
    """

    full: Leaf[str] | None = None
    short: Leaf[str] | None = None
    sub_centres: Leaf[tuple[str, ...]] | None = None
    below_full: Leaf[str] | None = None
    below_short: Leaf[str] | None = None

    def of(self, place: str, own: str) -> tuple[str | None, str | None]:
        """Full and short name of a place's hotline: the book's own place by name, a place below it by the pattern."""
        full, short = (self.full, self.short) if place == own else (self.below_full, self.below_short)
        return _filled(full, place), _filled(short, place)


def _filled(name: Leaf[str] | None, place: str) -> str | None:
    return name.value.replace("{name}", place) if name else None


@dataclass(frozen=True, slots=True)
class Document:
    """The paper itself. `effective` None: in force since ever. `expired` continue|stop."""

    title: str
    number: str | None
    issued: dt.date | None
    effective: Leaf[dt.date | None]
    expires: Leaf[dt.date | None]
    expired: Leaf[str]
    supersedes: str | None = None
    yields_to: str | None = None
    short: str | None = None
    numbering: str = "articles"  # sections: a text without 条, "3(2)" reads 三、(二)
    bases: tuple[LegalBasis, ...] = ()
    interpreter: Leaf[str] | None = None
    yields: Leaf[str] | None = None  # yields_to with the article that says so


@dataclass(frozen=True, slots=True)
class Source:
    """A platform or channel as the text names it; flags no_withdrawal, single_reply."""

    name: str
    level: str | None = None
    flags: frozenset[str] = frozenset()
    basis: Basis = ()
    reading: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground of refusal or guidance at intake: key, words, what the caller must be told."""

    key: str
    text: str
    inform: tuple[str, ...] = ()
    basis: Basis = ()
    reading: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """What a report on the same matter does: same_fact_same_reason|supplement|urge|closed|past_limit -> do."""

    when: str
    do: str
    basis: Basis = ()
    reading: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class AbuseRule:
    """Restriction of a phone (限制使用) and hand-over of abuse."""

    channel: str | None
    length: Duration | None
    hand_over: tuple[str, ...] = ()
    basis: Basis = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """Acceptance: what a record must hold, refused and guided grounds, direct answers, duplicates, abuse."""

    requires: Leaf[tuple[str, ...]] | None = None
    refuse: tuple[Ground, ...] = ()
    guide: tuple[Ground, ...] = ()
    direct_answer: Leaf[tuple[str, ...]] | None = None  # categories; None: any may be answered at once
    duplicate: tuple[DuplicateRule, ...] = ()
    abuse: AbuseRule | None = None
    priority: Leaf[tuple[str, ...]] | None = None  # topics that go first
    duties: Leaf[tuple[str, ...]] | None = None  # what petitioners are told they owe
    secret: Leaf[str] | None = None  # where matters that involve secrets go
    desks: Leaf[tuple[str, ...]] | None = None  # categories and sources with a list of their own


@dataclass(frozen=True, slots=True)
class LevelRow(Row):
    """Territory and level routing: orders that match go `to` a level or platform."""

    to: str = ""


@dataclass(frozen=True, slots=True)
class DispatchRule:
    """Dispatch (派单): several units by split or lead, routing by level, precedents, fallback receiver."""

    multi_unit: Leaf[str] | None = None
    levels: RowTable[LevelRow] = field(default_factory=lambda: RowTable(()))
    precedents: Leaf[str] | None = None
    fallback: Leaf[str] | None = None
    transports: Leaf[tuple[str, ...]] | None = None  # ways by which an order is handed on


@dataclass(frozen=True, slots=True)
class Refused:
    """What a refused return does: how many it counts, whether the review time is left out."""

    count: int = 0
    exclude_review_time: bool = False


@dataclass(frozen=True, slots=True)
class ReturnRule:
    """Return (退单)."""

    requires: Leaf[tuple[str, ...]]
    approved: Leaf[str]  # restart_clock | keep_clock
    refused: Leaf[Refused]
    not_for: Leaf[tuple[str, ...]]
    after_sign: Leaf[str]  # with_reason | never | always


@dataclass(frozen=True, slots=True)
class ExtensionLength:
    """equal_to_limit | up_to_limit | cap (a duration) | limits (a table)."""

    mode: str
    cap: Duration | None = None
    limits: RowTable[LimitRow] | None = None


@dataclass(frozen=True, slots=True)
class Further:
    """A further extension beyond max_times: by whom, how long."""

    by: str
    length: ExtensionLength | None = None
    basis: Basis = ()


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """Extension (延期)."""

    max_times: Leaf[int | None]
    length: Leaf[ExtensionLength]
    apply_by: Leaf[Duration | None]  # None: before due; else that long before due
    approvers: Leaf[tuple[str, ...]]
    requires: Leaf[tuple[str, ...]]
    not_for: Leaf[tuple[str, ...]]
    further: Further | None = None


@dataclass(frozen=True, slots=True)
class EmergencyRow:
    """An emergency tier the book knows: special | special_emergency | event; which clocks it starts."""

    tier: str
    topics: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    basis: Basis = ()
    reading: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class ConfidentialRule:
    """Orders whose petitioner asked for secrecy: contact forbidden|exempt; reply_to (platform)."""

    contact: Leaf[str] | None = None
    reply_to: Leaf[tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class ReplyRow(Row):
    """A reply template with its checks; every matching row is checked. `unit_kind`: what the lead must be; `remedy`:
    what would be right where a banned word stands; `form`: the lines of the template, its blanks as 〔名称〕."""

    template: str | None = None
    requires: tuple[str, ...] = ()
    openings: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    max_chars: int | None = None
    once: bool = False
    unit_kind: tuple[str, ...] = ()
    remedy: str | None = None
    severity: str = "refuse"
    form: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Review (审核): what is checked, which clock times the result notice, whether the unit reviews inside first."""

    checks: Leaf[tuple[str, ...]] | None = None
    result_notice: Leaf[str] | None = None
    inside: Leaf[bool] | None = None


@dataclass(frozen=True, slots=True)
class SurveyRule:
    """Survey (满意度调查): who is asked, levels, which are dissatisfied, what silence counts as."""

    who: Leaf[tuple[Selector, ...]]  # any of these; empty tuple: nobody is asked
    channel: Leaf[str] | None = None
    levels: Leaf[tuple[str, ...]] | None = None
    dissatisfied: Leaf[tuple[str, ...]] | None = None
    silence: Leaf[str] | None = None  # the level that silence counts as


@dataclass(frozen=True, slots=True)
class CallBackRule:
    """Call-back (回访)."""

    who: Leaf[str]  # all | dissatisfied | none
    attempts: Leaf[int] | None = None
    questions: Leaf[tuple[str, ...]] | None = None
    by: Leaf[str] | None = None  # human | robot | any
    trigger: Leaf[str] | None = None


@dataclass(frozen=True, slots=True)
class RedoRule:
    """Redo (重办)."""

    asks: Leaf[str]  # requester | upstream
    approve: Leaf[str] | None
    max_times: Leaf[int | None] | None
    limit: Leaf[str | Duration]  # "half" | "same" | a duration
    rounding: Leaf[str] | None
    extension: Leaf[bool] | None
    rating: Leaf[str] | None  # last


@dataclass(frozen=True, slots=True)
class AppealRule:
    """Appeal (申诉) against a rating."""

    clock: Leaf[str]
    requires: Leaf[tuple[str, ...]]
    decide: Leaf[str]
    upheld: Leaf[str]


@dataclass(frozen=True, slots=True)
class ScreeningRule:
    """Screening (甄别). `cut_off`: how long after a period's end it may still be decided for that period's rate."""

    grounds: Leaf[tuple[str, ...]]
    propose: Leaf[str] | None
    decide: Leaf[str] | None
    before: Leaf[str] | None
    cut_off: Leaf[Duration] | None = None


@dataclass(frozen=True, slots=True)
class InterimCloseRule:
    """Interim close (临时办结)."""

    requires: Leaf[tuple[str, ...]]
    progress_every: Leaf[Duration] | None
    not_for: Leaf[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TerminateRule:
    """Termination (终结办理). `same_requester` and `earlier` are the conditions of `when`, None where absent."""

    requires: Leaf[tuple[str, ...]]
    when: Leaf[Mapping[str, Any]]
    accept: Leaf[bool] | None = None


@dataclass(frozen=True, slots=True)
class SupervisionRow(Row):
    """A trigger of supervision (督办). `consecutive`: repeats count anew after a closing that satisfied (连续)."""

    key: str = ""
    trigger: str = "manual"
    at_least: int | None = None
    within: Duration | None = None
    consecutive: bool = False
    by: str = ""
    means: tuple[str, ...] = ()
    mode: str = "open"
    cascade_to: str | None = None


@dataclass(frozen=True, slots=True)
class NotCountedRow(Row):
    """Orders that a rate leaves out."""

    rate: str = "satisfaction"


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """One version of one jurisdiction's rules, inheritance resolved. `leaves` lists every leaf by dotted path."""

    name: str
    version: str
    lineage: tuple[str, ...]
    jurisdiction: Jurisdiction
    document: Document
    names: Names
    categories: Leaf[tuple[str, ...]] | None
    sources: Mapping[str, Source]
    counting: Counting
    intake: Intake
    clocks: Mapping[str, ClockRule]
    dispatch: DispatchRule
    returns: ReturnRule | None
    extension: ExtensionRule | None
    emergency: tuple[EmergencyRow, ...]
    confidential: ConfidentialRule
    replies: tuple[ReplyRow, ...]
    sign_off: Mapping[str, Leaf[str]]
    sign_off_before: Leaf[tuple[str, ...]] | None  # handling, reply: what waits for the signature
    review: ReviewRule
    survey: SurveyRule | None
    call_back: CallBackRule | None
    redo: RedoRule | None
    appeal: AppealRule | None
    screening: ScreeningRule | None
    explanations: Leaf[tuple[str, ...]] | None  # why a demand cannot be met, in words to choose from
    interim_close: InterimCloseRule | None
    terminate: TerminateRule | None
    stages: Mapping[str, Basis]
    supervision: tuple[SupervisionRow, ...]
    not_counted: tuple[NotCountedRow, ...]
    assessment: Mapping[str, Any]
    knowledge: Mapping[str, RegisterRule]
    registers: Mapping[str, RegisterRule]
    leaves: Mapping[str, Leaf[Any]]

    def stage(self, command: str) -> Basis:
        """The articles that order a stage, () where the text orders none."""
        return self.stages.get(command, ())

    def source_flags(self, source: str | None) -> frozenset[str]:
        """Flags of a source (no_withdrawal, single_reply); none for an unknown one."""
        found = self.sources.get(source) if source else None
        return found.flags if found else frozenset()


def article_of(basis: str) -> str:
    """The bare article of a basis entry: "zhuhai:10.4" -> "10.4"."""
    return basis.rpartition(":")[2]
