"""Help (帮助): what a page is for, what to do first, which rule it follows; the words stand in `help_words`.

The rules named are those of the reader's own platform: a page names clocks, their articles come from the rulebook.
"""

from __future__ import annotations

from dataclasses import dataclass

from yixian.rulebook import Rulebook
from yixian.web.present import clocks


@dataclass(frozen=True, slots=True)
class Help:
    """One page's help. `clocks`: the clocks whose rules govern what is done there, as rulebooks name them."""

    title: str
    use: str
    first: str
    rule: str = ""
    clocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Law:
    """A rule that the reader's platform has for this page: the clock's name and its articles."""

    name: str
    basis: tuple[str, ...]


def laws(page: Help, book: Rulebook | None) -> list[Law]:
    """What the platform's rulebook says of the page's clocks; nothing where it has no such clock."""
    found = []
    for name in page.clocks if book is not None else ():
        rule = book.clocks.get(name) if book is not None else None
        basis = dict.fromkeys(entry for row in (rule.limits if rule else ()) for entry in row.basis)
        if basis:
            found.append(Law(clocks.name_of(name), tuple(basis)[:6]))
    return found
