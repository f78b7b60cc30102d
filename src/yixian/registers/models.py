"""The tables of registers: entries, every version of them (append-only), and the orders and units they concern."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yixian.parties.models import Platform, Unit

STATUSES = {"valid": "有效", "void": "作废"}
DEEDS = {"filed": "报送", "amended": "修改", "voided": "作废", "arisen": "由工单记入"}
NEWEST = (F("filed_at").desc(), F("id").desc())


class Entry(models.Model):
    """One entry (登记) of a register. `event_day`: what its limit counts from; `starts`, `ends`: while it holds.

    `origin`: the order and event that it arose from, "" where people filed it. `protected`: it shields a reporter.
    """

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False, verbose_name="平台")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="单位")
    kind = models.CharField("台账", max_length=60)
    title = models.CharField("摘要", max_length=120)
    values = models.JSONField("内容")
    search = models.TextField(editable=False)
    event_day = models.DateField("事项日期", null=True)
    starts = models.DateField("开始", null=True)
    ends = models.DateField("截止", null=True)
    remind_on = models.DateField("提醒日期", null=True)
    filed_at = models.DateTimeField("报送时间")
    filed_by = models.BigIntegerField(null=True)
    filer = models.CharField("报送人", max_length=80)
    due_at = models.DateTimeField("应报时间", null=True)
    late = models.BooleanField("逾期报送", default=False)
    early = models.BooleanField("过早报送", default=False)
    basis = ArrayField(models.TextField(), default=list, verbose_name="依据")
    origin = models.CharField(max_length=80, null=True, unique=True)
    protected = models.BooleanField("保护举报人", default=False)
    status = models.CharField("状态", max_length=8, choices=list(STATUSES.items()), default="valid")
    version = models.PositiveSmallIntegerField("版本", default=1)

    class Meta:
        verbose_name = "台账登记"
        indexes = [
            models.Index(F("platform"), F("kind"), *NEWEST, name="entry_of_kind"),
            models.Index(F("unit"), F("kind"), *NEWEST, name="entry_of_unit", condition=Q(unit__isnull=False)),
            models.Index("platform", "kind", "event_day", name="entry_of_day", condition=Q(event_day__isnull=False)),
            models.Index("platform", "kind", "ends", name="entry_ends", condition=Q(status="valid")),
            models.Index("remind_on", "id", name="entry_reminds", condition=Q(remind_on__isnull=False, status="valid")),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"


class EntryVersion(models.Model):
    """An entry as it was filed, amended or voided, by whom and when. Appended, never changed: a trigger refuses."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField("版本")
    deed = models.CharField("操作", max_length=10, choices=list(DEEDS.items()))
    at = models.DateTimeField("时间")
    user_id = models.BigIntegerField(null=True)
    by = models.CharField("操作人", max_length=80)
    values = models.JSONField("内容")
    note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = "台账记录"
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="entry_version_once")]

    def __str__(self) -> str:
        return f"{self.entry_id}.{self.number}"


class EntryOrder(models.Model):
    """An order that an entry concerns."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="orders", db_index=False)
    order_no = models.CharField("工单编号", max_length=40)

    class Meta:
        verbose_name = "台账关联工单"
        constraints = [models.UniqueConstraint(fields=["entry", "order_no"], name="entry_order_once")]
        indexes = [models.Index(fields=["order_no"], name="entry_of_order")]

    def __str__(self) -> str:
        return self.order_no


class EntryUnit(models.Model):
    """A further unit that an entry concerns, beside the one it belongs to."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="units", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "台账涉及单位"
        constraints = [models.UniqueConstraint(fields=["entry", "unit"], name="entry_unit_once")]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.unit_id}"
