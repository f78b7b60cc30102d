"""Addresses of what appears by itself, of help and of the tour."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
