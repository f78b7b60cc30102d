"""The table of rate limits, unlogged."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Creates `parties_ratewindow`; what the API kept for itself before goes."""

    dependencies = [("parties", "0002_journals_append_only")]
    operations = [
        migrations.RunSQL("drop table if exists api_ratewindow", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="RateWindow",
            fields=[
                ("key", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("window", models.BigIntegerField()),
                ("count", models.IntegerField()),
                ("ends", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "访问频次",
                "indexes": [models.Index(fields=["ends"], name="rate_window_ends")],
            },
        ),
        migrations.RunSQL("alter table parties_ratewindow set unlogged", "alter table parties_ratewindow set logged"),
    ]
