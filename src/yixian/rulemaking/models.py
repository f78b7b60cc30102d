"""The tables of rulemaking: drafts of rulebooks, every text they ever had, their own scenarios, and their runs.

What is published goes to `orders.PublishedBook`, where it is never changed; a draft stays as the record of how it came.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from yixian.rulemaking.whatif_models import WhatIf as WhatIf

WORKING, SUBMITTED, PUBLISHED, REJECTED, DISCARDED = "working", "submitted", "published", "rejected", "discarded"
STATUSES = {
    WORKING: "草稿",
    SUBMITTED: "待批准",
    PUBLISHED: "已发布",
    REJECTED: "已退回",
    DISCARDED: "已作废",
}
EDITABLE = (WORKING, REJECTED)

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
RUN_STATUSES = {QUEUED: "排队中", RUNNING: "正在试跑", DONE: "已完成", FAILED: "没有跑完"}


class Draft(models.Model):
    """A draft of one version of a rulebook (规则书草稿). `revision` rises with every save, so that no save is lost."""

    name = models.CharField("规则", max_length=60)
    based_on = models.CharField("依据的版本", max_length=200, blank=True)
    title = models.CharField("修订事由", max_length=200)
    effective = models.DateField("施行日期", null=True)
    text = models.TextField("全文")
    sha256 = models.CharField(max_length=64)
    status = models.CharField("状态", max_length=12, choices=list(STATUSES.items()), default=WORKING)
    revision = models.IntegerField("修改次数", default=1)
    author_id = models.BigIntegerField(null=True)
    author = models.CharField("起草人", max_length=60)
    created_at = models.DateTimeField("起草时间")
    changed_at = models.DateTimeField("修改时间")
    submitted_by_id = models.BigIntegerField(null=True)
    submitted_by = models.CharField("提交人", max_length=60, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True)
    note = models.TextField("提交说明", blank=True)
    approver_id = models.BigIntegerField(null=True)
    approver = models.CharField("批准人", max_length=60, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    reason = models.TextField("退回理由", blank=True)

    class Meta:
        verbose_name = "规则书草稿"
        indexes = [
            models.Index(fields=["status", "-changed_at", "-id"], name="draft_of_status"),
            models.Index(fields=["-changed_at", "-id"], name="draft_newest"),
            models.Index(fields=["name", "-changed_at"], name="draft_of_book"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.title}"


class DraftRevision(models.Model):
    """One text that a draft had: who saved it, when. Never changed."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="revisions", db_index=False)
    number = models.IntegerField("第几次")
    text = models.TextField("全文")
    user_id = models.BigIntegerField(null=True)
    name = models.CharField("保存人", max_length=60)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "草稿的一次保存"
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="draft_revision_once")]


class DraftScenario(models.Model):
    """A scenario that people wrote for one draft: proof before publication."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="scenarios", db_index=False)
    title = models.CharField("名称", max_length=200)
    text = models.TextField("场景")
    user_id = models.BigIntegerField(null=True)
    name = models.CharField("加入者", max_length=60)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "草稿的场景"
        indexes = [models.Index(fields=["draft", "id"], name="scenario_of_draft")]


class DraftRun(models.Model):
    """One run of all scenarios under the version in force and under the draft; `results` is what came of it."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="runs", db_index=False)
    sha256 = models.CharField(max_length=64)
    text = models.TextField("全文")
    status = models.CharField("状态", max_length=8, choices=list(RUN_STATUSES.items()), default=QUEUED)
    done = models.IntegerField("已跑", default=0)
    total = models.IntegerField("共", default=0)
    asked_by = models.CharField("发起人", max_length=60)
    asked_at = models.DateTimeField("发起时间")
    started_at = models.DateTimeField("开始", null=True)
    beat_at = models.DateTimeField("最近进展", null=True)
    finished_at = models.DateTimeField("完成", null=True)
    passed = models.IntegerField("符合", default=0)
    failed = models.IntegerField("不符", default=0)
    worse = models.IntegerField("由符合变为不符", default=0)
    better = models.IntegerField("由不符变为符合", default=0)
    own_failed = models.IntegerField("自带场景不符", default=0)
    results = models.JSONField("结果", default=dict)
    problem = models.TextField("未跑完的原因", blank=True)

    class Meta:
        verbose_name = "场景试跑"
        indexes = [models.Index(fields=["draft", "-id"], name="run_of_draft")]
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "sha256"], condition=Q(status__in=["queued", "running"]), name="one_run_at_a_time"
            )
        ]
