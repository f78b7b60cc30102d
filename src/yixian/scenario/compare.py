"""Comparing a step's `expect` with the order as it is: one function a key; an absent key is not checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from yixian.lifecycle import STATES, Event, OrderState, Refusal
from yixian.lifecycle.after import is_counted
from yixian.lifecycle.draft import attributes_of
from yixian.rulebook import Rulebook
from yixian.rulebook.findings import choose
from yixian.rulebook.model import article_of

_ZONE = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Difference:
    """One key of `expect` that did not hold."""

    key: str
    expected: Any
    actual: Any


@dataclass(frozen=True, slots=True)
class Seen:
    """What a comparison looks at."""

    state: OrderState | None
    book: Rulebook | None
    events: list[Event]
    refusal: Refusal | None
    opened: bool


def compare(
    expect: dict[str, Any],
    state: OrderState | None,
    book: Rulebook | None,
    events: list[Event],
    refusal: Refusal | None,
    opened: bool,
) -> list[Difference]:
    """Everything of `expect` that does not hold; an unexpected refusal is one too."""
    seen = Seen(state, book, events, refusal, opened)
    found: list[Difference] = []
    if not expect.get("refused") and refusal is not None:
        found.append(Difference("refused", False, f"{refusal.reason} {_articles(refusal.basis)}"))
    for key, wanted in expect.items():
        if key == "refused" and not wanted:
            continue
        if state is None and key not in ("refused", "new_order"):
            found.append(Difference(key, wanted, "没有这个工单"))
            continue
        found.extend(_KEYS[key](wanted, seen))
    return found


def matches(wanted: str, cited: str) -> bool:
    """An article matches a cited one when equal, or a prefix that ends before "." or "("."""
    article = article_of(cited)
    return article == wanted or (article.startswith(wanted) and article[len(wanted)] in ".(")


def _articles(basis: Iterable[str]) -> list[str]:
    return [article_of(item) for item in basis]


def _missing(wanted: Any, cited: Iterable[str]) -> list[str]:
    listed = list(cited)
    wants = wanted if isinstance(wanted, list) else [wanted]
    return [str(item) for item in wants if not any(matches(str(item), one) for one in listed)]


def _refused(wanted: Any, seen: Seen) -> list[Difference]:
    if seen.refusal is None:
        return [Difference("refused", wanted, "没有被拒绝")]
    if wanted is True:
        return []
    if _missing(wanted, seen.refusal.basis):
        return [Difference("refused", wanted, f"{_articles(seen.refusal.basis)} {seen.refusal.reason}")]
    return []


def _basis(wanted: Any, seen: Seen) -> list[Difference]:
    cited = [article for event in seen.events for article in event.basis]
    return [Difference("basis", wanted, _articles(dict.fromkeys(cited)))] if _missing(wanted, cited) else []


def _due(wanted: Any, seen: Seen) -> list[Difference]:
    found = []
    clocks = {clock.key: clock for clock in seen.state.clocks} if seen.state else {}
    for key, value in wanted.items():
        clock = clocks.get(_of_lead(key, seen))
        running = clock is not None and clock.running
        due = clock.due if clock is not None and running else None
        limit = clock.limit if clock is not None and running else None
        if value is None:
            holds = due is None
        elif value in ("none", "unset"):
            holds = running and due is None and limit == value
        else:
            holds = due == instant(str(value))
        if not holds:
            actual = say(due) if due is not None else limit if running else _no_clock(key, seen)
            found.append(Difference(f"due.{key}", value, actual))
    return found


def _no_clock(key: str, seen: Seen) -> str | None:
    """A clock that the book does not have is most likely a slip of the pen."""
    name = key.rpartition(".")[2]
    if seen.book is None or name in seen.book.clocks:
        return None
    return f"规则书没有名为 {name!r} 的时限, {choose(name, seen.book.clocks)}"


def _of_lead(key: str, seen: Seen) -> str:
    """The lead's clock written as a co-handler's is, with the unit before it."""
    unit, _, name = key.rpartition(".")
    return name if seen.state is not None and unit == seen.state.lead else key


def due_difference(key: str, wanted: Any, at: int | None) -> Difference | None:
    """How a due time that belongs to no order differs from what is wanted of it; None where it holds."""
    holds = at is None if wanted is None else at is not None and at == instant(str(wanted))
    return None if holds else Difference(f"due.{key}", wanted, say(at) if at is not None else None)


def articles(basis: Iterable[str]) -> list[str]:
    """The bare articles of cited ones, each once."""
    return _articles(dict.fromkeys(basis))


def missing(wanted: Any, cited: Iterable[str]) -> list[str]:
    """The wanted articles that no cited one answers."""
    return _missing(wanted, cited)


def instant(text: str) -> int | None:
    """A moment, or a date that means 24:00 of it."""
    words = text.strip().replace("T24:00", "").replace(" 24:00", "")
    try:
        found = dt.datetime.fromisoformat(words)
    except ValueError:
        return None
    if len(words) == 10:
        found += dt.timedelta(days=1)
    return int((found if found.tzinfo else found.replace(tzinfo=_ZONE)).timestamp())


def say(at: int) -> str:
    """A moment as a scenario writes it: midnight as the date it ends."""
    found = dt.datetime.fromtimestamp(at, _ZONE)
    if (found.hour, found.minute, found.second) == (0, 0, 0):
        return (found - dt.timedelta(days=1)).strftime("%Y-%m-%d") + " 24:00"
    return found.strftime("%Y-%m-%dT%H:%M" + (":%S" if found.second else ""))


def _cards(wanted: Any, seen: Seen) -> list[Difference]:
    shown = list(dict.fromkeys(card.card for card in seen.state.visible_cards)) if seen.state else []
    return [] if list(wanted or []) == shown else [Difference("cards", wanted, shown)]


def _counts(wanted: Any, seen: Seen) -> list[Difference]:
    counts = structs.asdict(seen.state.counts) if seen.state else {}
    return [
        Difference(f"counts.{key}", value, counts.get(key))
        for key, value in wanted.items()
        if str(counts.get(key)) != str(value)
    ]


def _flags(wanted: Any, seen: Seen) -> list[Difference]:
    flags = seen.state.flags if seen.state else ()
    wants = wanted if isinstance(wanted, list) else [wanted]
    return [] if set(wants) <= set(flags) else [Difference("flags", wanted, list(flags))]


def _co(wanted: Any, seen: Seen) -> list[Difference]:
    co = list(seen.state.co) if seen.state else []
    return [] if sorted(wanted or []) == sorted(co) else [Difference("co", wanted, co)]


def _evaluation(wanted: Any, seen: Seen) -> list[Difference]:
    rating = seen.state.evaluation if seen.state else None
    level = rating.level if rating else None
    return [] if wanted == level else [Difference("evaluation", wanted, level)]


def _counted(wanted: Any, seen: Seen) -> list[Difference]:
    if seen.state is None or seen.book is None:
        return [Difference("counted", wanted, None)]
    counted = is_counted(seen.state, seen.book, attributes_of(seen.state, seen.book))
    return [] if wanted == counted else [Difference("counted", wanted, counted)]


def _supervised(wanted: Any, seen: Seen) -> list[Difference]:
    cases = [case for case in seen.state.cases if case.outcome != "dismissed"] if seen.state else []
    said = [{"by": case.by, "basis": _articles(case.basis)} for case in cases]
    if wanted is None or wanted is False:
        return [Difference("supervised", None, said)] if cases else []
    if wanted is True:
        return [] if cases else [Difference("supervised", True, [])]
    for case in cases:
        if "by" in wanted and case.by != wanted["by"]:
            continue
        if "basis" in wanted and _missing(wanted["basis"], case.basis):
            continue
        return []
    return [Difference("supervised", wanted, said)]


def _notices(wanted: Any, seen: Seen) -> list[Difference]:
    sent = {notice for event in seen.events for notice in event.data.get("notices", ())}
    return [] if set(wanted or []) == sent else [Difference("notices", wanted, sorted(sent))]


def _new_order(wanted: Any, seen: Seen) -> list[Difference]:
    return [] if bool(wanted) == seen.opened else [Difference("new_order", wanted, seen.opened)]


def _field(name: str) -> Callable[[Any, Seen], list[Difference]]:
    def check(wanted: Any, seen: Seen) -> list[Difference]:
        actual = getattr(seen.state, name)
        return [] if wanted == actual else [Difference(name, wanted, actual)]

    return check


def _state(wanted: Any, seen: Seen) -> list[Difference]:
    actual = seen.state.state if seen.state else None
    if wanted == actual:
        return []
    return [Difference("state", wanted, actual if wanted in STATES else f"{actual}; {choose(str(wanted), STATES)}")]


_KEYS: dict[str, Callable[[Any, Seen], list[Difference]]] = {
    "state": _state,
    "lead": _field("lead"),
    "refused": _refused,
    "basis": _basis,
    "due": _due,
    "cards": _cards,
    "counts": _counts,
    "flags": _flags,
    "co": _co,
    "evaluation": _evaluation,
    "counted": _counted,
    "supervised": _supervised,
    "new_order": _new_order,
    "notices": _notices,
}
