"""Entries of registers, their versions (append-only), and the orders and units they concern."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0004_names_posts_represents"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="台账")),
                ("title", models.CharField(max_length=120, verbose_name="摘要")),
                ("values", models.JSONField(verbose_name="内容")),
                ("search", models.TextField(editable=False)),
                ("event_day", models.DateField(null=True, verbose_name="事项日期")),
                ("starts", models.DateField(null=True, verbose_name="开始")),
                ("ends", models.DateField(null=True, verbose_name="截止")),
                ("remind_on", models.DateField(null=True, verbose_name="提醒日期")),
                ("filed_at", models.DateTimeField(verbose_name="报送时间")),
                ("filed_by", models.BigIntegerField(null=True)),
                ("filer", models.CharField(max_length=80, verbose_name="报送人")),
                ("due_at", models.DateTimeField(null=True, verbose_name="应报时间")),
                ("late", models.BooleanField(default=False, verbose_name="逾期报送")),
                ("early", models.BooleanField(default=False, verbose_name="过早报送")),
                (
                    "basis",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None, verbose_name="依据"
                    ),
                ),
                ("origin", models.CharField(max_length=80, null=True, unique=True)),
                ("protected", models.BooleanField(default=False, verbose_name="保护举报人")),
                (
                    "status",
                    models.CharField(
                        choices=[("valid", "有效"), ("void", "作废")],
                        default="valid",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="版本")),
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
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.unit",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "台账登记",
            },
        ),
        migrations.CreateModel(
            name="EntryOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order_no", models.CharField(max_length=40, verbose_name="工单编号")),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="orders",
                        to="registers.entry",
                    ),
                ),
            ],
            options={
                "verbose_name": "台账关联工单",
            },
        ),
        migrations.CreateModel(
            name="EntryUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="units",
                        to="registers.entry",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.unit"),
                ),
            ],
            options={
                "verbose_name": "台账涉及单位",
            },
        ),
        migrations.CreateModel(
            name="EntryVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="版本")),
                (
                    "deed",
                    models.CharField(
                        choices=[("filed", "报送"), ("amended", "修改"), ("voided", "作废"), ("arisen", "由工单记入")],
                        max_length=10,
                        verbose_name="操作",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("user_id", models.BigIntegerField(null=True)),
                ("by", models.CharField(max_length=80, verbose_name="操作人")),
                ("values", models.JSONField(verbose_name="内容")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="registers.entry",
                    ),
                ),
            ],
            options={
                "verbose_name": "台账记录",
            },
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                models.F("platform"),
                models.F("kind"),
                models.OrderBy(models.F("filed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="entry_of_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                models.F("unit"),
                models.F("kind"),
                models.OrderBy(models.F("filed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("unit__isnull", False)),
                name="entry_of_unit",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                models.F("platform"),
                models.F("kind"),
                models.F("event_day"),
                condition=models.Q(("event_day__isnull", False)),
                name="entry_of_day",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                models.F("platform"),
                models.F("kind"),
                models.F("ends"),
                condition=models.Q(("status", "valid")),
                name="entry_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                models.F("remind_on"),
                models.F("id"),
                condition=models.Q(("remind_on__isnull", False), ("status", "valid")),
                name="entry_reminds",
            ),
        ),
        migrations.AddIndex(
            model_name="entryorder",
            index=models.Index(fields=["order_no"], name="entry_of_order"),
        ),
        migrations.AddConstraint(
            model_name="entryorder",
            constraint=models.UniqueConstraint(fields=("entry", "order_no"), name="entry_order_once"),
        ),
        migrations.AddConstraint(
            model_name="entryunit",
            constraint=models.UniqueConstraint(fields=("entry", "unit"), name="entry_unit_once"),
        ),
        migrations.AddConstraint(
            model_name="entryversion",
            constraint=models.UniqueConstraint(fields=("entry", "number"), name="entry_version_once"),
        ),
        migrations.RunSQL(
            "create trigger append_only before update or delete on registers_entryversion "
            "for each row execute function parties_journal_is_append_only()",
            "drop trigger append_only on registers_entryversion",
        ),
    ]
