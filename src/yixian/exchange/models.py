"""The tables of exchange: notices, whom they are for, and what each person has read."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F

KINDS: dict[str, str] = {
    "order": "新派工单",
    "back": "退回与重办",
    "request": "待批申请",
    "decision": "审批结果",
    "voice": "诉求人来话",
    "card": "亮牌与超时",
    "supervision": "督办",
    "rating": "评价与回访",
    "alarm": "紧急",
    "register": "台账",
    "rules": "规则",
    "campaign": "征集与调查",
    "other": "其他",
}
"""The kinds by which the list can be narrowed; a kind that is not here stands under 其他."""


class Notice(models.Model):
    """One notice (提醒). It holds no personal data: what the order holds is read there, by who may read it."""

    key = models.CharField(max_length=200, unique=True, db_collation="C")
    kind = models.CharField("种类", max_length=40)
    title = models.CharField("标题", max_length=200)
    text = models.TextField("内容", blank=True)
    order_no = models.CharField("工单编号", max_length=40, null=True)
    url = models.CharField("链接", max_length=300, blank=True)
    basis = ArrayField(models.TextField(), default=list, verbose_name="依据")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "提醒"

    def __str__(self) -> str:
        return self.title


class Audience(models.Model):
    """Whom a notice is for: a unit, a role over a platform, a user (`address`). Who that is, is settled on reading."""

    pk = models.CompositePrimaryKey("address", "notice_id")
    address = models.CharField(max_length=200, db_collation="C")
    notice_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)

    class Meta:
        verbose_name = "提醒对象"
        indexes = [models.Index(F("address"), F("kind"), F("notice_id").desc(), name="audience_of_kind")]


class ReadUpTo(models.Model):
    """All notices up to this one are read by the user (全部标为已读)."""

    user_id = models.BigIntegerField(primary_key=True)
    notice_id = models.BigIntegerField()

    class Meta:
        verbose_name = "已读位置"


class Read(models.Model):
    """One notice that a user read, beyond those that `ReadUpTo` covers."""

    pk = models.CompositePrimaryKey("user_id", "notice_id")
    user_id = models.BigIntegerField()
    notice_id = models.BigIntegerField()

    class Meta:
        verbose_name = "已读"
