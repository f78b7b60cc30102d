"""What-if runs: one at a time for a platform."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0004_names_posts_represents"),
        ("rulemaking", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="WhatIf",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.CharField(max_length=64)),
                ("book", models.CharField(max_length=200, verbose_name="规则")),
                ("title", models.CharField(max_length=200, verbose_name="规则")),
                ("wanted", models.CharField(blank=True, max_length=1000, verbose_name="筛选")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "排队中"),
                            ("running", "推演中"),
                            ("done", "已完成"),
                            ("failed", "没有完成"),
                            ("stopped", "已取消"),
                        ],
                        default="queued",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("done", models.IntegerField(default=0, verbose_name="已推演")),
                ("total", models.IntegerField(default=0, verbose_name="共")),
                ("asked_by_id", models.BigIntegerField()),
                ("asked_by", models.CharField(max_length=60, verbose_name="发起人")),
                ("asked_at", models.DateTimeField(verbose_name="发起时间")),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始")),
                ("beat_at", models.DateTimeField(null=True, verbose_name="最近进展")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="完成")),
                ("problem", models.TextField(blank=True, verbose_name="未完成的原因")),
                ("result", models.BinaryField(null=True, verbose_name="结果")),
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
                "verbose_name": "推演",
                "indexes": [models.Index(fields=["platform", "scope", "-id"], name="what_if_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["queued", "running"])),
                        fields=("platform",),
                        name="one_what_if_at_a_time",
                    )
                ],
            },
        ),
    ]
