"""Calls at the agent desk: drafts, how they ended, and where their matters happened."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0001_initial"),
        ("parties", "0007_divisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderPlace",
            fields=[
                (
                    "order_no",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="工单编号"),
                ),
                ("division", models.CharField(db_collation="C", max_length=12, verbose_name="行政区划")),
            ],
            options={
                "verbose_name": "发生地点的区划",
                "indexes": [models.Index(fields=["division", "-order_no"], name="order_place_of_division")],
            },
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order_no", models.CharField(max_length=40, verbose_name="工单编号")),
                (
                    "ending",
                    models.CharField(
                        choices=[
                            ("register", "登记"),
                            ("answer", "即时答复"),
                            ("dispatch", "登记并派单"),
                            ("decline", "不予受理"),
                            ("transfer", "转出"),
                            ("three_party", "三方通话"),
                            ("supplement", "补充诉求"),
                            ("urge", "催办"),
                        ],
                        max_length=12,
                        verbose_name="结束方式",
                    ),
                ),
                ("party", models.CharField(blank=True, max_length=200, verbose_name="参加通话")),
                ("notes", models.TextField(blank=True, verbose_name="小结")),
                ("notes_ref", models.UUIDField(null=True, verbose_name="小结原文")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="话务员",
                    ),
                ),
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
                "verbose_name": "通话小结",
                "indexes": [
                    models.Index(fields=["owner", "-id"], name="call_of_owner"),
                    models.Index(fields=["order_no", "-id"], name="call_of_order"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallDraft",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.IntegerField(default=1, verbose_name="版本")),
                ("key_id", models.CharField(max_length=20)),
                ("wrapped_key", models.BinaryField()),
                ("sealed", models.BinaryField()),
                ("created_at", models.DateTimeField(verbose_name="开始时间")),
                ("updated_at", models.DateTimeField(verbose_name="暂存时间")),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="话务员",
                    ),
                ),
            ],
            options={
                "verbose_name": "暂存的登记",
                "indexes": [
                    models.Index(fields=["owner", "-updated_at"], name="call_draft_of_owner"),
                    models.Index(fields=["updated_at"], name="call_draft_by_age"),
                ],
            },
        ),
    ]
