"""The table of what-if runs (推演): what was tried on which orders, how far it is, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from yixian.parties.models import Platform

QUEUED, RUNNING, DONE, FAILED, STOPPED = "queued", "running", "done", "failed", "stopped"
STATUSES = {QUEUED: "排队中", RUNNING: "推演中", DONE: "已完成", FAILED: "没有完成", STOPPED: "已取消"}


class WhatIf(models.Model):
    """One run. `scope`: whose orders it saw, so that only people of the same scope see it; `result`: packed figures."""

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False, verbose_name="平台")
    scope = models.CharField(max_length=64)
    book = models.CharField("规则", max_length=200)
    title = models.CharField("规则", max_length=200)
    wanted = models.CharField("筛选", max_length=1000, blank=True)
    status = models.CharField("状态", max_length=8, choices=list(STATUSES.items()), default=QUEUED)
    done = models.IntegerField("已推演", default=0)
    total = models.IntegerField("共", default=0)
    asked_by_id = models.BigIntegerField()
    asked_by = models.CharField("发起人", max_length=60)
    asked_at = models.DateTimeField("发起时间")
    started_at = models.DateTimeField("开始", null=True)
    beat_at = models.DateTimeField("最近进展", null=True)
    finished_at = models.DateTimeField("完成", null=True)
    problem = models.TextField("未完成的原因", blank=True)
    result = models.BinaryField("结果", null=True)

    class Meta:
        verbose_name = "推演"
        indexes = [models.Index(fields=["platform", "scope", "-id"], name="what_if_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["platform"], condition=Q(status__in=[QUEUED, RUNNING]), name="one_what_if_at_a_time"
            )
        ]
