"""The tables around lists of orders: saved views (视图) and exports that run in the background."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from yixian.parties.models import Platform

QUEUED, RUNNING, DONE, FAILED, STOPPED, GONE = "queued", "running", "done", "failed", "stopped", "gone"
STATUSES = {
    QUEUED: "排队中",
    RUNNING: "生成中",
    DONE: "已完成",
    FAILED: "没有完成",
    STOPPED: "已取消",
    GONE: "已过期",
}


class SavedView(models.Model):
    """A filter of the list that a person keeps under a name, with its columns; `shared`: with the whole platform."""

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="+", db_index=False, verbose_name="平台")
    user_id = models.BigIntegerField()
    user_name = models.CharField("保存人", max_length=60)
    name = models.CharField("名称", max_length=30)
    query = models.CharField("筛选", max_length=1000, blank=True)
    columns = ArrayField(models.CharField(max_length=20), default=list, verbose_name="栏目")
    shared = models.BooleanField("共用", default=False)
    at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = "视图"
        constraints = [models.UniqueConstraint(fields=["user_id", "name"], name="view_name_once")]
        indexes = [models.Index(fields=["platform", "id"], condition=Q(shared=True), name="view_shared")]

    def __str__(self) -> str:
        return self.name


class ExportRun(models.Model):
    """One export of a list: what was asked for, how far it is, and the sealed file that came of it (`file`).

    `asked`: the filters as data; `done` of about `total` rows; `beat_at`: when its worker last gave a sign of life.
    """

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False, verbose_name="平台")
    user_id = models.BigIntegerField()
    username = models.CharField(max_length=150)
    user_name = models.CharField("导出人", max_length=60)
    title = models.CharField("名称", max_length=120)
    ending = models.CharField("格式", max_length=4)
    asked = models.JSONField("筛选")
    columns = ArrayField(models.CharField(max_length=20), default=list, verbose_name="栏目")
    address = models.CharField(max_length=64, blank=True)
    status = models.CharField("状态", max_length=8, choices=list(STATUSES.items()), default=QUEUED)
    done = models.IntegerField("已写", default=0)
    total = models.IntegerField("约", default=0)
    tries = models.IntegerField("次数", default=0)
    problem = models.CharField("未完成的原因", max_length=300, blank=True)
    file = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField("大小", default=0)
    asked_at = models.DateTimeField("发起时间")
    started_at = models.DateTimeField("开始", null=True)
    beat_at = models.DateTimeField("最近进展")
    finished_at = models.DateTimeField("完成", null=True)

    class Meta:
        verbose_name = "导出"
        indexes = [
            models.Index(fields=["user_id", "-id"], name="export_of_person"),
            models.Index(fields=["platform", "-id"], name="export_of_platform"),
            models.Index(fields=["beat_at"], condition=Q(status__in=[QUEUED, RUNNING]), name="export_under_way"),
            models.Index(fields=["finished_at"], condition=Q(status=DONE), name="export_to_remove"),
        ]

    def __str__(self) -> str:
        return self.title
