"""Addresses of the desks of orders: dispatch, unit, review, call-back, screening, appeals, leaders."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
