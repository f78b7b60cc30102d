"""Errors as pages in Chinese: what happened, why, what to do next; what was typed can be sent again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yixian.orders.errors import KeyClash, OrderError
from yixian.web import drafts

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
    answer = render(request, "web/problem.html", context, status=status)
    if status == 503:
        answer["Retry-After"] = "10"
    return answer
