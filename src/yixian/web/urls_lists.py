"""Addresses of what stands around lists: saved views, columns, exports in the background."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
