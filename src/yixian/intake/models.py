"""The tables of intake: campaigns (opinion collections, public surveys) and their answers, without anybody's name."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from yixian.parties.models import Platform

COLLECTION, SURVEY = "collection", "survey"
CAMPAIGN_KINDS = {COLLECTION: "意见建议征集", SURVEY: "民意调查"}
DRAFT, OPEN, CLOSED, PUBLISHED = "draft", "open", "closed", "published"
STATUSES = {DRAFT: "草稿", OPEN: "进行中", CLOSED: "已结束", PUBLISHED: "已公布结果"}
BROWSER, PHONE = "browser", "phone"
ONCE_PER = {BROWSER: "同一浏览器一次", PHONE: "同一手机号一次"}


class Campaign(models.Model):
    """An opinion collection (意见建议征集) or a public survey (民意调查). `questions`: see `intake.questions`."""

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False, verbose_name="平台")
    kind = models.CharField("种类", max_length=12, choices=list(CAMPAIGN_KINDS.items()))
    title = models.CharField("标题", max_length=100)
    text = models.TextField("说明")
    questions = models.JSONField("题目", default=list)
    districts = models.JSONField("区域", default=list)
    once_per = models.CharField("每人一次", max_length=8, choices=list(ONCE_PER.items()), default=BROWSER)
    opens_at = models.DateTimeField("开始")
    closes_at = models.DateTimeField("截止")
    status = models.CharField("状态", max_length=10, choices=list(STATUSES.items()), default=DRAFT)
    summary = models.TextField("结果", blank=True)
    adopted = models.TextField("采纳情况", blank=True)
    created_by = models.CharField("发起人", max_length=60)
    created_at = models.DateTimeField("建立时间")
    published_at = models.DateTimeField("公布时间", null=True)
    revision = models.IntegerField(default=1)

    class Meta:
        verbose_name = "征集和调查"
        indexes = [
            models.Index(fields=["platform", "-id"], name="campaign_newest"),
            models.Index(F("closes_at").desc(), F("id").desc(), name="campaign_public", condition=~Q(status=DRAFT)),
        ]

    def __str__(self) -> str:
        return self.title


class Response(models.Model):
    """One person's answers. `mark`: a keyed hash by which the same person is known in this campaign, and no other."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="responses", db_index=False)
    answers = models.JSONField("回答")
    district = models.CharField("区域", max_length=60, blank=True)
    mark = models.BinaryField(max_length=32)
    at = models.DateTimeField("时间")
    order_no = models.CharField("转为工单", max_length=40, blank=True)

    class Meta:
        verbose_name = "回答"
        constraints = [models.UniqueConstraint(fields=["campaign", "mark"], name="one_response_a_person")]
        indexes = [models.Index(fields=["campaign", "-id"], name="response_newest")]
