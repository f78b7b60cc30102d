"""Orders that may be about the same matter (相似工单), while an agent still writes: by person, and by rare words.

At a million orders a word like 小区 stands in every third; so only the rarest words of a text are looked up, each one's
newest orders to a bound, and these few are ranked by how much of the text they share.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import msgspec

from yixian.intake import callers
from yixian.lifecycle.table import OPEN
from yixian.orders import clock, lists, session, words
from yixian.orders.filters import Filters
from yixian.orders.lists import Row
from yixian.parties.access import Actor, scope

RECENT = 90 * 86400
RAREST = 4
NEWEST = 24
WALKED = 0.004
MOST = 6
MOST_WORDS = 80
FRESH = 600.0

_COMMON = """
select most_common_elems::text::text[], most_common_elem_freqs from pg_stats
where schemaname = 'public' and tablename = 'orders_searchtext' and attname = 'tokens'"""
_HOLDING = """(
    select s.order_id from orders_searchtext s
    where s.tokens @@ %s::tsquery and s.registered_at > to_timestamp(%s) and s.platform_id = any (%s)
    order by s.registered_at desc, s.order_id desc limit %s)"""
_RARE = """(
    with holding as materialized (
        select s.order_id, s.registered_at from orders_searchtext s
        where s.tokens @@ %s::tsquery and s.registered_at > to_timestamp(%s) and s.platform_id = any (%s)
    )
    select order_id from holding order by registered_at desc, order_id desc limit %s)"""
_SHARED = """
select s.order_id, array(select unnest(tsvector_to_array(s.tokens)) intersect select unnest(%s::text[]))
from orders_searchtext s where s.order_id = any (%s)"""

_frequencies: tuple[float, dict[str, float]] = (0.0, {})


class Similar(msgspec.Struct, frozen=True):
    """An order that shares words with what is written. `share`: how much of the text's weight, 0 to 1."""

    row: Row
    share: float
    shared: tuple[str, ...]


def open_of(ref: str, actor: Actor) -> tuple[Row, ...]:
    """The open orders of a person that the actor may read, newest first."""
    found = lists.page(Filters(requester=ref), actor, None, callers.NEWEST)
    return tuple(row for row in found.rows if row.state in OPEN)


def like(text: str, actor: Actor, *, place: str = "", leave_out: Sequence[int] = ()) -> list[Similar]:
    """Orders of the last 90 days with similar words, within the actor's platforms, the most similar first."""
    own = scope(actor)
    if own.kind != "platforms" or not own.platform_ids:
        return []
    spoken = [word for word in words.lexemes(text[:2000], place[:200]) if len(word) > 1 and not word.isdigit()]
    weights = _weighed(spoken)
    asked = sorted(weights, key=lambda word: -weights[word])[:RAREST]
    if len(spoken) < 2 or not asked:
        return []
    ids = _holding(asked, own.platform_ids, leave_out)
    shared: dict[int, list[str]] = dict(session.fetch(_SHARED, [list(weights), ids])) if ids else {}
    whole = sum(weights.values())
    ranked = sorted(((sum(weights[word] for word in held) / whole, key) for key, held in shared.items()), reverse=True)
    best = [(share, key) for share, key in ranked if share >= 0.2 and len(shared[key]) > 1][:MOST]
    found = {row.id: row for row in lists.rows_of([key for _, key in best])}
    return [
        Similar(found[key], share, tuple(sorted(shared[key], key=lambda word: -weights[word])[:5]))
        for share, key in best
        if key in found
    ]


def _holding(asked: Sequence[str], platforms: Sequence[int], leave_out: Sequence[int]) -> list[int]:
    """The newest orders with one of these words.

    A common word is met again and again on the way back from today; one that the database does not count among the
    common stands in few orders, which its own index names at once, though the planner would think them more.
    """
    since, common = clock.now() - RECENT, _common()
    query = " union ".join(_HOLDING if common.get(word, 0) > WALKED else _RARE for word in asked)
    values = [value for word in asked for value in (_quoted(word), since, list(platforms), NEWEST)]
    return [row[0] for row in session.fetch(query, values, prepare=False) if row[0] not in leave_out]


def _weighed(spoken: Sequence[str]) -> dict[str, float]:
    """How much each word says: the rarer, the more."""
    known = _common()
    rarest = min(known.values(), default=0.001)
    return {word: -math.log(min(0.9, max(known.get(word, rarest), 1e-6))) for word in spoken[:MOST_WORDS]}


def _common() -> dict[str, float]:
    """How often the commonest words stand in orders, as the database last counted; asked anew every ten minutes."""
    global _frequencies
    if _frequencies[0] < time.monotonic():
        row = session.fetch_one(_COMMON)
        known = dict(zip(row[0], row[1], strict=False)) if row and row[0] else {}
        _frequencies = (time.monotonic() + FRESH, known)
    return _frequencies[1]


def forget() -> None:
    """Ask how common words are anew at the next use."""
    global _frequencies
    _frequencies = (0.0, {})


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
