"""Opinion collections, public surveys, and the answers to them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0004_names_posts_represents"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("collection", "意见建议征集"), ("survey", "民意调查")],
                        max_length=12,
                        verbose_name="种类",
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="标题")),
                ("text", models.TextField(verbose_name="说明")),
                ("questions", models.JSONField(default=list, verbose_name="题目")),
                ("districts", models.JSONField(default=list, verbose_name="区域")),
                (
                    "once_per",
                    models.CharField(
                        choices=[("browser", "同一浏览器一次"), ("phone", "同一手机号一次")],
                        default="browser",
                        max_length=8,
                        verbose_name="每人一次",
                    ),
                ),
                ("opens_at", models.DateTimeField(verbose_name="开始")),
                ("closes_at", models.DateTimeField(verbose_name="截止")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("open", "进行中"),
                            ("closed", "已结束"),
                            ("published", "已公布结果"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("summary", models.TextField(blank=True, verbose_name="结果")),
                ("adopted", models.TextField(blank=True, verbose_name="采纳情况")),
                ("created_by", models.CharField(max_length=60, verbose_name="发起人")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("published_at", models.DateTimeField(null=True, verbose_name="公布时间")),
                ("revision", models.IntegerField(default=1)),
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
                "verbose_name": "征集和调查",
            },
        ),
        migrations.CreateModel(
            name="Response",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("answers", models.JSONField(verbose_name="回答")),
                ("district", models.CharField(blank=True, max_length=60, verbose_name="区域")),
                ("mark", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("order_no", models.CharField(blank=True, max_length=40, verbose_name="转为工单")),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="responses",
                        to="intake.campaign",
                    ),
                ),
            ],
            options={
                "verbose_name": "回答",
            },
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(fields=["platform", "-id"], name="campaign_newest"),
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(
                models.OrderBy(models.F("closes_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("status", "draft"), _negated=True),
                name="campaign_public",
            ),
        ),
        migrations.AddIndex(
            model_name="response",
            index=models.Index(fields=["campaign", "-id"], name="response_newest"),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.UniqueConstraint(fields=("campaign", "mark"), name="one_response_a_person"),
        ),
    ]
