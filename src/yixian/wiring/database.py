"""DATABASE_URL as Django's settings: one PostgreSQL, with psycopg's connection pool where a process asks for it."""

from __future__ import annotations

import os
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


class DatabaseUrlError(ValueError):
    """DATABASE_URL is not a PostgreSQL connection URL; the message says in Chinese what would be right."""


def from_url(url: str, *, pool: int = 0, role: str = "") -> dict[str, Any]:
    """Django's database settings for a `postgresql://` URL.

    `pool` is the greatest number of pooled connections of this process; 0 keeps one connection per thread.
    `role` is the database role that every connection takes: web and workers have fewer rights than the owner.
    Raises DatabaseUrlError for anything that psycopg cannot read.
    """
    try:
        facts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise DatabaseUrlError(
            f"DATABASE_URL 无法识别: {str(error).strip()}。正确的写法: postgresql://用户:密码@主机:5432/数据库"
        ) from error
    options: dict[str, Any] = {"connect_timeout": 5, "application_name": "yixian"}
    known = {"user", "password", "host", "port", "dbname"}
    options |= {name: value for name, value in facts.items() if name not in known}
    if role:
        options["options"] = f"{options.get('options', '')} -c role={role}".strip()
    if pool:
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10, "max_idle": 300}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": facts.get("dbname", "yixian"),
        "USER": facts.get("user", ""),
        "PASSWORD": facts.get("password", ""),
        "HOST": facts.get("host", ""),
        "PORT": str(facts.get("port", "")),
        "CONN_MAX_AGE": 0 if pool else None,
        "OPTIONS": options,
    }


def from_environment() -> dict[str, Any]:
    """The settings for DATABASE_URL, YIXIAN_DB_POOL and YIXIAN_DB_ROLE; without a URL, `yixian` on the local socket."""
    url = os.environ.get("DATABASE_URL") or "postgresql:///yixian"
    role = os.environ.get("YIXIAN_DB_ROLE", "")
    return from_url(url, pool=int(os.environ.get("YIXIAN_DB_POOL", "0")), role=role)
