"""What changes notices: telling people (`tell`, many at once `tell_all`), and marking what they have read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from yixian.exchange import addresses
from yixian.exchange.models import KINDS
from yixian.orders import session
from yixian.parties.permission import Actor

LONGEST_TITLE = 200
LONGEST_KEY = 200

_TELL = """
with told as materialized (
    select * from json_to_recordset(%s::json) as r(
        key text, kind text, title text, text text, order_no text, url text, basis text[], at bigint, to_whom text[])
), fresh as (
    insert into exchange_notice (key, kind, title, text, order_no, url, basis, at)
    select key, kind, title, text, order_no, url, coalesce(basis, '{}'), to_timestamp(at) from told
    on conflict (key) do nothing returning id, key
), known as (
    select id, key from fresh
    union all
    select n.id, n.key from exchange_notice n join told t on t.key = n.key
), sent as (
    insert into exchange_audience (address, notice_id, kind)
    select distinct w.address, k.id, t.kind
    from told t join known k on k.key = t.key cross join lateral unnest(t.to_whom) as w (address)
    on conflict do nothing returning 1
)
select count(*) from sent"""
_READ = """
insert into exchange_read (user_id, notice_id)
select %s, a.notice_id from exchange_audience a
where a.address = any (%s) and a.notice_id = any (%s)
group by a.notice_id on conflict do nothing returning 1"""
_READ_ALL = """
with moved as (
    insert into exchange_readupto (user_id, notice_id) values (%s, %s)
    on conflict (user_id) do update set notice_id = greatest(exchange_readupto.notice_id, excluded.notice_id)
    returning user_id, notice_id
), tidied as (
    delete from exchange_read r using moved m where r.user_id = m.user_id and r.notice_id <= m.notice_id
)
select 1"""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """One notice to be sent: words, whom it is for (`addresses`), and the key that makes it once only."""

    key: str
    kind: str
    title: str
    to_whom: tuple[str, ...]
    at: int
    text: str = ""
    order_no: str | None = None
    url: str = ""
    basis: tuple[str, ...] = ()


def tell(
    *,
    kind: str,
    title: str,
    text: str = "",
    units: Sequence[str] = (),
    roles: Sequence[str] = (),
    platform_id: int | None = None,
    users: Sequence[int] = (),
    order_no: str | None = None,
    url: str = "",
    basis: Sequence[str] = (),
    key: str,
    at: int,
) -> int:
    """Tell units, roles over a platform and users something (站内提醒); returns how many recipients are new.

    The same `key` is told once to each recipient, however often it is said. Roles of units (unit_clerk, unit_leader)
    narrow the `units`; the others are those of the platform. `url` "": the order's page where there is one. Title and
    text must not hold personal data. An address, not a person, is a recipient: who belongs to it is settled on reading.
    """
    whom = addresses.addresses(units=units, roles=roles, platform_id=platform_id, users=users)
    return tell_all(
        [
            Telling(
                key=key, kind=kind, title=title, to_whom=whom, at=at, text=text, order_no=order_no, url=url,
                basis=tuple(basis),
            )
        ]
    )  # fmt: skip


def tell_all(notices: Iterable[Telling]) -> int:
    """Send many notices in one statement; returns how many recipients are new. Of equal keys the first is kept."""
    chosen: dict[str, Telling] = {}
    for notice in notices:
        if notice.to_whom:
            chosen.setdefault(notice.key[:LONGEST_KEY], notice)
    if not chosen:
        return 0
    rows = [
        msgspec.structs.replace(
            notice, key=key, title=notice.title[:LONGEST_TITLE], kind=notice.kind if notice.kind in KINDS else "other",
            url=notice.url or (f"/orders/{notice.order_no}/" if notice.order_no else ""),
        )
        for key, notice in chosen.items()
    ]  # fmt: skip
    row = session.fetch_one(_TELL, [msgspec.json.encode(rows).decode()])
    return int(row[0]) if row else 0


def read(actor: Actor, notices: Sequence[int]) -> int:
    """The actor has read these notices, those of them that are theirs; returns how many were new."""
    if actor.user_id is None or not notices:
        return 0
    return len(session.fetch(_READ, [actor.user_id, list(addresses.of_actor(actor)), list(notices)]))


def read_all(actor: Actor, up_to: int) -> None:
    """The actor has read everything up to this notice (全部标为已读)."""
    if actor.user_id is not None:
        session.fetch(_READ_ALL, [actor.user_id, up_to])
