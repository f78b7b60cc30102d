"""What a book takes over from the ones above it: whole leaves, never the paper itself nor another place's name."""

from __future__ import annotations

from typing import Any

from yixian.rulebook.model import Jurisdiction, Leaf
from yixian.rulebook.sections import FlatBook

_OWN_SECTIONS = ("document.",)
_OWN_NAMES = ("names.full", "names.short", "names.sub_centres")


def merged(chain: list[FlatBook]) -> dict[str, Leaf[Any]]:
    """Leaves of a chain, the child's replacing the parent's; the paper itself is never inherited."""
    made: dict[str, Leaf[Any]] = {}
    for index in reversed(range(len(chain))):
        made = inheritable(made, chain[index:]) | chain[index].leaves
    return made


def inheritable(above: dict[str, Leaf[Any]], chain: list[FlatBook]) -> dict[str, Leaf[Any]]:
    """What the first book of a chain takes over: not the paper itself, and another place's name only as a pattern."""
    elsewhere = len(chain) > 1 and place_of(chain).code != place_of(chain[1:]).code
    left = (*_OWN_SECTIONS, *_OWN_NAMES) if elsewhere else _OWN_SECTIONS
    return {path: leaf for path, leaf in above.items() if not path.startswith(left)}


def place_of(chain: list[FlatBook]) -> Jurisdiction:
    """The book's jurisdiction, its parent's where it states none."""
    stated = (flat.jurisdiction for flat in chain)
    return next(filter(None, stated), Jurisdiction("", chain[0].name, "", "000000"))
