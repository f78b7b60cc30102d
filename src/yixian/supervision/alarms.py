"""Alarms (紧急告警): opened with an emergency order, repeated to wider circles, until somebody confirms.

The law says how soon a unit must be called (珠海 第十五条: within thirty minutes; 乐至 第七条(四)) and nothing about
reminding the hotline itself: the five minutes and the circles are this installation's (本地).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from yixian.exchange import addresses
from yixian.exchange.actions import Telling, tell_all
from yixian.orders import clock, platforms, session
from yixian.orders.errors import BadInput, Denied
from yixian.orders.reacting import Happening
from yixian.parties import access
from yixian.parties.access import Actor, Scope, scope
from yixian.parties.permission import NOTHING
from yixian.supervision.models import SETTLED

REPEAT = 5 * 60
"""Seconds between two reminders in the first hour; afterwards `SLOW`."""
SLOW = 30 * 60
QUICK_ROUNDS = 12
FRESH = 2 * 86400
"""An emergency that was recorded later than this after it happened (imported history) raises no alarm."""
BATCH = 200
CIRCLES: tuple[tuple[int, tuple[str, ...]], ...] = (
    (0, ("agent", "dispatcher")),
    (1, ("agent", "dispatcher", "reviewer")),
    (2, ("agent", "dispatcher", "reviewer", "supervisor")),
)
"""From which round on who is told."""
HOW: dict[str, str] = {"unit_notified": "called", "responded": "responded", "replied": "replied"}

_OPEN = """
insert into supervision_alarm (order_id, order_no, platform_id, emergency, opened_at, rounds, next_at, settled,
    settled_by, called_unit, called_phone, answered_by, note)
select o.id, o.number, o.platform_id, coalesce(o.emergency, 'event'), to_timestamp(w.at), 0, to_timestamp(w.at),
    '', '', '', '', '', ''
from unnest(%s::bigint[], %s::bigint[]) as w (order_id, at) join orders_order o on o.id = w.order_id
where (o.emergency is not null or o.category = '突发事件')
    and o.state in ('registered', 'accepted', 'dispatched', 'handling')
on conflict (order_id) do nothing returning order_id"""
_SETTLE = """
update supervision_alarm a
set settled_at = to_timestamp(w.at), next_at = null, settled = w.how, called_unit = w.unit, called_phone = w.phone,
    answered_by = w.person, settled_by = coalesce(
        (select u.name from orders_event e join parties_user u on u.id = e.actor_user
         where e.order_id = w.order_id and e.seq = w.seq), w.by)
from json_to_recordset(%s::json) as w (
    order_id bigint, seq int, at bigint, how text, unit text, phone text, person text, by text)
where a.order_id = w.order_id and a.settled_at is null returning a.order_id"""
_DUE = """
with due as (
    select order_id from supervision_alarm where next_at <= to_timestamp(%s) order by next_at limit %s
    for update skip locked
)
update supervision_alarm a
set rounds = a.rounds + 1, last_at = to_timestamp(%s), next_at = a.next_at + make_interval(
    secs => s.step * (floor(extract(epoch from to_timestamp(%s) - a.next_at) / s.step) + 1))
from due d cross join lateral (
    select case when x.rounds < %s then %s else %s end as step from supervision_alarm x where x.order_id = d.order_id
) s
where a.order_id = d.order_id
returning a.order_id, a.order_no, a.platform_id, a.rounds, extract(epoch from a.opened_at)::bigint"""
_LEADS = """
select o.id, u.code from orders_order o join parties_unit u on u.code = o.lead where o.id = any (%s)"""
_ROUNDS = """
insert into supervision_alarmround (order_id, number, at, told)
select r.order_id, r.number, to_timestamp(r.at), r.told
from json_to_recordset(%s::json) as r (order_id bigint, number int, at bigint, told text[])
on conflict do nothing returning 1"""
_PLATFORM = "select o.platform_id from orders_order o where o.number = %s"
_CONFIRM = """
update supervision_alarm a
set settled_at = to_timestamp(%s), next_at = null, settled = 'confirmed', settled_by = %s, note = %s
where a.order_id = (select o.id from orders_order o where o.number = %s) and a.settled_at is null
returning a.order_id"""


def raise_for(happenings: Sequence[Happening]) -> int:
    """Open an alarm for each emergency that was just registered, and tell the first circle at once."""
    now = clock.now()
    fresh = [item for item in happenings if item.at >= now - FRESH]
    if not fresh:
        return 0
    opened = session.fetch(_OPEN, [[item.order_id for item in fresh], [item.at for item in fresh]])
    if opened:
        ring(max(now, max(item.at for item in fresh)))
    return len(opened)


def settle_for(happenings: Sequence[Happening]) -> int:
    """Settle the alarms of orders whose unit was called, that answered, or that are over."""
    rows = [
        {
            "order_id": item.order_id,
            "seq": item.seq,
            "at": item.at,
            "how": HOW.get(item.kind, "over"),
            "unit": item.data.get("unit") or item.lead or "",
            "phone": item.data.get("phone") or "",
            "person": item.data.get("answered_by") or "",
            "by": item.data.get("notified_by") or "",
        }
        for item in happenings
    ]
    return len(session.fetch(_SETTLE, [msgspec.json.encode(rows).decode()])) if rows else 0


def ring(now: int | None = None) -> int:
    """Tell every alarm whose moment has come, once, and set the next moment; returns how many were told.

    One transaction: a worker killed in it has told nobody, and the next one does. Any number of workers share the
    work; a moment that passed while none ran is told once, not once for each that was missed.
    """
    moment = clock.now() if now is None else now
    told = 0
    while True:
        with session.together():
            due = session.fetch(_DUE, [moment, BATCH, moment, moment, QUICK_ROUNDS, REPEAT, SLOW])
            if due:
                _tell(due, moment)
        told += len(due)
        if len(due) < BATCH:
            return told


def _tell(due: list[session.Row], moment: int) -> None:
    leads: dict[int, str] = dict(session.fetch(_LEADS, [[row[0] for row in due]]))
    notices, rounds = [], []
    for order_id, number, platform_id, count, opened in due:
        roles = circle(count - 1)
        unit = leads.get(order_id)
        minutes = max(0, moment - opened) // 60
        waited = f"已等待 {minutes} 分钟, " if minutes else ""
        calls = f"{waited}请立即电话通知承办单位并记录; 无需通知的, 在告警页确认。"
        told = [(addresses.addresses(roles=roles, platform_id=platform_id), "紧急工单待通知", calls)]
        if unit is not None:
            asks = f"{waited}请立即签收, 处置后提交初步响应。"
            told.append(((addresses.of_unit(unit),), "紧急工单待响应", asks))
        for place, (whom, title, text) in enumerate(told):
            notices.append(
                Telling(
                    key=f"alarm:{order_id}:{moment // 60}:{place}",
                    kind="alarm",
                    title=f"{title} · 工单 {number} · 第 {count} 次提醒",
                    to_whom=whom,
                    at=moment,
                    text=text,
                    order_no=number,
                    url="/alarms/",
                )
            )
        rounds.append(
            {"order_id": order_id, "number": count, "at": moment, "told": [*roles, *([unit] if unit else [])]}
        )
    tell_all(notices)
    session.fetch(_ROUNDS, [msgspec.json.encode(rounds).decode()])


def circle(number: int) -> tuple[str, ...]:
    """The roles that are told in a round, counted from 0."""
    return next(roles for start, roles in reversed(CIRCLES) if number >= start)


def confirm(actor: Actor, order_no: str, note: str, now: int | None = None) -> None:
    """The hotline has seen to it (确认告警): it is not repeated any more.

    Whoever may call a unit may confirm. Raises Denied, BadInput (no reason, or nothing to confirm any more).
    """
    row = session.fetch_one(_PLATFORM, [order_no])
    if row is None or not waiting_there(actor, order_no):
        raise BadInput("没有这条待确认的告警, 可能已由他人确认或已通知承办单位", "order_no")
    path = platforms.of_id(row[0]).path
    denied = access.may(actor, "notify_unit", platform_path=path)
    if actor.kind == "unit" or denied is not None:
        raise Denied("告警由热线的话务员、派单员或督办管理员确认; 承办单位请签收并初步响应")
    if not note.strip():
        raise BadInput("请写明如何处置, 例如已转 110、重复来电等", "note")
    moment = clock.now() if now is None else now
    if not session.fetch(_CONFIRM, [moment, actor.name, note.strip()[:500], order_no]):
        raise BadInput("这条告警刚刚已由他人确认", "order_no")


def waiting_there(actor: Actor, order_no: str) -> bool:
    """Whether this alarm waits and is the actor's to see."""
    return bool(_rows(actor, "a.settled_at is null and o.number = %s", [order_no], "a.order_id", 1))


# ---- reading --------------------------------------------------------------------------------------------------------


class AlarmRow(msgspec.Struct, frozen=True):
    """One alarm with its order. Moments are unix seconds; `due`: by when the unit must be called."""

    order_id: int
    order_no: str
    platform_id: int
    platform: str
    emergency: str
    category: str
    excerpt: str
    place: str | None
    lead: str | None
    lead_name: str | None
    line_24h: str | None
    opened: int
    rounds: int
    last: int | None
    next: int | None
    settled_at: int | None
    settled: str
    settled_by: str
    called_unit: str
    called_phone: str
    answered_by: str
    note: str
    due: int | None
    due_clock: str | None
    basis: list[str]

    @property
    def outcome(self) -> str:
        """How it was settled, in words."""
        return SETTLED.get(self.settled, "")


_ROWS = """
select a.order_id, a.order_no, a.platform_id, p.name, a.emergency, o.category, o.excerpt, o.place, o.lead,
    coalesce(nullif(u.short_name, ''), u.name), coalesce(nullif(u.line_24h, ''), u.phone),
    extract(epoch from a.opened_at)::bigint, a.rounds, extract(epoch from a.last_at)::bigint,
    extract(epoch from a.next_at)::bigint, extract(epoch from a.settled_at)::bigint, a.settled, a.settled_by,
    coalesce((select n.name from parties_unit n where n.code = a.called_unit), a.called_unit), a.called_phone,
    a.answered_by, a.note, extract(epoch from d.due_at)::bigint, d.clock,
    coalesce((select e.basis from orders_event e where e.order_id = a.order_id and e.seq = 1), '{{}}')
from supervision_alarm a join orders_order o on o.id = a.order_id join parties_platform p on p.id = a.platform_id
left join parties_unit u on u.code = o.lead
left join lateral (
    select x.due_at, x.clock from orders_deadline x where x.order_id = a.order_id
        and x.clock in ('emergency_call', 'first_response') and x.due_at is not null and x.status = 'running'
    order by x.due_at limit 1
) d on true
where {where} order by {order} limit %s"""
_MINE = {
    "platforms": "a.platform_id = any (%s)",
    "unit": "exists (select 1 from orders_assignment m where m.order_id = a.order_id and m.unit = any (%s))",
}
_HISTORY = """
select number, extract(epoch from at)::bigint, told from supervision_alarmround
where order_id = %s order by number desc limit %s"""


def waiting(actor: Actor, limit: int = 20, *, newest: bool = False) -> list[AlarmRow]:
    """The alarms in the actor's scope that nobody has settled, the oldest first or the newest first."""
    order = "a.opened_at desc, a.order_id desc" if newest else "a.opened_at, a.order_id"
    return _rows(actor, "a.settled_at is null", [], order, limit)


def settled(actor: Actor, before: tuple[int, int] | None = None, limit: int = 50) -> list[AlarmRow]:
    """Settled alarms in the actor's scope, newest first; `before`: (opened, order) of the last row seen."""
    where, values = "a.settled_at is not null", []
    if before is not None:
        where += " and (a.opened_at, a.order_id) < (to_timestamp(%s), %s)"
        values = list(before)
    return _rows(actor, where, values, "a.opened_at desc, a.order_id desc", limit)


def told(order_id: int, limit: int = 20) -> list[tuple[int, int, list[str]]]:
    """The latest times an alarm was told: number, moment, whom."""
    return [(row[0], row[1], row[2]) for row in session.fetch(_HISTORY, [order_id, limit])]


def _rows(actor: Actor, where: str, values: Sequence[object], order: str, limit: int) -> list[AlarmRow]:
    own: Scope = scope(actor)
    if own == NOTHING or own.kind == "requester":
        return []
    parameters: list[object] = list(values)
    if own.kind in _MINE:
        where = f"{where} and {_MINE[own.kind]}"
        parameters.append(list(own.platform_ids) if own.kind == "platforms" else sorted(own.unit_codes))
    found = session.fetch(_ROWS.format(where=where, order=order), [*parameters, limit], prepare=False)
    return [AlarmRow(*row) for row in found]


def local_minute(at: int) -> str:
    """09:30, for the bar."""
    return time.strftime("%H:%M", time.gmtime(at + 8 * 3600))
