"""Addresses of what stands around lists: saved views, columns, exports in the background, printing a selection."""

from __future__ import annotations

from django.urls import URLPattern, path

from yixian.web.pages import export_runs, lists_kept, printed

urlpatterns: list[URLPattern] = [
    path("lists/views/", lists_kept.kept, name="views"),
    path("lists/views/<int:number>/<slug:deed>/", lists_kept.change, name="view-change"),
    path("lists/columns/", lists_kept.chosen_columns, name="columns"),
    path("lists/exports/", export_runs.runs, name="export-runs"),
    path("lists/exports/progress/", export_runs.progress, name="export-progress"),
    path("lists/exports/<int:run_id>/stop/", export_runs.stop, name="export-stop"),
    path("lists/exports/<int:run_id>/file/", export_runs.fetch, name="export-file"),
    path("lists/print/", printed.several, name="print-several"),
]
