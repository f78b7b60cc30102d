"""A version's label names the parents that changed after its first day (2023-09-01+national@2027-01-01): it is longer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_linked_and_given_out"),
    ]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="version",
            field=models.CharField(max_length=200, verbose_name="规则版本"),
        ),
    ]
