"""Administrative divisions, down to the community."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0005_preferences"),
    ]

    operations = [
        migrations.CreateModel(
            name="Division",
            fields=[
                (
                    "code",
                    models.CharField(
                        db_collation="C", max_length=12, primary_key=True, serialize=False, verbose_name="区划代码"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("short", models.CharField(blank=True, max_length=60, verbose_name="简称")),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "省级"), (2, "市级"), (3, "县级"), (4, "镇街"), (5, "社区、村")],
                        verbose_name="层级",
                    ),
                ),
                ("parent", models.CharField(blank=True, db_collation="C", max_length=12, verbose_name="上级")),
                ("search", models.TextField(editable=False)),
            ],
            options={
                "verbose_name": "行政区划",
                "indexes": [models.Index(fields=["parent", "code"], name="division_of_parent")],
            },
        ),
    ]
