"""Drawing orders at random, repeatably (抽样): the same seed, span and size give the same orders."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.db import connection

from yixian.orders.errors import BadInput
from yixian.parties.access import Actor

MOST = 100
LONGEST_SPAN = 366
# Only order numbers and what lists show of them: no requester, and the text's personal data is masked in it already.
_DRAW = """
select number, category, excerpt, state, coalesce(lead, ''), registered_at, closed_at
from orders_order
where platform_id = any (%s) and registered_at >= %s and registered_at < %s
  and (%s = '' or channel = %s) and (%s or state in ('closed', 'archived', 'answered'))
order by md5(%s || number) limit %s"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One order of a sample, as a masked sheet shows it."""

    number: str
    category: str
    excerpt: str
    state: str
    unit: str
    registered_at: dt.datetime
    closed_at: dt.datetime | None


def draw(
    actor: Actor, *, first: dt.date, last: dt.date, size: int, seed: str, channel: str = "", unfinished: bool = False
) -> list[Drawn]:
    """A random sample of the orders registered from `first` to `last`, finished ones unless `unfinished`.

    Raises BadInput for a span or size beyond reason.
    """
    if last < first:
        raise BadInput("结束日期早于开始日期, 请核对。", "last")
    if (last - first).days > LONGEST_SPAN:
        raise BadInput("抽样的时间最长一年, 请分段抽取。", "last")
    if not 1 <= size <= MOST:
        raise BadInput(f"一次抽取 1 至 {MOST} 件。", "size")
    if actor.kind in ("unit", "requester"):
        return []
    zone = dt.timezone(dt.timedelta(hours=8))
    begins = dt.datetime.combine(first, dt.time(), zone)
    ends = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [list(actor.platform_ids), begins, ends, channel, channel, unfinished, _salt(seed), size])
        return [Drawn(*row) for row in cursor.fetchall()]


def _salt(seed: str) -> str:
    """The seed as plain signs, whatever was typed."""
    return hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:16]
