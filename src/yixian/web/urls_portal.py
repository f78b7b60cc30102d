"""Addresses of the public portal."""

from __future__ import annotations

from django.urls import URLPattern, path

from yixian.web.pages import front, progress, published, rate, submit

urlpatterns: list[URLPattern] = [
    path("type/", front.type_size, name="type"),
    path("rate/done/", rate.done, name="rate-done"),
    path("rate/of/<str:number>/", rate.of_order, name="rate-of"),
    path("rate/<str:word>/", rate.show, name="rate"),
    path("published/", published.listed, name="published"),
    path("published/<str:slug>/", published.one, name="published-one"),
    path("submit/", submit.begin, name="submit"),
    path("submit/check/", submit.check, name="submit-check"),
    path("submit/done/", submit.done, name="submit-done"),
    path("submit/<slug:name>/", submit.step, name="submit-step"),
    path("progress/", progress.look, name="progress"),
    path("progress/leave/", progress.leave, name="progress-leave"),
    path("progress/<slug:deed>/", progress.act, name="progress-act"),
]
