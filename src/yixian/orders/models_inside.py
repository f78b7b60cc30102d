"""A unit's own work on an order: who has it inside the unit (内部流转), and replies not sent yet (答复草稿).

Neither is of the public lifecycle: nothing here is an event, and no petitioner or other unit reads it. What people
write stands encrypted under a key of its row.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

OPEN, DONE, PASSED, BACK = "open", "done", "passed", "back"
STANDS = {OPEN: "办理中", DONE: "已报回", PASSED: "已转出", BACK: "已收回"}


class InsideStep(models.Model):
    """One hand-over inside a unit: `unit` holds the order by the lifecycle, `to_unit` or the person `to_user` has it.

    A row is written once and ended once; the rows of an order are its whole inside history. At most one is open.
    """

    order_id = models.BigIntegerField()
    unit = models.CharField("承办单位", max_length=200)
    from_unit = models.CharField("转出单位", max_length=200)
    from_user = models.BigIntegerField()
    from_name = models.CharField("转出人", max_length=60)
    to_unit = models.CharField("转给单位", max_length=200)
    to_user = models.BigIntegerField(null=True)
    to_name = models.CharField("转给", max_length=60, blank=True)
    due_at = models.DateTimeField("内部期限", null=True)
    at = models.DateTimeField("时间")
    stands = models.CharField("状态", max_length=6, choices=list(STANDS.items()), default=OPEN)
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_by = models.CharField("结束人", max_length=60, blank=True)
    key_id = models.CharField(max_length=20)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        verbose_name = "内部流转"
        constraints = [
            models.UniqueConstraint(fields=["order_id", "unit"], condition=Q(stands=OPEN), name="one_inside_step")
        ]
        indexes = [
            models.Index(fields=["order_id", "id"], name="inside_of_order"),
            models.Index(F("to_unit"), F("due_at").asc(nulls_last=True), F("id"), name="inside_at_unit",
                         condition=Q(stands=OPEN)),
            models.Index(F("unit"), F("due_at").asc(nulls_last=True), F("id"), name="inside_from_unit",
                         condition=Q(stands__in=[OPEN, DONE])),
        ]  # fmt: skip


class ReplyDraft(models.Model):
    """What one person has typed of a reply that is not sent yet; the latest save counts, `version` tells windows apart.

    Deleted when the reply is sent or thrown away, or two weeks old.
    """

    pk = models.CompositePrimaryKey("order_id", "user_id")
    order_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    version = models.IntegerField("版本", default=1)
    key_id = models.CharField(max_length=20)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    saved_at = models.DateTimeField("暂存时间")

    class Meta:
        verbose_name = "答复草稿"
        indexes = [models.Index(fields=["saved_at"], name="reply_draft_by_age")]
