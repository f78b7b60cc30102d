"""Changes of staff that the directory shows (账号增减) and that no unit has filed yet: what is owed, by when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from yixian.orders import books, platforms
from yixian.orders.books import LOCAL
from yixian.parties.models import AuditEntry, Unit, User
from yixian.registers import asked
from yixian.registers.models import Entry
from yixian.rulebook.filing import NotAsked, filing
from yixian.rulebook.model import Basis

KIND = "staff_change"
VERBS = ("create_user", "deactivate_user")
LOOK_BACK = dt.timedelta(days=12)
SETTLING = dt.timedelta(days=3)  # a new unit's first accounts are no change of its staff
AROUND = dt.timedelta(days=7)  # an entry about a day this near is about the same change
MOST = 2000


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A day on which a unit's accounts changed, with no entry about it."""

    unit: Unit
    day: dt.date
    names: tuple[str, ...]
    due_at: int
    basis: Basis


def unfiled(now: int) -> list[Unfiled]:
    """What units owe of their staff's changes of the last days, under books that set a limit: four queries in all."""
    since = dt.datetime.fromtimestamp(now, LOCAL) - LOOK_BACK
    until = dt.datetime.fromtimestamp(now + 1, LOCAL)
    acts = AuditEntry.objects.filter(at__gte=since, at__lt=until, verb__in=VERBS).order_by("-at", "-id")
    told = [(subject.removeprefix("user:"), at) for subject, at in acts.values_list("subject", "at")[:MOST]]
    users = User.objects.filter(username__in={name for name, _ in told}, unit__isnull=False, unit__is_active=True)
    by_name = {user.username: user for user in users.select_related("unit")}
    changed: dict[tuple[int, dt.date], list[User]] = {}
    for name, at in told:
        user = by_name.get(name)
        if user is not None and user.unit is not None and at > user.unit.created_at + SETTLING:
            changed.setdefault((user.unit.pk, at.astimezone(LOCAL).date()), []).append(user)
    filed = _filed({unit for unit, _ in changed}, since)
    return [
        one
        for (unit_id, day), people in changed.items()
        if not any(abs(day - about) <= AROUND for about in filed.get(unit_id, ()))
        for one in _owed(people, day)
    ]


def _filed(units: Iterable[int], since: dt.datetime) -> dict[int, list[dt.date]]:
    """The days that each unit's valid entries of late are about."""
    about = Q(filed_at__gte=since) | Q(event_day__gte=since.date() - AROUND)
    rows = Entry.objects.filter(about, kind=KIND, status="valid", unit_id__in=list(units))
    found: dict[int, list[dt.date]] = {}
    for unit_id, day in rows.values_list("unit_id", "event_day"):
        if unit_id is not None and day is not None:
            found.setdefault(unit_id, []).append(day)
    return found


def _owed(people: list[User], day: dt.date) -> Iterable[Unfiled]:
    unit = people[0].unit
    book = asked.book_of(platforms.of_id(unit.platform_id).book, day) if unit else None
    if unit is None or book is None:
        return
    try:
        due = filing(book, books.calendar(book.name), KIND, day).due
    except NotAsked:
        return
    if due.at is not None:
        names = tuple(dict.fromkeys(user.name for user in people))
        yield Unfiled(unit, day, names, due.at, due.basis)
