"""The writing function, the append-only fence, storage settings."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


def statements(name: str) -> str:
    """The SQL of one file."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


UNDO_FENCE = """
drop trigger append_only on orders_event; drop trigger no_truncate on orders_event;
drop trigger append_only on orders_anchor; drop trigger no_truncate on orders_anchor;
drop function orders_append_only()"""


def beforehand(name: str) -> list[str]:
    """A function that may name columns which a later migration adds; it is not called before."""
    return ["set local check_function_bodies = off", statements(name), "set local check_function_bodies = on"]


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.RunSQL(statements("fence"), UNDO_FENCE),
        migrations.RunSQL(statements("tuning"), migrations.RunSQL.noop),
        migrations.RunSQL(statements("write"), "drop function if exists orders_write(json)"),
        migrations.RunSQL(beforehand("repair"), "drop function if exists orders_repair(json)"),
    ]
