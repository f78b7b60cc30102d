"""Drafts of rulebooks, their texts, scenarios and runs; what was published can no more be changed."""

import django.db.models.deletion
from django.db import migrations, models

FENCE = """
create function orders_published_stays() returns trigger language plpgsql as $$
begin
    raise exception 'a published rulebook version is never changed' using errcode = 'restrict_violation';
end $$;
create trigger published_stays before update or delete on orders_publishedbook
for each row execute function orders_published_stays();
"""
UNFENCE = """
drop trigger published_stays on orders_publishedbook;
drop function orders_published_stays();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orders", "0007_published_books"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="规则")),
                ("based_on", models.CharField(blank=True, max_length=200, verbose_name="依据的版本")),
                ("title", models.CharField(max_length=200, verbose_name="修订事由")),
                ("effective", models.DateField(null=True, verbose_name="施行日期")),
                ("text", models.TextField(verbose_name="全文")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("working", "草稿"),
                            ("submitted", "待批准"),
                            ("published", "已发布"),
                            ("rejected", "已退回"),
                            ("discarded", "已作废"),
                        ],
                        default="working",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("revision", models.IntegerField(default=1, verbose_name="修改次数")),
                ("author_id", models.BigIntegerField(null=True)),
                ("author", models.CharField(max_length=60, verbose_name="起草人")),
                ("created_at", models.DateTimeField(verbose_name="起草时间")),
                ("changed_at", models.DateTimeField(verbose_name="修改时间")),
                ("submitted_by_id", models.BigIntegerField(null=True)),
                ("submitted_by", models.CharField(blank=True, max_length=60, verbose_name="提交人")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="提交时间")),
                ("note", models.TextField(blank=True, verbose_name="提交说明")),
                ("approver_id", models.BigIntegerField(null=True)),
                ("approver", models.CharField(blank=True, max_length=60, verbose_name="批准人")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="决定时间")),
                ("reason", models.TextField(blank=True, verbose_name="退回理由")),
            ],
            options={
                "verbose_name": "规则书草稿",
                "indexes": [
                    models.Index(fields=["status", "-changed_at", "-id"], name="draft_of_status"),
                    models.Index(fields=["-changed_at", "-id"], name="draft_newest"),
                    models.Index(fields=["name", "-changed_at"], name="draft_of_book"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField(verbose_name="第几次")),
                ("text", models.TextField(verbose_name="全文")),
                ("user_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(max_length=60, verbose_name="保存人")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "draft",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="rulemaking.draft",
                    ),
                ),
            ],
            options={
                "verbose_name": "草稿的一次保存",
                "constraints": [models.UniqueConstraint(fields=("draft", "number"), name="draft_revision_once")],
            },
        ),
        migrations.CreateModel(
            name="DraftRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                ("text", models.TextField(verbose_name="全文")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "排队中"),
                            ("running", "正在试跑"),
                            ("done", "已完成"),
                            ("failed", "没有跑完"),
                        ],
                        default="queued",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("done", models.IntegerField(default=0, verbose_name="已跑")),
                ("total", models.IntegerField(default=0, verbose_name="共")),
                ("asked_by", models.CharField(max_length=60, verbose_name="发起人")),
                ("asked_at", models.DateTimeField(verbose_name="发起时间")),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始")),
                ("beat_at", models.DateTimeField(null=True, verbose_name="最近进展")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="完成")),
                ("passed", models.IntegerField(default=0, verbose_name="符合")),
                ("failed", models.IntegerField(default=0, verbose_name="不符")),
                ("worse", models.IntegerField(default=0, verbose_name="由符合变为不符")),
                ("better", models.IntegerField(default=0, verbose_name="由不符变为符合")),
                ("own_failed", models.IntegerField(default=0, verbose_name="自带场景不符")),
                ("results", models.JSONField(default=dict, verbose_name="结果")),
                ("problem", models.TextField(blank=True, verbose_name="未跑完的原因")),
                (
                    "draft",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="rulemaking.draft",
                    ),
                ),
            ],
            options={
                "verbose_name": "场景试跑",
                "indexes": [models.Index(fields=["draft", "-id"], name="run_of_draft")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["queued", "running"])),
                        fields=("draft", "sha256"),
                        name="one_run_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftScenario",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("text", models.TextField(verbose_name="场景")),
                ("user_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(max_length=60, verbose_name="加入者")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "draft",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scenarios",
                        to="rulemaking.draft",
                    ),
                ),
            ],
            options={
                "verbose_name": "草稿的场景",
                "indexes": [models.Index(fields=["draft", "id"], name="scenario_of_draft")],
            },
        ),
        migrations.RunSQL(FENCE, UNFENCE),
    ]
