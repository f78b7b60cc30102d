"""The tables of orders."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

import yixian.orders.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0002_journals_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("after_event", models.BigIntegerField()),
                ("last_event", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("prev", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "锚点",
            },
        ),
        migrations.CreateModel(
            name="ProgressTry",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("window", models.BigIntegerField()),
                ("tries", models.IntegerField()),
            ],
            options={
                "verbose_name": "查询次数",
            },
        ),
        migrations.CreateModel(
            name="Serial",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "platform_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("platform_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("last", models.IntegerField()),
            ],
            options={
                "verbose_name": "流水号",
            },
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order_id", models.BigIntegerField()),
                ("first_seq", models.IntegerField()),
                ("last_seq", models.IntegerField()),
            ],
            options={
                "verbose_name": "待处理事项",
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "order_id", "unit", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("order_id", models.BigIntegerField()),
                ("unit", models.CharField(max_length=200, verbose_name="单位")),
                ("role", models.CharField(max_length=8, verbose_name="角色")),
                ("registered_at", models.DateTimeField()),
                ("dispatched_at", models.DateTimeField(verbose_name="派单")),
                ("signed_at", models.DateTimeField(null=True, verbose_name="签收")),
                ("deemed", models.BooleanField(default=False, verbose_name="视为签收")),
                ("opinion_at", models.DateTimeField(null=True, verbose_name="协办意见")),
                ("replied_at", models.DateTimeField(null=True, verbose_name="答复")),
            ],
            options={
                "verbose_name": "承办",
                "indexes": [
                    models.Index(
                        models.F("unit"),
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("order_id"), descending=True),
                        condition=models.Q(("role", "co")),
                        name="assignment_co",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("book", models.CharField(blank=True, max_length=60, verbose_name="规则")),
                ("day", models.DateField(verbose_name="日期")),
                ("working", models.BooleanField(verbose_name="工作日")),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="名称")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="文件")),
            ],
            options={
                "verbose_name": "日历",
                "constraints": [models.UniqueConstraint(fields=("book", "day"), name="calendar_day_once")],
            },
        ),
        migrations.CreateModel(
            name="Deadline",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "order_id", "clock", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("order_id", models.BigIntegerField()),
                ("clock", models.CharField(max_length=260, verbose_name="时限")),
                ("owner", models.CharField(max_length=20, verbose_name="责任方")),
                ("unit", models.CharField(max_length=200, null=True, verbose_name="单位")),
                ("started_at", models.DateTimeField(verbose_name="开始")),
                ("stopped_at", models.DateTimeField(null=True, verbose_name="停止")),
                ("due_at", models.DateTimeField(null=True, verbose_name="到期")),
                ("length", models.CharField(max_length=40, verbose_name="长度")),
                ("status", models.CharField(max_length=12, verbose_name="状态")),
                ("late", models.BooleanField(default=False, verbose_name="逾期")),
                ("provisional", models.BooleanField(default=False, verbose_name="暂定")),
            ],
            options={
                "verbose_name": "时限",
                "indexes": [
                    models.Index(
                        models.F("unit"),
                        models.F("due_at"),
                        condition=models.Q(("due_at__isnull", False), ("status", "running")),
                        name="deadline_of_unit",
                    ),
                    models.Index(
                        models.F("order_id"),
                        condition=models.Q(("provisional", True), ("status", "running")),
                        name="deadline_provisional",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order_id", models.BigIntegerField()),
                ("seq", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("registered", "登记"),
                            ("declined", "不予受理"),
                            ("answered", "即时答复"),
                            ("accepted", "受理"),
                            ("verified", "核实"),
                            ("dispatched", "派单"),
                            ("transferred", "转出"),
                            ("signed", "签收"),
                            ("contacted", "已联系诉求人"),
                            ("contact_failed", "联系诉求人未果"),
                            ("responded", "初步响应"),
                            ("progress_reported", "反馈进展"),
                            ("return_requested", "申请退单"),
                            ("return_approved", "同意退单"),
                            ("return_refused", "不同意退单"),
                            ("extension_requested", "申请延期"),
                            ("extension_agreed", "延期申请一级同意"),
                            ("extension_approved", "同意延期"),
                            ("extension_refused", "不同意延期"),
                            ("opinion_submitted", "提交协办意见"),
                            ("replied", "办理答复"),
                            ("sent_back", "审核退回"),
                            ("review_passed", "审核通过"),
                            ("supplemented", "补充诉求"),
                            ("urged", "催办"),
                            ("rated", "评价"),
                            ("called_back", "回访"),
                            ("redo_ordered", "责成重办"),
                            ("redo_refused", "不同意重办"),
                            ("appealed", "申诉"),
                            ("appeal_upheld", "申诉成立"),
                            ("appeal_rejected", "申诉不成立"),
                            ("screening_proposed", "申请甄别"),
                            ("screened", "甄别"),
                            ("screening_refused", "不予甄别"),
                            ("interim_close_requested", "申请临时办结"),
                            ("interim_closed", "临时办结"),
                            ("interim_close_refused", "不同意临时办结"),
                            ("termination_proposed", "申请终结办理"),
                            ("terminated", "终结办理"),
                            ("convened", "召集协商"),
                            ("designated", "指定承办单位"),
                            ("supervised", "督办"),
                            ("referred", "移交"),
                            ("unit_notified", "电话通知承办单位"),
                            ("caller_restricted", "限制使用电话"),
                            ("restriction_lifted", "解除限制"),
                            ("statement_filed", "提交书面说明"),
                            ("merged", "并单"),
                            ("withdrawn", "撤诉"),
                            ("closed", "办结"),
                            ("archived", "归档"),
                            ("card_shown", "亮牌"),
                            ("late", "超过时限"),
                            ("promise_passed", "承诺办结时间已过"),
                            ("repeated", "重复反映"),
                            ("recalculated", "重算时限"),
                        ],
                        max_length=40,
                        verbose_name="事项",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("by", models.CharField(max_length=200, verbose_name="经办")),
                ("actor_user", models.BigIntegerField(null=True)),
                ("data", models.JSONField()),
                (
                    "basis",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None, verbose_name="依据"
                    ),
                ),
                ("prev", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "办理记录",
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="event_at"),
                    django.contrib.postgres.indexes.BrinIndex(fields=["recorded_at"], name="event_recorded"),
                ],
                "constraints": [models.UniqueConstraint(fields=("order_id", "seq"), name="event_of_order")],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("request", models.BinaryField(max_length=16)),
                ("order_id", models.BigIntegerField()),
                ("first_seq", models.IntegerField()),
                ("last_seq", models.IntegerField()),
                (
                    "opened",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "幂等键",
                "indexes": [django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="idempotency_at")],
            },
        ),
        migrations.CreateModel(
            name="Restriction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("requester", models.UUIDField(verbose_name="诉求人")),
                ("order_no", models.CharField(max_length=40, verbose_name="出自工单")),
                ("starts_at", models.DateTimeField(verbose_name="起")),
                ("ends_at", models.DateTimeField(null=True, verbose_name="止")),
                ("lifted_at", models.DateTimeField(null=True, verbose_name="解除")),
            ],
            options={
                "verbose_name": "限制",
                "indexes": [
                    models.Index(
                        models.F("requester"), condition=models.Q(("lifted_at__isnull", True)), name="restriction_of"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchText",
            fields=[
                ("order_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("platform_id", models.BigIntegerField()),
                ("registered_at", models.DateTimeField()),
                ("tokens", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "verbose_name": "检索",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["tokens"], name="search_tokens"),
                    models.Index(
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("order_id"), descending=True),
                        name="search_newest",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("order_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("seq", models.IntegerField()),
                ("chain", models.BinaryField(max_length=32)),
                ("body", yixian.orders.models.PlainJson()),
                ("next_timer_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "当前状态",
                "indexes": [
                    models.Index(
                        models.F("next_timer_at"),
                        condition=models.Q(("next_timer_at__isnull", False)),
                        name="snapshot_timer",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(db_collation="C", max_length=40, unique=True, verbose_name="工单编号")),
                ("book", models.CharField(max_length=60, verbose_name="规则")),
                ("version", models.CharField(max_length=20, verbose_name="规则版本")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("registered", "待受理"),
                            ("declined", "不予受理"),
                            ("answered", "即时答复"),
                            ("accepted", "待派单"),
                            ("dispatched", "待签收"),
                            ("handling", "办理中"),
                            ("replied", "待审核"),
                            ("surveying", "待评价"),
                            ("calling_back", "待回访"),
                            ("closed", "已办结"),
                            ("archived", "已归档"),
                            ("transferred", "已转出"),
                        ],
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("lead", models.CharField(max_length=200, null=True, verbose_name="主办单位")),
                ("category", models.CharField(max_length=200, verbose_name="类别")),
                ("channel", models.CharField(max_length=200, verbose_name="渠道")),
                ("source", models.CharField(max_length=200, null=True, verbose_name="来源")),
                ("subject", models.CharField(max_length=200, null=True, verbose_name="标题")),
                ("place", models.CharField(max_length=200, null=True, verbose_name="地点")),
                ("excerpt", models.CharField(max_length=80, verbose_name="摘要")),
                ("grade", models.CharField(max_length=10, null=True, verbose_name="等级")),
                ("emergency", models.CharField(max_length=20, null=True, verbose_name="紧急")),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None, verbose_name="标记"
                    ),
                ),
                ("card", models.CharField(default="", max_length=10, verbose_name="亮牌")),
                ("requester", models.UUIDField(null=True, verbose_name="诉求人")),
                ("query_code_hash", models.BinaryField(null=True)),
                ("upstream_no", models.CharField(max_length=200, null=True, verbose_name="上级编号")),
                ("same_as", models.CharField(max_length=200, null=True, verbose_name="同一事项")),
                ("matter", models.BigIntegerField(null=True, verbose_name="事项")),
                ("registered_at", models.DateTimeField(verbose_name="登记时间")),
                ("changed_at", models.DateTimeField(verbose_name="更新时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("due_at", models.DateTimeField(null=True, verbose_name="到期时间")),
                ("due_clock", models.CharField(max_length=260, null=True, verbose_name="到期时限")),
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
                "verbose_name": "工单",
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="order_newest",
                    ),
                    models.Index(
                        models.F("platform"),
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="order_of_platform",
                    ),
                    models.Index(
                        models.F("platform"),
                        models.F("state"),
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="order_in_state",
                    ),
                    models.Index(
                        models.F("platform"),
                        models.F("category"),
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="order_of_category",
                    ),
                    models.Index(
                        models.F("platform"),
                        models.F("card"),
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("card", ""), _negated=True),
                        name="order_with_card",
                    ),
                    models.Index(
                        models.F("platform"),
                        models.F("source"),
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("source__isnull", False)),
                        name="order_of_source",
                    ),
                    models.Index(
                        models.F("lead"),
                        models.F("state"),
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("lead__isnull", False)),
                        name="order_of_unit",
                    ),
                    models.Index(
                        models.F("due_at"),
                        models.F("id"),
                        condition=models.Q(("due_at__isnull", False)),
                        name="order_due",
                    ),
                    models.Index(
                        models.F("platform"),
                        models.F("due_at"),
                        models.F("id"),
                        condition=models.Q(("due_at__isnull", False)),
                        name="order_due_of_platform",
                    ),
                    models.Index(
                        models.F("lead"),
                        models.F("due_at"),
                        models.F("id"),
                        condition=models.Q(("due_at__isnull", False)),
                        name="order_due_of_unit",
                    ),
                    models.Index(
                        models.F("matter"), condition=models.Q(("matter__isnull", False)), name="order_of_matter"
                    ),
                    models.Index(
                        models.F("requester"),
                        models.OrderBy(models.F("registered_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("requester__isnull", False)),
                        name="order_of_requester",
                    ),
                    models.Index(
                        models.F("upstream_no"),
                        condition=models.Q(("upstream_no__isnull", False)),
                        name="order_of_upstream",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("flags", []), _negated=True), fields=["flags"], name="order_flags"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Precedent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=200, verbose_name="事项")),
                ("territory", models.CharField(blank=True, max_length=200, verbose_name="区域")),
                ("lead", models.CharField(max_length=200, verbose_name="主办单位")),
                (
                    "co",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None, verbose_name="协办单位"
                    ),
                ),
                ("order_no", models.CharField(max_length=40, verbose_name="出自工单")),
                ("created_at", models.DateTimeField()),
                (
                    "platform",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.platform"
                    ),
                ),
            ],
            options={
                "verbose_name": "先例",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("platform", "subject", "territory", "order_no"), name="precedent_once"
                    )
                ],
            },
        ),
    ]
