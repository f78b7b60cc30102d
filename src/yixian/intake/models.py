"""The tables of intake: campaigns and their answers, without anybody's name; what agents type during calls."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from yixian.parties.models import Platform, User

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


ENDINGS = {
    "register": "登记",
    "answer": "即时答复",
    "dispatch": "登记并派单",
    "decline": "不予受理",
    "transfer": "转出",
    "three_party": "三方通话",
    "supplement": "补充诉求",
    "urge": "催办",
}


class CallDraft(models.Model):
    """What an agent has typed of a call that is not registered yet (暂存), encrypted under a key of its own.

    `version` rises with every save, so that two windows do not overwrite each other. The row is deleted when the call
    is registered, thrown away, or a day old.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False, verbose_name="话务员")
    version = models.IntegerField("版本", default=1)
    key_id = models.CharField(max_length=20)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    created_at = models.DateTimeField("开始时间")
    updated_at = models.DateTimeField("暂存时间")

    class Meta:
        verbose_name = "暂存的登记"
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="call_draft_of_owner"),
            models.Index(fields=["updated_at"], name="call_draft_by_age"),
        ]


class Call(models.Model):
    """How a call at the agent desk ended (通话小结): on which order, how, who joined; `notes` masked."""

    owner = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name="话务员")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False, verbose_name="平台")
    order_no = models.CharField("工单编号", max_length=40)
    ending = models.CharField("结束方式", max_length=12, choices=list(ENDINGS.items()))
    party = models.CharField("参加通话", max_length=200, blank=True)
    notes = models.TextField("小结", blank=True)
    notes_ref = models.UUIDField("小结原文", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "通话小结"
        indexes = [
            models.Index(fields=["owner", "-id"], name="call_of_owner"),
            models.Index(fields=["order_no", "-id"], name="call_of_order"),
        ]


class OrderPlace(models.Model):
    """The division in which an order's matter happened, as the agent confirmed it; lists filter by its beginning."""

    order_no = models.CharField("工单编号", max_length=40, primary_key=True)
    division = models.CharField("行政区划", max_length=12, db_collation="C")

    class Meta:
        verbose_name = "发生地点的区划"
        indexes = [models.Index(fields=["division", "-order_no"], name="order_place_of_division")]


class RatingLink(models.Model):
    """The link (评价链接) by which one survey of one order may be answered, once.

    `round`: the number of the event that opened the survey, so that a redo's survey has a link of its own. The link's
    word is made from `nonce` with a key outside the database and found by its keyed hash: neither tells it.
    """

    order_id = models.BigIntegerField()
    round = models.IntegerField("第几步开始的评价")
    order_no = models.CharField("工单编号", max_length=40)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False, verbose_name="平台")
    nonce = models.BinaryField(max_length=16)
    mark = models.BinaryField(max_length=32, unique=True)
    opened_at = models.DateTimeField("开始")
    expires_at = models.DateTimeField("截止")
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = "评价链接"
        constraints = [models.UniqueConstraint(fields=["order_id", "round"], name="one_rating_link_a_round")]
        indexes = [
            models.Index(fields=["platform", "id"], name="rating_link_waiting", condition=Q(used_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.order_no
