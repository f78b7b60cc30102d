"""Requests that wait stand in the row of lists; saved views; exports that run in the background."""

from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

written = import_module("yixian.orders.migrations.0002_write")

BACKFILL = """
update orders_order o
set pending = array(select distinct r ->> 'kind' from json_array_elements(s.body -> 'pending') r order by 1)
from orders_snapshot s
where s.order_id = o.id and s.body::text like '%"pending":[{%'"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_longer_versions"),
        ("parties", "0005_preferences"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.BigIntegerField()),
                ("username", models.CharField(max_length=150)),
                ("user_name", models.CharField(max_length=60, verbose_name="导出人")),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("ending", models.CharField(max_length=4, verbose_name="格式")),
                ("asked", models.JSONField(verbose_name="筛选")),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None, verbose_name="栏目"
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "排队中"),
                            ("running", "生成中"),
                            ("done", "已完成"),
                            ("failed", "没有完成"),
                            ("stopped", "已取消"),
                            ("gone", "已过期"),
                        ],
                        default="queued",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("done", models.IntegerField(default=0, verbose_name="已写")),
                ("total", models.IntegerField(default=0, verbose_name="约")),
                ("tries", models.IntegerField(default=0, verbose_name="次数")),
                ("problem", models.CharField(blank=True, max_length=300, verbose_name="未完成的原因")),
                ("file", models.CharField(blank=True, max_length=64)),
                ("size", models.BigIntegerField(default=0, verbose_name="大小")),
                ("asked_at", models.DateTimeField(verbose_name="发起时间")),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始")),
                ("beat_at", models.DateTimeField(verbose_name="最近进展")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="完成")),
            ],
            options={
                "verbose_name": "导出",
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.BigIntegerField()),
                ("user_name", models.CharField(max_length=60, verbose_name="保存人")),
                ("name", models.CharField(max_length=30, verbose_name="名称")),
                ("query", models.CharField(blank=True, max_length=1000, verbose_name="筛选")),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None, verbose_name="栏目"
                    ),
                ),
                ("shared", models.BooleanField(default=False, verbose_name="共用")),
                ("at", models.DateTimeField(verbose_name="保存时间")),
            ],
            options={
                "verbose_name": "视图",
            },
        ),
        migrations.AddField(
            model_name="order",
            name="pending",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, size=None, verbose_name="待定申请"
            ),
        ),
        migrations.RunSQL(written.statements("write"), migrations.RunSQL.noop),
        migrations.RunSQL(written.statements("repair"), migrations.RunSQL.noop),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="deadline",
            index=models.Index(
                models.F("clock"),
                models.F("order_id"),
                condition=models.Q(("status", "running")),
                name="deadline_running",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("platform"),
                models.OrderBy(models.F("changed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="order_changed",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("lead"),
                models.OrderBy(models.F("changed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("lead__isnull", False)),
                name="order_changed_at_unit",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("platform"),
                models.OrderBy(models.F("registered_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("pending", []), _negated=True),
                name="order_pending",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("lead"),
                models.OrderBy(models.F("registered_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("lead__isnull", False), models.Q(("pending", []), _negated=True)),
                name="order_pending_at_unit",
            ),
        ),
        migrations.AddField(
            model_name="exportrun",
            name="platform",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="parties.platform",
                verbose_name="平台",
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="platform",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="parties.platform",
                verbose_name="平台",
            ),
        ),
        migrations.AddIndex(
            model_name="exportrun",
            index=models.Index(fields=["user_id", "-id"], name="export_of_person"),
        ),
        migrations.AddIndex(
            model_name="exportrun",
            index=models.Index(fields=["platform", "-id"], name="export_of_platform"),
        ),
        migrations.AddIndex(
            model_name="exportrun",
            index=models.Index(
                condition=models.Q(("status__in", ["queued", "running"])), fields=["beat_at"], name="export_under_way"
            ),
        ),
        migrations.AddIndex(
            model_name="exportrun",
            index=models.Index(condition=models.Q(("status", "done")), fields=["finished_at"], name="export_to_remove"),
        ),
        migrations.AddIndex(
            model_name="savedview",
            index=models.Index(condition=models.Q(("shared", True)), fields=["platform", "id"], name="view_shared"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("user_id", "name"), name="view_name_once"),
        ),
    ]
