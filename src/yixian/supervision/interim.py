"""The ledger of interim closes (临时办结台账): promised ends, the next report that is due, and who is late.

乐至 第七条(三): a matter that cannot be settled in time is closed for the time being; its unit reports every fifteen
working days, and the ledger is kept until the matter is truly settled.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from yixian.orders import session
from yixian.orders.errors import BadInput
from yixian.parties.access import Actor, scope

LARGEST_PAGE = 200
VIEWS: dict[str, str] = {"open": "未销账", "late": "迟报", "passed": "承诺已过", "settled": "已销账"}
_WHERE = {
    "open": "o.state in ('handling', 'replied', 'dispatched')",
    "late": "o.state in ('handling', 'replied', 'dispatched') and d.due_at < to_timestamp(%s)",
    "passed": "o.state in ('handling', 'replied', 'dispatched') and k.promised < %s",
    "settled": "o.state in ('closed', 'archived')",
}
# Flagged orders are few: the index on flags finds them, and only they are looked at closer.
_ROWS = """
with flagged as materialized (
    select o.* from orders_order o where o.flags @> '{{interim_closed}}' and o.flags <> '{{}}' and {mine}
)
select o.id, o.number, p.name, o.state, o.category, o.excerpt, o.lead,
    coalesce(nullif(u.short_name, ''), u.name, o.lead),
    extract(epoch from k.at)::bigint, k.promised, extract(epoch from d.due_at)::bigint, coalesce(d.late, false),
    extract(epoch from r.at)::bigint, coalesce(r.count, 0), extract(epoch from o.closed_at)::bigint, o.flags
from flagged o join parties_platform p on p.id = o.platform_id left join parties_unit u on u.code = o.lead
cross join lateral (
    select e.at, coalesce((e.data -> 'set' ->> 'promised')::bigint, 0) as promised from orders_event e
    where e.order_id = o.id and e.kind = 'interim_closed' order by e.seq desc limit 1
) k
left join orders_deadline d on d.order_id = o.id and d.clock = 'progress' and d.status = 'running'
left join lateral (
    select max(e.at) as at, count(*) as count from orders_event e
    where e.order_id = o.id and e.kind = 'progress_reported' and e.at >= k.at
) r on true
where {where} {after}
order by coalesce(d.due_at, 'infinity'), o.id limit %s"""
_MINE = {"platforms": "o.platform_id = any (%s)", "unit": "o.lead = any (%s)"}


class InterimRow(msgspec.Struct, frozen=True):
    """One line of the ledger. Moments are unix seconds; `promised` 0: none was given."""

    order_id: int
    order_no: str
    platform: str
    state: str
    category: str
    excerpt: str
    lead: str | None
    lead_name: str | None
    since: int
    promised: int
    next_report: int | None
    was_late: bool
    last_report: int | None
    reports: int
    closed: int | None
    flags: list[str]


class InterimPage(msgspec.Struct, frozen=True):
    """One page of the ledger and the cursor of the next, None at the end."""

    rows: tuple[InterimRow, ...]
    next_cursor: str | None


def page(actor: Actor, view: str, now: int, cursor: str | None = None, size: int = 50) -> InterimPage:
    """One page of the ledger in the actor's scope, the most urgent report first. Raises BadInput."""
    if view not in VIEWS:
        raise BadInput(f"没有这种台账, 可选的有: {'、'.join(VIEWS.values())}", "view")
    if not 1 <= size <= LARGEST_PAGE:
        raise BadInput(f"每页条数应为 1 至 {LARGEST_PAGE}", "size")
    own = scope(actor)
    if own.kind not in _MINE:
        return InterimPage((), None)
    parameters: list[Any] = [list(own.platform_ids) if own.kind == "platforms" else sorted(own.unit_codes)]
    if view in ("late", "passed"):
        parameters.append(now)
    after = ""
    where = _WHERE[view] + (" and k.promised > 0" if view == "passed" else "")
    if cursor:
        due, order_id = _unpack(cursor)
        moment = "to_timestamp(%s)" if due else "'infinity'::timestamptz"
        after = f"and (coalesce(d.due_at, 'infinity'), o.id) > ({moment}, %s)"
        parameters += [due, order_id] if due else [order_id]
    query = _ROWS.format(mine=_MINE[own.kind], where=where, after=after)
    found = [InterimRow(*row) for row in session.fetch(query, [*parameters, size + 1], prepare=False)]
    last = found[size - 1] if len(found) > size else None
    return InterimPage(tuple(found[:size]), _pack(last.next_report or 0, last.order_id) if last else None)


def _pack(due: int, order_id: int) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((due, order_id))).decode().rstrip("=")


def _unpack(cursor: str) -> tuple[int, int]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        due, order_id = msgspec.json.decode(raw, type=tuple[int, int])
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise BadInput("翻页标记不正确, 请从第一页重新查看", "cursor") from None
    if not (0 <= due < 2**53 and 0 <= order_id < 2**62):
        raise BadInput("翻页标记不正确, 请从第一页重新查看", "cursor")
    return due, order_id
