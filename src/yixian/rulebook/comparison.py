"""Two books side by side (对照): parameter by parameter, lists of rows as one value, in the order of the language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from yixian.rulebook import present
from yixian.rulebook.loader import Library
from yixian.rulebook.model import Basis, Rulebook

SILENT = "无此规定"
_OWN = ("stages.", "document.", "names.")


@dataclass(frozen=True, slots=True)
class Side:
    """What one book says of a parameter: its value, its articles in words and as entries, where it comes from."""

    value: str
    articles: str
    origin: str
    basis: Basis = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """One parameter in both books."""

    section: str
    path: str
    name: str
    first: Side
    second: Side

    @property
    def same(self) -> bool:
        """True where both say the same, whatever articles they rest on."""
        return self.first.value == self.second.value


def compare(library: Library, first: Rulebook, second: Rulebook) -> list[Pair]:
    """Every parameter that either book has, its own paper and name left out."""
    sides = [_by_path(library, book) for book in (first, second)]
    pairs = []
    for path in dict.fromkeys((*sides[0], *sides[1])):
        found = [side.get(path, []) for side in sides]
        section = (found[0] or found[1])[0].section
        pairs.append(Pair(section, path, present.parameter(path), _side(found[0], first), _side(found[1], second)))
    order = {section: index for index, section in enumerate(dict.fromkeys(pair.section for pair in pairs))}
    return sorted(pairs, key=lambda pair: order[pair.section])


def numbering(library: Library, book: Rulebook) -> dict[str, str]:
    """How each book of the lineage numbers its text."""
    found = {book.name: book.document.numbering}
    for name in book.lineage[1:]:
        versions = library.versions(name)
        found[name] = versions[-1].document.numbering if versions else "articles"
    return found


def _by_path(library: Library, book: Rulebook) -> dict[str, list[present.Line]]:
    grouped: dict[str, list[present.Line]] = {}
    for line in present.lines(book, numbering(library, book)):
        if not line.path.startswith(_OWN):
            grouped.setdefault(line.path.partition("[")[0], []).append(line)
    return grouped


def _side(lines: Iterable[present.Line], book: Rulebook) -> Side:
    found = list(lines)
    return Side(
        "；".join(line.value for line in found) or SILENT,
        "；".join(dict.fromkeys(line.articles for line in found if line.articles)),
        "、".join(dict.fromkeys(line.origin for line in found)),
        tuple(dict.fromkeys(one for line in found for one in book.leaves[line.path].basis)),
    )
