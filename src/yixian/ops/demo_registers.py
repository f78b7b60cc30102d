"""The demo's registers: on each hotline a small set of entries that its own rules ask for, filed by its people."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Prefetch

from yixian.ops import demo_people
from yixian.orders import platforms
from yixian.orders.books import LOCAL
from yixian.parties import access
from yixian.parties.access import SYSTEM, Actor
from yixian.parties.models import Platform, Unit, User
from yixian.registers import actions, asked
from yixian.registers.asked import Register
from yixian.registers.kinds_daily import PHRASE

DAY = 86400


def seed(now: int) -> None:
    """File the demo's entries at every hotline that has units and rules; said again it adds nothing."""
    codes = [row["code"] for row in demo_people.data("platforms")["platforms"]]
    rows = Platform.objects.filter(code__in=codes, is_active=True).prefetch_related(
        Prefetch("units", Unit.objects.filter(is_active=True).order_by("code")), "users__grants"
    )
    for platform in rows:
        _seed_at(platform, now)
        _phrases_at(platform, now)


def _phrases_at(platform: Platform, now: int) -> None:
    """The words that everyone of the hotline keeps ready, and a few of its first unit."""
    units = list(platform.units.all())
    keeper = _holder(platform, "supervisor")
    for number, row in enumerate(demo_people.data("phrases")["entries"]):
        if row.get("unit", 0) >= len(units):
            continue
        actions.file(
            keeper,
            PHRASE.code,
            {code: text for code, text in row.items() if code != "unit"},
            platform=platform.pk,
            unit=units[row["unit"]] if "unit" in row else None,
            at=now - 30 * DAY,
            key=f"demo:{platform.code}:phrase:{number}",
        )


def _seed_at(platform: Platform, now: int) -> None:
    units = list(platform.units.all())
    keeper = _holder(platform, "supervisor")
    areas = {row["code"]: row["area"] for row in demo_people.data("platforms")["platforms"]}
    words = {"{area}": str(areas.get(platform.code, "")), "{place}": platform.name.partition("12345")[0]}
    place = platforms.of_code(platform)
    for number, row in enumerate(demo_people.data("registers")["entries"]):
        at = now + row["filed"] * DAY
        book = asked.book_of(place.book, _day(at))
        register = asked.registers_of(book).get(row["kind"])
        if register is None or register.rule is None:
            continue
        unit = units[row["unit"]] if row.get("unit", 99) < len(units) else None
        actions.file(
            keeper,
            row["kind"],
            _values(row, register, words, now),
            platform=place.id,
            unit=unit,
            at=at,
            key=f"demo:{platform.code}:{number}",
        )


def _values(row: dict[str, Any], register: Register, words: dict[str, str], now: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for code, text in row["values"].items():
        values[code] = [_filled(one, words) for one in text] if isinstance(text, list) else _filled(text, words)
    for code, days in row.get("days", {}).items():
        values[code] = (_day(now) + dt.timedelta(days=days)).isoformat()
    if row.get("ground"):
        field = next((item for item in register.kind.fields if item.by_book), None)
        if field is not None and field.options:
            values[field.code] = field.options[min(1, len(field.options) - 1)]
    for item in register.kind.fields:
        known = not item.options or values.get(item.code) is None or item.type == "many"
        if not known and values[item.code] not in item.options:
            del values[item.code]
        if item.required and item.code not in values:
            values[item.code] = _day(now).isoformat() if item.type == "date" else "已当面交代清楚"
    return values


def _filled(text: Any, words: dict[str, str]) -> str:
    said = str(text)
    for mark, word in words.items():
        said = said.replace(mark, word)
    return said


def _holder(platform: Platform, role: str) -> Actor:
    found: User | None = next(
        (user for user in platform.users.all() if any(grant.role == role for grant in user.grants.all())), None
    )
    return access.actor_of(found) if found else SYSTEM


def _day(at: int) -> dt.date:
    return dt.datetime.fromtimestamp(at, LOCAL).date()
