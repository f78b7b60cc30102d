"""The table of rate limits, unlogged."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Creates `api_ratewindow`."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
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
        migrations.RunSQL("alter table api_ratewindow set unlogged", "alter table api_ratewindow set logged"),
    ]
