"""What changes registers: filing, amending, voiding an entry. Each leaves a version that nothing can change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from yixian.orders import clock, platforms
from yixian.orders.books import LOCAL
from yixian.orders.errors import BadInput, Changed, Denied, KeyClash, NotFound
from yixian.orders.models import Order
from yixian.parties.access import Actor, holds
from yixian.parties.models import Platform, Unit
from yixian.parties.roles import FILE_REGISTERS, KEEP_REGISTERS
from yixian.registers import asked, reading
from yixian.registers.asked import Register
from yixian.registers.kinds import DESK, KEEPER, UNIT
from yixian.registers.models import Entry, EntryOrder, EntryUnit, EntryVersion
from yixian.rulebook import Rulebook

LONGEST_NOTE = 500


class Invalid(BadInput):
    """Something in the entry is wrong; `errors` says what, field by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("、".join(dict.fromkeys(errors.values())), next(iter(errors), None))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry's content, checked."""

    values: dict[str, Any]
    orders: tuple[str, ...]
    units: tuple[Unit, ...]


def file(
    actor: Actor,
    kind: str,
    values: Mapping[str, Any],
    *,
    platform: Platform | str | int,
    unit: Unit | str | None = None,
    orders: Sequence[str] = (),
    at: int | None = None,
    key: str | None = None,
) -> Entry:
    """File one entry (报送).

    Args: who files; the register's code; values by field (text, or lists of text); the platform; the unit that owes it
    or that it is about (a unit's own by default); numbers of orders it concerns; the moment, by default now; `key`, the
    form's: the same form again files nothing and returns the same entry.
    Returns the entry, with its limit and whether it is late. Raises Denied, NotFound, Invalid, BadInput.
    """
    moment = clock.now() if at is None else at
    place = platforms.of_code(platform)
    book = asked.book_of(place.book, _day(moment))
    register = asked.register_of(book, kind)
    if register is None or not register.kind.fields:
        raise NotFound(f"没有“{kind[:40]}”这种台账。")
    whose = _whose(actor, unit, place.path)
    _may_file(actor, register, place.path, whose)
    origin = f"form:{key}"[:80] if key else None
    read = _read(actor, register, values, orders, place.path)
    if origin and (before := Entry.objects.filter(origin=origin).first()) is not None:
        return _sent_before(before, read)
    try:
        return _create(actor, register, book, read, place.id, whose, moment, origin)
    except IntegrityError:
        if origin and (before := Entry.objects.filter(origin=origin).first()) is not None:
            return _sent_before(before, read)  # the same form, sent twice at the same moment
        raise


def _sent_before(entry: Entry, read: _Read) -> Entry:
    if entry.version == 1 and entry.values != read.values:
        raise KeyClash("这张表单已经提交过, 之后内容又有改动, 没有再次报送。要另外报送, 请刷新页面, 在新的表单里填写。")
    return entry


def _create(
    actor: Actor,
    register: Register,
    book: Rulebook | None,
    read: _Read,
    platform_id: int,
    unit: Unit | None,
    moment: int,
    origin: str | None,
) -> Entry:
    days = _days(register, read.values)
    limit = asked.limit_of(book, register.kind, read.values, days["event_day"], moment)
    ground = register.ground(str(read.values.get("ground", "")))
    protected = bool(ground and ground.protected)
    with transaction.atomic():
        entry = Entry.objects.create(
            platform_id=platform_id,
            unit=unit,
            kind=register.kind.code,
            title=reading.title(register.kind, read.values),
            values=read.values,
            search=_search(register, read, unit, protected),
            filed_at=_moment(moment),
            filed_by=actor.user_id,
            filer=actor.name[:80] or actor.username[:80],
            due_at=_moment(limit.due_at) if limit.due_at is not None else None,
            late=limit.late,
            early=limit.early,
            basis=list(dict.fromkeys((*(ground.basis if ground else ()), *(limit.basis or register.basis)))),
            origin=origin,
            protected=protected,
            **days,
        )
        _link(entry, read)
        _version(entry, "filed", actor, moment)
    return entry


def amend(
    actor: Actor,
    entry_id: int,
    values: Mapping[str, Any],
    *,
    seen: int | None = None,
    orders: Sequence[str] = (),
    note: str = "",
    at: int | None = None,
) -> Entry:
    """Amend an entry: the former version stays. When it was filed, and whether in time, does not change.

    `seen`: the version that the form showed; a later one refuses. Raises Denied, NotFound, Changed, Invalid.
    """
    moment = clock.now() if at is None else at
    with transaction.atomic():
        entry, register = _changeable(actor, entry_id, seen)
        read = _read(actor, register, values, orders, entry.platform.path)
        for name, value in _days(register, read.values).items():
            setattr(entry, name, value)
        entry.values = read.values
        entry.title = reading.title(register.kind, read.values)
        ground = register.ground(str(read.values.get("ground", "")))
        entry.protected = entry.protected or bool(ground and ground.protected)
        entry.search = _search(register, read, entry.unit, entry.protected)
        entry.version += 1
        entry.save()
        EntryOrder.objects.filter(entry=entry).delete()
        EntryUnit.objects.filter(entry=entry).delete()
        _link(entry, read)
        _version(entry, "amended", actor, moment, _note(note))
    return entry


def void(actor: Actor, entry_id: int, reason: str, *, seen: int | None = None, at: int | None = None) -> Entry:
    """Void an entry (作废), for a reason; it stays readable. Raises Denied, NotFound, Changed, Invalid."""
    moment = clock.now() if at is None else at
    words = _note(reason)
    if len(words) < 2:
        raise Invalid({"reason": "请写明作废的原因"})
    with transaction.atomic():
        entry, _ = _changeable(actor, entry_id, seen)
        entry.status = "void"
        entry.version += 1
        entry.save(update_fields=["status", "version"])
        _version(entry, "voided", actor, moment, words)
    return entry


def may_file(actor: Actor, register: Register, platform_path: str) -> bool:
    """Whether the actor may file in this register at all."""
    files = register.kind.files
    if not register.kind.fields:
        return False
    if actor.kind == "unit":
        return UNIT in files and holds(actor, FILE_REGISTERS)
    if holds(actor, KEEP_REGISTERS, platform_path=platform_path):
        return True
    return DESK in files and KEEPER not in files and holds(actor, FILE_REGISTERS, platform_path=platform_path)


def may_change(actor: Actor, entry: Entry) -> bool:
    """Whether the actor may amend or void this entry: its unit, who keeps registers, or who filed it."""
    if entry.status == "void":
        return False
    if actor.kind == "unit":
        own = entry.unit is not None and entry.unit.code in actor.unit_codes
        filed = entry.filed_by is not None and entry.filed_by == actor.user_id
        kind = asked.KINDS.get(entry.kind)
        return holds(actor, FILE_REGISTERS) and (filed or (own and (kind is None or KEEPER not in kind.files)))
    path = entry.platform.path
    if holds(actor, KEEP_REGISTERS, platform_path=path):
        return True
    filed = entry.filed_by is not None and entry.filed_by == actor.user_id
    return filed and holds(actor, FILE_REGISTERS, platform_path=path)


def _changeable(actor: Actor, entry_id: int, seen: int | None) -> tuple[Entry, Register]:
    from yixian.registers import queries

    entry = (
        queries.visible(actor).select_related("platform", "unit").select_for_update(of=("self",)).filter(pk=entry_id)
    ).first()
    if entry is None:
        raise NotFound("没有这条登记, 或不在您的范围内。")
    if entry.status == "void":
        raise Changed("这条登记已经作废, 不能再改。需要时请重新报送一条。")
    if not may_change(actor, entry):
        raise Denied("这条登记由报送单位或台账管理人员修改。")
    if seen is not None and seen != entry.version:
        raise Changed("您打开以后, 这条登记又被改过, 请刷新后再改。已填内容未丢失。")
    book = asked.book_of(entry.platform.book, _day(int(entry.filed_at.timestamp())))
    register = asked.register_of(book, entry.kind)
    if register is None:
        raise NotFound("这种台账现在的规则里没有, 只能查看。")
    return entry, register


def _may_file(actor: Actor, register: Register, platform_path: str, unit: Unit | None) -> None:
    if actor.kind == "system":
        return
    if not may_file(actor, register, platform_path):
        raise Denied(f"您的角色不能报送“{register.title}”。")
    if actor.kind == "unit" and (unit is None or unit.code not in actor.unit_codes):
        raise Denied("只能以本单位的名义报送。")
    if unit is not None and not unit.is_active:
        raise Invalid({"unit": f"{unit.name}已停用"})


def _whose(actor: Actor, unit: Unit | str | None, platform_path: str) -> Unit | None:
    code = unit.code if isinstance(unit, Unit) else unit or (actor.unit_code if actor.kind == "unit" else None)
    if not code:
        return None
    found = Unit.objects.filter(code=code.replace("\0", ""), platform__path__startswith=platform_path).first()
    if found is None:
        raise Invalid({"unit": "没有这个承办单位, 请从名录中选择"})
    return found


def _read(
    actor: Actor, register: Register, values: Mapping[str, Any], orders: Sequence[str], platform_path: str
) -> _Read:
    typed = {
        code: list(map(str, value)) if isinstance(value, (list, tuple)) else [str(value)]
        for code, value in values.items()
        if value is not None and value is not False
    }
    if orders:
        typed["orders"] = [*typed.get("orders", ()), *orders]
    linked = typed.pop("orders", []) if register.kind.field("orders") is None else []
    answers = reading.read(register.kind, typed)
    numbers = tuple(dict.fromkeys((*answers.values.get("orders", ()), *linked)))
    units = _units(answers, platform_path)
    _orders_exist(actor, numbers, answers)
    if answers.errors:
        raise Invalid(answers.errors)
    return _Read(answers.values, numbers, units)


def _units(answers: reading.Answers, platform_path: str) -> tuple[Unit, ...]:
    codes = answers.values.get("units", ())
    if not codes:
        return ()
    found = {unit.code: unit for unit in Unit.objects.filter(code__in=codes, platform__path__startswith=platform_path)}
    missing = [code for code in codes if code not in found]
    if missing:
        answers.errors["units"] = f"没有这些承办单位: {'、'.join(missing[:5])}"
    return tuple(found.values())


def _orders_exist(actor: Actor, numbers: tuple[str, ...], answers: reading.Answers) -> None:
    """Orders must be there and the actor must be able to know of them, so that a link tells nobody anything new."""
    if not numbers:
        return
    rows = Order.objects.filter(number__in=numbers)
    if actor.kind == "unit":
        rows = rows.extra(
            where=[
                "exists (select 1 from orders_assignment a where a.order_id = orders_order.id and a.unit = any (%s))"
            ],
            params=[list(actor.unit_codes)],
        )
    elif actor.kind != "system":
        rows = rows.filter(platform_id__in=actor.platform_ids)
    known = set(rows.values_list("number", flat=True))
    missing = [number for number in numbers if number not in known]
    if missing:
        answers.errors["orders"] = f"没有这些工单, 或不在您的范围内: {'、'.join(missing[:5])}"


def _days(register: Register, values: Mapping[str, Any]) -> dict[str, dt.date | None]:
    kind = register.kind
    return {
        "event_day": reading.day(values, kind.event),
        "starts": reading.day(values, kind.starts),
        "ends": reading.day(values, kind.ends),
        "remind_on": reading.day(values, kind.remind),
    }


def _search(register: Register, read: _Read, unit: Unit | None, protected: bool) -> str:
    """What searching finds; of an entry that shields a reporter only its title, since the unit may search too."""
    shown = register.kind.head if protected else [item.code for item in register.kind.fields]
    words = [reading.said(item, read.values.get(item.code)) for item in register.kind.fields if item.code in shown]
    names = [unit.name, unit.short_name] if unit else []
    return " ".join(filter(None, (*words, *names, *(one.name for one in read.units))))[:8000].lower()


def _link(entry: Entry, read: _Read) -> None:
    EntryOrder.objects.bulk_create(EntryOrder(entry=entry, order_no=number) for number in read.orders)
    EntryUnit.objects.bulk_create(EntryUnit(entry=entry, unit=unit) for unit in read.units)


def _version(entry: Entry, deed: str, actor: Actor, at: int, note: str = "") -> None:
    EntryVersion.objects.create(
        entry=entry,
        number=entry.version,
        deed=deed,
        at=_moment(at),
        user_id=actor.user_id,
        by=(actor.name or actor.username)[:80],
        values=entry.values,
        note=note,
    )


def _note(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:LONGEST_NOTE]


def _moment(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)


def _day(at: int) -> dt.date:
    return dt.datetime.fromtimestamp(at, LOCAL).date()
