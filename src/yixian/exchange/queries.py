"""What reads notices: how many are unread (one bounded index scan), and the list by keyset, newest first."""

from __future__ import annotations

import base64
import binascii

import msgspec

from yixian.exchange import addresses
from yixian.exchange.models import KINDS
from yixian.orders import session
from yixian.orders.errors import BadInput
from yixian.parties.permission import Actor

COUNTED = 100
LARGEST_PAGE = 100

# Each address gives its newest unread from the index; what several addresses share counts once.
_UNREAD = """
with mark as (select coalesce((select notice_id from exchange_readupto where user_id = %s), 0) as upto)
select count(distinct n.notice_id) from mark cross join unnest(%s::text[]) as w (address)
cross join lateral (
    select a.notice_id from exchange_audience a
    where a.address = w.address and a.notice_id > mark.upto
        and not exists (select 1 from exchange_read r where r.user_id = %s and r.notice_id = a.notice_id)
    order by a.notice_id desc limit %s
) n"""
_KEYS = """
select distinct n.notice_id from unnest(%s::text[]) as w (address)
cross join lateral (
    select a.notice_id from exchange_audience a
    where a.address = w.address and a.notice_id < %s {kind} {unread}
    order by a.notice_id desc limit %s
) n order by n.notice_id desc limit %s"""
_NEW_ONLY = """and a.notice_id > coalesce((select notice_id from exchange_readupto where user_id = %s), 0)
        and not exists (select 1 from exchange_read r where r.user_id = %s and r.notice_id = a.notice_id)"""
_ROWS = """
select n.id, n.kind, n.title, n.text, n.order_no, n.url, n.basis, extract(epoch from n.at)::bigint,
    n.id <= coalesce((select notice_id from exchange_readupto where user_id = %s), 0)
        or exists (select 1 from exchange_read r where r.user_id = %s and r.notice_id = n.id)
from exchange_notice n where n.id = any (%s) order by n.id desc"""
_FIRST = 2**62


class NoticeRow(msgspec.Struct, frozen=True):
    """One notice as its reader sees it."""

    id: int
    kind: str
    title: str
    text: str
    order_no: str | None
    url: str
    basis: list[str]
    at: int
    read: bool

    @property
    def kind_title(self) -> str:
        """The kind in words."""
        return KINDS.get(self.kind, KINDS["other"])


class NoticePage(msgspec.Struct, frozen=True):
    """One page of notices and the cursor of the next, None at the end."""

    rows: tuple[NoticeRow, ...]
    next_cursor: str | None


def unread(actor: Actor) -> int:
    """How many notices the actor has not read, counted up to 100."""
    if actor.user_id is None:
        return 0
    row = session.fetch_one(_UNREAD, [actor.user_id, list(addresses.of_actor(actor)), actor.user_id, COUNTED])
    return min(int(row[0]), COUNTED) if row else 0


def page(
    actor: Actor, *, kind: str | None = None, new_only: bool = False, cursor: str | None = None, size: int = 50
) -> NoticePage:
    """One page of the actor's notices, newest first. Raises BadInput for an unknown kind, cursor or size."""
    if not 1 <= size <= LARGEST_PAGE:
        raise BadInput(f"每页条数应为 1 至 {LARGEST_PAGE}", "size")
    if kind is not None and kind not in KINDS:
        raise BadInput(f"没有这一种提醒, 可选的有: {'、'.join(KINDS.values())}", "kind")
    if actor.user_id is None:
        return NoticePage((), None)
    before = _unpack(cursor) if cursor else _FIRST
    parameters: list[object] = [list(addresses.of_actor(actor)), before]
    if kind:
        parameters.append(kind)
    if new_only:
        parameters += [actor.user_id, actor.user_id]
    query = _KEYS.format(kind="and a.kind = %s" if kind else "", unread=_NEW_ONLY if new_only else "")
    ids = [row[0] for row in session.fetch(query, [*parameters, size + 1, size + 1])]
    if not ids:
        return NoticePage((), None)
    found = session.fetch(_ROWS, [actor.user_id, actor.user_id, ids[:size]])
    rows = tuple(NoticeRow(*row) for row in found)
    return NoticePage(rows, _pack(ids[size - 1]) if len(ids) > size else None)


def _pack(notice_id: int) -> str:
    return base64.urlsafe_b64encode(str(notice_id).encode()).decode().rstrip("=")


def _unpack(cursor: str) -> int:
    try:
        found = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise BadInput("翻页标记不正确, 请从第一页重新查看", "cursor") from None
    if not 0 < found < 2**62:
        raise BadInput("翻页标记不正确, 请从第一页重新查看", "cursor")
    return found
