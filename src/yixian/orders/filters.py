"""What a list is asked for, as SQL: the branches whose index gives the order, and the conditions checked on the way.

A list that covers several platforms, states or units is not one scan with a sort: each of them is a branch that gives
its newest (or most urgent) rows from its own index, and the few rows of all branches are merged.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from typing import Any

import msgspec

from yixian.lifecycle import STATES
from yixian.orders import books, clock, platforms, words
from yixian.orders.errors import BadInput
from yixian.parties.access import Actor, Scope, scope

SORTS = {
    "registered": ("o.registered_at", "desc", "<"),
    "oldest": ("o.registered_at", "asc", ">"),
    "due": ("o.due_at", "asc", ">"),
    "changed": ("o.changed_at", "desc", "<"),
}
PENDING = ("return", "extension", "interim_close", "appeal", "screening", "redo", "terminate", "draft")
"""The requests that can wait for a decision (`OrderState.pending`)."""
OPEN = ("registered", "accepted", "dispatched", "handling", "replied", "surveying", "calling_back")
"""The states in which an order's duties run."""
LASTING_CLOCKS = frozenset({"appeal", "result_notice"})
"""Clocks that may run on after an order is closed."""
_RETURNED = "exists (select from orders_event e where e.order_id = o.id and e.kind = 'return_approved')"
_HANDED = """(o.upstream_no is not null or o.channel = 'transfer'
    or exists (select from orders_link l where l.to_order = o.id))"""
_UNANSWERED = """(select e.data ->> 'reached' from orders_event e
    where e.order_id = o.id and e.kind = 'called_back' order by e.seq desc limit 1) is not distinct from 'false'"""
_UNSIGNED = """exists (select from orders_assignment p
    where p.order_id = o.id and p.unit = any (%s) and p.signed_at is null)"""
_UNEXPLAINED = """(select e.kind = 'rated' and e.data ->> 'level' = any (%s) from orders_event e
    where e.order_id = o.id and e.kind in ('rated', 'rating_explained') order by e.seq desc limit 1)"""
PARTS = ("unsigned", "lead", "opinion")
_LATEST = """(select e.kind from orders_event e where e.order_id = o.id and e.kind = any (%s)
    order by e.seq desc limit 1) = any (%s)"""
_ONCE = "exists (select from orders_event r where r.order_id = o.id and r.kind in ('{kinds}'))"
"""Found by the index of rare events; only of these orders the log is read."""
_HAPPENED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sent_back": (("sent_back", "draft_returned", "replied", "reply_drafted"), ("sent_back", "draft_returned")),
    "extended": (("extension_approved", "redo_ordered"), ("extension_approved",)),
}
"""What happened last, of these kinds of events: 审核或负责人退回之后还没有再答复; 延过期."""
MOST_BRANCHES = 400
LATER = 2**62


class Filters(msgspec.Struct, frozen=True):
    """A list's filters; None and () leave a thing open. Moments are unix seconds.

    `platform`: its code, with all below it. `due_after` is exclusive, `due_before` inclusive, so that a day is from
    its 00:00 to its 24:00. `number`: the beginning of order numbers. `flags`: all of them. `pending`: a request of one
    of these kinds waits for a decision. `clock`: a clock of this name runs; for a unit, its own. `place`: words of it.
    `undated`: only orders that no running duty gives a time. `returned`: a unit gave it back (退单). `handed`: another
    platform handed it over (上级交办, 转办来件). `calls`, of orders to be called back that nobody wants redone: first
    (the last call, if any, was answered) or again (it was not). `part`, of a unit's own list: unsigned (it has not
    signed), lead (it is the lead), opinion (a co-handler that owes its opinion). `happened`: sent_back (by review or by
    its leader, and not answered since), extended. `free_of`: none of these requests waits.
    `unexplained`: the last rating is one of these, and the unit has not explained itself (说明情况) since.
    """

    platform: str | None = None
    states: tuple[str, ...] = ()
    unit: str | None = None
    category: str | None = None
    channel: str | None = None
    source: str | None = None
    card: str | None = None
    emergency: bool | None = None
    due_after: int | None = None
    due_before: int | None = None
    registered_from: int | None = None
    registered_to: int | None = None
    text: str | None = None
    number: str | None = None
    flags: tuple[str, ...] = ()
    requester: str | None = None
    undated: bool = False
    pending: tuple[str, ...] = ()
    clock: str | None = None
    place: str | None = None
    returned: bool = False
    handed: bool = False
    calls: str | None = None
    part: str | None = None
    happened: str | None = None
    free_of: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()


class Branch(msgspec.Struct, frozen=True):
    """A set of leading values (one index range each), as a VALUES list: columns and rows. No columns: one branch."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    co: bool = False


class Asked(msgspec.Struct, frozen=True):
    """A list as asked: branches, conditions with their parameters, nothing at all where `empty`."""

    branches: tuple[Branch, ...]
    conditions: tuple[str, ...]
    parameters: tuple[Any, ...]
    tsquery: str | None
    empty: bool = False
    ranked: bool = False  # of equally urgent orders, those of priority topics (优先) come first
    clock: str | None = None  # a clock of this name runs: the lead's, or for a co-handler's branch its own


NOTHING = Asked((), (), (), None, True)


def asked(filters: Filters, actor: Actor, sort: str) -> Asked:
    """The list within the actor's scope. Raises BadInput for an unknown state, sort or platform."""
    _check(filters, sort)
    own = scope(actor)
    if own.kind == "nothing":
        return NOTHING
    conditions, parameters = _conditions(filters, sort)
    queries = [words.tsquery(text) for text in (filters.text, filters.place) if text]
    if None in queries:
        return NOTHING
    query = " & ".join(filter(None, queries)) or None
    found = _platforms(filters, own)
    if found is not None and not found:
        return NOTHING
    if own.kind == "requester":
        return _of_requester(own, conditions, parameters, query)
    if own.kind == "unit" and filters.requester:
        # Who may not see a contact must not find it either: a known phone would tell who asked for secrecy.
        conditions.append("not o.flags @> '{confidential}'")
    branches = _branches(filters, own, found, conditions, parameters, query is not None, sort)
    ranked = sort == "due" and _ranked(found)
    return Asked(branches, tuple(conditions), tuple(parameters), query, ranked=ranked, clock=filters.clock)


def _check(filters: Filters, sort: str) -> None:
    if sort not in SORTS:
        known = "registered (登记时间)、oldest (最早登记)、due (到期时间)、changed (最近变动)"
        raise BadInput(f"没有排序方式 {sort!r}, 可用的有: {known}", "sort")
    for state in filters.states:
        if state not in STATES:
            raise BadInput(f"没有状态 {state!r}, 可用的有: {'、'.join(STATES)}", "state")
    for kind in filters.pending:
        if kind not in PENDING:
            raise BadInput(f"没有申请 {kind!r}, 可用的有: {'、'.join(PENDING)}", "pending")


def _ranked(found: tuple[int, ...] | None) -> bool:
    """Whether the rules of one of these platforms know priority topics; else no order has the flag."""
    rows = platforms.everything() if found is None else [platforms.of_id(one) for one in found]
    today = books.local_day(clock.now())
    governing = [books.library().version(name, today).book for name in {row.book for row in rows if row.book}]
    return any(book is not None and book.intake.priority is not None for book in governing)


def tie(order_id: int, flags: Collection[str], ranked: bool) -> int:
    """What orders rows of the same moment: the id, behind all ids of priority orders where these come first."""
    return order_id + (LATER if ranked and "priority" not in flags else 0)


def _of_requester(own: Scope, conditions: list[str], parameters: list[Any], query: str | None) -> Asked:
    conditions.append("(o.requester = %s or o.number = %s)")
    parameters += [own.requester_ref, own.order_no]
    return Asked((Branch(),), tuple(conditions), tuple(parameters), query)


def _platforms(filters: Filters, own: Scope) -> tuple[int, ...] | None:
    """The platforms to look at, None for all."""
    if filters.platform is None:
        return own.platform_ids if own.kind == "platforms" else None
    below = platforms.below(platforms.of_code(filters.platform).path)
    return tuple(sorted(below & set(own.platform_ids))) if own.kind == "platforms" else tuple(sorted(below))


def _branches(
    filters: Filters,
    own: Scope,
    found: tuple[int, ...] | None,
    conditions: list[str],
    parameters: list[Any],
    searching: bool,
    sort: str,
) -> tuple[Branch, ...]:
    units = _units(filters, own)
    if units is not None:
        if found is not None:
            conditions.append("o.platform_id = any (%s)")
            parameters.append(list(found))
        return _of_units(filters, units, conditions, parameters, searching, sort)
    own_index = filters.pending or sort == "changed" or _running(filters) != filters.states
    if searching or (found is None and not own_index) or (found is not None and len(found) > MOST_BRANCHES):
        _states(filters, conditions, parameters)
        if found is not None and len(found) < platforms.count():
            conditions.append("o.platform_id = any (%s)")
            parameters.append(list(found))
        return (Branch(),)
    every = found if found is not None else tuple(row.id for row in platforms.everything())
    return _of_platforms(filters, every, conditions, parameters, sort)


def _of_units(
    filters: Filters,
    units: tuple[str, ...],
    conditions: list[str],
    parameters: list[Any],
    searching: bool,
    sort: str,
) -> tuple[Branch, ...]:
    states = _running(filters) or tuple(STATES)
    lead = Branch(("lead", "state"), tuple((unit, state) for unit in units for state in states))
    if searching or filters.pending or sort == "changed" or len(lead.rows) > MOST_BRANCHES:
        lead = Branch(("lead",), tuple((unit,) for unit in units))
        _states(filters, conditions, parameters)
    elif states != tuple(STATES):
        _states(filters, conditions, parameters)
    co = Branch(("unit",), tuple((unit,) for unit in units), co=True)
    if filters.part == "lead":
        return (lead,) if units else ()
    if filters.part == "opinion":
        conditions.append("a.opinion_at is null")
        return (co,) if units else ()
    if filters.part == "unsigned":
        conditions.append(_UNSIGNED)
        parameters.append(list(units))
    return (lead, co) if units else ()


def _of_platforms(
    filters: Filters, found: tuple[int, ...], conditions: list[str], parameters: list[Any], sort: str
) -> tuple[Branch, ...]:
    states = _running(filters) or (tuple(STATES) if sort == "due" or filters.undated else ())
    short = len(found) * len(states) <= MOST_BRANCHES
    if states and short and not filters.pending and sort != "changed":
        return (Branch(("platform_id", "state"), tuple((one, state) for one in found for state in states)),)
    _states(filters, conditions, parameters)
    if sort == "due" and not filters.pending:
        conditions.append("o.platform_id = any (%s)")
        parameters.append(list(found))
        return (Branch(),)
    return (Branch(("platform_id",), tuple((one,) for one in found)),)


def _running(filters: Filters) -> tuple[str, ...]:
    """The states to look at, () for all: what is asked for, or where a clock that is asked for can run."""
    if filters.states or filters.clock is None or filters.clock in LASTING_CLOCKS:
        return filters.states
    return OPEN


def _units(filters: Filters, own: Scope) -> tuple[str, ...] | None:
    if own.kind == "unit":
        if filters.unit is not None:
            return (filters.unit,) if filters.unit in own.unit_codes else ()
        return tuple(sorted(own.unit_codes))
    return None if filters.unit is None else (filters.unit,)


def _states(filters: Filters, conditions: list[str], parameters: list[Any]) -> None:
    if states := _running(filters):
        conditions.append("o.state = any (%s)")
        parameters.append(list(states))


def _conditions(filters: Filters, sort: str) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []
    plain = {
        "o.category = %s": filters.category,
        "o.channel = %s": filters.channel,
        "o.source = %s": filters.source,
        "o.requester = %s": filters.requester,
        "o.due_at > to_timestamp(%s)": filters.due_after,
        "o.due_at <= to_timestamp(%s)": filters.due_before,
        "o.registered_at >= to_timestamp(%s)": filters.registered_from,
        "o.registered_at < to_timestamp(%s)": filters.registered_to,
    }
    for condition, value in plain.items():
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    if filters.number:
        conditions.append("o.number like %s")
        parameters.append(_plain(filters.number) + "%")
    if filters.card == "any":
        conditions.append("o.card <> ''")
    elif filters.card:
        conditions.append("o.card = %s and o.card <> ''")
        parameters.append(filters.card)
    if filters.emergency is not None:
        conditions.append("o.emergency is not null" if filters.emergency else "o.emergency is null")
    if filters.calls:
        conditions.append("not o.flags @> '{wants_redo}'")
        conditions.append(_UNANSWERED if filters.calls == "again" else f"not {_UNANSWERED}")
    if filters.happened:
        conditions.append(_ONCE.format(kinds="', '".join(_HAPPENED[filters.happened][1])))
        conditions.append(_LATEST)
        parameters += [list(kinds) for kinds in _HAPPENED[filters.happened]]
    if filters.unexplained:
        conditions.append(_UNEXPLAINED)
        parameters.append(list(filters.unexplained))
    if filters.flags:
        conditions.append("o.flags @> %s and o.flags <> '{}'")
        parameters.append(list(filters.flags))
    if filters.pending:
        conditions.append("o.pending && %s and o.pending <> '{}'")
        parameters.append(list(filters.pending))
    if filters.free_of:
        conditions.append("not o.pending && %s")
        parameters.append(list(filters.free_of))
    for part in (filters.place or "").split():
        conditions.append("o.place like %s")
        parameters.append(f"%{_plain(part)}%")
    if filters.returned:
        conditions.append(_RETURNED)
    if filters.handed:
        conditions.append(_HANDED)
    if filters.undated:
        conditions.append("o.due_at is null")
    if sort == "due" or filters.due_before is not None or filters.due_after is not None:
        conditions.append("o.due_at is not null")
    return conditions, parameters


def _plain(text: str) -> str:
    """Words for `like`, none of them a pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def pack(sort: str, moment: int, order_id: int) -> str:
    """The cursor after a row; of the sort `<` and its name, the cursor before one."""
    return base64.urlsafe_b64encode(msgspec.json.encode((sort, moment, order_id))).decode().rstrip("=")


def unpack(cursor: str, sort: str) -> tuple[int, int, bool]:
    """Moment and id of the row a cursor stands at, and whether what comes before it is asked for.

    Raises BadInput for a cursor that is broken or of another sort.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        kind, moment, order_id = msgspec.json.decode(raw, type=tuple[str, int, int])
    except (binascii.Error, msgspec.MsgspecError, ValueError, UnicodeError):
        raise BadInput("翻页标记不正确, 请从第一页重新查询", "cursor") from None
    back = kind.startswith("<")
    if kind.removeprefix("<") != sort or not -(2**53) < moment < 2**53 or not 0 <= order_id < 2**63:
        raise BadInput("翻页标记与排序方式不一致, 请从第一页重新查询", "cursor")
    return moment, order_id, back
