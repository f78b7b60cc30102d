"""Which registers a platform keeps and what its rulebook asks of each: kinds and rules put together."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from yixian.orders import books
from yixian.orders.errors import Refused
from yixian.registers.kinds import CONCERNED, DESK, GROUPS, KEEPER, UNIT, Field, Kind, generic
from yixian.registers.kinds_daily import DAILY
from yixian.registers.kinds_oversight import OVERSEEING
from yixian.rulebook import Rulebook
from yixian.rulebook.filing import HOLIDAY, filing, holidays, rule_of, timed
from yixian.rulebook.model import Basis, RegisterGround, RegisterRule
from yixian.rulebook.words_zh import REGISTERS

LONGEST_HOLIDAY = 20
SECRECY = Kind(
    "secrecy",
    "保密要求报备",
    GROUPS[2],
    "承办单位对本单位办件提出的保密要求, 由单位负责人在机构名录中报备, 这里一并查看。",
    (),
    frozenset(),
    CONCERNED,
    (),
    (),
)
KINDS: dict[str, Kind] = {kind.code: kind for kind in (*DAILY, *OVERSEEING, SECRECY)}


@dataclass(frozen=True, slots=True)
class Register:
    """One register of a platform: its kind with what the book adds, and the book's rule, None where it asks nothing."""

    kind: Kind
    rule: RegisterRule | None
    basis: Basis = ()

    @property
    def title(self) -> str:
        """Its name."""
        return self.kind.title

    @property
    def owes(self) -> str:
        """Who owes entries: unit, hotline, or "" where nobody must."""
        return self.rule.owes.value if self.rule else ""

    @property
    def grounds(self) -> tuple[RegisterGround, ...]:
        """The cases that the book lists."""
        return self.rule.grounds if self.rule else ()

    def ground(self, text: str) -> RegisterGround | None:
        """The listed case with these words."""
        return next((one for one in self.grounds if one.text == text), None)


def book_of(name: str, day: dt.date) -> Rulebook | None:
    """The version of a platform's book that governs what is filed this day; None where no version is in force."""
    if not name or name not in books.library().names():
        return None
    try:
        return books.in_force(name, day)
    except Refused:
        return None


def registers_of(book: Rulebook | None) -> dict[str, Register]:
    """Every register under a book, those that it asks for first, in its order."""
    found: dict[str, Register] = {}
    for name, rule in (book.registers if book else {}).items():
        found[name] = _asked(name, rule, book)
    for code, kind in KINDS.items():
        if code not in found:
            found[code] = Register(kind, None, _duties_basis(book, kind))
    return found


def register_of(book: Rulebook | None, code: str) -> Register | None:
    """One register under a book, None for an unknown word."""
    return registers_of(book).get(code)


def _asked(name: str, rule: RegisterRule, book: Rulebook | None) -> Register:
    labels = rule.fields.value if rule.fields else ()
    kind = KINDS.get(name)
    if kind is None:
        made = generic(name, rule.title or REGISTERS.get(name, name), labels)
        return Register(replace(made, files=_filers(rule, made)), rule, rule.basis)
    more, must = [], set()
    for label in labels:
        known = next((one for one in kind.fields if label in (one.code, one.label, *one.also)), None)
        if known is None:
            more.append(Field(label, label, "area", True))
        else:
            must.add(known.code)
    options = tuple(ground.text for ground in rule.grounds)
    fields = tuple(
        replace(one, options=_offered(one, options)) if one.by_book and options else one for one in kind.fields
    )
    kind = replace(kind, title=rule.title or kind.title, fields=fields, files=_filers(rule, kind))
    basis = tuple(dict.fromkeys((*rule.basis, *_duties_basis(book, kind))))
    return Register(kind.with_fields(*more, required=frozenset(must)), rule, basis)


def _offered(item: Field, by_book: tuple[str, ...]) -> tuple[str, ...]:
    """The book's cases; where the field may stay empty, after them what is usual besides."""
    return by_book if item.required else tuple(dict.fromkeys((*by_book, *item.options)))


def _filers(rule: RegisterRule, kind: Kind) -> frozenset[str]:
    """Whoever owes entries may file them, whatever is usual."""
    if rule.owes.value == "unit":
        return kind.files | {UNIT}
    return kind.files if KEEPER in kind.files else kind.files | {DESK}


def _duties_basis(book: Rulebook | None, kind: Kind) -> Basis:
    rules = [rule_of(book, duty) for duty in kind.duties.values()] if book else []
    return tuple(dict.fromkeys(one for rule in rules if rule for one in rule.basis))


def duty_of(kind: Kind, values: dict[str, object]) -> str:
    """The name of the book's duty whose limit an entry must keep."""
    first = values.get(kind.fields[0].code) if kind.fields else None
    return kind.duties.get(str(first), kind.code)


@dataclass(frozen=True, slots=True)
class Limit:
    """By when an entry is due, whether this moment misses it or comes too early, and the articles."""

    due_at: int | None = None
    late: bool = False
    early: bool = False
    basis: Basis = ()


def limit_of(book: Rulebook | None, kind: Kind, values: dict[str, object], day: dt.date | None, at: int) -> Limit:
    """What the book's clocks say of an entry filed at this moment about an event on this day."""
    duty = duty_of(kind, values)
    if book is None:
        return Limit()
    rule = rule_of(book, duty)
    if day is None or duty not in timed(book):
        return Limit(basis=rule.basis if rule else ())
    begins = _event_of(book, rule, day)
    if begins is None:
        return Limit(basis=rule.basis if rule else ())
    found = filing(book, books.calendar(book.name), duty, begins)
    return Limit(found.due.at, found.late(at), found.early(at), found.basis)


def _event_of(book: Rulebook, rule: RegisterRule | None, day: dt.date) -> dt.date | None:
    """The day that the clock counts from: the entry's own, or for a holiday's clock the first day of its holiday."""
    if rule is None or rule.clock is None or HOLIDAY not in rule.clock.starts.value:
        return day
    spans = holidays(books.calendar(book.name), day - dt.timedelta(days=LONGEST_HOLIDAY), day)
    return next((first for first, last in spans if first <= day <= last), None)
