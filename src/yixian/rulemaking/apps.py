"""The Django app `rulemaking`."""

from __future__ import annotations

from django.apps import AppConfig


class RulemakingConfig(AppConfig):
    """规则修订."""

    name = "yixian.rulemaking"
    label = "rulemaking"
    verbose_name = "规则修订"
    default_auto_field = "django.db.models.BigAutoField"
