"""Addresses of administration: organisation, people, calendars, phrases, tokens, the journal."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
