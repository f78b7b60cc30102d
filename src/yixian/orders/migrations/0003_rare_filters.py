"""Indexes for rare channels and emergencies; one index less to write."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_write"),
        ("parties", "0002_journals_append_only"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("platform"),
                models.F("channel"),
                models.OrderBy(models.F("registered_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="order_of_channel",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("platform"),
                models.OrderBy(models.F("registered_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("emergency__isnull", False)),
                name="order_of_emergency",
            ),
        ),
        # The column has collation C, whose own unique index answers LIKE 'prefix%' too.
        migrations.RunSQL("drop index if exists orders_order_number_abc9e0f2_like", migrations.RunSQL.noop),
    ]
