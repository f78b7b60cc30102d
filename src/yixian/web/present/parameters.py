"""The parameters of a rulebook by section, and those that rest on an article; words come from `rulebook.present`."""

from __future__ import annotations

from dataclasses import dataclass

from yixian.lifecycle.commands import COMMANDS
from yixian.rulebook import Rulebook
from yixian.rulebook.model import article_of
from yixian.rulebook.present import Line, lines
from yixian.web.present.articles import cites


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of law as pages show it."""

    section: str
    name: str
    value: str
    basis: tuple[str, ...]
    origin: str
    reading: str


MOST_KEPT = 64
_kept: dict[tuple[int, bool], tuple[Rulebook, tuple[Parameter, ...]]] = {}
"""By the book object itself, which is held as long as its words are: no other book can take its id meanwhile."""


def parameters(book: Rulebook, *, paper: bool = False) -> tuple[Parameter, ...]:
    """Every parameter of a book in the order of the language; the paper's own particulars only where asked for."""
    known = _kept.get((id(book), paper))
    if known is not None:
        return known[1]
    every = tuple(_parameter(book, line) for line in lines(book) if paper or not line.path.startswith("document."))
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[(id(book), paper)] = (book, every)
    return every


def grouped(book: Rulebook) -> list[tuple[str, list[Parameter]]]:
    """The parameters by section."""
    groups: dict[str, list[Parameter]] = {}
    for item in parameters(book):
        groups.setdefault(item.section, []).append(item)
    return list(groups.items())


def under(book: Rulebook, basis: str) -> list[Parameter]:
    """The parameters that rest on an article or on a part of it; the exact ones first."""
    hits = [item for item in parameters(book, paper=True) if any(rests(entry, basis) for entry in item.basis)]
    return sorted(hits, key=lambda item: basis not in item.basis)


def rests(entry: str, basis: str) -> bool:
    """Whether an entry cites an article or a part of it, of the same book."""
    return entry.rpartition(":")[0] == basis.rpartition(":")[0] and cites(article_of(entry), article_of(basis))


def _parameter(book: Rulebook, line: Line) -> Parameter:
    command = line.path.removeprefix("stages.")
    if command != line.path:
        spec = COMMANDS.get(command)
        name = spec.title if spec else "法定时限"
        return Parameter(line.section, name, f"{name}环节由这一条规定", book.stage(command), line.origin, line.reading)
    leaf = book.leaves[line.path]
    return Parameter(line.section, line.name, line.value, leaf.basis, line.origin, line.reading)
