"""Errors as pages in Chinese: what happened, why, what to do next; what was typed can be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yixian.orders.errors import KeyClash, OrderError
from yixian.web import drafts

if TYPE_CHECKING:
    from yixian.web.access import StaffRequest

SENT_BEFORE = ("这张表单已经提交过", "提交之后内容又有改动, 没有再次办理。要另外办理, 请刷新页面, 在新的表单里填写。")


def page(request: HttpRequest, error: OrderError) -> HttpResponse:
    """An error of the orders room as a page."""
    if isinstance(error, KeyClash):
        return show(request, error.status, *SENT_BEFORE)
    return show(request, error.status, error.title, error.detail, basis=error.basis)


def show(request: HttpRequest, status: int, title: str, detail: str, *, basis: tuple[str, ...] = ()) -> HttpResponse:
    """An error page, or for a part of a page a note; a failed sending can be sent again under the same key."""
    if request.headers.get("HX-Request"):
        part = {"title": title, "detail": detail, "basis": basis}
        return render(request, "web/parts/problem.html", part, status=status)
    again = request.method == "POST" and status in (429, 503)
    context = {
        "status": status,
        "title": title,
        "detail": detail,
        "basis": basis,
        "fields": list(drafts.typed(request).items()) if again else [],
        "path": request.get_full_path() if request.method == "GET" else request.path,
        "again": again,
        "reload": request.method == "GET" and status == 503,
    }
    answer = _framed(request, context)
    if status == 503:
        answer["Retry-After"] = "10"
    return answer


def _framed(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The page in the shell of whoever works here; in the public frame for others, and at a breakdown."""
    status = context["status"]
    if status == 503 or not hasattr(request, "actor"):
        return render(request, "web/problem.html", context, status=status)
    from yixian.web import shell  # the shell is built from access, which answers with these pages

    return shell.page(cast("StaffRequest", request), "web/problem_desk.html", context, status)
