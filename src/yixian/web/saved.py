"""Saved views beside the list and in the rail: which there are, which one is open, and whether it was changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from yixian.orders import views
from yixian.orders.models import SavedView
from yixian.web import asked as asking
from yixian.web.access import StaffRequest

IN_RAIL = 8


def asked_of(view: SavedView) -> asking.Asked:
    """What a view asks for."""
    return asking.of(QueryDict(view.query))


def url(view: SavedView) -> str:
    """The address that opens a view."""
    return asking.url(asked_of(view), view=str(view.pk))


def bar(found: list[SavedView], asked: Mapping[str, str], user_id: int) -> dict[str, Any]:
    """The views above the list: each with its address, the open one marked; `changed`: its filter is another now."""
    plain = {key: text for key, text in asked.items() if key != "view"}
    here = next((view for view in found if str(view.pk) == asked.get("view")), None)
    return {
        "views": [
            {"title": view.name, "url": url(view), "on": view is here, "shared": view.user_id != user_id}
            for view in found
        ],
        "view": here,
        "own": here is not None and here.user_id == user_id,
        "changed": here is not None and asked_of(here) != plain,
    }


def rail(request: StaffRequest) -> list[dict[str, Any]]:
    """The lines of 我的视图 in the rail: the first few views of one's own and of the platform. One query."""
    here = request.GET.get("view", "") if request.path == "/orders/" else ""
    return [
        {"title": view.name, "icon": "list", "url": url(view), "here": str(view.pk) == here, "count": ""}
        for view in views.seen(request.user)[:IN_RAIL]
    ]
