"""The API as a Django app; it has no tables of its own."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """接口."""

    name = "yixian.api"
    label = "api"
    verbose_name = "接口"
