"""The Django app `orders`."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrdersConfig(AppConfig):
    """The event log, the orders' current state, their deadlines."""

    name = "yixian.orders"
    label = "orders"
    verbose_name = "工单"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """After every migration the application's role gets its rights on all tables, few on append-only ones."""
        from yixian.orders import fence

        post_migrate.connect(fence.grant, sender=self, dispatch_uid="orders.fence")
