"""The Django app `registers`."""

from __future__ import annotations

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """台账与名录."""

    name = "yixian.registers"
    label = "registers"
    verbose_name = "台账与名录"
    default_auto_field = "django.db.models.BigAutoField"
