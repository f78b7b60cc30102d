"""The tables of orders. Only `orders_write` (sql/write.sql) fills them; all but `Event` and `Anchor` are derived.

`Order` is narrow, for lists; `Snapshot` holds the whole state as JSON and the timer; `SearchText` the words. Rows that
belong to an order carry its id without a foreign key: one function writes them all, in one statement.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from yixian.lifecycle.state import STATES
from yixian.orders.models_beside import Attachment as Attachment
from yixian.orders.models_beside import ExportBatch as ExportBatch
from yixian.orders.models_beside import ExportedOrder as ExportedOrder
from yixian.orders.models_beside import Link as Link
from yixian.orders.models_beside import PublishedCopy as PublishedCopy
from yixian.orders.models_inside import InsideStep as InsideStep
from yixian.orders.models_inside import ReplyDraft as ReplyDraft
from yixian.orders.models_lists import ExportRun as ExportRun
from yixian.orders.models_lists import SavedView as SavedView
from yixian.parties.models import Platform

NEWEST = (F("registered_at").desc(), F("id").desc())
CHANGED = (F("changed_at").desc(), F("id").desc())


class PlainJson(models.TextField):
    """A column of type `json`: kept as written, checked by the database; it is read as plain data."""

    def db_type(self, connection: object) -> str:
        """The column's type in PostgreSQL."""
        return "json"


class Order(models.Model):
    """A work order (工单) as lists need it. `card`: the worst shown; `due_at`: of the most urgent running clock."""

    number = models.CharField("工单编号", max_length=40, unique=True, db_collation="C")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False, verbose_name="平台")
    book = models.CharField("规则", max_length=60)
    version = models.CharField("规则版本", max_length=200)
    state = models.CharField("状态", max_length=16, choices=list(STATES.items()))
    lead = models.CharField("主办单位", max_length=200, null=True)
    category = models.CharField("类别", max_length=200)
    channel = models.CharField("渠道", max_length=200)
    source = models.CharField("来源", max_length=200, null=True)
    subject = models.CharField("标题", max_length=200, null=True)
    place = models.CharField("地点", max_length=200, null=True)
    excerpt = models.CharField("摘要", max_length=80)
    grade = models.CharField("等级", max_length=10, null=True)
    emergency = models.CharField("紧急", max_length=20, null=True)
    flags = ArrayField(models.TextField(), default=list, verbose_name="标记")
    card = models.CharField("亮牌", max_length=10, default="")
    pending = ArrayField(models.TextField(), default=list, verbose_name="待定申请")
    requester = models.UUIDField("诉求人", null=True)
    query_code_hash = models.BinaryField(null=True)
    upstream_no = models.CharField("上级编号", max_length=200, null=True)
    same_as = models.CharField("同一事项", max_length=200, null=True)
    matter = models.BigIntegerField("事项", null=True)
    registered_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("更新时间")
    closed_at = models.DateTimeField("办结时间", null=True)
    due_at = models.DateTimeField("到期时间", null=True)
    due_clock = models.CharField("到期时限", max_length=260, null=True)

    class Meta:
        verbose_name = "工单"
        indexes = [
            models.Index(*NEWEST, name="order_newest"),
            models.Index(F("platform"), *NEWEST, name="order_of_platform"),
            models.Index(F("platform"), F("state"), *NEWEST, name="order_in_state"),
            models.Index(F("platform"), *CHANGED, name="order_changed"),
            models.Index(F("lead"), *CHANGED, name="order_changed_at_unit", condition=Q(lead__isnull=False)),
            models.Index(F("platform"), *NEWEST, name="order_pending", condition=~Q(pending=[])),
            models.Index(
                F("lead"), *NEWEST, name="order_pending_at_unit", condition=Q(lead__isnull=False) & ~Q(pending=[])
            ),
            models.Index(F("platform"), F("category"), *NEWEST, name="order_of_category"),
            models.Index(F("platform"), F("channel"), *NEWEST, name="order_of_channel"),
            models.Index(F("platform"), *NEWEST, name="order_of_emergency", condition=Q(emergency__isnull=False)),
            models.Index(F("platform"), F("card"), *NEWEST, name="order_with_card", condition=~Q(card="")),
            models.Index(
                F("platform"), F("source"), *NEWEST, name="order_of_source", condition=Q(source__isnull=False)
            ),
            models.Index(F("lead"), F("state"), *NEWEST, name="order_of_unit", condition=Q(lead__isnull=False)),
            models.Index("due_at", "id", name="order_due", condition=Q(due_at__isnull=False)),
            models.Index(
                *("platform", "state", "due_at", "id"),
                name="order_due_in_state",
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                *("lead", "state", "due_at", "id"),
                name="order_due_at_unit",
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                *("platform", "state", "registered_at", "id"),
                name="order_undated",
                condition=Q(due_at__isnull=True),
            ),
            models.Index(
                *("lead", "state", "registered_at", "id"),
                name="order_undated_at_unit",
                condition=Q(due_at__isnull=True, lead__isnull=False),
            ),
            models.Index("matter", name="order_of_matter", condition=Q(matter__isnull=False)),
            models.Index(F("requester"), *NEWEST, name="order_of_requester", condition=Q(requester__isnull=False)),
            models.Index("upstream_no", name="order_of_upstream", condition=Q(upstream_no__isnull=False)),
            GinIndex(fields=["flags"], name="order_flags", condition=~Q(flags=[])),
        ]

    def __str__(self) -> str:
        return self.number


class Snapshot(models.Model):
    """The whole state after the latest event, its count of events, the end of its hash chain, and its next timer."""

    order_id = models.BigIntegerField(primary_key=True)
    seq = models.IntegerField()
    chain = models.BinaryField(max_length=32)
    body = PlainJson()
    next_timer_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "当前状态"
        indexes = [models.Index("next_timer_at", name="snapshot_timer", condition=Q(next_timer_at__isnull=False))]


class SearchText(models.Model):
    """What is searched: the words of text, subject, place and number as lexemes."""

    order_id = models.BigIntegerField(primary_key=True)
    platform_id = models.BigIntegerField()
    registered_at = models.DateTimeField()
    tokens = SearchVectorField()

    class Meta:
        verbose_name = "检索"
        indexes = [
            GinIndex(fields=["tokens"], name="search_tokens"),
            models.Index(F("registered_at").desc(), F("order_id").desc(), name="search_newest"),
        ]


RARE_EVENTS = ("return_approved", "sent_back", "draft_returned", "extension_approved")
"""What happens to few orders and is asked for in lists: a list of those must not read the log of every other."""


class Event(models.Model):
    """One thing that happened. Appended, never changed: the role `yixian_app` cannot, a trigger refuses the rest."""

    order_id = models.BigIntegerField()
    seq = models.IntegerField()
    kind = models.CharField("事项", max_length=40)  # one of lifecycle.events.EVENT_KINDS
    at = models.DateTimeField("时间")
    by = models.CharField("经办", max_length=200)
    actor_user = models.BigIntegerField(null=True)
    data = models.JSONField()
    basis = ArrayField(models.TextField(), default=list, verbose_name="依据")
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = "办理记录"
        constraints = [models.UniqueConstraint(fields=["order_id", "seq"], name="event_of_order")]
        indexes = [
            BrinIndex(fields=["at"], name="event_at"),
            BrinIndex(fields=["recorded_at"], name="event_recorded"),
            models.Index("kind", "order_id", name="event_rare", condition=Q(kind__in=RARE_EVENTS)),
        ]


class Deadline(models.Model):
    """One clock (时限) of an order as it stands: running, suspended or stopped."""

    pk = models.CompositePrimaryKey("order_id", "clock")
    order_id = models.BigIntegerField()
    clock = models.CharField("时限", max_length=260)
    owner = models.CharField("责任方", max_length=20)
    unit = models.CharField("单位", max_length=200, null=True)
    started_at = models.DateTimeField("开始")
    stopped_at = models.DateTimeField("停止", null=True)
    due_at = models.DateTimeField("到期", null=True)
    length = models.CharField("长度", max_length=40)
    status = models.CharField("状态", max_length=12)
    late = models.BooleanField("逾期", default=False)
    provisional = models.BooleanField("暂定", default=False)

    class Meta:
        verbose_name = "时限"
        indexes = [
            models.Index(
                "unit", "due_at", name="deadline_of_unit", condition=Q(status="running", due_at__isnull=False)
            ),
            models.Index("clock", "order_id", name="deadline_running", condition=Q(status="running")),
            models.Index("order_id", name="deadline_provisional", condition=Q(status="running", provisional=True)),
        ]


class Assignment(models.Model):
    """A unit's part in an order: lead (主办) or co (协办). `registered_at` is the order's: lists need no sorting."""

    pk = models.CompositePrimaryKey("order_id", "unit")
    order_id = models.BigIntegerField()
    unit = models.CharField("单位", max_length=200)
    role = models.CharField("角色", max_length=8)
    registered_at = models.DateTimeField()
    dispatched_at = models.DateTimeField("派单")
    signed_at = models.DateTimeField("签收", null=True)
    deemed = models.BooleanField("视为签收", default=False)
    opinion_at = models.DateTimeField("协办意见", null=True)
    replied_at = models.DateTimeField("答复", null=True)

    class Meta:
        verbose_name = "承办"
        indexes = [
            models.Index(
                F("unit"),
                F("registered_at").desc(),
                F("order_id").desc(),
                name="assignment_co",
                condition=Q(role="co"),
            )
        ]


class IdempotencyKey(models.Model):
    """A command that was done under a key: which request, and which events came of it. `id`: hash of actor and key."""

    id = models.BinaryField(primary_key=True, max_length=16)
    request = models.BinaryField(max_length=16)
    order_id = models.BigIntegerField()
    first_seq = models.IntegerField()
    last_seq = models.IntegerField()
    opened = ArrayField(models.TextField(), default=list)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "幂等键"
        indexes = [BrinIndex(fields=["at"], name="idempotency_at")]


class Anchor(models.Model):
    """An hourly seal: the Merkle root of all events since the one before, chained to it. Append-only like events."""

    after_event = models.BigIntegerField()
    last_event = models.BigIntegerField()
    count = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "锚点"


class Waiting(models.Model):
    """Events whose reactions wait to be queued (outbox); written with the events, deleted when queued."""

    order_id = models.BigIntegerField()
    first_seq = models.IntegerField()
    last_seq = models.IntegerField()

    class Meta:
        verbose_name = "待处理事项"


class Serial(models.Model):
    """The last serial number handed out for a platform on a day."""

    pk = models.CompositePrimaryKey("platform_id", "day")
    platform_id = models.BigIntegerField()
    day = models.DateField()
    last = models.IntegerField()

    class Meta:
        verbose_name = "流水号"


class Precedent(models.Model):
    """Who handled such a matter before, by designation (指定先例)."""

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    subject = models.CharField("事项", max_length=200)
    territory = models.CharField("区域", max_length=200, blank=True)
    lead = models.CharField("主办单位", max_length=200)
    co = ArrayField(models.TextField(), default=list, verbose_name="协办单位")
    order_no = models.CharField("出自工单", max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "先例"
        constraints = [
            models.UniqueConstraint(fields=["platform", "subject", "territory", "order_no"], name="precedent_once")
        ]


class CalendarDay(models.Model):
    """A day that an administrator added to the working calendar. `book` empty: for all."""

    book = models.CharField("规则", max_length=60, blank=True)
    day = models.DateField("日期")
    working = models.BooleanField("工作日")
    name = models.CharField("名称", max_length=60, blank=True)
    source = models.CharField("文件", max_length=200, blank=True)

    class Meta:
        verbose_name = "日历"
        constraints = [models.UniqueConstraint(fields=["book", "day"], name="calendar_day_once")]


class PublishedBook(models.Model):
    """A rulebook version that people published (发布的规则版本); every process takes it up without a restart."""

    name = models.CharField("规则", max_length=60)
    version = models.CharField("版本", max_length=20)
    text = models.TextField("全文")
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField("发布时间")
    drafted_by = models.CharField("起草", max_length=60)
    approved_by = models.CharField("批准", max_length=60)

    class Meta:
        verbose_name = "发布的规则版本"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="published_version_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Restriction(models.Model):
    """A requester whose phone calls are restricted for a time (限制使用电话)."""

    requester = models.UUIDField("诉求人")
    order_no = models.CharField("出自工单", max_length=40)
    starts_at = models.DateTimeField("起")
    ends_at = models.DateTimeField("止", null=True)
    lifted_at = models.DateTimeField("解除", null=True)

    class Meta:
        verbose_name = "限制"
        indexes = [models.Index("requester", name="restriction_of", condition=Q(lifted_at__isnull=True))]


class ProgressTry(models.Model):
    """How often a source has asked for progress in the running window: rate limit of the public query."""

    key = models.CharField(primary_key=True, max_length=64)
    window = models.BigIntegerField()
    tries = models.IntegerField()

    class Meta:
        verbose_name = "查询次数"
