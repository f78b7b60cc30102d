"""The table of administrative divisions (行政区划): province, city, county, street or town, community or village."""

from __future__ import annotations

from django.db import models

DIVISION_LEVELS = {1: "省级", 2: "市级", 3: "县级", 4: "镇街", 5: "社区、村"}


class Division(models.Model):
    """One division. A code begins with its parent's: 44, 4404, 440402, 440402004, 440402004001.

    `short` is the name as people say it without 区, 县, 街道 …, "" where nothing worth saying is left; `search` holds
    name, full pinyin and initials.
    """

    code = models.CharField("区划代码", max_length=12, primary_key=True, db_collation="C")
    name = models.CharField("名称", max_length=60)
    short = models.CharField("简称", max_length=60, blank=True)
    level = models.PositiveSmallIntegerField("层级", choices=list(DIVISION_LEVELS.items()))
    parent = models.CharField("上级", max_length=12, blank=True, db_collation="C")
    search = models.TextField(editable=False)

    class Meta:
        verbose_name = "行政区划"
        indexes = [models.Index(fields=["parent", "code"], name="division_of_parent")]

    def __str__(self) -> str:
        return self.name
