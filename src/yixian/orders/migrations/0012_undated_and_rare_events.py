"""Lists of orders that no duty gives a time, and of what happens to few orders: each from an index of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0011_inside_routing"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                "kind",
                "order_id",
                condition=models.Q(
                    ("kind__in", ("return_approved", "sent_back", "draft_returned", "extension_approved"))
                ),
                name="event_rare",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("platform"),
                models.F("state"),
                models.F("registered_at"),
                models.F("id"),
                condition=models.Q(("due_at__isnull", True)),
                name="order_undated",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("lead"),
                models.F("state"),
                models.F("registered_at"),
                models.F("id"),
                condition=models.Q(("due_at__isnull", True), ("lead__isnull", False)),
                name="order_undated_at_unit",
            ),
        ),
    ]
