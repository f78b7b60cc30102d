"""The strip over the unit desk: the unit's own month in a few figures, each with its formula and its orders."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from django.utils.http import urlencode

from yixian.orders import clock, platforms, queries
from yixian.orders.queries import Filters
from yixian.parties.permission import Actor, holds
from yixian.parties.roles import READ_FIGURES
from yixian.rulebook import Rulebook
from yixian.supervision import figures
from yixian.supervision.figures import RATES, Wanted
from yixian.web import books
from yixian.web.access import StaffRequest
from yixian.web.present import figures as present

SECONDS = 60.0
RATED = {"on_time_rate": "late", "satisfaction": "base"}
"""The rates of the strip, and the count that each leads down to: for the rate on time, the orders that were late."""
OPEN = "dispatched,handling"
_kept: dict[tuple[frozenset[str], str], tuple[float, tuple[figures.Figures, figures.Returns]]] = {}


class Item(msgspec.Struct, frozen=True):
    """One figure: its words, what it is made of, and where a click leads."""

    title: str
    value: str
    of: str
    formula: str
    url: str = ""
    tone: str = ""


def book_of(actor: Actor) -> Rulebook | None:
    """The rules of the actor's platform as they stand today."""
    name = next((row.book for row in platforms.everything() if row.path == actor.platform_path), "")
    return books.newest(name) if name else None


def strip(request: StaffRequest) -> dict[str, Any]:
    """The figures of the running month and what stands red or yellow now; {} for who has no unit."""
    actor = request.actor
    if actor.kind != "unit" or not actor.unit_codes:
        return {}
    month = figures.period(present.this_month(clock.now()))
    found, returned = _month(actor, month)
    linked = holds(actor, READ_FIGURES)
    items = [_rate(name, found, month.code, linked) for name in RATED]
    items.append(
        Item(
            "退单申请",
            str(returned.asked),
            f"同意 {returned.approved}, 不同意 {returned.refused}",
            "本月登记的工单中, 本单位提出的退单申请",
            _down("return_asked", month.code) if linked and returned.asked else "",
        )
    )
    items += [_cards(actor, card, title) for card, title in (("red", "现在红牌"), ("yellow", "现在黄牌"))]
    as_of = figures.as_of()
    return {"month": month.title, "items": items, "counted": as_of is not None}


def _month(actor: Actor, month: figures.Period) -> tuple[figures.Figures, figures.Returns]:
    key = (actor.unit_codes, month.code)
    known = _kept.get(key)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    wanted = figures.within(actor, Wanted(month))
    found = (figures.summary(wanted), figures.returns(wanted))
    if len(_kept) > 2000:
        _kept.clear()
    _kept[key] = (time.monotonic() + SECONDS, found)
    return found


def forget() -> None:
    """Count anew at the next use."""
    _kept.clear()


def _rate(name: str, found: figures.Figures, month: str, linked: bool) -> Item:
    title, above, below, formula = RATES[name]
    over, under = (sum(found.counts[key] for key in keys) for keys in (above, below))
    measure = RATED[name]
    url = _down(measure, month) if linked and found.counts[measure] else ""
    value = found.rate(name)
    return Item(title, present.percent(value), f"{over} ÷ {under}" if under else "还没有可以计算的工单", formula, url)


def _cards(actor: Actor, card: str, title: str) -> Item:
    count = queries.count(Filters(states=tuple(OPEN.split(",")), card=card), actor)
    url = f"/orders/?{urlencode({'state': OPEN, 'card': card})}" if count else ""
    tone = {"red": "red", "yellow": "amber"}[card] if count else ""
    return Item(
        title, f"{count} 件" if count < 1000 else "999+ 件", "待签收、办理中的工单", "现在显示此牌的在办工单", url, tone
    )


def _down(measure: str, month: str) -> str:
    return f"/figures/orders/{measure}/?{urlencode({'period': month})}"
