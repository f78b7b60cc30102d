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


RARE: dict[str, Q] = {
    "late": Q(standing="late"),
    "running_late": Q(standing="running_late"),
    "extended": Q(extensions__gt=0),
    "redone": Q(redos__gt=0),
    "sent_back": Q(send_backs__gt=0),
    "supervised": Q(supervised=True),
    "screened": Q(screened=True),
    "appealed": Q(appealed=True),
}
"""What few orders are: each has an index of its own, since a count of it leads to its orders among a million."""


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
            models.Index("platform_id", "subject", "registered_at", name="figure_subject", condition=~Q(subject="")),
            models.Index("platform_id", "place", "registered_at", name="figure_place", condition=~Q(place="")),
            *(
                models.Index("platform_id", "registered_at", "order_id", name=f"figure_{name}", condition=condition)
                for name, condition in RARE.items()
            ),
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


class MonthFigure(models.Model):
    """The counts of a month by platform, unit and category: what a year of figures is added up from.

    `month` is its first day by local time, of the orders' registration; `unit` is the lead, and of the last four
    counts the unit that asked to return. The names are those of `figures.MEASURES` and `figures.RETURNS`.
    """

    pk = models.CompositePrimaryKey("platform_id", "month", "unit", "category")
    platform_id = models.BigIntegerField()
    month = models.DateField("月份")
    unit = models.CharField("承办单位", max_length=200, blank=True)
    category = models.CharField("类别", max_length=200)
    received = models.IntegerField(default=0)
    on_time = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    running = models.IntegerField(default=0)
    running_late = models.IntegerField(default=0)
    interim = models.IntegerField(default=0)
    unlimited = models.IntegerField(default=0)
    extended = models.IntegerField(default=0)
    redone = models.IntegerField(default=0)
    sent_back = models.IntegerField(default=0)
    urged = models.IntegerField(default=0)
    supervised = models.IntegerField(default=0)
    rated = models.IntegerField(default=0)
    deemed = models.IntegerField(default=0)
    base = models.IntegerField(default=0)
    satisfied = models.IntegerField(default=0)
    base_all = models.IntegerField(default=0)
    satisfied_all = models.IntegerField(default=0)
    uncounted = models.IntegerField(default=0)
    screened = models.IntegerField(default=0)
    appealed = models.IntegerField(default=0)
    asked = models.IntegerField(default=0)
    resolved = models.IntegerField(default=0)
    explained = models.IntegerField(default=0)
    return_asked = models.IntegerField(default=0)
    return_approved = models.IntegerField(default=0)
    return_refused = models.IntegerField(default=0)
    return_counted = models.IntegerField(default=0)

    class Meta:
        verbose_name = "月度统计"
        indexes = [models.Index("unit", "month", name="month_of_unit")]


class WordFigure(models.Model):
    """How often a category, subject, place or explanation came in a month (grain m) or on a day (grain d).

    `unit` empty: the whole platform. Days are kept for the whole platform only, and only the last ones.
    """

    pk = models.CompositePrimaryKey("unit", "platform_id", "grain", "span", "kind", "word")
    platform_id = models.BigIntegerField()
    unit = models.CharField("承办单位", max_length=200, blank=True)
    grain = models.CharField(max_length=1)
    span = models.DateField("月份或日期")
    kind = models.CharField(max_length=12)
    word = models.CharField(max_length=200)
    n = models.IntegerField(default=0)

    class Meta:
        verbose_name = "词频统计"
        indexes = [models.Index("span", name="word_days", condition=Q(grain="d"))]


class Counted(models.Model):
    """How far the figures are: all orders up to `built_to` once, and every change recorded before `recorded_to`;
    `months_built`: the months hold whatever the orders' rows hold."""

    id = models.SmallIntegerField(primary_key=True)
    built_to = models.BigIntegerField(default=0)
    recorded_to = models.DateTimeField(null=True)
    months_built = models.BooleanField(default=False)

    class Meta:
        verbose_name = "统计进度"
