"""Rulebook versions that people published."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_write_in_parts"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublishedBook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="规则")),
                ("version", models.CharField(max_length=20, verbose_name="版本")),
                ("text", models.TextField(verbose_name="全文")),
                ("sha256", models.CharField(max_length=64)),
                ("published_at", models.DateTimeField(verbose_name="发布时间")),
                ("drafted_by", models.CharField(max_length=60, verbose_name="起草")),
                ("approved_by", models.CharField(max_length=60, verbose_name="批准")),
            ],
            options={
                "verbose_name": "发布的规则版本",
                "constraints": [models.UniqueConstraint(fields=("name", "version"), name="published_version_once")],
            },
        ),
    ]
