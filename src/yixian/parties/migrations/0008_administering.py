"""Tokens of units' own systems, sessions that end together, and what the journals are searched by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0007_divisions"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="issued_by",
            field=models.CharField(blank=True, max_length=80, verbose_name="签发人"),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="of_system",
            field=models.BooleanField(default=False, verbose_name="单位系统"),
        ),
        migrations.AddField(
            model_name="user",
            name="session_epoch",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["verb", "-at", "-id"], name="audit_of_verb"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["subject"], name="audit_of_subject", opclasses=["varchar_pattern_ops"]),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["user_id", "-at", "-id"], name="audit_of_user"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["address", "-at", "-id"], name="audit_from"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["platform_path"], name="audit_of_platform", opclasses=["text_pattern_ops"]),
        ),
        migrations.AddIndex(
            model_name="loginlog",
            index=models.Index(fields=["user_id", "-at", "-id"], name="login_of_user"),
        ),
        migrations.AddIndex(
            model_name="loginlog",
            index=models.Index(fields=["address", "-at", "-id"], name="login_from"),
        ),
        migrations.AddIndex(
            model_name="loginlog",
            index=models.Index(fields=["platform_path"], name="login_of_platform", opclasses=["text_pattern_ops"]),
        ),
        migrations.AddIndex(
            model_name="unmasklog",
            index=models.Index(
                condition=models.Q(("order_no", ""), _negated=True), fields=["order_no"], name="unmask_of_order"
            ),
        ),
        migrations.AddIndex(
            model_name="unmasklog",
            index=models.Index(fields=["user_id", "-at", "-id"], name="unmask_of_user"),
        ),
        migrations.AddIndex(
            model_name="unmasklog",
            index=models.Index(fields=["address", "-at", "-id"], name="unmask_from"),
        ),
        migrations.AddIndex(
            model_name="unmasklog",
            index=models.Index(fields=["platform_path"], name="unmask_of_platform", opclasses=["text_pattern_ops"]),
        ),
    ]
