"""Why (为什么): each card of an order with its rule and moment, its running clocks, in words with their articles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yixian.lifecycle.state import Card, OrderState
from yixian.rulebook import Rulebook, WorkCalendar
from yixian.rulebook.model import CardRule
from yixian.web.present import clocks, moments, order, words

MOST_CLOCKS = 6
TITLES = {"yellow": "黄牌", "red": "红牌"}


@dataclass(frozen=True, slots=True)
class CardLine:
    """One card: colour, title, whose and of which clock, since when, and under which rule."""

    colour: str
    title: str
    said: str
    since: str
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """What the small panel beside a chip shows."""

    cards: tuple[CardLine, ...]
    clocks: tuple[clocks.Chip, ...]


def explained(
    state: OrderState, book: Rulebook, calendar: WorkCalendar, units: Mapping[str, str], now: int
) -> Explained:
    """The order's cards, newest first, and its running clocks, most urgent first."""
    running, _ = order.chips(state, book, calendar, units, now)
    cards = sorted((card for card in state.cards if card.card in TITLES), key=lambda card: -card.at)
    return Explained(tuple(_card(card, book, units) for card in cards), tuple(running[:MOST_CLOCKS]))


def _card(card: Card, book: Rulebook, units: Mapping[str, str]) -> CardLine:
    title = TITLES[card.card]
    whose = units.get(card.unit, card.unit) if card.unit else ""
    about = clocks.name_of(card.clock) if card.clock else ""
    rule = _rule(card, book)
    cause = words.value(rule.cause) if rule is not None and rule.cause else ""
    when = f", {_when(rule)}亮{title}" if rule is not None else ""
    said = " · ".join(part for part in (whose, about, cause) if part) + when
    return CardLine(card.card, title, said, moments.absolute(card.at), card.basis or (rule.basis if rule else ()))


def _rule(card: Card, book: Rulebook) -> CardRule | None:
    """The rule of the book that shows this card, where only one of its clock's rules can."""
    known = book.clocks.get(card.clock.rpartition(".")[2])
    rules = known.cards if known else ()
    found = [rule for rule in rules if rule.card == card.card and card.cause in (rule.cause, _own_cause(rule, card))]
    return found[0] if len(found) == 1 else None


def _own_cause(rule: CardRule, card: Card) -> str:
    """The cause that `lifecycle.timers` notes where a rule names none."""
    return "" if rule.cause else f"{card.clock}_{'due' if rule.card == 'yellow' else 'overdue'}"


def _when(rule: CardRule) -> str:
    if rule.at == "due_day":
        return "到期当日"
    if rule.at == "overdue" or rule.offset is None:
        return "超过时限"
    return ("到期前 " if rule.sign < 0 else "超过时限 ") + f"{rule.offset.chinese()}"
