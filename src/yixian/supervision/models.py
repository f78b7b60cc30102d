"""The tables of supervision: alarms with what was told, and the cases of all orders side by side."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

SETTLED: dict[str, str] = {
    "called": "已电话通知承办单位",
    "responded": "承办单位已初步响应",
    "replied": "承办单位已答复",
    "confirmed": "热线已确认",
    "over": "工单已结束",
}


class Alarm(models.Model):
    """An emergency that nobody has confirmed yet (紧急告警). `next_at` None: settled, it is not repeated any more."""

    order_id = models.BigIntegerField(primary_key=True)
    order_no = models.CharField("工单编号", max_length=40)
    platform_id = models.BigIntegerField()
    emergency = models.CharField("紧急", max_length=20)
    opened_at = models.DateTimeField("开始")
    rounds = models.IntegerField("已提醒次数", default=0)
    last_at = models.DateTimeField("最近提醒", null=True)
    next_at = models.DateTimeField("下次提醒", null=True)
    settled_at = models.DateTimeField("确认时间", null=True)
    settled = models.CharField("结果", max_length=12, choices=list(SETTLED.items()), blank=True)
    settled_by = models.CharField("确认人", max_length=80, blank=True)
    called_unit = models.CharField("通知单位", max_length=200, blank=True)
    called_phone = models.CharField("拨打电话", max_length=40, blank=True)
    answered_by = models.CharField("接听人", max_length=60, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = "紧急告警"
        indexes = [
            models.Index("next_at", name="alarm_next", condition=Q(next_at__isnull=False)),
            models.Index(F("platform_id"), F("opened_at").desc(), F("order_id").desc(), name="alarm_of_platform"),
            models.Index("platform_id", "opened_at", name="alarm_open", condition=Q(settled_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.order_no


class AlarmRound(models.Model):
    """One time that an alarm was told (第几次提醒): when, and to whom."""

    pk = models.CompositePrimaryKey("order_id", "number")
    order_id = models.BigIntegerField()
    number = models.IntegerField("第几次")
    at = models.DateTimeField("时间")
    told = ArrayField(models.TextField(), default=list, verbose_name="告知")

    class Meta:
        verbose_name = "告警记录"


class SupervisionCase(models.Model):
    """A supervision case (督办) as lists need it, derived from its order's state; `place`: which of the order's cases.

    Beside the orders' own tables on purpose: few orders have cases, and no command pays for an index over all states.
    `cases.project` fills it from the outbox, `cases.rebuild` makes it anew from the states.
    """

    pk = models.CompositePrimaryKey("order_id", "place")
    order_id = models.BigIntegerField()
    place = models.SmallIntegerField()
    platform_id = models.BigIntegerField()
    key = models.CharField("督办事项", max_length=200)
    trigger = models.CharField("情形", max_length=60)
    body = models.CharField("督办单位", max_length=200)
    stands = models.CharField("状态", max_length=12)
    lead = models.CharField("承办单位", max_length=200, blank=True)
    opened_at = models.DateTimeField("开始")
    confirmed_at = models.DateTimeField("确认", null=True)
    concluded_at = models.DateTimeField("结论", null=True)
    counted = models.IntegerField("计数", null=True)
    reason = models.TextField("事由", blank=True)
    note = models.TextField("结论说明", blank=True)
    means = ArrayField(models.TextField(), default=list, verbose_name="方式")
    units = ArrayField(models.TextField(), default=list, verbose_name="会同单位")
    basis = ArrayField(models.TextField(), default=list, verbose_name="依据")

    class Meta:
        verbose_name = "督办案件"
        indexes = [
            models.Index(
                *(F("platform_id"), F("stands"), F("opened_at").desc(), F("order_id").desc(), F("place").desc()),
                name="case_in_state",
            ),
            models.Index(
                F("lead"), F("opened_at").desc(), F("order_id").desc(), F("place").desc(), name="case_of_unit"
            ),
        ]


STANDINGS: dict[str, str] = {
    "on_time": "按期答复",
    "late": "逾期答复",
    "running": "在办未到期",
    "running_late": "在办已逾期",
    "interim": "临时办结",
    "none": "不计时限",
}
"""How an order stands to its handling limit."""


class OrderFigure(models.Model):
    """What of an order is counted in figures: narrow, one row an order, derived from its state by `counting`."""

    order_id = models.BigIntegerField(primary_key=True)
    platform_id = models.BigIntegerField()
    unit = models.CharField("主办单位", max_length=200, blank=True)
    registered_at = models.DateTimeField("登记时间")
    category = models.CharField("类别", max_length=200)
    subject = models.CharField("主题", max_length=200, blank=True)
    place = models.CharField("地点", max_length=200, blank=True)
    standing = models.CharField("时限", max_length=12, choices=list(STANDINGS.items()))
    extensions = models.SmallIntegerField(default=0)
    redos = models.SmallIntegerField(default=0)
    send_backs = models.SmallIntegerField(default=0)
    urges = models.SmallIntegerField(default=0)
    level = models.CharField("评价", max_length=40, blank=True)
    satisfied = models.BooleanField("满意", null=True)
    deemed = models.BooleanField("视为", default=False)
    resolved = models.BooleanField("解决", null=True)
    screened = models.BooleanField("甄别", default=False)
    appealed = models.BooleanField("申诉成立", default=False)
    uncounted = models.BooleanField("按规定不计入", default=False)
    explanation = models.CharField("事由", max_length=60, blank=True)
    supervised = models.BooleanField("督办", default=False)

    class Meta:
        verbose_name = "统计"
        indexes = [
            models.Index("unit", "registered_at", "order_id", name="figure_of_unit"),
            models.Index("platform_id", "registered_at", "order_id", name="figure_of_platform"),
        ]


class ReturnFigure(models.Model):
    """One application to return an order (退单申请) and what was decided, for the figures of the unit that asked."""

    pk = models.CompositePrimaryKey("order_id", "seq")
    order_id = models.BigIntegerField()
    seq = models.IntegerField()
    platform_id = models.BigIntegerField()
    unit = models.CharField("申请单位", max_length=200)
    registered_at = models.DateTimeField("工单登记时间")
    approved = models.BooleanField("同意", null=True)
    counted = models.BooleanField("计入退单次数", default=False)

    class Meta:
        verbose_name = "退单统计"
        indexes = [
            models.Index("unit", "registered_at", name="returns_of_unit"),
            models.Index("platform_id", "registered_at", name="returns_of_platform"),
        ]


class Counted(models.Model):
    """How far the figures are: all orders up to `built_to` once, and every change recorded before `recorded_to`."""

    id = models.SmallIntegerField(primary_key=True)
    built_to = models.BigIntegerField(default=0)
    recorded_to = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "统计进度"
