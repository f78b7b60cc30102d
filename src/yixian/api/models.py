"""The one table of the API: how often a caller came within the current window. Unlogged: losing it costs nothing."""

from __future__ import annotations

from django.db import models


class RateWindow(models.Model):
    """Calls counted under a key; `key` is a keyed hash, so that no caller's address is kept."""

    key = models.BinaryField(primary_key=True, max_length=16)
    window = models.BigIntegerField()
    count = models.IntegerField()
    ends = models.BigIntegerField()

    class Meta:
        verbose_name = "访问频次"
        indexes = [models.Index(fields=["ends"], name="rate_window_ends")]
