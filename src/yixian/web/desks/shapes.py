"""What a desk is: tabs that are filters of the list of orders, and what stands beside an order at work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yixian.orders.queries import Detail, Row
from yixian.parties.permission import Actor
from yixian.rulebook import Rulebook
from yixian.web.access import StaffRequest

Panel = Callable[[StaffRequest, Detail], dict[str, Any]]
Above = Callable[[StaffRequest], dict[str, Any]]
Found = Callable[[Actor, int, str, int], tuple[tuple[Row, ...], str]]
Counted = Callable[[Actor, int], int]


@dataclass(frozen=True, slots=True)
class Tab:
    """One queue of a desk. `asked`: filters in the words of the list's address (`pages.queue`).

    `command`: shown to those whose role may give it, "" to everyone at the desk. `together`: commands that may be
    given to several selected orders at once. `empty`: what stands there when nothing waits. `more`: fields of the
    filters that the address has no word for. `found` with `counted`, instead of filters: orders that another room
    lists, given actor, now, cursor and size; the rows and the next cursor. `fits`: whether a book can fill it at all.
    """

    code: str
    title: str
    asked: Mapping[str, str]
    empty: str
    command: str = ""
    together: tuple[str, ...] = ()
    hot: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    found: Found | None = None
    counted: Counted | None = None
    fits: Callable[[Rulebook], bool] | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk of one role. `kinds`: kinds of actors that sit at it; `commands`: any of these opens it.

    `panel` gives the context of `panel_template`, which stands above the clocks of the chosen order; `above` that of
    `above_template`, which stands over the whole desk, such as a unit's own figures. `styles`, `scripts`: names of
    its own files among the static ones.
    """

    code: str
    title: str
    icon: str
    commands: frozenset[str]
    tabs: tuple[Tab, ...]
    kinds: frozenset[str] = frozenset({"hotline", "manager"})
    panel: Panel | None = None
    panel_template: str = ""
    above: Above | None = None
    above_template: str = ""
    links: tuple[tuple[str, str], ...] = field(default=())
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()

    def tab(self, code: str) -> Tab | None:
        """The tab of this code."""
        return next((tab for tab in self.tabs if tab.code == code), None)
