"""What reads registers: pages by key, counts, one entry with its history, who is on duty and which works are near."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from yixian.orders import platforms
from yixian.orders.errors import BadInput, NotFound
from yixian.parties.access import Actor, holds
from yixian.parties.models import Unit
from yixian.parties.roles import READ_ORDERS
from yixian.registers import asked
from yixian.registers.kinds import ALL, CONCERNED, INSIDE
from yixian.registers.models import Entry, EntryOrder, EntryUnit, EntryVersion

LONGEST_PAGE = 200
LONGEST_LIST = 1000
NEAR = 5
SCANNED = 300
FOR_ALL = tuple(code for code, kind in asked.KINDS.items() if kind.sees == ALL)
NOT_FOR_UNITS = tuple(code for code, kind in asked.KINDS.items() if kind.sees == INSIDE)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shows: words in the entry, status, unit, lateness, whether it holds on a day, an order it names."""

    words: str = ""
    status: str = ""
    unit: str = ""
    late: bool = False
    on: dt.date | None = None
    order_no: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list and the cursor of the next, None at the end."""

    rows: list[Entry]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry with what hangs on it. `withheld`: part of it is not shown to this reader, and why."""

    entry: Entry
    orders: list[str]
    units: list[Unit]
    versions: list[EntryVersion]
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries of a register there are."""

    valid: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """What an agent should know about a place today: works there, who is on duty, the lines to call."""

    works: list[Entry] = field(default_factory=list)
    duty: list[Entry] = field(default_factory=list)
    lines: list[Entry] = field(default_factory=list)


def visible(actor: Actor, kind: str | None = None) -> QuerySet[Entry]:
    """The entries that an actor may see: staff those of their platforms, units what is for all and what is theirs.

    With `kind` only those of one register, which is quicker.
    """
    rows = Entry.objects.all() if kind is None else Entry.objects.filter(kind=kind)
    if actor.kind == "system":
        return rows
    if actor.kind == "requester" or not holds(actor, READ_ORDERS):
        return rows.none()
    if actor.kind == "unit":
        if kind in FOR_ALL:
            return rows.filter(platform_id=_platform_of(actor))
        codes = list(actor.unit_codes)
        named = EntryUnit.objects.filter(entry=OuterRef("pk"), unit__code__in=codes)
        for_all = Q(platform_id=_platform_of(actor), kind__in=FOR_ALL)
        return rows.filter(for_all | Q(unit__code__in=codes) | Exists(named)).exclude(kind__in=NOT_FOR_UNITS)
    return rows.filter(platform_id__in=actor.platform_ids)


def _platform_of(actor: Actor) -> int:
    return next((one.id for one in platforms.everything() if one.path == actor.platform_path), 0)


def page(actor: Actor, kind: str, wanted: Wanted, cursor: str | None = None, size: int = 50) -> Page:
    """One page of a register, newest first. Raises BadInput for a cursor that is none."""
    rows = _wanted(visible(actor, kind), wanted)
    if cursor:
        at, entry_id = _unpacked(cursor)
        rows = rows.filter(Q(filed_at__lt=at) | Q(filed_at=at, id__lt=entry_id))
    size = max(1, min(size, LONGEST_PAGE))
    found = list(rows.select_related("unit", "platform").order_by("-filed_at", "-id")[: size + 1])
    return Page(found[:size], _packed(found[size - 1]) if len(found) > size else None)


def everything(actor: Actor, kind: str, wanted: Wanted) -> list[Entry]:
    """The same list whole, for an export: at most 1,000 of the newest."""
    rows = _wanted(visible(actor, kind), wanted)
    return list(rows.select_related("unit", "platform").order_by("-filed_at", "-id")[:LONGEST_LIST])


def entries(
    kind: str, *, platform_path: str, unit: str | None = None, day: dt.date | None = None, limit: int = 100
) -> list[Entry]:
    """Valid entries of a register at a platform, newest first.

    Args: the register's code; the platform's path, exactly; of one unit only; holding on a day only; how many at most.
    """
    rows = Entry.objects.filter(kind=kind, platform__path=platform_path, status="valid")
    if unit is not None:
        rows = rows.filter(Q(unit__code=unit) | Exists(EntryUnit.objects.filter(entry=OuterRef("pk"), unit__code=unit)))
    if day is not None:
        rows = _holding(rows, day)
    return list(rows.select_related("unit").order_by("-filed_at", "-id")[: max(1, min(limit, LONGEST_LIST))])


def counts(actor: Actor) -> dict[str, Tally]:
    """How many valid entries the actor sees in each register, and how many of them came late: one query."""
    rows = (
        visible(actor)
        .filter(status="valid")
        .values("kind")
        .annotate(valid=Count("id"), late_=Count("id", filter=Q(late=True)))
    )
    return {row["kind"]: Tally(row["valid"], row["late_"]) for row in rows}


def detail(actor: Actor, entry_id: int) -> Detail:
    """One entry with its orders, units and history. Raises NotFound where the actor may not see it.

    Of an entry that shields a reporter the unit concerned sees what was decided, not the facts, orders or history.
    """
    entry = visible(actor).select_related("unit", "platform").filter(pk=entry_id).first()
    if entry is None:
        raise NotFound("没有这条登记, 或不在您的范围内。")
    units = [link.unit for link in EntryUnit.objects.filter(entry=entry).select_related("unit").order_by("unit__code")]
    if entry.protected and actor.kind == "unit":
        kept = ("means", "ground", "day", "decision", "by", "document", "deadline")
        entry.values = {code: value for code, value in entry.values.items() if code in kept}
        return Detail(entry, [], units, [], "为保护举报人, 事实经过、关联工单和修改记录不向承办单位显示。")
    orders = list(EntryOrder.objects.filter(entry=entry).order_by("order_no").values_list("order_no", flat=True)[:200])
    return Detail(entry, orders, units, list(entry.versions.order_by("-number")[:100]))


def of_order(actor: Actor, order_no: str) -> list[Entry]:
    """The entries that name an order and that the actor may see, at most 50; none that shield a reporter, for units."""
    named = EntryOrder.objects.filter(entry=OuterRef("pk"), order_no=order_no)
    rows = visible(actor).filter(Exists(named), status="valid")
    if actor.kind == "unit":
        rows = rows.filter(protected=False)
    return list(rows.select_related("unit").order_by("-filed_at", "-id")[:50])


def near(actor: Actor, place: str, day: dt.date) -> Near:
    """Works of this day whose place shares words with `place`, who is on duty, and the lines named by the words."""
    pairs = _pairs(place)

    def valid(kind: str) -> QuerySet[Entry]:
        return visible(actor, kind).filter(status="valid")

    works = list(_holding(valid("works"), day).select_related("unit").order_by("-filed_at")[:SCANNED])
    scored = [
        (len(pairs & _pairs(f"{one.values.get('place', '')}{one.values.get('scope', '')}")), one) for one in works
    ]
    close = sorted((item for item in scored if item[0] >= 2), key=lambda item: -item[0])[:NEAR]
    duty = _holding(valid("roster"), day).select_related("unit").order_by("-filed_at")
    lines = valid("contact").filter(Q(ends__isnull=True) | Q(ends__gte=day)).order_by("title")
    return Near([one for _, one in close], list(duty[:NEAR]), list(lines[:12]))


def lines_missing(actor: Actor, register: asked.Register) -> list[str]:
    """Which of the lines that the book lists have no valid entry yet."""
    listed = [ground.text for ground in register.grounds]
    if not listed:
        return []
    known = set(
        visible(actor)
        .filter(kind=register.kind.code, status="valid")
        .values_list("values__sort", flat=True)[:LONGEST_LIST]
    )
    return [text for text in listed if text not in known]


def concerned(kind: str) -> bool:
    """Whether entries of a register are for the units they concern only."""
    found = asked.KINDS.get(kind)
    return found is None or found.sees == CONCERNED


def _wanted(rows: QuerySet[Entry], wanted: Wanted) -> QuerySet[Entry]:
    for word in _clean(wanted.words).lower().split()[:5]:
        rows = rows.filter(search__contains=word[:60])
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.unit:
        rows = rows.filter(unit__code=_clean(wanted.unit))
    if wanted.late:
        rows = rows.filter(late=True)
    if wanted.order_no:
        rows = rows.filter(Exists(EntryOrder.objects.filter(entry=OuterRef("pk"), order_no=_clean(wanted.order_no))))
    return _holding(rows, wanted.on) if wanted.on else rows


def _holding(rows: QuerySet[Entry], day: dt.date) -> QuerySet[Entry]:
    """Entries that hold on a day: begun, and not ended before it."""
    return rows.filter(Q(starts__isnull=True) | Q(starts__lte=day), Q(ends__isnull=True) | Q(ends__gte=day))


def _pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring signs: what two descriptions of one place share."""
    signs = [sign for sign in text[:200] if sign.isalnum()]
    return frozenset(map("".join, pairwise(signs)))


def _clean(text: str) -> str:
    return text.replace("\0", "")[:200]


def _packed(entry: Entry) -> str:
    return f"{(entry.filed_at - _EPOCH) // dt.timedelta(microseconds=1)}.{entry.pk}"


def _unpacked(cursor: str) -> tuple[dt.datetime, int]:
    try:
        moment, number = (int(part) for part in cursor.split("."))
        return _EPOCH + dt.timedelta(microseconds=moment), min(number, 2**62)
    except (ValueError, OverflowError):
        raise BadInput("翻页位置无法识别, 请从第一页重新开始。", "cursor") from None


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """The names of units by code, in one query."""
    return dict(Unit.objects.filter(code__in=set(codes)).values_list("code", "name"))
