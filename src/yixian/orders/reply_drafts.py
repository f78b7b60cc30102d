"""Replies that are being written (答复草稿): saved while one types, encrypted, each person's own.

Two windows of one person do not overwrite each other: a save names the version it goes on from.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from yixian.orders import clock, session, single
from yixian.orders.errors import BadInput, Changed
from yixian.parties.access import Actor
from yixian.parties.keys import KeyMissing, keyring, seal, unseal

LIVES = 14 * 86400
LARGEST = 200_000
_READ = """
select version, key_id, wrapped_key, sealed, extract(epoch from saved_at)::bigint from orders_replydraft
where order_id = %s and user_id = %s"""
_SAVE = """
insert into orders_replydraft as d (order_id, user_id, version, key_id, wrapped_key, sealed, saved_at)
values (%s, %s, 1, %s, %s, %s, to_timestamp(%s))
on conflict (order_id, user_id) do update set version = d.version + 1, key_id = excluded.key_id,
    wrapped_key = excluded.wrapped_key, sealed = excluded.sealed, saved_at = excluded.saved_at
where d.version = %s returning version"""
_DROP = "delete from orders_replydraft where order_id = %s and user_id = %s returning 1"
_OLD = "delete from orders_replydraft where user_id = %s and saved_at < to_timestamp(%s) returning 1"


class Kept(msgspec.Struct, frozen=True):
    """What was typed: field -> values as a form sends them, for which command, when it was saved."""

    version: int
    command: str
    fields: dict[str, list[str]]
    saved: int


def read(number: str, actor: Actor) -> Kept | None:
    """The person's draft for this order, None where there is none. Raises NotFound."""
    order, _ = single.readable(number, actor)
    row = session.fetch_one(_READ, [order.id, actor.user_id]) if actor.user_id is not None else None
    if row is None:
        return None
    owner = _owner(order.id, actor)
    try:
        said: dict[str, Any] = msgspec.json.decode(
            unseal(keyring().unwrap(row[1], bytes(row[2]), owner), bytes(row[3]), owner)
        )
    except KeyMissing:
        return None
    return Kept(row[0], said["command"], said["fields"], row[4])


def save(number: str, actor: Actor, command: str, fields: dict[str, list[str]], version: int) -> Kept:
    """Save what was typed; `version`: that of the draft it goes on from, 0 for none.

    Raises NotFound, BadInput (too long), Changed where another window saved a later one.
    """
    order, _ = single.readable(number, actor)
    if actor.user_id is None:
        raise BadInput("只有登录的人员可以暂存答复")
    content = msgspec.json.encode({"command": command, "fields": fields})
    if len(content) > LARGEST:
        raise BadInput("内容太长, 不能暂存; 请缩短后再写")
    owner = _owner(order.id, actor)
    key, wrapped = keyring().new_key(owner)
    now = clock.now()
    values = [order.id, actor.user_id, keyring().current, wrapped, seal(key, content, owner), now, version]
    row = session.fetch_one(_SAVE, values)
    if row is None:
        raise Changed("您在另一个窗口改过这份答复, 这里没有覆盖它。请在那个窗口继续, 或刷新本页。")
    if row[0] == 1:
        session.fetch(_OLD, [actor.user_id, now - LIVES])
    return Kept(row[0], command, fields, now)


def drop(number: str, actor: Actor) -> None:
    """Forget the person's draft, as when it was sent. Raises NotFound."""
    order, _ = single.readable(number, actor)
    if actor.user_id is not None:
        session.fetch(_DROP, [order.id, actor.user_id])


def _owner(order_id: int, actor: Actor) -> bytes:
    return f"reply:{order_id}:{actor.user_id}".encode()


def saved_words(moment: int) -> str:
    """When it was saved, in local time: 10:32, or with the day where it was not today."""
    zone = dt.timezone(dt.timedelta(hours=8))
    then, today = dt.datetime.fromtimestamp(moment, zone), dt.datetime.fromtimestamp(clock.now(), zone)
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then.month} 月 {then.day} 日 {then:%H:%M}"
