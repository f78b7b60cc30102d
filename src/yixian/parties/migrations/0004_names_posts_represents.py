"""Names that the regulations prescribe, posts of people, units that stand for a platform."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0003_rate_window"),
    ]

    operations = [
        migrations.AddField(
            model_name="platform",
            name="full_name",
            field=models.CharField(blank=True, max_length=100, verbose_name="规范全称"),
        ),
        migrations.AddField(
            model_name="platform",
            name="short_name",
            field=models.CharField(blank=True, max_length=60, verbose_name="规范简称"),
        ),
        migrations.AddField(
            model_name="unit",
            name="represents",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="represented_by",
                to="parties.platform",
                verbose_name="代表的平台",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="post",
            field=models.CharField(
                blank=True,
                choices=[
                    ("principal", "主要负责人"),
                    ("deputy", "分管负责人"),
                    ("section", "科室负责人"),
                    ("clerk", "经办人"),
                ],
                max_length=12,
                verbose_name="职务",
            ),
        ),
    ]
