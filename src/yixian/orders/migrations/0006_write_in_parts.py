"""The writing function begins only the statements that are needed; its first form goes."""

from importlib import import_module

from django.db import migrations

statements = import_module("yixian.orders.migrations.0002_write").statements


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_write_linear")]
    operations = [
        migrations.RunSQL(statements("write"), "drop function if exists orders_write(json, bool, bool, bool)"),
        migrations.RunSQL("drop function if exists orders_write(json)", migrations.RunSQL.noop),
    ]
