"""The root URLs: the API under `/api/v1/`, the pages at the root."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

ROOMS = {"api/v1/": "yixian.api.urls", "": "yixian.web.urls"}

urlpatterns: list[URLPattern | URLResolver] = [
    path(route, include(module)) for route, module in ROOMS.items() if find_spec(module)
]

handler400 = "yixian.web.refusals.bad_request"
