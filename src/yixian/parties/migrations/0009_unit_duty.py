"""What each unit is there for, in words that a dispatcher searches."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0008_administering"),
    ]

    operations = [
        migrations.AddField("unit", "duty", models.TextField(blank=True, default="", verbose_name="职责")),
    ]
