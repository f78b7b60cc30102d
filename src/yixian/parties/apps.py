"""The Django app `parties`."""

from __future__ import annotations

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Platforms, units, users, roles, requesters and the vault."""

    name = "yixian.parties"
    label = "parties"
    verbose_name = "机构与人员"
    default_auto_field = "django.db.models.BigAutoField"
