"""What is refused before a page is asked: a body that is too large, a form without its token. Told in Chinese."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render

from yixian.web import drafts

_DRAINED = 32 * 1024 * 1024
_PIECE = 1024 * 1024
_SHORTEST = 2
_MOST_TEXTS = 12


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for a request that cannot be read: too long, too many files, or broken."""
    if isinstance(exception, RequestDataTooBig):
        _drain(request)
        said = (
            "内容太长, 没有收下",
            "一次填写的文字最多 4 MB。请返回上一页, 缩短内容后再提交; 文件请用附件上传。",
            413,
        )
    elif isinstance(exception, TooManyFilesSent):
        said = ("附件太多, 没有收下", "一次最多 20 个附件。请返回上一页, 分几次上传。", 413)
    else:
        said = ("请求有误", "浏览器送来的内容不完整或格式不对。请返回上一页, 刷新后再试。", 400)
    return render(request, "400.html", {"title": said[0], "detail": said[1]}, status=said[2])


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form without its token: cookies are off, or the page is old. What was typed can be copied."""
    texts = [text.strip() for name, values in drafts.typed(request).items() if name != drafts.FIELD for text in values]
    context = {
        "no_cookie": reason == REASON_NO_CSRF_COOKIE,
        "texts": [text for text in texts if len(text) >= _SHORTEST][:_MOST_TEXTS],
        "path": request.path,
    }
    return render(request, "403_csrf.html", context, status=403)


def _drain(request: HttpRequest) -> None:
    """Read what is still coming: a connection that is cut while it sends shows the visitor no page at all."""
    left = _DRAINED
    try:
        while left > 0 and (piece := request.read(min(_PIECE, left))):
            left -= len(piece)
    except (OSError, RuntimeError):
        return
