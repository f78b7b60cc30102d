"""Rate limits of the public endpoints, counted in the database so that all web processes share them.

Fixed windows, one upsert per call. The real clock is used, whatever moment orders are simulated at.
"""

from __future__ import annotations

import hmac
import ipaddress
import random
import time
from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from yixian.api.call import Call
from yixian.api.problems import Problem


class Rate(NamedTuple):
    """At most `calls` within `seconds`."""

    calls: int
    seconds: int


RATES: Mapping[str, Rate] = {
    "public-submit": Rate(10, 600),
    "public-query": Rate(30, 60),
    "public-change": Rate(20, 600),
}
_UPSERT = """
    insert into api_ratewindow (key, "window", count, ends) values (%s, %s, 1, %s)
    on conflict (key) do update set
        count = case when api_ratewindow."window" = excluded."window" then api_ratewindow.count + 1 else 1 end,
        "window" = excluded."window", ends = excluded.ends
    returning count
"""
SWEEP_ONE_IN = 500


def check(name: str, call: Call) -> None:
    """Count a call from its address. Raises Problem too-many-requests with Retry-After."""
    count(name, _network(address_of(call)))


def count(name: str, what: str) -> None:
    """Count one use of `what` under a rate. Raises Problem too-many-requests with Retry-After."""
    rate = Rate(*getattr(settings, "API_RATES", {}).get(name, RATES[name]))
    now = int(time.time())
    window = now // rate.seconds
    ends = (window + 1) * rate.seconds
    key = hmac.digest(settings.SECRET_KEY.encode(), f"{name}\x00{what}".encode(), "sha256")[:16]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [key, window, ends])
        row = cursor.fetchone()
        if random.randrange(SWEEP_ONE_IN) == 0:
            cursor.execute("delete from api_ratewindow where ends < %s", [now])
    if row is not None and row[0] > rate.calls:
        wait = max(1, ends - now)
        raise Problem(
            "too-many-requests",
            f"请求过于频繁: 每 {_span(rate.seconds)}最多 {rate.calls} 次, 请 {wait} 秒后再试",
            headers=[("Retry-After", str(wait))],
        )


def _span(seconds: int) -> str:
    return f"{seconds // 60} 分钟" if seconds >= 60 else f"{seconds} 秒"


def address_of(call: Call) -> str:
    """The caller's address; X-Forwarded-For counts only where the peer is one of settings.TRUSTED_PROXIES."""
    peer = str(call.meta.get("REMOTE_ADDR") or "")
    if peer in getattr(settings, "TRUSTED_PROXIES", ()):
        forwarded = str(call.meta.get("HTTP_X_FORWARDED_FOR") or "").rsplit(",", 1)[-1].strip()
        return forwarded or peer
    return peer


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    return address
