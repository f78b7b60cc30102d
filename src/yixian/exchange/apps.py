"""The Django app `exchange`."""

from __future__ import annotations

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """对接与通知."""

    name = "yixian.exchange"
    label = "exchange"
    verbose_name = "对接与通知"
    default_auto_field = "django.db.models.BigAutoField"
