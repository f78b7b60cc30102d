"""Reminding (提醒) those who owe an entry, and those whose entry asks to be looked at again. Set-based, once each."""

from __future__ import annotations

import datetime as dt

from yixian.exchange import actions as exchange
from yixian.exchange import addresses
from yixian.exchange.actions import Telling
from yixian.orders.books import LOCAL
from yixian.registers import asked, owing, staffing
from yixian.registers.models import Entry
from yixian.registers.owing import Owed

LOOK_BACK = 7  # days after which a day that passed unseen is no longer told
BATCH = 2000
KEEPERS = ("supervisor", "dispatcher")


def run(now: int) -> int:
    """Tell units what they owe at the book's moments and when it is late, and keepers of entries that their day came.

    May be called as often as one likes: each is told once. Returns how many recipients were told.
    """
    notices = [notice for one in owing.everywhere(now) for notice in _of(one, now)]
    return sum(map(exchange.tell_all, (notices, _days_come(now), _staff(now))))


def _of(one: Owed, now: int) -> list[Telling]:
    late = now > one.due_at
    passed = [moment for moment in one.moments if moment <= now]
    if not late and not passed:
        return []
    units = owing.missing(one)
    if not units:
        return []
    stage = "late" if late else str(passed[-1])
    key = f"registers:{one.kind}:{one.platform.id}:{one.day}:{stage}"
    until = _said(one.due_at)
    url = f"/registers/{one.kind}/new/"
    if late:
        title = f"{one.name}的{one.title}已过报送期限 ({until}), 请立即补报"
    else:
        title = f"请在 {until} 前报送{one.name}的{one.title}"
    told = [
        Telling(
            key=key,
            kind="register",
            title=title,
            to_whom=tuple(addresses.of_unit(unit.code) for unit in units),
            at=now,
            url=url,
            basis=one.basis,
        )
    ]
    if late:
        names = "、".join(unit.short_name or unit.name for unit in units[:30])
        told.append(
            Telling(
                key=key + ":keepers",
                kind="register",
                title=f"{one.name}的{one.title}: {len(units)} 个单位逾期未报",
                text=names + ("等" if len(units) > 30 else ""),
                to_whom=addresses.addresses(roles=KEEPERS, platform_id=one.platform.id),
                at=now,
                url=f"/registers/{one.kind}/",
                basis=one.basis,
            )
        )
    return told


def _days_come(now: int) -> list[Telling]:
    """Entries whose day to look again has come: a plan to prepare, knowledge to check, a decision to carry out."""
    today = dt.datetime.fromtimestamp(now, LOCAL).date()
    rows = (
        Entry.objects.filter(status="valid", remind_on__gt=today - dt.timedelta(days=LOOK_BACK), remind_on__lte=today)
        .select_related("unit")
        .order_by("remind_on", "id")[:BATCH]
    )
    told = []
    for entry in rows:
        kind = asked.KINDS.get(entry.kind)
        label = item.label if kind and (item := kind.field(kind.remind)) else "提醒日期"
        to_unit = entry.unit is not None and not entry.protected
        whom = (
            (addresses.of_unit(entry.unit.code),)
            if to_unit and entry.unit
            else addresses.addresses(roles=KEEPERS, platform_id=entry.platform_id)
        )
        told.append(
            Telling(
                key=f"registers:entry:{entry.pk}:{entry.remind_on}",
                kind="register",
                title=f"{kind.title if kind else '台账'}“{entry.title[:60]}”到了{label}",
                to_whom=whom,
                at=now,
                url=f"/registers/{entry.kind}/{entry.pk}/",
                basis=tuple(entry.basis),
            )
        )
    return told


def _staff(now: int) -> list[Telling]:
    """Units whose accounts changed and that filed nothing about it: at once, and when it is late."""
    told = []
    for one in staffing.unfiled(now):
        late = now > one.due_at
        day = f"{one.day.month}月{one.day.day}日"
        until = (
            f"已过备案期限 ({_said(one.due_at)}), 请补报" if late else f"请在 {_said(one.due_at)} 前备案专职人员变动"
        )
        told.append(
            Telling(
                key=f"registers:staff:{one.unit.pk}:{one.day}:{'late' if late else 'soon'}",
                kind="register",
                title=f"{day}本单位账号有变动 ({'、'.join(one.names[:5])}), {until}",
                to_whom=(addresses.of_unit(one.unit.code),),
                at=now,
                url=f"/registers/{staffing.KIND}/new/",
                basis=one.basis,
            )
        )
    return told


def _said(at: int) -> str:
    """A due instant in words; 24:00 belongs to the day that ends."""
    found = dt.datetime.fromtimestamp(at, LOCAL)
    if (found.hour, found.minute) == (0, 0):
        day = found - dt.timedelta(days=1)
        return f"{day.month}月{day.day}日 24:00"
    return f"{found.month}月{found.day}日 {found:%H:%M}"
