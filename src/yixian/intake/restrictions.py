"""Restricted callers (限制名单): who, from which order, decided by whom and why, until when; read from the record."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from yixian.orders import clock, session
from yixian.orders.errors import BadInput, NotFound
from yixian.parties import access, vault
from yixian.parties.access import Actor

PAGE = 50
SOON = 3 * 86400
ACTIVE, EXPIRED, LIFTED = "active", "expired", "lifted"
STATES = {ACTIVE: "生效", EXPIRED: "已到期", LIFTED: "已解除"}
_CONDITIONS = {
    ACTIVE: "r.lifted_at is null and (r.ends_at is null or r.ends_at > to_timestamp({now}))",
    EXPIRED: "r.lifted_at is null and r.ends_at <= to_timestamp({now})",
    LIFTED: "r.lifted_at is not null",
    "soon": "r.lifted_at is null and r.ends_at > to_timestamp({now}) and r.ends_at <= to_timestamp({now} + {soon})",
    "": "true",
}
_LIST = """
select r.id, r.requester::text, r.order_no, extract(epoch from r.starts_at)::bigint,
    extract(epoch from r.ends_at)::bigint, extract(epoch from r.lifted_at)::bigint, o.platform_id, o.id
from orders_restriction r join orders_order o on o.number = r.order_no
where {condition} and o.platform_id = any (%s) and r.id < %s order by r.id desc limit %s"""
_EVENTS = """
select e.order_id, e.kind, extract(epoch from e.at)::bigint, e.data->>'reason', e.basis, u.name, e.data->>'channel'
from orders_event e left join parties_user u on u.id = e.actor_user
where e.order_id = any (%s) and e.kind in ('caller_restricted', 'restriction_lifted') order by e.order_id, e.seq"""


class Restricted(msgspec.Struct, frozen=True):
    """One restriction. `person` is masked; `by` and `reason` come from the decision's event."""

    id: int
    person: dict[str, str]
    order_no: str
    starts: int
    ends: int | None
    lifted: int | None
    platform_id: int
    by: str
    reason: str
    basis: tuple[str, ...]
    lifted_by: str
    lifted_why: str
    state: str
    soon: bool


def page(actor: Actor, *, state: str = "", cursor: str = "") -> tuple[list[Restricted], str]:
    """A page of the list within the actor's platforms, newest first. Raises BadInput for an unknown state or cursor."""
    if state not in _CONDITIONS:
        raise BadInput("网址里的“状态”无法识别, 请从上面重新选择。", "state")
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise BadInput("翻页标记不正确, 请从第一页重新查看", "cursor")
    rows = _rows(actor, _CONDITIONS[state], int(cursor) if cursor else 2**62, PAGE + 1)
    return rows[:PAGE], str(rows[PAGE - 1].id) if len(rows) > PAGE else ""


def one(actor: Actor, restriction_id: int) -> Restricted:
    """One restriction. Raises NotFound."""
    rows = _rows(actor, f"r.id = {int(restriction_id)}", 2**62, 1) if restriction_id < 2**62 else []
    if not rows:
        raise NotFound("限制名单里没有这一条, 或它不在您的数据范围内。")
    return rows[0]


def of_person(actor: Actor, ref: str) -> list[Restricted]:
    """The restrictions of one person that are in force at the actor's platforms."""
    return _rows(actor, f"r.requester = '{uuid.UUID(ref)}' and {_CONDITIONS[ACTIVE]}", 2**62, PAGE)


def ending_soon(actor: Actor) -> list[Restricted]:
    """Restrictions that end within three days."""
    return _rows(actor, _CONDITIONS["soon"], 2**62, PAGE)


def _rows(actor: Actor, condition: str, before: int, limit: int) -> list[Restricted]:
    now = clock.now()
    own = access.scope(actor)
    platforms = list(own.platform_ids) if own.kind == "platforms" else []
    query = _LIST.format(condition=condition.format(now=now, soon=SOON))
    found = session.fetch(query, [platforms, before, limit], prepare=False) if platforms else []
    people = vault.masked([row[1] for row in found])
    decisions = _decisions([row[7] for row in found])
    return [_restricted(row, people[row[1]], decisions.get(row[7], []), now) for row in found]


def _decisions(ids: Sequence[int]) -> dict[int, list[Any]]:
    made: dict[int, list[Any]] = {}
    for row in session.fetch(_EVENTS, [list(ids)]) if ids else []:
        made.setdefault(row[0], []).append(row)
    return made


def _restricted(row: Any, person: dict[str, str], decisions: list[Any], now: int) -> Restricted:
    key, _, number, starts, ends, lifted, platform_id, _ = row
    decided = next((item for item in decisions if item[1] == "caller_restricted" and item[2] == starts), None)
    undone = next((item for item in decisions if item[1] == "restriction_lifted" and item[2] == lifted), None)
    state = LIFTED if lifted is not None else EXPIRED if ends is not None and ends <= now else ACTIVE
    by, why, basis = (decided[5] or "系统", decided[3] or "", tuple(decided[4])) if decided else ("系统", "", ())
    who, reason = (undone[5] or "", undone[3] or "") if undone else ("", "")
    return Restricted(
        key, person, number, starts, ends, lifted, platform_id, by, why, basis, who, reason,
        state, state == ACTIVE and ends is not None and ends <= now + SOON,
    )  # fmt: skip
