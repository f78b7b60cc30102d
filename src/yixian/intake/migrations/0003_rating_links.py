"""Links to rate by, one for each survey."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0002_call_drafts"),
        ("parties", "0005_preferences"),
    ]

    operations = [
        migrations.CreateModel(
            name="RatingLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order_id", models.BigIntegerField()),
                ("round", models.IntegerField(verbose_name="第几步开始的评价")),
                ("order_no", models.CharField(max_length=40, verbose_name="工单编号")),
                ("nonce", models.BinaryField(max_length=16)),
                ("mark", models.BinaryField(max_length=32, unique=True)),
                ("opened_at", models.DateTimeField(verbose_name="开始")),
                ("expires_at", models.DateTimeField(verbose_name="截止")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                (
                    "platform",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.platform",
                        verbose_name="平台",
                    ),
                ),
            ],
            options={
                "verbose_name": "评价链接",
                "indexes": [
                    models.Index(
                        condition=models.Q(("used_at__isnull", True)),
                        fields=["platform", "id"],
                        name="rating_link_waiting",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("order_id", "round"), name="one_rating_link_a_round")],
            },
        ),
    ]
