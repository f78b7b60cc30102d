"""Making a process ready for work: which database, and Django set up on it."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

from yixian.ops.embedded import Cluster, DatabaseUnavailable, check
from yixian.wiring.secret_store import home

DATABASE = "yixian"


def cluster() -> Cluster:
    """The embedded cluster of this installation, running or not."""
    return Cluster(Path(home()) / "pg")


def uses_embedded() -> bool:
    """Whether no DATABASE_URL was given from outside."""
    return not os.environ.get("DATABASE_URL")


def start_embedded() -> tuple[Cluster, bool]:
    """Start the embedded database and point DATABASE_URL of this process and its children at it.

    Returns the cluster and whether this call started it.
    """
    found = cluster()
    started = found.start()
    os.environ["DATABASE_URL"] = found.create_database(DATABASE)
    return found, started


def database() -> None:
    """Make sure that a database answers; an embedded one that had to be started stops again with this process.

    Raises DatabaseUnavailable.
    """
    if uses_embedded():
        found, started = start_embedded()
        if started:
            atexit.register(_stop_when_unused, found)
    check(os.environ["DATABASE_URL"])


def django() -> None:
    """Set Django up on DATABASE_URL; once per process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yixian.wiring.settings")
    from django import setup

    setup()


def _stop_when_unused(found: Cluster) -> None:
    """Stop the server unless somebody else has connected to it meanwhile."""
    import psycopg

    query = "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
    try:
        from django.db import connections

        connections.close_all()
        with psycopg.connect(found.url(), connect_timeout=5) as connection:
            row = connection.execute(query).fetchone()
    except (psycopg.Error, DatabaseUnavailable):
        return
    if row and row[0] == 0:
        found.stop()
