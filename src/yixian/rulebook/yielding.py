"""A book that yields (让位): what it says stands until its superior issues a paper of its own, which then wins.

`document.yields_to` names the superior: a level (the book of the place above at that level) or a book. A superior's
version counts where it is later than the yielding book; from its first day its leaves replace those of the same path.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from yixian.rulebook.findings import YIELDS, choose
from yixian.rulebook.model import Basis, Leaf, Rulebook
from yixian.rulebook.sections import FlatBook, first_day
from yixian.rulebook.vocabulary import LEVELS


def superiors(flat: FlatBook, names: Iterable[str], versions: Callable[[str], list[FlatBook]]) -> list[FlatBook]:
    """The later versions of whatever a book yields to, oldest first; none where it yields to nobody.

    Args: the book; the names of all books; how to get the versions of one.
    """
    wanted = flat.value("document.yields_to")
    if wanted is None:
        return []
    known = [name for name in names if name != flat.name]
    if wanted not in LEVELS:
        found = [one for name in known if name in wanted.split("、") for one in versions(name)]
    else:
        all_books = {name: versions(name) for name in known}
        found = _at_level(flat, wanted, [one for some in all_books.values() for one in some])
    since = first_day(flat)
    return sorted((one for one in found if first_day(one) > since), key=first_day)


def _at_level(flat: FlatBook, level: str, all_versions: list[FlatBook]) -> list[FlatBook]:
    """Versions of the books whose place stands above the book's own, at that level."""
    places = {one.jurisdiction.code: one.jurisdiction for one in all_versions if one.jurisdiction}
    code = flat.jurisdiction.parent if flat.jurisdiction else ""
    seen: set[str] = set()
    while code and code not in seen:
        seen.add(code)
        code = places[code].parent if code in places else ""
    return [one for one in all_versions if (place := one.jurisdiction) and place.level == level and place.code in seen]


def governing(found: list[FlatBook], on: dt.date) -> FlatBook | None:
    """The superior's version that governs a day: the last that began, unless it has expired for good."""
    begun = [one for one in found if first_day(one) <= on]
    if not begun:
        return None
    expires = begun[-1].value("document.expires")
    ended = expires is not None and on > expires and begun[-1].value("document.expired", "stop") != "continue"
    return None if ended else begun[-1]


def mark(above: FlatBook | None) -> str:
    """What a version's label says of the superior that it was compiled with."""
    return f"+^{above.name}@{above.version}" if above else ""


def marked(version: str) -> tuple[str, str] | None:
    """The superior's name and version that a label holds, None where there is none."""
    for part in version.split("+")[1:]:
        if part.startswith("^") and "@" in part:
            name, _, number = part[1:].partition("@")
            return name, number
    return None


def warn(flat: FlatBook, found: list[FlatBook], names: Iterable[str]) -> None:
    """Add to the book's findings what it has to yield to, or that it names nobody."""
    place = flat.places.get("document.yields_to")
    if place is None:
        return
    wanted = flat.value("document.yields_to")
    if wanted not in LEVELS and not set(wanted.split("、")) & set(names):
        place.incomplete(f"{wanted!r} 不是层级也不是规则书, 没有让位的对象", choose(wanted, [*LEVELS, *names]))
    for one in found:
        title = one.value("document.title") or one.name
        flat.findings.add(
            YIELDS,
            place.line,
            place.path,
            f"上级已有后来的规定: 《{title}》({one.file.name}) 自 {first_day(one)} 起施行, 两者都有规定的以它为准",
            f"确认哪些条款仍要保留; 不再需要本规则书的, 补 document.expires: {first_day(one) - dt.timedelta(days=1)}",
        )


def said(book: Rulebook, above: FlatBook) -> tuple[str, Basis]:
    """In words, and by which articles, that a superior's paper governs beside the book."""
    title, effective = above.value("document.title") or above.name, above.leaves.get("document.effective")
    leaf: Leaf[str] | None = book.document.yields
    basis = (*(leaf.basis if leaf else ()), *(effective.basis if effective else ()))
    return f"; 《{title}》自 {first_day(above)} 起施行, 两者都有规定的以它为准", basis
