"""Order numbers (工单编号) and query codes (查询码).

A number is YYYYMMDD, the platform in 3 digits, a serial in 5. Serials come in blocks that each process takes in a
transaction of its own, so that registrations never wait for one another; a block left unused leaves a gap.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import threading
from collections import deque

from django.conf import settings
from django.db import connection

from yixian.orders.books import local_day

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 6
LARGEST_BLOCK = 64

_TAKE = """
insert into orders_serial (platform_id, day, last) values (%s, %s, %s)
on conflict (platform_id, day) do update set last = orders_serial.last + excluded.last returning last"""
_IDS = "select nextval('orders_order_id_seq') from generate_series(1, %s)"

_lock = threading.Lock()
_ids: deque[int] = deque()
_serials: dict[tuple[int, dt.date], deque[int]] = {}
_blocks: dict[tuple[int, dt.date], int] = {}


def take(platform_id: int, registered: int, count: int = 1) -> list[tuple[int, str]]:
    """Ids and numbers for `count` new orders of a platform registered at this moment."""
    day = local_day(registered)
    with _lock:
        ids = [_next_id(count) for _ in range(count)]
        serials = _take_serials((platform_id, day), count)
    return [
        (order_id, f"{day:%Y%m%d}{platform_id:03d}{serial:05d}") for order_id, serial in zip(ids, serials, strict=True)
    ]


def _next_id(count: int) -> int:
    if not _ids:
        with connection.cursor() as cursor:
            cursor.execute(_IDS, [max(count, LARGEST_BLOCK)])
            _ids.extend(row[0] for row in cursor.fetchall())
    return _ids.popleft()


def _take_serials(key: tuple[int, dt.date], count: int) -> list[int]:
    left = _serials.setdefault(key, deque())
    if len(left) < count:
        # The first few of a day come one by one, so that a quiet county has consecutive numbers.
        block = _blocks.get(key, 1)
        need = max(block, count - len(left)) if not connection.in_atomic_block else count - len(left)
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [key[0], key[1], need])
            last: int = cursor.fetchone()[0]
        left.extend(range(last - need + 1, last + 1))
        _blocks[key] = min(block * 2, LARGEST_BLOCK)
        _drop_old_days(key)
    return [left.popleft() for _ in range(count)]


def _drop_old_days(current: tuple[int, dt.date]) -> None:
    if len(_serials) > 5000:
        for key in [key for key in _serials if key != current]:
            del _serials[key]
            _blocks.pop(key, None)


def forget() -> None:
    """Give up the blocks in hand (after the database was replaced, or in a forked child)."""
    with _lock:
        _ids.clear()
        _serials.clear()
        _blocks.clear()


def query_code(number: str) -> str:
    """The query code of an order: unguessable without the installation's secret, the same each time it is asked."""
    digest = hmac.digest(_key("code"), number.encode(), "sha256")
    value = int.from_bytes(digest[:8], "big")
    letters = []
    for _ in range(CODE_LENGTH):
        value, rest = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def code_hash(number: str, code: str) -> bytes:
    """What is stored of a query code: a keyed hash."""
    return hmac.digest(_key("hash"), f"{number}:{code.strip().upper()}".encode(), "sha256")


def _key(purpose: str) -> bytes:
    return hashlib.sha256(f"orders.query_code.{purpose}:{settings.SECRET_KEY}".encode()).digest()
