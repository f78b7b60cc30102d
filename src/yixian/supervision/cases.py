"""The cases (督办案件) of all orders side by side: filled from the outbox, rebuilt from states, listed by keyset."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from yixian.lifecycle.state import CASE_STATES
from yixian.orders import session
from yixian.orders.errors import BadInput
from yixian.orders.reacting import Happening
from yixian.parties.access import Actor, scope
from yixian.parties.permission import NOTHING

RANGE = 20_000
LARGEST_PAGE = 100

_DERIVED = """
select o.id, (c.place - 1)::smallint, o.platform_id, c.case ->> 'key', c.case ->> 'trigger', c.case ->> 'by',
    coalesce(c.case ->> 'outcome', case when (c.case ->> 'proposed')::bool then 'proposed' else 'open' end),
    coalesce(o.lead, ''), to_timestamp((c.case ->> 'at')::bigint), to_timestamp((c.case ->> 'confirmed')::bigint),
    to_timestamp((c.case ->> 'concluded')::bigint), (c.case ->> 'counted')::int, coalesce(c.case ->> 'reason', ''),
    coalesce(c.case ->> 'note', ''),
    coalesce((select array_agg(v) from json_array_elements_text(c.case -> 'means') v), '{}'),
    coalesce((select array_agg(v) from json_array_elements_text(c.case -> 'units') v), '{}'),
    coalesce((select array_agg(v) from json_array_elements_text(c.case -> 'basis') v), '{}')
from orders_snapshot s join orders_order o on o.id = s.order_id
cross join lateral json_array_elements(s.body -> 'cases') with ordinality as c ("case", place)"""
_COLUMNS = """order_id, place, platform_id, key, trigger, body, stands, lead, opened_at, confirmed_at, concluded_at,
    counted, reason, note, means, units, basis"""
_PROJECT = f"""
insert into supervision_supervisioncase ({_COLUMNS})
{_DERIVED} where s.order_id = any (%s)
on conflict (order_id, place) do update set stands = excluded.stands, lead = excluded.lead,
    confirmed_at = excluded.confirmed_at, concluded_at = excluded.concluded_at, note = excluded.note
returning 1"""
_LEAD = """
update supervision_supervisioncase c set lead = coalesce(o.lead, '') from orders_order o
where c.order_id = any (%s) and o.id = c.order_id and c.lead <> coalesce(o.lead, '') returning 1"""
_LAST = "select coalesce(max(id), 0) from orders_order"
_CLEAR = "delete from supervision_supervisioncase where order_id > %s and order_id <= %s returning 1"
_AGAIN = f"""
insert into supervision_supervisioncase ({_COLUMNS})
{_DERIVED} where s.order_id > %s and s.order_id <= %s returning 1"""
_OF_CASES = frozenset({"supervised", "case_confirmed", "case_dismissed", "case_concluded", "self_supervised"})


def project(happenings: Sequence[Happening]) -> None:
    """Bring the cases of these orders up to their states; of orders that only changed hands, the unit."""
    changed = sorted({item.order_id for item in happenings if item.kind in _OF_CASES})
    moved = sorted({item.order_id for item in happenings} - set(changed))
    if changed:
        session.fetch(_PROJECT, [changed])
    if moved:
        session.fetch(_LEAD, [moved])


def rebuild() -> int:
    """All cases anew from the states, a range of orders at a time; returns how many there are."""
    last = session.fetch(_LAST)[0][0]
    count = 0
    for start in range(0, last, RANGE):
        with session.together():
            session.fetch(_CLEAR, [start, start + RANGE])
            count += len(session.fetch(_AGAIN, [start, start + RANGE]))
    return count


# ---- reading --------------------------------------------------------------------------------------------------------


class CaseRow(msgspec.Struct, frozen=True):
    """One case with its order, as a list shows it. Moments are unix seconds."""

    order_id: int
    place: int
    key: str
    trigger: str
    body: str
    stands: str
    opened: int
    confirmed: int | None
    concluded: int | None
    counted: int | None
    reason: str
    note: str
    means: list[str]
    units: list[str]
    basis: list[str]
    order_no: str
    order_state: str
    category: str
    excerpt: str
    card: str
    book: str
    platform: str
    lead: str
    lead_name: str
    due: int | None
    due_clock: str | None

    @property
    def title(self) -> str:
        """How it stands, in words."""
        return CASE_STATES.get(self.stands, self.stands)


class CaseFilters(msgspec.Struct, frozen=True):
    """What a list of cases is narrowed by; None leaves a thing open. `article`: as in "lezhi:20(2)"."""

    stands: str | None = None
    body: str | None = None
    trigger: str | None = None
    unit: str | None = None
    article: str | None = None
    card: str | None = None


class CasePage(msgspec.Struct, frozen=True):
    """One page of cases and the cursor of the next, None at the end."""

    rows: tuple[CaseRow, ...]
    next_cursor: str | None


_ROWS = """
select c.order_id, c.place, c.key, c.trigger, c.body, c.stands, extract(epoch from c.opened_at)::bigint,
    extract(epoch from c.confirmed_at)::bigint, extract(epoch from c.concluded_at)::bigint, c.counted, c.reason,
    c.note, c.means, c.units, c.basis, o.number, o.state, o.category, o.excerpt, o.card, o.book, p.name, c.lead,
    coalesce(nullif(u.short_name, ''), u.name, c.lead), extract(epoch from o.due_at)::bigint, o.due_clock
from ({heads}) h join supervision_supervisioncase c on c.order_id = h.order_id and c.place = h.place
join orders_order o on o.id = c.order_id join parties_platform p on p.id = c.platform_id
left join parties_unit u on u.code = c.lead
order by c.opened_at desc, c.order_id desc, c.place desc limit %s"""
# Each platform and state (or each unit) gives its newest from the index; the few rows of all are merged.
_HEADS = """
select b.order_id, b.place, b.opened_at from unnest({arrays}) as v ({names})
cross join lateral (
    select c.order_id, c.place, c.opened_at from supervision_supervisioncase c {join}
    where {match} {where}
    order by c.opened_at desc, c.order_id desc, c.place desc limit %s
) b order by b.opened_at desc, b.order_id desc, b.place desc limit %s"""


def page(wanted: CaseFilters, actor: Actor, cursor: str | None = None, size: int = 50) -> CasePage:
    """One page of the cases in the actor's scope, newest first. Raises BadInput for an unknown state or cursor."""
    if wanted.stands is not None and wanted.stands not in CASE_STATES:
        raise BadInput(f"没有这种督办状态, 可选的有: {'、'.join(CASE_STATES.values())}", "stands")
    if not 1 <= size <= LARGEST_PAGE:
        raise BadInput(f"每页条数应为 1 至 {LARGEST_PAGE}", "size")
    own = scope(actor)
    if own == NOTHING or own.kind not in ("platforms", "unit"):
        return CasePage((), None)
    query, parameters = _query(wanted, own.kind, list(own.platform_ids), sorted(own.unit_codes), cursor, size + 1)
    found = [CaseRow(*row) for row in session.fetch(query, parameters, prepare=False)]
    last = found[size - 1] if len(found) > size else None
    return CasePage(tuple(found[:size]), _pack(last.opened, last.order_id, last.place) if last else None)


def _query(
    wanted: CaseFilters, kind: str, platform_ids: list[int], units: list[str], cursor: str | None, limit: int
) -> tuple[str, list[Any]]:
    conditions, values = _conditions(wanted)
    if cursor:
        conditions.append("(c.opened_at, c.order_id, c.place) < (to_timestamp(%s), %s::bigint, %s::smallint)")
        values += _unpack(cursor)
    join = ""
    if wanted.card:
        join = "join orders_order o on o.id = c.order_id"
    if kind == "unit" or wanted.unit:
        mine = [wanted.unit] if wanted.unit else units
        if kind == "unit":
            mine = [unit for unit in mine if unit in units]
        else:
            conditions.append("c.platform_id = any (%s)")
            values.append(platform_ids)
        if wanted.stands:
            conditions.append("c.stands = %s")
            values.append(wanted.stands)
        arrays, names, match = "%s::text[]", "lead", "c.lead = v.lead"
        heads: list[Any] = [mine]
    else:
        states = [wanted.stands] if wanted.stands else list(CASE_STATES)
        pairs = [(one, state) for one in platform_ids for state in states]
        arrays, names = "%s::bigint[], %s::text[]", "platform_id, stands"
        match = "c.platform_id = v.platform_id and c.stands = v.stands"
        heads = [[one for one, _ in pairs], [state for _, state in pairs]]
    where = "".join(f" and {condition}" for condition in conditions)
    inner = _HEADS.format(arrays=arrays, names=names, join=join, match=match, where=where)
    return _ROWS.format(heads=inner), [*heads, *values, limit, limit, limit]


def _conditions(wanted: CaseFilters) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    for condition, value in (
        ("c.body = %s", wanted.body),
        ("c.trigger = %s", wanted.trigger),
        ("%s = any (c.basis)", wanted.article),
        ("o.card = %s", wanted.card),
    ):
        if value:
            conditions.append(condition)
            values.append(value)
    return conditions, values


def counts(actor: Actor) -> dict[str, int]:
    """How many cases stand in each state within the actor's scope, counted up to 1,000 each."""
    own = scope(actor)
    if own.kind == "platforms":
        query, values = _COUNTS, [list(own.platform_ids), list(CASE_STATES), 1000]
    elif own.kind == "unit":
        query, values = _COUNTS_OF_UNIT, [sorted(own.unit_codes)]
    else:
        return {}
    return {state: min(int(count), 1000) for state, count in session.fetch(query, values)}


_COUNTS = """
select s.stands, sum(n.count)::bigint from unnest(%s::bigint[]) p (id) cross join unnest(%s::text[]) s (stands)
cross join lateral (
    select count(*) from (
        select 1 from supervision_supervisioncase c where c.platform_id = p.id and c.stands = s.stands limit %s
    ) r
) n group by s.stands"""
_COUNTS_OF_UNIT = """
select stands, count(*) from supervision_supervisioncase where lead = any (%s) group by stands"""


def _pack(opened: int, order_id: int, place: int) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((opened, order_id, place))).decode().rstrip("=")


def _unpack(cursor: str) -> list[int]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found = list(msgspec.json.decode(raw, type=tuple[int, int, int]))
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise BadInput("翻页标记不正确, 请从第一页重新查看", "cursor") from None
    if not all(abs(value) < 2**53 for value in found) or not 0 <= found[2] < 2**15:
        raise BadInput("翻页标记不正确, 请从第一页重新查看", "cursor")
    return found
