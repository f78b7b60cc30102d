"""How often one address may use what needs no login: counted in the database, so that all processes share the counts.

Pages and API count under the same names. Fixed windows, one upsert per use, on the real clock whatever moment orders
are simulated at.
"""

from __future__ import annotations

import hmac
import ipaddress
import random
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from yixian.parties.errors import TooOften


class Rate(NamedTuple):
    """At most `calls` within `seconds`."""

    calls: int
    seconds: int


RATES: Mapping[str, Rate] = {
    "public-submit": Rate(10, 600),
    "public-query": Rate(30, 60),
    "public-change": Rate(20, 600),
    "public-upload": Rate(20, 600),
    "public-rate": Rate(30, 600),
    "public-answer": Rate(20, 3600),  # a whole hall of people may answer from one address
    "failed-login": Rate(40, 600),  # wrong ones alone: a whole hall of seats may log in from one address at eight
}
_UPSERT = """
    insert into parties_ratewindow (key, "window", count, ends) values (%s, %s, 1, %s)
    on conflict (key) do update set
        count = case when parties_ratewindow."window" = excluded."window" then parties_ratewindow.count + 1 else 1 end,
        "window" = excluded."window", ends = excluded.ends
    returning count
"""
_STRIKE = """
    insert into parties_ratewindow (key, "window", count, ends) values (%(key)s, 0, 1, %(now)s + 86400)
    on conflict (key) do update set
        count = case when parties_ratewindow.ends <= %(now)s then 1 else parties_ratewindow.count + 1 end,
        ends = case
            when parties_ratewindow.ends <= %(now)s then %(now)s + 86400
            when parties_ratewindow.count + 1 = %(most)s then %(now)s + %(seconds)s
            else parties_ratewindow.ends
        end
    returning count, ends
"""
_LOOK = 'select count from parties_ratewindow where key = %s and "window" = %s'
SWEEP_ONE_IN = 500


def count(name: str, meta: Mapping[str, Any]) -> None:
    """Count one use from the address of a request. Raises TooOften."""
    rate, now = _rate(name), int(time.time())
    ends = (now // rate.seconds + 1) * rate.seconds
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [_key(name, meta), now // rate.seconds, ends])
        row = cursor.fetchone()
        if random.randrange(SWEEP_ONE_IN) == 0:
            cursor.execute("delete from parties_ratewindow where ends < %s", [now])
    if row is not None and row[0] > rate.calls:
        raise _too_often(rate, ends - now)


def look(name: str, meta: Mapping[str, Any]) -> None:
    """Raises TooOften where the address has used up what it may; counts nothing."""
    rate, now = _rate(name), int(time.time())
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [_key(name, meta), now // rate.seconds])
        row = cursor.fetchone()
    if row is not None and row[0] >= rate.calls:
        raise _too_often(rate, rate.seconds - now % rate.seconds)


def strike(name: str, what: str, *, most: int, seconds: int) -> int | None:
    """Count a failure of `what`; from the `most`-th on the moment until which it is barred, else None."""
    with connection.cursor() as cursor:
        key = _hashed(f"{name}\x00{what}")
        cursor.execute(_STRIKE, {"key": key, "now": int(time.time()), "most": most, "seconds": seconds})
        tries, ends = cursor.fetchone()
    return ends if tries >= most else None


def address_of(meta: Mapping[str, Any]) -> str:
    """Where a request comes from; X-Forwarded-For counts only where the peer is one of settings.TRUSTED_PROXIES.

    Of several forwarded addresses the last one that is no trusted proxy counts: those before it anyone may invent.
    """
    trusted = getattr(settings, "TRUSTED_PROXIES", ())
    found = str(meta.get("REMOTE_ADDR") or "")
    hops = str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",")
    while found in trusted and hops:
        found = hops.pop().strip() or found
    return found[:64]


def _rate(name: str) -> Rate:
    return Rate(*getattr(settings, "PUBLIC_RATES", {}).get(name, RATES[name]))


def _key(name: str, meta: Mapping[str, Any]) -> bytes:
    """A keyed hash: nobody's address is kept."""
    return _hashed(f"{name}\x00{_network(address_of(meta))}")


def _hashed(what: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), what.encode("utf-8", "replace"), "sha256")[:16]


def _too_often(rate: Rate, wait: int) -> TooOften:
    span = f"{rate.seconds // 60} 分钟" if rate.seconds >= 60 else f"{rate.seconds} 秒"
    wait = max(1, wait)
    soon = f"{wait} 秒" if wait < 100 else f"{-(-wait // 60)} 分钟"
    return TooOften(f"操作过于频繁: 每 {span}最多 {rate.calls} 次, 请 {soon}后再试", wait)


def _network(address: str) -> str:
    """An address of the sixth version counts as its network: one household has 2^64 of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    return address
