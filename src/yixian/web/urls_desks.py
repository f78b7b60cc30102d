"""Addresses of the desks of orders: dispatch, unit, review, call-back, screening, appeals, leaders."""

from __future__ import annotations

from django.urls import URLPattern, path

from yixian.web.pages import desk, desk_together, inside, leader, reply, units

urlpatterns: list[URLPattern] = [
    path("units/find/", units.find, name="units-find"),
    path("replies/<str:number>/<slug:command>/", reply.check, name="reply-check"),
    path("extensions/<str:number>/", reply.extension, name="extension-due"),
    path("inside/<str:number>/<slug:deed>/", inside.act, name="inside"),
    path("leader/", leader.shown, name="leader"),
    path("leader/wall/", leader.wall, name="leader-wall"),
    path("desks/<slug:code>/", desk.show, name="desk"),
    path("desks/<slug:code>/together/<slug:command>/", desk_together.together, name="desk-together"),
    path("desks/<slug:code>/rows/", desk.lane, name="desk-rows"),
    path("desks/<slug:code>/<str:number>/", desk.pane, name="desk-order"),
]
