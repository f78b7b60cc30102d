"""Addresses of the agent desk (受理台)."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
