"""Which way browsers reach the stream, whom the stream answers, and how it reaches the database.

By default the live process has a port of its own beside the pages' (`settings.LIVE_PORT`): the session's cookie goes
to every port of a host. Behind a proxy `YIXIAN_LIVE_URL` names a path or an address; without both, pages ask by turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

PATH = "/live/stream/"


def url(request: HttpRequest) -> str:
    """The stream's address for this page, "" where there is none."""
    if settings.LIVE_URL:
        return str(settings.LIVE_URL)
    if not settings.LIVE_PORT or request.is_secure():
        return ""  # a page that came by HTTPS may not open a stream that does not
    host, _ = split_domain_port(request.get_host())
    return f"http://{host}:{settings.LIVE_PORT}{PATH}" if host else ""


def source(request: HttpRequest) -> str:
    """What the content security policy must allow beside the page's own origin, "" for nothing."""
    found = urlsplit(url(request))
    return f"{found.scheme}://{found.netloc}" if found.netloc else ""


def allowed_origin(headers: Mapping[str, str], scheme: str) -> str | None:
    """The origin to name in the answer, "" where the browser sent none; None: a page of somebody else asks.

    Allowed are the host itself, the pages' port on the same host, and settings.CSRF_TRUSTED_ORIGINS.
    """
    host = headers.get("host", "")
    name, _ = split_domain_port(host)
    if not name or not (settings.DEBUG or validate_host(name, settings.ALLOWED_HOSTS)):
        return None
    if headers.get("sec-fetch-site", "") == "cross-site":
        return None
    origin = headers.get("origin", "")
    if not origin:
        return ""
    try:
        asked = urlsplit(origin)
    except ValueError:
        return None
    own = {host, f"{name}:{settings.LIVE_FOR_PORT}"}
    if str(settings.LIVE_FOR_PORT) in ("80", "443"):
        own.add(name)
    if asked.scheme in ("http", "https") and asked.netloc.lower() in own:
        return origin
    return origin if origin in settings.CSRF_TRUSTED_ORIGINS else None


def to_database() -> dict[str, Any]:
    """What psycopg needs to connect as Django does."""
    facts = settings.DATABASES["default"]
    options = {key: value for key, value in facts["OPTIONS"].items() if key not in ("pool", "isolation_level")}
    named = {"dbname": facts["NAME"], "user": facts["USER"], "password": facts["PASSWORD"]}
    named |= {"host": facts["HOST"], "port": facts["PORT"]}
    return {**options, **{key: str(value) for key, value in named.items() if value}, "application_name": "yixian-live"}
