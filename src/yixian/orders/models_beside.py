"""The tables beside orders: links between platforms, attachments, copies for the public, batches handed out."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from yixian.parties.models import Platform


class Link(models.Model):
    """An order of another platform that was opened for an order of this one (关联工单). `to_order` has one origin.

    `kind`: transfer (转出) or station (派给代表平台的单位 `unit`). Derived from the `relayed` events of `to_order`.
    """

    to_order = models.BigIntegerField(primary_key=True)
    from_order = models.BigIntegerField()
    kind = models.CharField("方式", max_length=12)
    unit = models.CharField("单位", max_length=200, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "关联工单"
        indexes = [models.Index("from_order", "to_order", name="link_from")]


class Attachment(models.Model):
    """A file (附件) of an order, a register's entry or the like. Its bytes lie outside the database, under `sha256`.

    `owner_id` is the id of the row that `owner_kind` names. `by`: as whom it was uploaded (hotline, a unit's code …).
    """

    owner_kind = models.CharField("归属", max_length=20)
    owner_id = models.BigIntegerField()
    name = models.CharField("文件名", max_length=120)
    mime = models.CharField("类型", max_length=100)
    size = models.IntegerField("大小")
    sha256 = models.CharField(max_length=64)
    purpose = models.CharField("用途", max_length=20, blank=True)
    by = models.CharField("上传方", max_length=200)
    user_id = models.BigIntegerField(null=True)
    user_name = models.CharField("上传人", max_length=60, blank=True)
    at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "附件"
        indexes = [models.Index("owner_kind", "owner_id", "id", name="attachment_of_owner")]
        constraints = [models.UniqueConstraint(fields=["owner_kind", "owner_id", "sha256"], name="attachment_once")]

    def __str__(self) -> str:
        return self.name


class PublishedCopy(models.Model):
    """A request and its answer as the public reads them (公开件): masked, without number, requester or exact time.

    `slug` is random, so that nobody gets from the copy to the order. `ended_at`: taken back (不宜公开).
    """

    order_id = models.BigIntegerField(primary_key=True)
    slug = models.CharField(max_length=24, unique=True)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False, verbose_name="平台")
    category = models.CharField("类别", max_length=200)
    title = models.CharField("主题", max_length=200)
    request = models.TextField("诉求")
    answer = models.TextField("答复")
    unit = models.CharField("答复单位", max_length=100, blank=True)
    month = models.CharField("反映时间", max_length=7)
    published_at = models.DateTimeField("公开时间")
    ended_at = models.DateTimeField(null=True)
    tokens = SearchVectorField()

    class Meta:
        verbose_name = "公开件"
        indexes = [
            models.Index(
                F("published_at").desc(),
                F("order_id").desc(),
                name="published_newest",
                condition=Q(ended_at__isnull=True),
            ),
            GinIndex(fields=["tokens"], name="published_tokens", condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class ExportBatch(models.Model):
    """A numbered batch of orders that was handed out (导出批次), as it was then, so that it can be given again.

    `kind`: overdue (逾期送督查室) or interim (临时办结台账). `serial` counts up per platform and kind.
    """

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False, verbose_name="平台")
    kind = models.CharField("种类", max_length=12)
    serial = models.IntegerField("批次")
    to = models.CharField("送往", max_length=100, blank=True)
    basis = ArrayField(models.TextField(), default=list, verbose_name="依据")
    count = models.IntegerField("件数")
    user_id = models.BigIntegerField(null=True)
    user_name = models.CharField("导出人", max_length=60)
    at = models.DateTimeField("导出时间")

    class Meta:
        verbose_name = "导出批次"
        constraints = [models.UniqueConstraint(fields=["platform", "kind", "serial"], name="export_batch_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.serial}"


class ExportedOrder(models.Model):
    """One row of an export batch: which order, for which lateness (`mark`), and the cells as they were written."""

    pk = models.CompositePrimaryKey("batch_id", "order_id")
    batch = models.ForeignKey(ExportBatch, models.CASCADE, related_name="orders", db_index=False)
    order_id = models.BigIntegerField()
    mark = models.BigIntegerField()
    cells = models.JSONField()

    class Meta:
        verbose_name = "批次中的工单"
        indexes = [models.Index("order_id", "mark", name="exported_of_order")]
