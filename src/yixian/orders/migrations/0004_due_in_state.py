"""Lists by due time: an index that begins with the state, so that one state among many is no search."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_rare_filters"),
        ("parties", "0003_rate_window"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="order",
            name="order_due_of_platform",
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="order_due_of_unit",
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("platform"),
                models.F("state"),
                models.F("due_at"),
                models.F("id"),
                condition=models.Q(("due_at__isnull", False)),
                name="order_due_in_state",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("lead"),
                models.F("state"),
                models.F("due_at"),
                models.F("id"),
                condition=models.Q(("due_at__isnull", False)),
                name="order_due_at_unit",
            ),
        ),
    ]
