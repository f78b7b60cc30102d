"""Addresses of what appears by itself, of help and of the tour."""

from __future__ import annotations

from django.urls import URLPattern, path

from yixian.web.pages import help, live

urlpatterns: list[URLPattern] = [
    path("live/shell/", live.numbers, name="live-shell"),
    path("live/orders/<str:number>/", live.stands, name="live-order"),
    path("live/why/<str:number>/", live.why, name="live-why"),
    path("help/tour/seen/", help.seen, name="tour-seen"),
    path("help/tour/", help.tour, name="tour"),
    path("help/<slug:name>/", help.drawer, name="help"),
]
